package pass

import (
	"cmp"
	"fmt"
	"strings"

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
	head := c.lines("Temporary Access Pass for " + c.Say.Safe(r.Person.Name()))
	if _, err := fmt.Fprintf(c.Streams.Out, "%s\n\n    %s\n\n", head, c.Exact(r.Passcode.Reveal())); err != nil {
		return err
	}
	columns := c.v.below()
	if err := cmdutil.Printer(c.Factory, columns, output.Options{Least: output.Widths(columns, r)}).Row(r); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.Streams.Out, "\n%s\n", c.lines("Sign in with it at "+cmp.Or(c.v.signIn, "the page for security information of your organization")+" and register a passkey there."))
	return err
}

// lines breaks a text for the terminal. What goes on is indented less than a passcode, and no name can look like one.
func (c card) lines(text string) string {
	return strings.Join(output.Wrap(text, c.Streams.Columns, "  "), "\n")
}

func (c card) Close() error { return nil }

// below is the columns below a passcode.
func (v view) below() output.Schema[pass.Result] {
	state := output.Schema[pass.Result]{{
		Head: "STATE", Cell: func(r pass.Result) string { return stateCell(r.State()) }, Tone: func(r pass.Result) output.Tone { return stateTone(r.State()) },
	}}
	return append(state, life(v, func(r pass.Result) pass.Pass { return r.Pass })...)
}
