package auth_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// machineFile is a file of machine settings whose administrator is whoever runs the test.
func machineFile(t *testing.T, content string) auth.MachineFile {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tap")
	m := auth.MachineFile{Path: filepath.Join(dir, "tap.toml"), Owner: os.Getuid()}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.Path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMachineSettings(t *testing.T) {
	t.Parallel()
	m, err := machineFile(t, "\ufeff"+`
tenant = "Contoso.com"
require = ["ticket", "reason"]
guard = "strict"
[locked]
cloud = "GCC"
protected = true
[presets.lost-key]
lifetime = 60
one-time = true
start = "monday 08:00"
[clouds.own]
authority = "https://login.example.com"
graph = "https://graph.example.com"
api = "v1.0"
sign-in = "https://me.example.com/info"
`).Read()
	if err != nil {
		t.Fatal(err)
	}
	own := auth.Cloud{Name: "own", Authority: "https://login.example.com", GraphRoot: "https://graph.example.com", PassVersion: "v1.0", PolicyVersion: "v1.0", SignIn: "https://me.example.com/info", Further: true}
	if !maps.Equal(m.Values, auth.Values{"tenant": "contoso.com"}) || !maps.Equal(m.Locked, auth.Values{"cloud": "global", "protected": "true"}) || !m.Strict ||
		strings.Join(m.Require, " ") != "ticket reason" || len(m.Clouds) != 1 || m.Clouds[0] != own {
		t.Errorf("%+v", m)
	}
	if p, err := m.Preset("lost-key"); err != nil || !maps.Equal(p, auth.Values{"lifetime": "1h", "one-time": "true", "start": "monday 08:00"}) {
		t.Errorf("%v, %v", p, err)
	}
	_, err = m.Preset("lost-phone")
	wantHint(t, wantError(t, err, errs.UsageFault, `there is no preset "lost-phone": choose from lost-key`), "--preset lost-key")
}

func TestNoMachineSettings(t *testing.T) {
	t.Parallel()
	for _, f := range []auth.MachineFile{{}, {Path: filepath.Join(t.TempDir(), "tap", "tap.toml")}} {
		m, err := f.Read()
		if err != nil || m.Strict || len(m.Values)+len(m.Locked)+len(m.Require) > 0 {
			t.Errorf("%+v, %v", m, err)
		}
	}
	_, err := (&auth.Machine{}).Preset("x")
	wantError(t, err, errs.UsageFault, "the machine settings name none")
}

func TestSyslog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	for content, want := range map[string]*string{"": nil, "syslog = false\n": nil, "syslog = true\n": new(string), "syslog = '" + path + "'\n": &path} {
		m, err := machineFile(t, content).Read()
		if err != nil || (m.Syslog == nil) != (want == nil) || want != nil && *m.Syslog != *want {
			t.Errorf("%q: %v, %v", content, m.Syslog, err)
		}
	}
}

