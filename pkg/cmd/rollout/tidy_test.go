package rollout

import (
	"slices"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal/memfs"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// What lies in the store is one of each: a run that is done, one that is not, and one that was never begun.
func newStore(t *testing.T, begun time.Time) store {
	t.Helper()
	s := store{memfs.New(), "/state/runs"}
	id := begun.Format(idTime)
	for _, end := range []string{"done", "open", "none"} {
		run := id + "-" + end
		must(t, s.save(run, &savedJob{Tenant: "t", Rows: []savedRow{{Line: 2}}}))
		if end == "none" {
			continue
		}
		j, err := journal.Begin(s.fs, s.path(run), journal.Head{Run: run, Begun: begun, Users: []string{"u"}}, nil)
		must(t, err)
		must(t, j.Record([]journal.Outcome{{Result: pass.Result{
			Outcome: pass.OutcomeCreated, Pass: pass.Pass{ID: "p", Start: begun, Lifetime: 8 * time.Hour}, Passcode: secret.New("code"),
		}}}))
		if end == "done" {
			must(t, j.Complete(journal.Complete{Path: "/passes.csv", At: begun}))
			must(t, j.Retire())
		}
		must(t, j.Close())
	}
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTidy(t *testing.T) {
	begun := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		after time.Duration
		runs  []string // that are left, with what is left of them
	}{
		{23 * time.Hour, []string{"done/receipt", "none/job.json", "open/job.json", "open/key"}},
		{25 * time.Hour, []string{"done/receipt", "open/job.json", "open/key"}},
		{33 * time.Hour, []string{"done/receipt", "open/job.json"}},
		{30*24*time.Hour - time.Minute, []string{"done/receipt", "open/job.json"}},
		{30*24*time.Hour + time.Minute, []string{"open/job.json"}},
	} {
		t.Run(c.after.String(), func(t *testing.T) {
			s := newStore(t, begun)
			s.tidy(begun.Add(c.after))
			var left []string
			for _, end := range []string{"done", "none", "open"} {
				for _, name := range []string{"receipt", "job.json", "key"} {
					_, err := s.fs.ReadFile(s.path(begun.Format(idTime)+"-"+end) + "/" + name)
					if err == nil && (end != "done" || name == "receipt") {
						left = append(left, end+"/"+name)
					}
				}
			}
			if !slices.Equal(left, c.runs) {
				t.Errorf("left: %v, want %v", left, c.runs)
			}
		})
	}
}
