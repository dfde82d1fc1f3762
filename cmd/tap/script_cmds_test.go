package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// secrets PLACE...: passcodes may be in these files of the script's folder, or in what tap wrote: create-stdout is what runs of
// `tap create` wrote to stdout.
func cmdSecrets(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: secrets PLACE...")
	}
	p := ts.Value(placesKey{}).(*places)
	p.allowed = append(p.allowed, args...)
}

// requests N [METHOD]: so many requests reached Graph since the script began or `requests clear` was run. A
// POST that only reads, or holds other calls, does not count as one.
func cmdRequests(ts *testscript.TestScript, neg bool, args []string) {
	dir := ts.MkAbs(ledgerDir)
	if len(args) == 1 && args[0] == "clear" {
		ts.Check(control(dir, http.MethodDelete, "/sandbox/requests", nil))
		return
	}
	if neg || len(args) == 0 || len(args) > 2 {
		ts.Fatalf("usage: requests N [METHOD] | requests clear")
	}
	var log []struct{ Method, Path string }
	if fi, err := os.Stat(dir); err == nil && fi.IsDir() {
		ts.Check(control(dir, http.MethodGet, "/sandbox/requests", &log))
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	var found []string
	for _, r := range log {
		reads := r.Method == http.MethodPost && (strings.HasSuffix(r.Path, "/checkMemberGroups") || strings.HasSuffix(r.Path, "/$batch"))
		if len(args) == 1 || r.Method == args[1] && !reads {
			found = append(found, r.Method+" "+r.Path)
		}
	}
	if len(found) != want {
		ts.Fatalf("%d requests, want %d:\n%s", len(found), want, strings.Join(found, "\n"))
	}
}

// field ROW NAME VALUE: the JSON array on stdout has at ROW a property NAME with this value, as JSON or as bare text.
// field ROW NAME > FILE: the value goes to a file, without a newline.
func cmdField(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: field ROW NAME VALUE | field ROW NAME > FILE")
	}
	var rows []map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &rows))
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	if n >= len(rows) {
		ts.Fatalf("there are %d rows", len(rows))
	}
	v, has := rows[n][args[1]]
	if !has {
		ts.Fatalf("row %d has no property %s", n, args[1])
	}
	text, isText := v.(string)
	if !isText {
		b, err := json.Marshal(v)
		ts.Check(err)
		text = string(b)
	}
	if args[2] == ">" {
		ts.Check(os.WriteFile(ts.MkAbs(args[3]), []byte(text), 0o600))
		return
	}
	if (text == args[2]) == neg {
		ts.Fatalf("%s is %s", args[1], text)
	}
}

// term [-cols N] [-in FILE] COMMAND...: runs at a pseudo-terminal on all three streams, types a line of the file at each question, and
// leaves what the screen got in the file `screen`, with its colours in `screen.raw`. With ! the command has to fail.
func cmdTerm(ts *testscript.TestScript, neg bool, args []string) {
	cols, typed := 80, ""
	for len(args) > 1 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-cols":
			n, err := strconv.Atoi(args[1])
			ts.Check(err)
			cols = n
		case "-in":
			typed = ts.ReadFile(args[1])
		default:
			ts.Fatalf("term knows no %s", args[0])
		}
		args = args[2:]
	}
	path, err := exec.LookPath(args[0])
	ts.Check(err)
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), environment(ts)
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: uint16(cols)})
	ts.Check(err)
	defer f.Close()
	screen := converse(ts, f, strings.SplitAfter(typed, "\n"))
	err = cmd.Wait()
	raw := bytes.ReplaceAll(screen.Bytes(), []byte("\r\n"), []byte("\n"))
	ts.Check(os.WriteFile(ts.MkAbs("screen.raw"), raw, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("screen"), colours.ReplaceAll(raw, nil), 0o600))
	ts.Logf("[screen]\n%s", screen.String())
	exit := cmd.ProcessState.ExitCode()
	ts.Setenv("code", strconv.Itoa(exit))
	if (err != nil) != neg {
		ts.Fatalf("exit code %d", exit)
	}
}

var colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// converse reads the screen until the other end closes, and types a line each time that it is asked something.
func converse(ts *testscript.TestScript, f *os.File, lines []string) *bytes.Buffer {
	screen, answered := new(bytes.Buffer), 0
	buf := make([]byte, 4096)
	for {
		n, err := f.Read(buf)
		screen.Write(buf[:n])
		if err != nil { // EIO when the other end is closed
			return screen
		}
		asked := bytes.HasSuffix(screen.Bytes(), []byte("[y/N] ")) || bytes.HasSuffix(screen.Bytes(), []byte(": "))
		if asked && len(lines) > 0 && screen.Len() > answered {
			_, err := f.WriteString(lines[0])
			ts.Check(err)
			lines, answered = lines[1:], screen.Len()
		}
	}
}

func environment(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "TAP_PROFILE", "TAP_TEST_WORLD", "TAP_CLIENT_SECRET", "TZ", "TAP_SANDBOX_DIR", "TAP_TEST_DIR", "TAP_TEST_CONTRACT", "TAP_TEST_LATE", "TMPDIR"} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	return env
}

// served: waits until a `tap sandbox serve` in the background answers, and puts its address into $url.
func cmdServed(ts *testscript.TestScript, neg bool, args []string) {
	for range 500 {
		if base, _, err := sandbox.Served(filepath.Join(ts.MkAbs("."), ledgerDir)); err == nil && base != "" {
			ts.Setenv("url", base)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("no sandbox is served")
}

// code is a program for scripts: it runs tap and prints its exit code, so that a script can tell 5 from 7. It fails where
// tap found bad input and named no command that mends it.
func code() {
	var said bytes.Buffer
	cmd := exec.Command("tap", os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, io.MultiWriter(os.Stderr, &said)
	_ = cmd.Run()
	exit := cmd.ProcessState.ExitCode()
	fmt.Fprintf(os.Stderr, "exit code %d\n", exit)
	if exit == errs.UsageFault.Exit() && !strings.Contains(said.String(), "tap: hint: ") && !strings.Contains(said.String(), `"hint":"`) {
		fmt.Fprintln(os.Stderr, "exit code 2 without a hint")
		os.Exit(1)
	}
}
