package sandbox_test

import (
	"strings"
	"testing"
)

func (c *client) registerAs(body string) map[string]any {
	c.t.Helper()
	return c.do("POST", "/sandbox/register", body).ok(200).object
}

// TestTheft: who has the pass is in, and back in with the own key, until the key and the sessions are gone.
func TestTheft(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	code := c.create(megan, `{"isUsableOnce":true}`).ok(201).text("temporaryAccessPass")
	own := c.registered(megan)["fido2"]
	r := c.play(`{"user":"` + megan + `","temporaryAccessPass":"` + code + `","from":"203.0.113.7","method":"fido2","methodName":"Evil Key"}`)
	evil := at(r, "method", "id")
	if r["ok"] != true || at(r, "method", "displayName") != "Evil Key" || evil == "" || evil == own {
		t.Fatalf("the thief: %v", r)
	}
	with := func(key, reason string) {
		t.Helper()
		r := c.play(`{"user":"` + megan + `","with":"` + key + `","from":"203.0.113.7"}`)
		if got, _ := r["reason"].(string); got != reason || (r["ok"] == true) != (reason == "") {
			t.Errorf("with %s: %v, want %q", key, r, reason)
		}
	}
	with(evil, "")
	with("fido2", "")
	if all := c.sessions(); all[1].SignedInWith != "fido2" || all[1].SignedInWithID != evil || all[2].SignedInWithID != evil || all[1].EndedDateTime != nil {
		t.Errorf("the sessions: %+v", all)
	}
	c.do("DELETE", deletionOf("beta", megan, "fido2", evil), "").ok(204)
	if states := c.states(); states != "open open open" {
		t.Errorf("after the key's removal: %s", states)
	}
	with(evil, "noMethod")
	c.do("POST", revocationOf(megan), "").ok(200)
	if states := c.states(); states != "revoked revoked revoked" {
		t.Errorf("after the revocation: %s", states)
	}
	with("fido2", "") // hers is the last one of its type
	with(own, "")
	with("phone", "noMethod")
	c.logsAtOnce()
	c.clock(`{"advance":"1s"}`)
	if v := c.get(filtered(signIns, "status/errorCode eq 135001")).values(); len(v) != 1 || at(v[0], "authenticationDetails", 0, "authenticationMethod") != "FIDO2 security key" {
		t.Errorf("the removed key: %v", v)
	}
	c.do("POST", "/sandbox/signin", `{"user":"`+megan+`","with":"fido2","temporaryAccessPass":"x"}`).ok(400)
	c.do("POST", "/sandbox/signin", `{"user":"`+megan+`","temporaryAccessPass":"x","methodName":"Evil Key"}`).fails(400, "badRequest", "A methodName comes with a method.")
	c.do("POST", "/sandbox/signin", `{"user":"`+megan+`","temporaryAccessPass":"x","method":"phone","methodName":"Evil Key"}`).fails(400, "badRequest", "A method of the type phone has no name.")
}

// TestRegisterInASession: in an open one of the user, after a one-time pass within 10 minutes, not after it was ended.
func TestRegisterInASession(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	try := func(body, reason, message string) map[string]any {
		t.Helper()
		r := c.registerAs(`{"user":"` + adele + `","method":"fido2"` + body + `}`)
		if got, _ := r["reason"].(string); got != reason || !strings.HasPrefix(r["message"].(string), message) {
			t.Errorf("%s: %v, want %q: %s", body, r, reason, message)
		}
		return r
	}
	noSession := "Nobody is signed in as this user: whoever was, has to sign in again."
	try("", "noSession", noSession)
	once := c.create(adele, `{"isUsableOnce":true,"lifetimeInMinutes":60}`).ok(201).text("temporaryAccessPass")
	in := c.signInFrom(adele, once, "203.0.113.7")
	c.clock(`{"advance":"9m"}`)
	try(`,"from":"192.0.2.10"`, "noSession", noSession)
	if r := try(`,"from":"203.0.113.7","methodName":"Evil Key"`, "", "Registered."); r["sessionId"] != in["sessionId"] || at(r, "method", "displayName") != "Evil Key" {
		t.Errorf("registered %v", r)
	}
	c.clock(`{"advance":"2m"}`)
	try("", "tooLate", "The sign-in with the one-time pass was at ")
	c.clock(`{"advance":"50m"}`)
	try("", "noSession", noSession)
	c.signIn(adele, c.create(adele, `{}`).ok(201).text("temporaryAccessPass"), "")
	c.clock(`{"advance":"30m"}`)
	try("", "", "Registered.")
	c.do("POST", revocationOf(adele), "").ok(200)
	try("", "noSession", noSession)
	if r := c.registerAs(`{"user":"nobody@contoso.com","method":"fido2"}`); r["reason"] != "unknownUser" {
		t.Errorf("nobody: %v", r)
	}
	c.do("POST", "/sandbox/register", `{"user":"`+adele+`"}`).ok(400)
	c.do("POST", "/sandbox/register", `{"user":"`+adele+`","method":"password"}`).ok(400)
	c.do("POST", "/sandbox/register", `{"user":"`+adele+`","method":"email","methodName":"x"}`).ok(400)
}
