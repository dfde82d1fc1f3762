package sandbox_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

const report = "/beta/reports/authenticationMethods/userRegistrationDetails"

// unlimited lifts the published limits of reports and logs.
func (c *client) unlimited() {
	c.t.Helper()
	c.do("POST", "/sandbox/throttle", `{"limits":["* /reports/**=1000/1s","* /auditLogs/**=1000/1s"]}`).ok(200)
}

// filtered is an address with a $filter.
func filtered(path, filter string) string { return path + "?$filter=" + url.QueryEscape(filter) }

// reported is the row of a user in the report, nil for none.
func (c *client) reported(upn string) map[string]any {
	c.t.Helper()
	rows := c.get(filtered(report, "userPrincipalName eq '"+upn+"'")).ok(200).values()
	if len(rows) == 0 {
		return nil
	}
	return rows[0]
}

func methodsIn(row map[string]any) string {
	var names []string
	all, _ := row["methodsRegistered"].([]any)
	for _, n := range all {
		names = append(names, n.(string))
	}
	return strings.Join(names, " ")
}

// TestReportLagsBehind: a pass, its end and a method show when the copy is as new as they are, not before, for every process.
func TestReportLagsBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir, sandbox.Options{})
	c.unlimited()
	if m := methodsIn(c.reported(adele)); m != "" {
		t.Errorf("before: %s", m)
	}
	made := c.create(adele, `{}`).ok(201)
	c.clock(`{"advance":"59m"}`)
	if m := methodsIn(c.reported(adele)); m != "" {
		t.Errorf("after 59 minutes: %s", m)
	}
	c.clock(`{"advance":"2m"}`)
	again := open(t, dir, sandbox.Options{})
	row := again.reported(adele)
	if m := methodsIn(row); m != "temporaryAccessPass" {
		t.Errorf("after an hour: %s", m)
	}
	now, _ := time.Parse(time.RFC3339Nano, c.do("GET", "/sandbox/clock", "").text("now"))
	as, err := time.Parse(time.RFC3339Nano, row["lastUpdatedDateTime"].(string))
	if age := now.Sub(as); err != nil || age < 59*time.Minute || age > 61*time.Minute {
		t.Errorf("the copy is %v old, %v", age, err)
	}
	c.do("DELETE", passesOf(adele)+"/"+made.text("id"), "").ok(204)
	if m := methodsIn(c.reported(adele)); m != "temporaryAccessPass" {
		t.Errorf("after the deletion: %s", m)
	}
	c.do("POST", "/sandbox/delays", `{"report":"0s"}`).ok(200)
	if m := methodsIn(c.reported(adele)); m != "" {
		t.Errorf("without a lag: %s", m)
	}
	code := c.create(adele, `{"isUsableOnce":true}`).ok(201).text("temporaryAccessPass")
	c.signIn(adele, code, "fido2")
	if row := c.reported(adele); methodsIn(row) != "passKeyDeviceBound temporaryAccessPass" || row["isPasswordlessCapable"] != true || row["isMfaRegistered"] != true {
		t.Errorf("a passkey: %v", row)
	}
	c.do("POST", "/sandbox/delays", `{"report":"169h"}`).ok(400)
}

