package sandbox

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

var update = flag.Bool("update", false, "write testdata/golden")

// TestServeGolden holds what serve prints against the files in testdata/golden. Here nobody is served, so that it ends;
// the other commands' are in pkg/cmd/root.
func TestServeGolden(t *testing.T) {
	t.Parallel()
	for _, f := range output.Formats() {
		for _, tls := range []bool{false, true} {
			var out, stderr bytes.Buffer
			serve := NewCmdServe(&cmdutil.Factory{
				Streams: &terminal.Streams{Out: &out, Err: &stderr}, Say: &cmdutil.Say{W: &stderr}, Globals: &cmdutil.Globals{Output: f},
			}, func(sandbox.Options) (func(context.Context, net.Listener) error, error) {
				return func(context.Context, net.Listener) error { return nil }, nil
			}, nil)
			serve.SetArgs([]string{"--listen", "127.0.0.1:0", fmt.Sprintf("--tls=%v", tls)})
			if err := serve.ExecuteContext(t.Context()); err != nil {
				t.Fatal(err)
			}
			name := "plain"
			if tls {
				name = "tls"
			}
			golden(t, fmt.Sprintf("sandbox.serve.%s.%s.txt", name, f), out.String()+"-- stderr --\n"+stderr.String())
		}
	}
}

func golden(t *testing.T, name, text string) {
	t.Helper()
	text = regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(text, "127.0.0.1:PORT")
	text = regexp.MustCompile(regexp.QuoteMeta(os.TempDir())+`[^" ,\n]*`).ReplaceAllString(text, "CERTIFICATE")
	path := filepath.Join("../../../testdata/golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: run `go test ./pkg/cmd/sandbox -run Golden -update` and look at it", err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
