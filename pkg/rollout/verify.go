package rollout

import (
	"context"
	"maps"
	"slices"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// Verify reads the passes of all rows that have one once more. A row whose pass is another one now, or gone, is refused: its code is no
// longer the one that the tenant holds.
func (d *Desk) Verify(ctx context.Context, results map[int]pass.Result, book Book) error {
	var with []int
	for _, n := range slices.Sorted(maps.Keys(results)) {
		if !results[n].Passcode.IsEmpty() {
			with = append(with, n)
		}
	}
	for some := range slices.Chunk(with, AtOnce) {
		users := make([]string, len(some))
		for i, n := range some {
			users[i] = results[n].Person.ID
			if users[i] == "" {
				users[i] = string(results[n].Ref)
			}
		}
		var changed []ending
		for i, a := range d.Tenant.Passes(ctx, users) {
			if a.Err != nil {
				return a.Err
			}
			n := some[i]
			id := results[n].Pass.ID
			if slices.ContainsFunc(a.Value.Passes, func(p pass.Pass) bool { return p.ID == id }) {
				continue
			}
			r := pass.Result{Ref: results[n].Ref, Person: results[n].Person, At: a.At}.Failed(&errs.Error{
				Slug: errs.Rejected, Reason: errs.NoPass, Why: "the pass that was made is not there any more: somebody deleted or replaced it", Hints: []string{"--replace"},
			})
			results[n] = r
			changed = append(changed, ending{row: n, result: r})
		}
		if err := book.Record(journalled(changed)); len(changed) > 0 && err != nil {
			return err
		}
	}
	return nil
}
