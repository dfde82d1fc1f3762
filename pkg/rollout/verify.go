package rollout

import (
	"context"
	"slices"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// made is a row that has a pass.
type made struct {
	row int
	pass.Result
}

// Verify reads the passes of all rows of the book that have one once more. A row whose pass is another one now, or gone, is refused:
// its code is no longer the one that the tenant holds. A row of which that cannot be read keeps its code, with the error beside it. What is about
// all rows ends it.
func (d *Desk) Verify(ctx context.Context, book Book) error {
	var some []made
	var changed []ending
	err := book.Each(func(o journal.Outcome) error {
		if o.Result.Passcode.IsEmpty() {
			return nil
		}
		if some = append(some, made{o.Row, o.Result}); len(some) < AtOnce {
			return nil
		}
		gone, err := d.gone(ctx, some)
		some, changed = some[:0], append(changed, gone...)
		return err
	})
	if err != nil {
		return err
	}
	gone, err := d.gone(ctx, some)
	if changed = append(changed, gone...); err != nil || len(changed) == 0 {
		return err
	}
	return book.Record(journalled(changed))
}

// gone are the rows of some whose pass is not there any more, or cannot be read.
func (d *Desk) gone(ctx context.Context, some []made) (changed []ending, err error) {
	if len(some) == 0 {
		return nil, nil
	}
	users := make([]string, len(some))
	for i, m := range some {
		users[i] = m.Person.ID
		if users[i] == "" {
			users[i] = string(m.Ref)
		}
	}
	for i, a := range d.Tenant.Passes(ctx, users) {
		m := some[i]
		switch {
		case fatal(a.Err):
			return nil, a.Err
		case a.Err != nil: // also where the user is not found: not every server knows a new one
			changed = append(changed, ending{row: m.row, result: unverified(m.Result, a.Err)})
			continue
		}
		if slices.ContainsFunc(a.Value.Passes, func(p pass.Pass) bool { return p.ID == m.Pass.ID }) {
			continue
		}
		r := pass.Result{Ref: m.Ref, Person: m.Person, At: a.At}.Failed(&errs.Error{
			Slug: errs.Rejected, Reason: errs.NoPass, Why: "the pass that was made is not there any more: somebody deleted or replaced it", Hints: []string{"--replace"},
		})
		changed = append(changed, ending{row: m.row, result: r})
	}
	return changed, nil
}

// unverified is a result whose pass may be there and may be gone.
func unverified(r pass.Result, err error) pass.Result {
	e := *errs.Of(err)
	e.What, e.Whom = "verifying the pass", string(r.Ref)
	r.Err, r.Reason, r.RequestID = &e, e.Reason, e.RequestID
	return r
}
