package sandbox_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// permissionsFile is Microsoft's permission table, as far as it is looked at.
type permissionsFile map[string]struct {
	PathSets []struct {
		SchemeKeys []string
		Methods    []string
		Paths      map[string]string
	}
}

func readPermissions(t *testing.T) permissionsFile {
	t.Helper()
	b, err := os.ReadFile("../../testdata/graph/permissions.json")
	if err != nil {
		t.Fatal(err)
	}
	var f permissionsFile
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// TestAccessAgreesWithMicrosoft holds the simulator's table against Microsoft's, for each path that the latter has.
func TestAccessAgreesWithMicrosoft(t *testing.T) {
	t.Parallel()
	file := readPermissions(t)
	compared := 0
	for _, o := range sandbox.Operations() {
		path := "/" + strings.ToLower(placeholder.ReplaceAllString(o.Path, "{id}"))
		general := strings.Replace(path, "configurations/temporaryaccesspass", "configurations/{id}", 1) // the table has both
		listed := map[string][2]bool{}                                                                   // person, application
		for permission, p := range file {
			for _, set := range p.PathSets {
				has := slices.ContainsFunc(slices.Collect(maps.Keys(set.Paths)), func(s string) bool {
					return strings.EqualFold(s, path) || strings.EqualFold(s, general)
				})
				if !has || !slices.Contains(set.Methods, o.Method) {
					continue
				}
				v := listed[permission]
				listed[permission] = [2]bool{v[0] || slices.Contains(set.SchemeKeys, "DelegatedWork"), v[1] || slices.Contains(set.SchemeKeys, "Application")}
			}
		}
		if len(listed) == 0 {
			continue
		}
		compared++
		for permission := range file {
			person, application := o.Suffices(permission)
			if want := listed[permission]; person != want[0] || application != want[1] {
				t.Errorf("%s %s: %s suffices for a person %v, an application %v; Microsoft says %v, %v", o.Method, o.Path, permission, person, application, want[0], want[1])
			}
		}
	}
	if compared < 12 {
		t.Errorf("only %d operations are in Microsoft's table", compared)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	const (
		denied       = "accessDenied: Request Authorization failed"
		insufficient = "Authorization_RequestDenied: Insufficient privileges to complete the operation."
	)
	roles := func(user string) string {
		return "/beta/users/" + user + "/transitiveMemberOf/microsoft.graph.directoryRole"
	}
	self := "accessDenied: Self-service operations are currently not supported for user " + c.id(helpdesk)
	policy := "/beta/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass"
	for _, test := range []struct{ as, method, path, want string }{
		{"helpdesk", "POST", passesOf(adele), ""},
		{"helpdesk", "POST", passesOf(admin), denied},
		{"helpdesk", "POST", passesOf(tier0), denied},
		{"helpdesk", "POST", passesOf(helpdesk), self},
		{"helpdesk", "GET", passesOf(admin), ""},
		{"helpdesk", "GET", passesOf(helpdesk), ""},
		{"helpdesk", "GET", policy, ""},
		{"helpdesk", "DELETE", policy, denied},
		{"helpdesk", "POST", passesOf(owner), denied},
		{"helpdesk", "POST", passesOf(executive), denied},
		{"helpdesk", "GET", passesOf(executive), ""},
		{"helpdesk", "POST", passesOf("diego.siciliani@contoso.com"), denied}, // holds a role, over a unit only
		{"privileged", "POST", passesOf(executive), denied},
		{"privileged", "POST", passesOf(owner), ""},
		{"app", "POST", passesOf(executive), ""},
		{"eligible", "POST", passesOf(adele), denied},
		{"eligible", "GET", passesOf(adele), denied},
		{"unit", "POST", passesOf("joni.sherman@contoso.com"), ""},
		{"unit", "GET", passesOf("joni.sherman@contoso.com"), ""},
		{"unit", "POST", passesOf(adele), denied},
		{"unit", "GET", passesOf(adele), denied},
		{"unit", "GET", policy, denied},
		{"privileged", "POST", passesOf(admin), ""},
		{"privileged", "GET", policy, ""},
		{"reader", "GET", passesOf(adele), ""},
		{"reader", "POST", passesOf(adele), denied},
		{"reader", "GET", policy, ""},
		{"norole", "GET", passesOf(adele), denied},
		{"norole", "POST", passesOf(adele), denied},
		{"norole", "GET", "/beta/users/" + adele, ""},
		{"norole", "GET", policy, denied},
		{"noscope", "GET", passesOf(adele), denied},
		{"noscope", "POST", passesOf(adele), denied},
		{"noscope", "GET", "/beta/me", ""},
		{"noscope", "GET", "/beta/users/patti.fernandez@contoso.com", ""},
		{"noscope", "GET", "/beta/users/" + adele, insufficient},
		{"noscope", "GET", "/beta/users", insufficient},
		{"nopolicy", "POST", passesOf(adele), ""},
		{"nopolicy", "GET", "/beta/users/" + adele, ""},
		{"nopolicy", "GET", "/beta/groups", insufficient},
		{"nopolicy", "GET", policy, denied},
		{"nodirectory", "POST", passesOf(adele), ""},
		{"nodirectory", "GET", "/beta/users/" + adele, insufficient},
		{"nodirectory", "GET", "/beta/me", insufficient},
		{"nodirectory", "GET", "/beta/groups", insufficient},
		{"nodirectory", "GET", policy, denied},
		{"app", "POST", passesOf(admin), ""},
		{"app", "POST", passesOf(helpdesk), ""},
		{"app", "GET", roles(admin), ""},
		{"app", "GET", policy, ""},
		{"app", "GET", "/beta/me", "BadRequest: /me request is only valid with delegated authentication flow."},
		{"app-noroles", "POST", passesOf(admin), ""},
		{"app-noroles", "GET", roles(admin), insufficient},
		{"app-noscope", "GET", "/beta/users/" + adele, ""},
		{"app-noscope", "GET", passesOf(adele), denied},
		{"app-noscope", "POST", passesOf(adele), denied},
	} {
		body := ""
		if test.method == "POST" {
			body = "{}"
		}
		a := c.caller(test.as).do(test.method, test.path, body)
		got := ""
		if e, failed := a.object["error"].(map[string]any); failed {
			got = e["code"].(string) + ": " + e["message"].(string)
		}
		if got != test.want {
			t.Errorf("%s %s %s: %d %q, want %q", test.as, test.method, test.path, a.status, got, test.want)
		}
	}
	held := c.caller("app").get(passesOf(helpdesk)).values()[0]["id"].(string)
	c.do("DELETE", passesOf(helpdesk)+"/"+held, "").fails(403, "accessDenied", strings.TrimPrefix(self, "accessDenied: "))
}

// TestPlayedCallers: a caller's name can say which permissions and roles it has for once.
func TestPlayedCallers(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	const (
		denied = "accessDenied: Request Authorization failed"
		none   = "InvalidAuthenticationToken: The sandbox knows no caller of this name. It knows helpdesk, privileged, reader, norole, eligible, unit, noscope, nopolicy, nodirectory, app, app-noroles, app-noscope."
	)
	for _, test := range []struct{ as, method, path, want string }{
		{"helpdesk:UserAuthMethod-TAP.ReadWrite.All", "POST", passesOf(adele), ""},
		{"helpdesk:UserAuthMethod-TAP.Read.All", "POST", passesOf(adele), denied},
		{"helpdesk:UserAuthMethod-TAP.Read.All,User.Read.All", "GET", "/beta/users/" + adele, ""},
		{"helpdesk:", "GET", passesOf(adele), denied},
		{"helpdesk:UserAuthMethod-TAP.ReadWrite.All@", "POST", passesOf(adele), denied},
		{"helpdesk:UserAuthMethod-TAP.ReadWrite.All@Global-Reader", "GET", passesOf(adele), ""},
		{"helpdesk:UserAuthMethod-TAP.ReadWrite.All@Global-Reader", "POST", passesOf(adele), denied},
		{"norole:UserAuthMethod-TAP.ReadWrite.All@global-reader,privileged-authentication-administrator", "POST", passesOf(admin), ""},
		{"unit:UserAuthMethod-TAP.ReadWrite.All@", "POST", passesOf("joni.sherman@contoso.com"), denied},
		{"app:UserAuthMethod-TAP.ReadWrite.All", "POST", passesOf(admin), ""},
		{"app:UserAuthMethod-TAP.Read.All", "POST", passesOf(adele), denied},
		{"app:UserAuthMethod-TAP.Read.All@Global-Reader", "GET", passesOf(adele), none},
		{"helpdesk:User.Read.All@Nobody", "GET", passesOf(adele), none},
		{"nobody:User.Read.All", "GET", passesOf(adele), none},
	} {
		body := ""
		if test.method == "POST" {
			body = "{}"
		}
		a := c.caller(test.as).do(test.method, test.path, body)
		got := ""
		if e, failed := a.object["error"].(map[string]any); failed {
			got = e["code"].(string) + ": " + e["message"].(string)
		}
		if got != test.want {
			t.Errorf("%s %s %s: %d %q, want %q", test.as, test.method, test.path, a.status, got, test.want)
		}
	}
	roles := c.caller("norole:Directory.Read.All@Global-Reader").get("/beta/users/johanna.lorenz@contoso.com/transitiveMemberOf/microsoft.graph.directoryRole").values()
	if len(roles) != 1 || roles[0]["displayName"] != "Global Reader" {
		t.Errorf("the roles of who calls are not those that it plays: %v", roles)
	}
}

// TestWhatProvesARefusal: the reads by which a client finds out why it was refused.
func TestWhatProvesARefusal(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	of := func(upn string) string { return "?$filter=principalId%20eq%20'" + c.id(upn) + "'" }
	const (
		active, eligible = "/roleManagement/directory/roleAssignments", "/roleManagement/directory/roleEligibilityScheduleInstances"
		authAdmin        = "c4e39bd9-1100-46d3-8c65-fb160da0071f"
		globalReader     = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
		policyAdmin      = "0526716b-113d-4c15-b2c8-68e3c22b9f80"
	)
	milano := c.get("/beta/users/joni.sherman@contoso.com/transitiveMemberOf/microsoft.graph.administrativeUnit").values()[0]
	for _, version := range []string{"/beta", "/v1.0"} {
		for _, test := range []struct {
			path, property string
			want           []any
		}{
			{active + of(helpdesk), "roleDefinitionId", []any{authAdmin, globalReader}},
			{active + of(helpdesk), "directoryScopeId", []any{"/", "/"}},
			{active + of("diego.siciliani@contoso.com"), "directoryScopeId", []any{"/administrativeUnits/" + milano["id"].(string)}},
			{active + of("irvin.sayers@contoso.com"), "roleDefinitionId", []any{policyAdmin}},
			{active + of("allan.deyoung@contoso.com"), "roleDefinitionId", []any{}}, // through a group
			{eligible + of("irvin.sayers@contoso.com"), "roleDefinitionId", []any{authAdmin}},
			{eligible + of(helpdesk), "roleDefinitionId", []any{}},
			{"/users/lee.gu@contoso.com/transitiveMemberOf/microsoft.graph.administrativeUnit", "isMemberManagementRestricted", []any{true}},
			{"/users/" + adele + "/transitiveMemberOf/microsoft.graph.administrativeUnit", "displayName", []any{}},
			{"/users/" + tier0 + "/transitiveMemberOf/microsoft.graph.group", "isAssignableToRole", []any{true}},
			{"/users/" + owner + "/ownedObjects/microsoft.graph.group", "displayName", []any{"Tier 0 Administrators"}},
			{"/users/" + tier0 + "/ownedObjects/microsoft.graph.group", "displayName", []any{}},
		} {
			got := []any{}
			for _, v := range c.get(version + test.path).ok(200).values() {
				got = append(got, v[test.property])
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("%s%s: %s is %v, want %v", version, test.path, test.property, got, test.want)
			}
		}
	}
	app := c.caller("app")
	app.get("/beta/users/"+owner+"/ownedObjects/microsoft.graph.group").fails(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	app.get("/beta" + active + of(helpdesk)).ok(200)
}

func TestTokens(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	id := c.id(helpdesk)
	c.clock(`{"set":"2026-12-01T08:00:00Z"}`)
	jwt := func(payload string) string {
		b64 := base64.RawURLEncoding.EncodeToString
		return "Bearer " + b64([]byte(`{"alg":"none"}`)) + "." + b64([]byte(payload)) + ".x"
	}
	person := `{"oid":"` + strings.ToUpper(id) + `","tid":"` + sandbox.TenantID + `","scp":"UserAuthenticationMethod.ReadWrite.All User.Read"`
	ask := func(authorization string) answer {
		t.Helper()
		return c.caller("").do("POST", passesOf(adele), `{}`, "Authorization: "+authorization)
	}
	ask(jwt(person + `}`)).ok(201)
	ask(jwt(person + `,"exp":1796112001}`)).ok(201) // a second after the clock
	ask(jwt(person + `,"wids":["c4e39bd9-1100-46d3-8c65-fb160da0071f"]}`)).ok(201)
	ask(jwt(person+`,"wids":[]}`)).fails(403, "accessDenied", "Request Authorization failed")
	app := `{"oid":"11111111-2222-3333-4444-555555555555","idtyp":"app","tid":"` + sandbox.TenantID + `","roles":["UserAuthenticationMethod.ReadWrite.All"]}`
	ask(jwt(app)).ok(201)
	for authorization, message := range map[string]string{
		"":                                 "Access token is empty.",
		"Basic eDp5":                       "Access token is empty.",
		"Bearer":                           "Access token is empty.",
		"Bearer nonsense":                  "IDX14100: JWT is not well formed, there are no dots (.).",
		"Bearer a.b.c":                     "CompactToken parsing failed with error code: 80049217",
		jwt(person + `,"exp":1796112000}`): "Lifetime validation failed, the token is expired.",
		jwt(`{"oid":"` + id + `","tid":"11111111-2222-3333-4444-555555555555"}`):                         "Access token validation failure. Invalid tenant.",
		jwt(`{"tid":"` + sandbox.TenantID + `"}`):                                                        "Access token validation failure. The oid claim is missing.",
		jwt(`{"oid":"11111111-2222-3333-4444-555555555555","scp":"x","tid":"` + sandbox.TenantID + `"}`): "Access token validation failure. The identity of the calling user could not be found.",
		"Bearer sandbox-nobody": "The sandbox knows no caller of this name. It knows helpdesk, privileged, reader, norole, eligible, unit, noscope, nopolicy, nodirectory, app, app-noroles, app-noscope.",
	} {
		a := ask(authorization)
		a.fails(401, "InvalidAuthenticationToken", message)
		if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") {
			t.Errorf("%s: WWW-Authenticate %q", authorization, a.header.Get("WWW-Authenticate"))
		}
	}
}

func TestBasicProfileOnly(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	payload := `{"oid":"11111111-2222-3333-4444-555555555555","tid":"` + sandbox.TenantID + `","roles":["User.ReadBasic.All"]}`
	token := "Authorization: Bearer x." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".x"
	a := c.caller("").get("/beta/users/"+adele+"?$select=displayName,accountEnabled&$expand=manager", token).ok(200)
	if a.text("displayName") != "Adele Vance" || a.object["accountEnabled"] != nil || a.object["manager"] != nil {
		t.Errorf("User.ReadBasic.All shows %s", a.body)
	}
}
