package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// sitting is a session as GET /sandbox/sessions tells it.
type sitting struct {
	ID, UserID, UserPrincipalName, State, SignedInWith, SignedInWithID, IPAddress, City, CountryOrRegion string
	StartedDateTime                                                                                      time.Time
	EndedDateTime                                                                                        *time.Time
}

func (c *client) sessions() []sitting {
	c.t.Helper()
	var all []sitting
	c.get("/sandbox/sessions").ok(200).decode(&all)
	return all
}

// states are those of all sessions, in their order.
func (c *client) states() string {
	c.t.Helper()
	var all []string
	for _, s := range c.sessions() {
		all = append(all, s.State)
	}
	return strings.Join(all, " ")
}

func revocationOf(user string) string { return "/beta/users/" + user + "/revokeSignInSessions" }

func (c *client) signInFrom(user, code, from string) map[string]any {
	c.t.Helper()
	return c.do("POST", "/sandbox/signin", `{"user":"`+user+`","temporaryAccessPass":"`+code+`","from":"`+from+`"}`).ok(200).object
}

// TestSignInOpensASession: for who was let in, in every process, from where; it lasts as long as the pass would have.
func TestSignInOpensASession(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir, sandbox.Options{})
	p := c.create(adele, `{}`).ok(201)
	c.signInFrom(adele, p.text("temporaryAccessPass")+"x", "203.0.113.7")
	if all := c.sessions(); len(all) != 0 {
		t.Fatalf("a wrong code opened %v", all)
	}
	r := c.signInFrom(adele, p.text("temporaryAccessPass"), "203.0.113.7")
	c.signIn(adele, p.text("temporaryAccessPass"), "")
	c.signInFrom(adele, p.text("temporaryAccessPass"), "8.8.8.8")
	all := open(t, dir, sandbox.Options{}).sessions()
	if len(all) != 3 {
		t.Fatalf("%d sessions", len(all))
	}
	s := all[0]
	if s.ID != r["sessionId"] || s.UserID != c.id(adele) || s.UserPrincipalName != adele || s.State != "open" || s.SignedInWith != "temporaryAccessPass" ||
		s.SignedInWithID != p.text("id") || s.IPAddress != "203.0.113.7" || s.City != "Valparaíso" || s.CountryOrRegion != "CL" || s.EndedDateTime != nil || time.Since(s.StartedDateTime).Abs() > time.Minute {
		t.Errorf("a session: %+v", s)
	}
	if all[1].IPAddress != "192.0.2.10" || all[1].CountryOrRegion != "FI" || all[2].City != "" || all[2].CountryOrRegion != "" {
		t.Errorf("from elsewhere: %+v", all[1:])
	}
	c.do("DELETE", passesOf(adele)+"/"+p.text("id"), "").ok(204)
	if states := c.states(); states != "open open open" {
		t.Errorf("after the deletion of the pass: %s", states)
	}
	c.clock(`{"advance":"60m"}`)
	if all := c.sessions(); all[0].State != "expired" || all[0].EndedDateTime == nil {
		t.Errorf("after the pass's time: %+v", all[0])
	}
	c.do("POST", "/sandbox/signin", `{"user":"x","temporaryAccessPass":"y","from":"home"}`).fails(400, "badRequest", `"home" is no IP address: it looks like 203.0.113.7.`)
	c.do("POST", "/sandbox/reset", "").ok(204)
	if all := c.sessions(); len(all) != 0 {
		t.Errorf("after a reset: %v", all)
	}
}

