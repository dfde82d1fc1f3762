package pass

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// Methods is what the rules ask of the methods of a user. Errors are *errs.Error.
type Methods interface {
	// Methods lists all of them, and the answer's Date.
	Methods(ctx context.Context, user string) ([]person.Method, time.Time, error)
}

// Watch is what is waited for, and how.
type Watch struct {
	Until    Goal
	Interval time.Duration // between two looks at a user; 0: often while things happen, rarer the longer nothing does
	// Tell is told what happened to whom, one after another. Its error ends the watch.
	Tell func(person.Person, Sighting) error
}

// The looks at one user where no interval was asked for.
const (
	firstLook   = 2 * time.Second
	longestLook = 30 * time.Second
	asleep      = 5 * time.Minute // while the pass is not valid yet
	perSecond   = 4               // requests of all users together, which is a fifth of what the service bears
	atOnce      = 4               // users whose data is read at one time
)

// Watch follows the users until the goal is reached for each, or cannot be any more. The results are in the order of refs: an error of slug
// Findings where it ended otherwise.
func (d *Desk) Watch(ctx context.Context, refs []person.Ref, w Watch) []Result {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	var one sync.Mutex
	tell := w.Tell
	w.Tell = func(p person.Person, e Sighting) error {
		one.Lock()
		defer one.Unlock()
		err := tell(p, e)
		if err != nil {
			end(err)
		}
		return err
	}
	results := make([]Result, len(refs))
	line := &queue{users: len(refs), turn: semaphore.NewWeighted(atOnce), next: semaphore.NewWeighted(1)}
	var all sync.WaitGroup
	for i, ref := range refs {
		all.Go(func() { results[i] = d.watchOne(ctx, ref, w, pace{least: w.Interval, users: len(refs)}, line) })
	}
	all.Wait()
	return results
}

// watchOne follows one user.
func (d *Desk) watchOne(ctx context.Context, ref person.Ref, w Watch, next pace, line *queue) Result {
	r := Result{Ref: ref, Person: named(ref), Outcome: OutcomeSkipped}
	v, looked := Vigil{TellsUse: d.TellsUse}, false
	for {
		g, err := d.glance(ctx, &r, line)
		var events []Sighting
		if err == nil {
			events, looked = v.See(g), true
			r.At = g.At
			if p := g.pass(); p != nil {
				r.Pass = *p
			}
			if v.mute && w.Until != UntilUsable {
				d.Notice("this cloud does not tell when a pass that works many times is used: a use is not seen, nor whether a method came without one")
			}
			err = d.verdict(&v, r, w.Until, g)
		}
		for _, e := range events {
			if told := w.Tell(r.Person, e); told != nil {
				err = told
			}
		}
		if err == nil && (!v.Reached(w.Until) || v.Doubtful()) || slugOf(err) == errs.Busy && ctx.Err() == nil {
			if err != nil {
				d.Notice(errs.Of(err).For("watching", string(ref)).Error() + ": looking again")
			}
			err = d.Pause(ctx, next.after(len(events) > 0, g))
		} else if err == nil {
			return r
		}
		if err != nil {
			r.fail("watching", outOfTime(ctx, err, looked))
			return r
		}
	}
}

// outOfTime is the end of a watch that was given a time: what was waited for did not happen, which is a finding, unless nobody could look.
func outOfTime(ctx context.Context, err error, looked bool) error {
	if !looked || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	e := *errs.Of(err)
	e.Slug = errs.Findings
	return &e
}

// queue is what all users of a watch stand in before each look, so that many of them ask no more of the service than it bears.
type queue struct {
	users int
	turn  *semaphore.Weighted // held while a user is looked at
	next  *semaphore.Weighted // held until the next look may begin
	last  int                 // requests of the look before; only who holds next may touch it
}

