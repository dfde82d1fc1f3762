package root_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// machine is a machine with a config folder, settings of its administrator, and a network.
type machine struct {
	t        *testing.T
	env      map[string]string
	settings auth.MachineFile
	world    *world
}

func newMachine(t *testing.T, settings string) *machine {
	t.Helper()
	dir := t.TempDir()
	m := &machine{t: t, env: map[string]string{"XDG_CONFIG_HOME": filepath.Join(dir, "config"), "TAP_CLIENT_SECRET": secrets}}
	m.settings = auth.MachineFile{Path: filepath.Join(dir, "tap", "tap.toml"), Owner: os.Getuid()}
	m.settle(settings)
	return m
}

// settle writes the administrator's file.
func (m *machine) settle(settings string) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Dir(m.settings.Path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(m.settings.Path, []byte(settings), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) tap(args ...string) (int, string, string) {
	m.t.Helper()
	var out, errOut bytes.Buffer
	p := &root.Process{
		Args: args, Streams: &terminal.Streams{In: strings.NewReader(""), Out: &out, Err: &errOut}, Machine: m.settings,
		Getenv: func(name string) string {
			if v, has := m.env[name]; has || name != "XDG_STATE_HOME" {
				return v
			}
			return filepath.Join(filepath.Dir(m.settings.Path), "state")
		},
	}
	if m.world != nil {
		p.Network = m.world
	}
	code := root.Main(p)
	return code, out.String(), errOut.String()
}

// effective is what counts for a key, and from where.
func (m *machine) effective(key string, args ...string) (value, source string) {
	m.t.Helper()
	args = append([]string{"profile", "show", "--effective"}, args...)
	if key != "output" { // which says it itself
		args = append(args, "-o", "json")
	}
	_, out, errOut := m.tap(args...)
	var rows []struct{ Setting, Value, Source string }
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		m.t.Fatalf("%v: %s%s", args, out, errOut)
	}
	for _, r := range rows {
		if r.Setting == key {
			return r.Value, r.Source
		}
	}
	m.t.Fatalf("%s is not there", key)
	return "", ""
}

// TestEveryKeyFromEverySource: through the program, each key is taken from each place that can say it, over those below.
func TestEveryKeyFromEverySource(t *testing.T) {
	t.Parallel()
	id := func(n string) string { return strings.Repeat(n, 8) + "-1111-4111-8111-111111111111" }
	path := func(name string) string { p, _ := filepath.Abs("/" + name); return p }
	cases := map[string]struct {
		machine, profile, variable, flag string // "": nothing of this kind says it
		name                             string // of the variable
	}{
		"cloud":                            {"usgov", "usgov-dod", "china", "global", "TAP_CLOUD"},
		"tenant":                           {"a.com", "b.com", "c.com", "d.com", "TAP_TENANT"},
		"auth":                             {"browser", "device-code", "client-secret", "browser", "TAP_AUTH"},
		"client-id":                        {id("1"), id("2"), id("3"), id("4"), "TAP_CLIENT_ID"},
		"client-secret-file":               {path("a"), path("b"), path("c"), path("d"), "TAP_CLIENT_SECRET_FILE"},
		"client-certificate":               {path("a"), path("b"), path("c"), path("d"), "TAP_CLIENT_CERTIFICATE"},
		"client-certificate-password-file": {path("a"), path("b"), path("c"), path("d"), "TAP_CLIENT_CERTIFICATE_PASSWORD_FILE"},
		"federated-token-file":             {path("a"), path("b"), path("c"), path("d"), "TAP_FEDERATED_TOKEN_FILE"},
		"service-connection":               {id("1"), id("2"), id("3"), id("4"), "TAP_SERVICE_CONNECTION"},
		"ca-file":                          {path("a"), path("b"), path("c"), path("d"), "TAP_CA_FILE"},
		"tz":                               {"Asia/Tokyo", "Europe/Rome", "UTC", "Europe/Helsinki", "TAP_TZ"},
		"output":                           {"csv", "yaml", "json", "json", "TAP_OUTPUT"},
		"lifetime":                         {"1h", "2h", "", "", ""},
		"one-time":                         {"true", "false", "", "", ""},
		"protected":                        {"true", "false", "", "", ""},
	}
	for _, k := range auth.Keys() {
		if _, has := cases[k.Name]; !has {
			t.Errorf("%s is not here", k.Name)
		}
	}
	for key, v := range cases {
		m := newMachine(t, "")
		check := func(want, source string, args ...string) {
			t.Helper()
			if key == "output" && (source != "flag" && source != "variable") {
				return // what it says is then no JSON: see TestOutputOfAProfile
			}
			if value, from := m.effective(key, args...); value != want || from != source {
				t.Errorf("%s: %q from %s, want %q from %s", key, value, from, want, source)
			}
		}
		m.settle(key + ` = "` + v.machine + "\"\n")
		check(v.machine, "machine")
		if code, _, errOut := m.tap("profile", "set", "p", "--"+key+"="+v.profile); code != 0 {
			t.Fatalf("%s: %s", key, errOut)
		}
		check(v.profile, "profile", "--profile", "p")
		if v.name != "" {
			m.env[v.name] = v.variable
			check(v.variable, "variable", "--profile", "p")
			check(v.flag, "flag", "--profile", "p", "--"+key, v.flag)
		}
		m.settle("[locked]\n" + key + ` = "` + v.profile + "\"\n")
		m.env[v.name] = ""
		check(v.profile, "locked")
		check(v.profile, "locked", "--profile", "p")
		if v.name == "" {
			continue
		}
		code, _, errOut := m.tap("list", "a@contoso.com", "--"+key, v.machine)
		if want := "which is locked by " + m.settings.Path; code != 2 || !strings.Contains(errOut, want) {
			t.Errorf("--%s %s: %d, %s", key, v.machine, code, errOut)
		}
		m.env[v.name] = v.machine
		code, _, errOut = m.tap("list", "a@contoso.com")
		if want := "the variable " + v.name + " " + v.machine + " contradicts " + key; code != 2 || !strings.Contains(errOut, want) {
			t.Errorf("%s=%s: %d, %s", v.name, v.machine, code, errOut)
		}
	}
}

