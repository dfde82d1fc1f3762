package pass

import (
	"fmt"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// card prints the pass of the one user who was named: the passcode alone on its line, below it how
// long it lives and where to use it. What became of a user without a new pass is told on stderr.
type card struct {
	*cmdutil.Factory
	v view
}

func (c card) Row(r pass.Result) error {
	if r.Passcode.IsEmpty() {
		return nil
	}
	name := c.Say.Safe(r.Person.Name())
	if _, err := fmt.Fprintf(c.Streams.Out, "Temporary Access Pass for %s\n\n    %s\n\n", name, c.Exact(r.Passcode.Reveal())); err != nil {
		return err
	}
	columns := c.v.below()
	if err := cmdutil.Printer(c.Factory, columns, output.Options{Least: output.Widths(columns, r)}).Row(r); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.Streams.Out, "\nSign in with it at %s and register a passkey there.\n", pass.SignInAddress)
	return err
}

func (c card) Close() error { return nil }

// below is the columns below a passcode.
func (v view) below() output.Schema[pass.Result] {
	state := output.Schema[pass.Result]{{
		Head: "STATE", Cell: func(r pass.Result) string { return stateCell(r.State()) }, Tone: func(r pass.Result) output.Tone { return stateTone(r.State()) },
	}}
	return append(state, life(v, func(r pass.Result) pass.Pass { return r.Pass })...)
}
