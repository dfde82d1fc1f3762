package journal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal/memfs"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// begin begins a run in a new file system.
func begin(t *testing.T) (*memfs.FS, *journal.Journal) {
	t.Helper()
	f := memfs.New()
	j, err := journal.Begin(f, runDir, head(), wrap)
	if err != nil {
		t.Fatal(err)
	}
	return f, j
}

// reopen closes the journal and opens it again.
func reopen(t *testing.T, f journal.FS, j *journal.Journal) (*journal.Journal, *journal.Story) {
	t.Helper()
	must(t, j.Close())
	j, s, err := journal.Open(f, runDir)
	if err != nil {
		t.Fatal(err)
	}
	return j, s
}

// outcomes are what the journal has of its rows.
func outcomes(t *testing.T, j *journal.Journal) map[int]journal.Outcome {
	t.Helper()
	all := map[int]journal.Outcome{}
	must(t, j.Each(func(o journal.Outcome) error { all[o.Row] = o; return nil }))
	return all
}

// listed are the rows that Rows tells.
func listed(t *testing.T, f journal.FS, dir string) (all []journal.ReceiptRow) {
	t.Helper()
	must(t, journal.Rows(f, dir, func(r journal.ReceiptRow) error { all = append(all, r); return nil }))
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantLocal(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || errs.Of(err).Slug != errs.LocalFault || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want a local error with %q", err, text)
	}
}

func put(t *testing.T, f *memfs.FS, name string, content []byte) {
	t.Helper()
	w, err := f.Create(runDir + "/" + name)
	must(t, err)
	_, err = w.Write(content)
	must(t, err)
}

func made(row int, code string) journal.Outcome {
	return journal.Outcome{Row: row, Result: pass.Result{Outcome: pass.OutcomeCreated, Passcode: secret.New(code)}}
}

// fill gives every field of v, at every depth, a value that is not zero.
func fill(v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(noon.Add(123456789)))
	case v.Type() == reflect.TypeFor[secret.Text]():
		v.Set(reflect.ValueOf(secret.New("+drkz\xffqAD")))
	case v.Type() == reflect.TypeFor[error]():
		v.Set(reflect.ValueOf(pass.ErrUnseen))
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
	case v.Kind() == reflect.String:
		v.SetString("<text> of " + v.Type().Name() + "\nü\u2028")
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(v.Int() + 7)
	}
}

// What is recorded comes back whole: a field that pkg/pass gets must be kept too.
func TestWhatIsKept(t *testing.T) {
	t.Parallel()
	f, j := begin(t)
	var o journal.Outcome
	fill(reflect.ValueOf(&o).Elem())
	final := made(8, "final")
	id, none := "id", ""
	intents := []journal.Intent{{Row: 1, User: "a", Known: &id, At: noon}, {Row: 2, User: "b", Known: &none, At: noon}, {Row: 3, User: "c", At: noon}, {Row: 7}, {Row: 8}}
	done := journal.Complete{Path: outFile, Size: 7, SHA256: "ff", ExitCode: 3, At: noon}
	must(t, j.Intend(intents))
	must(t, j.Record([]journal.Outcome{o, final}))
	must(t, j.Complete(done))
	j, s := reopen(t, f, j)
	defer j.Close()

	reveal := cmp.Transformer("reveal", secret.Text.Reveal)
	unseen := cmp.Comparer(func(a, b error) bool { return errors.Is(a, pass.ErrUnseen) && errors.Is(b, pass.ErrUnseen) })
	causes := cmp.FilterPath(func(p cmp.Path) bool {
		return p.Last().String() == ".Err" && p.Last().Type() == reflect.TypeFor[error]()
	}, unseen)
	if d := cmp.Diff(map[int]journal.Outcome{7: o}, s.Doubtful, reveal, causes); d != "" || len(s.Done) != 1 || !s.Done[8] {
		t.Errorf("done %v, doubtful: %s", s.Done, d)
	}
	want := map[int]journal.Intent{1: intents[0], 2: intents[1], 3: intents[2], 7: intents[3]} // 7 is to be confirmed
	if d := cmp.Diff(want, s.Intents); d != "" {
		t.Errorf("intents: %s", d)
	}
	h := head()
	h.Key = s.Head.Key
	if d := cmp.Diff(h, s.Head); d != "" || !strings.HasPrefix(s.Head.Key, "armoured ") {
		t.Errorf("head: %s %q", d, s.Head.Key)
	}
	if d := cmp.Diff(&done, s.Complete); d != "" {
		t.Errorf("complete: %s", d)
	}
	var got []journal.Outcome
	must(t, j.Each(func(o journal.Outcome) error { got = append(got, o); return nil }))
	if d := cmp.Diff([]journal.Outcome{o, final}, got, reveal, causes); d != "" {
		t.Errorf("each: %s", d)
	}
	if err := j.Each(func(journal.Outcome) error { return io.ErrUnexpectedEOF }); !errors.Is(err, io.ErrUnexpectedEOF) || err != io.ErrUnexpectedEOF { //nolint:errorlint // as it is
		t.Errorf("each: %v", err)
	}
}

