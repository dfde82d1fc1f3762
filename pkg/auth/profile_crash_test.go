package auth_test

import (
	"errors"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal/memfs"
)

// TestProfilesSurviveCrashes: whatever the step at which a change stops, the file is the old one or the new one; and where the
// change said that it was made, the new one.
func TestProfilesSurviveCrashes(t *testing.T) {
	t.Parallel()
	set := func(tenant string) func(*auth.Profiles) error {
		return func(p *auth.Profiles) error { p.Named["contoso"] = auth.Values{"tenant": tenant}; return nil }
	}
	const path = "/home/config/tap/profiles.toml"
	for k, done := 1, false; !done; k++ {
		files := memfs.New()
		if err := files.MkdirAll("/home"); err != nil {
			t.Fatal(err)
		}
		if err := (auth.ProfileStore{Files: files, Path: path}).Change(set("old.com")); err != nil {
			t.Fatal(err)
		}
		files.CrashAt(k)
		err := (auth.ProfileStore{Files: files, Path: path}).Change(set("new.com"))
		if err != nil && !errors.Is(err, memfs.ErrCrashed) {
			t.Fatal(err)
		}
		if done = err == nil; done && k < 5 {
			t.Fatalf("a change takes %d steps", k-1)
		}
		for name, left := range map[string]*memfs.FS{
			"killed": files.Survive(true), "power": files.Survive(false), "torn": files.SurviveTorn(), "reordered": files.SurviveReordered(),
		} {
			p, err := auth.ProfileStore{Files: left, Path: path}.Load()
			if err != nil {
				t.Errorf("step %d, %s: %v", k, name, err)
				continue
			}
			tenant := p.Named["contoso"]["tenant"]
			if tenant != "new.com" && (done || tenant != "old.com") {
				t.Errorf("step %d, %s: %q", k, name, tenant)
			}
			if err := (auth.ProfileStore{Files: left, Path: path}).Change(set("next.com")); err != nil {
				t.Errorf("step %d, %s: the next change: %v", k, name, err)
			}
		}
	}
}
