//go:build !windows

package root_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// profiles and settings write the files of a person and of the administrator.
func (n *wires) profiles(content string) {
	n.t.Helper()
	dir := n.t.TempDir()
	n.env["XDG_CONFIG_HOME"] = dir
	if err := os.Mkdir(filepath.Join(dir, "tap"), 0o700); err != nil {
		n.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tap", "profiles.toml"), []byte(content), 0o600); err != nil {
		n.t.Fatal(err)
	}
}

func (n *wires) settings(content string) {
	n.t.Helper()
	n.machine = newMachine(n.t, content).settings
}

// placed is what is said without the folders of a test and the words of a system.
func (n *wires) placed(s string) string {
	for _, p := range [][2]string{{n.env["XDG_CONFIG_HOME"] + "/tap/profiles.toml", "PROFILES"}, {n.machine.Path, "MACHINE"}, {filepath.Dir(n.machine.Path), "DIR"}} {
		if filepath.IsAbs(p[0]) {
			s = strings.ReplaceAll(s, p[0], p[1])
		}
	}
	return anywhere(s)
}

// TestDoctorFindsFaultsOfSettings: settings that end every other command are a finding, and what does not build on them is looked at.
func TestDoctorFindsFaultsOfSettings(t *testing.T) {
	t.Parallel()
	for _, c := range faultsOfSettings() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := newWires(t)
			c.plant(n)
			r := n.examine()
			all, faults := diagnoses(t, r.stdout)
			if got, want := n.placed(faults), strings.TrimPrefix(c.want, "\n"); got != want || r.exit != c.exit {
				t.Errorf("exit code %d, want %d\n%s\nwant\n%s\n%s", r.exit, c.exit, got, want, r.stderr)
			}
			if way := all[slices.IndexFunc(all, func(d diagnosis) bool { return d.ID == "graph" })]; way.Status != "ok" {
				t.Errorf("Graph was not looked at: %v", way)
			}
			in := all[slices.IndexFunc(all, func(d diagnosis) bool { return d.ID == "sign-in" })]
			if skipped := in.Finding == "it builds on settings, which failed"; skipped != c.unsettled {
				t.Errorf("the sign-in: %v", in)
			}
		})
	}
}

// unsettled is a fault of settings. How to sign in is not known for some of them.
type unsettled struct {
	broken
	unsettled bool
}

