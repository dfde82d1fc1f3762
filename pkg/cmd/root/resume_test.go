package root_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// fails is a stdout that takes so many bytes.
type fails struct{ room int }

func (f *fails) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errors.New("the pipe is clogged")
	}
	return len(b), nil
}

// into is any command with this stdout and these variables beside the site's.
func (s *site) into(out io.Writer, env map[string]string, words ...string) (code int, stderr string) {
	var errOut bytes.Buffer
	code = root.Main(&root.Process{
		Args:    words,
		Streams: &terminal.Streams{In: strings.NewReader(""), Out: out, Err: &errOut},
		Getenv: func(name string) string {
			if v, has := env[name]; has {
				return v
			}
			return map[string]string{"TAP_SANDBOX_DIR": s.dir, "XDG_STATE_HOME": "/state"}[name]
		},
		Files: s.files,
	})
	return code, errOut.String()
}

// toStdout is a run whose result goes to stdout.
func (s *site) toStdout(words ...string) []string {
	return append([]string{"--sandbox", "--sandbox-as", "privileged", "create", "--file", s.roster, "--out", "-", "-o", "csv", "--yes", "--rate", "max", "--replace"}, words...)
}

// A stdout that breaks ends a run, and one that goes on, with the line that resumes it; then all rows are printed.
func TestStdoutBreaks(t *testing.T) {
	t.Parallel()
	s := newSite(t, crashRows)
	for _, room := range []int{600, 0, 300} {
		code, stderr := s.into(&fails{room}, nil, s.toStdout()...)
		if code != 10 || resumeLine(ended{stderr: stderr}) == nil || !strings.Contains(stderr, "of 40 rows are done, and nothing is lost") {
			t.Fatalf("room for %d bytes: exit code %d\n%s", room, code, stderr)
		}
	}
	var out bytes.Buffer
	code, stderr := s.into(&out, nil, s.toStdout()...)
	if code != 0 || strings.Count(out.String(), "\n") != crashRows+1 || !slices.Contains(strings.Split(stderr, "\n"), "tap: notice: 40 created, 0 replaced, 0 skipped, 0 refused, 0 failed") {
		t.Errorf("exit code %d\n%s\n%s", code, stderr, out.String())
	}
}

// soon is a test in which the minute passes at once that a lost create is waited for.
func soon(t *testing.T, f func(*testing.T)) {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // its goroutine must not belong to a bubble
	synctest.Test(t, f)
}

// begun is a run that a crash cut off, and its id.
func (s *site) begun(t *testing.T, words ...string) (id string) {
	t.Helper()
	s.files.CrashAt(33)
	if e := s.run(words...); e.exit == 0 {
		t.Fatal("a run has fewer steps")
	}
	s.files = s.files.Survive(true)
	id = strings.TrimSpace(s.run("run", "list", "-o", "value", "--columns", "run").stdout)
	if id == "" || strings.Contains(id, "\n") {
		t.Fatalf("the runs are %q", id)
	}
	return id
}

// many is a run with a place of its own, and more flags.
func (s *site) many(words ...string) []string {
	return append([]string{"--sandbox", "--sandbox-as", "privileged", "create", "--file", s.roster, "--yes", "--rate", "max", "--replace"}, words...)
}

func resumed(id string, words ...string) []string {
	return append([]string{"--sandbox", "--sandbox-as", "privileged", "run", "resume", id, "--rate", "max"}, words...)
}

const anAgeKey = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

// recipients are how many can open a result.
func (s *site) recipients(path string) int {
	return bytes.Count(s.files.Files()[path], []byte("\n-> X25519 "))
}

// A run goes on with everybody who could open its result, whether they were typed or stood in a file that is gone.
func TestRecipientsAreKept(t *testing.T) { soon(t, testRecipientsAreKept) }

