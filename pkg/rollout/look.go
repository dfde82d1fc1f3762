package rollout

import (
	"context"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// look reads the passes of rows and goes on with each by what they tell. It returns the tasks that came to an end.
func (r *run) look(ctx context.Context, batch []*task) (ended []*task, err error) {
	users := make([]string, len(batch))
	for i, t := range batch {
		users[i] = t.row.user
	}
	asked := r.Clock.Now()
	for i, a := range r.Tenant.Passes(ctx, users) {
		t := batch[i]
		r.heard(a.At)
		if ctx.Err() != nil {
			return ended, context.Cause(ctx)
		}
		if err := r.reached(a.At, a.Err); err != nil {
			return ended, err
		}
		if fatal(a.Err) && t.reads < mostTries {
			t.reads++
			t.due = r.Clock.Now().Add(max(a.After, backoff(t.reads)))
			continue
		}
		t.reads = 0
		over := false
		switch t.step {
		case refreshing:
			over = r.refreshed(ctx, t, a)
		case confirming:
			over = r.confirmed(t, a, asked)
		default:
			over = r.settled(t, a, asked)
		}
		if over {
			ended = append(ended, t)
		}
	}
	return ended, nil
}

// refreshed decides about a row again by what it holds now.
func (r *run) refreshed(ctx context.Context, t *task, a Answer[pass.Listing]) (over bool) {
	row := t.row
	was := row.Warnings
	r.decide(ctx, row, r.job, nil, a) // the roles were judged when it was planned
	if !row.Todo() {
		return true
	}
	row.Warnings = was
	t.trail.Known = row.request.Known
	t.step = creating // when it was due: it keeps its place
	return false
}

// fate is what the passes, which were asked for at a time, tell of the tries that were lost. An answer may come much later than what it tells. Passes that cannot be read are asked for again.
func (r *run) fate(t *task, a Answer[pass.Listing], asked time.Time) pass.Fate {
	now := r.Clock.Now()
	var sent []time.Time
	for _, s := range t.lost {
		sent = append(sent, a.Value.At.Add(-now.Sub(s)))
	}
	f := t.trail.Read(a.Value, sent)
	if asked.After(t.at.Add(r.late())) && (f == pass.Kept || f == pass.Pending) {
		t.trail.Settled = len(t.lost) // what did not land by now never does
	}
	return f
}

// settled goes on after a lost create.
func (r *run) settled(t *task, a Answer[pass.Listing], asked time.Time) (over bool) {
	if a.Err != nil {
		t.row.Result = t.row.Failed(r.marked(t, a.Err))
		return true
	}
	switch r.fate(t, a, asked) {
	case pass.Overrun:
		t.row.Result = t.row.Failed(r.marked(t, pass.Overtaken("the answer was lost")))
		return true
	case pass.Unread:
		return r.unread(t)
	}
	t.step, t.due = creating, r.Clock.Now()
	return false
}

// unread asks again for passes that could not be read whole, some times.
func (r *run) unread(t *task) (over bool) {
	t.tries++
	if t.tries >= mostTries {
		t.row.Result = t.row.Failed(r.marked(t, &errs.Error{Slug: errs.Internal, Why: "the service answered without passes that can be read"}))
		return true
	}
	t.due = r.Clock.Now().Add(backoff(t.tries))
	return false
}

// confirmed ends a row whose pass is still there, and makes it again where a lost try ended it.
func (r *run) confirmed(t *task, a Answer[pass.Listing], asked time.Time) (over bool) {
	if a.Err != nil {
		t.row.Result = t.made.Doubted(a.Err)
		return true
	}
	switch r.fate(t, a, asked) {
	case pass.Overrun:
		t.row.Result = t.row.Failed(r.marked(t, pass.Overtaken("the answer was lost")))
	case pass.Pending:
		t.row.Result = t.row.Failed(pass.Withdrawn())
	case pass.Unread:
		return r.unread(t)
	case pass.Landed:
		t.trail.Settled = len(t.lost)
		t.step, t.due = creating, r.Clock.Now()
		return false
	default:
		t.row.Result = *t.made
	}
	return true
}
