package auth_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// samples are five different values of each key, as they are compared.
func samples() map[string][]string {
	path := func(n string) string { p, _ := filepath.Abs("/" + n); return p }
	guid := func(n string) string { return strings.Repeat(n, 8) + "-1111-4111-8111-111111111111" }
	switches := []string{"true", "false", "true", "false", "true"}
	paths := []string{path("a"), path("b"), path("c"), path("d"), path("e")}
	return map[string][]string{
		"client-certificate": paths, "client-certificate-password-file": paths, "federated-token-file": paths, "ca-file": paths,
		"service-connection": {guid("1"), guid("2"), guid("3"), guid("4"), guid("5")},
		"cloud":              {"global", "usgov", "usgov-dod", "china", "own"}, "tenant": {"a.com", "b.com", "c.com", "d.com", "e.com"},
		"auth":      {"browser", "device-code", "client-secret", "browser", "device-code"},
		"client-id": {guid("1"), guid("2"), guid("3"), guid("4"), guid("5")}, "client-secret-file": paths,
		"protected": switches, "tz": {"Europe/Helsinki", "UTC", "Asia/Tokyo", "Europe/Rome", "America/Lima"},
		"output": {"json", "csv", "yaml", "jsonl", "table"}, "lifetime": {"1h", "2h", "3h", "4h", "5h"}, "one-time": switches,
	}
}

// TestPrecedence: of every key, whatever the sources below say, the first that says something counts, and is named.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	order := []auth.Source{auth.FromFlag, auth.FromPreset, auth.FromVariable, auth.FromProfile, auth.FromMachine}
	names := map[auth.Source]string{auth.FromFlag: "KEY", auth.FromPreset: "P", auth.FromVariable: "TAP_X", auth.FromProfile: "contoso", auth.FromMachine: "/etc/tap/tap.toml"}
	for _, k := range auth.Keys() {
		values := samples()[k.Name]
		if len(values) != len(order) {
			t.Fatalf("%s has no samples", k.Name)
		}
		for first := range len(order) + 1 {
			says := map[auth.Source]string{}
			for n := first; n < len(order); n++ {
				says[order[n]] = values[n]
			}
			got := find(t, layers(k.Name, says, nil), k.Name)
			want := auth.Setting{Key: k, Value: k.Default, Source: auth.FromDefault}
			if first < len(order) {
				want = auth.Setting{Value: values[first], Source: order[first], From: strings.ReplaceAll(names[order[first]], "KEY", k.Name)}
			}
			if got.Value != want.Value || got.Source != want.Source || got.From != want.From {
				t.Errorf("%s: %q from %s %q, want %q from %s %q", k.Name, got.Value, got.Source, got.From, want.Value, want.Source, want.From)
			}
			if said := got.Origin(); first < len(order) && !strings.Contains(said, want.From) {
				t.Errorf("%s: the origin is %q", k.Name, said)
			}
		}
	}
}

// TestLocked: of every key, what is locked counts over the machine's own setting, goes with the same value from anywhere, and is contradicted by another value from
// anywhere.
func TestLocked(t *testing.T) {
	t.Parallel()
	for _, k := range auth.Keys() {
		locked, other := samples()[k.Name][0], samples()[k.Name][1]
		lock := auth.Values{k.Name: locked}
		got := find(t, layers(k.Name, map[auth.Source]string{auth.FromMachine: other}, lock), k.Name)
		if got.Value != locked || got.Source != auth.FromLock || got.From != "/etc/tap/tap.toml" {
			t.Errorf("%s: %+v", k.Name, got)
		}
		for _, source := range []auth.Source{auth.FromFlag, auth.FromPreset, auth.FromVariable, auth.FromProfile} {
			if got := find(t, layers(k.Name, map[auth.Source]string{source: locked}, lock), k.Name); got.Source != auth.FromLock {
				t.Errorf("%s: the same from %s: %+v", k.Name, source, got)
			}
			_, err := layers(k.Name, map[auth.Source]string{source: other}, lock).Resolve()
			e := wantError(t, err, errs.UsageFault, "contradicts "+k.Name+" = "+locked+", which is locked by /etc/tap/tap.toml")
			switch source {
			case auth.FromVariable:
				wantHint(t, e, "unset TAP_X")
			case auth.FromProfile:
				wantHint(t, e, "tap profile set contoso --unset "+k.Name)
			case auth.FromFlag:
				if !k.Switch {
					wantHint(t, e, "--"+k.Name+" "+locked)
				}
			}
		}
	}
}

