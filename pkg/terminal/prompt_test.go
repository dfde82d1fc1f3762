package terminal_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

func TestConfirm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed string
		want  bool
	}{
		{"y\n", true}, {"yes\n", true}, {" YES \r\n", true}, {"y", true},
		{"n\n", false}, {"no\n", false}, {"\n", false}, {"yep\n", false}, {"y y\n", false}, {"", false}, {"j\ny\n", false},
	} {
		var asked bytes.Buffer
		s := &terminal.Streams{In: strings.NewReader(c.typed), Err: &asked, InTTY: true, ErrTTY: true}
		got, err := s.Confirm(t.Context(), "Delete it?")
		want := "Delete it? [y/N] "
		if !strings.HasSuffix(c.typed, "\n") {
			want += "\n" // what comes next begins a line
		}
		if got != c.want || err != nil || asked.String() != want {
			t.Errorf("%q: %v, %v after %q", c.typed, got, err, asked.String())
		}
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{"contoso.com\n": "contoso.com", " Contoso.com\r\nx\n": "Contoso.com", "\n": "", "": "", "a b": "a b"} {
		var asked bytes.Buffer
		s := &terminal.Streams{In: strings.NewReader(typed), Err: &asked, InTTY: true, ErrTTY: true}
		if got, err := s.Line(t.Context(), "Tenant"); got != want || err != nil || strings.TrimSuffix(asked.String(), "\n") != "Tenant: " {
			t.Errorf("%q: %q, %v after %q", typed, got, err, asked.String())
		}
	}
}

func TestConfirmWithoutTerminal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, err bool }{{false, false}, {true, false}, {false, true}} {
		var asked bytes.Buffer
		s := &terminal.Streams{In: strings.NewReader("yes\n"), Err: &asked, InTTY: c.in, OutTTY: true, ErrTTY: c.err}
		if got, err := s.Confirm(t.Context(), "Delete it?"); got || !errors.Is(err, terminal.ErrNoTerminal) || asked.Len() > 0 {
			t.Errorf("%+v: %v, %v after %q", c, got, err, asked.String())
		}
		if line, err := s.Line(t.Context(), "Tenant"); line != "" || !errors.Is(err, terminal.ErrNoTerminal) || asked.Len() > 0 {
			t.Errorf("%+v: line %q, %v after %q", c, line, err, asked.String())
		}
		if code, err := s.Secret(t.Context(), "Passcode"); !code.IsEmpty() || !errors.Is(err, terminal.ErrNoTerminal) || asked.Len() > 0 {
			t.Errorf("%+v: secret %v, %v after %q", c, code, err, asked.String())
		}
	}
}

func TestConfirmBrokenInput(t *testing.T) {
	t.Parallel()
	broken := errors.New("EIO")
	s := &terminal.Streams{In: iotest.ErrReader(broken), Err: io.Discard, InTTY: true, ErrTTY: true}
	if got, err := s.Confirm(t.Context(), "Delete it?"); got || !errors.Is(err, broken) {
		t.Errorf("%v, %v", got, err)
	}
}

// TestConfirmInterrupted: nobody answers, and the context ends first: its cause is the error.
func TestConfirmInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in, closeIn := io.Pipe()
		defer closeIn.Close() // the abandoned read ends with the test
		ctx, cancel := context.WithCancelCause(t.Context())
		stopped := errors.New("stopped")
		go func() {
			synctest.Wait() // until the question waits for its answer
			cancel(stopped)
		}()
		var asked bytes.Buffer
		s := &terminal.Streams{In: in, Err: &asked, InTTY: true, ErrTTY: true}
		if got, err := s.Confirm(ctx, "Delete it?"); got || !errors.Is(err, stopped) || asked.String() != "Delete it? [y/N] \n" {
			t.Errorf("%v, %v after %q", got, err, asked.String())
		}
	})
}
