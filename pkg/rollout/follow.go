package rollout

import (
	"context"
	"slices"

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

// Follow reads the methods and the passes of all rows, in their order. An error ends it: two rows that are one user, a service that does
// not answer or does not know who asks.
func (d *Desk) Follow(ctx context.Context, job Job) ([]Following, error) {
	out := make([]Following, len(job.Items))
	all, users := make([]*Holding, len(out)), make([]string, len(out))
	for i := range out {
		all[i] = &out[i].Holding
	}
	err := sideBySide(ctx, job, func(ctx context.Context, from, to int) error {
		named, err := d.name(ctx, job, from, all[from:to])
		copy(users[from:], named)
		return err
	})
	if err != nil {
		return nil, err
	}
	people := make([]person.Person, len(out))
	for i, h := range all {
		people[i] = h.Person
	}
	if err := twice(people, job.Items); err != nil {
		return nil, err
	}
	return out, sideBySide(ctx, job, func(ctx context.Context, from, to int) error {
		if err := d.follow(ctx, out[from:to], users[from:to]); err != nil {
			return err
		}
		// The passes last: so a method that came by a pass is never seen before the use of the pass.
		return d.hold(ctx, job, all[from:to], users[from:to])
	})
}

// follow reads the methods of those of up to AtOnce rows that lead to somebody.
func (d *Desk) follow(ctx context.Context, some []Following, users []string) error {
	var found []*Following
	for i := range some {
		if users[i] != "" {
			found = append(found, &some[i])
		}
	}
	users = slices.DeleteFunc(slices.Clone(users), func(u string) bool { return u == "" })
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
