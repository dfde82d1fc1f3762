package pass

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// RevokeOptions are what `tap revoke` needs, then what the user said.
type RevokeOptions struct {
	*cmdutil.Factory

	Users   []string
	Methods []string // ids, or everySuspect
	Since   when.Past
	DryRun  bool

	ref person.Ref
}

// everySuspect is the value of --remove-method that names each method that was registered since.
const everySuspect = "all"

// NewCmdRevoke returns `tap revoke`. runF replaces the run in tests.
func NewCmdRevoke(f *cmdutil.Factory, runF func(context.Context, *RevokeOptions) error) *cobra.Command {
	o := &RevokeOptions{Factory: f}
	c := &cobra.Command{
		Use:   "revoke <user>",
		Short: "Undo what a pass in the wrong hands led to",
		Long: `Undo what a pass in the wrong hands led to: delete the pass, end the user's sessions, list the
methods that were registered since the pass was created, and remove those that are named.

Each removal is asked about at a terminal; elsewhere --remove-method names it. One of a time
that the service does not tell is removed by its id alone. A method that stays although it
may have been registered since is a finding (9), and so is what cannot be seen. Where the pass
is gone already, or was replaced since, --since says from when on methods are suspect. What
failed is told with the command that does it; running it again is safe.

Sessions end at the latest when their access tokens run out, in an hour or so; what
was read or sent in them is not undone. The user's password is not changed.`,
		Example: `  # A code was read out to an impostor; at a terminal, without --yes, each removal is asked about
  tap revoke adele.vance@contoso.com --yes

  # In a script: everything that was registered since
  tap revoke adele.vance@contoso.com --remove-method all --yes -o json

  # The pass was deleted this morning
  tap revoke adele.vance@contoso.com --since 4h --yes`,
		Annotations: map[string]string{cmdutil.Writes: "true", cmdutil.Run: "true"},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Users = args
			if err := o.Validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return revokeRun(cmd.Context(), o)
		},
	}
	c.Flags().StringArrayVar(&o.Methods, "remove-method", nil, "id of a method to remove, or all that were registered since; repeatable")
	c.Flags().Var(&o.Since, "since", "from when on methods are suspect, such as 4h; default: since the pass was created")
	c.Flags().BoolVar(&o.DryRun, "dry-run", false, "read everything, change nothing, print what would be done")
	return c
}

// Validate finds what is wrong before anything is read or sent.
func (o *RevokeOptions) Validate() error {
	all, err := refs(o.Users, "tap revoke user@contoso.com")
	if err != nil {
		return err
	}
	if len(all) > 1 {
		return errs.Usage("revoke takes one user: what was registered is looked at one by one", "tap revoke "+all[0].Typed())
	}
	o.ref = all[0]
	if slices.Contains(o.Methods, "") {
		return errs.Usage("--remove-method needs the id of a method", "--remove-method "+everySuspect)
	}
	if err := o.CheckPast("since", o.Since); err != nil {
		return err
	}
	return cmdutil.CheckOutput(o.Factory, view{}.timeline(), output.Options{})
}

func revokeRun(ctx context.Context, o *RevokeOptions) error {
	if !o.DryRun {
		if err := o.CanConfirm(); err != nil {
			return err
		}
	}
	t, err := o.Target(ctx)
	if err != nil {
		return err
	}
	since, err := o.Past("since", o.Since, t.Desk.Now())
	if err != nil {
		return err
	}
	o.Say.Target(t.Title)
	i, err := t.Desk.Incident(ctx, o.ref, since)
	if err != nil {
		return err
	}
	v := newView(o.Factory, t)
	columns := v.timeline()
	history := i.History()
	p := cmdutil.Printer(o.Factory, columns, output.Options{Least: output.Widths(columns, v.planned(i, history)...)})
	r := &revoking{RevokeOptions: o, desk: &t.Desk, i: i, told: map[string]bool{}, show: func(a pass.Act) error { return cmdutil.Written(p.Row(deed{i, a})) }}
	end := r.run(ctx)
	if err := cmdutil.Written(p.Close()); err != nil {
		return err
	}
	return end
}
