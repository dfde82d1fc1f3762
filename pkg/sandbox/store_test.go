package sandbox_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

func TestStateSurvivesAndIsShared(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "folder")
	one, two := open(t, dir, sandbox.Options{}), open(t, dir, sandbox.Options{})
	made := one.create(adele, `{}`).ok(201).text("id")
	if held := two.get(passesOf(adele)).values(); len(held) != 1 || held[0]["id"] != made {
		t.Errorf("the second tenant sees %v", held)
	}
	three := open(t, dir, sandbox.Options{})
	if held := three.get(passesOf(adele)).values(); len(held) != 1 || held[0]["id"] != made {
		t.Errorf("a later tenant sees %v", held)
	}
	var log []any
	three.get("/sandbox/requests").ok(200).decode(&log)
	if len(log) != 3 {
		t.Errorf("%d requests in the log of all three, want 3", len(log))
	}
	err := filepath.WalkDir(filepath.Dir(dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPopulationIsKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	count := func(o sandbox.Options) int {
		var users []any
		open(t, dir, o).get("/sandbox/users").ok(200).decode(&users)
		return len(users)
	}
	named := count(sandbox.Options{})
	if n := count(sandbox.Options{Users: 1000, Seed: 3}); n != named+1000 {
		t.Errorf("%d users, want %d", n, named+1000)
	}
	if n := count(sandbox.Options{}); n != named+1000 {
		t.Errorf("%d users when opened again, want %d", n, named+1000)
	}
}

func TestSeedMakesCodesRepeatable(t *testing.T) {
	t.Parallel()
	codes := func(seed int64) string {
		c := open(t, t.TempDir(), sandbox.Options{Seed: seed})
		return c.create(adele, `{}`).ok(201).text("temporaryAccessPass") + c.create(megan, `{}`).ok(201).text("temporaryAccessPass")
	}
	if a, b := codes(5), codes(5); a != b || a == codes(6) {
		t.Errorf("codes %q, %q", a, b)
	}
}

// TestManyAtOnce lets tenants on one folder create and delete side by side, across several snapshots, and then counts.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const tenants, each = 4, 200
	first := open(t, dir, sandbox.Options{Users: tenants, Seed: 1})
	var users []map[string]any
	first.get("/sandbox/users").ok(200).decode(&users)
	users = users[len(users)-tenants:]
	var wg sync.WaitGroup
	for i := range tenants {
		c := open(t, dir, sandbox.Options{})
		user := users[i]["id"].(string)
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := range each {
				id := c.create(user, `{}`).ok(201).text("id")
				if n < each-1 {
					c.do("DELETE", passesOf(user)+"/"+id, "").ok(204)
				}
			}
		}()
	}
	wg.Wait()
	var held, issued, log []any
	first.get("/sandbox/passes").ok(200).decode(&held)
	first.get("/sandbox/issued").ok(200).decode(&issued)
	first.get("/sandbox/requests").ok(200).decode(&log)
	if len(held) != tenants || len(issued) != tenants*each || len(log) != tenants*(2*each-1) {
		t.Errorf("%d passes, %d issued, %d requests", len(held), len(issued), len(log))
	}
	b, err := os.ReadFile(filepath.Join(dir, "snapshot.json"))
	if err != nil || !strings.Contains(string(b), `"generation":`) {
		t.Errorf("no snapshot after %d events: %v", tenants*(2*each-1), err)
	}
	info, err := os.Stat(filepath.Join(dir, "log.jsonl"))
	if err != nil || info.Size() > 1000*sandbox.SnapshotEvery {
		t.Errorf("the log after a snapshot: %v, %v", info, err)
	}
}

func TestTornTailIsCut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir, sandbox.Options{})
	c.create(adele, `{}`).ok(201)
	for _, name := range []string{"log.jsonl", "issued.jsonl", "requests.jsonl"} {
		appendText(t, filepath.Join(dir, name), `{"sum":"00000000","entry":{"kind":"passCrea`)
	}
	for _, other := range []*client{c, open(t, dir, sandbox.Options{})} {
		if held := other.get(passesOf(adele)).values(); len(held) != 1 {
			t.Errorf("held %v", held)
		}
		other.create(megan, `{}`).ok(201)
	}
	var issued []any
	open(t, dir, sandbox.Options{}).get("/sandbox/issued").ok(200).decode(&issued)
	if len(issued) != 3 {
		t.Errorf("%d issued, want 3", len(issued))
	}
}

func TestCorruptLogIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir, sandbox.Options{}).create(adele, `{}`).ok(201)
	log := filepath.Join(dir, "log.jsonl")
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(log, []byte(strings.Replace(string(b), "lifetimeInMinutes", "LifetimeInMinutes", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sandbox.Open(dir, sandbox.Options{}); err == nil || !strings.Contains(err.Error(), "log.jsonl is corrupt at byte ") {
		t.Errorf("error %v", err)
	}
}

func TestInterruptedSnapshotLosesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir, sandbox.Options{})
	c.create(adele, `{}`).ok(201)
	old, err := os.ReadFile(filepath.Join(dir, "log.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range sandbox.SnapshotEvery {
		c.clock(fmt.Sprintf(`{"advance":"%ds"}`, n))
	}
	if err := os.WriteFile(filepath.Join(dir, "log.jsonl"), old, 0o600); err != nil { // the snapshot is there, its log is not
		t.Fatal(err)
	}
	later := open(t, dir, sandbox.Options{})
	if held := later.get(passesOf(adele)).values(); len(held) != 1 {
		t.Errorf("held %v", held)
	}
	later.create(megan, `{}`).ok(201)
	if held := open(t, dir, sandbox.Options{}).get(passesOf(megan)).values(); len(held) != 1 {
		t.Errorf("held %v", held)
	}
	if err := os.Remove(filepath.Join(dir, "snapshot.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := sandbox.Open(dir, sandbox.Options{}); err == nil || !strings.Contains(err.Error(), "snapshot.json is missing or older than") {
		t.Errorf("without its snapshot: %v", err)
	}
}

func TestFolderThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	appendText(t, file, "x")
	_, err := sandbox.Open(file, sandbox.Options{})
	var pathError *fs.PathError
	if err == nil || !errors.As(err, &pathError) || !strings.HasPrefix(err.Error(), "opening the sandbox folder "+file+": ") {
		t.Errorf("a file for a folder: %v", err)
	}
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	locked := filepath.Join(t.TempDir(), "locked")
	if err := os.Mkdir(locked, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := sandbox.Open(locked, sandbox.Options{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a folder without permission: %v", err)
	}
}

func appendText(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
