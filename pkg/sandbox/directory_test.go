package sandbox_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

func groupNamed(c *client, name string) string {
	c.t.Helper()
	found := c.get("/beta/groups?$filter=" + url.QueryEscape("displayName eq '"+name+"'")).values()
	if len(found) == 0 {
		c.t.Fatalf("no group %q", name)
	}
	return found[0]["id"].(string)
}

func names(values []map[string]any, property string) []string {
	all := []string{}
	for _, v := range values {
		all = append(all, fmt.Sprint(v[property]))
	}
	return all
}

func TestGetUser(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	id := c.id(adele)
	for _, path := range []string{
		"/beta/users/" + id, "/v1.0/users/" + strings.ToUpper(id), "/BETA/Users/Adele.Vance@CONTOSO.com",
		"/beta/users('" + id + "')", "/beta/users('adele.vance%40contoso.com')",
	} {
		if a := c.get(path).ok(200); a.text("id") != id || a.text("displayName") != "Adele Vance" {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	if a := c.get("/beta/users('miles.o''brien@contoso.com')").ok(200); a.text("displayName") != "Miles O'Brien" {
		t.Errorf("doubled quote: %s", a.body)
	}
	if _, has := c.get("/beta/users/" + id).object["accountEnabled"]; has {
		t.Error("accountEnabled is sent without $select")
	}
	c.get("/beta/users/nobody@contoso.com").fails(404, "Request_ResourceNotFound",
		"Resource 'nobody@contoso.com' does not exist or one of its queried reference-property objects are not present.")
	c.get("/beta/users/"+id+"?$select=shoeSize").fails(400, "BadRequest",
		"Parsing OData Select and Expand failed: Could not find a property named 'shoeSize' on type 'microsoft.graph.user'.")
}

func TestSelectAndExpandManager(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	a := c.get("/beta/users/" + adele + "?$select=id,accountEnabled,creationType&$expand=manager($select=id,displayName)").ok(200)
	manager, _ := a.object["manager"].(map[string]any)
	want := map[string]any{"@odata.type": "#microsoft.graph.user", "id": c.id("miriam.graham@contoso.com"), "displayName": "Miriam Graham"}
	if diff := cmp.Diff(want, manager); diff != "" {
		t.Error(diff)
	}
	if v, has := a.object["creationType"]; !has || v != nil || a.object["accountEnabled"] != true || a.object["mail"] != nil {
		t.Errorf("selected: %s", a.body)
	}
	if _, has := c.get("/beta/users/" + admin + "?$expand=manager").ok(200).object["manager"]; has {
		t.Error("a manager where there is none")
	}
	guest := c.get("/v1.0/users/" + external + "?$select=userType,creationType,externalUserState,identities").ok(200)
	if guest.text("creationType") != "Invitation" || guest.text("externalUserState") != "Accepted" || !strings.Contains(string(guest.body), `"ExternalAzureAD"`) {
		t.Errorf("the external guest: %s", guest.body)
	}
}

// TestGetManager: who has one, who has none, and who has one whose account is disabled; $expand says the same.
func TestGetManager(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	for user, want := range map[string]string{adele: "miriam.graham@contoso.com true", "joni.sherman@contoso.com": "", "internal.guest@contoso.com": newHire + " false"} {
		for _, version := range []string{"beta", "v1.0"} {
			const selected = "$select=userPrincipalName,accountEnabled"
			expanded := c.get("/" + version + "/users/" + user + "?$select=id&$expand=manager(" + selected + ")").ok(200)
			a := c.get("/" + version + "/users/" + user + "/manager?" + selected)
			if want == "" {
				a.fails(404, "Request_ResourceNotFound", "Resource 'manager' does not exist or one of its queried reference-property objects are not present.")
				if m, has := expanded.object["manager"]; has {
					t.Errorf("%s: expanded %v", user, m)
				}
				continue
			}
			for _, m := range []any{a.ok(200).object, expanded.object["manager"]} {
				if got := at(m, "userPrincipalName") + " " + at(m, "accountEnabled"); got != want || at(m, "@odata.type") != "#microsoft.graph.user" {
					t.Errorf("%s: %v, want %s", user, m, want)
				}
			}
		}
	}
	c.caller("nodirectory").get("/beta/users/"+adele+"/manager").fails(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

// TestPersonnelFile: what a helpdesk checks a caller by, of the named people and of the population.
func TestPersonnelFile(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), sandbox.Options{Users: 3, Seed: 1})
	const selected = "?$select=jobTitle,department,officeLocation,businessPhones,mobilePhone,employeeId,createdDateTime,preferredLanguage,mail,userType,lastPasswordChangeDateTime"
	u := c.get("/v1.0/users/" + adele + selected).ok(200)
	for name, want := range map[string]string{
		"jobTitle": "Retail Manager", "department": "Retail", "officeLocation": "Helsinki", "businessPhones": "[+358 9 555 0102]", "mobilePhone": "+358 40 555 0102",
		"employeeId": "1003", "createdDateTime": "2024-01-17T08:00:00Z", "preferredLanguage": "en-US", "mail": adele, "userType": "Member",
		"lastPasswordChangeDateTime": "2024-01-17T08:00:00Z",
	} {
		if got := at(u.object, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	found := 0
	for _, one := range c.get("/v1.0/users?$expand=manager&" + selected[1:]).ok(200).values() {
		if at(one, "jobTitle") != "Associate" {
			continue
		}
		found++
		if at(one, "mobilePhone") == "" || at(one, "businessPhones", 0) == "" || at(one, "manager", "id") == "" {
			t.Errorf("of the population: %v", one)
		}
	}
	if found != 3 {
		t.Errorf("%d of the population, want 3", found)
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	for filter, want := range map[string][]string{
		"userPrincipalName eq 'ADELE.VANCE@contoso.com'":                                   {"Adele Vance"},
		"mail eq 'maria@fabrikam.com'":                                                     {"Maria Fabrikam"},
		"employeeId eq '1003'":                                                             {"Adele Vance"},
		"displayName eq 'Miles O''Brien'":                                                  {"Miles O'Brien"},
		"accountEnabled eq false and startswith(displayName,'n')":                          {"Nestor Wilke"},
		"userType eq 'Guest'":                                                              {"Ingrid Guest", "Maria Fabrikam"},
		"startswith(displayName, 'Adele') or (userType eq 'Guest' and mail eq 'x')":        {"Adele Vance"},
		"displayName eq 'Adele Vance' or displayName eq 'Lee Gu' and userType eq 'Nobody'": {"Adele Vance"},
		"mail eq 'it''s nobody'":                                                           {},
	} {
		got := names(c.get("/beta/users?$filter="+url.QueryEscape(filter)).values(), "displayName")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", filter, diff)
		}
	}
	for filter, message := range map[string]string{
		"displayName eq 'Miles O'Brien'":       "Invalid filter clause: there is an unterminated string literal.",
		"displayName eq":                       "Invalid filter clause: it ends too early.",
		"displayName eq Adele":                 "Invalid filter clause: 'Adele' is no literal.",
		"(displayName eq 'a'":                  "Invalid filter clause: ')' is expected.",
		"displayName eq 'a' displayName":       "Invalid filter clause: there is an unexpected 'displayName'.",
		"shoeSize eq '1'":                      "Invalid filter clause: could not find a property named 'shoeSize' on type 'microsoft.graph.user'.",
		strings.Repeat("(", 100) + "id eq 'a'": "Invalid filter clause: it is nested too deeply.",
		"startswith(displayName,":              "Invalid filter clause: startswith takes a property and a string.",
		"startswith(displayName,'a'":           "Invalid filter clause: ')' is expected.",
	} {
		c.get("/beta/users?$filter="+url.QueryEscape(filter)).fails(400, "BadRequest", message)
	}
	for _, filter := range []string{"displayName ne 'a'", "displayName contains 'a'"} {
		c.get("/beta/users?$filter="+url.QueryEscape(filter)).fails(400, "Request_UnsupportedQuery",
			"Unsupported or invalid query filter clause specified for property 'displayName' of resource 'User'.")
	}
	c.get("/beta/users?$filter="+url.QueryEscape("jobTitle eq 'a'")).fails(400, "Request_UnsupportedQuery",
		"Unsupported or invalid query filter clause specified for property 'jobTitle' of resource 'User'.")
}

func TestSearch(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	path := func(search string) string { return "/v1.0/users?$count=true&$search=" + url.QueryEscape(search) }
	for search, want := range map[string][]string{
		`"displayName:vance"`:                                {"Adele Vance"},
		`"displayName:van" OR "mail:lee.gu"`:                 {"Adele Vance", "Lee Gu"},
		`"displayName:adele" AND "displayName:nobody"`:       {},
		`"displayName:太郎"`:                                   {"山田 太郎"},
		`"displayName:\"quoted\\"`:                           {},
		`"displayName:adele vance" OR "userPrincipalName:x"`: {"Adele Vance"},
	} {
		a := c.get(path(search), "ConsistencyLevel: eventual")
		if diff := cmp.Diff(want, names(a.values(), "displayName")); diff != "" {
			t.Errorf("%s: %s", search, diff)
		}
		if a.object["@odata.count"] != float64(len(want)) {
			t.Errorf("%s: count %v", search, a.object["@odata.count"])
		}
	}
	c.get(path(`"displayName:adele"`)).fails(400, "Request_UnsupportedQuery",
		"Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'")
	c.get(path(`displayName:adele`), "ConsistencyLevel: eventual").fails(400, "Request_BadRequest",
		`Invalid $search expression near 'displayName:adele': clauses have the form "property:value".`)
	c.get(path(`"employeeId:1"`), "ConsistencyLevel: eventual").fails(400, "Request_UnsupportedQuery", "Property 'employeeId' of resource 'User' does not support $search.")
}

func TestPaging(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), sandbox.Options{Users: 250, Seed: 1})
	seen := map[string]bool{}
	pages := 0
	for path := "/beta/users?$select=id&$top=60"; path != ""; pages++ {
		a := c.get(path)
		for _, id := range names(a.values(), "id") {
			if seen[id] {
				t.Errorf("%s comes twice", id)
			}
			seen[id] = true
		}
		link := a.text("@odata.nextLink")
		if link != "" && !strings.HasPrefix(link, "http://127.0.0.1:4010/beta/users?") {
			t.Fatalf("next link %q", link)
		}
		path = strings.TrimPrefix(link, "http://127.0.0.1:4010")
	}
	if pages != 5 || len(seen) < 270 {
		t.Errorf("%d users on %d pages", len(seen), pages)
	}
	if n := len(c.get("/beta/users").values()); n != 100 {
		t.Errorf("a page has %d users, want 100", n)
	}
	for _, top := range []string{"0", "1000", "x"} {
		c.get("/beta/users?$top="+top).fails(400, "Request_BadRequest", "Invalid page size specified: '"+top+"'. Must be between 1 and 999 inclusive.")
	}
	c.get("/beta/users?$skiptoken=AAAA").fails(400, "Directory_ExpiredPageToken",
		"The specified page token value has expired and can no longer be included in your request.")
	c.get("/beta/users?$skip=1").fails(400, "BadRequest", "The query specified in the URI is not valid. Query option '$skip' is not supported.")
}

func TestGroups(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	sales := groupNamed(c, "Sales and Marketing")
	nested := groupNamed(c, "Marketing EMEA")
	if a := c.get("/v1.0/groups/" + sales).ok(200); a.text("displayName") != "Sales and Marketing" {
		t.Errorf("group: %s", a.body)
	}
	if twice := c.get("/beta/groups?$filter=" + url.QueryEscape("displayName eq 'Project Falcon'")).values(); len(twice) != 2 {
		t.Errorf("%d groups of one name, want 2", len(twice))
	}
	types := names(c.get("/beta/groups/"+sales+"/transitiveMembers").values(), "@odata.type")
	if len(types) != 6 || !slices.Contains(types, "#microsoft.graph.group") || !slices.Contains(types, "#microsoft.graph.user") {
		t.Errorf("transitive members: %v", types)
	}
	users := names(c.get("/beta/groups/"+sales+"/transitiveMembers/microsoft.graph.user?$select=userPrincipalName").values(), "userPrincipalName")
	want := []string{adele, "miriam.graham@contoso.com", "alex.wilber@contoso.com", "party.parrot@contoso.com", "markup.script@contoso.com"}
	if diff := cmp.Diff(want, users); diff != "" {
		t.Error(diff)
	}
	a := c.do("POST", "/beta/users/alex.wilber@contoso.com/checkMemberGroups", `{"groupIds":["`+sales+`","`+strings.ToUpper(nested)+`","`+groupNamed(c, "Empty")+`"]}`).ok(200)
	var matches struct{ Value []string }
	a.decode(&matches)
	slices.Sort(matches.Value)
	if diff := cmp.Diff(slices.Sorted(slices.Values([]string{sales, nested})), matches.Value); diff != "" {
		t.Error(diff)
	}
	many := `{"groupIds":["` + strings.Repeat(sales+`","`, 20) + sales + `"]}`
	c.do("POST", "/beta/users/"+adele+"/checkMemberGroups", many).fails(400, "Request_BadRequest", "The number of ids in groupIds must be between 1 and 20.")
	c.get("/beta/groups/" + c.id(adele)).ok(404)
}

func TestRolesAndMethods(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	roles := func(user string) []string {
		return names(c.get("/beta/users/"+user+"/transitiveMemberOf/microsoft.graph.directoryRole").values(), "displayName")
	}
	for user, want := range map[string][]string{
		adele: {}, admin: {"Global Administrator"}, tier0: {"User Administrator"}, helpdesk: {"Authentication Administrator", "Global Reader"},
	} {
		if diff := cmp.Diff(want, roles(user)); diff != "" {
			t.Errorf("%s: %s", user, diff)
		}
	}
	code := c.create(megan, `{}`).ok(201).text("temporaryAccessPass")
	c.signIn(megan, code, "windowsHelloForBusiness")
	want := []string{"#microsoft.graph.passwordAuthenticationMethod", "#microsoft.graph.fido2AuthenticationMethod",
		"#microsoft.graph.windowsHelloForBusinessAuthenticationMethod", "#microsoft.graph.temporaryAccessPassAuthenticationMethod"}
	a := c.get("/v1.0/users/" + megan + "/authentication/methods")
	if diff := cmp.Diff(want, names(a.values(), "@odata.type")); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(string(a.body), code) {
		t.Error("the passcode is among the methods")
	}
}

func TestSeedHasWhoMakesTrouble(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	var users []map[string]any
	c.get("/sandbox/users").ok(200).decode(&users)
	if len(users) < 30 {
		t.Errorf("%d users", len(users))
	}
	for _, has := range []string{"=HYPERLINK(", "\x1b[31m", "\u202e", "<script>", "::set-output", "##vso[", "山田", "🦜", "فاطمة", "Σοφία", "Иван"} {
		if !slices.ContainsFunc(users, func(u map[string]any) bool { return strings.Contains(fmt.Sprint(u["displayName"]), has) }) {
			t.Errorf("nobody's name holds %q", has)
		}
	}
	longest := 0
	for _, u := range users {
		longest = max(longest, len(u["displayName"].(string)))
	}
	if longest != 256 {
		t.Errorf("the longest name has %d characters, want 256: the most that the directory takes", longest)
	}
	other := contoso(t)
	if c.id(adele) != other.id(adele) {
		t.Error("object ids are not stable")
	}
}

func TestPlans(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	if got := names(c.caller("helpdesk:LicenseAssignment.Read.All").get("/beta/subscribedSkus").ok(200).values(), "skuPartNumber"); !slices.Equal(got, []string{"EMSPREMIUM", "FLOW_FREE"}) {
		t.Errorf("%q", got)
	}
	c.caller("helpdesk").get("/v1.0/subscribedSkus").fails(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}
