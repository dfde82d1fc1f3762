package rollout

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal/memfs"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

var begun = time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)

// The ends of the ids of the runs in a store. Its users hold passes until 16:00.
const (
	done     = "d00e" // finished
	open     = "09e0" // not finished
	never    = "0e0e" // its head was never written
	complete = "c0c0" // killed after its complete line
	half     = "4a1f" // killed when its receipt was there
)

func id(end string) string { return begun.Format(idTime) + "-" + end }

func newStore(t *testing.T) store {
	t.Helper()
	s := store{fs: memfs.New(), dir: "/state/runs", now: begun}
	for _, end := range []string{done, open, never, complete, half} {
		must(t, s.save(id(end), &savedJob{Tenant: "t", Rows: []savedRow{{Line: 2}}}))
		if end == never {
			continue
		}
		j, err := journal.Begin(s.fs, s.path(id(end)), journal.Head{Run: id(end), Identity: end, Begun: begun, Users: []string{"u"}}, nil)
		must(t, err)
		must(t, j.Record([]journal.Outcome{{Result: pass.Result{
			Outcome: pass.OutcomeCreated, Pass: pass.Pass{ID: "p", Start: begun, Lifetime: 8 * time.Hour}, Passcode: secret.New("code"),
		}}}))
		if end != open {
			must(t, j.Complete(journal.Complete{Path: "/passes.csv", At: begun}))
		}
		if end == done {
			must(t, j.Retire())
		}
		if end == half {
			s.putBack(t, s.path(id(half)), j)
		}
		must(t, j.Close())
	}
	return s
}

// putBack retires a run, and puts back what goes after the receipt is there.
func (s store) putBack(t *testing.T, dir string, j *journal.Journal) {
	t.Helper()
	was := map[string]string{}
	for _, name := range []string{"/journal", "/key"} {
		b, err := s.fs.ReadFile(dir + name)
		must(t, err)
		was[name] = string(b)
	}
	must(t, j.Retire())
	for name, content := range was {
		must(t, s.put(dir+name, content))
	}
}

func (s store) put(path, content string) error {
	w, err := s.fs.Create(path)
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	return err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What the store holds of each run, after so long.
func TestTidy(t *testing.T) {
	retired := " complete/receipt done/receipt half/receipt"
	for _, c := range []struct {
		after time.Duration
		left  string
		state string // of the run that is open
	}{
		{time.Minute, "never/job.json open/job.json open/journal open/key" + retired, "unfinished"},
		{23 * time.Hour, "never/job.json open/job.json open/journal open/key" + retired, "unfinished"},
		{25 * time.Hour, "open/job.json open/journal open/key" + retired, "unfinished"},
		{33 * time.Hour, "open/job.json open/journal" + retired, "expired"},
		{30*24*time.Hour - time.Minute, "open/job.json open/journal" + retired, "expired"},
		{30*24*time.Hour + time.Minute, "open/job.json open/journal", "expired"},
		{30*24*time.Hour + 9*time.Hour, "", ""},
	} {
		t.Run(c.after.String(), func(t *testing.T) {
			s := newStore(t)
			s.now = begun.Add(c.after)
			s.tidy()
			s.tidy() // what the next command does: the key goes first, then the rest
			var left []string
			for end, name := range map[string]string{done: "done", open: "open", never: "never", complete: "complete", half: "half"} {
				names, err := s.fs.ReadDir(s.path(id(end)))
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Error(err)
				}
				for _, n := range names {
					if n != "lock" && (n != jobFile || name == "open" || name == "never") {
						left = append(left, name+"/"+n)
					}
				}
			}
			slices.Sort(left)
			if want := strings.Fields(c.left); !slices.Equal(left, sorted(want)) {
				t.Errorf("left: %v, want %v", left, want)
			}
			state := ""
			if k := s.read(id(open)); k != nil {
				state = k.state()
			}
			if state != c.state {
				t.Errorf("the open run is %q, want %q", state, c.state)
			}
		})
	}
}

func sorted(s []string) []string { slices.Sort(s); return s }

// A run that another process is at work on is left alone.
func TestTidyLeavesWhatIsHeld(t *testing.T) {
	s := newStore(t)
	release, err := journal.Hold(s.fs, s.path(id(open)))
	must(t, err)
	s.now = begun.Add(33 * time.Hour)
	s.tidy()
	if _, err := s.fs.ReadFile(s.path(id(open)) + "/key"); err != nil {
		t.Error(err)
	}
	must(t, release())
}

// What only looks like a run stays, and is no run.
func TestForeignFoldersStay(t *testing.T) {
	s := store{fs: memfs.New(), dir: "/theirs", now: begun.Add(100 * 24 * time.Hour)}
	theirs := []string{"20240102-120000-x/key", "20240101-120000-photos/one", "20240103-120000-ab12/key", "20240104-120000-ab12/notes", "20241399-120000-ab12/job.json"}
	for _, path := range theirs {
		must(t, s.fs.MkdirAll("/theirs/"+path[:strings.Index(path, "/")]))
		must(t, s.put("/theirs/"+path, "theirs"))
	}
	must(t, s.fs.MkdirAll("/theirs/20240101-120000-empty"))
	must(t, s.fs.MkdirAll("/theirs/20240105-120000-ab12"))
	must(t, s.put("/theirs/20240105-120000-ab12/.job.json.tap-part", "of ours, which crashed"))
	s.tidy()
	runs, err := s.all()
	if err != nil || len(runs) > 0 {
		t.Errorf("%d runs, %v", len(runs), err)
	}
	for _, path := range theirs {
		if _, err := s.fs.ReadFile("/theirs/" + path); err != nil {
			t.Error(err)
		}
	}
	names, err := s.fs.ReadDir("/theirs")
	if err != nil || len(names) != len(theirs)+1 || !slices.Contains(names, "20240101-120000-empty") {
		t.Errorf("left: %v, %v", names, err)
	}
}
