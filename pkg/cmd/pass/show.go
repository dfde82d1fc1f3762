package pass

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// ShowOptions are what `tap show` needs, then what the user said.
type ShowOptions struct {
	*cmdutil.Factory

	Users   []string
	SignIns bool

	ref person.Ref
}

// NewCmdShow returns `tap show`. runF replaces the run in tests.
func NewCmdShow(f *cmdutil.Factory, runF func(context.Context, *ShowOptions) error) *cobra.Command {
	o := &ShowOptions{Factory: f}
	c := &cobra.Command{
		Use:   "show <user>",
		Short: "Show a user and the pass on one screen",
		Long: `Show who a user is, the pass and the methods, and what changed in the last 7 days: may I issue a pass
for this caller, and why does the code not work?

The phone numbers are those on record, to call back whoever says to be this user. The last lines say what
a code of the user is good for, and whether a pass can be issued by who is signed in: what speaks
against it, what could not be seen, and the command to type. Nothing is written.

--sign-ins adds the sign-ins of the last 7 days that failed, in plain words. The log is some minutes
behind. A reason that tap does not know is shown as the service gives it, with its number. Which policy of
conditional access blocked a sign-in is named where the sign-in carries Policy.Read.ConditionalAccess.`,
		Example: `  # A caller wants a pass
  tap show adele.vance@contoso.com

  # The code does not work
  tap show adele.vance@contoso.com --sign-ins

  # For a script: may one be issued?
  tap show adele.vance@contoso.com -o json --jq '.[0].canIssue'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Users = args
			if err := o.Validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return showRun(cmd.Context(), o)
		},
	}
	c.Flags().BoolVar(&o.SignIns, "sign-ins", false, "add the sign-ins of the last 7 days that failed, and why")
	return c
}

// Validate finds what is wrong before anything is read.
func (o *ShowOptions) Validate() error {
	const example = "tap show user@contoso.com"
	if len(o.Users) > 1 {
		return errs.Usage(fmt.Sprintf("one user at a time, not %d", len(o.Users)), example)
	}
	named, err := refs(o.Users, example)
	if err != nil {
		return err
	}
	o.ref = named[0]
	return cmdutil.CheckOutput(o.Factory, view{}.subjects(), output.Options{})
}

func showRun(ctx context.Context, o *ShowOptions) error {
	t, err := o.Target(ctx)
	if err != nil {
		return err
	}
	s, err := t.Desk.Show(ctx, o.ref, t.Evidence, o.SignIns)
	if err != nil {
		return err
	}
	v := newView(o.Factory, t)
	if o.Globals.Output != output.Table || len(o.Globals.Columns) > 0 {
		return printAll(cmdutil.Printer(o.Factory, v.subjects(), output.Options{}), []pass.Subject{s})
	}
	lines := v.sheet(s, o.SignIns, o.Streams.Columns)
	columns := sheetColumns()
	return printAll(cmdutil.Printer(o.Factory, columns, output.Options{Least: output.Widths(columns, lines...)}), lines)
}

func printAll[T any](p output.Printer[T], rows []T) error {
	for _, r := range rows {
		if err := p.Row(r); err != nil {
			return cmdutil.Written(err)
		}
	}
	return cmdutil.Written(p.Close())
}