// wait returns when a look of so many requests may begin. Who calls it releases turn after the look, unless there is an error.
func (q *queue) wait(ctx context.Context, requests int, pause func(context.Context, time.Duration) error) error {
	if err := q.turn.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	if q.users == 1 {
		return nil
	}
	err := q.next.Acquire(ctx, 1)
	if err != nil {
		err = context.Cause(ctx)
	} else {
		if q.last > 0 {
			err = pause(ctx, time.Duration(q.last)*time.Second/perSecond)
		}
		q.last = requests
		q.next.Release(1)
	}
	if err != nil {
		q.turn.Release(1)
	}
	return err
}

// glance reads the methods, then the passes. The person is read once.
func (d *Desk) glance(ctx context.Context, r *Result, line *queue) (g Glance, err error) {
	requests := 2
	if !r.Person.Known() {
		requests = 3
	}
	if err := line.wait(ctx, requests, d.Pause); err != nil {
		return g, err
	}
	defer line.turn.Release(1)
	g.Methods, _, err = d.Methods.Methods(ctx, string(r.Ref))
	if slugOf(err) == errs.Denied {
		d.Notice("methods may not be read with this sign-in (permission " + permission.ReadMethods.Least + "): it is not seen when one is registered")
		g.Blind, err = true, nil
	}
	if err != nil && slugOf(err) != errs.NotFound { // that is told better by the passes and the directory together
		return g, err
	}
	if r.Person.Known() {
		g.Listing, err = d.Passes.List(ctx, string(r.Ref))
		return g, err
	}
	h, err := d.List(ctx, r.Ref)
	if err == nil {
		r.Person = h.Person
	}
	return Glance{g.Methods, g.Blind, h.Listing}, err
}

// verdict is why the watch of a user ends short of its goal, nil where it goes on or is reached.
func (d *Desk) verdict(v *Vigil, r Result, until Goal, g Glance) error {
	switch why := v.Over(g.At); {
	case v.flagged:
		return &errs.Error{Slug: errs.Findings, Why: "a method was registered without the pass having been used", Hints: []string{"tap revoke " + r.Ref.Typed()}}
	case v.Reached(until):
		return nil
	case until == UntilUsable && v.state == Used:
		return &errs.Error{Slug: errs.Findings, Why: "the pass was used already, and works once"}
	case until == UntilUsable && v.state == Expired && v.used:
		return &errs.Error{Slug: errs.Findings, Why: "the pass has expired"}
	case why != "":
		return &errs.Error{Slug: errs.Findings, Why: why}
	case v.pass == nil:
		return d.passless(r)
	case g.Blind && until == UntilRegistered && v.used:
		return &errs.Error{Slug: errs.Findings, Why: "the pass was used, and whether a method was registered may not be read"}
	}
	return nil
}

// passless is the end of a watch of who holds no pass. Its hint is a create where one may be tried.
func (d *Desk) passless(r Result) error {
	e := &errs.Error{Slug: errs.NotFound, Reason: errs.NoPass, Why: "the user holds no pass"}
	switch {
	case r.Person.External:
		e.Why += ": " + externalGuest().words
	case r.Person.ID != "" && strings.EqualFold(r.Person.ID, d.Caller):
		e.Why += ": " + oneself().words
	default:
		e.Hints = []string{"tap create " + r.Ref.Typed()}
	}
	return e
}

// pace is how long it is until the next look.
type pace struct {
	least time.Duration // asked for; 0: by the rules here
	users int
	quiet int // looks in which nothing was new
}

// after is the time until the next look: at the next time that is known beforehand, if that comes first.
func (p *pace) after(news bool, g Glance) time.Duration {
	shared := time.Duration(2*p.users) * time.Second / perSecond
	if p.least > 0 {
		return max(p.least, shared)
	}
	p.quiet++
	if news {
		p.quiet = 0
	}
	longest := longestLook
	held := g.pass()
	if held != nil && held.StateAt(g.At) == NotYetValid {
		longest = asleep
	}
	d := min(firstLook<<min(p.quiet/2, 10), longest)
	if held != nil {
		for _, t := range []time.Time{held.Start, held.End()} {
			if left := t.Sub(g.At) + time.Second; left > 0 {
				d = min(d, left)
			}
		}
	}
	return max(d, shared)
}
