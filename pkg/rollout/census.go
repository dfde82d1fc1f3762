package rollout

import (
	"context"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// Census is who may hold a pass, as far as it can be known without asking for each user.
type Census struct {
	Items          []Item
	Rows           int       // of the report
	Listed         int       // users whom the report lists with a pass
	Recorded       int       // users whom this machine's record knows besides
	Oldest, Newest time.Time // when rows of the report were written; zero: none says
}

// Census reads the registration report, and adds the users that the record knows.
func (d *Desk) Census(ctx context.Context, from Population, recorded []person.Ref) (Census, error) {
	var c Census
	known := map[string]bool{}
	add := func(name string, other ...string) {
		c.Items = append(c.Items, Item{Key: person.Key{Kind: person.ByRef, Value: name}})
		for _, n := range append(other, name) {
			known[strings.ToLower(n)] = true
		}
	}
	err := from.Registrations(ctx, func(r Registration) error {
		c.Rows++
		c.saw(r.Updated)
		if r.HoldsPass() {
			c.Listed++
			add(r.Person.ID, r.Person.UserPrincipalName)
		}
		return nil
	})
	if err != nil {
		e := d.Pass.Denied(ctx, err, permission.ReadRegistrations).For("reading the registration report", "")
		if e.Slug == errs.Denied { // who may read users may go without the report; what else fails, fails for them, too
			e = e.Hint("--deep")
		}
		return c, e
	}
	for _, ref := range recorded {
		if !known[strings.ToLower(string(ref))] {
			c.Recorded++
			add(string(ref))
		}
	}
	return c, nil
}

// saw takes in when a row was written.
func (c *Census) saw(at time.Time) {
	switch {
	case at.IsZero():
	case c.Newest.IsZero():
		c.Oldest, c.Newest = at, at
	case at.Before(c.Oldest):
		c.Oldest = at
	case at.After(c.Newest):
		c.Newest = at
	}
}

// Everybody is every user of the tenant who can hold a pass: all but external guests.
func (d *Desk) Everybody(ctx context.Context, from Population) ([]Item, error) {
	var all []Item
	err := from.Everybody(ctx, func(p person.Person) error {
		if !p.External {
			all = append(all, Item{Key: person.Key{Kind: person.ByRef, Value: p.ID}, Person: p})
		}
		return nil
	})
	if err != nil {
		return nil, d.Pass.Denied(ctx, err, permission.ListUsers).For("reading all users", "")
	}
	return all, nil
}

// Present leaves out who is gone since he was known to hold a pass, and a user's second row: the record may know one by two names.
func Present(held []Holding) (there []Holding, gone int) {
	seen := map[string]bool{}
	for _, h := range held {
		id := strings.ToLower(h.Person.ID)
		switch {
		case h.Err != nil && errs.Of(h.Err).Slug == errs.NotFound:
			gone++
		case id != "" && seen[id]:
		default:
			seen[id] = true
			there = append(there, h)
		}
	}
	return there, gone
}
