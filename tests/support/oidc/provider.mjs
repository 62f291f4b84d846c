// A real OpenID provider for the tests: the certified npm package oidc-provider, with its own sign-in form,
// where any name is let in. Writes its issuer as its first line. Arguments: the address of the site under test.
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const site = process.argv[2];
const require = createRequire(join(process.env.FORLOEB_NODE_MODULES, "package.json"));
const { Provider } = await import(pathToFileURL(require.resolve("oidc-provider")).href);

const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const nsis = "https://data.gov.dk/concept/core/nsis";
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "forloeb",
      client_secret: "only-for-tests",
      redirect_uris: [`${site}/sign-in/callback/`],
      post_logout_redirect_uris: [`${site}/signed-out/`],
    },
  ],
  cookies: { keys: ["only-for-tests"] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  // Those whose name begins with "weak" signed in with a password alone.
  acrValues: [`${nsis}/Low`, `${nsis}/Substantial`, `${nsis}/High`],
  claims: { openid: ["sub", "loa"] },
  conformIdTokenClaims: false,
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, loa: `${nsis}/${id.startsWith("weak") ? "Low" : "Substantial"}` }),
  }),
});
server.on("request", provider.callback());
process.stdout.write(`${issuer}\n`);
