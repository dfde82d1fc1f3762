package graph

import (
	"context"
	"errors"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// creation is one create with all of its tries.
type creation struct {
	client *Client
	user   string
	pass.Trail
	lost []*LostError // every try whose answer was lost
}

// Create makes a pass. Where an answer is lost it reads what became of it, and creates again unless somebody
// else's pass is there. A pass that was made while a lost create was pending is final only once it is read a minute after the loss.
func (c *Client) Create(ctx context.Context, user string, r pass.Request) (pass.Created, error) {
	n := &creation{client: c, user: user, Trail: pass.Trail{Request: r}}
	for try := 1; ; try++ {
		made, err := n.try(ctx)
		switch {
		case err == nil && n.Settled == len(n.lost):
			return made, nil
		case err == nil:
			if again, err := n.confirm(ctx, &made); !again || try >= mostAttempts {
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
	plain := ctx
	if n.Known != nil {
		ctx = beforeRepeat(ctx, func() error {
			f, err := n.read(plain)
			if err == nil && f == pass.Overrun {
				err = pass.Overtaken("the service made the create wait")
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
	case f == pass.Overrun:
		return n.overtaken(failed)
	}
	return nil
}

// read says what the passes of the user tell of the tries so far.
func (n *creation) read(ctx context.Context) (pass.Fate, error) {
	l, err := n.client.List(ctx, n.user)
	if err != nil {
		return pass.Pending, err
	}
	var sent []time.Time
	for _, lost := range n.lost {
		sent = append(sent, l.At.Add(-time.Since(lost.Sent)))
	}
	f := n.Read(l, sent)
	if f == pass.Unread {
		return f, unreadable("passes that can be read")
	}
	return f, nil
}

// confirm waits until no lost try can land any more, and reads whether the pass that was made is still there. Where
// one landed on top of it, it is to be made again; the error counts where that is not done any more.
func (n *creation) confirm(ctx context.Context, made *pass.Created) (again bool, err error) {
	if n.Unconfirmed != nil {
		n.Unconfirmed(*made)
	}
	n.Known = &made.Pass.ID
	late := time.Until(n.lost[len(n.lost)-1].At.Add(n.client.late))
	wait := n.client.wire.wait
	if n.Unconfirmed != nil {
		wait = n.client.wire.waitQuietly // the person sees why
	}
	if err := wait(ctx, late, errors.New("an earlier answer was lost, and the new pass is being confirmed")); err != nil {
		made.Doubt = err
		return false, nil
	}
	switch f, err := n.read(ctx); {
	case err != nil:
		made.Doubt = err
		return false, nil
	case f == pass.Overrun:
		return false, n.overtaken(nil)
	case f == pass.Pending:
		return false, pass.Withdrawn()
	case f == pass.Landed:
		n.Settled = len(n.lost) // what did not land by now never does
		return true, n.unseen(&errs.Error{Slug: errs.Busy, Why: "each new pass was ended by an earlier try whose answer was lost"})
	}
	return false, nil
}

// unseen is the error of a create, marked where the answer to one of its tries was lost.
func (n *creation) unseen(err error) error {
	e := *errs.Of(err)
	if lost := (*LostError)(nil); len(n.lost) > 0 || errors.As(err, &lost) {
		e.Err = errors.Join(err, pass.ErrUnseen)
	}
	return &e
}

// overtaken is the error of a create that lost an answer and found a colleague's pass.
func (n *creation) overtaken(failed error) error {
	e := pass.Overtaken("the answer was lost")
	if failed != nil {
		e.Err, e.RequestID = failed, errs.Of(failed).RequestID
	}
	return n.unseen(e)
}
