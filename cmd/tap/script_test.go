package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/graph/contract"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

const scripts = "../../testdata/script"

// The folders that the driver keeps in a script's folder, beside what the script does there.
const (
	ledgerDir     = ".sandbox"    // the sandbox: it holds the passcodes, as the service does
	transcriptDir = ".transcript" // a copy of what each run of tap wrote, as NAME-COMMAND-stdout and NAME-COMMAND-stderr
	breachFile    = ".contract"   // what broke Microsoft's contract
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tap": tap, "code": code})
}

// tap is the program, with a copy of its output kept and every exchange with Graph held against the contract.
func tap() {
	s := terminal.System()
	dir := os.Getenv("TAP_TEST_DIR")
	late, _ := time.ParseDuration(os.Getenv("TAP_TEST_LATE"))
	if dir == "" {
		os.Exit(root.Main(&root.Process{Args: os.Args[1:], Streams: s, Getenv: os.Getenv, Late: late}))
	}
	s.Out = io.MultiWriter(s.Out, transcript(dir, "stdout"))
	s.Err = io.MultiWriter(s.Err, transcript(dir, "stderr"))
	p := &root.Process{Args: os.Args[1:], Streams: s, Getenv: os.Getenv, Late: late, Machine: auth.MachineFile{Path: filepath.Join(dir, "etc", "tap.toml"), Owner: os.Getuid()}}
	if os.Getenv("TAP_TEST_WORLD") != "" {
		p.Network = world{dir, new(sync.Mutex)}
	}
	if rules := os.Getenv("TAP_TEST_CONTRACT"); rules != "" {
		p.Wrap = func(next http.RoundTripper) http.RoundTripper {
			return contract.Load(rules).Wrap(next, func(s string) { breach(dir, s) })
		}
	}
	os.Exit(root.Main(p))
}

// verb is the command that the words run, "tap" where they name none.
func verb(words []string) string {
	for _, w := range words {
		if slices.Contains([]string{"create", "delete", "policy", "run", "result", "sandbox", "list", "watch", "revoke", "profile", "login", "logout", "whoami", "audit"}, w) {
			return w
		}
	}
	return "tap"
}

func transcript(dir, stream string) io.Writer {
	f, err := os.CreateTemp(filepath.Join(dir, transcriptDir), "*-"+verb(os.Args[1:])+"-"+stream)
	if err != nil {
		panic(err)
	}
	return f
}

func breach(dir, what string) {
	f, err := os.OpenFile(filepath.Join(dir, breachFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	_, _ = fmt.Fprintln(f, what)
}

func TestScripts(t *testing.T) {
	nouns, err := os.ReadDir(scripts)
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, n := range nouns {
		files, err := filepath.Glob(filepath.Join(scripts, n.Name(), "*.txtar"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s holds no scripts (%v)", n.Name(), err)
		}
		ran += len(files)
		t.Run(n.Name(), func(t *testing.T) { run(t, files) })
	}
	if all := countScripts(t); ran != all || all == 0 {
		t.Errorf("%d scripts ran, the folder holds %d", ran, all)
	}
}

func countScripts(t *testing.T) (n int) {
	t.Helper()
	err := filepath.WalkDir(scripts, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".txtar") {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func run(t *testing.T, files []string) {
	rules, err := filepath.Abs("../../testdata/graph")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"term": cmdTerm, "secrets": cmdSecrets, "requests": cmdRequests, "field": cmdField, "served": cmdServed,
			"sandbox": cmdSandbox, "sent": cmdSent, "limit": cmdLimit, "interrupt": cmdInterrupt,
		},
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars,
				"HOME="+e.WorkDir, "XDG_STATE_HOME="+filepath.Join(e.WorkDir, "state"), "XDG_CONFIG_HOME="+filepath.Join(e.WorkDir, "config"), "TZ=UTC",
				"TAP_SANDBOX_DIR="+filepath.Join(e.WorkDir, ledgerDir),
				"TAP_TEST_DIR="+e.WorkDir, "TAP_TEST_CONTRACT="+rules,
			)
			places := &places{}
			e.Values[placesKey{}] = places
			e.Defer(func() { judge(e.T(), e.WorkDir, places) })
			return os.Mkdir(filepath.Join(e.WorkDir, transcriptDir), 0o700)
		},
	})
}

type placesKey struct{}

// places are where a script says that passcodes may be.
type places struct{ allowed []string }

func (p *places) allow(rel string) bool {
	for _, a := range p.allowed {
		if rel == a || strings.HasPrefix(rel, transcriptDir) && strings.HasSuffix(rel, "-"+a) {
			return true
		}
	}
	return false
}

// judge ends a script: nothing broke the contract, and no passcode of the ledger lies where the script did not say.
func judge(t testscript.T, dir string, p *places) {
	if b, err := os.ReadFile(filepath.Join(dir, breachFile)); err == nil {
		t.Fatal("Microsoft's contract was broken:\n" + string(b))
	}
	codes, err := issued(filepath.Join(dir, ledgerDir))
	if err != nil {
		t.Fatal(err)
	}
	leaks, err := newCanary(codes).searchTree(dir, func(rel string) bool {
		return rel == ledgerDir || strings.HasPrefix(rel, ledgerDir+string(filepath.Separator)) || p.allow(rel)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(leaks) > 0 {
		t.Fatal(fmt.Sprintf("passcodes leaked: %v", leaks))
	}
}

// issued reads the ledger of every passcode that the sandbox ever issued.
func issued(dir string) ([]string, error) {
	if fi, err := os.Stat(dir); err != nil || !fi.IsDir() {
		return nil, nil // the script used no sandbox, or one that it broke on purpose
	}
	var passes []struct{ TemporaryAccessPass string }
	if err := control(dir, http.MethodGet, "/sandbox/issued", &passes); err != nil {
		return nil, err
	}
	var codes []string
	for _, p := range passes {
		codes = append(codes, p.TemporaryAccessPass)
	}
	return codes, nil
}

// control asks the sandbox in dir without tap: of the server on it where there is one, else over the folder.
func control(dir, method, path string, into any) error {
	base, trust, err := sandbox.Served(dir)
	if err != nil {
		return err
	}
	rec := httptest.NewRecorder()
	if base != "" {
		req, err := http.NewRequest(method, base+path, nil)
		if err != nil {
			return err
		}
		resp, err := (&http.Client{Transport: &http.Transport{TLSClientConfig: trust}, Timeout: 10 * time.Second}).Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if into == nil {
			return nil
		}
		return json.NewDecoder(resp.Body).Decode(into)
	}
	box, err := sandbox.Open(dir, sandbox.Options{})
	if err != nil {
		return err
	}
	defer box.Close()
	req := httptest.NewRequest(method, "http://127.0.0.1"+path, nil)
	box.Handler().ServeHTTP(rec, req)
	if into == nil {
		return nil
	}
	return json.Unmarshal(rec.Body.Bytes(), into)
}
