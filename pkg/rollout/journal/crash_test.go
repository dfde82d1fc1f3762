package journal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal/memfs"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

const (
	runDir  = "/state/tap/runs/r1"
	outFile = "/home/passes.csv.age"
	old     = "an older result"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// The rows of the run: row failing is refused, row slow is confirmed after a first outcome that is not final.
const (
	rows    = 5
	failing = 1
	slow    = 3
)

// losses are the ways in which a crash may leave a file system.
var losses = map[string]func(*memfs.FS) *memfs.FS{
	"killed":    func(f *memfs.FS) *memfs.FS { return f.Survive(true) },
	"power":     func(f *memfs.FS) *memfs.FS { return f.Survive(false) },
	"torn":      (*memfs.FS).SurviveTorn,
	"reordered": (*memfs.FS).SurviveReordered,
}

// world is a tenant, and what a run in it was told is durable: by a call that returned nil, or by a story.
type world struct {
	codes    map[int]string // what the tenant holds
	issued   int
	begun    bool
	intents  map[int]bool
	final    map[int]string // the code of each row that is done
	interim  map[int]string // the same, not final
	whole    bool           // the result
	complete bool
	retired  bool
}

func newWorld() *world {
	return &world{codes: map[int]string{}, intents: map[int]bool{}, final: map[int]string{}, interim: map[int]string{}}
}

func (w *world) clone() *world {
	c := *w
	c.codes, c.intents, c.final, c.interim = maps.Clone(w.codes), maps.Clone(w.intents), maps.Clone(w.final), maps.Clone(w.interim)
	return &c
}

func newFS(t *testing.T) *memfs.FS {
	t.Helper()
	f := memfs.New()
	err := errors.Join(f.MkdirAll(filepath.Dir(outFile)), f.SyncDir("/"))
	_, _, werr := journal.WriteWhole(f, outFile, func(w io.Writer) error { _, err := io.WriteString(w, old); return err })
	if err := errors.Join(err, werr); err != nil {
		t.Fatal(err)
	}
	return f
}

func head() journal.Head {
	return journal.Head{Run: "r1", Identity: "00ff", Begun: noon, Cloud: "global", Tenant: "contoso", Command: "tap create --file new.csv", Users: []string{"a@contoso.com"}}
}

func wrap(key []byte) (string, error) { return fmt.Sprintf("armoured %x", sha256.Sum256(key)), nil }

// promised is the error where something that was told to be durable is not.
func promised(format string, args ...any) error { return fmt.Errorf("promised: "+format, args...) }

// run begins the run or goes on with it, and ends it.
func (w *world) run(f journal.FS) error {
	j, story, err := journal.Open(f, runDir)
	var finished *journal.FinishedError
	switch {
	case errors.As(err, &finished):
		w.retired = true
		return w.heardReceipt(f, finished.Receipt)
	case errors.Is(err, journal.ErrNotBegun) && w.begun:
		return promised("the run was begun: %w", err)
	case errors.Is(err, journal.ErrNotBegun):
		if j, err = journal.Begin(f, runDir, head(), wrap); err != nil {
			return err
		}
		story = &journal.Story{Head: head()}
	case err != nil:
		return err
	}
	defer j.Close()
	w.begun = true
	if err := w.heard(j, story); err != nil {
		return err
	}
	if story.Complete == nil {
		if err := w.work(f, j); err != nil {
			return err
		}
	}
	if err := j.Retire(); err != nil {
		return err
	}
	w.retired = true
	return nil
}

// work makes the passes that are missing, the result, and says so.
func (w *world) work(f journal.FS, j *journal.Journal) error {
	for _, batch := range [][]int{{0, 1}, {2, 3, 4}, {slow}} {
		batch = slices.DeleteFunc(slices.Clone(batch), func(row int) bool { _, done := w.final[row]; return done })
		if err := w.post(j, batch); err != nil {
			return err
		}
	}
	size, sum, err := journal.WriteWhole(f, outFile, func(out io.Writer) error {
		return j.Each(func(o journal.Outcome) error {
			_, err := fmt.Fprintf(out, "%d %x\n", o.Row, sha256.Sum256([]byte(o.Result.Passcode.Reveal())))
			return err
		})
	})
	if err != nil {
		return err
	}
	w.whole = true
	if err := j.Complete(journal.Complete{Path: outFile, Size: size, SHA256: sum, ExitCode: 3, At: noon}); err != nil {
		return err
	}
	w.complete = true
	return nil
}

func (w *world) post(j *journal.Journal, batch []int) error {
	var intents []journal.Intent
	var outcomes []journal.Outcome
	known := "none"
	for _, row := range batch {
		intents = append(intents, journal.Intent{Row: row, User: user(row), Known: &known, At: noon})
	}
	if err := j.Intend(intents); err != nil {
		return err
	}
	for _, row := range batch {
		w.intents[row] = true
		outcomes = append(outcomes, w.outcome(row))
	}
	if err := j.Record(outcomes); err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.Confirm.IsZero() {
			w.final[o.Row] = o.Result.Passcode.Reveal()
			delete(w.intents, o.Row)
		} else {
			w.interim[o.Row] = o.Result.Passcode.Reveal()
		}
	}
	return nil
}