// The text of a cause is kept where it is all that an error says.
func TestCauses(t *testing.T) {
	t.Parallel()
	f, j := begin(t)
	o := made(0, "")
	o.Result.Err = errs.Local("reading", "x", fs.ErrPermission)
	must(t, j.Record([]journal.Outcome{o}))
	j, _ = reopen(t, f, j)
	defer j.Close()
	if got := outcomes(t, j)[0].Result.Err; got.Error() != o.Result.Err.Error() || errors.Is(got, pass.ErrUnseen) {
		t.Errorf("got %v", got)
	}
}

func TestIntentAfterAnOutcome(t *testing.T) {
	t.Parallel()
	f, j := begin(t)
	must(t, j.Intend([]journal.Intent{{Row: 1, User: "first"}}))
	must(t, j.Record([]journal.Outcome{made(1, "")}))
	must(t, j.Intend([]journal.Intent{{Row: 1, User: "second"}}))
	j, s := reopen(t, f, j)
	defer j.Close()
	if !s.Done[1] || s.Intents[1].User != "second" {
		t.Errorf("%+v", s)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	f, j := begin(t)
	must(t, j.Record([]journal.Outcome{made(0, "+drkzqAD")}))
	is := func(what string, err, want error, text string) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
		wantLocal(t, err, text)
	}
	_, _, err := journal.Open(f, runDir)
	is("Open of a run in use", err, journal.ErrLocked, "another process")
	_, err = journal.Begin(f, runDir, head(), nil)
	is("Begin of a run in use", err, journal.ErrLocked, "another process")
	is("Discard of a run in use", journal.Discard(f, runDir), journal.ErrLocked, "another process")
	is("Forget of a run in use", journal.Forget(f, runDir), journal.ErrLocked, "another process")
	if s, err := journal.Peek(f, runDir); err != nil || !s.Done[0] {
		t.Errorf("Peek of a run in use: %+v %v", s, err)
	}
	if rows := listed(t, f, runDir); len(rows) != 1 || rows[0].Outcome != pass.OutcomeCreated {
		t.Errorf("Rows of a run in use: %+v", rows)
	}
	if h, err := journal.ReadHead(f, runDir); err != nil || h.Run != "r1" || h.Key == "" {
		t.Errorf("ReadHead of a run in use: %+v %v", h, err)
	}
	if err := j.Retire(); errs.Of(err).Slug != errs.Internal || !strings.Contains(err.Error(), "the run is not complete") {
		t.Errorf("Retire before Complete: %v", err)
	}
	must(t, j.Close())
	must(t, j.Close())
	is("Intend after Close", j.Intend([]journal.Intent{{}}), fs.ErrClosed, "writing the run's journal")

	_, err = journal.Begin(f, runDir, head(), nil)
	is("Begin of a run", err, journal.ErrBegun, "here already")
	_, _, err = journal.Open(f, "/state/elsewhere")
	is("Open of nothing", err, journal.ErrNotBegun, "no run was begun")
	_, err = journal.Peek(f, "/state/elsewhere")
	is("Peek of nothing", err, journal.ErrNotBegun, "no run was begun")
	_, err = journal.ReadHead(f, "/state/elsewhere")
	is("ReadHead of nothing", err, journal.ErrNotBegun, "no run was begun")
	is("Rows of nothing", journal.Rows(f, "/state/elsewhere", nil), journal.ErrNotBegun, "no run was begun")
	_, err = journal.ReadReceipt(f, runDir)
	is("receipt", err, fs.ErrNotExist, "receipt")
	for _, gone := range []string{"/state/elsewhere", "/state/tap"} { // nothing, and a folder without a run
		must(t, journal.Discard(f, gone))
	}

	before := f.Files()
	must(t, journal.Forget(f, runDir))
	if _, there := f.Survive(false).Files()[runDir+"/key"]; there {
		t.Error("a key that is forgotten comes back")
	}
	_, s, err := journal.Open(f, runDir)
	is("Open without a key", err, journal.ErrKeyGone, "the recipients can open the head line")
	if !s.Done[0] || s.Head.Key == "" {
		t.Errorf("without a key: %+v", s)
	}
	delete(before, runDir+"/key")
	if d := cmp.Diff(before, f.Files()); d != "" {
		t.Errorf("without a key something was written: %s", d)
	}
}

