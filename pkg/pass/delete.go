package pass

import (
	"context"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

const deleting = "deleting the pass"

// Delete removes the passes of one user whose state is among states, or all of them where states is
// empty. A user without one is skipped. A pass that vanished in between counts as deleted.
func (d *Desk) Delete(ctx context.Context, ref person.Ref, states []State, dryRun bool) Result {
	r := Result{Ref: ref, Person: named(ref), Outcome: OutcomeSkipped, DryRun: dryRun, At: d.Now()}
	l, err := d.Passes.List(ctx, string(ref))
	if slugOf(err) == errs.NotFound {
		err = d.missing(ctx, &sight{person: r.Person}, ref, errs.Of(err))
	}
	if err != nil {
		r.fail(deleting, d.denied(ctx, err, permission.DeletePass, r.Person))
		return r
	}
	r, ids := Removable(Holding{Ref: ref, Person: r.Person, Listing: l}, states)
	r.DryRun = dryRun
	for _, id := range ids {
		if dryRun {
			break
		}
		err := d.Passes.Delete(ctx, string(ref), id)
		if slugOf(err) == errs.Denied {
			err = d.denied(ctx, err, permission.DeletePass, r.Person)
		}
		if r = d.Deleted(ctx, r, err); r.Err != nil {
			break
		}
	}
	return r
}
