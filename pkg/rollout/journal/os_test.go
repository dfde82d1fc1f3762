package journal_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// wantModes fails unless the folder and all in it are for their owner alone.
func wantModes(t *testing.T, dir string, files ...string) {
	t.Helper()
	left := map[string]bool{}
	for _, name := range files {
		left[name] = true
	}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != want {
			t.Errorf("%s is %v, want %v", path, info.Mode().Perm(), want)
		}
		if !d.IsDir() && !left[d.Name()] {
			t.Errorf("%s should not be there", path)
		}
		delete(left, d.Name())
		return err
	}))
	for name := range left {
		t.Errorf("%s is missing in %s", name, dir)
	}
}

// A whole run on the file system of this machine.
func TestOS(t *testing.T) {
	open(t)
	fsys, state := journal.OS(), filepath.Join(t.TempDir(), "state")
	dir, out := filepath.Join(state, "runs", "r1"), filepath.Join(state, "passes.csv")
	j, err := journal.Begin(fsys, dir, head(), wrap)
	must(t, err)
	must(t, j.Intend([]journal.Intent{{Row: 0}}))
	must(t, j.Record([]journal.Outcome{made(0, "code0")}))
	wantModes(t, state, "lock", "key", "journal")
	if _, _, err := journal.Open(fsys, dir); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	must(t, j.Close())

	torn, err := os.OpenFile(filepath.Join(dir, "journal"), os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = torn.WriteString(`{"sum":"`)
	must(t, errors.Join(err, torn.Close()))
	j, _, err = journal.Open(fsys, dir)
	must(t, err)
	if got := outcomes(t, j)[0].Result.Passcode.Reveal(); got != "code0" {
		t.Errorf("got %q", got)
	}
	must(t, os.WriteFile(out, []byte("older, and for all to read"), 0o666))
	for range 2 { // the second finds the file of the first
		size, sum, err := journal.WriteWhole(fsys, out, func(w io.Writer) error { _, err := io.WriteString(w, "abc"); return err })
		must(t, err)
		must(t, j.Complete(journal.Complete{Path: out, Size: size, SHA256: sum, At: noon}))
	}
	wantModes(t, state, "lock", "key", "journal", "passes.csv")
	must(t, j.Retire())
	must(t, j.Close())
	wantModes(t, state, "lock", "receipt", "passes.csv")
	if r, err := journal.ReadReceipt(fsys, dir); err != nil || len(listed(t, fsys, dir)) != 1 || r.Complete.Size != 3 || !r.Complete.At.Equal(noon) {
		t.Errorf("%+v %v", r, err)
	}
	must(t, journal.Discard(fsys, dir))
	must(t, journal.Discard(fsys, dir))
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the discard: %v", err)
	}
}

// A new file is ours: what somebody else put there, readable for all or a link, is not written into.
func TestCreateIsNew(t *testing.T) {
	dir := t.TempDir()
	path, theirs := filepath.Join(dir, "x"), filepath.Join(dir, "theirs")
	must(t, os.WriteFile(theirs, nil, 0o666))
	if err := os.Symlink(theirs, path); err != nil {
		t.Skip(err)
	}
	f, err := journal.OS().Create(path)
	must(t, err)
	_, err = io.WriteString(f, "a passcode")
	must(t, errors.Join(err, f.Close()))
	if b, err := os.ReadFile(theirs); err != nil || len(b) > 0 {
		t.Errorf("%q %v", b, err)
	}
	if info, err := os.Lstat(path); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

// A lock on a file that its holder removed meanwhile is none.
func TestLockThatIsGone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be removed there")
	}
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := journal.OS().Lock(path)
	must(t, err)
	must(t, journal.OS().Remove(path))
	second, err := journal.OS().Lock(path) // another file
	must(t, err)
	if _, err := journal.OS().Lock(path); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("got %v", err)
	}
	must(t, errors.Join(unlock(), second()))
	if _, err := journal.OS().Lock(filepath.Join(t.TempDir(), "absent", "lock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in no folder: %v", err)
	}
}
