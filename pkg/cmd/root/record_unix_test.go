//go:build unix

package root_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// syslogAt is a syslog at a socket; what it gets is sent on.
func syslogAt(t *testing.T) (socket string, got chan string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "tap") //nolint:usetesting // the path of a socket is at most 104 characters long, and t.TempDir has the test's name
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket = filepath.Join(dir, "log")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	got = make(chan string, 100)
	go func() {
		defer close(got)
		b := make([]byte, 1<<16)
		for {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			got <- string(b[:n])
		}
	}()
	t.Cleanup(func() { _ = c.Close() })
	return socket, got
}

// next is what the syslog gets within a second.
func next(t *testing.T, got chan string) string {
	t.Helper()
	select {
	case line := <-got:
		return line
	case <-time.After(time.Second):
		t.Fatal("the syslog gets nothing")
		return ""
	}
}

// TestTheRecordGoesToSyslog: both lines of a write do, where the machine settings say so; a write that the syslog does not take is not sent; what
// only reads does not ask it.
func TestTheRecordGoesToSyslog(t *testing.T) {
	t.Parallel()
	socket, got := syslogAt(t)
	m := newMachine(t, "syslog = \""+socket+"\"\n")
	m.world = newWorld(t, "login.microsoftonline.com", "graph.microsoft.com", write, read, roles)
	signIn := []string{"--auth", "client-secret", "--tenant", sandbox.TenantID, "--client-id", client}
	m.env["TAP_CLIENT_SECRET"] = secrets
	code, out, errOut := m.tap(append(signIn, "create", "adele.vance@contoso.com", "--ticket", "INC-1", "-o", "value")...)
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, errOut)
	}
	for _, phase := range []string{"intent", "outcome"} {
		line := next(t, got)
		for _, want := range []string{"<85>", ` tap[`, `"phase":"` + phase + `"`, `"ticketNumber":"INC-1"`, `"kind":"client-secret"`, `"cloud":"global"`, `"userPrincipalName":"adele.vance@contoso.com"`} {
			if !strings.Contains(line, want) {
				t.Errorf("%s is not in %s", want, line)
			}
		}
		if strings.Contains(line, strings.TrimSpace(out)) {
			t.Errorf("a passcode is in %s", line)
		}
	}
	m.settle("syslog = \"" + socket + ".gone\"\n")
	code, _, errOut = m.tap(append(signIn, "delete", "adele.vance@contoso.com", "--yes")...)
	if code != 10 || !strings.Contains(errOut, "reaching the syslog that the machine settings ask for: ") || !strings.Contains(errOut, "without a record nothing is sent") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
	code, out, errOut = m.tap(append(signIn, "list", "adele.vance@contoso.com", "-o", "value", "--columns", "state")...)
	if code != 0 || out != "usable\n" {
		t.Errorf("exit code %d: %q\n%s", code, out, errOut)
	}
}
