package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/term"

	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// ErrNoTerminal says that there is nobody to ask.
var ErrNoTerminal = errors.New("there is no terminal to ask at")

// ErrNoAnswer says that the person would not answer.
var ErrNoAnswer = errors.New("the question was not answered")

// Confirm asks a question on Err and reads the answer from In; only "y" and "yes" are a yes.
// It returns ErrNoTerminal where nobody can be asked, and ctx's error when it ends first.
func (s *Streams) Confirm(ctx context.Context, question string) (bool, error) {
	line, err := s.ask(ctx, question+" [y/N] ")
	switch strings.ToLower(line) {
	case "y", "yes":
		return true, nil
	}
	return false, err
}

// Line asks a question on Err and returns the line that is typed, without blanks around it. Its errors are those of Confirm.
func (s *Streams) Line(ctx context.Context, question string) (string, error) {
	return s.ask(ctx, question+": ")
}

func (s *Streams) ask(ctx context.Context, prompt string) (string, error) {
	if !s.CanAsk() {
		return "", ErrNoTerminal
	}
	_, _ = fmt.Fprint(s.Err, prompt)
	line, err := await(ctx, func() (string, error) { return bufio.NewReader(s.In).ReadString('\n') })
	if err != nil {
		_, _ = fmt.Fprintln(s.Err) // no answer ended the line
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimSpace(line), nil
}

// Secret asks for a secret without showing what is typed: the echo is off before the question shows. Ctrl-C
// and Ctrl-D give ErrNoAnswer.
func (s *Streams) Secret(ctx context.Context, question string) (secret.Text, error) {
	if !s.CanAsk() {
		return secret.Text{}, ErrNoTerminal
	}
	cooked, err := term.MakeRaw(s.tty)
	if err != nil {
		return secret.Text{}, err
	}
	line := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{s.In, s.Err}, "")
	typed, err := await(ctx, func() (string, error) { return line.ReadPassword(question + ": ") })
	_ = term.Restore(s.tty, cooked) // where ctx ended first, the abandoned read left it raw
	if ctx.Err() != nil {
		_, _ = fmt.Fprintln(s.Err)
	}
	switch {
	case errors.Is(err, io.EOF):
		return secret.Text{}, ErrNoAnswer
	case err != nil && !errors.Is(err, term.ErrPasteIndicator):
		return secret.Text{}, err
	}
	return secret.New(typed), nil
}

// await returns what read returns, or ctx's error as soon as ctx ends: a read from a
// terminal cannot be interrupted, so it is left behind for the process's end.
func await[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	c := make(chan answer, 1)
	go func() {
		v, err := read()
		c <- answer{v, err}
	}()
	select {
	case a := <-c:
		return a.v, a.err
	case <-ctx.Done():
		var zero T
		return zero, context.Cause(ctx)
	}
}
