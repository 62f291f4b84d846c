// Leaves the rules of a stylesheet that pages use. Stylesheet in on standard input, what is used out on standard output;
// the arguments are the files that pages are made of. Run by tools/build_frontend.py, from frontend's packages.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { PurgeCSS } = createRequire(`${process.cwd()}/`)("purgecss");

// Classes that the design system's script puts on what it counts; the pages themselves never name them.
const PUT_ON_BY_SCRIPT = ["form-limit-error", "limit-exceeded", "js-pressed", "js-pressing"];

// A class whose end is filled in, as `alert-{{ kind }}`: every rule that begins so is kept.
const FILLED_IN = /([a-z][\w-]*-)(?=\{[{%]|["'] *~|\{)/g;

const files = process.argv.slice(2);
const beginnings = new Set(files.flatMap((file) => [...readFileSync(file, "utf8").matchAll(FILLED_IN)].map(([, found]) => found)));

const [{ css }] = await new PurgeCSS().purge({
  content: files,
  css: [{ raw: readFileSync(0, "utf8") }],
  safelist: [...PUT_ON_BY_SCRIPT, ...[...beginnings].map((beginning) => new RegExp(`^${beginning}`))],
  variables: true,
  keyframes: true,
});
process.stdout.write(css);
