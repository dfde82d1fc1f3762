package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

func TestAbout(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	a := c.get("/sandbox").ok(200)
	if _, has := a.object["caller"]; has || a.text("tenantId") != sandbox.TenantID || a.text("displayName") != "Contoso" {
		t.Errorf("about: %s", a.body)
	}
	person := c.get("/sandbox?as=nopolicy").ok(200).object["caller"]
	const grady = "grady.archie@contoso.com"
	want := map[string]any{
		"name": "nopolicy", "kind": "person", "id": c.id(grady), "userPrincipalName": grady, "displayName": "Grady Archie",
		"permissions": []any{"UserAuthenticationMethod.ReadWrite.All", "User.Read.All"},
	}
	if diff := cmp.Diff(want, person); diff != "" {
		t.Error(diff)
	}
	app := c.get("/sandbox?as=app").ok(200).object["caller"].(map[string]any)
	if app["kind"] != "application" || app["userPrincipalName"] != nil {
		t.Errorf("application: %v", app)
	}
	for _, name := range []string{"nobody", ""} {
		c.get("/sandbox?as="+name).fails(404, "notFound",
			`The sandbox knows no caller "`+name+`". It knows helpdesk, privileged, reader, norole, eligible, unit, noscope, nopolicy, nodirectory, app, app-noroles, app-noscope.`)
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	set := c.clock(`{"set":"2030-01-01T00:00:00+02:00"}`)
	if d := set.Sub(time.Date(2029, 12, 31, 22, 0, 0, 0, time.UTC)); d < 0 || d > time.Minute {
		t.Errorf("set: %v", set)
	}
	if moved := c.clock(`{"advance":"90m"}`); moved.Sub(set) < 90*time.Minute || moved.Sub(set) > 91*time.Minute {
		t.Errorf("advanced: %v", moved.Sub(set))
	}
	if back := c.clock(`{"reset":true}`); time.Since(back).Abs() > time.Minute {
		t.Errorf("reset: %v", back)
	}
	c.do("POST", "/sandbox/clock", `{"advance":"soon"}`).fails(400, "badRequest", `No duration: "soon". Write it like 90m or 36h.`)
	for _, body := range []string{`{}`, `{"set":"2030-01-01T00:00:00Z","reset":true}`} {
		c.do("POST", "/sandbox/clock", body).fails(400, "badRequest", `One of {"set": "2026-12-01T08:00:00Z"}, {"advance": "90m"} and {"reset": true} is expected.`)
	}
	c.do("POST", "/sandbox/clock", `{"jump":1}`).fails(400, "badRequest", `The body is not the JSON that is expected here: json: unknown field "jump".`)
	c.do("POST", "/sandbox/clock", `advance=90m`, "Content-Type: application/x-www-form-urlencoded").
		fails(415, "unsupportedMediaType", "The sandbox takes only bodies of the Content-Type application/json.")
	c.do("POST", "/sandbox/reset", "", "Content-Type: text/plain").ok(415)
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.clock(`{"set":"2026-12-01T08:00:00Z"}`)
	refused := func(user, code, reason, message string) {
		t.Helper()
		r := c.signIn(user, code, "")
		if r["ok"] != false || r["reason"] != reason || !strings.HasPrefix(r["message"].(string), message) {
			t.Errorf("%s: %v, want %s: %s", user, r, reason, message)
		}
	}
	refused("nobody@contoso.com", "x", "unknownUser", "Nobody at Contoso is called nobody@contoso.com.")
	refused(adele, "x", "noPass", "The user has no Temporary Access Pass.")
	once := c.create(adele, `{"isUsableOnce":true,"startDateTime":"2026-12-01T09:00:00Z"}`).ok(201).text("temporaryAccessPass")
	refused(adele, once+"x", "wrongCode", "This is not the passcode of the user's Temporary Access Pass.")
	refused(adele, strings.ToUpper(once)+"a", "wrongCode", "This is not")
	refused(adele, once, "notYetValid", "The pass becomes valid at 2026-12-01T09:00:00Z; it is 2026-12-01T08:00:")
	c.clock(`{"advance":"1h"}`)
	r := c.signIn(adele, once, "fido2")
	method, _ := r["method"].(map[string]any)
	if r["ok"] != true || r["isUsableOnce"] != true || r["endDateTime"] != "2026-12-01T10:00:00Z" || method["@odata.type"] != "#microsoft.graph.fido2AuthenticationMethod" || method["createdDateTime"] == "" {
		t.Errorf("signed in: %v", r)
	}
	refused(adele, once, "used", "The pass could be used once and was, at 2026-12-01T09:00:")

	multi := c.create(megan, `{}`).ok(201).text("temporaryAccessPass")
	for range 2 {
		if r := c.signIn(megan, multi, ""); r["ok"] != true {
			t.Errorf("multi-use: %v", r)
		}
	}
	hire := c.create(newHire, `{}`).ok(201).text("temporaryAccessPass")
	refused(newHire, hire, "accountDisabled", "The account is disabled.")
	c.clock(`{"advance":"1h"}`)
	refused(megan, multi, "expired", "The pass expired at 2026-12-01T10:00:")
	c.do("DELETE", passesOf(megan)+"/"+c.get(passesOf(megan)).values()[0]["id"].(string), "").ok(204)
	refused(megan, multi, "noPass", "The user has no Temporary Access Pass: the one with this passcode was deleted.")
	c.do("POST", "/sandbox/signin", `{"user":"x","temporaryAccessPass":"y","method":"password"}`).ok(400)
}

func TestPassesAndLedgerAndReset(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	first := c.create(adele, `{}`).ok(201)
	second := c.create(adele, `{}`).ok(201)
	var held, issued []map[string]any
	c.get("/sandbox/passes").ok(200).decode(&held)
	if len(held) != 1 || held[0]["temporaryAccessPass"] != second.text("temporaryAccessPass") || held[0]["userPrincipalName"] != adele ||
		held[0]["id"] != second.text("id") || held[0]["lifetimeInMinutes"] != 60.0 || held[0]["methodUsabilityReason"] != "EnabledByPolicy" {
		t.Errorf("passes: %v", held)
	}
	c.clock(`{"advance":"1000h"}`)
	c.patchPolicy(`"state":"disabled"`).ok(204)
	c.do("POST", "/sandbox/reset", "").ok(204)
	c.get("/sandbox/issued").ok(200).decode(&issued)
	codes := names(issued, "temporaryAccessPass")
	if diff := cmp.Diff([]string{first.text("temporaryAccessPass"), second.text("temporaryAccessPass")}, codes); diff != "" {
		t.Errorf("the ledger after a reset: %s", diff)
	}
	if log := c.get("/sandbox/requests"); string(log.body) != "[]\n" {
		t.Errorf("the request log after a reset: %s", log.body)
	}
	now, err := time.Parse(time.RFC3339Nano, c.get("/sandbox/clock").ok(200).text("now"))
	if err != nil || time.Since(now).Abs() > time.Minute {
		t.Errorf("the clock after a reset: %v %v", now, err)
	}
	if left := c.get(passesOf(adele)).values(); len(left) > 0 {
		t.Errorf("the passes after a reset: %v", left)
	}
	c.create(adele, `{}`).ok(201)
}
