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

Each removal is asked about at a terminal; elsewhere --remove-method names it. A method that
stays although it was registered since is a finding (9). Where the pass is gone already,
--since says from when on methods are suspect. What failed is told with the command that does
it; running it again is safe.

Sessions end at the latest when their access tokens run out, in an hour or so; what
was read or sent in them is not undone. The user's password is not changed.`,
		Example: `  # A code was read out to an impostor; at a terminal, without --yes, each removal is asked about
  tap revoke adele.vance@contoso.com --yes

  # In a script: everything that was registered since
  tap revoke adele.vance@contoso.com --remove-method all --yes -o json

  # The pass was deleted this morning
  tap revoke adele.vance@contoso.com --since 4h --yes`,
		Annotations: map[string]string{cmdutil.Writes: "true"},
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
	c.Flags().StringSliceVar(&o.Methods, "remove-method", nil, "id of a method to remove, or all that were registered since; repeatable")
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
	r := &revoking{o, &t.Desk, i, nil, func(a pass.Act) error { return cmdutil.Written(p.Row(deed{i, a})) }}
	for _, a := range history {
		if err := r.print(a); err != nil {
			return err
		}
	}
	end := r.run(ctx)
	if err := cmdutil.Written(p.Close()); err != nil {
		return err
	}
	return end
}

// revoking is a revocation under way.
type revoking struct {
	*RevokeOptions
	desk  *pass.Desk
	i     pass.Incident
	acts  []pass.Act
	print func(pass.Act) error
}

func (r *revoking) tell(acts ...pass.Act) error {
	for _, a := range acts {
		r.acts = append(r.acts, a)
		if err := r.print(a); err != nil {
			return err
		}
	}
	return nil
}

// run does what was said: the pass first, so that nobody gets in any more by it, then who is in, then what was left behind.
func (r *revoking) run(ctx context.Context) error {
	if r.i.Since.IsZero() {
		r.Say.Notice(r.i.Person.Name() + " holds no pass: --since says from when on methods are suspect")
	}
	if r.DryRun {
		return r.tell(r.plan()...)
	}
	if err := r.Confirm(ctx, r.question()); err != nil {
		return err
	}
	if err := r.tell(r.desk.RevokePass(ctx, r.i)...); err != nil {
		return err
	}
	if err := r.tell(r.desk.RevokeSessions(ctx, r.i)); err != nil {
		return err
	}
	if err := r.methods(ctx); err != nil {
		return err
	}
	if ctx.Err() == nil && slices.ContainsFunc(r.acts, removed) {
		// Who had the method may have signed in with it since the sessions were ended.
		if err := r.tell(r.desk.RevokeSessions(ctx, r.i)); err != nil {
			return err
		}
	}
	return r.left(ctx)
}

func removed(a pass.Act) bool { return a.Event == pass.MethodDeleted && a.Outcome == pass.DeedDone }

func (r *revoking) question() string {
	what := "End all sessions of "
	if len(r.i.Passes) > 0 {
		what = "Delete the pass and end all sessions of "
	}
	return what + r.i.Person.Name() + "?"
}

// plan is what would be done.
func (r *revoking) plan() []pass.Act {
	var acts []pass.Act
	for _, p := range r.i.Passes {
		acts = append(acts, pass.Act{Event: pass.PassDeleted, Outcome: pass.DeedPlanned, Pass: &p})
	}
	acts = append(acts, pass.Act{Event: pass.SessionsEnded, Outcome: pass.DeedPlanned})
	for _, m := range r.candidates() {
		outcome := pass.DeedKept
		if r.named(m) {
			outcome = pass.DeedPlanned
		}
		acts = append(acts, pass.Act{Event: pass.MethodDeleted, Outcome: outcome, Method: &m})
	}
	return acts
}