func faultsOfSettings() []unsettled {
	file := func(n *wires) string {
		path := filepath.Join(n.t.TempDir(), "file")
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			n.t.Fatal(err)
		}
		return path
	}
	return []unsettled{
		{broken{"profiles with an unknown key, of which one is named", func(n *wires) {
			n.profiles("[profiles.contoso]\ntennant = \"a.com\"\n")
			n.env["TAP_PROFILE"] = "contoso"
		}, 9, `
fail settings.profiles: reading the settings: PROFILES:2: tennant is no key: there are ` + keys() + `
	${EDITOR:-vi} PROFILES`}, true},
		{broken{"profiles with an unknown key, of which none is named", func(n *wires) { n.profiles("[profiles.contoso]\n\ntz = \"Mars\"\n") }, 9, `
fail settings.profiles: reading the settings: PROFILES:3: the profile contoso: tz: "Mars" is not a time zone: write an IANA name, e.g. Europe/Helsinki
	${EDITOR:-vi} PROFILES`}, false},
		{broken{"profiles that are none, at a terminal", func(n *wires) {
			n.profiles("use = \"contoso\n")
			n.terminal = true
		}, 9, `
fail settings.profiles: reading the settings: PROFILES:1: basic strings cannot have new lines
	${EDITOR:-vi} PROFILES`}, true},
		{broken{"profiles that others can write", func(n *wires) {
			n.profiles("")
			if err := os.Chmod(filepath.Join(n.env["XDG_CONFIG_HOME"], "tap", "profiles.toml"), 0o666); err != nil {
				n.t.Fatal(err)
			}
		}, 9, `
fail settings.profiles: reading the profiles: PROFILES: it can be written to by others (0666): nobody else may write there
	chmod go-w PROFILES`}, false},
		{broken{"a profile that is not there", func(n *wires) { n.args = []string{"--profile", "contoso"} }, 9, `
fail settings.profiles: finding the profile: contoso: there is no profile of this name
	tap profile list`}, true},
		{broken{"a cloud that is not there", func(n *wires) {
			n.profiles("[profiles.contoso]\ncloud = \"mars\"\n")
			n.args = []string{"--profile", "contoso"}
		}, 9, `
fail settings.profiles: the profile contoso: cloud: no cloud is called "mars": use global (also public, AzureCloud, AzurePublicCloud, GCC); usgov (also AzureUSGovernment, AzureUSGovernmentCloud, USGovernment, usgovernmentl4, USGovHigh, gcch, gcc-high, l4); usgov-dod (also USGovDoD, usgovernmentl5, dod, l5); china (also AzureChinaCloud, 21vianet)
	tap profile show --effective`}, true},
		{broken{"machine settings with an unknown key", func(n *wires) { n.settings("tz = \"UTC\"\ntennant = 1\n") }, 9, `
fail settings.machine: reading the machine settings: MACHINE:2: tennant is no key: there are ` + keys() + `
	sudoedit MACHINE`}, true},
		{broken{"machine settings that others can write", func(n *wires) {
			n.settings("")
			if err := os.Chmod(n.machine.Path, 0o666); err != nil {
				n.t.Fatal(err)
			}
		}, 9, `
fail settings.machine: reading the machine settings: MACHINE: it can be written to by others (0666): only the administrator may own it and write to it
	sudo chown root DIR MACHINE && sudo chmod go-w DIR MACHINE`}, true},
		{broken{"the tenant of a variable, which the application's own contradicts", func(n *wires) {
			n.bare, n.secret = true, ""
			n.env["TAP_TENANT"], n.env["AZURE_TENANT_ID"], n.env["AZURE_CLIENT_ID"] = sandbox.TenantID, "99999999-2222-4333-8444-555555555555", client
			n.env["AZURE_CLIENT_SECRET"] = secrets
		}, 9, `
fail settings.tenant: the variable TAP_TENANT c0117050-5a2d-4b0c-8000-c0a705000001 contradicts the variable AZURE_TENANT_ID 99999999-2222-4333-8444-555555555555, and a write goes into one tenant
	unset TAP_TENANT`}, false},
		{broken{"the tenant of a variable, which a typed profile contradicts", func(n *wires) {
			n.profiles("[profiles.contoso]\ntenant = \"99999999-2222-4333-8444-555555555555\"\nclient-id = \"" + client + "\"\nauth = \"client-secret\"\n")
			n.bare, n.args, n.env["TAP_TENANT"] = true, []string{"--profile", "contoso"}, sandbox.TenantID
		}, 9, `
fail settings.tenant: the variable TAP_TENANT c0117050-5a2d-4b0c-8000-c0a705000001 contradicts the tenant 99999999-2222-4333-8444-555555555555 of the profile contoso, and a write goes into one tenant
	unset TAP_TENANT`}, false},
		{broken{"machine settings that would name the cloud of a variable", func(n *wires) {
			n.settings("tennant = 1\n")
			n.env["TAP_CLOUD"] = "stack"
		}, 9, `
fail settings.machine: reading the machine settings: MACHINE:1: tennant is no key: there are ` + keys() + `
	sudoedit MACHINE`}, true},
		{broken{"machine settings that would name the cloud of a flag", func(n *wires) {
			n.settings("tennant = 1\n")
			n.args = []string{"--cloud", "stack"}
		}, 9, `
fail settings.machine: reading the machine settings: MACHINE:1: tennant is no key: there are ` + keys() + `
	sudoedit MACHINE`}, true},
		{broken{"variables that hold nothing known", func(n *wires) {
			n.env["TAP_AUTH"], n.env["TAP_API"] = "x", "x"
			n.args = []string{"--auth", "client-secret"} // wins over its variable, which is not read then
		}, 9, `
fail settings.TAP_API: the variable TAP_API: "x" is none of beta, v1.0
	unset TAP_API`}, false},
		{broken{"a variable that does not say how to sign in", func(n *wires) { n.env["TAP_CLIENT_ID"], n.env["TAP_LEAST_PRIVILEGE"] = client, "x" }, 9, `
fail settings.TAP_LEAST_PRIVILEGE: the variable TAP_LEAST_PRIVILEGE: strconv.ParseBool: parsing "x": invalid syntax
	unset TAP_LEAST_PRIVILEGE`}, true},
		{broken{"what is locked is contradicted", func(n *wires) { n.settings("[locked]\ntenant = \"a.com\"\n") }, 9, `
fail settings.locked: --tenant c0117050-5a2d-4b0c-8000-c0a705000001 contradicts tenant = a.com, which is locked by MACHINE
	tap doctor --auth client-secret --client-id 11111111-2222-4333-8444-555555555555 --output json --tenant a.com`}, true},
		{broken{"what is locked is contradicted, beside a variable with a file", func(n *wires) {
			n.settings("[locked]\ntenant = \"a.com\"\n")
			n.env["TAP_CLIENT_CERTIFICATE"] = missing
		}, 9, `
fail settings.locked: --tenant c0117050-5a2d-4b0c-8000-c0a705000001 contradicts tenant = a.com, which is locked by MACHINE
	tap doctor --auth client-secret --client-id 11111111-2222-4333-8444-555555555555 --output json --tenant a.com
warn settings.client-certificate: TAP_CLIENT_CERTIFICATE names FILE, which cannot be used: NOT THERE; this sign-in does not open it
	export TAP_CLIENT_CERTIFICATE=FILE`}, true},
		{broken{"two credentials", func(n *wires) {
			n.bare, n.env["AZURE_CLIENT_CERTIFICATE_PATH"], n.env["AZURE_FEDERATED_TOKEN_FILE"], n.secret = true, file(n), file(n), ""
		}, 9, `
fail settings.credentials: AZURE_CLIENT_CERTIFICATE_PATH and AZURE_FEDERATED_TOKEN_FILE name two credentials, and one can sign in
	tap doctor --output json --auth client-certificate`}, true},
		{broken{"a certificate of a variable that is not there", func(n *wires) {
			n.args, n.env["AZURE_CLIENT_CERTIFICATE_PATH"], n.secret = []string{"--auth", "client-certificate"}, missing, ""
		}, 9, `
fail settings.AZURE_CLIENT_CERTIFICATE_PATH: AZURE_CLIENT_CERTIFICATE_PATH names FILE, which cannot be used: NOT THERE
	export AZURE_CLIENT_CERTIFICATE_PATH=FILE
fail sign-in: reading the client certificate: FILE: NOT THERE
	tap doctor --auth client-certificate --client-id 11111111-2222-4333-8444-555555555555 --output json --tenant c0117050-5a2d-4b0c-8000-c0a705000001 --client-certificate FILE`}, false},
		{broken{"a token of a variable that nobody goes by", func(n *wires) { n.env["AZURE_FEDERATED_TOKEN_FILE"] = missing }, 0, ""}, false},
		{broken{"a file of a profile that is not there", func(n *wires) {
			n.secret = "" // which would stand before it
			n.profiles("[profiles.contoso]\nclient-secret-file = \"" + missing + "\"\n")
			n.args = []string{"--profile", "contoso"}
		}, 9, `
fail settings.client-secret-file: client-secret-file of the profile contoso names FILE, which cannot be used: NOT THERE
	tap profile set contoso --client-secret-file FILE
fail sign-in: reading the client secret: FILE: NOT THERE
	tap doctor --auth client-secret --client-id 11111111-2222-4333-8444-555555555555 --output json --profile contoso --tenant c0117050-5a2d-4b0c-8000-c0a705000001 --client-secret-file FILE`}, false},
		{broken{"a file of a profile that is not there, behind the variable with the secret", func(n *wires) {
			n.profiles("[profiles.contoso]\nclient-secret-file = \"" + missing + "\"\n")
			n.args = []string{"--profile", "contoso"}
		}, 0, `
warn settings.client-secret-file: client-secret-file of the profile contoso names FILE, which cannot be used: NOT THERE; this sign-in does not open it
	tap profile set contoso --client-secret-file FILE`}, false},
		{broken{"the certificate of a variable, by which the sign-in goes", func(n *wires) {
			n.args, n.env["TAP_CLIENT_CERTIFICATE"], n.secret = []string{"--auth", "client-certificate"}, missing, ""
		}, 9, `
fail settings.client-certificate: TAP_CLIENT_CERTIFICATE names FILE, which cannot be used: NOT THERE
	export TAP_CLIENT_CERTIFICATE=FILE
fail sign-in: reading the client certificate: FILE: NOT THERE
	tap doctor --auth client-certificate --client-id 11111111-2222-4333-8444-555555555555 --output json --tenant c0117050-5a2d-4b0c-8000-c0a705000001 --client-certificate FILE`}, false},
		{broken{"a file of a variable that is not there", func(n *wires) { n.env["TAP_CLIENT_CERTIFICATE"] = missing }, 0, `
warn settings.client-certificate: TAP_CLIENT_CERTIFICATE names FILE, which cannot be used: NOT THERE; this sign-in does not open it
	export TAP_CLIENT_CERTIFICATE=FILE`}, false},
		{broken{"a file of the machine's that is not there", func(n *wires) { n.settings("federated-token-file = \"" + missing + "\"\n") }, 0, `
warn settings.federated-token-file: federated-token-file in MACHINE names FILE, which cannot be used: NOT THERE; this sign-in does not open it
	sudoedit MACHINE`}, false},
		{broken{"two certificates and two service connections", func(n *wires) {
			n.env["TAP_CLIENT_CERTIFICATE"], n.env["AZURE_CLIENT_CERTIFICATE_PATH"] = file(n), file(n)
			n.env["TAP_SERVICE_CONNECTION"], n.env["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"] = client, connection
		}, 0, `
warn settings.AZURE_CLIENT_CERTIFICATE_PATH: TAP_CLIENT_CERTIFICATE and AZURE_CLIENT_CERTIFICATE_PATH contradict each other, and TAP_CLIENT_CERTIFICATE counts
	unset AZURE_CLIENT_CERTIFICATE_PATH
warn settings.AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: TAP_SERVICE_CONNECTION and AZURESUBSCRIPTION_SERVICE_CONNECTION_ID contradict each other, and TAP_SERVICE_CONNECTION counts
	unset AZURESUBSCRIPTION_SERVICE_CONNECTION_ID`}, false},
	}
}

