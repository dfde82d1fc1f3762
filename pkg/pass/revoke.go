package pass

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// Access is what the rules undo of what somebody did with a pass. Errors are *errs.Error.
type Access interface {
	// RevokeSessions ends the sessions of a user. Twice does what once does.
	RevokeSessions(ctx context.Context, user string) error
	// DeleteMethod removes a method. One that is gone already is not_found.
	DeleteMethod(ctx context.Context, user string, m person.Method) error
}

// Incident is a pass that went to the wrong hands, and what can be seen of what came of it.
type Incident struct {
	Ref     person.Ref
	Person  person.Person
	Since   time.Time       // when the pass was created, or what the operator named; zero: not known
	Methods []person.Method // that the user registered, password and pass left out; the oldest first
	Blind   bool            // the methods may not be read
	Listing

	read time.Time // when At was, by the target's clock
}

// Suspects are the methods that came after the pass, as Method.CameAfter tells.
func (i Incident) Suspects() []person.Method {
	if i.Since.IsZero() {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(i.Methods), func(m person.Method) bool {
		return !m.CameAfter(i.Since)
	})
}

// recently is how long before a pass a method is told that may have come by an earlier one.
const recently = 7 * 24 * time.Hour

// Recent are the methods that were registered in the days before the pass was created: one that it replaced may have been the stolen one.
func (i Incident) Recent() []person.Method {
	return slices.DeleteFunc(slices.Clone(i.Methods), func(m person.Method) bool {
		return m.CameAfter(i.Since) || m.Created.Before(i.Since.Add(-recently))
	})
}

// Incident reads who the user is, the passes and the methods, side by side. since is from when on methods are suspect; zero: from when
// the pass was created that the user holds.
func (d *Desk) Incident(ctx context.Context, ref person.Ref, since time.Time) (Incident, error) {
	i := Incident{Ref: ref, Since: since}
	var g errgroup.Group
	var held Holding
	var heldErr, methodsErr error
	g.Go(func() error { held, heldErr = d.List(ctx, ref); return nil })
	g.Go(func() error { i.Methods, _, methodsErr = d.Methods.Methods(ctx, string(ref)); return nil })
	_ = g.Wait()
	i.Person, i.Listing, i.read = held.Person, held.Listing, d.Now()
	switch {
	case heldErr != nil:
		return i, heldErr
	case slugOf(methodsErr) == errs.Denied:
		i.Blind = true
		d.Notice("methods may not be read with this sign-in (permission " + permission.ReadMethods.Least + "): what was registered is not seen")
	case methodsErr != nil:
		return i, errs.Of(methodsErr).For("reading the methods", string(ref))
	}
	for _, p := range i.Passes {
		if since.IsZero() && p.Created.After(i.Since) {
			i.Since = p.Created
		}
	}
	i.Methods = slices.DeleteFunc(i.Methods, func(m person.Method) bool { return !m.Registered() })
	slices.SortStableFunc(i.Methods, func(a, b person.Method) int { return a.Created.Compare(b.Created) })
	return i, nil
}

// What is done in an incident, beside what a look at a user finds.
const (
	PassDeleted   Event = "passDeleted"
	SessionsEnded Event = "sessionsEnded"
	MethodDeleted Event = "methodDeleted"
)

// DeedOutcome is what became of an event of an incident.
type DeedOutcome string

// The outcomes: a closed list.
const (
	DeedHappened DeedOutcome = "happened" // before, by whomever
	DeedDone     DeedOutcome = "done"
	DeedPlanned  DeedOutcome = "planned" // of which nothing was sent
	DeedKept     DeedOutcome = "kept"    // nobody said that it should go
	DeedGone     DeedOutcome = "gone"    // it was not there any more
	DeedRefused  DeedOutcome = "refused"
	DeedFailed   DeedOutcome = "failed"
)

// Act is one line of an incident's timeline.
type Act struct {
	At      time.Time // by the service's clock; zero where it does not say
	Event   Event
	Outcome DeedOutcome
	Pass    *Pass
	Method  *person.Method
	Err     *errs.Error
}

// History is what is known to have happened, in order.
func (i Incident) History() []Act {
	var all []Act
	for _, p := range i.Passes {
		all = append(all, Act{At: p.Created, Event: PassCreated, Outcome: DeedHappened, Pass: &p})
		if !p.LastUsed.IsZero() {
			all = append(all, Act{At: p.LastUsed, Event: PassUsed, Outcome: DeedHappened, Pass: &p})
		}
	}
	for _, m := range i.Suspects() {
		if m.Created.IsZero() {
			continue // nobody knows
		}
		all = append(all, Act{At: m.Created, Event: MethodRegistered, Outcome: DeedHappened, Method: &m})
	}
	slices.SortStableFunc(all, func(a, b Act) int { return a.At.Truncate(time.Second).Compare(b.At.Truncate(time.Second)) })
	return all
}

// act is something that is done now. What is gone already is as good as done.
func (d *Desk) act(i Incident, event Event, err error) Act {
	a := Act{At: i.At.Add(d.Now().Sub(i.read)).Truncate(time.Second), Event: event, Outcome: DeedDone}
	switch slugOf(err) {
	case "":
	case errs.NotFound:
		a.Outcome = DeedGone
	case errs.Rejected, errs.Denied:
		a.Outcome, a.Err = DeedRefused, errs.Of(err)
	default:
		a.Outcome, a.Err = DeedFailed, errs.Of(err)
	}
	return a
}

// of names the user in an error.
func (i Incident) of(what string, err error) error {
	if err == nil {
		return nil
	}
	return errs.Of(err).For(what, string(i.Ref))
}

// RevokePass deletes the passes of the user, those that work no more as well: what is not there cannot be switched on again.
func (d *Desk) RevokePass(ctx context.Context, i Incident) []Act {
	var acts []Act
	for _, p := range i.Passes {
		err := d.Passes.Delete(ctx, string(i.Ref), p.ID)
		if slugOf(err) == errs.Denied {
			err = d.denied(ctx, err, permission.DeletePass, i.Person)
		}
		a := d.act(i, PassDeleted, i.of(deleting, err))
		a.Pass = &p
		acts = append(acts, a)
	}
	return acts
}

// RevokeSessions ends the sessions of the user.
func (d *Desk) RevokeSessions(ctx context.Context, i Incident) Act {
	err := d.Access.RevokeSessions(ctx, string(i.Ref))
	if slugOf(err) == errs.Denied {
		err = d.denied(ctx, err, permission.EndSessions, i.Person)
	}
	return d.act(i, SessionsEnded, i.of("ending the sessions", err))
}

// RevokeMethod removes a method of the user.
func (d *Desk) RevokeMethod(ctx context.Context, i Incident, m person.Method) Act {
	err := d.Access.DeleteMethod(ctx, string(i.Ref), m)
	if slugOf(err) == errs.Denied {
		err = d.denied(ctx, err, permission.DeleteMethod, i.Person)
	}
	a := d.act(i, MethodDeleted, i.of("removing "+m.Words()+" "+m.ID, err))
	a.Method = &m
	return a
}
