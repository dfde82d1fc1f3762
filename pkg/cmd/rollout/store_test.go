package rollout

import (
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal/memfs"
)

// between is a file system in which another process acts when the n-th file is opened.
type between struct {
	journal.FS
	n   int
	act func()
}

func (b *between) Open(path string) (journal.Reader, error) {
	if b.n--; b.n == 0 {
		b.act()
	}
	return b.FS.Open(path)
}

// A run that another process retires while it is looked at is neither missed nor unreadable, nor are its rows.
func TestARunIsRetiredMeanwhile(t *testing.T) {
	for n := 1; n < 12; n++ {
		s := newStore(t)
		dir := s.path(id(complete))
		retire := func() { must(t, journal.Finish(s.fs, dir)) }
		k := store{fs: &between{s.fs, n, retire}, dir: s.dir, now: s.now}.read(id(complete))
		if k == nil || k.Err != nil || k.state() != "done" || k.finished().IsZero() || k.Job == nil {
			t.Errorf("retired at the open %d: %+v", n, k)
		}
		s = newStore(t)
		open := s.read(id(complete))
		open.Complete = nil // as it was looked at before its complete line
		list, err := store{fs: &between{s.fs, n, retire}, dir: s.dir, now: s.now}.rows(open)
		if err != nil || len(list) != 1 || list[0].outcome != "created" {
			t.Errorf("retired at the open %d: %v, %v", n, list, err)
		}
	}
}

// A run that another process discards while it is looked at is no run.
func TestARunIsDiscardedMeanwhile(t *testing.T) {
	for n := 1; n < 12; n++ {
		s := newStore(t)
		gone := false
		k := store{fs: &between{s.fs, n, func() { gone = true; must(t, s.discard(id(open))) }}, dir: s.dir, now: s.now}.read(id(open))
		if k != nil && k.Err != nil || !gone && n < 4 {
			t.Errorf("discarded at the open %d: %+v", n, k)
		}
	}
}

// A run tells which it is without its job, and a job nothing without its run.
func TestUnreadableRuns(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(s store, dir string) error
		told  bool
	}{
		"its job":      {func(s store, dir string) error { return s.put(dir+"/job.json", "x") }, true},
		"no job":       {func(s store, dir string) error { return s.fs.Remove(dir + "/job.json") }, true},
		"its head":     {func(s store, dir string) error { return s.put(dir+"/journal", "{}\n{}\n") }, false},
		"its receipt":  {func(s store, dir string) error { return s.put(dir+"/receipt", "{}\n{}\n") }, false},
		"half of that": {func(s store, dir string) error { return s.put(dir+"/receipt", "{") }, false},
	} {
		s := newStore(t)
		must(t, c.spoil(s, s.path(id(open))))
		k := s.read(id(open))
		if k == nil || k.Err == nil || k.state() != "unreadable" || k.told() != c.told || k.over() {
			t.Errorf("%s: %+v", name, k)
			continue
		}
		r := &run{CreateOptions: &CreateOptions{}, identity: k.Head.Identity, seen: map[string]*known{}}
		if same, err := r.same([]*known{k}); c.told && same != k || !c.told && err == nil {
			t.Errorf("%s: %v, %v", name, same, err)
		}
		s.now = s.now.Add(100 * 24 * time.Hour)
		s.tidy()
		if _, err := s.fs.ReadFile(s.path(id(open)) + "/lock"); err != nil {
			t.Errorf("%s: tidied away: %v", name, err)
		}
		must(t, s.discard(id(open)))
	}
}

// The first of the runs of one identity is abandoned, whoever is asked.
func TestAbandoned(t *testing.T) {
	s := store{fs: memfs.New(), dir: "/state/runs", now: begun}
	for _, end := range []string{"0001", "0002", "0003"} {
		identity := map[string]string{"0001": "a", "0002": "b", "0003": "a"}[end]
		must(t, s.save(id(end), &savedJob{}))
		j, err := journal.Begin(s.fs, s.path(id(end)), journal.Head{Run: id(end), Identity: identity, Begun: begun}, nil)
		must(t, err)
		must(t, j.Close())
	}
	runs, err := s.all()
	must(t, err)
	for i, want := range []string{"abandoned", "unfinished", "unfinished"} {
		if got := runs[i].state(); got != want || runs[i].over() != (want == "abandoned") {
			t.Errorf("run %d is %s, want %s", i, got, want)
		}
	}
}
