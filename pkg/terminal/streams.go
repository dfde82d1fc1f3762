// Package terminal knows where a command reads and writes, and how to show a text
// that is not ours. It must not know what a command does, nor keep a global stream.
package terminal

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Streams are the three streams of a command, with what is at their ends.
type Streams struct {
	In  io.Reader
	Out io.Writer // the answer
	Err io.Writer // everything else

	InTTY, OutTTY, ErrTTY bool // whether a terminal is at the end
	Columns               int  // the width of the terminal on Out, 0 where there is none

	tty int      // the descriptor of In where it is a terminal
	out *os.File // what Out writes to, nil where it is no file
}

// System returns the streams of this process.
func System() *Streams {
	s := &Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTTY: isTTY(os.Stdin), OutTTY: isTTY(os.Stdout), ErrTTY: isTTY(os.Stderr),
	}
	if s.OutTTY {
		if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
			s.Columns = w
		}
	}
	s.tty, s.out = int(os.Stdin.Fd()), os.Stdout
	return s
}

// CheckOut finds out, before something is made that only Out will tell of, that nothing can be written to Out.
// A disk that is full is found by writing alone.
func (s *Streams) CheckOut() error {
	if s.out == nil {
		return nil
	}
	return checkOut(s.out)
}

// CanAsk reports whether a person can be asked: a terminal to read the answer from, and one to show the question on.
func (s *Streams) CanAsk() bool { return s.InTTY && s.ErrTTY }

func isTTY(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
