package pass

import (
	"context"
	"slices"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
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
		r.fail(deleting, d.denied(errs.Of(err), writing))
		return r
	}
	r.At, r.Reason = l.At, errs.NoPass
	for _, p := range l.Passes {
		if len(states) > 0 && !slices.Contains(states, p.StateAt(l.At)) {
			r.Reason = errs.OtherState
			continue
		}
		if err := d.remove(ctx, ref, p.ID, dryRun); err != nil {
			r.fail(deleting, d.denied(errs.Of(err), writing))
			return r
		}
		r.Pass, r.Outcome, r.Reason = p, OutcomeDeleted, ""
	}
	return r
}

func (d *Desk) remove(ctx context.Context, ref person.Ref, id string, dryRun bool) error {
	if dryRun {
		return nil
	}
	err := d.Passes.Delete(ctx, string(ref), id)
	if slugOf(err) == errs.NotFound {
		return nil
	}
	return err
}