func TestKeyGone(t *testing.T) {
	t.Parallel()
	f := memfs.New()
	j, err := journal.Begin(f, runDir, head(), nil)
	must(t, err)
	must(t, j.Record([]journal.Outcome{made(0, "+drkzqAD")}))
	must(t, j.Close())
	key := f.Files()[runDir+"/key"]
	if len(key) != 32 || bytes.Equal(key, make([]byte, 32)) {
		t.Errorf("the key is %x", key)
	}
	put(t, f, "key", key[:31])
	if _, _, err := journal.Open(f, runDir); !errors.Is(err, journal.ErrKeyGone) || !strings.Contains(err.Error(), "it had no recipients") {
		t.Errorf("a key that is none: %v", err)
	}
	put(t, f, "key", bytes.Repeat([]byte{1}, 32))
	_, _, err = journal.Open(f, runDir)
	wantLocal(t, err, "row 0: the passcode does not open")

	put(t, f, "key", key)
	j, _, err = journal.Open(f, runDir)
	must(t, err)
	must(t, j.Complete(journal.Complete{Path: outFile}))
	must(t, j.Close())
	must(t, journal.Forget(f, runDir)) // complete: what is left to do needs no key
	j, s, err := journal.Open(f, runDir)
	must(t, err)
	if s.Complete == nil || !outcomes(t, j)[0].Result.Passcode.IsEmpty() {
		t.Errorf("%+v", s)
	}
	if err := j.Record([]journal.Outcome{made(1, "x")}); !errors.Is(err, journal.ErrKeyGone) {
		t.Errorf("a passcode without a key: %v", err)
	}
	must(t, j.Retire())
	must(t, j.Retire())
	must(t, j.Close())
	_, _, err = journal.Open(f, runDir)
	var done *journal.FinishedError
	if !errors.As(err, &done) || done.Receipt.Complete.Path != outFile || !strings.Contains(err.Error(), "its result is "+outFile) {
		t.Errorf("finished: %v", err)
	}
	if _, err := journal.Begin(f, runDir, head(), nil); !errors.Is(err, journal.ErrBegun) {
		t.Errorf("Begin on a receipt: %v", err)
	}
}

// Recipients that cannot be used are found before anything is written.
func TestWrapFails(t *testing.T) {
	t.Parallel()
	f := memfs.New()
	if _, err := journal.Begin(f, runDir, head(), func([]byte) (string, error) { return "", io.ErrNoProgress }); !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
	if steps := f.Steps(); len(steps) > 0 {
		t.Errorf("steps: %v", steps)
	}
}

// lines are those of the journal, as text.
func lines(f *memfs.FS) []string {
	return slices.Collect(strings.Lines(string(f.Files()[runDir+"/journal"])))
}

