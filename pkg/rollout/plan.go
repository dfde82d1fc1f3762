package rollout

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

// Plan is what will become of each row, as far as reading tells.
type Plan struct {
	Rows   []*Row // in the items' order
	Policy *policy.Policy
	offset time.Duration // of the service's clock before this machine's
}

// Sum counts the rows by outcome.
func (p *Plan) Sum() map[pass.Outcome]int {
	sum := map[pass.Outcome]int{}
	for _, r := range p.Rows {
		sum[r.Outcome]++
	}
	return sum
}

// Writes is how many passes are to be made.
func (p *Plan) Writes() int {
	n := 0
	for _, r := range p.Rows {
		if r.Todo() {
			n++
		}
	}
	return n
}

// Estimate is how long the writes take at a rate of writes a second.
func (p *Plan) Estimate(rate float64) time.Duration {
	return time.Duration(float64(p.Writes()) / rate * float64(time.Second))
}

// Plan resolves the users of the items at these indexes, reads their passes and, for an application, their roles, in batches, and
// decides about each. An error ends it: two rows that are one user, or a service that does not answer.
func (d *Desk) Plan(ctx context.Context, job Job, indexes []int) (*Plan, error) {
	plan := &Plan{Rows: make([]*Row, len(indexes))}
	if p, err := d.Pass.Policy.Policy(ctx); err == nil {
		plan.Policy = &p
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, job.Concurrency))
	var mu sync.Mutex
	for chunk := range slices.Chunk(indexes, AtOnce) {
		offset := slices.Index(indexes, chunk[0])
		g.Go(func() error {
			rows, err := d.planSome(ctx, job, plan.Policy, chunk)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			copy(plan.Rows[offset:], rows)
			for _, r := range rows {
				if !r.read.IsZero() && !r.At.IsZero() {
					plan.offset = r.At.Sub(r.read)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	people, items := make([]person.Person, len(plan.Rows)), make([]Item, len(plan.Rows))
	for i, r := range plan.Rows {
		people[i], items[i] = r.Person, job.Items[r.Index]
	}
	return plan, twice(people, items)
}

// twice finds two rows that are one user.
func twice(people []person.Person, items []Item) error {
	seen := map[string]int{}
	for i, p := range people {
		id := strings.ToLower(p.ID)
		if id == "" {
			continue
		}
		if first, again := seen[id]; again {
			return errs.Usage(fmt.Sprintf("%s and %s are the same user, %s", place(items[first]), place(items[i]), p.Name()))
		}
		seen[id] = i
	}
	return nil
}

// place names a row to people.
func place(i Item) string {
	if i.Line == 0 {
		return i.Key.String()
	}
	return fmt.Sprintf("row %d (%s)", i.Line, i.Key)
}

// planSome plans up to AtOnce rows.
func (d *Desk) planSome(ctx context.Context, job Job, set *policy.Policy, indexes []int) ([]*Row, error) {
	rows := make([]*Row, len(indexes))
	for i, index := range indexes {
		rows[i] = newRow(job, index)
	}
	if err := d.find(ctx, job, rows); err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(slices.Clone(rows), func(r *Row) bool { return r.Err != nil })
	if len(found) == 0 {
		return rows, nil
	}
	return rows, d.weigh(ctx, job, set, found)
}

// newRow is a row of which nothing is known but what names its user.
func newRow(job Job, index int) *Row {
	k := job.Items[index].Key
	r := &Row{Index: index, Result: pass.Result{Ref: person.Ref(k.Value), DryRun: job.Order.DryRun}}
	switch known := job.Items[index].Person; {
	case known.Known():
		r.Person, r.user = known, known.ID
	case k.Kind != person.ByRef:
	case r.Ref.IsID():
		r.Person.ID = k.Value
	default:
		r.Person.UserPrincipalName = k.Value
	}
	return r
}

// fatal reports whether an error is about all rows and not about one.
func fatal(err error) bool {
	if err == nil {
		return false
	}
	switch errs.Of(err).Slug {
	case errs.Auth, errs.Busy, errs.Interrupted, errs.Terminated, errs.LocalFault:
		return true
	}
	return false
}

// find resolves the users. A row whose user cannot be found has its error afterwards.
func (d *Desk) find(ctx context.Context, job Job, rows []*Row) error {
	type wanted struct {
		row *Row
		key person.Key
	}
	var all []wanted
	for _, r := range rows {
		item := job.Items[r.Index]
		if item.Person.Known() {
			continue
		}
		for _, k := range append([]person.Key{item.Key}, item.Also...) {
			all = append(all, wanted{r, k})
		}
	}
	for some := range slices.Chunk(all, AtOnce) {
		var keys []person.Key
		for _, w := range some {
			keys = append(keys, w.key)
		}
		for i, a := range d.Tenant.Find(ctx, keys) {
			if fatal(a.Err) {
				return errs.Of(a.Err).For("finding a user", some[i].key.String())
			}
			d.found(ctx, some[i].row, some[i].key, a)
		}
	}
	return nil
}

// found puts the user whom a key leads to into the row.
func (d *Desk) found(ctx context.Context, r *Row, k person.Key, a Answer[[]person.Person]) {
	r.At = a.At
	switch {
	case r.Err != nil: // another key of the row led nowhere
	case a.Err != nil && errs.Of(a.Err).Slug == errs.Denied && k.Kind == person.ByRef:
		d.Pass.Notice("the directory may not be read with this sign-in (permission " + permission.ReadUser.Least + "): names, guests and disabled accounts are not seen")
		r.user = k.Value
	case a.Err != nil:
		r.Result = r.Failed(d.Pass.Denied(ctx, unknown(k, a.Err), permission.FindUsers))
	case len(a.Value) == 0:
		r.Result = r.Failed(&errs.Error{Slug: errs.NotFound, Why: fmt.Sprintf("the tenant has no user with the %s", k)})
	case len(a.Value) > 1:
		r.Result = r.Failed(&errs.Error{Slug: errs.Rejected, Reason: errs.Ambiguous, Why: fmt.Sprintf("%d users have the %s", len(a.Value), k)})
	case r.Person.ID != "" && !strings.EqualFold(r.Person.ID, a.Value[0].ID):
		r.Result = r.Failed(&errs.Error{Slug: errs.Rejected, Reason: errs.Ambiguous, Why: fmt.Sprintf("the %s is %s, not %s", k, a.Value[0].Name(), r.Person.Name())})
	default:
		r.Person, r.user = a.Value[0], a.Value[0].ID
	}
}

func unknown(k person.Key, err error) error {
	e := *errs.Of(err)
	if e.Slug == errs.NotFound && k.Kind == person.ByRef {
		e.Why = fmt.Sprintf("the tenant has no such user (the service: %s)", e.Why)
	}
	return &e
}

// weigh reads passes and roles of rows whose users were found, and decides.
func (d *Desk) weigh(ctx context.Context, job Job, set *policy.Policy, rows []*Row) error {
	users := make([]string, len(rows))
	for i, r := range rows {
		users[i] = r.user
	}
	var roles []Answer[[]string]
	if d.Pass.Application && !job.Order.AllowPrivileged {
		roles = d.Tenant.Roles(ctx, users)
	}
	for i, a := range d.Tenant.Passes(ctx, users) {
		r := rows[i]
		var held []string
		if roles != nil {
			switch err := roles[i].Err; {
			case fatal(err):
				return err
			case err != nil && errs.Of(err).Slug == errs.Denied:
				return unreadableRoles(err)
			}
			held = roles[i].Value
		}
		if fatal(a.Err) {
			return a.Err
		}
		d.decide(ctx, r, job, held, a)
		d.foresee(r, job, set)
	}
	return nil
}

// unreadableRoles ends a run that could reach administrators without knowing it.
func unreadableRoles(err error) error {
	e := *errs.Of(err)
	e.Why = "directory roles may not be read with this sign-in (permission " + permission.ReadRoles.Least + "), and an application is not held back from administrators by the service: " + e.Why
	e.Hints = []string{"--allow-privileged"}
	return e.For("planning", "the roles of the users")
}

// decide says what becomes of a row by its passes. A user whom the pass service does not know yet is waited for in the run.
func (d *Desk) decide(ctx context.Context, r *Row, job Job, roles []string, a Answer[pass.Listing]) {
	ref, who := r.Ref, r.Person
	switch {
	case a.Err != nil && errs.Of(a.Err).Slug == errs.NotFound && who.Known() && job.Order.Wait > 0:
		a.Value = pass.Listing{At: a.At}
	case a.Err != nil && errs.Of(a.Err).Slug == errs.NotFound && who.Known():
		r.Result = r.Failed(pass.NotReplicated(a.Err))
		return
	case a.Err != nil:
		r.Result = d.Pass.Unreadable(ctx, r.Result, a.Err)
		return
	}
	r.Result = d.Pass.Weigh(ref, who, roles, a.Value, job.Order)
	known := ""
	for _, p := range a.Value.Passes {
		known = p.ID
	}
	r.request.Known, r.read = &known, d.Clock.Now()
}

// foresee works out what is sent, and finds what the policy will refuse.
func (d *Desk) foresee(r *Row, job Job, set *policy.Policy) {
	if !r.Todo() {
		return
	}
	req, err := job.Items[r.Index].Wish.Request(r.At)
	if err != nil {
		r.Result = r.Failed(err)
		return
	}
	if set != nil {
		if err := pass.Forbidden(*set, req); err != nil {
			r.Result = r.Failed(err)
			return
		}
	}
	if r.DryRun {
		if set != nil && req.Lifetime == nil {
			req.Lifetime = &set.DefaultLifetime
		}
		r.Result = r.Planned(req)
	}
}
