package pass

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// Weigh decides about one of many users by what was read: a result that is created or replaced is still to be carried
// out, any other is the end of it. Roles count for an application alone.
func (d *Desk) Weigh(ref person.Ref, p person.Person, roles []string, l Listing, o Order) Result {
	s := &sight{person: p, roles: roles}
	s.see(l, l.At)
	r := Result{Ref: ref, Person: p, DryRun: o.DryRun, At: l.At, Outcome: OutcomeCreated, Warnings: s.warnings()}
	var err error
	switch {
	case len(roles) > 0 && d.Application && !o.AllowPrivileged:
		err = privileged(roles)
	case p.External:
		err = externalGuest().refusal()
	case p.ID != "" && strings.EqualFold(p.ID, d.Caller):
		err = oneself().refusal()
	case s.held != nil:
		o.Confirm = nil // nobody is asked about one of many
		_, err = d.overwrite(context.Background(), s, o, &r)
	}
	if err != nil {
		r.fail(creating, err)
		d.tellRefused(r)
	}
	return r
}

// Explain is the result with the rule behind a refusal in plain words, as Create tells it.
func (d *Desk) Explain(ctx context.Context, r Result, req Request, refused error) Result {
	s := &sight{person: r.Person}
	r.fail(creating, d.Denied(ctx, unseen(refused, d.explain(ctx, s, r.Ref, req, errs.Of(refused))), permission.CreatePass))
	return r
}

// Unreadable is the result of a user of whom something could not be read.
func (d *Desk) Unreadable(ctx context.Context, r Result, err error) Result {
	r.fail(creating, d.Denied(ctx, err, permission.ListPasses))
	return r
}

// Failed is the result with an error.
func (r Result) Failed(err error) Result {
	r.fail(creating, unseen(err, err))
	return r
}

// Planned is the result of a plan with what was asked for.
func (r Result) Planned(req Request) Result {
	r.Pass = req.planned(r.At)
	return r
}

// Made is the result with the pass that was made.
func (r Result) Made(c Created) Result {
	r.made(c)
	return r
}

// Doubted is the result of a pass that could not be confirmed.
func (r Result) Doubted(err error) Result {
	r.Err = Unconfirmed(err).For(creating, string(r.Ref))
	r.Reason = r.Err.Reason
	return r
}

// NotReplicated is the error of a user whom the directory knows and the pass service does not yet.
func NotReplicated(missing error) error { return notReplicated(errs.Of(missing)) }

// Removable is the result of deleting the passes of a user that are in one of the states, or all of them where none is named,
// with the ids of those that go.
func Removable(h Holding, states []State) (Result, []string) {
	r := Result{Ref: h.Ref, Person: h.Person, Outcome: OutcomeSkipped, At: h.At, Reason: errs.NoPass}
	var ids []string
	for _, p := range h.Passes {
		if len(states) > 0 && !slices.Contains(states, p.StateAt(h.At)) {
			if len(ids) == 0 {
				r.Reason = errs.OtherState
			}
			continue
		}
		r.Pass, r.Outcome, r.Reason, ids = p, OutcomeDeleted, "", append(ids, p.ID)
	}
	return r, ids
}

// Deleted is the result of a delete that came to err. A pass that is gone already counts as deleted.
func (d *Desk) Deleted(ctx context.Context, r Result, err error) Result {
	if err == nil || slugOf(err) == errs.NotFound {
		return r
	}
	r.Pass = Pass{}
	r.fail(deleting, d.Denied(ctx, err, permission.DeletePass))
	return r
}

// NotDeleted is the result of a delete before which something could not be read.
func (r Result) NotDeleted(err error) Result {
	e := *errs.Of(err)
	e.What = ""
	r.fail(deleting, &e)
	return r
}
