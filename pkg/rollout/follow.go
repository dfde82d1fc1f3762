package rollout

import (
	"cmp"
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// Following is a row with the passes and the methods of its user, or why they could not be read.
type Following struct {
	Holding
	Methods []person.Method // password and pass among them
	// Unseen says that this sign-in may not read the methods of the user. That is no error of the row.
	Unseen bool
}

const listingMethods = "listing methods"

// Follow reads the passes and the methods of all rows, in their order. An error ends it: two rows that are one user, a service that does
// not answer or does not know who asks.
func (d *Desk) Follow(ctx context.Context, job Job) ([]Following, error) {
	held, err := d.Holdings(ctx, job)
	if err != nil {
		return nil, err
	}
	out, people := make([]Following, len(held)), make([]person.Person, len(held))
	for i, h := range held {
		out[i].Holding, people[i] = h, h.Person
	}
	if err := twice(people, job.Items); err != nil {
		return nil, err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, job.Concurrency))
	for from := 0; from < len(out); from += AtOnce {
		some := out[from:min(from+AtOnce, len(out))]
		g.Go(func() error { return d.follow(ctx, some) })
	}
	return out, g.Wait()
}

// follow reads the methods of up to AtOnce rows.
func (d *Desk) follow(ctx context.Context, some []Following) error {
	var found []*Following
	var users []string
	for i := range some {
		if f := &some[i]; f.Err == nil {
			found, users = append(found, f), append(users, cmp.Or(f.Person.ID, string(f.Ref)))
		}
	}
	if len(users) == 0 {
		return nil
	}
	for i, a := range d.Tenant.Methods(ctx, users) {
		f := found[i]
		switch {
		case fatal(a.Err):
			return errs.Of(a.Err).For(listingMethods, string(f.Ref))
		case a.Err != nil && errs.Of(a.Err).Slug == errs.Denied:
			f.Unseen = true
			d.Pass.Notice("the methods of users may not be read with this sign-in (permission " + permission.ReadMethods.Least + "): who registered one is not seen")
		case a.Err != nil:
			e := *errs.Of(a.Err)
			f.Err = e.For(listingMethods, string(f.Ref))
		default:
			f.Methods = a.Value
		}
	}
	return nil
}
