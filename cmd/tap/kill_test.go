package main_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
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
)

var (
	kills    = flag.Int("kills", 6, "how often TestRunsSurviveKills kills a run")
	killRows = flag.Int("rows", 200, "rows of a run of TestRunsSurviveKills")
	killSeed = flag.Uint64("killseed", uint64(time.Now().UnixNano()), "seed of the moments at which TestRunsSurviveKills kills")
)

// TestRunsSurviveKills: runs are killed at random moments, against a tenant that is slow and breaks; each is followed by the same command, until
// one comes to its end. Then every code of the result is the tenant's, and nothing that was reported was superseded.
func TestRunsSurviveKills(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("kill -9")
	}
	t.Logf("-killseed %d", *killSeed)
	k := newKilling(t)
	for round := 1; k.left > 0 && !t.Failed(); round++ {
		k.round(t, round)
	}
	t.Logf("%d runs of %d rows survived %d kills: %v", k.rounds, *killRows, *kills, k.ends)
}

// killing is a served tenant, and the runs on it.
type killing struct {
	dir, url string
	users    []string
	dice     *rand.Rand
	left     int // kills
	rounds   int
	ends     map[string]int
}

func newKilling(t *testing.T) *killing {
	t.Helper()
	k := &killing{dir: t.TempDir(), dice: rand.New(rand.NewPCG(*killSeed, 1)), left: *kills, ends: map[string]int{}}
	const post = `"match":"POST /users/*/authentication/temporaryAccessPassMethods"`
	args := []string{"sandbox", "serve", "--listen", "127.0.0.1:0", "--users", fmt.Sprint(2 * *killRows), "--seed", "1", "--latency", "15ms", "-q"}
	for _, f := range []string{
		post + `,"status":429,"retryAfter":"0.3","probability":0.02`, post + `,"status":503,"probability":0.01`, post + `,"drop":"after","status":504,"probability":0.01`,
		post + `,"drop":"late","after":"1s","status":503,"probability":0.01`, post + `,"drop":"late","after":"2s","status":504,"probability":0.01`, post + `,"body":"odd","probability":0.01`,
		`"match":"POST /$batch","drop":"after","probability":0.01`, `"match":"POST /$batch","drop":"before","probability":0.01`, `"match":"GET /users/*/authentication/temporaryAccessPassMethods","status":503,"probability":0.01`,
	} {
		args = append(args, "--fault", "{"+f+"}")
	}
	server := k.command(args...)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	for range 500 {
		var addr struct{ Address string }
		if b, err := os.ReadFile(filepath.Join(k.dir, "box", "serve.json")); err == nil && json.Unmarshal(b, &addr) == nil && addr.Address != "" {
			k.url = addr.Address
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
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

func (k *killing) command(args ...string) *exec.Cmd {
	cmd := exec.Command("tap", args...)
	cmd.Dir = k.dir
	cmd.Env = append(os.Environ(), "HOME="+k.dir, "XDG_STATE_HOME="+filepath.Join(k.dir, "state"), "TAP_SANDBOX_DIR="+filepath.Join(k.dir, "box"), "TAP_TEST_DIR=", "TAP_TEST_LATE=3s")
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

// round is one run, killed until it is let go on.
func (k *killing) round(t *testing.T, round int) {
	t.Helper()
	reported := map[string]string{}
	out := fmt.Sprintf("passes-%d.csv", round)
	for mercy := k.dice.IntN(5) + 2; ; mercy-- {
		var stderr bytes.Buffer
		cmd := k.command("--sandbox-url", k.url, "--sandbox-as", "privileged", "create", "--file", "roster.csv", "--out", out, "--replace", "--wait", fmt.Sprintf("%ds", 60+round), "--yes", "--rate", "max", "--progress", "jsonl")
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		killed := mercy > 0 && k.left > 0
		if killed {
			time.Sleep(time.Duration(k.dice.IntN(1500)) * time.Millisecond)
			_ = cmd.Process.Kill()
		}
		err := cmd.Wait()
		for line := range strings.SplitSeq(stderr.String(), "\n") {
			var e struct{ Event, UserPrincipalName, PassID string }
			if json.Unmarshal([]byte(line), &e) == nil && e.Event == "row" {
				reported[e.UserPrincipalName] = e.PassID
			}
		}
		if code := cmd.ProcessState.ExitCode(); code == 0 || code == 3 {
			k.rounds++
			k.judge(t, filepath.Join(k.dir, out), reported, stderr.String())
			return
		} else if !killed {
			t.Errorf("round %d: %v\n%s", round, err, stderr.String())
			return
		}
		k.left--
		k.canary(t)
	}
}

// canary searches what a killed run left for what was ever issued.
func (k *killing) canary(t *testing.T) {
	t.Helper()
	var issued []struct{ TemporaryAccessPass string }
	k.get(t, "issued", &issued)
	err := filepath.WalkDir(filepath.Join(k.dir, "state"), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it was killed before it had begun
		}
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, i := range issued {
			if bytes.Contains(b, []byte(i.TemporaryAccessPass)) {
				t.Errorf("%s holds a passcode", path)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// judge holds the result against the tenant once no lost create can land any more.
func (k *killing) judge(t *testing.T, path string, reported map[string]string, stderr string) {
	t.Helper()
	time.Sleep(2500 * time.Millisecond)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || len(rows) != len(k.users)+1 {
		t.Fatalf("the result has %d rows: %v\n%s", len(rows), err, stderr)
	}
	var all []struct{ UserPrincipalName, ID, TemporaryAccessPass string }
	k.get(t, "passes", &all)
	code, id := map[string]string{}, map[string]string{}
	for _, p := range all {
		code[p.UserPrincipalName], id[p.UserPrincipalName] = p.TemporaryAccessPass, p.ID
	}
	col := func(name string) int { return slices.Index(rows[0], name) }
	for _, r := range rows[1:] {
		user, has, why := r[col("userPrincipalName")], r[col("temporaryAccessPass")], r[col("error")]
		k.ends[r[col("outcome")]]++
		switch {
		case has != "" && has != code[user]:
			t.Errorf("%s: the code of the result is not the tenant's: %v", user, r)
		case has == "" && r[col("outcome")] == "failed" && id[user] != "" && !strings.Contains(why, "a pass may exist"):
			t.Errorf("%s: %s, and it is not said that a pass is there", user, why)
		case has != "" && reported[user] != "" && reported[user] != id[user]:
			t.Errorf("%s: the pass %s was reported, and was superseded by %s", user, reported[user], id[user])
		}
	}
}
