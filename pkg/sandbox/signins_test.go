package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

const signIns = "/beta/auditLogs/signIns"

// logs lets the sign-in log be read as often as one likes, and at once.
func (c *client) logsAtOnce() {
	c.t.Helper()
	c.unlimited()
	c.do("POST", "/sandbox/delays", `{"signIns":"0s"}`).ok(200)
}

// play sends a sign-in with whatever it has.
func (c *client) play(body string) map[string]any {
	c.t.Helper()
	return c.do("POST", "/sandbox/signin", body).ok(200).object
}

// outcome is an entry on one line.
func outcome(e map[string]any) string {
	return strings.Join([]string{at(e, "status", "errorCode"), at(e, "status", "failureReason"), at(e, "userPrincipalName")}, "|")
}

// TestEveryRefusalHasItsCode: each way in which a sign-in is refused is in the log as Microsoft says it, and a success too.
func TestEveryRefusalHasItsCode(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.logsAtOnce()
	last := func(what, want string) {
		t.Helper()
		e := c.get(signIns).values()[0]
		if got := outcome(e); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
		step := e["authenticationDetails"].([]any)[0].(map[string]any)
		if step["succeeded"] != (strings.HasPrefix(want, "0|") || strings.HasPrefix(want, "53003|")) {
			t.Errorf("%s: the step %v", what, step)
		}
		if v1 := c.get("/v1.0/auditLogs/signIns").values()[0]; outcome(v1) != want || v1["authenticationDetails"] != nil {
			t.Errorf("%s: on v1.0 %v", what, v1)
		}
		c.clock(`{"advance":"1s"}`)
	}
	c.signIn("Who@contoso.com", "x", "")
	last("unknown", "50034|The user account does not exist in the directory. To sign into this application, the account must be added to the directory.|Who@contoso.com")
	c.signIn(adele, "x", "")
	last("no pass", "130507|An access pass could not be found or verified for the user.|"+adele)
	start := time.Now().Add(2 * time.Hour).UTC().Format(time.RFC3339)
	once := c.create(adele, `{"isUsableOnce":true,"startDateTime":"`+start+`"}`).ok(201).text("temporaryAccessPass")
	c.signIn(adele, once, "")
	last("not yet valid", "130507|An access pass could not be found or verified for the user.|"+adele)
	c.clock(`{"advance":"2h"}`)
	c.signIn(adele, once+"x", "")
	last("wrong code", "130503|Your Temporary Access Pass is incorrect. If you don't know your pass, contact your administrator.|"+adele)
	c.do("POST", "/sandbox/conditionalAccess", `{"displayName":"Only from the office","user":"`+adele+`"}`).ok(200)
	if r := c.signIn(adele, once, ""); r["reason"] != "blockedByConditionalAccess" || r["message"] != `The conditional access policy "Only from the office" blocks this sign-in.` {
		t.Errorf("blocked: %v", r)
	}
	last("blocked", "53003|Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.|"+adele)
	c.do("POST", "/sandbox/conditionalAccess", `{"user":"`+adele+`","remove":true}`).ok(200)
	c.signIn(adele, once, "")
	last("let in", "0||"+adele)
	c.signIn(adele, once, "")
	last("used", "130505|Your one-time Temporary Access Pass has been redeemed. Contact your admin to get a new pass.|"+adele)
	multi := c.create(megan, `{}`).ok(201).text("temporaryAccessPass")
	c.patchPolicy(`"isUsableOnce":true`).ok(204)
	c.signIn(megan, multi, "")
	last("the policy", "130502|Temporary Access Pass sign in was blocked due to User Credential Policy.|"+megan)
	c.signIn(newHire, c.create(newHire, `{}`).ok(201).text("temporaryAccessPass"), "")
	last("disabled", "50057|The user account is disabled.|"+newHire)
	c.clock(`{"advance":"2h"}`)
	c.signIn(megan, multi, "")
	last("expired", "130504|Your Temporary Access Pass has expired. Contact your administrator to obtain a new pass.|"+megan)
	for with, want := range map[string]string{"fido2": "135001|UserPrincipal doesn't have the key ID configured.", "platformCredential": "130004|UserPrincipal doesn't have the NGC key configured.", "phone": "500121|Authentication failed during strong authentication request."} {
		c.play(`{"user":"` + adele + `","with":"` + with + `"}`)
		last("no "+with, want+"|"+adele)
	}
}

