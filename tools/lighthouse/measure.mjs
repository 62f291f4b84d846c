// Measures pages with Lighthouse, one JSON job a line in, one JSON result a line out.
// A job is {url, form: "mobile" | "desktop", cookies: {name: value}}; FORLOEB_CHROMIUM names the browser.
import { createInterface } from "node:readline";
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";
import puppeteer from "puppeteer-core";

// Our pages ask search engines to stay away (noindex): what a patient reads is nobody's to find. This audit counts that
// as a fault on every page, so that the score for search would say nothing of the rest.
const SKIPPED = ["is-crawlable"];

const chrome = await launch({
  chromePath: process.env.FORLOEB_CHROMIUM || undefined,
  chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu", "--lang=da-DK"],
  logLevel: "silent",
});
const browser = await puppeteer.connect({ browserURL: `http://127.0.0.1:${chrome.port}`, defaultViewport: null });

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  await browser.deleteCookie(...(await browser.cookies()));
  const domain = new URL(job.url).hostname;
  await browser.setCookie(...Object.entries(job.cookies).map(([name, value]) => ({ name, value, domain, path: "/" })));
  const flags = { port: chrome.port, logLevel: "silent", skipAudits: SKIPPED };
  const { lhr } = await lighthouse(job.url, flags, job.form === "desktop" ? desktopConfig : undefined);
  const scores = Object.fromEntries(Object.values(lhr.categories).map((c) => [c.id, Math.round((c.score ?? 0) * 100)]));
  const lost = Object.values(lhr.categories).flatMap((category) =>
    category.auditRefs
      .map((ref) => ({ weight: ref.weight, audit: lhr.audits[ref.id] }))
      .filter(({ weight, audit }) => weight > 0 && audit && audit.score !== null && audit.score < 0.9)
      .map(({ audit }) => `${category.id}: ${audit.title}${audit.displayValue ? ` (${audit.displayValue})` : ""}`),
  );
  const seconds = (id) => lhr.audits[id].numericValue / 1000;
  process.stdout.write(
    JSON.stringify({
      shown: lhr.finalDisplayedUrl,
      scores,
      lost,
      fcp: seconds("first-contentful-paint"),
      lcp: seconds("largest-contentful-paint"),
      tbt: lhr.audits["total-blocking-time"].numericValue,
      cls: lhr.audits["cumulative-layout-shift"].numericValue,
      bytes: lhr.audits["total-byte-weight"].numericValue,
      version: lhr.lighthouseVersion,
    }) + "\n",
  );
}
await browser.disconnect();
chrome.kill();
