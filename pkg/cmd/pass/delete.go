package pass

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	rolloutcmd "github.com/seed-5ddf9a5e/tap/pkg/cmd/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// DeleteOptions are what `tap delete` needs, then what the user said.
type DeleteOptions struct {
	*cmdutil.Factory

	Users   []string
	Many    rolloutcmd.Holders
	States  states
	DryRun  bool
	Expect  int
	Expects bool // --expect was given

	refs []person.Ref
}

// NewCmdDelete returns `tap delete`. runF replaces the run in tests.
func NewCmdDelete(f *cmdutil.Factory, runF func(context.Context, *DeleteOptions) error) *cobra.Command {
	o := &DeleteOptions{Factory: f}
	c := &cobra.Command{
		Use:   "delete <user>...",
		Short: "Delete the passes of users",
		Long: `Delete the passes of users: the code stops to work at once.

Sessions that were opened with the pass stay open, and methods that were registered with it
stay registered. A user without a pass is skipped.

Of many users the passes are read once more directly before they go: one that was made meanwhile,
or whose state has changed, stays. --all takes --state, and its consent is the number of passes: at a
terminal it is typed with the beginning of the tenant's id, elsewhere --yes takes --expect.`,
		Example: `  # A pass that is no longer needed
  tap delete adele.vance@contoso.com --yes

  # Only what is of no use any more
  tap delete adele.vance@contoso.com --state expired,used --yes

  # Those of everybody in a group
  tap delete --group "Sales and Marketing" --yes

  # What nobody needs any more, of everybody: first how many there are
  tap delete --all --state expired,used --dry-run`,
		Annotations: map[string]string{cmdutil.Writes: "true", cmdutil.MayRun: "true"},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Users, o.Expects = args, cmd.Flags().Changed("expect")
			if err := o.Validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return deleteRun(cmd.Context(), o)
		},
	}
	o.Many.Register(c.Flags())
	c.Flags().Var(&o.States, "state", "delete only passes in these states, comma-separated: "+o.States.all())
	c.Flags().BoolVar(&o.DryRun, "dry-run", false, "read everything, delete nothing, print what would be deleted")
	c.Flags().IntVar(&o.Expect, "expect", 0, "of many: how many passes have to be there to delete")
	return c
}

// Validate finds what is wrong before anything is read or sent.
func (o *DeleteOptions) Validate() error {
	var err error
	if err = o.Many.Validate(o.Factory, o.Users, "tap delete --help"); err != nil {
		return err
	}
	if err = o.consent(); err != nil {
		return err
	}
	if !o.Many.Many() {
		if o.refs, err = refs(o.Users, "tap delete user@contoso.com"); err != nil {
			return err
		}
	}
	return cmdutil.CheckOutput(o.Factory, view{}.results(), output.Options{})
}

func deleteRun(ctx context.Context, o *DeleteOptions) error {
	if !o.DryRun {
		if err := o.CanConfirm(); err != nil {
			return err
		}
	}
	t, err := o.Target(ctx)
	if err != nil {
		return err
	}
	o.Say.Target(t.Title)
	if o.Many.Many() {
		return deleteMany(ctx, o, t)
	}
	if !o.DryRun {
		if err := o.Confirm(ctx, "Delete "+o.whom()+"?"); err != nil {
			return err
		}
	}
	v := newView(o.Factory, t)
	p := cmdutil.Printer(o.Factory, v.results(), output.Options{Least: v.widths(o.refs)})
	deleted := false
	err = work(ctx, o.Factory, o.refs, p, func(ref person.Ref) pass.Result {
		r := t.Desk.Delete(ctx, ref, o.States, o.DryRun)
		deleted = deleted || r.Outcome == pass.OutcomeDeleted && !r.DryRun
		return r
	})
	if deleted {
		o.Say.Notice("sessions that are already open stay open, and methods registered with a pass stay registered")
	}
	return err
}

// whom names what is deleted in the question.
func (o *DeleteOptions) whom() string {
	names := make([]string, len(o.refs))
	for n, ref := range o.refs {
		names[n] = string(ref)
	}
	if len(names) == 1 {
		return "the pass of " + names[0]
	}
	return "the passes of " + strings.Join(names, ", ")
}
