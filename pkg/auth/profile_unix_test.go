//go:build !windows

package auth_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// Each of these lets somebody else say where one's secrets go.
func TestProfilesThatOthersCanWrite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(path string) error
		dir   bool // the folder is named, not the file
		words string
	}{
		"by the group":           {func(path string) error { return os.Chmod(path, 0o664) }, false, "it can be written to by others (0664)"},
		"by all":                 {func(path string) error { return os.Chmod(path, 0o606) }, false, "it can be written to by others (0606)"},
		"the folder":             {func(path string) error { return os.Chmod(filepath.Dir(path), 0o770) }, true, "it can be written to by others (0770)"},
		"root: it is somebody's": {func(path string) error { return os.Chown(path, 12345, 0) }, false, "it belongs to the user id 12345"},
		"where a link leads": {func(path string) error {
			real := path + ".real"
			if err := os.Rename(path, real); err != nil {
				return err
			}
			if err := os.Symlink(real, path); err != nil {
				return err
			}
			return os.Chmod(real, 0o666)
		}, false, "it can be written to by others (0666)"},
	} {
		t.Run(name, func(t *testing.T) {
			if os.Getuid() != 0 && name[:4] == "root" {
				t.Skip("only root gives files away")
			}
			dir := t.TempDir()
			if err := os.Chmod(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			s := auth.ProfileStore{Files: journal.OS(), Path: filepath.Join(dir, "profiles.toml")}
			if err := os.WriteFile(s.Path, []byte("use = \"a\"\n[profiles.a]\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			if p, err := s.Load(); err != nil || p.Use != "a" {
				t.Fatalf("before: %+v, %v", p, err)
			}
			if err := c.spoil(s.Path); err != nil {
				t.Fatal(err)
			}
			path := s.Path
			if c.dir {
				path = dir
			}
			_, err := s.Load()
			wantHint(t, wantError(t, err, errs.LocalFault, "reading the profiles: "+path+": "+c.words), "chmod go-w "+path)
			err = s.Change(func(*auth.Profiles) error { t.Error("it was changed all the same"); return nil })
			wantError(t, err, errs.LocalFault, c.words)
		})
	}
}
