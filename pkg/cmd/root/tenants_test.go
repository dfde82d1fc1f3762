package root_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/auth/entra"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// town is one of several tenants: an application of its own with a secret of its own, and users of its own behind Graph.
type town struct {
	id, client, secret string
	graph              http.Handler
	issued             []string // tokens
	asked              int      // requests to Graph
}

// towns are several tenants behind one authority and one Graph, as Microsoft has them: a path says whose secret is shown, a token whose Graph it is.
type towns struct {
	*city
	mu      sync.Mutex
	of      map[string]*town // by profile
	arrives func()           // before a token is given; nil: nothing happens then
}

// newTowns is a city with a profile for each tenant. It fails where a secret or a token comes to a tenant that did not give it.
func newTowns(t *testing.T, names ...string) *towns {
	t.Helper()
	c := &towns{city: newCity(t), of: map[string]*town{}}
	c.env["XDG_CONFIG_HOME"], c.env["XDG_STATE_HOME"], c.env["NO_COLOR"] = t.TempDir(), t.TempDir(), "1"
	for n, name := range names {
		box, err := sandbox.Open(t.TempDir(), sandbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = box.Close() })
		own := &town{
			id: fmt.Sprintf("7e4a4700-0000-4000-8000-%012d", n+1), client: fmt.Sprintf("c11e4700-0000-4000-8000-%012d", n+1),
			secret: entra.Mark + "secret-of-" + name + "-1234567890", graph: box.Handler(),
		}
		c.of[name] = own
		c.must("profile", "set", name, "--tenant", own.id, "--auth", "client-secret", "--client-id", own.client, "--client-secret-file", c.file("secret", []byte(own.secret)))
	}
	c.authority.On("token", c.token)
	c.graphs = http.HandlerFunc(c.serveGraph)
	return c
}

func (c *towns) must(args ...string) string {
	c.t.Helper()
	code, out, errOut := c.tap(args...)
	if code != 0 {
		c.t.Fatalf("%q: exit code %d\n%s\n%s", args, code, out, errOut)
	}
	return out
}

