package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

const log = "/beta/auditLogs/directoryAudits"

// at gives the value at a path through objects and lists, "" for none.
func at(v any, path ...any) string {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return ""
			}
			v = l[step]
		}
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// told is an entry on one line: what, by whom, from where, to whom.
func told(e map[string]any) string {
	by := at(e, "initiatedBy", "user", "userPrincipalName")
	if by == "" {
		by = at(e, "initiatedBy", "app", "displayName")
	}
	words := []string{at(e, "activityDisplayName"), at(e, "resultReason"), by, at(e, "targetResources", 0, "userPrincipalName")}
	return strings.Join(words, "|")
}

func (c *client) logged() []string {
	c.t.Helper()
	var all []string
	for _, e := range c.get(log).ok(200).values() {
		all = append(all, told(e))
	}
	return all
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

const (
	registered = "Admin registered security info|Admin registered temporary access pass method for user|"
	deleted    = "Admin deleted security info|Admin deleted authentication method for user|"
)

// TestAuditLog: who made, deleted, used and changed what, from where, by whichever way; the newest first, after a delay.
func TestAuditLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir, sandbox.Options{})
	c.unlimited()
	code := c.create(adele, `{}`).ok(201).text("temporaryAccessPass")
	c.clock(`{"advance":"1m"}`)
	expect(t, "too early", c.logged())
	c.signIn(adele, code, "fido2")
	c.clock(`{"advance":"90s"}`)
	expect(t, "the first", c.logged(), registered+helpdesk+"|"+adele)
	id := c.caller("app").batch(create("1", megan)).ok(200).part("1").ok(201).text("id")
	c.do("DELETE", passesOf(megan)+"/"+id, "").ok(204)
	c.caller("privileged").patchPolicy(`"maximumLifetimeInMinutes":240`).ok(204)
	c.do("POST", "/sandbox/policy", `{"isUsableOnce":true,"onRead":1}`).ok(200)
	c.caller("norole").create(adele, `{}`).ok(403)
	c.create(external, `{}`).ok(400)
	c.do("POST", "/sandbox/delays", `{"audit":"0s"}`).ok(200)
	again := open(t, dir, sandbox.Options{})
	expect(t, "all", again.logged(),
		"Authentication Methods Policy Update||lidia.holloway@contoso.com|",
		deleted+helpdesk+"|"+megan,
		registered+"Contoso app|"+megan,
		"User registered security info|User registered Fido|"+adele+"|"+adele,
		registered+helpdesk+"|"+adele)
	later := c.clock(`{"advance":"1h"}`).UTC().Format(time.RFC3339)
	c.get("/beta/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass").ok(200)
	if v := c.get(filtered(log, "activityDateTime ge "+later)).ok(200).values(); len(v) != 1 { // when it happened, not when it was ordered
		t.Errorf("after %s: %v", later, v)
	}
	c.caller("privileged").do("DELETE", "/beta/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass", "").ok(204)
	expect(t, "the policy", c.logged()[:2], "Authentication Methods Policy Reset||lidia.holloway@contoso.com|", "Authentication Methods Policy Update||mod.admin@contoso.com|")
	c.do("POST", "/sandbox/reset", "").ok(204)
	expect(t, "after a reset", c.logged())
}

