package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// Examine looks at everything, side by side as far as one thing does not build on another, and returns what was found in
// the order of the checks. Where ctx ends before, what is not known by then is skipped.
func (c Case) Examine(ctx context.Context) []Finding {
	x := &exam{Case: c}
	return examine(ctx, x.checks())
}

// step is a check that runs. Its outcome is there when done is closed.
type step struct {
	check
	outcome
	done chan struct{}
}

func examine(ctx context.Context, checks []check) []Finding {
	steps := make([]*step, len(checks))
	byID := map[string]*step{}
	for n, c := range checks {
		steps[n] = &step{check: c, done: make(chan struct{})}
		byID[c.id] = steps[n]
	}
	for _, s := range steps {
		go func() {
			defer close(s.done)
			s.outcome = s.run(ctx, byID)
		}()
	}
	var all []Finding
	for _, s := range steps {
		select {
		case <-s.done:
			all = append(all, s.found...)
			continue
		default:
		}
		select {
		case <-s.done:
			all = append(all, s.found...)
		case <-ctx.Done():
			all = append(all, s.unfinished())
		}
	}
	return all
}

// run waits for what the check builds on, and looks.
func (s *step) run(ctx context.Context, others map[string]*step) outcome {
	for _, id := range s.after {
		before := others[id]
		select {
		case <-before.done:
		case <-ctx.Done():
			return broken(s.unfinished())
		}
		if before.lost {
			return broken(Finding{ID: s.id, Status: Skip, Words: fmt.Sprintf("it builds on %s, which %s", id, became(before.found))})
		}
	}
	own, cancel := context.WithCancel(ctx)
	if s.limit > 0 {
		why := fmt.Sprintf("no answer within %s", s.limit)
		own, cancel = context.WithTimeoutCause(ctx, s.limit, &errs.Error{Slug: errs.Busy, Why: why})
	}
	defer cancel()
	result := make(chan outcome, 1)
	go func() { result <- s.look(own) }()
	var o outcome
	select {
	case o = <-result:
	case <-own.Done():
	}
	switch {
	case ctx.Err() != nil:
		return broken(s.unfinished()) // what it found is at most that it was interrupted
	case own.Err() != nil:
		return broken(Finding{ID: s.id, Status: Fail, Words: context.Cause(own).Error(), Command: "--debug"})
	}
	return o
}

func (s *step) unfinished() Finding {
	return Finding{ID: s.id, Status: Skip, Words: "not known: the command ended before"}
}

// became says what kept others from building on a check.
func became(found []Finding) string {
	for _, f := range found {
		if f.Status == Fail {
			return "failed"
		}
	}
	return "was skipped"
}

// unread is the finding of a read that did not work out.
func (x *exam) unread(id string, err error, o *permission.Operation) Finding {
	e := errs.Of(err)
	if e.Slug != errs.Denied {
		return failed(id, e)
	}
	f := Finding{ID: id, Status: Skip, Command: "tap help permissions"}
	if x.tenant.Permissions != nil && o.ServedBy(x.tenant.Application, x.tenant.Permissions...) {
		f.Words = "this sign-in may not " + o.Does + ", although its token shows a permission for that"
		f.Remedy = "it takes " + o.Takes(x.tenant.Application)
		return f
	}
	f.Permission, f.Words = o.Least, fmt.Sprintf("this sign-in may not %s: it lacks the permission %s", o.Does, o.Least)
	return f
}

// failed is the finding of an error.
func failed(id string, e *errs.Error) Finding {
	f := Finding{ID: id, Status: Fail, Words: e.Headline(), Command: "--debug"}
	if len(e.Hints) > 0 {
		f.Command = e.Hints[0]
	}
	return f
}

// minutes is about how much a clock is off: a Date has whole seconds.
func minutes(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%.0f s", d.Round(10*time.Second).Seconds())
	}
	return fmt.Sprintf("%.0f min", d.Minutes())
}