// token gives an application of the tenant in the path a token for that tenant.
func (c *towns) token(w http.ResponseWriter, r *http.Request) {
	if c.arrives != nil {
		c.arrives()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, own := range c.of {
		if own.id != r.PathValue("tenant") {
			continue
		}
		switch shown := r.PostForm.Get("client_secret"); {
		case shown == own.secret && r.PostForm.Get("client_id") == own.client:
		case slices.ContainsFunc(c.others(name), func(o *town) bool { return o.secret == shown || o.client == r.PostForm.Get("client_id") }):
			c.t.Errorf("%s is shown what is another tenant's", name)
			fallthrough
		default:
			entra.Refuse(http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided.")(w, r)
			return
		}
		token := entra.Mark + "token." + entra.Encoded(claimsOf(own.id, own.client)) + ".c2ln"
		own.issued = append(own.issued, token)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": token})
		return
	}
	c.t.Errorf("%s is nobody's", r.URL.Path)
}

func (c *towns) others(name string) (all []*town) {
	for other, own := range c.of {
		if other != name {
			all = append(all, own)
		}
	}
	return all
}

func claimsOf(tenant, client string) map[string]any {
	return map[string]any{"tid": tenant, "oid": client, "appid": client, "idtyp": "app", "roles": []string{write, read, roles, "Policy.ReadWrite.AuthenticationMethod", "AuditLog.Read.All", "GroupMember.Read.All"}, "exp": 4102444800, "aud": "https://graph.microsoft.com"}
}

// serveGraph leads to the tenant whose token it is. The sandbox behind it knows one tenant id, and a token that says it.
func (c *towns) serveGraph(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	c.mu.Lock()
	var own *town
	for _, o := range c.of {
		if slices.Contains(o.issued, token) {
			own = o
			o.asked++
		}
	}
	c.mu.Unlock()
	if own == nil {
		c.t.Errorf("a token that nobody gave: %s", r.URL)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	r.Header.Set("Authorization", "Bearer e30."+base64.RawURLEncoding.EncodeToString([]byte(mustJSON(claimsOf(sandbox.TenantID, own.client))))+".c2ln")
	own.graph.ServeHTTP(w, r)
}

func mustJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// spoil makes the secret of a profile wrong.
func (c *towns) spoil(name string) {
	c.must("profile", "set", name, "--client-secret-file", c.file("wrong", []byte(entra.Mark+"wrong")))
}

// requests is how often Graph was asked, and how many tokens there are, of all tenants.
func (c *towns) requests() (graph, tokens int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, own := range c.of {
		graph, tokens = graph+own.asked, tokens+len(own.issued)
	}
	return graph, tokens
}

type partRow struct{ Profile, TenantID, UserPrincipalName, PassID, Slug, Error, Hint, Severity, Reason string }

func partRows(t *testing.T, out string) (rows []partRow) {
	t.Helper()
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return rows
}

// TestListOfSeveralTenants: the rows come in the order of the profiles, each of its own tenant, and one that cannot be read is a row.
func TestListOfSeveralTenants(t *testing.T) {
	c := newTowns(t, "contoso", "fabrikam", "woodgrove")
	made := map[string]string{}
	for _, name := range []string{"contoso", "woodgrove"} {
		var rows []struct{ PassID string }
		if err := json.Unmarshal([]byte(c.must("create", "adele.vance@contoso.com", "--profile", name, "-o", "json")), &rows); err != nil {
			t.Fatal(err)
		}
		made[name] = rows[0].PassID
	}
	c.spoil("fabrikam")
	list := []string{"list", "adele.vance@contoso.com", "--profile", "woodgrove", "--profile", "fabrikam", "--profile", "contoso", "--profile", "woodgrove"}
	code, out, errOut := c.tap(append(list, "-o", "json")...)
	rows := partRows(t, out)
	if code != 3 || len(rows) != 3 || !strings.Contains(errOut, `"slug":"partial"`) || !strings.Contains(errOut, "reading 3 profiles: 1 of them failed: fabrikam") {
		t.Fatalf("exit code %d\n%s\n%s", code, out, errOut)
	}
	for n, name := range []string{"woodgrove", "fabrikam", "contoso"} {
		switch r := rows[n]; {
		case r.Profile != name:
			t.Errorf("row %d is of %s", n, r.Profile)
		case name == "fabrikam":
			if r.Slug != "auth" || !strings.Contains(r.Error, "the client secret is wrong") || r.TenantID != "" || !strings.HasPrefix(r.Hint, "az ad app credential reset --id "+c.of[name].client) {
				t.Errorf("%+v", r)
			}
		case r.TenantID != c.of[name].id || r.PassID != made[name] || r.Slug != "" || r.Error != "":
			t.Errorf("%+v is not of %s", r, name)
		}
	}
	c.columns = 80
	code, out, errOut = c.tap(append(list, "--no-input", "--tz", "UTC")...)
	lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
	if code != 3 || len(lines) != 4 || !strings.HasPrefix(lines[0], "PROFILE    USER ") || !strings.HasPrefix(lines[1], "woodgrove  adele.vance@contoso.com") ||
		lines[2] != "fabrikam   not read: auth" && !strings.HasPrefix(lines[2], "fabrikam   not read: auth ") || !strings.HasPrefix(lines[3], "contoso    adele.vance@contoso.com") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errOut)
	}
	for _, l := range lines {
		if output.Width(l) > 80 {
			t.Errorf("%q is too wide", l)
		}
	}
	if !strings.Contains(errOut, "tap: error: fabrikam: ") || !strings.Contains(errOut, "tap: error: reading 3 profiles: 1 of them failed: fabrikam\n") {
		t.Error(errOut)
	}
	c.columns = 0
	code, out, _ = c.tap("list", "adele.vance@contoso.com", "--all-profiles", "-o", "csv", "--columns", "profile,slug,passId", "--no-header")
	if want := "contoso,," + made["contoso"] + ",\nfabrikam,auth,,\nwoodgrove,," + made["woodgrove"] + ",\n"; code != 3 || out != want {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// TestTenantsThatFailAlike: their common failure is the command's.
func TestTenantsThatFailAlike(t *testing.T) {
	c := newTowns(t, "contoso", "fabrikam")
	c.spoil("fabrikam")
	if code, out, errOut := c.tap("policy", "show", "--all-profiles", "-o", "json"); code != 3 || len(partRows(t, out)) != 2 {
		t.Errorf("exit code %d\n%s\n%s", code, out, errOut)
	}
	c.spoil("contoso")
	code, out, errOut := c.tap("policy", "show", "--all-profiles", "-o", "json")
	if rows := partRows(t, out); code != 4 || len(rows) != 2 || rows[0].Slug != "auth" || rows[1].Slug != "auth" || !strings.Contains(errOut, `"slug":"auth"`) {
		t.Errorf("exit code %d\n%s\n%s", code, out, errOut)
	}
}

// TestPoliciesOfSeveralTenants: each is judged and compared by itself, with commands for its own profile.
func TestPoliciesOfSeveralTenants(t *testing.T) {
	c := newTowns(t, "contoso", "fabrikam")
	c.must("policy", "set", "--max-lifetime", "12h", "--profile", "fabrikam", "--yes")
	file := c.must("policy", "show", "--profile", "contoso", "-o", "yaml")
	code, out, errOut := c.tap("policy", "check", "--all-profiles", "-o", "json")
	rows := partRows(t, out)
	if code != 9 || len(rows) == 0 || !strings.Contains(errOut, "there are findings in ") {
		t.Fatalf("exit code %d\n%s\n%s", code, out, errOut)
	}
	for _, r := range rows {
		if r.TenantID != c.of[r.Profile].id || r.Slug != "" || r.Reason == "" || !strings.HasPrefix(r.Hint, "tap --profile "+r.Profile+" policy set ") {
			t.Errorf("%+v", r)
		}
	}
	c.stdin = file
	code, out, errOut = c.tap("policy", "diff", "-f", "-", "--profile", "contoso", "--profile", "fabrikam", "--exit-code", "-o", "jsonl", "--columns", "profile,property,from")
	if code != 9 || out != `{"profile":"fabrikam","property":"maximumLifetimeInMinutes","from":720}`+"\n" || !strings.Contains(errOut, "there are findings in fabrikam") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errOut)
	}
	c.columns = 80
	code, out, _ = c.tap("policy", "show", "--all-profiles")
	if code != 0 || !strings.HasPrefix(out, "PROFILE   PROPERTY ") || !strings.Contains(out, "\nfabrikam  maximum lifetime ") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	_, check, _ := c.tap("policy", "check", "--all-profiles")
	for l := range strings.Lines(out + check) {
		if output.Width(strings.TrimRight(l, "\n")) > 80 {
			t.Errorf("%q is too wide", l)
		}
	}
	if !strings.Contains(check, "\nfabrikam  warning      a pass may live for 12h") || strings.Count(check, "\n                       mend it: tap --profile fabrikam policy set --one-time\n") != 1 {
		t.Errorf("a command stands alone on its line, to be copied:\n%s", check)
	}
	c.columns = 0
	code, out, errOut = c.tap("list", "adele.vance@contoso.com", "--all-profiles", "-v", "-o", "json")
	for _, name := range []string{"contoso", "fabrikam"} {
		if code != 0 || out != "[]\n" || !strings.Contains(errOut, "tap: notice: "+name+": Adele Vance") || !strings.Contains(errOut, "tap: "+name+": request: GET ") {
			t.Errorf("exit code %d\n%s\n%s", code, out, errOut)
		}
	}
	for _, args := range [][]string{{"audit", "--since", "1h"}, {"whoami"}} {
		code, out, errOut := c.tap(append(args, "--all-profiles", "-o", "json")...)
		if code != 0 {
			t.Fatalf("%q: exit code %d\n%s\n%s", args, code, out, errOut)
		}
		for _, r := range partRows(t, out) {
			if r.TenantID != c.of[r.Profile].id {
				t.Errorf("%q: %+v", args, r)
			}
		}
	}
}

// TestSeveralProfilesAreRefused where they would be written to, or where one word would speak for all: nobody is asked for a token then.
func TestSeveralProfilesAreRefused(t *testing.T) {
	c := newTowns(t, "contoso", "fabrikam")
	documented := documentedProperties(t)
	more := documented["several tenants"]
	both := []string{"--profile", "contoso", "--profile", "fabrikam"}
	for _, r := range []struct {
		args  string
		env   string
		code  int
		words string
	}{
		{"create adele.vance@contoso.com", "", 2, "tap create works on one tenant: give one --profile"},
		{"create adele.vance@contoso.com --dry-run", "", 2, "tap create works on one tenant"},
		{"delete adele.vance@contoso.com --yes", "", 2, "tap delete works on one tenant"},
		{"policy set --disable --yes", "", 2, "tap policy set works on one tenant"},
		{"revoke adele.vance@contoso.com --yes", "", 2, "tap revoke works on one tenant"},
		{"show adele.vance@contoso.com", "", 2, "tap show works on one tenant"},
		{"login", "", 2, "tap login works on one tenant"},
		{"policy show --all-profiles", "", 2, "give no --profile with it"},
		{"policy show --profile nosuch", "", 6, "finding the profile: nosuch"},
		{"policy show --tenant " + sandbox.TenantID, "", 2, "--tenant goes with one"},
		{"policy show --client-secret-file x", "", 2, "--client-secret-file goes with one"},
		{"policy show", "TAP_TENANT=fabrikam.com", 2, "TAP_TENANT goes with one"},
		{"policy show", "TAP_CLIENT_SECRET=" + entra.Secret, 2, "TAP_CLIENT_SECRET would be shown to the tenants of all profiles"},
		{"policy show -o yaml", "", 2, "-o yaml is the file of one policy"},
		{"policy check --max 1m", "", 2, "--max 1m"},
		{"audit --local", "", 2, "--local is about this machine"},
		{"list a@contoso.com --columns nosuch", "", 2, "choose from " + strings.Join(slices.Concat(more[:1], documented["passes"], more[1:]), ", ") + "\n"},
	} {
		name, value, _ := strings.Cut(r.env, "=")
		c.env[name] = value
		code, out, errOut := c.tap(append(strings.Fields(r.args), both...)...)
		if code != r.code || out != "" || !strings.Contains(errOut, r.words) || strings.Count(errOut, "tap: error: ") != 1 {
			t.Errorf("%s: exit code %d\n%s\n%s", r.args, code, out, errOut)
		}
		delete(c.env, name)
	}
	if graph, tokens := c.requests(); graph+tokens > 0 {
		t.Errorf("%d requests were sent, and %d tokens given", graph, tokens)
	}
	c.env["TAP_PROFILE"] = "contoso fabrikam"
	if code, _, errOut := c.tap("policy", "show"); code != 6 {
		t.Errorf("a variable names one profile: exit code %d\n%s", code, errOut)
	}
	c.env["TAP_PROFILE"], c.env["AZURE_CLIENT_SECRET"] = "contoso", entra.Secret
	if code, out, errOut := c.tap("policy", "show", "--all-profiles", "-o", "json"); code != 0 || len(partRows(t, out)) != 2 {
		t.Errorf("what is typed wins over the variable: exit code %d\n%s\n%s", code, out, errOut)
	}
}

// TestNoVariableSpeaksForSeveral: a secret that a variable of Azure's libraries holds is shown to no tenant.
func TestNoVariableSpeaksForSeveral(t *testing.T) {
	c := newTowns(t, "contoso", "fabrikam")
	c.must("profile", "set", "fabrikam", "--unset", "client-secret-file")
	c.env["AZURE_CLIENT_SECRET"] = c.of["contoso"].secret
	code, out, errOut := c.tap("policy", "show", "--all-profiles", "-o", "json")
	if rows := partRows(t, out); code != 3 || len(rows) != 2 || rows[1].Slug == "" || strings.Contains(rows[1].Hint, "CLIENT_SECRET") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errOut)
	}
}

