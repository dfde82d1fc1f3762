package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/record"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal/memfs"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

const adele, adeleID = "adele.vance@contoso.com", "c0117050-5a2d-4b0c-8000-0a0000000001"

// clock is a machine's, a second later each time.
func clock() func() time.Time {
	var mu sync.Mutex
	at := time.Date(2026, 11, 24, 8, 0, 0, 0, time.FixedZone("EET", 2*3600))
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(time.Second)
		return at
	}
}

func logIn(t *testing.T, fsys journal.FS, dir string) *record.Log {
	t.Helper()
	return &record.Log{
		Store: record.Store{Files: fsys, Dir: dir, Name: record.Real}, Now: clock(), Warn: func(s string) { t.Error(s) },
		Scene: record.Scene{TenantID: "t", Cloud: "global", Command: "create", Ticket: "INC-1", Justification: "lost <key>", Identity: record.Identity{Name: "h@contoso.com", Kind: "browser"}},
	}
}

// realLog is one over the file system of this machine, in the same folder as others.
func realLog(t *testing.T, dir string) *record.Log { return logIn(t, journal.OS(), dir) }

func begin(t *testing.T, l *record.Log, act record.Act, items ...record.Item) *record.Entry {
	t.Helper()
	if err := l.Ready(); err != nil {
		t.Fatal(err)
	}
	e, err := l.Begin(act, items...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func read(t *testing.T, s record.Store, unread int) []record.Event {
	t.Helper()
	events, n, err := s.Read()
	if err != nil || n != unread {
		t.Fatalf("%d lines could not be read, want %d, %v", n, unread, err)
	}
	return events
}

func TestAnIntentHasItsOutcome(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state", "record")
	l := realLog(t, dir)
	done := begin(t, l, record.CreatePass, record.Item{UserID: adeleID, UserPrincipalName: adele})
	begin(t, l, record.DeletePass, record.Item{UserID: adeleID})
	batch := begin(t, l, record.CreatePass, record.Item{UserPrincipalName: "a@contoso.com"}, record.Item{UserPrincipalName: "b@contoso.com"})
	batch.End(record.Item{UserPrincipalName: "a@contoso.com", Outcome: record.Postponed}, record.Item{UserPrincipalName: "b@contoso.com", Outcome: record.Failed, Error: "why"})
	done.End(record.Item{UserID: adeleID, UserPrincipalName: adele, Outcome: record.Created, PassID: "p"})
	if err := l.Note(record.OpenResult, record.Item{File: "/x.age", Outcome: record.Opened}); err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, e := range read(t, l.Store, 0) {
		told = append(told, fmt.Sprintf("%s %s %s %s%s", e.Time.Format(time.RFC3339), e.Act, e.Outcome, e.UserPrincipalName, e.File))
		if e.Ticket != "INC-1" || e.Justification != "lost <key>" || e.Identity.Name != "h@contoso.com" {
			t.Errorf("the scene is %+v", e.Scene)
		}
	}
	want := "2026-11-24T06:00:01Z create created " + adele + "\n2026-11-24T06:00:02Z delete unknown \n2026-11-24T06:00:03Z create failed b@contoso.com\n2026-11-24T06:00:06Z open opened /x.age"
	if got := strings.Join(told, "\n"); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, mode := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "record.jsonl"): 0o600} {
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, fi.Mode(), err)
		}
	}
}

// TestAnIntentIsDurable: whatever the step at which the machine stops, an intent that was told is there afterwards.
func TestAnIntentIsDurable(t *testing.T) {
	t.Parallel()
	told, crashed := 0, 0
	for k := 1; ; k++ {
		f := memfs.New()
		f.CrashAt(k)
		l := logIn(t, f, "/home/state/record")
		err := l.Ready()
		if err == nil {
			_, err = l.Begin(record.CreatePass, record.Item{UserPrincipalName: adele})
		}
		for _, left := range []*memfs.FS{f.Survive(true), f.Survive(false), f.SurviveTorn(), f.SurviveReordered()} {
			if err == nil && len(read(t, record.Store{Files: left, Dir: l.Dir, Name: l.Name}, 0)) != 1 {
				t.Errorf("step %d: an intent that was told is gone: %v", k, f.Steps())
			}
		}
		if err != nil {
			crashed++
			if e := errs.Of(err); e.Slug != errs.LocalFault || !strings.Contains(e.Why, "nothing is sent") {
				t.Errorf("step %d: %v", k, err)
			}
			continue
		}
		if told++; len(f.Steps()) < k {
			break
		}
	}
	if crashed < 8 || told == 0 {
		t.Errorf("%d crashes, %d intents that were told", crashed, told)
	}
}

// TestATornLineCostsItselfAlone: what a process left half is no reason to lose the line that another one wrote onto it.
func TestATornLineCostsItselfAlone(t *testing.T) {
	t.Parallel()
	l := realLog(t, t.TempDir())
	begin(t, l, record.CreatePass, record.Item{UserPrincipalName: "first@contoso.com"})
	path := filepath.Join(l.Dir, "record.jsonl")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(b) - 1 {
		if err := os.WriteFile(path, append(bytes.Clone(b), b[:cut]...), 0o600); err != nil {
			t.Fatal(err)
		}
		torn := 0
		if cut > 0 {
			torn = 1
		}
		if n := len(read(t, l.Store, torn)); n != 1 {
			t.Fatalf("cut at %d: %d events before the next line", cut, n)
		}
		begin(t, l, record.CreatePass, record.Item{UserPrincipalName: "second@contoso.com", Error: `{"v":1,"time":` + "\n"})
		if events := read(t, l.Store, torn); len(events) != 2 || events[1].UserPrincipalName != "second@contoso.com" {
			t.Fatalf("cut at %d: %+v", cut, events)
		}
	}
}

