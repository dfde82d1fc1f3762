package rollout

import (
	"context"
	"slices"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// lookAgain reads the passes of up to AtOnce rows that were to go once more: between the plan and now lies the time in which somebody was
// asked. What was made since, and what is in another state now, stays.
func (d *Desk) lookAgain(ctx context.Context, some []*Removal) error {
	var rows []*Removal
	var users []string
	for _, r := range some {
		if len(r.ids) > 0 {
			rows, users = append(rows, r), append(users, r.user())
		}
	}
	if len(rows) == 0 {
		return nil
	}
	for i, a := range d.Tenant.Passes(ctx, users) {
		switch r := rows[i]; {
		case fatal(a.Err):
			return a.Err
		case a.Err != nil && errs.Of(a.Err).Slug != errs.NotFound:
			r.Result, r.ids = r.NotDeleted(d.Pass.Denied(ctx, a.Err, permission.ListPasses)), nil
		default:
			r.settle(a.Value)
		}
	}
	return nil
}

// settle takes in what a row holds now.
func (r *Removal) settle(now pass.Listing) {
	found, ids := pass.Removable(pass.Holding{Ref: r.Ref, Person: r.Person, Listing: now}, r.states)
	ids = slices.DeleteFunc(ids, func(id string) bool { return !slices.Contains(r.ids, id) })
	if found.Outcome == pass.OutcomeDeleted && len(ids) == 0 { // another pass, which was not to go
		found = pass.Result{Ref: r.Ref, Person: r.Person, Outcome: pass.OutcomeSkipped, At: now.At, Reason: errs.NoPass}
	}
	r.Result, r.ids = found, ids
}

// user is how the row's user is named to the service.
func (r *Removal) user() string {
	if r.Person.ID == "" {
		return string(r.Ref)
	}
	return r.Person.ID
}
