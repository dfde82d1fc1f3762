package pass

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	rolloutcmd "github.com/seed-5ddf9a5e/tap/pkg/cmd/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// ListOptions are what `tap list` needs, then what the user said.
type ListOptions struct {
	*cmdutil.Factory

	Users    []string
	Many     rolloutcmd.Holders
	States   states
	Expiring when.Duration

	refs []person.Ref
}

// NewCmdList returns `tap list`. runF replaces the run in tests.
func NewCmdList(f *cmdutil.Factory, runF func(context.Context, *ListOptions) error) *cobra.Command {
	o := &ListOptions{Factory: f}
	c := &cobra.Command{
		Use:   "list <user>...",
		Short: "List the passes of users",
		Long: `List the passes of users, with the state of each by the service's clock.

A user without a pass has no row. The passcode is not listed: the service tells it only when
the pass is created.

--all lists everybody who is known to hold a pass without asking for each user of the tenant: by
the registration report, which lags behind, and by this machine's record. It says as of when, and
what is not in it. --deep asks for every user.`,
		Example: `  # What does this user hold?
  tap list adele.vance@contoso.com

  # The state alone, for a script
  tap list adele.vance@contoso.com -o json

  # Everybody in a group
  tap list --group "Sales and Marketing"

  # Everybody whose pass ends within the next hour
  tap list --all --expiring 1h

  # Every pass of the tenant that still works or will, however long it takes
  tap list --all --deep --state usable,notYetValid --yes`,
		Annotations: map[string]string{cmdutil.MayRun: "true", cmdutil.ManyTenants: "true"},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Users = args
			if err := o.Validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return listRun(cmd.Context(), o)
		},
	}
	o.Many.Register(c.Flags())
	c.Flags().Var(&o.States, "state", "list only passes in these states, comma-separated: "+o.States.all())
	c.Flags().Var(&o.Expiring, "expiring", "list only passes that somebody may hold and that end within this time")
	return c
}

// Validate finds what is wrong before anything is read.
func (o *ListOptions) Validate() error {
	var err error
	if err = o.Many.Validate(o.Factory, o.Users, "tap list --help"); err != nil {
		return err
	}
	if !o.Many.Many() {
		if o.refs, err = refs(o.Users, "tap list user@contoso.com"); err != nil {
			return err
		}
	}
	return cmdutil.CheckOutput(o.Factory, view{}.held(), output.Options{})
}

func listRun(ctx context.Context, o *ListOptions) error {
	t, err := o.Target(ctx)
	if err != nil {
		return err
	}
	if o.Many.Many() {
		return listMany(ctx, o, t)
	}
	v := newView(o.Factory, t)
	p := cmdutil.Printer(o.Factory, v.held(), output.Options{Least: v.widths(o.refs)})
	var results []pass.Result
	for _, ref := range o.refs {
		if ctx.Err() != nil {
			break
		}
		h, err := t.Desk.List(ctx, ref)
		results = append(results, pass.Result{Ref: ref, Err: errs.Of(err)})
		if err != nil && len(o.refs) > 1 && !o.Globals.Output.IsJSON() {
			o.Say.Error(err)
		}
		meant := o.narrow().Of(h.Listing)
		if err == nil && len(meant) == 0 {
			o.Say.Notice(h.Person.Name() + o.lacks(h))
		}
		for _, held := range meant {
			if err := p.Row(holding{h, held}); err != nil {
				return unwritten(pass.Result{}, err)
			}
		}
	}
	if err := p.Close(); err != nil {
		return unwritten(pass.Result{}, err)
	}
	return told(o.Factory, sum(ctx, results, o.refs), results)
}

// narrow says which passes are listed.
func (o *ListOptions) narrow() pass.Narrow {
	return pass.Narrow{States: o.States, Expiring: o.Expiring.Duration()}
}

// lacks says of a user without a row what is not there.
func (o *ListOptions) lacks(h pass.Holding) string {
	if len(h.Passes) == 0 {
		return " holds no pass"
	}
	return " holds no pass that was asked for"
}

// listMany lists the passes of the users of a roster or a group, or of everybody.
func listMany(ctx context.Context, o *ListOptions, t *cmdutil.Target) error {
	_, held, err := o.Many.Holdings(ctx, o.Factory, t)
	if err != nil {
		return err
	}
	results := make([]pass.Result, len(held))
	var rows []holding
	for i, h := range held {
		results[i] = pass.Result{Ref: h.Ref, Err: errs.Of(h.Err)}
		if h.Err != nil && !o.Globals.Output.IsJSON() {
			o.Say.Error(h.Err)
		}
		for _, one := range o.narrow().Of(h.Listing) {
			rows = append(rows, holding{h.Holding, one})
		}
	}
	if o.Many.All && len(rows) == 0 && pass.Sum(results) == nil {
		o.Say.Notice("none of them holds a pass that was asked for")
	}
	columns := newView(o.Factory, t).held()
	p := cmdutil.Printer(o.Factory, columns, output.Options{Least: output.Widths(columns, rows...)})
	for _, row := range rows {
		if err := p.Row(row); err != nil {
			return unwritten(pass.Result{}, err)
		}
	}
	if err := p.Close(); err != nil {
		return unwritten(pass.Result{}, err)
	}
	return told(o.Factory, pass.Sum(results), results)
}

// told adds to the one error that programs get what went wrong with whom: in a list, nobody has a row for it.
func told(f *cmdutil.Factory, err error, results []pass.Result) error {
	if err == nil || len(results) == 1 || !f.Globals.Output.IsJSON() {
		return err
	}
	e := *errs.Of(err)
	for _, r := range results {
		if r.Err != nil {
			e.Why += "; " + r.Err.Error()
		}
	}
	return &e
}