// TestReportOptions: what Microsoft's page lists is taken, all else refused.
func TestReportOptions(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), sandbox.Options{ReportLag: time.Second})
	c.unlimited()
	for filter, want := range map[string]string{
		"methodsRegistered/any(t:t eq 'mobilePhone')":                                                    "alex.wilber@contoso.com",
		"methodsRegistered/any(x: x eq 'passKeyDeviceBound') and isAdmin eq false":                       "megan.bowen@contoso.com",
		"isAdmin eq true and startswith(userPrincipalName,'di')":                                         "diego.siciliani@contoso.com",
		"isAdmin eq true and startswith(userDisplayName,'Allan')":                                        "allan.deyoung@contoso.com",
		"isPasswordlessCapable eq true or userPreferredMethodForSecondaryAuthentication/any(t:t eq 'a')": "400",
		"methodsRegistered eq 'mobilePhone'":                                                             "400",
		"methodsRegistered/any(t:t ne 'mobilePhone')":                                                    "400",
		"methodsRegistered/any(t:u eq 'mobilePhone')":                                                    "400",
		"methodsRegistered/any(t:t eq 'mobilePhone'":                                                     "400",
		"isAdmin/any(t:t eq 'x')":                                                                        "400",
		"lastUpdatedDateTime ge 2026-01-01T00:00:00Z":                                                    "400",
		"startswith(id,'a')":                                                                             "400",
	} {
		a := c.get(filtered(report, filter))
		got := "400"
		if a.status == 200 {
			got = strings.Join(names(a.values(), "userPrincipalName"), " ")
		}
		if got != want || a.status != 200 && a.status != 400 {
			t.Errorf("%s: %d %s, want %s", filter, a.status, got, want)
		}
	}
	for _, option := range []string{"$search=%22displayName:a%22", "$expand=manager", "$skip=1", "$count=true", "$top=1001", "$top=0", "$orderby=isAdmin", "$orderby=userDisplayName%20up"} {
		if a := c.get(report+"?"+option, "ConsistencyLevel: eventual"); a.status != 400 {
			t.Errorf("%s: %d", option, a.status)
		}
	}
	sorted := c.get(report + "?$orderby=userPrincipalName%20desc&$top=2&$select=userPrincipalName").ok(200)
	if got := strings.Join(names(sorted.values(), "userPrincipalName"), " "); got != "yamada.taro@contoso.com terminal.escape@contoso.com" {
		t.Errorf("sorted: %s", got)
	}
}

// TestReportLeavesOut: disabled users, and those that are younger than the copy.
func TestReportLeavesOut(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.unlimited()
	c.do("POST", "/sandbox/users", `{"userPrincipalName":"`+fresh+`"}`).ok(201)
	if row := c.reported(newHire); row != nil {
		t.Errorf("a disabled user: %v", row)
	}
	if row := c.reported(fresh); row != nil {
		t.Errorf("a new user: %v", row)
	}
	c.clock(`{"advance":"61m"}`)
	if c.reported(fresh) == nil {
		t.Error("a user of an hour is not in the report")
	}
}

// TestReportPages: each enabled user once, however the copy moves between two pages, and quickly.
func TestReportPages(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), sandbox.Options{Users: 100_000, Seed: 3})
	c.unlimited()
	begin := time.Now()
	seen := map[string]bool{}
	next, pages := report, 0
	for ; next != ""; pages++ {
		a := c.page(next)
		for _, row := range a.Value {
			if seen[row.ID] {
				t.Fatalf("%s is there twice", row.ID)
			}
			seen[row.ID] = true
		}
		next = strings.TrimPrefix(a.NextLink, "http://127.0.0.1:4010")
		if pages == 1 {
			c.do("POST", "/sandbox/delays", `{"report":"2h"}`).ok(200)
		}
	}
	if pages != (len(seen)+999)/1000 || len(seen) < 89_000 || len(seen) > 91_000 {
		t.Errorf("%d users on %d pages", len(seen), pages)
	}
	if took := time.Since(begin); took/time.Duration(pages) > 2*time.Second {
		t.Errorf("%d pages took %v", pages, took)
	}
}

// page reads a page without holding it against the contract, which takes longer than all else.
func (c *client) page(path string) (p struct {
	Value    []struct{ ID string }
	NextLink string `json:"@odata.nextLink"`
}) {
	c.t.Helper()
	a, err := c.send("GET", path, "")
	if err != nil || a.status != 200 {
		c.t.Fatalf("%s: %d, %v", path, a.status, err)
	}
	a.decode(&p)
	return p
}

// TestWhoMayReadTheReport: permission and role; a limit of 5 calls in 10 s.
func TestWhoMayReadTheReport(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	for _, test := range []struct {
		as     string
		status int
		code   string
	}{
		{"reader", 200, ""},
		{"noscope", 403, "Authentication_MSGraphPermissionMissing"},
		{"norole", 403, "Authentication_RequestFromUnsupportedUserRole"},
		{"norole:AuditLog.Read.All@Reports-Reader", 200, ""},
		{"app:AuditLog.Read.All", 200, ""},
	} {
		a := c.caller(test.as).get(report)
		if e, _ := a.object["error"].(map[string]any); a.status != test.status || test.code != "" && e["code"] != test.code {
			t.Errorf("%s: %d %s", test.as, a.status, a.body)
		}
	}
	c.get(report).ok(429)
}
