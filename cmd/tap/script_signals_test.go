package main_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// limit SECONDS COMMAND...: the command ends in less than so many seconds; with ! it has to fail.
func cmdLimit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: limit SECONDS COMMAND...")
	}
	most, err := strconv.Atoi(args[0])
	ts.Check(err)
	began := time.Now()
	ts.Check(ts.Exec(args[1], args[2:]...))
	if took := time.Since(began); took >= time.Duration(most)*time.Second {
		ts.Fatalf("it took %s", took)
	}
}

// interrupt SIGNAL WHEN SECONDS COMMAND...: sends the signal once stderr has the text WHEN, or, where that is `posted`, once a
// POST reached the sandbox; the command ends in less than so many seconds then. Its stdout is left in `out`.
func cmdInterrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: interrupt SIGNAL WHEN SECONDS COMMAND...")
	}
	most, err := strconv.Atoi(args[2])
	ts.Check(err)
	path, err := exec.LookPath(args[3])
	ts.Check(err)
	out, err := os.Create(ts.MkAbs("out"))
	ts.Check(err)
	defer out.Close()
	said := &watched{text: args[1], seen: make(chan struct{})}
	cmd := exec.Command(path, args[4:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), environment(ts), out, said
	ts.Check(cmd.Start())
	if args[1] == "posted" {
		cmdSent(ts, false, []string{"1", http.MethodPost})
	} else {
		<-said.seen
	}
	began := time.Now()
	ts.Check(cmd.Process.Signal(map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM}[args[0]]))
	_ = cmd.Wait()
	if took := time.Since(began); took >= time.Duration(most)*time.Second {
		ts.Fatalf("it took %s to end", took)
	}
	_, err = fmt.Fprintf(ts.Stderr(), "%sexit code %d\n", said.all.String(), cmd.ProcessState.ExitCode())
	ts.Check(err)
}

// watched is a stderr that tells when a text was written to it.
type watched struct {
	text string
	seen chan struct{}
	all  bytes.Buffer
}

func (w *watched) Write(b []byte) (int, error) {
	before := strings.Contains(w.all.String(), w.text)
	w.all.Write(b)
	if !before && strings.Contains(w.all.String(), w.text) {
		close(w.seen)
	}
	return len(b), nil
}
