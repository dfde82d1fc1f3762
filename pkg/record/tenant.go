package record

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

// Passes is a pass.Service whose writes are recorded.
type Passes struct {
	pass.Service
	Log *Log
}

// Create makes a pass, once the intent is recorded.
func (p Passes) Create(ctx context.Context, user string, r pass.Request) (pass.Created, error) {
	item := About(user, r.Name)
	e, err := p.Log.Begin(CreatePass, item)
	if err != nil {
		return pass.Created{}, err
	}
	made, err := p.Service.Create(ctx, user, r)
	e.End(item.created(made, err))
	return made, err
}

// Delete removes a pass, once the intent is recorded.
func (p Passes) Delete(ctx context.Context, user, id string) error {
	item := About(user, "")
	item.PassID = id
	return p.Log.Do(DeletePass, item, Deleted, func() error { return p.Service.Delete(ctx, user, id) })
}

// Policy is a policy.Service whose writes are recorded.
type Policy struct {
	policy.Service
	Log *Log
}

// SetPolicy changes the policy, once the intent is recorded.
func (p Policy) SetPolicy(ctx context.Context, from, to policy.Policy) error {
	var item Item
	for _, d := range policy.Diff(from, to, nil) {
		item.Changes = append(item.Changes, change(d))
	}
	return p.Log.Do(ChangePolicy, item, Changed, func() error { return p.Service.SetPolicy(ctx, from, to) })
}

// Do carries out a write that may be repeated, once the intent is recorded. done is what it comes to.
func (l *Log) Do(act Act, item Item, done Outcome, write func() error) error {
	e, err := l.Begin(act, item)
	if err != nil {
		return err
	}
	err = write()
	e.End(item.repeatable(done, err))
	return err
}

// Tenant is a rollout.Tenant whose writes are recorded, a batch in one line.
type Tenant struct {
	rollout.Tenant
	Log *Log
}

// Create makes passes, once the intents are recorded.
func (t Tenant) Create(ctx context.Context, creates []rollout.Create, by time.Time) []rollout.Answer[pass.Created] {
	items := make([]Item, len(creates))
	for i, c := range creates {
		items[i] = About(c.User, c.Name)
	}
	e, err := t.Log.Begin(CreatePass, items...)
	if err != nil {
		return slices.Repeat([]rollout.Answer[pass.Created]{{Err: err}}, len(creates))
	}
	answers := t.Tenant.Create(ctx, creates, by)
	for i, a := range answers {
		items[i] = items[i].created(a.Value, a.Err)
		if a.Again {
			items[i].Outcome = Postponed
		}
	}
	e.End(items...)
	return answers
}

// Delete removes passes, once the intents are recorded.
func (t Tenant) Delete(ctx context.Context, deletes []rollout.Delete) []rollout.Answer[struct{}] {
	items := make([]Item, len(deletes))
	for i, d := range deletes {
		items[i] = About(d.User, d.Name)
		items[i].PassID = d.PassID
	}
	e, err := t.Log.Begin(DeletePass, items...)
	if err != nil {
		return slices.Repeat([]rollout.Answer[struct{}]{{Err: err}}, len(deletes))
	}
	answers := t.Tenant.Delete(ctx, deletes)
	for i, a := range answers {
		items[i] = items[i].repeatable(Deleted, a.Err)
	}
	e.End(items...)
	return answers
}

// Refused records a user whom a guard of tap refused, so that nothing was sent. It only informs: what cannot be written is warned about.
func (l *Log) Refused(r pass.Result) {
	item := About(r.Person.ID, r.Person.UserPrincipalName)
	if r.Person.ID == "" {
		item = About(string(r.Ref), "")
	}
	l.told(l.add(uuid.NewString(), event, CreatePass, []Item{item.failed(r.Err)}, false))
}

// change is a difference in words: a property with what it was and is, a target that came or went.
func change(d policy.Difference) string {
	switch d.Kind {
	case policy.Added:
		return d.Property + ": " + d.Is + " added"
	case policy.Removed:
		return d.Property + ": " + d.Was + " removed"
	}
	return fmt.Sprintf("%s: %s before, %s now", cmp.Or(d.Target.ID, d.Property), d.Was, d.Is)
}

// About is an item of the user whom a call names, by object id or by name. name is the user principal name where it is known.
func About(user, name string) Item {
	if person.Ref(user).IsID() {
		return Item{UserID: user, UserPrincipalName: name}
	}
	return Item{UserPrincipalName: user}
}

func (i Item) created(made pass.Created, err error) Item {
	if err != nil {
		return i.failed(err)
	}
	i.Outcome, i.PassID, i.RequestID = Created, made.Pass.ID, made.RequestID
	return i
}

// repeatable is what became of a write that is repeated until it is answered: where it is not, nobody knows. What was
// gone may have been deleted by a try before, whose answer was lost.
func (i Item) repeatable(done Outcome, err error) Item {
	if err == nil {
		i.Outcome = done
		return i
	}
	i = i.failed(err)
	switch i.Slug {
	case errs.Busy, errs.Interrupted, errs.Terminated:
		i.Outcome = Unknown
	case errs.NotFound:
		if done == Deleted {
			i.Outcome = Gone
		}
	}
	return i
}

func (i Item) failed(err error) Item {
	e := errs.Of(err)
	i.Outcome, i.Slug, i.Reason, i.Error, i.RequestID = Failed, e.Slug, e.Reason, e.Headline(), e.RequestID
	switch {
	case errors.Is(err, pass.ErrUnseen):
		i.Outcome = Unknown
	case e.Slug == errs.Rejected:
		i.Outcome = Refused
	}
	return i
}
