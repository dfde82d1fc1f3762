package rollout

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// Holding is a row with the passes of its user, or why they could not be read.
type Holding struct {
	pass.Holding
	Err error
}

// Holdings reads the passes of all rows, in their order. An error ends it: a service that does not answer or does not know who asks.
func (d *Desk) Holdings(ctx context.Context, job Job) ([]Holding, error) {
	out := make([]Holding, len(job.Items))
	all := make([]*Holding, len(out))
	for i := range out {
		all[i] = &out[i]
	}
	return out, sideBySide(ctx, job, func(ctx context.Context, from, to int) error {
		users, err := d.name(ctx, job, from, all[from:to])
		if err != nil {
			return err
		}
		return d.hold(ctx, job, all[from:to], users)
	})
}

// sideBySide works off the rows of a job by up to AtOnce.
func sideBySide(ctx context.Context, job Job, work func(ctx context.Context, from, to int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, job.Concurrency))
	for from := 0; from < len(job.Items); from += AtOnce {
		g.Go(func() error { return work(ctx, from, min(from+AtOnce, len(job.Items))) })
	}
	return g.Wait()
}

// name finds the users of up to AtOnce rows, and returns what the service is asked for: "" for a row that leads to nobody.
func (d *Desk) name(ctx context.Context, job Job, from int, into []*Holding) ([]string, error) {
	rows := make([]*Row, len(into))
	for i := range rows {
		rows[i] = newRow(job, from+i)
	}
	if err := d.find(ctx, job, rows); err != nil {
		return nil, err
	}
	users := make([]string, len(rows))
	for i, r := range rows {
		into[i].Holding = pass.Holding{Ref: r.Ref, Person: r.Person}
		if r.Err != nil {
			into[i].Err = notListed(r.Err, r.Ref)
			continue
		}
		users[i] = r.user
	}
	return users, nil
}

// hold reads the passes of those of up to AtOnce rows that lead to somebody. Its error of a row counts before another.
func (d *Desk) hold(ctx context.Context, job Job, into []*Holding, users []string) error {
	var found []*Holding
	for i, h := range into {
		if users[i] != "" {
			found = append(found, h)
		}
	}
	users = slices.DeleteFunc(slices.Clone(users), func(u string) bool { return u == "" })
	if len(users) == 0 {
		return nil
	}
	if job.Reads != nil {
		if err := job.Reads.Take(ctx, len(users)); err != nil {
			return context.Cause(ctx)
		}
	}
	for i, a := range d.Tenant.Passes(ctx, users) {
		h := found[i]
		if fatal(a.Err) {
			return notListed(a.Err, h.Ref)
		}
		h.Listing = a.Value
		if a.Err != nil {
			h.Err = notListed(d.Pass.Denied(ctx, a.Err, permission.ListPasses), h.Ref)
		}
	}
	return nil
}

// notListed is the error of a row that was to be listed, whatever else its users are read for.
func notListed(err error, ref person.Ref) error {
	e := *errs.Of(err)
	e.What = ""
	return e.For("listing passes", string(ref))
}

// Removal is what becomes of a row when its passes are deleted.
type Removal struct {
	pass.Result
	ids    []string // of the passes that go
	states []pass.State
}

// Removals says what would be deleted of the passes that are held: those in one of the states, or all where none is named.
func Removals(held []Holding, states []pass.State) []*Removal {
	out := make([]*Removal, len(held))
	for i, h := range held {
		r, ids := pass.Removable(h.Holding, states)
		if h.Err != nil {
			r, ids = r.NotDeleted(h.Err), nil
		}
		out[i] = &Removal{r, ids, states}
	}
	return out
}

// Count is how many passes go.
func Count(removals []*Removal) (n int) {
	for _, r := range removals {
		n += len(r.ids)
	}
	return n
}

// Concerned leaves out the rows of which nothing is to go: of everybody they would be too many to be told. What could not be read is told.
func Concerned(removals []*Removal) (some []*Removal) {
	for _, r := range removals {
		if len(r.ids) > 0 || r.Err != nil {
			some = append(some, r)
		}
	}
	return some
}

// Remove deletes the passes, batch by batch, and tells each row once it is known. What became of a pass since it was listed is read
// directly before it goes: one that changed stays.
func (d *Desk) Remove(ctx context.Context, removals []*Removal, each func(pass.Result) error) error {
	for some := range slices.Chunk(removals, AtOnce) {
		if err := d.remove(ctx, some); err != nil {
			return err
		}
		for _, r := range some {
			if err := each(r.Result); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Desk) remove(ctx context.Context, some []*Removal) error {
	if err := d.lookAgain(ctx, some); err != nil {
		return err
	}
	var deletes []Delete
	var of []*Removal
	for _, r := range some {
		for _, id := range r.ids {
			deletes, of = append(deletes, Delete{r.user(), id, r.Person.UserPrincipalName}), append(of, r)
		}
	}
	for chunk := 0; chunk < len(deletes); chunk += AtOnce {
		end := min(chunk+AtOnce, len(deletes))
		if err := d.Gate.Take(ctx, end-chunk); err != nil {
			return context.Cause(ctx)
		}
		for i, a := range d.Tenant.Delete(ctx, deletes[chunk:end]) {
			if fatal(a.Err) {
				return a.Err
			}
			of[chunk+i].Result = d.Pass.Deleted(ctx, of[chunk+i].Result, a.Err)
		}
	}
	return nil
}
