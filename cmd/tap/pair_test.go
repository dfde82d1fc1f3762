package main_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// pair is a tenant and two processes that are told to make passes for the same users.
type pair struct{ *killing }

func newPair(t *testing.T) *pair {
	t.Helper()
	k := &killing{dir: t.TempDir()}
	if err := os.Mkdir(filepath.Join(k.dir, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	k.start(t, "sandbox", "serve", "--listen", "127.0.0.1:0", "--users", "80", "--seed", "1", "--latency", "30ms", "-q")
	var people []struct{ ID, UserPrincipalName, UserType string }
	k.get(t, "users", &people)
	names, ids := "user\n", "objectId\n"
	for _, p := range slices.Backward(people) {
		if p.UserType == "Member" && len(k.users) < 40 {
			k.users = append(k.users, p.UserPrincipalName)
			names, ids = names+p.UserPrincipalName+"\n", ids+p.ID+"\n"
		}
	}
	for name, content := range map[string]string{"names.csv": names, "ids.csv": ids} {
		if err := os.WriteFile(filepath.Join(k.dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return &pair{k}
}

// create is the command of one of the two. Its result is another file than that of the other.
func (p *pair) create(roster, out string, words ...string) *process {
	args := append([]string{"--sandbox-url", p.url, "--sandbox-as", "privileged", "create", "--file", roster, "--replace", "--out", out}, words...)
	c := &process{Cmd: p.command(args...)}
	c.Stderr = &c.said
	return c
}

// process is one of the two, and what it said.
type process struct {
	*exec.Cmd
	said bytes.Buffer
}

func (c *process) exit() int {
	_ = c.Wait()
	return c.ProcessState.ExitCode()
}

// judge: each code of each result is the tenant's, so not two results can hold other codes of one user.
func (p *pair) judge(t *testing.T, wanted int, results ...string) {
	t.Helper()
	var held []struct{ UserPrincipalName, TemporaryAccessPass string }
	p.get(t, "passes", &held)
	codes, found := map[string]string{}, 0
	for _, h := range held {
		codes[h.UserPrincipalName] = h.TemporaryAccessPass
	}
	for _, name := range results {
		b, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil {
			continue
		}
		found++
		rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
		if err != nil || len(rows) != len(p.users)+1 {
			t.Fatalf("%s has %d rows: %v", name, len(rows), err)
		}
		user, code, dead := slices.Index(rows[0], "userPrincipalName"), slices.Index(rows[0], "temporaryAccessPass"), 0
		for _, r := range rows[1:] {
			if r[code] == "" || r[code] != codes[r[user]] {
				dead++
			}
		}
		if dead > 0 {
			t.Errorf("%d codes of %s are not the tenant's", dead, name)
		}
	}
	if found != wanted {
		t.Errorf("there are %d results, want %d", found, wanted)
	}
}

var aRun = regexp.MustCompile(`\b[0-9]{8}-[0-9]{6}-[0-9a-f]{4}\b`)

// TestTwoProcessesBeginOneRun: of two processes that begin the same at once, one makes the passes; the other ends without having made
// any, and names the run. So it is where the rosters name the users otherwise.
func TestTwoProcessesBeginOneRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		roster string
		apart  time.Duration
		exits  []int // that the second may end with: 0 where the first was done before
	}{
		{"names.csv", 0, []int{0, 7}}, {"names.csv", 50 * time.Millisecond, []int{0, 7}}, {"ids.csv", 0, []int{7}}, {"ids.csv", 50 * time.Millisecond, []int{7}},
	} {
		p := newPair(t)
		first, second := p.create("names.csv", "one.csv", "--yes"), p.create(c.roster, "two.csv", "--yes")
		if err := first.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(c.apart) // which moment is tried; any has to be right
		if err := second.Start(); err != nil {
			t.Fatal(err)
		}
		a, b := first, second
		if exit := first.exit(); exit != 0 {
			a, b = second, first
		}
		a.exit()
		exit := b.exit()
		if !slices.Contains(c.exits, exit) || a.ProcessState.ExitCode() != 0 {
			t.Errorf("%s, %s apart: exit codes %d and %d\n%s\n%s", c.roster, c.apart, a.ProcessState.ExitCode(), exit, &a.said, &b.said)
		}
		if exit == 7 && !aRun.MatchString(b.said.String()) {
			t.Errorf("the run is not named: %s", &b.said)
		}
		p.judge(t, 1, "one.csv", "two.csv")
	}
}

// TestAProcessThatAsksHoldsNobodyUp: while one process asks a person, another makes the passes; the answer comes when they are being made,
// or when the result is whole. --restart changes nothing about that.
func TestAProcessThatAsksHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		whole bool
		words []string
		exit  int
		says  string
	}{
		{"under way", false, nil, 7, "another process is at work on it"},
		{"done", true, nil, 0, "this run was done"},
		{"under way, anew", false, []string{"--restart"}, 7, "another process is at work on it"},
		{"done, anew", true, []string{"--restart"}, 0, "this run was done"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			asking := p.create("names.csv", "two.csv", c.words...)
			asking.Stderr = nil
			screen, err := pty.Start(asking.Cmd)
			if err != nil {
				t.Fatal(err)
			}
			defer screen.Close()
			until(t, screen, &asking.said, "[y/N] ")
			working := p.create("names.csv", "one.csv", "--yes", "--rate", "4/s", "--progress", "jsonl")
			working.Stderr = nil
			told, err := working.StderrPipe()
			if err == nil {
				err = working.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			until(t, told, &working.said, map[bool]string{false: `"event":"row"`, true: "the result is "}[c.whole])
			if c.whole {
				_ = working.Wait()
			}
			if _, err := fmt.Fprintln(screen, "y"); err != nil {
				t.Fatal(err)
			}
			_, _ = asking.said.ReadFrom(screen) // ends with EIO when the other end is closed
			if exit := asking.exit(); exit != c.exit || !strings.Contains(asking.said.String(), c.says) {
				t.Errorf("exit code %d\n%s", exit, &asking.said)
			}
			if !c.whole {
				_, _ = working.said.ReadFrom(told)
				if exit := working.exit(); exit != 0 {
					t.Errorf("exit code %d\n%s", exit, &working.said)
				}
			}
			p.judge(t, 1, "one.csv", "two.csv")
		})
	}
}

// TestRestartBesideARunThatIsUnderWay: what another process is at work on cannot be begun anew, by neither name of its users.
func TestRestartBesideARunThatIsUnderWay(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	working := p.create("names.csv", "one.csv", "--yes", "--rate", "10/s", "--progress", "jsonl")
	working.Stderr = nil
	told, err := working.StderrPipe()
	if err == nil {
		err = working.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	until(t, told, &working.said, `"event":"row"`)
	for roster, says := range map[string]string{"names.csv": "another process is at work on it", "ids.csv": "is not finished and has the user"} {
		other := p.create(roster, "two.csv", "--yes", "--restart")
		if err := other.Start(); err != nil {
			t.Fatal(err)
		}
		if exit := other.exit(); exit != 7 || !strings.Contains(other.said.String(), says) || !aRun.MatchString(other.said.String()) {
			t.Errorf("%s: exit code %d\n%s", roster, exit, &other.said)
		}
	}
	_, _ = working.said.ReadFrom(told)
	if exit := working.exit(); exit != 0 {
		t.Errorf("exit code %d\n%s", exit, &working.said)
	}
	p.judge(t, 1, "one.csv", "two.csv")
}

// until reads until a text was seen.
func until(t *testing.T, from interface{ Read([]byte) (int, error) }, into *bytes.Buffer, text string) {
	t.Helper()
	buf := make([]byte, 4096)
	for !strings.Contains(into.String(), text) {
		n, err := from.Read(buf)
		into.Write(buf[:n])
		if err != nil {
			t.Fatalf("%v before %q\n%s", err, text, into)
		}
	}
}
