package main_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

// Every line of every Example works as it stands. A paragraph of an Example is a session of its own.
func TestExamples(t *testing.T) {
	need(t, "bash")
	ran := 0
	for _, c := range commands(tree()) {
		for n, paragraph := range paragraphs(c.Example) {
			ran++
			t.Run(fmt.Sprintf("%s/%d", c.CommandPath(), n+1), func(t *testing.T) {
				t.Parallel()
				for _, fault := range exampleFaults(t, paragraph) {
					t.Error(fault)
				}
			})
		}
	}
	if ran < 5 {
		t.Errorf("%d examples ran", ran)
	}
}

func TestExamplesBite(t *testing.T) {
	need(t, "bash")
	for example, want := range map[string]string{
		"  # An alias of somebody\n  tap creat adele.vance@contoso.com":                          "exit code 2",
		"  tap sandbox users --out users.csv\n  tap sandbox users":                               "exit code 2",
		"  tap create nobody@contoso.com -o value | tap sandbox signin adele.vance@contoso.com":  "exit code",
		"  code=$(tap create nobody@contoso.com -o value)":                                       "exit code 6",
		"  tap sandbox serve\n  tap --sandbox-url http://127.0.0.1:4010 list nobody@contoso.com": "exit code 6",
		"  tap sandbox serve --listen 192.0.2.1:80":                                              "nothing is served",
		"  tap sandbox users | grep 'no end":                                                     "was not run",
		"  tap sandbox users":                                                                    "",
	} {
		got := strings.Join(exampleFaults(t, paragraphs((&cobra.Command{Example: example}).Example)[0]), "\n")
		if got == "" != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s\nis judged %q", example, got)
		}
	}
}

func paragraphs(example string) []string {
	var out []string
	for _, p := range strings.Split(example, "\n\n") {
		if strings.TrimSpace(p) != "" {
			out = append(out, p)
		}
	}
	return out
}

// exampleFaults runs a paragraph of an Example and says what did not end with 0.
func exampleFaults(t *testing.T, paragraph string) (faults []string) {
	t.Helper()
	for _, s := range session(t, paragraph) {
		if s.fault != "" {
			faults = append(faults, fmt.Sprintf("%s\n%s: %s", paragraph, s.fault, s.out))
		}
	}
	return faults
}

// step is what became of one piece of a session.
type step struct {
	out   string // what was printed, stdout and stderr as they came
	fault string // "" where every command ended with 0
}

// shell is what a session's commands find: tap works in the sandbox whether or not that is said, but on the profiles and sign-ins of the session, a server runs in
// the background, and `go run ./cmd/tap` is tap. The last command of a step that failed counts.
const shell = `set -o pipefail
tap() {
  case " $* " in *" login "*) command tap "$@" --help >/dev/null; return ;; esac # its words are read, and nobody is there to sign in
  case " $* " in *" --sandbox "*|*" --sandbox-url "*|*" profile "*|*" logout "*) ;; *) set -- --sandbox "$@" ;; esac
  case " $* " in
    *" sandbox serve "*--listen*) command tap "$@" & echo $! >>"$STEPS/servers"; served ;;
    *" sandbox serve "*) tap "$@" --listen 127.0.0.1:$PORT ;;
    *) command tap "$@" ;;
  esac
}
go() {
  if [ "$1 $2" = "run ./cmd/tap" ]; then shift 2; tap "$@"; return; fi
  for word; do
    case $word in ./*) [ -d "$MODULE/${word%...}" ] || { echo "there is no package $word"; return 1; } ;; esac
  done
}
served() {
  for _ in {1..100}; do
    (: </dev/tcp/127.0.0.1/$PORT) 2>/dev/null && return
    [ ! -f "$STEPS/servers" ] || kill -0 $(cat "$STEPS/servers") 2>/dev/null || break
    sleep 0.1
  done
  echo "nothing is served at port $PORT"
  return 1
}
stop() {
  [ -f "$STEPS/servers" ] || return 0
  for server in $(cat "$STEPS/servers"); do
    kill $server
    while kill -0 $server; do sleep 0.05; done
  done 2>/dev/null
}
trap stop EXIT
trap 'failed="exit code $?"' ERR
`

// session runs pieces of shell one after another in one shell and one sandbox, as somebody does who reads a
// document, and holds them against the contract and the canary as a script is. Passcodes may be printed, and
// nowhere else be.
func session(t *testing.T, pieces ...string) []step {
	t.Helper()
	work, steps, port := t.TempDir(), t.TempDir(), freePort(t)
	var b strings.Builder
	b.WriteString(shell)
	for n, piece := range pieces {
		piece = strings.ReplaceAll(piece, "127.0.0.1:4010", "127.0.0.1:"+port)
		if strings.Contains(piece, "sandbox serve") {
			piece += "\nserved" // it may stand in the background
		}
		fmt.Fprintf(&b, "failed=\n{ :\n%s\n} >\"$STEPS/%d\" 2>&1\necho \"$failed\" >\"$STEPS/%d.fault\"\n", piece, n, n)
	}
	if err := os.Mkdir(filepath.Join(work, transcriptDir), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "-c", b.String())
	cmd.Dir = work
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + work, "TZ=UTC", "TMPDIR=" + t.TempDir(), "PORT=" + port, "STEPS=" + steps, "MODULE=" + abs(t, "../.."),
		"TAP_SANDBOX_DIR=" + filepath.Join(work, ledgerDir), "TAP_TEST_DIR=" + work, "TAP_TEST_CONTRACT=" + abs(t, "../../testdata/graph"),
	}
	said, _ := cmd.CombinedOutput() // how a piece ended is in its file
	judge(scriptT{t}, work, &places{allowed: []string{"stdout", "passes.csv", "passes.xlsx", "by-department/0001.csv", "by-department/0002.csv"}})
	out := make([]step, len(pieces))
	for n := range pieces {
		out[n] = readStep(filepath.Join(steps, strconv.Itoa(n)), string(said))
		out[n].out = strings.ReplaceAll(out[n].out, "127.0.0.1:"+port, "127.0.0.1:4010")
	}
	return out
}

func readStep(path, said string) step {
	fault, err := os.ReadFile(path + ".fault")
	if err != nil {
		return step{out: said, fault: "was not run"}
	}
	out, err := os.ReadFile(path)
	if err != nil {
		return step{fault: err.Error()}
	}
	return step{string(out), strings.TrimSpace(string(fault))}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func abs(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// scriptT lets judge end a test that is no script.
type scriptT struct{ *testing.T }

func (s scriptT) Run(name string, f func(testscript.T)) {
	s.T.Run(name, func(t *testing.T) { f(scriptT{t}) })
}

func (s scriptT) Verbose() bool { return testing.Verbose() }
