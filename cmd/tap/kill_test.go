package main_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

var (
	kills    = flag.Int("kills", 6, "how often TestRunsSurviveKills kills a run")
	killRows = flag.Int("rows", 200, "rows of a run of TestRunsSurviveKills")
	killSeed = flag.Uint64("killseed", uint64(time.Now().UnixNano()), "seed of the moments at which TestRunsSurviveKills kills")
)

// TestRunsSurviveKills: runs are killed at random moments, against a tenant that is slow and breaks; each is followed by the same command, until
// one comes to its end. Then every code of the result is the tenant's, and nothing that was reported was superseded. Some runs have a colleague
// who issues passes for the same users, some an encrypted result; what a killed run leaves holds no passcode.
func TestRunsSurviveKills(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("kill -9")
	}
	t.Logf("-killseed %d", *killSeed)
	k := newKilling(t)
	for round := 1; k.left > 0 && !t.Failed(); round++ {
		k.round(t, round)
	}
	t.Logf("%d runs of %d rows survived %d kills: %v, %d rows were held against a colleague's %d passes; the canary searched for %d passcodes in %d journals and receipts", k.rounds, *killRows, *kills, k.ends, k.met, k.colleagues, k.codes, k.journals)
	if !t.Failed() && (k.codes == 0 || k.journals == 0) {
		t.Error("the canary searched for nothing")
	}
}

// killing is a served tenant, and the runs on it.
type killing struct {
	dir, url string
	users    []string
	identity *age.X25519Identity // opens the encrypted results
	dice     *rand.Rand
	left     int // kills
	rounds   int

	ends            map[string]int // rows by outcome
	colleagues, met int            // a colleague's passes, and rows whose user has one
	codes, journals int            // that the canary searched for, and in
}