// TestTenantsAreReadSideBySide, four of them and no more.
func TestTenantsAreReadSideBySide(t *testing.T) {
	const atOnce = 4
	c := newTowns(t, "a", "b", "c", "d", "e", "f", "g")
	arrived, together := 0, make(chan struct{})
	c.arrives = func() {
		c.mu.Lock()
		arrived++
		read := 0
		for _, own := range c.of {
			if own.asked > 0 {
				read++
			}
		}
		if arrived-read > atOnce {
			t.Errorf("%d tenants are asked for a token, and %d were read", arrived, read)
		}
		if arrived == atOnce {
			close(together)
		}
		c.mu.Unlock()
		select {
		case <-together:
		case <-time.After(20 * time.Second):
			t.Error("they are read one after another")
		}
	}
	code, out, errOut := c.tap("policy", "show", "--all-profiles", "-o", "value", "--columns", "profile")
	if code != 0 || out != "a\nb\nc\nd\ne\nf\ng\n" {
		t.Errorf("exit code %d\n%s\n%s", code, out, errOut)
	}
}

// TestNobodyIsAskedAmongSeveral: a profile whose person has to sign in is a row with the command that does, at a terminal, too.
func TestNobodyIsAskedAmongSeveral(t *testing.T) {
	c := newTowns(t, "contoso")
	onPath(t, "xdg-open", "exit 1")
	c.env["XDG_CACHE_HOME"] = t.TempDir()
	c.must("profile", "set", "person", "--tenant", "fabrikam.com", "--auth", "browser")
	c.terminal = true
	code, out, errOut := c.tap("policy", "show", "--all-profiles", "-o", "json")
	rows := partRows(t, out)
	if code != 3 || len(rows) != 2 || rows[0].Slug != "" || rows[1].Profile != "person" || rows[1].Slug != "auth" || rows[1].Hint != "tap login --profile person" {
		t.Errorf("exit code %d\n%s\n%s", code, out, errOut)
	}
	if len(c.authority.Requests("authorize"))+len(c.authority.Requests("devicecode")) > 0 {
		t.Error("a sign-in was begun")
	}
}
