package root_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal/memfs"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

const crashRows = 40

// site is a tenant, a roster of its users, and a file system that crashes.
type site struct {
	shell
	roster string
	files  *memfs.FS
}

// newSite makes a tenant whose users can all hold a pass. One in ten holds one, which is to be replaced.
func newSite(t *testing.T, rows int) *site {
	t.Helper()
	s := &site{shell: newShell(t), files: memfs.New()}
	box, err := sandbox.Open(s.dir, sandbox.Options{Users: 2 * rows, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	var people []struct {
		UserPrincipalName string
		UserType          string
		Identities        []struct{ SignInType string }
	}
	s.ask(t, http.MethodGet, "users", &people)
	var b strings.Builder
	b.WriteString("user,department\n")
	n := 0
	for _, p := range slices.Backward(people) {
		if p.UserType == "Member" && n < rows {
			n++
			fmt.Fprintf(&b, "%s,row %d\n", p.UserPrincipalName, n)
		}
	}
	s.roster = filepath.Join(s.dir, "roster.csv")
	if err := os.WriteFile(s.roster, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.files.MkdirAll("/result"); err != nil {
		t.Fatal(err)
	}
	if err := s.files.SyncDir("/"); err != nil {
		t.Fatal(err)
	}
	return s
}

// create is `tap create --file` over the file system that crashes.
func (s *site) create(words ...string) ended {
	return s.run(append([]string{
		"--sandbox", "--sandbox-as", "privileged", "create", "--file", s.roster, "--out", "/result/passes.csv",
		"--yes", "--rate", "max", "--progress", "jsonl",
	}, words...)...)
}

// run is any command over it.
func (s *site) run(words ...string) ended {
	var out, errOut bytes.Buffer
	code := root.Main(&root.Process{
		Args:    words,
		Streams: &terminal.Streams{In: strings.NewReader(""), Out: &out, Err: &errOut},
		Getenv: func(name string) string {
			return map[string]string{"TAP_SANDBOX_DIR": s.dir, "XDG_STATE_HOME": "/state"}[name]
		},
		Files: s.files,
	})
	return ended{out.String(), errOut.String(), code}
}

// judge holds the one result against the tenant, and what was reported before against the ledger.
func (s *site) judge(reported map[string]string) error {
	result, has := s.files.Files()["/result/passes.csv"]
	if !has {
		return fmt.Errorf("there is no result")
	}
	rows, err := csv.NewReader(bytes.NewReader(result)).ReadAll()
	if err != nil || len(rows) != crashRows+1 {
		return fmt.Errorf("the result has %d rows: %w", len(rows), err)
	}
	held, err := s.held()
	if err != nil {
		return err
	}
	col := func(name string) int { return slices.Index(rows[0], name) }
	for _, r := range rows[1:] {
		user, code, id := r[col("userPrincipalName")], r[col("temporaryAccessPass")], r[col("passId")]
		there := held[user]
		if code == "" || code != there.TemporaryAccessPass || id != there.ID {
			return fmt.Errorf("%s: the result has the pass %s (%s), the tenant %s", user, id, r[col("outcome")], there.ID)
		}
		if told := reported[user]; told != "" && told != there.ID {
			return fmt.Errorf("%s: the pass %s was reported, and was superseded by %s", user, told, there.ID)
		}
	}
	for path := range s.files.Files() {
		run := filepath.Dir(path)
		_, done := s.files.Files()[run+"/receipt"]
		if done && (strings.HasSuffix(path, "/key") || strings.HasSuffix(path, "/journal")) || strings.HasPrefix(path, "/result/.") {
			return fmt.Errorf("%s is left", path)
		}
	}
	return nil
}

// noPasscode searches all files but the result for what was ever issued.
func (s *site) noPasscode(t *testing.T) {
	t.Helper()
	var issued []heldPass
	s.ask(t, http.MethodGet, "issued", &issued)
	for path, content := range s.files.Files() {
		for _, i := range issued {
			if !strings.HasPrefix(path, "/result/") && bytes.Contains(content, []byte(i.TemporaryAccessPass)) {
				t.Errorf("%s holds a passcode", path)
			}
		}
	}
}

type heldPass struct{ UserPrincipalName, ID, TemporaryAccessPass string }

func (s *site) held() (map[string]heldPass, error) {
	box, err := sandbox.Open(s.dir, sandbox.Options{})
	if err != nil {
		return nil, err
	}
	defer box.Close()
	held := map[string]heldPass{}
	var all []heldPass
	if err := json.Unmarshal(get(box, "/sandbox/passes"), &all); err != nil {
		return nil, err
	}
	for _, p := range all {
		held[p.UserPrincipalName] = p
	}
	return held, nil
}

// events are the passes that the rows of a --progress jsonl tell, by user.
func events(stderr string, into map[string]string) {
	for line := range strings.SplitSeq(stderr, "\n") {
		var e struct{ Event, UserPrincipalName, PassID string }
		if json.Unmarshal([]byte(line), &e) == nil && e.Event == "row" {
			into[e.UserPrincipalName] = e.PassID
		}
	}
}

// TestRunsSurviveCrashes: a run stops at each step that changes the file system or makes a change durable; then the machine comes back with
// everything, with what was synced alone, or with half of the rest; then the same command runs to its end.
func TestRunsSurviveCrashes(t *testing.T) {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // its goroutine must not belong to a bubble
	losses := []struct {
		name string
		loss func(*memfs.FS) *memfs.FS
	}{
		{"kept", func(f *memfs.FS) *memfs.FS { return f.Survive(true) }},
		{"dropped", func(f *memfs.FS) *memfs.FS { return f.Survive(false) }},
		{"torn", (*memfs.FS).SurviveTorn},
	}
	for _, l := range losses {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			for k := 1; ; k++ {
				whole := false
				synctest.Test(t, func(t *testing.T) {
					s := newSite(t, crashRows)
					s.files.CrashAt(k)
					order := []string{"--if-exists", []string{"replace", "refuse"}[k%2]}
					first := s.create(order...)
					if whole = first.exit == 0; whole {
						return
					}
					reported := map[string]string{}
					events(first.stderr, reported)
					s.noPasscode(t)
					time.Sleep(time.Duration(k%7) * 15 * time.Second)
					s.files = l.loss(s.files)
					second := s.create(order...)
					if second.exit != 0 {
						t.Errorf("step %d: the first ended with %d:\n%s\nthe second with %d:\n%s", k, first.exit, last(first.stderr), second.exit, last(second.stderr))
						return
					}
					if err := s.judge(reported); err != nil {
						t.Errorf("step %d: %v\nthe first:\n%s\nthe second:\n%s", k, err, first.stderr, second.stderr)
					}
				})
				if whole || t.Failed() {
					t.Logf("%d steps", k-1)
					if k < 20 && whole {
						t.Error("a run has more steps than that")
					}
					return
				}
			}
		})
	}
}

func last(stderr string) string {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	return strings.Join(lines[max(0, len(lines)-4):], "\n")
}

var _ journal.FS = (*memfs.FS)(nil)
