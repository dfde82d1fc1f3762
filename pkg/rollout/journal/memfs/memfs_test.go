package memfs_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal/memfs"
)

// shown is what a file system holds, as "path=content" by path.
func shown(f *memfs.FS) string {
	var out []string
	files := f.Files()
	for _, path := range slices.Sorted(maps.Keys(files)) {
		out = append(out, path+"="+string(files[path]))
	}
	return strings.Join(out, " ")
}

// write makes a file with some content, and syncs what is told.
func write(t *testing.T, f *memfs.FS, path, content string, sync, dir bool) {
	t.Helper()
	w, err := f.Create(path)
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err == nil && sync {
		err = w.Sync()
	}
	if err == nil && dir {
		err = f.SyncDir("/")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// What survives a crash, in each of its ways.
func TestSurvive(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do                             func(*testing.T, *memfs.FS)
		killed, power, torn, reordered string
		thenPower                      string // after the kill
	}{
		"written, not synced": {func(t *testing.T, f *memfs.FS) { write(t, f, "/b", "1234", false, true) },
			"/a=old /b=1234", "/a=old /b=", "/a=old /b=12", "/a=old /b=", "/a=old /b="},
		"synced, the folder not": {func(t *testing.T, f *memfs.FS) { write(t, f, "/b", "1234", true, false) },
			"/a=old /b=1234", "/a=old", "/a=old /b=1234", "/a=old /b=1234", "/a=old"},
		"both synced": {func(t *testing.T, f *memfs.FS) { write(t, f, "/b", "1234", true, true) },
			"/a=old /b=1234", "/a=old /b=1234", "/a=old /b=1234", "/a=old /b=1234", "/a=old /b=1234"},
		"made anew": {func(t *testing.T, f *memfs.FS) { write(t, f, "/a", "1234", false, false) },
			"/a=1234", "/a=old", "/a=12", "/a=", "/a=old"},
		"renamed": {func(t *testing.T, f *memfs.FS) {
			write(t, f, "/b", "1234", true, false)
			check(t, f.Rename("/b", "/a"))
		},
			"/a=1234", "/a=old", "/a=1234", "/a=1234", "/a=old"},
		"removed, then made": {func(t *testing.T, f *memfs.FS) { check(t, f.Remove("/a")); write(t, f, "/b", "1234", true, false) },
			"/b=1234", "/a=old", "/b=1234", "/a=old /b=1234", "/a=old"},
		"cut": {func(t *testing.T, f *memfs.FS) { check(t, f.Truncate("/a", 1)) },
			"/a=o", "/a=old", "/a=o", "/a=old", "/a=old"},
		"a folder": {func(t *testing.T, f *memfs.FS) {
			check(t, f.MkdirAll("/d"))
			write(t, f, "/d/x", "1", true, false)
			check(t, f.SyncDir("/d"))
		},
			"/a=old /d/x=1", "/a=old", "/a=old /d/x=1", "/a=old /d/x=1", "/a=old"},
	} {
		f := memfs.New()
		write(t, f, "/a", "old", true, true)
		c.do(t, f)
		for _, way := range []struct{ name, got, want string }{
			{"killed", shown(f.Survive(true)), c.killed}, {"power", shown(f.Survive(false)), c.power}, {"torn", shown(f.SurviveTorn()), c.torn},
			{"reordered", shown(f.SurviveReordered()), c.reordered}, {"killed, then power", shown(f.Survive(true).Survive(false)), c.thenPower},
		} {
			if way.got != way.want {
				t.Errorf("%s, %s: %s, want %s", name, way.name, way.got, way.want)
			}
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// From the k-th step on every step fails, and of a write that crashes half the bytes arrive.
func TestCrashAt(t *testing.T) {
	t.Parallel()
	f := memfs.New()
	write(t, f, "/a", "", true, true)
	f.CrashAt(2)
	w, err := f.Append("/a") // there already: no step
	check(t, err)
	check(t, w.Sync())
	if n, err := w.Write([]byte("1234")); n != 2 || !errors.Is(err, memfs.ErrCrashed) {
		t.Errorf("wrote %d, %v", n, err)
	}
	_, made := f.Create("/b")
	_, locked := f.Lock("/lock")
	_, again := w.Write([]byte("5"))
	for i, err := range []error{made, locked, again, w.Sync(), f.Rename("/a", "/b"), f.Remove("/a"), f.Truncate("/a", 0), f.SyncDir("/"), f.MkdirAll("/d")} {
		if !errors.Is(err, memfs.ErrCrashed) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if got := shown(f.Survive(true)); got != "/a=12" {
		t.Errorf("left: %s", got)
	}
	if got := strings.Join(f.Steps(), ", "); got != "create /a, write /a, sync /a, syncdir /, sync /a" {
		t.Errorf("steps: %s", got)
	}
}
