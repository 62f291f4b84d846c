// A real OpenID provider for the tests: the certified npm package oidc-provider, with its own sign-in form,
// where any name is let in. The argument is the address of the site under test. Each line on standard input says how
// it is from now on, as JSON: the private keys it signs with, those it publishes, and whether it names its sessions
// when it says that one has ended. It answers each with a line: its issuer.
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

console.info = console.error; // standard output is for our answers
const site = process.argv[2];
const require = createRequire(join(process.env.FORLOEB_NODE_MODULES, "package.json"));
const part = (name) => import(pathToFileURL(require.resolve(name)).href);
const { Provider } = await part("oidc-provider");
const { createMemoryAdapter } = await part("oidc-provider/lib/adapters/memory_adapter.js");

const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const nsis = "https://data.gov.dk/concept/core/nsis";
const issuer = `http://127.0.0.1:${server.address().port}`;

const memory = createMemoryAdapter(); // who is signed in stays so when the provider changes

const provider = (keys, namesSession) =>
  new Provider(issuer, {
    clients: [
      {
        client_id: "forloeb",
        client_secret: "only-for-tests",
        redirect_uris: [`${site}/sign-in/callback/`],
        post_logout_redirect_uris: [`${site}/signed-out/`],
        backchannel_logout_uri: `${site}/sign-out/back-channel/`,
        backchannel_logout_session_required: namesSession,
      },
    ],
    adapter: memory,
    jwks: { keys },
    cookies: { keys: ["only-for-tests"] },
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      backchannelLogout: { enabled: true },
    },
    // The package refuses to ask our own machine for anything, which is where the site under test is.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    // Those whose name begins with "weak" signed in with a password alone.
    acrValues: [`${nsis}/Low`, `${nsis}/Substantial`, `${nsis}/High`],
    claims: { openid: ["sub", "loa"] },
    conformIdTokenClaims: false,
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, loa: `${nsis}/${id.startsWith("weak") ? "Low" : "Substantial"}` }),
    }),
  });

for await (const line of createInterface({ input: process.stdin })) {
  const { keys, published, namesSession } = JSON.parse(line);
  const answer = provider(keys, namesSession).callback();
  server.removeAllListeners("request");
  server.on("request", (request, response) => {
    if (request.url === "/jwks") {
      response.setHeader("content-type", "application/jwk-set+json");
      response.end(JSON.stringify({ keys: published }));
    } else {
      answer(request, response);
    }
  });
  process.stdout.write(`${issuer}\n`);
}
