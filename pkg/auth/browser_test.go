package auth_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/log"

	"github.com/seed-5ddf9a5e/tap/pkg/auth/entra"
)

// TestMain lets the test binary play the browser that azidentity starts, which it offers no hook for,
// and searches whatever the SDK logged in all tests for what must not be seen.
func TestMain(m *testing.M) {
	switch strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") {
	case "xdg-open", "open":
		playBrowser(os.Args[1])
		return
	}
	var logged lockedBuffer
	log.SetListener(func(e log.Event, text string) { fmt.Fprintln(&logged, e, text) })
	code := m.Run()
	switch text := logged.String(); {
	case strings.Contains(text, mark):
		fmt.Fprintln(os.Stderr, "FAIL: the SDK's log shows a secret:", text[strings.Index(text, mark):][:60])
		code = 1
	case code == 0 && text == "" && flag.Lookup("test.run").Value.String() == "":
		fmt.Fprintln(os.Stderr, "FAIL: the SDK logged nothing, so that nothing was searched")
		code = 1
	}
	os.Exit(code)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// playBrowser opens the address and sends the form on the page, as a browser does for form_post.
func playBrowser(address string) {
	switch os.Getenv("TAP_TEST_BROWSER") {
	case "broken":
		os.Exit(3)
	case "hangs":
		hang()
	}
	if err := entra.Browse(address, ""); err != nil {
		os.Exit(1)
	}
}

// hang waits until the test has ended, and lets go of its output, for the end of which go test waits.
func hang() {
	_, _ = os.Stdout.Close(), os.Stderr.Close()
	for parent := os.Getppid(); os.Getppid() == parent; {
		time.Sleep(100 * time.Millisecond)
	}
	os.Exit(0)
}

// useBrowser puts the test binary on PATH as the program that opens addresses, alone.
func useBrowser(t *testing.T, behaviour string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows opens addresses by a system call, not by a program on PATH")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"xdg-open", "open"} {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	t.Setenv("TAP_TEST_BROWSER", behaviour)
}
