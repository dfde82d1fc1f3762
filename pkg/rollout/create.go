package rollout

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

const (
	mostTries     = 6                // whose answers were lost
	mostRefusals  = 40               // for now, one after another
	firstPause    = time.Second      // doubles from try to try, give or take half
	longestPause  = 30 * time.Second // between two of them
	fresh         = 20 * time.Second // how long it counts what passes were read, where none may be replaced
	shortestVisit = 2 * time.Second  // between two tries for a new user
	longestVisit  = 8 * time.Second
)

func backoff(n int) time.Duration {
	d := min(firstPause<<min(n-1, 10), longestPause)
	return d/2 + rand.N(d)
}

// create makes passes: an intent for each first, then one batch. It returns the tasks that came to an end.
func (r *run) create(ctx context.Context, batch []*task) (ended []*task, err error) {
	batch, ended = r.ready(batch)
	if len(batch) == 0 {
		return ended, nil
	}
	if err := r.Gate.Take(ctx, len(batch)); err != nil {
		return ended, context.Cause(ctx)
	}
	sent := r.Clock.Now()
	intents, creates := make([]journal.Intent, len(batch)), make([]Create, len(batch))
	for i, t := range batch {
		intents[i] = journal.Intent{Row: t.row.Index, User: t.row.user, Known: t.trail.Known, At: r.serviceTime(sent)}
		creates[i] = Create{t.row.user, t.trail.Request}
	}
	if err := r.book.Intend(intents); err != nil {
		return ended, err
	}
	throttled, after := 0, time.Duration(0)
	for i, a := range r.Tenant.Create(ctx, creates, sent.Add(grace)) {
		r.heard(a.At)
		if a.Again && a.After > 0 {
			throttled, after = throttled+1, max(after, a.After)
		}
		over, fault := r.answered(ctx, batch[i], a, sent)
		if over {
			ended = append(ended, batch[i])
		}
		err = errors.Join(err, fault)
	}
	if throttled > 0 {
		r.events.Waiting(after)
	}
	r.Gate.Answered(throttled, after)
	return ended, err
}

// zeroTime is no time: the service starts the pass at once.
var zeroTime when.Time

// ready works out what is sent now. A row of which that cannot be said ends.
func (r *run) ready(batch []*task) (ready, ended []*task) {
	now := r.Clock.Now()
	for _, t := range batch {
		if err := r.wish(t, r.serviceTime(now)); err != nil {
			t.row.Result = t.row.Failed(err)
			ended = append(ended, t)
			continue
		}
		ready = append(ready, t)
	}
	return ready, ended
}

// wish puts what was asked for into the request. A start that has passed since it was planned is sent as no start.
func (r *run) wish(t *task, now time.Time) error {
	w := *r.job.Items[t.row.Index].Wish
	req, err := w.Request(now)
	if e := errs.Of(err); err != nil && e.Reason == errs.StartInPast {
		w.Start = zeroTime
		if req, err = w.Request(now); err == nil {
			t.row.warn(fmt.Sprintf("%s: the start had passed when the pass was made: it works at once", t.row.Ref))
		}
	}
	if err != nil {
		return err
	}
	req.Name, req.Known = t.row.Person.UserPrincipalName, t.trail.Known
	t.trail.Request = req
	return nil
}

// warn adds a warning once.
func (r *Row) warn(text string) {
	for _, w := range r.Warnings {
		if w == text {
			return
		}
	}
	r.Warnings = append(r.Warnings, text)
}

// answered says what a create came to: over where the row is at its end. An error ends the run.
func (r *run) answered(ctx context.Context, t *task, a Answer[pass.Created], sent time.Time) (over bool, err error) {
	now := r.Clock.Now()
	switch {
	case a.Err == nil:
		_ = r.reached(a.At, nil)
		return r.done(t, a.Value)
	case errors.Is(a.Err, pass.ErrUnseen) && ctx.Err() != nil:
		return false, nil // the intent is in the book: what goes on with the run settles it
	case errors.Is(a.Err, pass.ErrUnseen):
		return r.wasLost(t, a, sent)
	case a.Again:
		if err := r.reached(a.At, a.Err); err != nil {
			return false, err
		}
		t.tries++
		if t.tries > mostRefusals {
			return false, a.Err
		}
		t.due = now.Add(max(a.After, min(backoff(t.tries), 4*time.Second)))
		return false, nil
	case fatal(a.Err):
		if err := r.reached(a.At, a.Err); err != nil {
			return false, err
		}
		t.due = now.Add(backoff(1))
		return false, nil
	case errs.Of(a.Err).Slug == errs.NotFound:
		return r.isNew(t, a.Err), nil
	}
	t.row.Result = r.Pass.Explain(ctx, t.row.Result, t.trail.Request, r.marked(t, a.Err))
	return true, nil
}

// marked adds to an error that an earlier try may have made a pass.
func (r *run) marked(t *task, err error) error {
	if len(t.lost) == 0 {
		return err
	}
	e := *errs.Of(err)
	e.Err = errors.Join(err, pass.ErrUnseen)
	return &e
}

// done takes the pass that was made. It is final unless a lost try may still end it: then it is written down and read again later.
func (r *run) done(t *task, c pass.Created) (over bool, err error) {
	t.tries = 0
	made := t.row.Made(c)
	if !t.pending() {
		t.row.Result = made
		return true, nil
	}
	t.made, t.step, t.due = &made, confirming, t.at.Add(r.late())
	t.trail.Known = &c.Pass.ID
	return false, r.record([]ending{{t.row.Index, made, r.serviceTime(t.due)}})
}

// wasLost sets a create aside whose answer was lost, to be settled by reading.
func (r *run) wasLost(t *task, a Answer[pass.Created], sent time.Time) (over bool, err error) {
	now := r.Clock.Now()
	if !a.Sent.IsZero() {
		sent = a.Sent // it may have waited
	}
	t.lost, t.at = append(t.lost, sent), now
	t.tries++
	if t.tries >= mostTries {
		t.row.Result = t.row.Failed(a.Err)
		return true, nil
	}
	t.step, t.due = settling, now.Add(max(a.After, backoff(t.tries)))
	return false, nil
}

// isNew waits for a user whom the pass service does not know yet, beside the others.
func (r *run) isNew(t *task, missing error) (over bool) {
	now := r.Clock.Now()
	if t.until.IsZero() {
		t.until = now.Add(r.job.Order.Wait)
	}
	if !now.Before(t.until) {
		if t.row.Person.Known() {
			missing = pass.NotReplicated(missing)
		}
		t.row.Result = t.row.Failed(r.marked(t, missing))
		return true
	}
	t.tries++
	t.due = now.Add(min(shortestVisit<<min(t.tries-1, 4), longestVisit, max(time.Second, t.until.Sub(now))))
	return false
}