func user(row int) string { return fmt.Sprintf("user%d@contoso.com", row) }

// outcome is what the tenant does with a row.
func (w *world) outcome(row int) journal.Outcome {
	r := pass.Result{Ref: person.Ref(user(row)), Outcome: pass.OutcomeCreated, At: noon, Warnings: []string{"w"}}
	o := journal.Outcome{Row: row, Result: r}
	code, seen := w.interim[row]
	switch {
	case row == failing:
		o.Result.Outcome, o.Result.Reason = pass.OutcomeRefused, errs.NotTargeted
		o.Result.Err = &errs.Error{Slug: errs.Rejected, Reason: errs.NotTargeted, Why: "no includeTarget reaches the user"}
		return o
	case seen:
	default:
		w.issued++
		code = fmt.Sprintf("pass+code/%d&%d", row, w.issued)
		w.codes[row] = code
		if row == slow {
			o.Confirm = noon.Add(time.Minute)
		}
	}
	o.Result.Pass, o.Result.Passcode = pass.Pass{ID: "id-" + code[9:], Start: noon, Lifetime: time.Hour}, secret.New(code)
	return o
}

// heard holds a story against what was promised, and takes what it tells as promised from now on.
func (w *world) heard(j *journal.Journal, s *journal.Story) error {
	told := map[int]journal.Outcome{}
	if err := j.Each(func(o journal.Outcome) error { told[o.Row] = o; return nil }); err != nil {
		return err
	}
	if s.Head.Run != "r1" || s.Head.Command != head().Command {
		return promised("the head, got %+v", s.Head)
	}
	for row := range rows {
		o, recorded := told[row]
		_, intended := s.Intents[row]
		code, done := w.final[row]
		isFinal := recorded && o.Confirm.IsZero()
		if _, doubtful := s.Doubtful[row]; s.Done[row] != isFinal || doubtful != (recorded && !isFinal) {
			return promised("the story tells the outcomes, row %d: done %v, doubtful %v, got %+v", row, s.Done[row], doubtful, o)
		}
		switch {
		case done && (!isFinal || o.Result.Passcode.Reveal() != code || intended):
			return promised("row %d is done, got %+v, intended %v", row, o, intended)
		case !done && w.interim[row] != "" && (!recorded || o.Result.Passcode.Reveal() != w.interim[row]):
			return promised("row %d has an outcome that is not final, got %+v", row, o)
		case !done && w.intents[row] && !intended && !isFinal:
			return promised("row %d was intended", row)
		}
		switch {
		case isFinal:
			w.final[row] = o.Result.Passcode.Reveal()
		case recorded:
			w.interim[row] = o.Result.Passcode.Reveal()
		}
		w.intents[row] = intended
	}
	if w.complete && s.Complete == nil {
		return promised("the run is complete")
	}
	w.complete = s.Complete != nil
	w.whole = w.whole || w.complete
	return nil
}

func (w *world) heardReceipt(f journal.FS, r *journal.Receipt) error {
	var told []journal.ReceiptRow
	if err := journal.Rows(f, runDir, func(row journal.ReceiptRow) error { told = append(told, row); return nil }); err != nil {
		return err
	}
	if r.Head.Key != "" || r.Complete.Path != outFile || r.Complete.ExitCode != 3 || len(told) != rows {
		return promised("a receipt of %d rows, got %+v", rows, r)
	}
	for row, got := range told {
		want := "id-" + w.codes[row][min(9, len(w.codes[row])):]
		if row == failing {
			want = ""
		}
		if got.Row != row || got.User != user(row) || got.PassID != want || (row == failing) != (got.Reason == errs.NotTargeted && got.Error != "") {
			return promised("row %d has the pass %s, got %+v", row, want, got)
		}
	}
	return nil
}

// result is what the result is when it is whole.
func (w *world) result() string {
	var b bytes.Buffer
	for row := range rows {
		fmt.Fprintf(&b, "%d %x\n", row, sha256.Sum256([]byte(w.codes[row])))
	}
	return b.String()
}

