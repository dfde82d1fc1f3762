package pass

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// WatchOptions are what `tap watch` needs, then what the user said.
type WatchOptions struct {
	*cmdutil.Factory

	Users    []string
	Until    goal
	Interval when.Span

	refs []person.Ref
}

// NewCmdWatch returns `tap watch`. runF replaces the run in tests.
func NewCmdWatch(f *cmdutil.Factory, runF func(context.Context, *WatchOptions) error) *cobra.Command {
	o := &WatchOptions{Factory: f, Until: goal(pass.UntilRegistered)}
	c := &cobra.Command{
		Use:   "watch <user>...",
		Short: "Say what becomes of a pass as it happens",
		Long: `Say what becomes of the passes of users as it happens: usable, used, expired, replaced, deleted,
and which method the user registered. A method that is registered without the pass having
been used is a finding: the user, or somebody else, has another way in.

It ends when every user has come to what --until names (0), or cannot any more: expired
unused, deleted, out of time (9). Without --timeout it takes as long as it takes. The service
is asked often while things happen and rarer the longer nothing does. Users take turns, two
a second at most: each of 40 every 20s, even with a shorter --interval.`,
		Example: `  # Issue a pass, and see that its code works; without --until, that a passkey is registered with it
  tap create adele.vance@contoso.com
  tap watch adele.vance@contoso.com --until usable

  # For programs, ten minutes at most
  tap create alex.wilber@contoso.com
  tap watch alex.wilber@contoso.com --until usable --timeout 10m -o jsonl`,
		Annotations: map[string]string{cmdutil.Run: "true"},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Users = args
			if err := o.Validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return watchRun(cmd.Context(), o)
		},
	}
	c.Flags().Var(&o.Until, "until", "what to wait for: "+o.Until.all())
	c.Flags().Var(&o.Interval, "interval", "time between two looks at a user, at least 1s and half a second for each user; default: 2s while things happen, up to 5m while nothing does")
	return c
}

// Validate finds what is wrong before anything is read.
func (o *WatchOptions) Validate() error {
	var err error
	if o.refs, err = refs(o.Users, "tap watch user@contoso.com"); err != nil {
		return err
	}
	if d := o.Interval.Duration(); d != 0 && d < time.Second {
		return errs.Usage(fmt.Sprintf("--interval %s is too short: the service is asked once a second at most", o.Interval), "--interval 1s")
	}
	return cmdutil.CheckOutput(o.Factory, view{}.events(len(o.refs)), output.Options{})
}

func watchRun(ctx context.Context, o *WatchOptions) error {
	t, err := o.Target(ctx)
	if err != nil {
		return err
	}
	v := newView(o.Factory, t)
	least := v.widths(o.refs)
	least["WHEN"], least["EVENT"] = least["UNTIL"], eventWidth
	p := cmdutil.Printer(o.Factory, v.events(len(o.refs)), output.Options{Least: least})
	results := t.Desk.Watch(ctx, o.refs, pass.Watch{
		Until: pass.Goal(o.Until), Interval: o.Interval.Duration(),
		Tell: func(who person.Person, e pass.Sighting) error { return cmdutil.Written(p.Row(happening{who, e})) },
	})
	if err := cmdutil.Written(p.Close()); err != nil {
		return err
	}
	for _, r := range results {
		if r.Err != nil && len(results) > 1 && !o.Globals.Output.IsJSON() {
			o.Say.Error(r.Err)
		}
	}
	return told(o.Factory, watched(results), results)
}

// watched is the error of all users together: a finding where at least one was found out about, and nothing worse happened than that the
// time ran out before others could be looked at.
func watched(results []pass.Result) error {
	found, unseen := 0, 0
	for _, r := range results {
		switch {
		case r.Err == nil:
		case r.Err.Slug == errs.Findings:
			found++
		case r.Err.Slug == errs.Busy:
			unseen++
		default:
			return pass.Sum(results)
		}
	}
	if found == 0 || len(results) == 1 {
		return pass.Sum(results)
	}
	return &errs.Error{Slug: errs.Findings, Why: fmt.Sprintf("%d of %d users did not come to it", found+unseen, len(results))}
}

// goal is the value of --until.
type goal pass.Goal

func (g *goal) Set(v string) error {
	if !slices.Contains(pass.Goals(), pass.Goal(v)) {
		return fmt.Errorf("%q is nothing to wait for: choose from %s", v, g.all())
	}
	*g = goal(v)
	return nil
}

func (g *goal) String() string { return string(*g) }
func (g *goal) Type() string   { return "event" }

func (g *goal) all() string {
	var names []string
	for _, known := range pass.Goals() {
		names = append(names, string(known))
	}
	return strings.Join(names, ", ")
}