func testRecipientsAreKept(t *testing.T) {
	for want, typed := range map[int][]string{1: nil, 2: {"--recipient", anAgeKey}} {
		s := newSite(t, crashRows)
		file := filepath.Join(t.TempDir(), "helpdesk.txt")
		if err := os.WriteFile(file, []byte("# helpdesk\n"+anAgeKey+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		id := s.begun(t, s.many(append(typed, "--out", "/result/passes.csv.age", "--recipients-file", file)...)...)
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		e := s.run(resumed(id)...)
		if got := s.recipients("/result/passes.csv.age"); e.exit != 0 || got != want {
			t.Errorf("exit code %d, %d can open it, want %d\n%s", e.exit, got, want, e.stderr)
		}
	}
}

// A plan holds what is typed against itself as a run does.
func TestAPlanFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	for says, words := range map[string][]string{
		"recipients: recipient 1: this is no recipient":                    {"--out", "passes.csv.age", "--recipient", "bogus"},
		"a file whose name ends in .age is encrypted, and nobody is named": {"--out", "passes.csv.age"},
		"--recipient is for a file whose name ends in .age":                {"--recipient", anAgeKey},
		"the sandbox has no vault":                                         {"--keyvault", vaultURL},
	} {
		if e := s.run(s.many(append(words, "--dry-run")...)...); e.exit != 2 || !strings.Contains(e.stderr, says) {
			t.Errorf("%v: exit code %d\n%s", words, e.exit, e.stderr)
		}
	}
	if e := s.run(s.many("--dry-run")...); e.exit != 0 {
		t.Errorf("a plan needs no place: %s", e.stderr)
	}
}

// A run goes on to another place: of what was typed for the old one nothing is held against it, and the next resume goes there, too.
func TestAnotherPlace(t *testing.T) { soon(t, testAnotherPlace) }

func testAnotherPlace(t *testing.T) {
	s := newSite(t, crashRows)
	if err := s.files.MkdirAll("/other"); err != nil {
		t.Fatal(err)
	}
	id := s.begun(t, s.many("--out", "/result/passes.csv.age", "--recipient", anAgeKey)...)
	s.files.CrashAt(20)
	if e := s.run(resumed(id, "--out", "/other/passes.json.age")...); e.exit == 0 {
		t.Fatal("a resume has fewer steps")
	}
	s.files = s.files.Survive(true)
	if got := s.run("run", "list", "-o", "value", "--columns", "result").stdout; got != "/other/passes.json.age\n" {
		t.Errorf("the result will be %s", got)
	}
	e := s.run(resumed(id)...)
	if e.exit != 0 || s.recipients("/other/passes.json.age") != 1 || s.files.Files()["/result/passes.csv.age"] != nil {
		t.Errorf("exit code %d\n%s", e.exit, e.stderr)
	}
}

// A place on resume is taken from here, and is not encrypted because the old one was.
func TestAnotherPlaceInClear(t *testing.T) { soon(t, testAnotherPlaceInClear) }

func testAnotherPlaceInClear(t *testing.T) {
	s := newSite(t, crashRows)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.files.MkdirAll(here); err != nil {
		t.Fatal(err)
	}
	id := s.begun(t, s.many("--out", "/result/passes.csv.age", "--recipient", anAgeKey)...)
	if e := s.run(resumed(id, "--out", "passes.csv", "--concurrency", "0")...); e.exit != 2 || !strings.Contains(e.stderr, "--concurrency lies between 1 and 64") {
		t.Errorf("exit code %d\n%s", e.exit, e.stderr)
	}
	e := s.run(resumed(id, "--out", "passes.csv")...)
	if e.exit != 0 || !strings.Contains(e.stderr, ": the result is "+here+"/passes.csv\n") || !bytes.HasPrefix(s.files.Files()[here+"/passes.csv"], []byte("tenantId,")) {
		t.Errorf("exit code %d\n%s", e.exit, e.stderr)
	}
}

// Nobody is told to type a flag that the command does not have: run resume begins nothing anew.
func TestResumeHasNoRestart(t *testing.T) { soon(t, testResumeHasNoRestart) }

func testResumeHasNoRestart(t *testing.T) {
	s := newSite(t, crashRows)
	id := s.begun(t, s.many("--out", "/result/passes.csv")...)
	key := "/state/tap/runs/" + id + "/key"
	content, err := s.files.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.files.Remove(key); err != nil {
		t.Fatal(err)
	}
	for restarts, words := range map[bool][]string{true: s.many("--out", "/result/passes.csv"), false: resumed(id)} {
		e := s.run(words...)
		if e.exit != 10 || strings.Contains(e.stderr, " --restart") != restarts || !strings.Contains(e.stderr, "run discard "+id) {
			t.Errorf("its key is gone: exit code %d\n%s", e.exit, e.stderr)
		}
	}
	f, err := s.files.Create(key)
	if err == nil {
		_, err = f.Write(content)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if e := s.run(resumed(id)...); e.exit != 0 {
		t.Fatalf("exit code %d\n%s", e.exit, e.stderr)
	}
	for restarts, words := range map[bool][]string{true: s.many("--out", "/result/passes.csv"), false: resumed(id)} {
		e := s.run(words...)
		if e.exit != 0 || !strings.Contains(e.stderr, "and its result is /result/passes.csv") || strings.Contains(e.stderr, "--restart") != restarts {
			t.Errorf("it is done: exit code %d\n%s", e.exit, e.stderr)
		}
	}
}

// With --verify a row is printed once it is verified, and not before.
func TestStdoutIsVerified(t *testing.T) { soon(t, testStdoutIsVerified) }

func testStdoutIsVerified(t *testing.T) {
	s := newSite(t, crashRows)
	if code, stderr := s.into(&fails{600}, nil, s.toStdout()...); code != 10 || !strings.Contains(stderr, "40 of 40 rows are done") {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	s.control(t, "faults", `[{"match": "GET /users/*/authentication/temporaryAccessPassMethods", "status": 401}]`)
	var out bytes.Buffer
	if code, stderr := s.into(&out, nil, s.toStdout("--verify")...); code != 4 || out.Len() > 0 || !strings.Contains(stderr, "40 of 40 rows are done") {
		t.Errorf("exit code %d\n%s\n%s", code, stderr, out.String())
	}
	s.ask(t, http.MethodDelete, "faults", nil)
	s.control(t, "faults", `[{"match": "GET /users/*/authentication/temporaryAccessPassMethods", "status": 404, "times": 1}]`)
	out.Reset()
	code, stderr := s.into(&out, nil, s.toStdout("--verify")...)
	if code != 3 || strings.Count(out.String(), "\n") != crashRows+1 || strings.Count(out.String(), "verifying the pass: ") != 1 || !strings.Contains(stderr, "40 created") {
		t.Errorf("exit code %d\n%s\n%s", code, stderr, out.String())
	}
}

// TestGarbage: how much may lie about is set for a run, unless GOGC says it. It is one setting of the whole process: no test may run beside this one.
func TestGarbage(t *testing.T) {
	was := debug.SetGCPercent(77)
	defer debug.SetGCPercent(was)
	for gogc, want := range map[string]int{"77": 77, "": 40} {
		debug.SetGCPercent(77)
		s := newSite(t, 1)
		if code, stderr := s.into(io.Discard, map[string]string{"GOGC": gogc}, s.toStdout()...); code != 0 {
			t.Fatalf("exit code %d\n%s", code, stderr)
		}
		if got := debug.SetGCPercent(77); got != want {
			t.Errorf("GOGC=%s: %d, want %d", gogc, got, want)
		}
	}
}

// On a machine that is lent for one job a run says that its journal ends with it, unless somebody placed it.
func TestAHostedDisk(t *testing.T) { soon(t, testAHostedDisk) }

func testAHostedDisk(t *testing.T) {
	s := newSite(t, crashRows)
	const warning = "tap: warning: the disk of this runner ends with the job"
	hosted := map[string]string{"GITHUB_ACTIONS": "true", "RUNNER_ENVIRONMENT": "github-hosted"}
	for _, c := range []struct {
		env   map[string]string
		words []string
		warns bool
	}{
		{hosted, s.many("--out", "/result/a.csv"), true},
		{hosted, s.many("--out", "/result/b.csv", "--journal", "/runs"), false},
		{hosted, s.many("--dry-run"), false},
		{map[string]string{"GITHUB_ACTIONS": "true", "RUNNER_ENVIRONMENT": "self-hosted"}, s.many("--out", "/result/c.csv", "--restart"), false},
	} {
		code, stderr := s.into(io.Discard, c.env, c.words...)
		if code != 0 || strings.Contains(stderr, warning) != c.warns || !strings.Contains(stderr, "; up to about 2s\n") {
			t.Errorf("%q: exit code %d\n%s", c.words, code, stderr)
		}
	}
	s = newSite(t, crashRows)
	id := s.begun(t, s.many("--out", "/result/passes.csv")...)
	if code, stderr := s.into(io.Discard, hosted, resumed(id)...); code != 0 || !strings.Contains(stderr, warning) {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
}