// look holds the files themselves against what was promised.
func (w *world) look(f *memfs.FS) error {
	files := f.Files()
	for path, b := range files {
		for _, code := range w.codes {
			if bytes.Contains(b, []byte("code/")) || bytes.Contains(b, []byte(base64.StdEncoding.EncodeToString([]byte(code)))) {
				return fmt.Errorf("%s shows a passcode: %q", path, b)
			}
		}
	}
	in := func(name string) bool { _, ok := files[runDir+"/"+name]; return ok }
	switch got := string(files[outFile]); {
	case w.retired && (in("key") || in("journal") || !in("receipt")):
		return promised("the receipt alone, got %v", slices.Sorted(maps.Keys(files)))
	case in("receipt") && in("journal") && !in("key"):
		return promised("a key goes after its journal, got %v", slices.Sorted(maps.Keys(files)))
	case got != w.result() && (w.whole || got != old):
		return promised("the result is whole, or the older one: %q", got)
	}
	return nil
}

// end is how a run ends when nothing crashes any more.
func (w *world) end(f *memfs.FS) error {
	done := maps.Clone(w.final)
	if err := w.run(f); err != nil {
		return err
	}
	w.whole = true
	for row, code := range done {
		if w.codes[row] != code {
			return promised("row %d is done with %q, the tenant holds %q", row, code, w.codes[row])
		}
	}
	if _, _, err := journal.Open(f, runDir); !errors.Is(err, journal.ErrFinished) {
		return promised("the run is finished: %w", err)
	}
	return w.look(f)
}

// stops runs until the k-th step, and returns what is left after it. The last is false where the run came to its end before.
func (w *world) stops(t *testing.T, f *memfs.FS, k int, loss func(*memfs.FS) *memfs.FS) (*memfs.FS, bool, error) {
	t.Helper()
	f.CrashAt(k)
	err := w.run(f)
	if err != nil && !errors.Is(err, memfs.ErrCrashed) {
		return nil, true, err
	}
	left := loss(f)
	return left, err != nil, w.look(left)
}

// A run that crashes at any step, and whose resume crashes at any step, each in every way, ends as one that does not.
func TestCrashes(t *testing.T) {
	for first, lose := range losses {
		t.Run(first, func(t *testing.T) {
			t.Parallel()
			for k := 1; ; k++ {
				w := newWorld()
				left, crashed, err := w.stops(t, newFS(t), k, lose)
				if err != nil {
					t.Fatalf("crash at step %d: %v", k, err)
				}
				crashAgain(t, w, left, fmt.Sprintf("%s at step %d", first, k))
				if !crashed {
					if k < 30 {
						t.Errorf("the run had %d steps", k)
					}
					return
				}
			}
		})
	}
}

func crashAgain(t *testing.T, before *world, left *memfs.FS, story string) {
	t.Helper()
	for second, lose := range losses {
		for k := 1; ; k++ {
			w := before.clone()
			again, crashed, err := w.stops(t, left.Survive(true), k, lose)
			if err == nil {
				err = w.end(again)
			}
			if err != nil {
				t.Fatalf("%s, then %s at step %d: %v", story, second, k, err)
			}
			if !crashed {
				break
			}
		}
	}
}

// A run that is discarded loses its key before anything else, whenever it crashes, and may be discarded again.
func TestDiscardCrashes(t *testing.T) {
	for _, finished := range []bool{false, true} {
		for name, lose := range losses {
			for k := 1; ; k++ {
				w, f := newWorld(), newFS(t)
				if !finished {
					f.CrashAt(20)
				}
				_ = w.run(f)
				f = f.Survive(true)
				f.CrashAt(k)
				err := journal.Discard(f, runDir)
				left := lose(f)
				files := left.Files()
				_, key := files[runDir+"/key"]
				_, lines := files[runDir+"/journal"]
				_, receipt := files[runDir+"/receipt"]
				if key && !lines || err == nil && (key || lines || receipt) {
					t.Fatalf("finished %v, %s at step %d of a discard: %v, key %v, journal %v, receipt %v", finished, name, k, err, key, lines, receipt)
				}
				if err := journal.Discard(left, runDir); err != nil {
					t.Fatal(err)
				}
				if names, err := left.ReadDir(filepath.Dir(runDir)); err != nil || len(names) > 0 {
					t.Fatalf("left after a discard: %v %v", names, err)
				}
				if err == nil {
					break
				}
			}
		}
	}
}
