// Microsoft's JavaScript Graph client on a served sandbox: usage node graph.cjs https://127.0.0.1:PORT
// It signs in with a token of the sandbox, which is a name and no secret, and works as the published examples do.
const assert = require("node:assert");
const { Client, BatchRequestContent, BatchResponseContent } = require("@microsoft/microsoft-graph-client");

const root = new URL(process.argv[2]);
const client = (as, version) => Client.init({
  baseUrl: root.href, defaultVersion: version, customHosts: new Set([root.hostname]),
  authProvider: (done) => done(null, `sandbox-${as}`),
});
const passesOf = (user) => `/users/${user}/authentication/temporaryAccessPassMethods`;
const policy = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass";

async function passes(version) {
  const graph = client("helpdesk", version), at = passesOf("adele.vance@contoso.com");
  const made = await graph.api(at).post({ startDateTime: "2040-06-05T00:00:00.000Z", lifetimeInMinutes: 60, isUsableOnce: false });
  assert.ok(made.temporaryAccessPass.length >= 8, "a create tells the passcode");
  assert.strictEqual(made.lifetimeInMinutes, 60);
  const one = await graph.api(`${at}/${made.id}`).get();
  assert.strictEqual(one.temporaryAccessPass, null, "nothing else does");
  assert.strictEqual((await graph.api(at).get()).value.length, 1);
  await assert.rejects(graph.api(at).post({ lifetimeInMinutes: 600 }), (e) => e.statusCode === 400 && e.code === "badRequest" && /valid range between 60 and 480/.test(e.message));
  await graph.api(`${at}/${made.id}`).delete();
  assert.deepStrictEqual((await graph.api(at).get()).value, []);
}

async function policies(version) {
  const graph = client("privileged", version);
  const set = (defaultLength) => graph.api(policy).patch({ "@odata.type": "#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration", defaultLength });
  const { defaultLength } = await graph.api(policy).get();
  await set(defaultLength + 1);
  assert.strictEqual((await graph.api(policy).get()).defaultLength, defaultLength + 1);
  await set(defaultLength);
}

async function people(version) {
  const graph = client("helpdesk", version);
  const adele = await graph.api("/users/adele.vance@contoso.com").select("id,displayName,accountEnabled").expand("manager($select=id,displayName)").get();
  assert.strictEqual(adele.displayName, "Adele Vance");
  await assert.rejects(graph.api("/users/nobody@contoso.com").get(), (e) => e.statusCode === 404 && e.code === "Request_ResourceNotFound");
  await assert.rejects(client("noscope", version).api(passesOf("adele.vance@contoso.com")).get(), (e) => e.statusCode === 403);
}

async function batch(version) {
  const graph = client("helpdesk", version);
  const content = new BatchRequestContent(["alex.wilber@contoso.com", "nobody@contoso.com"].map((user, i) => ({
    id: String(i), request: new Request(`https://graph.example${passesOf(user)}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }),
  })));
  const answers = new BatchResponseContent(await graph.api("/$batch").post(await content.getContent()));
  assert.strictEqual(answers.getResponseById("0").status, 201);
  assert.strictEqual(answers.getResponseById("1").status, 404);
}

(async () => {
  for (const version of ["beta", "v1.0"]) {
    for (const check of [passes, policies, people, batch]) await check(version);
  }
  console.log("Microsoft's JavaScript client: passes, policy, users and batches on beta and v1.0");
})().catch((e) => { console.error(e); process.exit(1); });