// TestOutputOfAProfile: a profile's format is that of the answer, and a jq program makes JSON of it all the same.
func TestOutputOfAProfile(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "output = \"csv\"\n")
	m.env["TAP_SANDBOX_DIR"] = t.TempDir()
	if _, out, _ := m.tap("sandbox", "users"); !strings.HasPrefix(out, "id,userPrincipalName,") {
		t.Errorf("of the machine: %.60s", out)
	}
	m.tap("profile", "set", "p", "--output", "jsonl")
	m.env["TAP_PROFILE"] = "p"
	if _, out, _ := m.tap("sandbox", "users"); !strings.HasPrefix(out, `{"id":`) {
		t.Errorf("of the profile: %.60s", out)
	}
	m.env["TAP_OUTPUT"] = "yaml"
	if _, out, _ := m.tap("sandbox", "users"); !strings.HasPrefix(out, `- "id": `) && !strings.HasPrefix(out, `- id: `) {
		t.Errorf("of the variable: %.60s", out)
	}
	m.env["TAP_OUTPUT"] = ""
	m.tap("profile", "set", "p", "--output", "csv")
	if _, out, errOut := m.tap("sandbox", "users", "--jq", "length"); strings.TrimSpace(out) == "" || strings.ContainsAny(out, ",{") {
		t.Errorf("with --jq: %.60s%s", out, errOut)
	}
}

// TestAFurtherCloud: a cloud of the machine settings is signed in to and called by its own names, in its version, and nothing else is asked.
func TestAFurtherCloud(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v1.0", "beta"} {
		m := newMachine(t, "[clouds.sovereign]\nauthority = \"https://login.sovereign.example\"\ngraph = \"https://graph.sovereign.example\"\napi = \""+version+"\"\nsign-in = \"https://me.sovereign.example\"\n")
		m.world = newWorld(t, "login.sovereign.example", "graph.sovereign.example", write, read, roles)
		if code, _, errOut := m.tap("profile", "set", "s", "--cloud", "sovereign", "--tenant", sandbox.TenantID, "--auth", "client-secret", "--client-id", client); code != 0 {
			t.Fatal(errOut)
		}
		code, out, errOut := m.tap("create", "adele.vance@contoso.com", "--profile", "s")
		if code != 0 || !strings.Contains(out, "Sign in with it at https://me.sovereign.example and register a passkey there.") {
			t.Fatalf("exit code %d\n%s\n%s", code, out, errOut)
		}
		if want := "tap: target: profile s, tenant " + sandbox.TenantID + ", cloud sovereign, signed in as " + client + "\n"; errOut != want {
			t.Errorf("%q, want %q", errOut, want)
		}
		if len(m.world.versions) != 1 || !m.world.versions[version] {
			t.Errorf("asked %v, want %s", m.world.versions, version)
		}
	}
}

// TestEachCloudsVersions: passes and the policy in each cloud, by its own version and by the one that is asked for.
func TestEachCloudsVersions(t *testing.T) {
	t.Parallel()
	const readPolicy, readGroups = "Policy.Read.AuthenticationMethod", "GroupMember.Read.All"
	for _, c := range []struct{ cloud, authority, root, api, passes, policy, signIn string }{ // "" for what the cloud lacks
		{"global", "login.microsoftonline.com", "graph.microsoft.com", "", "beta", "beta", "https://aka.ms/mysecurityinfo"},
		{"global", "login.microsoftonline.com", "graph.microsoft.com", "v1.0", "v1.0", "v1.0", "https://aka.ms/mysecurityinfo"},
		{"usgov", "login.microsoftonline.us", "graph.microsoft.us", "", "v1.0", "beta", "https://mysignins.azure.us"},
		{"usgov", "login.microsoftonline.us", "graph.microsoft.us", "beta", "", "beta", ""},
		{"usgov-dod", "login.microsoftonline.us", "dod-graph.microsoft.us", "v1.0", "v1.0", "v1.0", "the page for security information of your organization"},
		{"china", "login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn", "", "beta", "beta", "the page for security information of your organization"},
		{"china", "login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn", "v1.0", "", "", ""},
	} {
		for line, version := range map[string]string{"create adele.vance@contoso.com": c.passes, "policy show": c.policy} {
			m := newMachine(t, "")
			m.world = newWorld(t, c.authority, c.root, write, read, roles, readPolicy, readGroups)
			m.env["TAP_API"] = c.api
			args := append(strings.Fields(line), "--cloud", c.cloud, "--auth", "client-secret", "--tenant", sandbox.TenantID, "--client-id", client)
			code, out, errOut := m.tap(args...)
			switch {
			case version == "":
				if code != 2 || !strings.Contains(errOut, "only, not in "+c.api) || len(m.world.scopes) > 0 {
					t.Errorf("%s, --api %s, %s: exit code %d, asked for %q: %s", c.cloud, c.api, line, code, m.world.scopes, errOut)
				}
			case code != 0 || len(m.world.versions) != 1 || !m.world.versions[version]:
				t.Errorf("%s, --api %s, %s: exit code %d, asked %v, want %s: %s", c.cloud, c.api, line, code, m.world.versions, version, errOut)
			case line != "policy show" && !strings.Contains(out, "Sign in with it at "+c.signIn+" and register a passkey there."):
				t.Errorf("%s: %s", c.cloud, out)
			}
		}
	}
}
