package denial

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// answer is what a read came to.
type answer[T any] struct {
	list []T
	err  error
	by   *permission.Operation // the read; nil: it was not made
}

// seen reports whether the read told something.
func (a answer[T]) seen() bool { return a.by != nil && a.err == nil }

// gap says that what the read would have told is not known.
func (a answer[T]) gap(whether string) gap {
	switch {
	case a.by == nil:
		return gap{"who is signed in", whether}
	case errs.Of(a.err).Slug == errs.Denied:
		return gap{"without the permission " + a.by.Least, whether}
	}
	return gap{"since the directory did not say", whether}
}

// findings are what was read about a refusal, and what it proves.
type findings struct {
	desk   Desk
	op     *permission.Operation
	target Target

	// Of who was refused.
	active   answer[Role]
	assigned answer[Holding]
	eligible answer[Holding]
	// Of the user whom it was for.
	roles  answer[Role]
	scoped answer[Holding]
	groups answer[Group]
	owned  answer[Group]
	units  answer[Unit]

	proven  []string
	unknown gaps
}

// gather reads, side by side, what can say something about the refusal.
func (d Desk) gather(ctx context.Context, o *permission.Operation, t Target) *findings {
	f := &findings{desk: d, op: o, target: t}
	if d.Directory == nil || d.Application {
		return f
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	g := new(errgroup.Group)
	if d.Caller != "" && len(o.Roles) > 0 {
		read(ctx, g, &f.active, permission.ReadRoles, d.Directory.Active, d.Caller)
		read(ctx, g, &f.assigned, permission.ReadAssignments, d.Directory.Assigned, d.Caller)
		read(ctx, g, &f.eligible, permission.ReadEligible, d.Directory.Eligible, d.Caller)
	}
	if t.User != "" {
		read(ctx, g, &f.units, permission.ReadUnits, d.Directory.Units, t.User)
	}
	if t.User != "" && o.Reach != "" {
		read(ctx, g, &f.roles, permission.ReadRoles, d.Directory.Active, t.User)
		read(ctx, g, &f.groups, permission.ReadUserGroups, d.Directory.Groups, t.User)
		read(ctx, g, &f.owned, permission.ReadOwned, d.Directory.Owned, t.User)
		if t.ID != "" {
			read(ctx, g, &f.scoped, permission.ReadAssignments, d.Directory.Assigned, t.ID)
		}
	}
	_ = g.Wait()
	return f
}

func read[T any](ctx context.Context, g *errgroup.Group, into *answer[T], by *permission.Operation, ask func(context.Context, string) ([]T, error), whom string) {
	into.by = by
	g.Go(func() error { into.list, into.err = ask(ctx, whom); return nil })
}