func TestTails(t *testing.T) {
	t.Parallel()
	f, j := begin(t)
	for row := range 3 {
		must(t, j.Record([]journal.Outcome{made(row, fmt.Sprint("code", row))}))
	}
	must(t, j.Close())
	whole := lines(f)
	spoil := func(s string) string { return strings.Replace(s, `"created"`, `"creates"`, 1) }
	for name, c := range map[string]struct {
		lines []string
		want  int    // outcomes
		fault string // or the error
	}{
		"whole":                          {whole, 3, ""},
		"half a line":                    {append(slices.Clone(whole), whole[1][:20]), 3, ""},
		"no line feed":                   {append(slices.Clone(whole[:3]), strings.TrimSuffix(whole[3], "\n")), 2, ""},
		"a last line of zeros":           {append(slices.Clone(whole), string(make([]byte, 100))), 3, ""},
		"a last line with a wrong sum":   {append(slices.Clone(whole[:3]), spoil(whole[3])), 2, ""},
		"a wrong sum before the end":     {[]string{whole[0], spoil(whole[1]), whole[2]}, 0, "the checksum of the line is wrong"},
		"a wrong sum before a torn tail": {[]string{whole[0], spoil(whole[1]), "{"}, 0, "at byte"},
		"zeros before the end":           {[]string{whole[0], string(make([]byte, 100)) + "\n", whole[2]}, 0, "the checksum of the line is wrong"},
		"no head":                        {whole[1:], 0, "the head line stands where"},
		"two heads":                      {[]string{whole[0], whole[0], whole[1]}, 0, "the head line stands where"},
		"a torn head":                    {[]string{whole[0][:40]}, 0, "no run was begun"},
		"nothing":                        {nil, 0, "no run was begun"},
		"a later version":                {[]string{again(strings.Replace(whole[0], `"version":1`, `"version":2`, 1))}, 0, "of version 2"},
		"another meaning":                {[]string{whole[0], again(strings.Replace(whole[1], `"row":0`, `"row":"0"`, 1)), whole[2]}, 0, "this version of tap cannot read the line"},
	} {
		t.Run(name, func(t *testing.T) {
			f := f.Survive(true)
			put(t, f, "journal", []byte(strings.Join(c.lines, "")))
			j, s, err := journal.Open(f, runDir)
			if c.fault != "" {
				wantLocal(t, err, c.fault)
				return
			}
			must(t, err)
			if len(s.Done) != c.want {
				t.Errorf("%d outcomes, want %d", len(s.Done), c.want)
			}
			must(t, j.Record([]journal.Outcome{made(9, "code9")}))
			j, s = reopen(t, f, j)
			defer j.Close()
			if got := outcomes(t, j)[9].Result.Passcode.Reveal(); len(s.Done) != c.want+1 || got != "code9" {
				t.Errorf("behind the tail: %d outcomes, %q", len(s.Done), got)
			}
		})
	}
}

// again gives a line the checksum that it should have.
func again(line string) string {
	_, entry, _ := strings.Cut(strings.TrimSuffix(line, "}\n"), `"entry":`)
	return fmt.Sprintf("{\"sum\":\"%08x\",\"entry\":%s}\n", crc32.Checksum([]byte(entry), crc32.MakeTable(crc32.Castagnoli)), entry)
}

// A line is JSON, one entry with its sum.
func TestLinesAreJSON(t *testing.T) {
	t.Parallel()
	f, j := begin(t)
	must(t, j.Record([]journal.Outcome{made(0, "code0")}))
	for _, l := range lines(f) {
		var got map[string]any
		if err := json.Unmarshal([]byte(l), &got); err != nil || len(got) != 2 || got["sum"] == "" || got["entry"] == nil {
			t.Errorf("%v: %s", err, l)
		}
	}
}

// A sealed passcode opens at its row of its run and nowhere else.
func TestSealsAreBound(t *testing.T) {
	t.Parallel()
	f, j := begin(t)
	must(t, j.Record([]journal.Outcome{made(0, "code0")}))
	must(t, j.Close())
	whole := lines(f)
	for name, c := range map[string][]string{
		"another row": {whole[0], again(strings.Replace(whole[1], `"row":0`, `"row":1`, 1)), whole[1]},
		"another run": {again(strings.Replace(whole[0], `"run":"r1"`, `"run":"r2"`, 1)), whole[1]},
	} {
		put(t, f, "journal", []byte(strings.Join(c, "")))
		_, _, err := journal.Open(f, runDir)
		wantLocal(t, err, "the passcode does not open")
		if t.Failed() {
			t.Fatal(name)
		}
	}
	put(t, f, "journal", []byte(whole[0]+again(whole[1])))
	j, _, err := journal.Open(f, runDir)
	must(t, err)
	defer j.Close()
	if got := outcomes(t, j)[0].Result.Passcode.Reveal(); got != "code0" {
		t.Errorf("in its place: %q", got)
	}
}

