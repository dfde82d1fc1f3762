package pass

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// revoking is a revocation under way.
type revoking struct {
	*RevokeOptions
	desk *pass.Desk
	i    pass.Incident
	acts []pass.Act
	told map[string]bool // what of the history was told, and which methods were dealt with, by id
	show func(pass.Act) error
}

func (r *revoking) tell(acts ...pass.Act) error {
	for _, a := range acts {
		r.acts = append(r.acts, a)
		if err := r.show(a); err != nil {
			return err
		}
	}
	return nil
}

// history tells what of it was not told yet.
func (r *revoking) history() error {
	for _, a := range r.i.History() {
		key := string(a.Event) + id(a)
		if !r.told[key] {
			r.told[key] = true
			if err := r.show(a); err != nil {
				return err
			}
		}
	}
	return nil
}

// run does what was said: the pass first, so that nobody gets in any more by it, then who is in, then what was left behind.
func (r *revoking) run(ctx context.Context) error {
	if err := r.history(); err != nil {
		return err
	}
	r.warn()
	if r.DryRun {
		return r.tell(r.plan()...)
	}
	if err := r.Confirm(ctx, r.question()); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{r.keepOut, r.throwOut, r.lookAgain, r.methods, r.throwOutAgain, r.lookLast} {
		if ctx.Err() != nil {
			break
		}
		if err := step(ctx); err != nil {
			return err
		}
	}
	return r.left(ctx)
}

// warn says what cannot be told by the pass that is there.
func (r *revoking) warn() {
	if r.i.Since.IsZero() {
		r.Say.Notice(r.i.Person.Name() + " holds no pass: --since says from when on methods are suspect")
		return
	}
	if !r.Since.IsZero() {
		return
	}
	for _, m := range r.i.Recent() {
		r.Say.Warning(fmt.Sprintf("%s was registered %s, before the pass was created: if that replaced the one that was stolen, --since says from when on methods are suspect",
			inFull(m), r.at(m.Created)))
	}
}

func (r *revoking) keepOut(ctx context.Context) error { return r.tell(r.desk.RevokePass(ctx, r.i)...) }

func (r *revoking) throwOut(ctx context.Context) error {
	return r.tell(r.desk.RevokeSessions(ctx, r.i))
}

// throwOutAgain ends the sessions once more where a method was removed: whoever had it may have signed in with it meanwhile.
func (r *revoking) throwOutAgain(ctx context.Context) error {
	if !slices.ContainsFunc(r.acts, removed) {
		return nil
	}
	return r.throwOut(ctx)
}

func removed(a pass.Act) bool { return a.Event == pass.MethodDeleted && a.Outcome == pass.DeedDone }

// lookAgain reads what is there now that nobody gets in any more: somebody may have been quicker than the operator.
func (r *revoking) lookAgain(ctx context.Context) error {
	i, err := r.desk.Incident(ctx, r.ref, r.i.Since)
	if err != nil {
		r.acts = append(r.acts, pass.Act{Event: pass.MethodRegistered, Err: errs.Of(err)})
		return nil //nolint:nilerr // the error of the whole tells it
	}
	i.Since = r.i.Since // of the pass that was deleted, and not of one that a colleague made since
	r.i = i
	return r.history()
}

// lookLast finds what came while methods were removed, and what is there although it was removed.
func (r *revoking) lookLast(ctx context.Context) error {
	if err := r.lookAgain(ctx); err != nil {
		return err
	}
	for _, m := range r.candidates() {
		if r.told[m.ID] {
			continue
		}
		if err := r.tell(pass.Act{Event: pass.MethodDeleted, Outcome: pass.DeedKept, Method: &m}); err != nil {
			return err
		}
	}
	return nil
}

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
	for _, m := range r.i.Methods {
		if r.byID(m.ID) && !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}

func (r *revoking) byID(id string) bool {
	return slices.ContainsFunc(r.Methods, func(named string) bool { return strings.EqualFold(named, id) })
}

// named reports whether --remove-method names the method. All are those that were registered since, by a time that the service tells.
func (r *revoking) named(m person.Method) bool {
	return r.byID(m.ID) || slices.Contains(r.Methods, everySuspect) && !m.Created.IsZero() && slices.Contains(r.i.Suspects(), m)
}

// methods removes those that were named, and asks about the others where somebody is there. --yes names none.
func (r *revoking) methods(ctx context.Context) error {
	for _, m := range r.candidates() {
		remove := r.named(m)
		if !remove && r.CanAsk() && !r.Globals.Yes && ctx.Err() == nil {
			var err error
			if remove, err = r.Streams.Confirm(ctx, r.Say.Safe(fmt.Sprintf("Remove %s, registered %s?", inFull(m), r.at(m.Created)))); err != nil {
				e := *errs.Of(err)
				e.Hints = []string{r.again("")}
				return &e
			}
		}
		a := pass.Act{Event: pass.MethodDeleted, Outcome: pass.DeedKept, Method: &m}
		if remove && ctx.Err() == nil {
			a = r.desk.RevokeMethod(ctx, r.i, m)
		}
		r.told[m.ID] = true
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