// TestLockedSpellings: another spelling of the same value is no contradiction, and a flag that takes a value back is one.
func TestLockedSpellings(t *testing.T) {
	t.Parallel()
	for key, spelling := range map[string][2]string{"cloud": {"global", "GCC"}, "tenant": {"a.com", "A.com"}, "lifetime": {"8h", "480"}, "auth": {"browser", "Browser"}} {
		if got := find(t, layers(key, map[auth.Source]string{auth.FromFlag: spelling[1]}, auth.Values{key: spelling[0]}), key); got.Value != spelling[0] {
			t.Errorf("%s: %+v", key, got)
		}
	}
	l := layers("lifetime", nil, auth.Values{"lifetime": "8h"})
	l.Typed = func(key string) (string, string) {
		if key == "lifetime" {
			return "", "until"
		}
		return "", ""
	}
	_, err := l.Resolve()
	wantError(t, err, errs.UsageFault, "--until contradicts lifetime = 8h, which is locked by /etc/tap/tap.toml")
	l.Machine.Locked, l.FromProfile = nil, auth.Values{"lifetime": "8h"}
	if got := find(t, l, "lifetime"); got.Value != "" || got.Source != auth.FromFlag || got.From != "until" {
		t.Errorf("--until leaves a lifetime: %+v", got)
	}
}

// TestSandboxIsATarget: in a sandbox nothing but what was typed says where to work; the rest of a profile counts.
func TestSandboxIsATarget(t *testing.T) {
	t.Parallel()
	for _, k := range auth.Keys() {
		v := samples()[k.Name][0]
		l := layers(k.Name, map[auth.Source]string{auth.FromVariable: v, auth.FromProfile: v, auth.FromMachine: v}, auth.Values{k.Name: v})
		l.Sandbox = true
		if got := find(t, l, k.Name); (got.Source == auth.FromDefault) != (k.Part == auth.OfTarget) {
			t.Errorf("%s: %+v", k.Name, got)
		}
	}
}

// layers say something about one key.
func layers(key string, says map[auth.Source]string, locked auth.Values) auth.Layers {
	values := func(s auth.Source) auth.Values {
		if v, ok := says[s]; ok {
			return auth.Values{key: v}
		}
		return nil
	}
	spoken := func(s auth.Source, name string) func(string) (string, string) {
		return func(k string) (string, string) {
			if v, ok := says[s]; ok && k == key {
				return v, name
			}
			return "", ""
		}
	}
	return auth.Layers{
		Typed: spoken(auth.FromFlag, key), Variable: spoken(auth.FromVariable, "TAP_X"), Preset: "P", Profile: "contoso",
		FromPreset: values(auth.FromPreset), FromProfile: values(auth.FromProfile),
		Machine: &auth.Machine{File: "/etc/tap/tap.toml", Values: values(auth.FromMachine), Locked: locked},
	}
}

func find(t *testing.T, l auth.Layers, key string) auth.Setting {
	t.Helper()
	all, err := l.Resolve()
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	n := slices.IndexFunc(all, func(s auth.Setting) bool { return s.Key.Name == key })
	return all[n]
}

