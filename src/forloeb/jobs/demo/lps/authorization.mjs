// The record system's SMART authorization server: the certified npm package oidc-provider. Nobody signs in here: who
// opens an app from a patient's page is signed in at the record system already, which is asked who it was.
// LPS_AUTHORIZATION holds, as JSON, {host, port, recordSystem, secret, forloeb, client, systemScopes}. Says its address on a line when it answers.
import { createRequire } from "node:module";
import { randomUUID } from "node:crypto";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

console.info = console.error; // standard output is for our address
const told = JSON.parse(process.env.LPS_AUTHORIZATION);
const require = createRequire(join(process.env.LPS_NODE_MODULES, "package.json"));
const part = (name) => import(pathToFileURL(require.resolve(name)).href);
const { Provider, interactionPolicy } = await part("oidc-provider");
const { createMemoryAdapter } = await part("oidc-provider/lib/adapters/memory_adapter.js");

const issuer = `http://${told.host}:${told.port}`;
const { publicKey, privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, true, ["sign", "verify"]);
const key = { ...(await crypto.subtle.exportKey("jwk", privateKey)), kid: randomUUID(), use: "sig", alg: "ES384" };
delete key.key_ops;
delete key.ext;

const users = new Map(); // who: what the record system says of them
const opened = new Map(); // grant: which patient was open

// Each launch asks anew who is sitting there and which patient is open: an earlier session is never gone on with.
const { Check } = interactionPolicy;
const policy = interactionPolicy.base();
policy
  .get("login")
  .checks.add(
    new Check("each_launch", "each launch is its own", (context) =>
      context.oidc.result?.login ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT,
    ),
  );

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: told.client,
      redirect_uris: [`${told.forloeb}/launch/callback`],
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "ES384",
      jwks_uri: `${told.forloeb}/.well-known/jwks.json`,
      id_token_signed_response_alg: "ES384",
      grant_types: ["authorization_code", "client_credentials"],
      response_types: ["code"],
    },
    {
      client_id: "record-system",
      client_secret: told.secret,
      redirect_uris: [],
      grant_types: [],
      response_types: [],
      id_token_signed_response_alg: "ES384",
    },
  ],
  adapter: createMemoryAdapter(), // a launch lasts for minutes
  jwks: { keys: [key] },
  cookies: { keys: [randomUUID()] },
  pkce: { required: () => true },
  scopes: ["openid", "launch", "fhirUser", "patient/Patient.r", ...told.systemScopes],
  claims: { openid: ["sub"], fhirUser: ["fhirUser"] },
  conformIdTokenClaims: false,
  extraParams: ["launch", "aud"],
  enabledJWA: { idTokenSigningAlgValues: ["ES384"], clientAuthSigningAlgValues: ["ES384", "HS256"] },
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false }, introspection: { enabled: true, allowedPolicy: (_context, client) => client.clientId === "record-system" } },
  interactions: { policy, url: (_context, interaction) => `/interaction/${interaction.uid}` },
  ttl: { AccessToken: 600, ClientCredentials: 300, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  fetch: (url, { dispatcher, ...options }) => fetch(url, options), // Forløb stands on this machine too
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...users.get(id) }) }),
});

/** Ask the record system what a launch was for; nothing for one it does not know, and for one that was used. */
async function launchOf(launch) {
  const answer = await fetch(`${told.recordSystem}/launches/${encodeURIComponent(launch ?? "")}`, {
    method: "POST",
    headers: { authorization: `Bearer ${told.secret}` },
  });
  return answer.ok ? answer.json() : undefined;
}

provider.use(async (context, next) => {
  if (context.path.startsWith("/interaction/")) {
    const { uid, params, session } = await provider.interactionDetails(context.req, context.res);
    const launch = params.aud === `${told.recordSystem}/fhir` ? await launchOf(params.launch) : undefined;
    if (launch === undefined) {
      const result = { error: "access_denied", error_description: "no such launch" };
      return provider.interactionFinished(context.req, context.res, result);
    }
    users.set(launch.user, { fhirUser: launch.fhirUser });
    const grant = new provider.Grant({ accountId: launch.user, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    const grantId = await grant.save();
    opened.set(grantId, launch.patient);
    const result = { login: { accountId: launch.user, remember: false }, consent: { grantId } };
    return provider.interactionFinished(context.req, context.res, result);
  }
  await next();
  if (context.oidc?.route === "token" && context.body?.access_token) {
    context.body.patient = opened.get(context.oidc.entities.AuthorizationCode?.grantId);
    context.body.need_patient_banner = false;
  }
});

provider.listen(told.port, told.host, () => process.stdout.write(`${issuer}\n`));