// TestAuditEntry: each property that Graph has.
func TestAuditEntry(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), sandbox.Options{AuditDelay: time.Nanosecond})
	c.unlimited()
	c.create(adele, `{}`).ok(201)
	c.caller("app").create(megan, `{}`).ok(201)
	c.caller("privileged").patchPolicy(`"maximumLifetimeInMinutes":240`).ok(204)
	entries := c.get("/v1.0/auditLogs/directoryAudits").ok(200).values()
	person, app, policy := entries[2], entries[1], entries[0]
	for path, want := range map[string]string{
		"category": "UserManagement", "result": "success", "loggedByService": "Authentication Methods", "operationType": "Add",
		"additionalDetails": "[]",
	} {
		if got := at(person, path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	if at(person, "initiatedBy", "user", "id") != c.id(helpdesk) || at(person, "initiatedBy", "user", "ipAddress") != "127.0.0.1" ||
		at(person, "initiatedBy", "app") != "" || at(person, "targetResources", 0, "id") != c.id(adele) || at(person, "correlationId") == "" {
		t.Errorf("by a person: %v", person)
	}
	if at(app, "initiatedBy", "user") != "" || at(app, "initiatedBy", "app", "servicePrincipalId") == "" || at(app, "initiatedBy", "app", "appId") == "" {
		t.Errorf("by an application: %v", app)
	}
	changed := []any{"targetResources", 0, "modifiedProperties", 0}
	if !strings.Contains(at(policy, append(changed, "oldValue")...), `"maximumLifetimeInMinutes":480`) || !strings.Contains(at(policy, append(changed, "newValue")...), `"maximumLifetimeInMinutes":240`) {
		t.Errorf("of a policy: %v", policy)
	}
}

// TestAuditFilter: what the descriptions of the properties name is taken, all else refused.
func TestAuditFilter(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), sandbox.Options{AuditDelay: time.Nanosecond})
	c.unlimited()
	c.clock(`{"set":"2026-12-01T08:00:00Z"}`)
	c.create(adele, `{}`).ok(201)
	c.clock(`{"set":"2026-12-01T10:00:00Z"}`)
	c.caller("app").create(megan, `{}`).ok(201)
	c.clock(`{"set":"2026-12-01T12:00:00Z"}`)
	all := c.get(log).ok(200).values()
	app := at(all[0], "initiatedBy", "app", "appId")
	for filter, want := range map[string]string{
		"activityDisplayName eq 'Admin registered security info' and loggedByService eq 'Authentication Methods' and activityDateTime ge 2026-12-01T09:00:00Z": megan,
		"activityDateTime le 2026-12-01T09:00:00Z":                                    adele,
		"activityDateTime ge 2026-12-01T10:00:00+02:00":                               megan + " " + adele,
		"activityDateTime eq " + at(all[1], "activityDateTime"):                       adele,
		"initiatedBy/user/id eq '" + c.id(helpdesk) + "'":                             adele,
		"startswith(initiatedBy/user/userPrincipalName,'isaiah')":                     adele,
		"initiatedBy/app/appId eq '" + app + "'":                                      megan,
		"targetResources/any(t:t/id eq '" + c.id(megan) + "')":                        megan,
		"targetResources/any(x: startswith(x/displayName, 'Adele'))":                  adele,
		"targetResources/any(t:t/displayName eq 'Adele Vance') and (id eq 'nothing')": "",
		"correlationId eq '" + at(all[0], "correlationId") + "'":                      megan,
		"targetResources/any(t:t/userPrincipalName eq 'adele.vance@contoso.com')":     "400",
		"targetResources/any(t:startswith(t/id, 'a'))":                                "400",
		"resultReason eq 'Admin registered temporary access pass method for user'":    "400",
		"category eq 'UserManagement'":                                                "400",
		"activityDateTime gt 2026-12-01T09:00:00Z":                                    "400",
		"activityDateTime ge '2026-12-01T09:00:00Z'":                                  "400",
		"activityDateTime ge 2026-12-01":                                              "400",
		"startswith(loggedByService,'Auth')":                                          "400",
		"activityDisplayName ge 'A'":                                                  "400",
	} {
		a := c.get(filtered(log, filter))
		got := fmt.Sprint(a.status)
		if a.status == 200 {
			var users []string
			for _, e := range a.values() {
				users = append(users, at(e, "targetResources", 0, "userPrincipalName"))
			}
			got = strings.Join(users, " ")
		}
		if got != want {
			t.Errorf("%s: %q, want %q", filter, got, want)
		}
	}
	oldest := c.get(log + "?$orderby=activityDateTime%20asc&$top=1").ok(200).values()
	if len(oldest) != 1 || at(oldest[0], "targetResources", 0, "userPrincipalName") != adele {
		t.Errorf("the oldest: %v", oldest)
	}
	c.get(log + "?$orderby=category").ok(400)
	c.get(log + "?$skip=1").ok(400)
}

// TestAuditPagesStandStill: what happens between two pages moves no entry from one to the other.
func TestAuditPagesStandStill(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), sandbox.Options{AuditDelay: time.Nanosecond})
	c.unlimited()
	for _, user := range []string{adele, megan, newHire} {
		c.create(user, `{}`).ok(201)
	}
	seen, rows := map[string]bool{}, 0
	for next := log + "?$top=2"; next != ""; {
		p := c.page(next)
		rows += len(p.Value)
		for _, e := range p.Value {
			seen[e.ID] = true
		}
		next = strings.TrimPrefix(p.NextLink, "http://127.0.0.1:4010")
		c.create(adele, `{}`).ok(201)
	}
	if len(seen) != 3 || rows != 3 {
		t.Errorf("%d entries in %d rows, want 3", len(seen), rows)
	}
}

// TestAuditLogForgets what is older than 30 days; seven where no premium plan was bought.
func TestAuditLogForgets(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.unlimited()
	c.create(adele, `{}`).ok(201)
	c.clock(`{"advance":"719h"}`)
	expect(t, "after 719 hours", c.logged(), registered+helpdesk+"|"+adele)
	c.clock(`{"advance":"2h"}`)
	expect(t, "after 721 hours", c.logged())
	c.create(megan, `{}`).ok(201)
	c.clock(`{"advance":"-2h"}`) // what was forgotten does not come back
	expect(t, "turned back", c.logged())
	if with, without := sandbox.Retention(true), sandbox.Retention(false); with != 30*24*time.Hour || without != 7*24*time.Hour {
		t.Errorf("kept for %v with a premium plan, %v without", with, without)
	}
}

// TestLateWorkIsLogged at its own time, by who asked for it.
func TestLateWorkIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, t.TempDir(), sandbox.Options{AuditDelay: time.Nanosecond})
		c.faults(`[{` + onCreate + `,"drop":"late","after":"50s","times":1}]`)
		due := time.Now().Add(50 * time.Second)
		if _, err := c.send("POST", passesOf(adele), `{}`); err == nil {
			t.Fatal("the connection was not cut")
		}
		time.Sleep(time.Hour)
		entries := c.get(log).ok(200).values()
		if len(entries) != 1 || told(entries[0]) != registered+helpdesk+"|"+adele || at(entries[0], "initiatedBy", "user", "ipAddress") != "127.0.0.1" ||
			at(entries[0], "activityDateTime") != due.UTC().Format("2006-01-02T15:04:05.0000000Z") {
			t.Errorf("the log: %v", entries)
		}
	})
}
