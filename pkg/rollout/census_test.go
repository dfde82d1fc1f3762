package rollout_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

// town is the users of a tenant, with the report about them.
type town struct {
	report []rollout.Registration
	people []person.Person
	err    error
}

func (t town) Registrations(_ context.Context, each func(rollout.Registration) error) error {
	for _, r := range t.report {
		if err := each(r); err != nil {
			return err
		}
	}
	return t.err
}

func (t town) Everybody(_ context.Context, each func(person.Person) error) error {
	for _, p := range t.people {
		if err := each(p); err != nil {
			return err
		}
	}
	return t.err
}

func registered(id, upn string, at time.Time, methods ...string) rollout.Registration {
	return rollout.Registration{Person: person.Person{ID: id, UserPrincipalName: upn}, Updated: at, Methods: methods}
}

func keys(items []rollout.Item) (names []string) {
	for _, i := range items {
		names = append(names, i.Key.Value)
	}
	return names
}

func TestCensus(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	d := &rollout.Desk{Pass: &pass.Desk{}}
	from := town{report: []rollout.Registration{
		registered("u1", "a@contoso.com", day.Add(2*time.Hour), "email", "temporaryAccessPass"),
		registered("u2", "b@contoso.com", day, "email"),
		registered("u3", "c@contoso.com", time.Time{}, "Temporary Access Pass"),
		registered("u4", "d@contoso.com", day.Add(3*time.Hour), "TEMPORARYACCESSPASSONETIME"),
	}}
	c, err := d.Census(t.Context(), from, []person.Ref{"A@contoso.com", "b@contoso.com", "U3", "new@contoso.com", "NEW@contoso.com"})
	if err != nil {
		t.Fatal(err)
	}
	if got := keys(c.Items); !slices.Equal(got, []string{"u1", "u3", "u4", "b@contoso.com", "new@contoso.com"}) {
		t.Errorf("asked for are %q", got)
	}
	if c.Rows != 4 || c.Listed != 3 || c.Recorded != 2 || !c.Oldest.Equal(day) || !c.Newest.Equal(day.Add(3*time.Hour)) {
		t.Errorf("%+v", c)
	}
	if c, err := d.Census(t.Context(), town{}, nil); err != nil || len(c.Items) != 0 || !c.Newest.IsZero() {
		t.Errorf("of nothing: %+v, %v", c, err)
	}
	_, err = d.Census(t.Context(), town{err: &errs.Error{Slug: errs.Denied, Why: "no"}}, nil)
	if e := errs.Of(err); e.Slug != errs.Denied || !slices.Contains(e.Hints, "--deep") || !slices.ContainsFunc(e.Causes, func(c string) bool {
		return c == "it takes the permission AuditLog.Read.All and, in a directory role that is active now, Reports Reader, Security Reader, Security Administrator or Global Reader"
	}) {
		t.Errorf("%v, hints %q, causes %q", err, e.Hints, e.Causes)
	}
}

// TestTheWayAroundTheReport: it is told to who may not read it, and not where the service does not answer.
func TestTheWayAroundTheReport(t *testing.T) {
	t.Parallel()
	d := &rollout.Desk{Pass: &pass.Desk{}}
	for slug, told := range map[errs.Slug]bool{errs.Denied: true, errs.Busy: false, errs.Auth: false, errs.Interrupted: false} {
		_, err := d.Census(t.Context(), town{err: &errs.Error{Slug: slug, Why: "no"}}, nil)
		if e := errs.Of(err); e.Slug != slug || slices.Contains(e.Hints, "--deep") != told || e.What != "reading the registration report" {
			t.Errorf("%s: %v, hints %q", slug, err, e.Hints)
		}
	}
}

func TestEverybodyButGuests(t *testing.T) {
	t.Parallel()
	d := &rollout.Desk{Pass: &pass.Desk{}}
	member := person.Person{ID: "u1", UserPrincipalName: "a@contoso.com", Disabled: true}
	items, err := d.Everybody(t.Context(), town{people: []person.Person{member, {ID: "u2", UserPrincipalName: "b@contoso.com", External: true}}})
	if err != nil || len(items) != 1 || items[0].Person != member {
		t.Errorf("%+v, %v", items, err)
	}
	if _, err := d.Everybody(t.Context(), town{err: errors.New("cut")}); err == nil {
		t.Error("an error is none")
	}
}

// TestEverybodyIsNotLookedUp: whom the directory told just now is not looked up once more, and each read passes the gate.
func TestEverybodyIsNotLookedUp(t *testing.T) {
	t.Parallel()
	who := person.Person{ID: "u1", UserPrincipalName: "a@contoso.com"}
	gone := person.Person{ID: "u2", UserPrincipalName: "b@contoso.com"}
	d := &rollout.Desk{Pass: &pass.Desk{}, Tenant: reads{answers: map[string]rollout.Answer[pass.Listing]{"u1": holds("p1"), "u2": refuses(errs.NotFound)}}}
	var items []rollout.Item
	for _, p := range []person.Person{who, gone, who} {
		items = append(items, rollout.Item{Key: person.Key{Kind: person.ByRef, Value: p.ID}, Person: p})
	}
	var rate rollout.Rate
	if err := rate.Set("1/s"); err != nil {
		t.Fatal(err)
	}
	held, err := d.Holdings(t.Context(), rollout.Job{Items: items, Reads: rollout.NewGate(rate, stopped{})})
	if err != nil {
		t.Fatal(err)
	}
	there, missing := rollout.Present(held)
	if len(there) != 1 || missing != 1 || there[0].Person != who || len(there[0].Passes) != 1 {
		t.Errorf("%+v, %d missing", there, missing)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Holdings(ctx, rollout.Job{Items: items, Reads: rollout.NewGate(rate, stopped{})}); err == nil {
		t.Error("the gate was not passed")
	}
}

// stopped is a clock that stands still; whoever waits goes on at once.
type stopped struct{}

func (stopped) Now() time.Time { return time.Time{}.Add(time.Hour) }
func (stopped) After(time.Duration) <-chan time.Time {
	c := make(chan time.Time, 1)
	c <- time.Time{}
	return c
}