func store(t *testing.T, content string) auth.ProfileStore {
	t.Helper()
	s := auth.ProfileStore{Files: journal.OS(), Path: filepath.Join(t.TempDir(), "tap", "profiles.toml")}
	if content != "" {
		if err := os.MkdirAll(filepath.Dir(s.Path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.Path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestProfilesAreKept: every key is read back as it was saved, from a file that only its owner reads.
func TestProfilesAreKept(t *testing.T) {
	t.Parallel()
	s := store(t, "")
	values := auth.Values{}
	for key, v := range samples() {
		values[key] = v[0]
	}
	err := s.Change(func(p *auth.Profiles) error {
		p.Named["contoso"], p.Named["empty"], p.Use = values, auth.Values{}, "contoso"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Load()
	if err != nil || p.Use != "contoso" || !maps.Equal(p.Named["contoso"], values) || !slices.Equal(p.Names(), []string{"contoso", "empty"}) {
		t.Errorf("%+v, %v", p, err)
	}
	file, _ := os.Stat(s.Path)
	dir, _ := os.Stat(filepath.Dir(s.Path))
	if file.Mode().Perm() != 0o600 || dir.Mode().Perm() != 0o700 {
		t.Errorf("%v in %v", file.Mode(), dir.Mode())
	}
	refused := errs.Usage("no")
	if err := s.Change(func(p *auth.Profiles) error { p.Use = ""; return refused }); err != refused { //nolint:errorlint // the very error
		t.Error(err)
	}
	if p, _ := s.Load(); p.Use != "contoso" {
		t.Error("a change that failed was written")
	}
}

func TestProfilesThatAreLocked(t *testing.T) {
	t.Parallel()
	s := store(t, "use = \"x\"\n")
	unlock, err := s.Files.Lock(s.Path + ".lock")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unlock() }()
	wantError(t, s.Change(func(*auth.Profiles) error { return nil }), errs.Busy, "another tap is changing them")
	if p, err := s.Load(); err != nil || p.Use != "" {
		t.Errorf("%+v, %v", p, err) // x was deleted by hand
	}
}

func TestProfileFaults(t *testing.T) {
	t.Parallel()
	const planted = "hunter2-marked"
	for content, words := range map[string]string{
		"[profiles.a]\ntenant = \"a.com\"\ntennant = \"b.com\"\n": ":3: tennant is no key: there are cloud, tenant,",
		"\n\nnames = 1\n": ":3: names is no key",
		"[profiles.a]\nclient-secret = \"" + planted + "\"\n":               ":2: client-secret would be a secret in a file",
		"[profiles.a]\n\ncertificate-password = \"" + planted + "\"\n":      ":3: certificate-password would be a secret",
		"[profiles.a]\nyes = true\n":                                        ":2: yes chooses users, gives consent or names a destination",
		"[profiles.a]\nkeyvault = \"https://x\"\n":                          ":2: keyvault chooses users,",
		"[profiles.a]\nSandbox-URL = \"x\"\n":                               ":2: Sandbox-URL chooses users,",
		"[profiles.a.b]\nx = 1\n":                                           "b is no key",
		"[profiles.a]\ntenant = \"a.com\n":                                  ":2: ",
		"[profiles.a]\ntenant = \"a.com\"\ntenant = \"b.com\"\n":            ":3: ",
		"[profiles]\na = 3\n":                                               ":2: ",
		"use = 3\n":                                                         ":1: ",
		"[profiles.a]\ntenant = [\"a.com\"]\n":                              ":2: the profile a: tenant is no text",
		"[profiles.a]\ntenant = \"common\"\n":                               ":2: the profile a: tenant: \"common\" is no tenant",
		"[profiles.a]\ntenant = \"\"\n":                                     ":2: the profile a: tenant: a tenant is a GUID",
		"[profiles.a]\nlifetime = \"soon\"\n":                               ":2: the profile a: lifetime: \"soon\" is not a duration",
		"[profiles.a]\none-time = \"once\"\n":                               ":2: the profile a: one-time: \"once\" is neither true nor false",
		"[profiles.a]\nclient-secret-file = \"secret\"\n":                   ":2: the profile a: client-secret-file: \"secret\" is no whole path",
		"[profiles.a]\nclient-secret-file = \"-\"\n":                        "\"-\" is no whole path",
		"[profiles.a]\ntz = \"helsinki\"\n":                                 ":2: the profile a: tz: ",
		"[profiles.a]\noutput = \"xml\"\n":                                  ":2: the profile a: output: ",
		"[profiles.a]\noutput = \"html\"\n":                                 ":2: the profile a: output: html is for tap report alone: choose table|json",
		"[profiles.a]\nauth = \"password\"\n":                               ":2: the profile a: auth: no kind of sign-in is called",
		"[profiles.a]\nclient-id = \"my app\"\n":                            ":2: the profile a: client-id: \"my app\" is not a GUID",
		"[profiles.a]\ncloud = \"the moon\"\n":                              ":2: the profile a: cloud: \"the moon\" is no name of a cloud",
		"[profiles.\"../x\"]\ntenant = \"a.com\"\n":                         ":1: \"../x\" is no name for a profile",
		"use = \"b\"\n[profiles.b]\n\n[profiles.a]\n# tz\n\"tz\" = \"x\"\n": ":6: the profile a: tz: ",
		"profiles.b.tz = \"UTC\"\nprofiles.a.tz = \"x\"\n":                  ":2: the profile a: tz: ",
		"[profiles]\nb = {}\na = {\ntz = \"x\"}\n":                          ":3: the profile a: tz: ",
	} {
		s := store(t, content)
		_, err := s.Load()
		e := wantError(t, err, errs.UsageFault, "reading the settings: "+s.Path, words)
		if len(e.Hints) == 0 || !strings.Contains(e.Hints[0], s.Path) {
			t.Errorf("%v: no hint opens the file: %q", e, e.Hints)
		}
		if strings.Contains(e.Error(), planted) {
			t.Errorf("a secret is told: %v", e)
		}
	}
}

// TestKeysTakeNoSecret: no key is one that Unkeyed would call a secret, nor one that is said with each command.
func TestKeysTakeNoSecret(t *testing.T) {
	t.Parallel()
	for _, k := range append(auth.Keys(), auth.PresetKeys()...) {
		if words := auth.Unkeyed(k.Name); !strings.Contains(words, "is no key") {
			t.Errorf("%s: %s", k.Name, words)
		}
	}
	for _, name := range []string{"file", "group", "all", "yes", "replace", "if-exists", "allow-privileged", "restart", "out", "recipient", "keyvault", "mail", "sandbox", "sandbox-url"} {
		if _, isKey := auth.FindKey(name); isKey || !strings.Contains(auth.Unkeyed(name), "it is said with each command") {
			t.Errorf("%s is not refused", name)
		}
	}
}