// slowDisk lets one fsync take a while.
type slowDisk struct{ journal.FS }

type slowFile struct{ journal.File }

func (d slowDisk) Append(path string) (journal.File, error) {
	f, err := d.FS.Append(path)
	return slowFile{f}, err
}

func (f slowFile) Sync() error {
	time.Sleep(time.Second)
	return f.File.Sync()
}

// Those who come while an fsync is under way share the next.
func TestGroupCommit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, j := begin(t)
		must(t, j.Close())
		j, _, err := journal.Open(slowDisk{f}, runDir)
		must(t, err)
		before := len(f.Steps())
		var all sync.WaitGroup
		for row := range 50 {
			all.Go(func() {
				if row > 0 {
					time.Sleep(500 * time.Millisecond)
				}
				if err := errors.Join(j.Intend([]journal.Intent{{Row: row}}), j.Record([]journal.Outcome{made(100+row, fmt.Sprint("code", row))})); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		// The first intent alone, then 49, then 49 outcomes, each a write and an fsync; the first outcome alone or with others.
		if steps := f.Steps()[before:]; len(steps) < 6 || len(steps) > 8 {
			t.Errorf("%d steps: %v", len(steps), steps)
		}
		j, s := reopen(t, f, j)
		defer j.Close()
		if len(s.Intents) != 50 || len(s.Done) != 50 || outcomes(t, j)[149].Result.Passcode.Reveal() != "code49" {
			t.Errorf("%d intents, %d outcomes", len(s.Intents), len(s.Done))
		}
	})
}

// A disk that is full breaks the journal, not what stands in it.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	f, j := begin(t)
	must(t, j.Record([]journal.Outcome{made(0, "code0")}))
	f.Room(30)
	err := j.Record([]journal.Outcome{made(1, "code1")})
	wantLocal(t, err, memfs.ErrFull.Error())
	f.Room(1 << 20)
	wantLocal(t, j.Record([]journal.Outcome{made(2, "code2")}), memfs.ErrFull.Error()) // behind half a line
	j, s := reopen(t, f, j)
	defer j.Close()
	if len(s.Done) != 1 {
		t.Errorf("%+v", s.Done)
	}
	f.Room(10)
	_, _, err = journal.WriteWhole(f, runDir+"/passes.csv", func(w io.Writer) error { _, err := io.WriteString(w, "a passcode in it"); return err })
	wantLocal(t, err, "writing: "+runDir+"/passes.csv: ")
	if names, _ := f.ReadDir(runDir); !slices.Equal(names, []string{"journal", "key", "lock"}) {
		t.Errorf("left: %v", names)
	}
}

func TestWriteWhole(t *testing.T) {
	t.Parallel()
	f := newFS(t)
	size, sum, err := journal.WriteWhole(f, outFile, func(w io.Writer) error { _, err := io.WriteString(w, "abc"); return err })
	if err != nil || size != 3 || sum != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("%d %s %v", size, sum, err)
	}
	denied := &errs.Error{Slug: errs.Denied, Why: "the vault says no"}
	if _, _, err := journal.WriteWhole(f, outFile, func(io.Writer) error { return denied }); errs.Of(err).Slug != errs.Denied {
		t.Errorf("the error of the writer: %v", err)
	}
	if got := f.Files(); len(got) != 1 || string(got[outFile]) != "abc" {
		t.Errorf("left: %q", got)
	}
}

// Other files in the folder are not ours.
func TestDiscardLeavesOthers(t *testing.T) {
	t.Parallel()
	f, j := begin(t)
	must(t, j.Close())
	put(t, f, "notes.txt", nil)
	must(t, journal.Discard(f, runDir))
	if names, err := f.Survive(false).ReadDir(runDir); err != nil || !slices.Equal(names, []string{"notes.txt"}) {
		t.Errorf("%v %v", names, err)
	}
}

