package root_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// fails is a stdout that takes so many bytes.
type fails struct{ room int }

func (f *fails) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errors.New("the pipe is clogged")
	}
	return len(b), nil
}

// into is any command with this stdout and these variables beside the site's.
func (s *site) into(out io.Writer, env map[string]string, words ...string) (code int, stderr string) {
	var errOut bytes.Buffer
	code = root.Main(&root.Process{
		Args:    words,
		Streams: &terminal.Streams{In: strings.NewReader(""), Out: out, Err: &errOut},
		Getenv: func(name string) string {
			if v, has := env[name]; has {
				return v
			}
			return map[string]string{"TAP_SANDBOX_DIR": s.dir, "XDG_STATE_HOME": "/state"}[name]
		},
		Files: s.files,
	})
	return code, errOut.String()
}

// toStdout is a run whose result goes to stdout.
func (s *site) toStdout(words ...string) []string {
	return append([]string{"--sandbox", "--sandbox-as", "privileged", "create", "--file", s.roster, "--out", "-", "-o", "csv", "--yes", "--rate", "max", "--replace"}, words...)
}

// A stdout that breaks ends a run, and one that goes on, with the line that resumes it; then all rows are printed.
func TestStdoutBreaks(t *testing.T) {
	t.Parallel()
	s := newSite(t, crashRows)
	for _, room := range []int{600, 0, 300} {
		code, stderr := s.into(&fails{room}, nil, s.toStdout()...)
		if code != 10 || resumeLine(ended{stderr: stderr}) == nil || !strings.Contains(stderr, "of 40 rows are done, and nothing is lost") {
			t.Fatalf("room for %d bytes: exit code %d\n%s", room, code, stderr)
		}
	}
	var out bytes.Buffer
	code, stderr := s.into(&out, nil, s.toStdout()...)
	if code != 0 || strings.Count(out.String(), "\n") != crashRows+1 || !slices.Contains(strings.Split(stderr, "\n"), "tap: notice: 40 created, 0 replaced, 0 skipped, 0 refused, 0 failed") {
		t.Errorf("exit code %d\n%s\n%s", code, stderr, out.String())
	}
}