func keys() string {
	var names []string
	for _, k := range auth.Keys() {
		names = append(names, k.Name)
	}
	return strings.Join(names, ", ")
}

// TestCommandsWithoutSettings: in the sandbox profiles that cannot be read are told and hold nobody up, the machine's do, for what is locked is
// locked there, too. Who is remembered can be forgotten whatever is wrong.
func TestCommandsWithoutSettings(t *testing.T) {
	t.Parallel()
	const person, administrator = "profiles.toml:2: tennant is no key", "tap.toml:1: tennant is no key"
	for _, c := range []struct {
		machine string
		args    string
		code    int
		says    string
	}{
		{"", "--sandbox list adele.vance@contoso.com", 0, "tap: warning: going without the settings: reading the settings: "},
		{"", "sandbox users", 0, "tap: warning: going without the settings: reading the settings: "},
		{"", "sandbox clock", 0, person},
		{"tennant = 1", "sandbox users", 10, administrator},
		{"", "--sandbox doctor", 9, "looking for faults: 1 check failed"},
		{"tennant = 1", "--sandbox list adele.vance@contoso.com", 10, administrator},
		{"tennant = 1", "--sandbox doctor", 9, "looking for faults: 2 checks failed"},
		{"", "logout --all", 0, "tap: warning: going without the settings: "},
		{"tennant = 1", "logout --all", 0, administrator},
		{"", "logout", 2, person},
		{"tennant = 1", "logout", 10, administrator},
		{"", "profile delete contoso --yes", 2, person},
		{"", "profile list", 2, "tap: hint: ${EDITOR:-vi} "},
		{"tennant = 1", "profile list", 10, "tap: hint: sudoedit "},
		{"", "list adele.vance@contoso.com", 2, person},
		{"tennant = 1", "TAP_CLOUD=stack list adele.vance@contoso.com", 10, "tap: hint: sudoedit "},
		{"tennant = 1", "list adele.vance@contoso.com --cloud stack", 10, "tap: hint: sudoedit "},
		{"tennant = 1", "TAP_CLOUD=stack logout --all", 0, administrator},
		{"tennant = 1", "logout --all --cloud stack", 0, administrator},
		{"tennant = 1", "TAP_CLOUD=stack --sandbox doctor", 9, "looking for faults: 2 checks failed"},
		{"tennant = 1", "TAP_CLOUD=stack version", 0, ""},
		{"", "TAP_AUTH=x logout --all", 0, "tap: warning: going without the settings: the variable TAP_AUTH: "},
		{"", "TAP_OUTPUT=x logout --all", 0, "the variable TAP_OUTPUT: "},
		{"", "TAP_AUTH=x logout", 2, "tap: hint: unset TAP_AUTH"},
		{"", "TAP_OUTPUT=x --sandbox doctor", 9, "looking for faults: 2 checks failed"},
	} {
		m := newMachine(t, c.machine)
		dir := filepath.Join(m.env["XDG_CONFIG_HOME"], "tap")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "profiles.toml"), []byte("[profiles.contoso]\ntennant = 1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		m.env["TAP_SANDBOX_DIR"], m.env["XDG_CACHE_HOME"] = t.TempDir(), t.TempDir()
		args := strings.Fields(c.args)
		if name, value, isVariable := strings.Cut(args[0], "="); isVariable {
			m.env[name], args = value, args[1:]
		}
		code, _, said := m.tap(args...)
		if code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("%s (machine %q): exit code %d, want %d with %q\n%s", c.args, c.machine, code, c.code, c.says, said)
		}
	}
}

// A sign-in by a device code that is remembered is no browser's.
func TestDoctorKnowsARememberedDeviceCode(t *testing.T) {
	c := newCounter(t, true)
	if code, _, errOut := c.tap("login", "--auth", "device-code", "--tenant", sandbox.TenantID); code != 0 {
		t.Fatalf("exit code %d\n%s", code, errOut)
	}
	_, out, errOut := c.tap("doctor", "--tenant", sandbox.TenantID)
	if !strings.Contains(out, "sign-in: a person, by device-code: ") {
		t.Errorf("%s\n%s", out, errOut)
	}
}