func newKilling(t *testing.T) *killing {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	k := &killing{dir: t.TempDir(), identity: identity, dice: rand.New(rand.NewPCG(*killSeed, 1)), left: *kills, ends: map[string]int{}}
	if err := os.Mkdir(filepath.Join(k.dir, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	k.serve(t)
	var people []struct{ UserPrincipalName, UserType string }
	k.get(t, "users", &people)
	for _, p := range slices.Backward(people) {
		if p.UserType == "Member" && len(k.users) < *killRows {
			k.users = append(k.users, p.UserPrincipalName)
		}
	}
	roster := "user\n" + strings.Join(k.users, "\n") + "\n"
	if err := os.WriteFile(filepath.Join(k.dir, "roster.csv"), []byte(roster), 0o600); err != nil {
		t.Fatal(err)
	}
	return k
}

// serve serves a tenant that is slow, throttles, loses answers and carries out creates late.
func (k *killing) serve(t *testing.T) {
	t.Helper()
	const post = `"match":"POST /users/*/authentication/temporaryAccessPassMethods"`
	args := []string{"sandbox", "serve", "--listen", "127.0.0.1:0", "--users", fmt.Sprint(2 * *killRows), "--seed", "1", "--latency", "15ms", "-q"}
	for _, f := range []string{
		post + `,"status":429,"retryAfter":"0.3","probability":0.02`, post + `,"status":503,"probability":0.01`, post + `,"drop":"after","status":504,"probability":0.01`,
		post + `,"drop":"late","after":"1s","status":503,"probability":0.01`, post + `,"drop":"late","after":"2s","status":504,"probability":0.01`, post + `,"body":"odd","probability":0.01`,
		`"match":"POST /$batch","drop":"after","probability":0.01`, `"match":"POST /$batch","drop":"before","probability":0.01`, `"match":"GET /users/*/authentication/temporaryAccessPassMethods","status":503,"probability":0.01`,
	} {
		args = append(args, "--fault", "{"+f+"}")
	}
	k.start(t, args...)
}

// start starts a sandbox and waits for its address.
func (k *killing) start(t *testing.T, args ...string) {
	t.Helper()
	server := k.command(args...)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	for range 500 {
		var addr struct{ Address string }
		if b, err := os.ReadFile(filepath.Join(k.dir, "box", "serve.json")); err == nil && json.Unmarshal(b, &addr) == nil && addr.Address != "" {
			k.url = addr.Address
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("no sandbox is served")
}

func (k *killing) command(args ...string) *exec.Cmd {
	cmd := exec.Command("tap", args...)
	cmd.Dir = k.dir
	cmd.Env = append(os.Environ(), "HOME="+k.dir, "TMPDIR="+filepath.Join(k.dir, "tmp"), "XDG_STATE_HOME="+filepath.Join(k.dir, "state"), "TAP_SANDBOX_DIR="+filepath.Join(k.dir, "box"), "TAP_TEST_DIR=", "TAP_TEST_LATE=3s")
	return cmd
}

func (k *killing) get(t *testing.T, path string, into any) {
	t.Helper()
	resp, err := http.Get(k.url + "/sandbox/" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// reset puts the tenant back: nobody holds a pass, but the ledger stays.
func (k *killing) reset(t *testing.T) {
	t.Helper()
	resp, err := http.Post(k.url+"/sandbox/reset", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode > 299 {
		t.Fatal(resp.Status)
	}
}

// killedRun is one run, how it is asked for, and what was seen of it.
type killedRun struct {
	*killing
	n         int
	refuse    bool // nobody's pass is replaced, and a colleague is at work; else all are replaced
	encrypted bool
	before    int                 // passes that the ledger had before
	reported  map[string][]string // ids of passes, by user
	colleague *colleague
}

// newRun takes turns: any four runs are all kinds that there are, any two are encrypted and not, with a colleague and without.
func (k *killing) newRun(t *testing.T, n int) *killedRun {
	t.Helper()
	r := &killedRun{killing: k, n: n, refuse: n%4 == 2 || n%4 == 3, encrypted: n%2 == 1, reported: map[string][]string{}}
	k.reset(t)
	r.before = len(k.ledger(t))
	return r
}

// out is the name of the result.
func (r *killedRun) out() string {
	if r.encrypted {
		return fmt.Sprintf("passes-%d.csv.age", r.n)
	}
	return fmt.Sprintf("passes-%d.csv", r.n)
}

// line is what is typed, each time the same.
func (r *killedRun) line() []string {
	args := []string{
		"--sandbox-url", r.url, "--sandbox-as", "privileged", "create", "--file", "roster.csv", "--out", r.out(), "--yes",
		"--wait", fmt.Sprintf("%ds", 60+r.n), "--rate", "max", "--progress", "jsonl", // the wait makes each run another one
	}
	if r.encrypted {
		args = append(args, "--recipient", r.identity.Recipient().String())
	}
	if r.refuse {
		return append(args, "--if-exists", "refuse", "--lifetime", "1h")
	}
	return append(args, "--replace")
}

// round is one run, killed until it is let go on.
func (k *killing) round(t *testing.T, n int) {
	t.Helper()
	r := k.newRun(t, n)
	if r.refuse {
		r.colleague = k.hire(t)
		defer r.colleague.rest()
	}
	for mercy := min(k.dice.IntN(5)+2, max(1, *kills/2)); ; mercy-- { // two runs at least, so that one has a colleague
		var stdout, stderr bytes.Buffer
		cmd := k.command(r.line()...)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		killed := mercy > 0 && k.left > 0
		if killed {
			time.Sleep(time.Duration(k.dice.IntN(1000+*killRows*5/2)) * time.Millisecond)
			_ = cmd.Process.Kill()
		}
		err := cmd.Wait()
		r.hear(stderr.String())
		code := cmd.ProcessState.ExitCode()
		ended := code == 0 || code == 3
		if !ended && !killed {
			t.Errorf("round %d: %v\n%s", n, err, stderr.String())
			return
		}
		r.canary(t, stdout.Bytes(), stderr.Bytes())
		if ended {
			k.rounds++
			r.judge(t, stderr.String())
			return
		}
		k.left--
	}
}

// hear takes in what was reported.
func (r *killedRun) hear(stderr string) {
	for line := range strings.SplitSeq(stderr, "\n") {
		var e struct{ Event, UserPrincipalName, Outcome, PassID string }
		if json.Unmarshal([]byte(line), &e) == nil && e.Event == "row" && (e.Outcome == "created" || e.Outcome == "replaced") {
			r.reported[e.UserPrincipalName] = append(r.reported[e.UserPrincipalName], e.PassID)
		}
	}
}