// TestManyProcesses: lines of several processes are whole, none is lost while files become full, and the newest ones stay.
func TestManyProcesses(t *testing.T) {
	t.Parallel()
	const writers, each = 6, 60
	dir := t.TempDir()
	var done sync.WaitGroup
	for w := range writers {
		l := realLog(t, dir)
		done.Go(func() {
			for n := range each {
				items := make([]record.Item, 20)
				for i := range items {
					items[i] = record.Item{UserPrincipalName: fmt.Sprintf("w%d-%d-%d@contoso.com", w, n, i), Changes: []string{strings.Repeat("x", 4000)}}
				}
				e, err := l.Begin(record.CreatePass, items...)
				if err != nil {
					t.Error(err)
					return
				}
				e.End(items...)
			}
		})
	}
	done.Wait()
	seen := map[string]bool{}
	for _, e := range read(t, realLog(t, dir).Store, 0) {
		seen[e.UserPrincipalName] = true
	}
	full, err := filepath.Glob(filepath.Join(dir, "record-*.jsonl"))
	if len(seen) != writers*each*20 || len(full) < 5 || err != nil {
		t.Errorf("%d users of %d, %d full files, %v", len(seen), writers*each*20, len(full), err)
	}
}

func TestTheOldestGoes(t *testing.T) {
	t.Parallel()
	l := realLog(t, t.TempDir())
	for n := 3; n < 3+16; n++ {
		if err := os.WriteFile(filepath.Join(l.Dir, fmt.Sprintf("record-%06d.jsonl", n)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, foreign := range []string{"record-1.jsonl", "sandbox-000001.jsonl"} {
		if err := os.WriteFile(filepath.Join(l.Dir, foreign), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(l.Dir, "record.jsonl"), bytes.Repeat([]byte(" \n"), 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	begin(t, l, record.CreatePass, record.Item{UserPrincipalName: adele})
	var names []string
	entries, err := os.ReadDir(l.Dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	got := strings.Join(names, " ")
	for name, want := range map[string]bool{"record-000003.jsonl": false, "record-000004.jsonl": true, "record-000019.jsonl": true, "record-1.jsonl": true, "sandbox-000001.jsonl": true} {
		if strings.Contains(got, name) != want || err != nil {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if len(read(t, l.Store, 0)) != 1 {
		t.Error("the line is not in the new file")
	}
}

// TestNoPlaceForAPasscode: nothing of a line can hold one.
func TestNoPlaceForAPasscode(t *testing.T) {
	t.Parallel()
	var holds func(reflect.Type) bool
	holds = func(r reflect.Type) bool {
		switch r.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			return holds(r.Elem())
		case reflect.Interface:
			return true
		case reflect.Struct:
			for n := range r.NumField() {
				if r != reflect.TypeFor[time.Time]() && holds(r.Field(n).Type) {
					return true
				}
			}
		}
		return r == reflect.TypeFor[secret.Text]()
	}
	if holds(reflect.TypeFor[record.Event]()) || !holds(reflect.TypeFor[struct{ A []*secret.Text }]()) {
		t.Error("an event has room for a passcode")
	}
}

func TestWithoutAStateFolder(t *testing.T) {
	t.Parallel()
	var warned []string
	l := realLog(t, "")
	l.Warn = func(s string) { warned = append(warned, s) }
	begin(t, l, record.CreatePass, record.Item{UserPrincipalName: adele}).End(record.Item{Outcome: record.Created})
	if len(warned) != 1 || !strings.Contains(warned[0], "is not recorded on this machine") {
		t.Errorf("%q", warned)
	}
	if events := read(t, l.Store, 0); len(events) != 0 {
		t.Errorf("%v", events)
	}
}

// TestAlso: who else is sent the lines gets all of them, and an intent that does not reach that place is none.
func TestAlso(t *testing.T) {
	t.Parallel()
	var lines []string
	l := realLog(t, t.TempDir())
	l.Also = func(b []byte) error { lines = append(lines, string(b)); return nil }
	begin(t, l, record.CreatePass, record.Item{UserPrincipalName: adele}).End(record.Item{UserPrincipalName: adele, Outcome: record.Created})
	for n, phase := range []string{"intent", "outcome"} {
		var got struct{ Phase string }
		if err := json.Unmarshal([]byte(lines[n]), &got); err != nil || got.Phase != phase || strings.HasSuffix(lines[n], "\n") {
			t.Errorf("%q, %v", lines[n], err)
		}
	}
	l.Also = func([]byte) error { return errors.New("nobody is there") }
	if _, err := l.Begin(record.CreatePass, record.Item{UserPrincipalName: adele}); err == nil || !strings.Contains(err.Error(), "recording what is done: "+l.Dir+": nobody is there: without a record nothing is sent") {
		t.Errorf("%v", err)
	}
}
