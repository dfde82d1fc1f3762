package sandbox_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

func (c *client) maximum() any {
	c.t.Helper()
	return c.get(policyPath).ok(200).object["maximumLifetimeInMinutes"]
}

// TestPolicyDelay: a change shows, to readers and to passes, when its time has come on the sandbox's clock. A second one
// builds on the first, whether that shows or not.
func TestPolicyDelay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir, sandbox.Options{PolicyDelay: 20 * time.Second})
	c.patchPolicy(`"maximumLifetimeInMinutes":600`).ok(204)
	c.clock(`{"advance":"10s"}`)
	if got := c.maximum(); got != 480.0 {
		t.Errorf("after 10 s: %v", got)
	}
	c.create(adele, `{"lifetimeInMinutes":600}`).ok(400)
	c.patchPolicy(`"defaultLifetimeInMinutes":540`).ok(204) // above the maximum that shows
	c.clock(`{"advance":"11s"}`)
	if got := c.maximum(); got != 480.0 {
		t.Errorf("the first change shows although the second took its place: %v", got)
	}
	other := open(t, dir, sandbox.Options{}) // another process, which has no delay of its own
	other.clock(`{"advance":"10s"}`)
	if got := other.maximum(); got != 600.0 {
		t.Errorf("after 31 s: %v", got)
	}
	c.create(adele, `{"lifetimeInMinutes":600}`).ok(201)
	c.do("POST", "/sandbox/reset", "").ok(204)
	if got := c.maximum(); got != 480.0 {
		t.Errorf("after a reset: %v", got)
	}
}

// TestOrAtOnce: the directory takes fifteen clauses in one "or".
func TestOrAtOnce(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	clauses := func(n int) string {
		return url.QueryEscape(strings.TrimSuffix(strings.Repeat("id eq 'x' or ", n), " or "))
	}
	c.get("/beta/groups?$filter=" + clauses(15)).ok(200)
	c.get("/beta/groups?$filter="+clauses(16)).fails(400, "BadRequest", "Too many child clauses specified in search filter expression containing 'OR' operators: 16. Max allowed: 15.")
}

func TestPolicyChangedElsewhere(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.do("POST", "/sandbox/policy", `{"maximumLifetimeInMinutes":300}`).ok(200)
	if got := c.maximum(); got != 300.0 {
		t.Errorf("at once: %v", got)
	}
	c.do("POST", "/sandbox/policy", `{"maximumLifetimeInMinutes":240,"onRead":2}`).ok(200)
	if first, second, third := c.maximum(), c.maximum(), c.maximum(); first != 300.0 || second != 240.0 || third != 240.0 {
		t.Errorf("three reads: %v, %v, %v", first, second, third)
	}
	c.do("POST", "/sandbox/policy", `{"maximumLifetimeInMinutes":300,"onRead":0}`).fails(400, "badRequest", "onRead counts reads of the policy from now: 1 is the next one.")
	c.do("POST", "/sandbox/policy", `{"maximumLifetimeInMinutes":59}`).fails(400, "badRequest", "Invalid MaximumLifetimeInMinutes specified. The valid range between 60 and 43200.")
	c.do("POST", "/sandbox/policy", `{"maximum":1}`).ok(400)
}

// TestGroupDeleted: the policy goes on naming a group that is gone, may keep it and may drop it, and takes no new one.
func TestGroupDeleted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir, sandbox.Options{})
	barred, desk := groupNamed(c, "No Temporary Access Pass"), groupNamed(c, "Helpdesk")
	c.create(excluded, `{}`).ok(400)
	c.do("POST", "/sandbox/groups", `{"delete":"`+barred+`"}`).ok(204)
	c.do("POST", "/sandbox/groups", `{"delete":"`+desk+`","onRead":2}`).ok(204)
	c.get("/beta/groups/" + barred).ok(404)
	c.get("/beta/groups/" + desk).ok(200)
	if got := len(c.get(policyPath).ok(200).object["excludeTargets"].([]any)); got != 1 {
		t.Errorf("the policy excludes %d groups", got)
	}
	c.create(excluded, `{}`).ok(201) // nobody is a member of a group that is gone
	c.patchPolicy(`"excludeTargets":[{"targetType":"group","id":"` + barred + `"}]`).ok(204)
	c.get(policyPath).ok(200)
	again := open(t, dir, sandbox.Options{})
	again.get("/beta/groups/" + desk).ok(404)
	c.patchPolicy(`"excludeTargets":[{"targetType":"group","id":"` + desk + `"}]`).ok(400)
	c.do("POST", "/sandbox/groups", `{"delete":"x"}`).fails(404, "notFound", `The sandbox has no group with the id "x".`)
	c.do("POST", "/sandbox/reset", "").ok(204)
	c.get("/beta/groups/" + desk).ok(200)
}