// candidates are the methods that are suspect, and those that were named although they are not.
func (r *revoking) candidates() []person.Method {
	all := r.i.Suspects()
	for _, id := range r.Methods {
		is := func(m person.Method) bool { return strings.EqualFold(m.ID, id) }
		if id == everySuspect || slices.ContainsFunc(all, is) {
			continue
		}
		if n := slices.IndexFunc(r.i.Methods, is); n >= 0 {
			all = append(all, r.i.Methods[n])
		}
	}
	return all
}

// named reports whether --remove-method names the method. All are those that were registered since.
func (r *revoking) named(m person.Method) bool {
	return slices.ContainsFunc(r.Methods, func(id string) bool {
		return strings.EqualFold(id, m.ID) || id == everySuspect && slices.Contains(r.i.Suspects(), m)
	})
}

// methods removes those that were named, and asks about the others where somebody is there. --yes names none.
func (r *revoking) methods(ctx context.Context) error {
	for _, id := range r.Methods {
		if id != everySuspect && !slices.ContainsFunc(r.i.Methods, func(m person.Method) bool { return strings.EqualFold(m.ID, id) }) {
			r.Say.Warning(r.i.Person.Name() + " has no method " + id)
		}
	}
	for _, m := range r.candidates() {
		remove := r.named(m)
		if !remove && r.CanAsk() && !r.Globals.Yes {
			var err error
			if remove, err = r.Streams.Confirm(ctx, r.Say.Safe(fmt.Sprintf("Remove %s, registered %s?", inFull(m), r.at(m.Created)))); err != nil {
				return errs.Of(err)
			}
		}
		a := pass.Act{Event: pass.MethodDeleted, Outcome: pass.DeedKept, Method: &m}
		if remove {
			a = r.desk.RevokeMethod(ctx, r.i, m)
		}
		if err := r.tell(a); err != nil {
			return err
		}
	}
	return nil
}

func (r *revoking) at(t time.Time) string {
	if t.IsZero() {
		return "at a time that the service does not say"
	}
	return view{zone: r.ShowZone()}.time(t)
}

// left is the error of what was not done, with the commands that do it.
func (r *revoking) left(ctx context.Context) error {
	if end := errs.Of(context.Cause(ctx)); end != nil {
		e := *end
		e.Hints = []string{r.again("")}
		return &e
	}
	var undone []*errs.Error
	e := &errs.Error{What: "revoking", Whom: string(r.ref)}
	for _, a := range r.acts {
		switch {
		case a.Err != nil:
			undone = append(undone, a.Err)
			e.Causes, e.Hints = append(e.Causes, a.Err.Error()), append(e.Hints, r.again(id(a)))
		case a.Outcome == pass.DeedKept:
			e.Hints = append(e.Hints, r.again(id(a)))
		}
	}
	e.Hints = slices.Compact(e.Hints)
	kept := len(r.candidates()) > 0 && slices.ContainsFunc(r.acts, func(a pass.Act) bool { return a.Outcome == pass.DeedKept })
	switch {
	case len(undone) == len(r.acts) && len(undone) > 0:
		e.Slug, e.Why, e.RequestID = undone[0].Slug, "nothing was done", undone[0].RequestID
	case len(undone) > 0:
		e.Slug, e.Why, e.RequestID = errs.Partial, fmt.Sprintf("%d of %s were not done", len(undone), errs.Count(len(r.acts), "step")), undone[0].RequestID
	case kept:
		e.Slug, e.Why = errs.Findings, "methods stay that were registered since the pass was created"
	default:
		return nil
	}
	return e
}

func id(a pass.Act) string {
	if a.Method == nil {
		return ""
	}
	return a.Method.ID
}

// again is the command that does what was not done: the pass may be gone, so it says since when.
func (r *revoking) again(method string) string {
	command := "tap revoke " + r.ref.Typed()
	if !r.i.Since.IsZero() {
		command += " --since " + r.i.Since.UTC().Format(time.RFC3339)
	}
	if method != "" {
		command += " --remove-method=" + method // an id of a passkey may begin with a hyphen
	}
	return command
}
