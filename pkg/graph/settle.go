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

// fate is what the passes of a user say of a create that was lost.
type fate int

const (
	pending fate = iota // nothing came of it so far
	landed              // it made the pass that is there, whose code nobody saw
	overrun             // somebody else made the pass that is there
)

// Create makes a pass. Where an answer is lost it reads what became of it, and creates again unless somebody
// else's pass is there. A pass that was made while a lost create was pending is final only once it is read a minute after the loss.
func (c *Client) Create(ctx context.Context, user string, r pass.Request) (pass.Created, error) {
	var loss *LostError // the last one that is still pending
	for n := 1; ; n++ {
		made, err := c.createOnce(ctx, user, r)
		var l *LostError
		switch {
		case err == nil && loss == nil:
			return made, nil
		case err == nil:
			final, err := c.confirm(ctx, user, r, &made, loss)
			if final || err != nil {
				return made, err
			}
			loss = nil // it has landed, on top of the pass that was made
			continue
		case !errors.As(err, &l) || n == mostAttempts || ctx.Err() != nil:
			return made, unseen(err)
		}
		f, settleErr := c.settle(ctx, user, r, l)
		switch {
		case settleErr != nil:
			return made, unseen(errors.Join(err, settleErr))
		case f == overrun:
			return made, overtaken(err)
		case f == pending:
			loss = l
		}
	}
}

// settle reads what became of a lost create.
func (c *Client) settle(ctx context.Context, user string, r pass.Request, l *LostError) (fate, error) {
	passes, err := c.List(ctx, user)
	if err != nil {
		return pending, err
	}
	sent := passes.At.Add(-time.Since(l.Sent))
	for _, p := range passes.Passes {
		switch {
		case r.Known != nil && p.ID == *r.Known, r.Known == nil && p.Created.Before(sent.Add(-windowBefore)):
			// the pass that was there before
		case within(p.Created, sent) && agrees(p, r):
			return landed, nil
		default:
			return overrun, nil
		}
	}
	return pending, nil
}

// confirm waits until a lost create cannot land any more, and reads whether the pass that was made is still there.
func (c *Client) confirm(ctx context.Context, user string, r pass.Request, made *pass.Created, l *LostError) (final bool, err error) {
	if r.Unconfirmed != nil {
		r.Unconfirmed(*made)
	}
	if err := c.until(ctx, l.Sent.Add(c.late)); err != nil {
		return true, unconfirmed(made, err)
	}
	passes, err := c.List(ctx, user)
	if err != nil {
		return true, unconfirmed(made, err)
	}
	sent := passes.At.Add(-time.Since(l.Sent))
	switch {
	case slices.ContainsFunc(passes.Passes, func(p pass.Pass) bool { return p.ID == made.Pass.ID }):
		return true, nil
	case len(passes.Passes) > 0 && within(passes.Passes[0].Created, sent) && agrees(passes.Passes[0], r):
		return false, nil
	}
	return true, overtaken(l)
}

func within(created, sent time.Time) bool {
	return !created.Before(sent.Add(-windowBefore)) && !created.After(sent.Add(windowAfter))
}

// agrees reports whether a pass has every property that was asked for.
func agrees(p pass.Pass, r pass.Request) bool {
	return (r.Start == nil || p.Start.Equal(r.Start.Truncate(time.Second))) &&
		(r.Lifetime == nil || p.Lifetime == *r.Lifetime) &&
		(r.OneTime == nil || p.OneTime == *r.OneTime)
}

func (c *Client) until(ctx context.Context, t time.Time) error {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// unseen adds to the error of a lost create what it means.
func unseen(err error) error {
	e := *errs.Of(err)
	if lost := (*LostError)(nil); errors.As(err, &lost) {
		e.Why += ": a pass may exist whose code nobody saw"
		e.Hints = []string{"--replace"}
	}
	return &e
}

func overtaken(err error) error {
	return &errs.Error{
		Slug: errs.Rejected, Reason: errs.HoldsPass, RequestID: errs.Of(err).RequestID, Err: err,
		Why:   "the answer was lost, and meanwhile somebody else made a pass for the user, which was left as it is",
		Hints: []string{"--replace"},
	}
}

// unconfirmed keeps the pass, whose passcode is told only once, and says what is not known of it.
func unconfirmed(made *pass.Created, err error) error {
	made.Warning = fmt.Sprintf("an earlier try was lost and may still end this pass, which could not be confirmed: %v", err)
	return nil
}
