// Microsoft's JavaScript sign-in library on a served sandbox: usage node msal.cjs https://127.0.0.1:PORT
// It signs in as people and as an application, and makes a pass with each token.
const assert = require("node:assert");
const crypto = require("node:crypto");
const { PublicClientApplication, ConfidentialClientApplication, CryptoProvider } = require("@azure/msal-node");

const root = new URL(process.argv[2]).origin;
const tenant = "c0117050-5a2d-4b0c-8000-c0a705000001";
const helpdesk = "c0117050-5a2d-4b0c-8000-c11e00000001", automation = "c0117050-5a2d-4b0c-8000-c11e00000002";
const person = "isaiah.langer@contoso.com", scopes = ["https://graph.microsoft.com/UserAuthenticationMethod.ReadWrite.All"];
const authority = `${root}/${tenant}`, knownAuthorities = [new URL(root).host];
const byPerson = () => new PublicClientApplication({ auth: { clientId: helpdesk, authority, knownAuthorities } });
const byItself = (proof) => new ConfidentialClientApplication({ auth: { clientId: automation, authority, knownAuthorities, ...proof } });

async function control(path, body) {
  const res = await fetch(`${root}/sandbox/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  assert.ok(res.ok, `${path}: ${await res.text()}`);
}

async function creates(token) {
  const res = await fetch(`${root}/beta/users/adele.vance@contoso.com/authentication/temporaryAccessPassMethods`,
    { method: "POST", headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` }, body: "{}" });
  assert.strictEqual(res.status, 201, await res.text());
}

async function browser() {
  const app = byPerson(), redirectUri = "http://localhost:3000", { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const url = await app.getAuthCodeUrl({ scopes, redirectUri, codeChallenge: challenge, codeChallengeMethod: "S256", responseMode: "form_post", loginHint: person, state: "s" });
  const page = await (await fetch(url)).text();
  const code = /name="code" value="([^"]*)"/.exec(page)[1];
  assert.match(page, new RegExp(`action="${redirectUri}"`));
  await assert.rejects(app.acquireTokenByCode({ code, scopes, redirectUri, codeVerifier: `${verifier}x` }), /501481/);
  const first = await app.acquireTokenByCode({ code, scopes, redirectUri, codeVerifier: verifier });
  assert.strictEqual(first.account.username, person);
  await creates(first.accessToken);
  const next = await app.acquireTokenSilent({ scopes, account: first.account, forceRefresh: true });
  assert.notStrictEqual(next.accessToken, first.accessToken, "a refresh brings another token");
  await creates(next.accessToken);
  await control("sessions", { user: person, revoke: true });
  await assert.rejects(app.acquireTokenSilent({ scopes, account: first.account, forceRefresh: true }), (e) => e.name === "InteractionRequiredAuthError" && /50173/.test(e.message));
}

async function device() {
  await control("lifetimes", { devicePoll: "1s" });
  await control("choice", { user: person });
  let shown;
  const got = await byPerson().acquireTokenByDeviceCode({ scopes, deviceCodeCallback: (d) => { shown = d; } });
  assert.strictEqual(shown.verificationUri, `${root}/common/oauth2/deviceauth`);
  await creates(got.accessToken);
}

async function application() {
  const all = { scopes: ["https://graph.microsoft.com/.default"] };
  await creates((await byItself({ clientSecret: "sandbox-automation-secret" }).acquireTokenByClientCredential(all)).accessToken);
  await assert.rejects(byItself({ clientSecret: "wrong" }).acquireTokenByClientCredential(all), /7000215/);
  const { privateKey, publicKey } = crypto.generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } });
  const subject = "repo:contoso/hire:ref:refs/heads/main", issuer = "https://token.actions.githubusercontent.com";
  await control("registrations", { appId: automation, federated: [{ issuer, subject, key: publicKey }] });
  const encode = (v) => Buffer.from(JSON.stringify(v)).toString("base64url");
  const assertion = (sub) => {
    const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode({ iss: issuer, sub, aud: "api://AzureADTokenExchange", exp: Math.floor(Date.now() / 1000) + 300 })}`;
    return `${text}.${crypto.sign("sha256", Buffer.from(text), privateKey).toString("base64url")}`;
  };
  await creates((await byItself({ clientAssertion: assertion(subject) }).acquireTokenByClientCredential(all)).accessToken);
  await assert.rejects(byItself({ clientAssertion: assertion("repo:contoso/other") }).acquireTokenByClientCredential(all), /700213/);
}

(async () => {
  for (const check of [browser, device, application]) await check();
  console.log("Microsoft's JavaScript sign-in library: browser, refresh, device code, secret and federated token");
})().catch((e) => { console.error(e); process.exit(1); });
