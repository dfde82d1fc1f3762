package auth

import (
	"maps"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// FuzzProfiles: any file is profiles or an error that names it, and profiles are read back from what is written of them.
func FuzzProfiles(f *testing.F) {
	for _, seed := range []string{
		"", "use = \"a\"\n[profiles.a]\ntenant = \"a.com\"\nlifetime = 90\none-time = true\n", "[profiles.a.b]\nx = 1", "[[profiles.a]]\ntenant = 1", "profiles.a = {tz = 'UTC'}",
		"profiles = []", "[profiles]\na = 2026-01-01", "[profiles.\"a b\"]", "[profiles.a]\nclient-secret = '''x\ny'''", "\xef\xbb\xbfuse = ''", "[profiles.a]\ntenant.x = 1", "[locked]\ntz = 'UTC'\n[clouds.x]\ngraph = 'https://x'\n[presets.p]\nwait = '60s'",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		const path = "/profiles.toml"
		if _, err := parseMachine(path, b); err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("machine: %v", err)
		}
		p, err := parseProfiles(path, b)
		if err != nil {
			if e := errs.Of(err); e.Slug != errs.UsageFault || !strings.HasPrefix(e.Whom, path) {
				t.Errorf("%v", err)
			}
			return
		}
		written, err := p.toml()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseProfiles(path, written)
		if err != nil || again.Use != p.Use || !maps.EqualFunc(again.Named, p.Named, maps.Equal[Values, Values]) {
			t.Errorf("%s\nis read back as %+v, %v; was %+v", written, again, err, p)
		}
	})
}
