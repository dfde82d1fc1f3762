package graph

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// A create whose answer was lost may have made a pass whose code nobody saw, or may still make one: the service
// works on it for up to a minute. Settling it follows what was learned of the service (docs/adr/0006).

// late is how long after a loss the service may still carry the create out.
const late = 60 * time.Second

// The window around the sending in which a pass that the lost create made was created, by the service's clock.
const (
	windowBefore = 2 * time.Second
	windowAfter  = late + windowBefore
)

// fate is what the passes of a user say of the creates that were lost.
type fate int

const (
	pending fate = iota // nothing came of them so far, and there is no pass
	kept                // nothing came of them so far, and the known pass is there
	landed              // one made the pass that is there, whose code nobody saw
	overrun             // somebody else made the pass that is there
)

// creation is one create with all of its tries.
type creation struct {
	client *Client
	user   string
	pass.Request
	lost    []*LostError // every try whose answer was lost
	settled int          // how many of them are known to have made a pass
}

// Create makes a pass. Where an answer is lost it reads what became of it, and creates again unless somebody
// else's pass is there. A pass that was made while a lost create was pending is final only once it is read a minute after the loss.
func (c *Client) Create(ctx context.Context, user string, r pass.Request) (pass.Created, error) {
	n := &creation{client: c, user: user, Request: r}
	for try := 1; ; try++ {
		made, err := n.try(ctx)
		switch {
		case err == nil && n.settled == len(n.lost):
			return made, nil
		case err == nil:
			if again, err := n.confirm(ctx, &made); !again {
				return made, err
			}
		default:
			if err := n.settle(ctx, try, err); err != nil {
				return made, err
			}
		}
	}
}

// try posts once, as far as it is known to have been executed. One that had to wait looks again first: a pass that
// was made meanwhile is in somebody's hand.
func (n *creation) try(ctx context.Context) (pass.Created, error) {
	if n.Known != nil {
		ctx = beforeRepeat(ctx, func() error {
			f, err := n.read(ctx)
			if err == nil && f == overrun {
				err = overtaken("the service made the create wait", nil)
			}
			return err
		})
	}
	return n.client.createOnce(ctx, n.user, n.Request)
}

// settle finds out what became of a try that failed: nil where the create is to be tried again.
func (n *creation) settle(ctx context.Context, try int, failed error) error {
	var l *LostError
	if !errors.As(failed, &l) || try == mostAttempts || ctx.Err() != nil {
		return n.unseen(failed)
	}
	n.lost = append(n.lost, l)
	pause := backoff(try)
	if l.after > 0 {
		pause = asked(l.after)
	}
	if err := n.client.wire.wait(ctx, pause, failed); err != nil {
		return n.unseen(err)
	}
	f, err := n.read(ctx)
	switch {
	case err != nil:
		return n.unseen(errors.Join(failed, err))
	case f == overrun:
		return n.unseen(overtaken("the answer was lost", failed))
	}
	return nil
}

// read says what the passes of the user tell. The pass that is there is the known one from then on.
func (n *creation) read(ctx context.Context) (fate, error) {
	l, err := n.client.List(ctx, n.user)
	if err == nil && len(l.Unread) > 0 {
		err = unreadable("passes that can be read") // nobody can say whose it is
	}
	if err != nil {
		return pending, err
	}
	f, known := pending, ""
	for _, p := range l.Passes {
		known = p.ID
		switch {
		case n.Known != nil && p.ID == *n.Known:
			f = kept
		case n.made(p, l.At):
			f = landed
			n.settled++
		case n.Known == nil && n.older(p, l.At): // --replace: nobody looked what was there
			f = kept
		default:
			return overrun, nil
		}
	}
	n.Known = &known
	return f, nil
}

// made reports whether a lost try made the pass, seen at the service's time at.
func (n *creation) made(p pass.Pass, at time.Time) bool {
	return agrees(p, n.Request) && slices.ContainsFunc(n.lost, func(l *LostError) bool {
		sent := at.Add(-time.Since(l.Sent))
		return !p.Created.Before(sent.Add(-windowBefore)) && !p.Created.After(sent.Add(windowAfter))
	})
}

// older reports whether the pass was there before the first try.
func (n *creation) older(p pass.Pass, at time.Time) bool {
	return len(n.lost) > 0 && p.Created.Before(at.Add(-time.Since(n.lost[0].Sent)-windowBefore))
}

// agrees reports whether a pass has every property that was asked for.
func agrees(p pass.Pass, r pass.Request) bool {
	return (r.Start == nil || p.Start.Equal(r.Start.Truncate(time.Second))) &&
		(r.Lifetime == nil || p.Lifetime == *r.Lifetime) &&
		(r.OneTime == nil || p.OneTime == *r.OneTime)
}

// confirm waits until no lost try can land any more, and reads whether the pass that was made is still there. Where
// one landed on top of it, it is to be made again.
func (n *creation) confirm(ctx context.Context, made *pass.Created) (again bool, err error) {
	if n.Unconfirmed != nil {
		n.Unconfirmed(*made)
	}
	n.Known = &made.Pass.ID
	if err := until(ctx, n.lost[len(n.lost)-1].At.Add(n.client.late)); err != nil {
		made.Warning = unconfirmed(err)
		return false, nil
	}
	switch f, err := n.read(ctx); {
	case err != nil:
		made.Warning = unconfirmed(err)
		return false, nil
	case f == overrun:
		return false, n.unseen(overtaken("the answer was lost", nil))
	case f == pending:
		return false, withdrawn()
	case f == landed:
		n.settled = len(n.lost) // what did not land by now never does
		return true, nil
	}
	return false, nil
}

func until(ctx context.Context, t time.Time) error {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// unseen is the error of a create, marked where the answer to one of its tries was lost.
func (n *creation) unseen(err error) error {
	e := *errs.Of(err)
	if lost := (*LostError)(nil); len(n.lost) > 0 || errors.As(err, &lost) {
		e.Err = errors.Join(err, pass.ErrUnseen)
	}
	return &e
}

// overtaken is the error of a create that found a colleague's pass.
func overtaken(why string, err error) error {
	e := &errs.Error{
		Slug: errs.Rejected, Reason: errs.HoldsPass, Err: err,
		Why:   why + ", and meanwhile somebody else made a pass for the user, which was left as it is",
		Hints: []string{"--replace"},
	}
	if err != nil {
		e.RequestID = errs.Of(err).RequestID
	}
	return e
}

func withdrawn() error {
	return &errs.Error{Slug: errs.Rejected, Reason: errs.NoPass, Why: "while it was being confirmed, somebody deleted the new pass", Hints: []string{"--replace"}}
}

// unconfirmed is what is not known of a pass whose passcode is told all the same.
func unconfirmed(err error) string {
	return fmt.Sprintf("an earlier try was lost and may still end this pass, which could not be confirmed: %v", err)
}
