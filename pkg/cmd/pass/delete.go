package pass

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	rolloutcmd "github.com/seed-5ddf9a5e/tap/pkg/cmd/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

// DeleteOptions are what `tap delete` needs, then what the user said.
type DeleteOptions struct {
	*cmdutil.Factory

	Users  []string
	Many   rolloutcmd.Users
	States states
	DryRun bool

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
stay registered. A user without a pass is skipped.`,
		Example: `  # A pass that is no longer needed
  tap delete adele.vance@contoso.com --yes

  # Only what is of no use any more
  tap delete adele.vance@contoso.com --state expired,used --yes

  # Those of everybody in a group
  tap delete --group "Sales and Marketing" --yes`,
		Annotations: map[string]string{cmdutil.Writes: "true"},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Users = args
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
	return c
}

// Validate finds what is wrong before anything is read or sent.
func (o *DeleteOptions) Validate() error {
	var err error
	if err = o.Many.Alone(o.Users, "tap delete --help"); err != nil {
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

// deleteMany deletes the passes of the users of a roster or a group.
func deleteMany(ctx context.Context, o *DeleteOptions, t *cmdutil.Target) error {
	desk, held, err := o.Many.Holdings(ctx, o.Factory, t)
	if err != nil {
		return err
	}
	removals := rollout.Removals(held, o.States)
	o.Say.Notice(fmt.Sprintf("plan: %s: %s to delete", errs.Count(len(removals), "user"), errs.Count(rollout.Count(removals), "pass")))
	v := newView(o.Factory, t)
	planned := make([]pass.Result, len(removals))
	for i, r := range removals {
		planned[i] = r.Result
	}
	p := cmdutil.Printer(o.Factory, v.results(), output.Options{Least: output.Widths(v.results(), planned...)})
	var results []pass.Result
	each := func(r pass.Result) error {
		r.DryRun = o.DryRun
		results = append(results, r)
		return p.Row(r)
	}
	if o.DryRun || rollout.Count(removals) == 0 {
		for _, r := range planned {
			if err := each(r); err != nil {
				return unwritten(pass.Result{}, err)
			}
		}
	} else {
		if err := o.Confirm(ctx, fmt.Sprintf("Delete %s in %s?", errs.Count(rollout.Count(removals), "pass"), t.Title)); err != nil {
			return err
		}
		if err := desk.Remove(ctx, removals, each); err != nil {
			return err
		}
		o.Say.Notice("sessions that are already open stay open, and methods registered with a pass stay registered")
	}
	if err := p.Close(); err != nil {
		return unwritten(pass.Result{}, err)
	}
	return pass.Sum(results)
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

// states is the value of --state.
type states []pass.State

func (s *states) Set(v string) error {
	for name := range strings.SplitSeq(v, ",") {
		i := slices.IndexFunc(pass.States(), func(k pass.State) bool { return strings.EqualFold(string(k), strings.TrimSpace(name)) })
		if i < 0 {
			return fmt.Errorf("%q is no state of a pass: choose from %s", name, s.all())
		}
		*s = append(*s, pass.States()[i])
	}
	return nil
}

func (s *states) String() string { return join(*s) }
func (s *states) Type() string   { return "state,..." }
func (s *states) all() string    { return join(pass.States()) }

func join(ss []pass.State) string {
	var names []string
	for _, s := range ss {
		names = append(names, string(s))
	}
	return strings.Join(names, ",")
}