// FuzzOpen opens a folder whose journal has any bytes: no panic, and what opens can be gone on with.
func FuzzOpen(f *testing.F) {
	seed := memfs.New()
	j, err := journal.Begin(seed, runDir, head(), wrap)
	if err == nil {
		err = errors.Join(j.Intend([]journal.Intent{{Row: 1}}), j.Record([]journal.Outcome{made(1, "code1")}), j.Complete(journal.Complete{}), j.Close())
	}
	if err != nil {
		f.Fatal(err)
	}
	whole := strings.Join(lines(seed), "")
	f.Add([]byte(whole), false)
	f.Add([]byte(whole[:len(whole)-9]), true)
	f.Add([]byte(again("{\"entry\":{\"version\":1,\"head\":{}}}\n")+again("{\"entry\":{\"row\":{},\"complete\":{}}}\n")), true)
	f.Add([]byte("{\"sum\":\"00000000\",\"entry\":}\n\n\x00"), true)
	f.Fuzz(func(t *testing.T, b []byte, fixed bool) {
		if fixed { // so that what stands behind the checksums is reached
			var all strings.Builder
			for l := range strings.Lines(string(b)) {
				if strings.HasSuffix(l, "}\n") {
					l = again(l)
				}
				all.WriteString(l)
			}
			b = []byte(all.String())
		}
		fsys := seed.Survive(true)
		put(t, fsys, "journal", b)
		put(t, fsys, "receipt", b)
		_, _ = journal.ReadReceipt(fsys, runDir)
		_, _ = journal.Peek(fsys, runDir)
		_, _ = journal.ReadHead(fsys, runDir)
		_ = journal.Rows(fsys, runDir, func(journal.ReceiptRow) error { return nil })
		j, s, err := journal.Open(fsys, runDir)
		if err != nil {
			return
		}
		must(t, j.Record([]journal.Outcome{made(1<<40, "code")}))
		must(t, j.Close())
		j, again, err := journal.Open(fsys, runDir)
		must(t, err)
		defer j.Close()
		if len(again.Done) < len(s.Done) || outcomes(t, j)[1<<40].Result.Passcode.Reveal() != "code" {
			t.Errorf("%+v, then %+v", s, again)
		}
		if s.Complete != nil {
			must(t, j.Retire())
		}
	})
}

// A key goes when no pass that it opens is good for anything, and not before.
func TestExpire(t *testing.T) {
	t.Parallel()
	until := func(row int, lifetime time.Duration) journal.Outcome {
		o := made(row, "code")
		o.Result.Pass = pass.Pass{ID: "p", Start: noon, Lifetime: lifetime}
		return o
	}
	unknown := until(1, time.Hour)
	unknown.Result.Pass.Start = time.Time{}
	refused := journal.Outcome{Row: 1, Result: pass.Result{Outcome: pass.OutcomeRefused, Pass: pass.Pass{ID: "in the way", Start: noon, Lifetime: 90 * 24 * time.Hour}}}
	for name, c := range map[string]struct {
		rows []journal.Outcome
		gone bool
	}{
		"no pass was made":  {nil, false},
		"all have ended":    {[]journal.Outcome{until(0, time.Hour), until(1, 2*time.Hour-time.Second)}, true},
		"one has not":       {[]journal.Outcome{until(0, time.Hour), until(1, 2*time.Hour)}, false},
		"one is not known":  {[]journal.Outcome{until(0, time.Hour), unknown}, false},
		"one is not ours":   {[]journal.Outcome{until(0, time.Hour), refused}, true},
		"none is ours":      {[]journal.Outcome{refused}, false},
		"one was overtaken": {[]journal.Outcome{until(1, 9*time.Hour), until(1, time.Hour)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, j := begin(t)
			must(t, j.Record(c.rows))
			if c.gone {
				wantLocal(t, journal.Expire(f, runDir, noon.Add(2*time.Hour)), journal.ErrLocked.Error())
			}
			must(t, j.Close())
			must(t, journal.Expire(f, runDir, noon.Add(2*time.Hour)))
			if _, there := f.Survive(false).Files()[runDir+"/key"]; there == c.gone {
				t.Errorf("the key is there: %v", there)
			}
			must(t, journal.Expire(f, runDir, noon.Add(2*time.Hour)))
		})
	}
	must(t, journal.Expire(memfs.New(), runDir, noon))
}

// raced is a file system in which another process acts when the run's lock is taken.
type raced struct {
	*memfs.FS
	act func()
}

func (r raced) Lock(path string) (func() error, error) {
	r.act()
	return r.FS.Lock(path)
}

