package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

const fresh = "new.hire@contoso.com"

// TestNewUserIsUnknownToTheMethods: the directory knows them at once, the calls on methods when the time has come on the
// sandbox's clock, for every process.
func TestNewUserIsUnknownToTheMethods(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir, sandbox.Options{Replication: 20 * time.Second})
	id := c.do("POST", "/sandbox/users", `{"userPrincipalName":"New.Hire@contoso.com","displayName":"Nina Hire","accountEnabled":false,"department":"Retail"}`).ok(201).text("id")
	u := c.get("/beta/users/" + fresh + "?$select=id,displayName,accountEnabled,userType,department").ok(200)
	if u.text("id") != id || u.text("displayName") != "Nina Hire" || u.object["accountEnabled"] != false || u.text("userType") != "Member" || u.text("department") != "Retail" {
		t.Errorf("the user: %s", u.body)
	}
	if v := c.get("/beta/users?$filter=id%20eq%20'" + id + "'&$select=id"); len(v.values()) != 1 {
		t.Errorf("listed: %s", v.body)
	}
	missing := "Resource '" + fresh + "' does not exist or one of its queried reference-property objects are not present."
	c.create(fresh, `{}`).fails(404, "Request_ResourceNotFound", missing)
	c.get(passesOf(fresh)).fails(404, "Request_ResourceNotFound", missing)
	c.get("/beta/users/"+fresh+"/authentication/methods").fails(404, "Request_ResourceNotFound", missing)
	c.batch(create("1", fresh)).ok(200).part("1").fails(404, "Request_ResourceNotFound", missing)
	c.do("POST", "/beta/users/"+fresh+"/checkMemberGroups", `{"groupIds":["`+id+`"]}`).ok(200)
	c.clock(`{"advance":"19s"}`)
	open(t, dir, sandbox.Options{}).create(fresh, `{}`).ok(404)
	c.clock(`{"advance":"1s"}`)
	c.create(id, `{}`).ok(201)
	again := open(t, dir, sandbox.Options{})
	if v := again.get(passesOf(fresh)).values(); len(v) != 1 {
		t.Errorf("in another process: %v", v)
	}
	c.do("POST", "/sandbox/reset", "").ok(204)
	c.get("/beta/users/" + fresh).ok(404)
}

// TestNewMembershipIsUnknownToThePolicy: the group has the member at once, the policy does not know it yet.
func TestNewMembershipIsUnknownToThePolicy(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), sandbox.Options{Replication: time.Minute})
	group := groupNamed(c, "New Hires")
	c.patchPolicy(`"includeTargets":[{"targetType":"group","id":"` + group + `"}]`).ok(204)
	c.create(adele, `{}`).ok(400)
	c.create(newHire, `{}`).ok(201)
	c.do("POST", "/sandbox/groups", `{"group":"new hires","add":"`+adele+`"}`).ok(204)
	if v := c.get("/beta/groups/" + group + "/transitiveMembers/microsoft.graph.user?$filter=id%20eq%20'" + c.id(adele) + "'").values(); len(v) != 1 {
		t.Errorf("the group: %v", v)
	}
	c.create(adele, `{}`).fails(400, "badRequest", "Converged UserCredentialPolicy does not allow creating or updating this authentication method. AuthMethodType [TemporaryAccessPass].")
	c.clock(`{"advance":"59s"}`)
	c.create(adele, `{}`).ok(400)
	c.clock(`{"advance":"1s"}`)
	c.create(adele, `{}`).ok(201)
	c.do("POST", "/sandbox/groups", `{"group":"`+groupNamed(c, "No Temporary Access Pass")+`","add":"`+megan+`","replication":"0s"}`).ok(204)
	c.create(megan, `{}`).ok(400)
}

// TestReplicationIsChosenForOne: in the body, so that it needs no option.
func TestReplicationIsChosenForOne(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.do("POST", "/sandbox/users", `{"userPrincipalName":"a@contoso.com"}`).ok(201)
	c.create("a@contoso.com", `{}`).ok(201)
	c.do("POST", "/sandbox/users", `{"userPrincipalName":"b@contoso.com","replication":"20s"}`).ok(201)
	c.create("b@contoso.com", `{}`).ok(404)
	c.do("POST", "/sandbox/users", `{"userPrincipalName":"A@contoso.com"}`).fails(400, "badRequest", "Another object with the same value for property userPrincipalName already exists.")
	c.do("POST", "/sandbox/users", `{"userPrincipalName":"b"}`).fails(400, "badRequest", `"b" is no user principal name: it looks like new.hire@contoso.com.`)
	c.do("POST", "/sandbox/users", `{"userPrincipalName":"c@contoso.com","replication":"soon"}`).fails(400, "badRequest", `The body is not the JSON that is expected here: "soon" is no duration: write it like 200ms or 3s.`)
	c.do("POST", "/sandbox/groups", `{"group":"Nobody","add":"a@contoso.com"}`).fails(404, "notFound", `The sandbox has no group with the id or name "Nobody".`)
	c.do("POST", "/sandbox/groups", `{"group":"Empty","add":"z@contoso.com"}`).fails(404, "notFound", `The sandbox has no user "z@contoso.com".`)
	c.do("POST", "/sandbox/groups", `{"group":"Empty","add":"a@contoso.com"}`).ok(204)
	c.do("POST", "/sandbox/groups", `{"group":"Empty","add":"a@contoso.com"}`).ok(400)
	var users []struct{ UserPrincipalName string }
	c.get("/sandbox/users").ok(200).decode(&users)
	if last := users[len(users)-1].UserPrincipalName; !strings.HasPrefix(last, "b@") {
		t.Errorf("the last user is %s", last)
	}
}
