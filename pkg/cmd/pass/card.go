package pass

import (
	"fmt"
	"io"

	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// card prints the pass of the one user who was named: the passcode alone on its line, below it how
// long it lives and where to use it. What became of a user without a new pass is told on stderr.
type card struct {
	w     io.Writer
	v     view
	width int
}

func (c card) Row(r pass.Result) error {
	if r.Passcode.IsEmpty() {
		return nil
	}
	if _, err := fmt.Fprintf(c.w, "Temporary Access Pass for %s\n\n    %s\n\n", terminal.Escape(r.Person.Name()), r.Passcode.Reveal()); err != nil {
		return err
	}
	columns := c.v.below()
	t := output.New(output.Table, c.w, columns, output.Options{Width: c.width, Least: output.Widths(columns, r)})
	if err := t.Row(r); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.w, "\nSign in with it at %s and register a passkey there.\n", pass.SignInAddress)
	return err
}

func (c card) Close() error { return nil }

// below is the columns below a passcode.
func (v view) below() output.Schema[pass.Result] {
	state := output.Schema[pass.Result]{{Head: "STATE", Cell: func(r pass.Result) string { return stateCell(r.State()) }}}
	return append(state, life(v, func(r pass.Result) pass.Pass { return r.Pass })...)
}