// TestRevokeEndsSessions: those of this user that were open, with or without a body, on both versions.
func TestRevokeEndsSessions(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	code := c.create(adele, `{}`).ok(201).text("temporaryAccessPass")
	c.signIn(adele, code, "")
	c.signIn(megan, c.create(megan, `{}`).ok(201).text("temporaryAccessPass"), "")
	a := c.do("POST", revocationOf(adele), "").ok(200)
	if a.object["value"] != true || a.text("@odata.context") != "http://127.0.0.1:4010/beta/$metadata#Edm.Boolean" {
		t.Errorf("the answer: %s", a.body)
	}
	if states := c.states(); states != "revoked open" {
		t.Errorf("then: %s", states)
	}
	ended := *c.sessions()[0].EndedDateTime
	c.signIn(adele, code, "")
	if states := c.states(); states != "revoked open open" {
		t.Errorf("a sign-in afterwards: %s", states)
	}
	c.do("POST", strings.Replace(revocationOf(c.id(adele)), "beta", "v1.0", 1), `{}`).ok(200)
	if states := c.states(); states != "revoked open revoked" || !ended.Equal(*c.sessions()[0].EndedDateTime) {
		t.Errorf("the second time: %s", states)
	}
	c.do("POST", "/sandbox/sessions", `{"user":"`+megan+`","revoke":true}`).ok(200)
	if states := c.states(); states != "revoked revoked revoked" {
		t.Errorf("by the control plane: %s", states)
	}
	var people struct {
		People map[string]struct{ Revoked int }
	}
	c.get("/sandbox/authority").ok(200).decode(&people)
	if people.People[adele].Revoked != 2 || people.People[megan].Revoked != 1 {
		t.Errorf("the authority's: %v", people)
	}
	c.caller("app:User.RevokeSessions.All").do("POST", revocationOf(external), "").ok(200)
	c.get("/sandbox/authority").ok(200).decode(&people)
	if len(people.People) != 2 {
		t.Errorf("an external guest was reached: %v", people)
	}
}

// TestWhoRevokes: the permission, and for somebody else a role that reaches the user; oneself always.
func TestWhoRevokes(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	const revoking = ":User.RevokeSessions.All"
	for _, test := range []struct {
		as, user string
		status   int
	}{
		{"helpdesk", adele, 200},
		{"helpdesk", admin, 403},
		{"helpdesk", owner, 403},
		{"helpdesk", executive, 403},
		{"helpdesk", helpdesk, 200},
		{"helpdesk", "nobody@contoso.com", 404},
		{"privileged", admin, 200},
		{"privileged", executive, 403},
		{"norole", adele, 403},
		{"reader", adele, 403},
		{"unit", "joni.sherman@contoso.com", 200},
		{"unit", adele, 403},
		{"nopolicy", adele, 403},
		{"app", adele, 403},
		{"app" + revoking, executive, 200},
		{"app:User.ReadWrite.All", adele, 403},
		{"norole" + revoking + "@User-Administrator", adele, 200},
		{"norole" + revoking + "@User-Administrator", admin, 403},
		{"norole:Directory.ReadWrite.All@User-Administrator", adele, 200},
		{"norole:User.ReadWrite.All@Global-Reader", adele, 403},
	} {
		a := c.caller(test.as).do("POST", revocationOf(test.user), "")
		if a.status != test.status {
			t.Errorf("%s for %s: %d, want %d: %s", test.as, test.user, a.status, test.status, a.body)
		}
		if a.status == 403 {
			a.fails(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
		}
	}
}

// TestRemovalAndRevocationAreLogged: who did it, to whom; the user's own act from where it was done.
func TestRemovalAndRevocationAreLogged(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.unlimited()
	c.do("POST", "/sandbox/delays", `{"audit":"0s"}`).ok(200)
	code := c.create(adele, `{}`).ok(201).text("temporaryAccessPass")
	c.do("POST", "/sandbox/signin", `{"user":"`+adele+`","temporaryAccessPass":"`+code+`","method":"fido2","from":"203.0.113.7"}`).ok(200)
	c.do("POST", revocationOf(adele), "").ok(200)
	c.do("DELETE", deletionOf("beta", adele, "fido2", c.registered(adele)["fido2"]), "").ok(204)
	c.do("POST", "/sandbox/sessions", `{"user":"`+adele+`","revoke":true}`).ok(200)
	ended := "Update StsRefreshTokenValidFrom Timestamp||"
	expect(t, "the log", c.logged(), ended+admin+"|"+adele, deleted+helpdesk+"|"+adele, ended+helpdesk+"|"+adele,
		"User registered security info|User registered Fido|"+adele+"|"+adele, registered+helpdesk+"|"+adele)
	if from := at(c.get(log).values()[3], "initiatedBy", "user", "ipAddress"); from != "203.0.113.7" {
		t.Errorf("registered from %s", from)
	}
}