// TestSignInEntry: where from, which application, and that a policy is named only to who may see it.
func TestSignInEntry(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.logsAtOnce()
	c.do("POST", "/sandbox/conditionalAccess", `{"displayName":"Only from the office","user":"`+adele+`"}`).ok(200)
	c.signInFrom(adele, c.create(adele, `{}`).ok(201).text("temporaryAccessPass"), "203.0.113.7")
	const seeing = "helpdesk:AuditLog.Read.All,Policy.Read.ConditionalAccess"
	e := c.caller(seeing).get(signIns).values()[0]
	for want, got := range map[string]string{
		c.id(adele): at(e, "userId"), "Adele Vance": at(e, "userDisplayName"), "203.0.113.7": at(e, "ipAddress"), "Valparaíso": at(e, "location", "city"),
		"CL": at(e, "location", "countryOrRegion"), "19db86c3-b2b9-44cc-b339-36da233a3be2": at(e, "appId"), "Browser": at(e, "clientAppUsed"), "failure": at(e, "conditionalAccessStatus"),
		"Only from the office": at(e, "appliedConditionalAccessPolicies", 0, "displayName"), "[Block]": at(e, "appliedConditionalAccessPolicies", 0, "enforcedGrantControls"),
		"Temporary Access Pass": at(e, "authenticationDetails", 0, "authenticationMethod"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for as, sees := range map[string]bool{
		seeing: true, "helpdesk": false, "helpdesk:AuditLog.Read.All,Policy.Read.All@Security-Reader": true,
		"helpdesk:AuditLog.Read.All,Policy.Read.All@Reports-Reader": false, "app:AuditLog.Read.All,Policy.Read.All": true, "app:AuditLog.Read.All": false,
	} {
		if _, has := c.caller(as).get(signIns).values()[0]["appliedConditionalAccessPolicies"]; has != sees {
			t.Errorf("%s sees policies: %v", as, has)
		}
	}
	c.caller("helpdesk:User.Read.All").get(signIns).fails(403, "Authentication_MSGraphPermissionMissing", "Calling principal does not have required MSGraph permissions AuditLog.Read.All")
	c.caller("unit").get(signIns).fails(403, "Authentication_RequestFromUnsupportedUserRole", "User is not in the allowed roles")
	for _, body := range []string{`{"user":"` + adele + `"}`, `{"user":"` + adele + `","displayName":"x","remove":true}`, `{"user":"` + adele + `","displayName":" "}`} {
		c.do("POST", "/sandbox/conditionalAccess", body).ok(400)
	}
	c.do("POST", "/sandbox/conditionalAccess", `{"user":"nobody@contoso.com","displayName":"x"}`).ok(404)
}

// TestSignInLogShowsLater: after a delay, in every process, the newest first, in pages that do not move; and forgets after 30 days.
func TestSignInLogShowsLater(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir, sandbox.Options{})
	c.unlimited()
	for i := range 3 {
		c.signIn(fmt.Sprintf("nobody%d@contoso.com", i), "x", "")
	}
	c.clock(`{"advance":"119s"}`)
	if v := c.get(signIns).values(); len(v) != 0 {
		t.Errorf("too early: %v", v)
	}
	c.clock(`{"advance":"2s"}`)
	first := open(t, dir, sandbox.Options{}).get(signIns + "?$top=2").ok(200)
	v := first.values()
	if len(v) != 2 || at(v[0], "userPrincipalName") != "nobody2@contoso.com" || at(v[1], "userPrincipalName") != "nobody1@contoso.com" {
		t.Fatalf("the first page: %v", v)
	}
	c.signIn("later@contoso.com", "x", "")
	c.clock(`{"advance":"5m"}`)
	next := strings.TrimPrefix(first.text("@odata.nextLink"), "http://127.0.0.1:4010")
	if v := c.get(next).values(); len(v) != 1 || at(v[0], "userPrincipalName") != "nobody0@contoso.com" {
		t.Errorf("the second page: %v", v)
	}
	if at(v[0], "userId") != "00000000-0000-0000-0000-000000000000" {
		t.Errorf("nobody's id: %v", v[0])
	}
	c.clock(`{"advance":"720h"}`)
	if v := c.get(signIns).values(); len(v) != 0 {
		t.Errorf("after 30 days: %v", v)
	}
}

func TestSignInFilters(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.logsAtOnce()
	c.signIn(adele, "x", "")
	c.clock(`{"advance":"1h"}`)
	between := c.clock(`{"advance":"1s"}`).Format(time.RFC3339)
	c.clock(`{"advance":"1h"}`)
	c.signIn(megan, c.create(megan, `{}`).ok(201).text("temporaryAccessPass"), "")
	c.clock(`{"advance":"1s"}`)
	c.signIn(adele, "x", "")
	for filter, want := range map[string]int{
		"userId eq '" + c.id(adele) + "'":                                        2,
		"userId eq '" + c.id(adele) + "' and createdDateTime ge " + between:      1,
		"createdDateTime le " + between:                                          1,
		"status/errorCode eq 0":                                                  1,
		"status/errorCode eq 130507":                                             2,
		"startswith(userPrincipalName,'megan') and ipAddress eq '192.0.2.10'":    1,
		"userPrincipalName eq '" + megan + "' and appDisplayName eq 'Elsewhere'": 0,
	} {
		if v := c.get(filtered(signIns, filter)).values(); len(v) != want {
			t.Errorf("%s: %d, want %d", filter, len(v), want)
		}
	}
	c.get(filtered(signIns, "location/city eq 'Berlin'")).ok(400)
	c.get("/v1.0/auditLogs/signIns?$select=authenticationDetails").ok(400)
	if v := c.get(signIns + "?$select=id,status&$orderby=createdDateTime%20asc").values(); len(v) != 3 || len(v[0]) != 2 || at(v[1], "status", "errorCode") != "0" {
		t.Errorf("selected: %v", v)
	}
}