// What another process recorded before the lock was there counts.
func TestExpireDecidesUnderTheLock(t *testing.T) {
	t.Parallel()
	ends := func(row int, lifetime time.Duration) []journal.Outcome {
		o := made(row, "code")
		o.Result.Pass = pass.Pass{ID: "p", Start: noon, Lifetime: lifetime}
		return []journal.Outcome{o}
	}
	f, j := begin(t)
	must(t, j.Record(ends(0, time.Hour)))
	must(t, journal.Expire(raced{f, func() {
		must(t, j.Record(ends(1, 9*time.Hour)))
		must(t, j.Close())
	}}, runDir, noon.Add(2*time.Hour)))
	if _, there := f.Files()[runDir+"/key"]; !there {
		t.Error("the key of a run with a pass that lives is gone")
	}
}

// What is told at a glance, at each stage of a run.
func TestGlance(t *testing.T) {
	t.Parallel()
	f, j := begin(t)
	is := func(stage string, complete, journaled, key bool) {
		t.Helper()
		b, err := journal.Glance(f, runDir)
		if err != nil || b.Head.Run != head().Run || (b.Complete != nil) != complete || b.Journal != journaled || b.Key != key {
			t.Errorf("%s: %+v, %v", stage, b, err)
		}
	}
	is("begun", false, true, true)
	must(t, j.Record([]journal.Outcome{made(0, "code")}))
	is("with a row", false, true, true)
	must(t, j.Complete(journal.Complete{Path: "/passes.csv", At: noon}))
	is("complete", true, true, true)
	must(t, j.Close())
	must(t, journal.Forget(f, runDir))
	is("complete, without its key", true, true, false)
	must(t, journal.Finish(f, runDir))
	is("retired", true, false, false)
	must(t, journal.Finish(f, runDir))
	put(t, f, "key", []byte("left by a crash"))
	is("retired, with its key", true, false, true)
	must(t, journal.Finish(f, runDir))
	is("finished", true, false, false)
}

// A head line that was torn is none, also where its line feed arrived; one that others stand behind is spoilt.
func TestATornHead(t *testing.T) {
	t.Parallel()
	f, j := begin(t)
	must(t, j.Close())
	line := lines(f)[0]
	torn := strings.Replace(line, "run", "r\x00n", 1)
	put(t, f, "journal", []byte(torn))
	if _, err := journal.Glance(f, runDir); !errors.Is(err, journal.ErrNotBegun) {
		t.Errorf("torn: %v", err)
	}
	put(t, f, "journal", []byte(torn+line))
	_, err := journal.Glance(f, runDir)
	wantLocal(t, err, "checksum")
}

func TestDiscardWhatLiesBeside(t *testing.T) {
	t.Parallel()
	f, j := begin(t)
	must(t, j.Close())
	put(t, f, "job.json", []byte("who"))
	put(t, f, ".job.json.tap-part", []byte("who"))
	must(t, journal.Discard(f, runDir, "job.json"))
	for path := range f.Survive(false).Files() {
		t.Errorf("%s is left", path)
	}
	if _, err := f.ReadDir(runDir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is left: %v", err)
	}
}

// What was going to be written into a vault is told until it is noted that it is there, and the receipt says where.
func TestVault(t *testing.T) {
	t.Parallel()
	f, j := begin(t)
	must(t, j.Record([]journal.Outcome{made(0, "code0"), made(1, "code1"), made(2, "code2")}))
	must(t, j.Put([]int{0, 1}))
	must(t, j.Keep([]journal.Kept{{Row: 1, ID: "https://v/1"}}))
	j, s := reopen(t, f, j)
	if d := cmp.Diff(map[int]bool{0: true}, s.Putting); d != "" {
		t.Errorf("putting: %s", d)
	}
	if d := cmp.Diff(map[int]string{1: "https://v/1"}, s.Kept); d != "" {
		t.Errorf("kept: %s", d)
	}
	must(t, j.Keep([]journal.Kept{{Row: 0, ID: "https://v/0"}}))
	must(t, j.Complete(journal.Complete{Path: outFile}))
	must(t, j.Retire())
	must(t, j.Close())
	rows := listed(t, f, runDir)
	if len(rows) != 3 || rows[0].SecretID != "https://v/0" || rows[1].SecretID != "https://v/1" || rows[2].SecretID != "" {
		t.Errorf("%+v", rows)
	}
}