func TestMachineFaults(t *testing.T) {
	t.Parallel()
	const own = "[clouds.own]\nauthority = \"https://login.example.com\"\n"
	for content, words := range map[string]string{
		"tenant = \"a.com\"\ntennant = 1\n":                  ":2: tennant is no key",
		"[locked]\n\nclient-secret = \"x\"\n":                ":3: client-secret would be a secret",
		"[presets.a]\nreplace = true\n":                      ":2: replace chooses users, gives consent",
		"[presets.a]\noutput = \"csv\"\n":                    ":2: output is no key of a preset: there are start, until",
		"[presets.a]\nif-exists = \"replace\"\n":             ":2: if-exists chooses users, gives consent",
		"[clouds.own]\nhost = 1\n":                           ":2: host is no key of a cloud: there are authority, graph, api, sign-in",
		"[locked]\ntz = \"x\"\n":                             ":2: locked: tz: ",
		"[presets.a]\nlifetime = \"x\"\n":                    ":2: the preset a: lifetime: ",
		"require = [\"tickets\"]\n":                          "require: \"tickets\" is none of ticket, reason",
		"syslog = 514\n":                                     "syslog: this is neither true nor the whole path of a socket",
		"syslog = \"udp://logs.example.com:514\"\n":          "syslog: this is neither true nor",
		"guard = \"lax\"\n":                                  "guard: \"lax\" is not strict",
		"[clouds.GLOBAL]\n":                                  "the cloud GLOBAL: this names global, which stays as it is",
		"[clouds.AzureCloud]\n":                              "this names global",
		"[clouds.l5]\n":                                      "this names usgov-dod",
		"[clouds.\"a b\"]\n":                                 "a name is of small letters",
		own + "graph = \"http://graph.example.com\"\n":       "graph: \"http://graph.example.com\" is no https address",
		own + "graph = \"https://graph.example.com/v1.0\"\n": "is no https address of a host alone",
		own + "graph = \"https://u:p@graph.example.com\"\n":  "is no https address of a host alone",
		own: "graph: \"\" is no https address",
		own + "graph = \"https://graph.microsoft.com\"\n":                   "graph: graph.microsoft.com belongs to Microsoft's clouds",
		own + "graph = \"https://Graph.Microsoft.com.:443\"\n":              "belongs to Microsoft's clouds",
		own + "graph = \"https://graph.windows.net\"\n":                     "graph: graph.windows.net belongs to Microsoft's clouds",
		"[clouds.own]\nauthority = \"https://login.microsoft.com\"\n":       "authority: login.microsoft.com belongs to Microsoft's clouds",
		"[clouds.own]\nauthority = \"https://login.chinacloudapi.cn\"\n":    "authority: login.chinacloudapi.cn belongs to Microsoft's clouds",
		own + "graph = \"https://g.example.com\"\napi = \"v2\"\n":           "api: \"v2\" is none of beta, v1.0",
		own + "graph = \"https://g.example.com\"\nsign-in = \"http://x\"\n": "sign-in: \"http://x\" is no https address",
	} {
		f := machineFile(t, content)
		_, err := f.Read()
		e := wantError(t, err, errs.LocalFault, "reading the machine settings: "+f.Path, words)
		if len(e.Hints) == 0 || !strings.Contains(e.Hints[0], f.Path) {
			t.Errorf("%v: no hint opens the file: %q", e, e.Hints)
		}
	}
}

func TestCloudVersions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ cloud, asked, passes, policy string }{
		{"global", "", "beta", "beta"}, {"global", "v1.0", "v1.0", "v1.0"}, {"global", "beta", "beta", "beta"},
		{"usgov", "", "v1.0", "beta"}, {"usgov", "beta", "the cloud usgov has passes in v1.0 only, not in beta", "beta"}, {"usgov-dod", "beta", "the cloud usgov-dod has passes in v1.0 only, not in beta", "beta"},
		{"china", "", "beta", "beta"}, {"china", "v1.0", "the cloud china has passes in beta only, not in v1.0", "the cloud china has the policy in beta only, not in v1.0"},
	} {
		cloud, _ := auth.ParseCloud(c.cloud)
		for noun, want := range map[auth.Noun]string{auth.Passes: c.passes, auth.Policy: c.policy} {
			got, err := cloud.Version(noun, c.asked)
			if err != nil {
				got = errs.Of(err).Error()
				wantHint(t, wantError(t, err, errs.UsageFault), "--api "+map[string]string{"beta": "v1.0", "v1.0": "beta"}[c.asked])
			}
			if got != want {
				t.Errorf("%s, --api %s, %s: %s, want %s", c.cloud, c.asked, noun, got, want)
			}
		}
	}
}

// Who does not know where the settings are does not know that there are none.
func TestMachineSettingsThatAreLost(t *testing.T) {
	t.Parallel()
	_, err := auth.MachineFile{Lost: errors.New("no folder is known")}.Read()
	wantError(t, err, errs.LocalFault, "finding the machine settings: no folder is known")
}

// A file is read whole or not at all: what is locked could stand behind the end.
func TestMachineSettingsThatAreTooLong(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	lock := "[locked]\ntenant = \"a.com\"\n"
	m, err := machineFile(t, strings.Repeat("#", limit-len(lock)-1)+"\n"+lock).Read()
	if err != nil || m.Locked["tenant"] != "a.com" {
		t.Fatalf("%+v, %v", m, err)
	}
	long := machineFile(t, strings.Repeat("#", limit-len(lock))+"\n"+lock)
	_, err = long.Read()
	e := wantError(t, err, errs.LocalFault, "reading the machine settings: ", "it holds more than 1048576 bytes")
	if want := auth.EditByAdministrator(long.Path); len(e.Hints) != 1 || e.Hints[0] != want {
		t.Errorf("the hints are %q, want %q", e.Hints, want)
	}
}
