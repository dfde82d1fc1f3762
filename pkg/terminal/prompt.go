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

// Confirm asks a question on Err and reads the answer from In; only "y" and "yes" are a yes.
// It returns ErrNoTerminal where nobody can be asked, and ctx's error when it ends first.
func (s *Streams) Confirm(ctx context.Context, question string) (bool, error) {
	if !s.CanAsk() {
		return false, ErrNoTerminal
	}
	_, _ = fmt.Fprintf(s.Err, "%s [y/N] ", question)
	line, err := await(ctx, func() (string, error) { return bufio.NewReader(s.In).ReadString('\n') })
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return true, nil
	}
	return false, nil
}

// Secret asks for a secret without showing what is typed.
func (s *Streams) Secret(ctx context.Context, question string) (secret.Text, error) {
	if !s.CanAsk() {
		return secret.Text{}, ErrNoTerminal
	}
	echo, err := term.GetState(s.tty)
	if err != nil {
		return secret.Text{}, err
	}
	_, _ = fmt.Fprintf(s.Err, "%s: ", question)
	typed, err := await(ctx, func() ([]byte, error) { return term.ReadPassword(s.tty) })
	_ = term.Restore(s.tty, echo) // where ctx ended first, the abandoned read left the echo off
	_, _ = fmt.Fprintln(s.Err)
	return secret.New(strings.TrimRight(string(typed), "\r\n")), err
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
