package record_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/record"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// reads are what no write asks for.
type reads interface {
	List(context.Context, string) (pass.Listing, error)
	Policy(context.Context) (policy.Policy, error)
	Group(context.Context, string) (policy.Group, error)
	GroupsNamed(context.Context, string) ([]policy.Group, error)
	Names(context.Context, []policy.Target) (policy.Names, error)
}

// service is a tenant whose writes come to err.
type service struct {
	reads
	err   error
	again bool
	seen  func() // when a write is sent
}

func (s service) Create(context.Context, string, pass.Request) (pass.Created, error) {
	s.seen()
	return pass.Created{Pass: pass.Pass{ID: "p"}, Passcode: secret.New("Sw0rdf!sh"), RequestID: "r"}, s.err
}
func (s service) Delete(context.Context, string, string) error { s.seen(); return s.err }
func (s service) SetPolicy(context.Context, policy.Policy, policy.Policy) error {
	s.seen()
	return s.err
}

// batches are its calls of a run.
type batches struct {
	rollout.Tenant
	of service
}

func (b batches) Create(_ context.Context, c []rollout.Create, _ time.Time) []rollout.Answer[pass.Created] {
	b.of.seen()
	out := make([]rollout.Answer[pass.Created], len(c))
	out[0] = rollout.Answer[pass.Created]{Value: pass.Created{Pass: pass.Pass{ID: "p"}}}
	for i := range out[1:] {
		out[i+1] = rollout.Answer[pass.Created]{Err: b.of.err, Again: b.of.again}
	}
	return out
}

func (b batches) Delete(_ context.Context, d []rollout.Delete) []rollout.Answer[struct{}] {
	b.of.seen()
	out := make([]rollout.Answer[struct{}], len(d))
	out[len(d)-1].Err = b.of.err
	return out
}

func TestWhatAWriteComesTo(t *testing.T) {
	t.Parallel()
	refused := &errs.Error{Slug: errs.Rejected, Reason: errs.PolicyLifetime, Why: "too long", RequestID: "r2"}
	busy := &errs.Error{Slug: errs.Busy, Why: "no answer"}
	lost := &errs.Error{Slug: errs.Busy, Why: "no answer", Err: pass.ErrUnseen}
	gone := &errs.Error{Slug: errs.NotFound, Why: "no such pass"}
	denied := &errs.Error{Slug: errs.Denied, Why: "no role"}
	two := []rollout.Create{{User: adeleID, Request: pass.Request{Name: adele}}, {User: "b@contoso.com"}}
	create := func(s service, l *record.Log) error {
		_, err := record.Passes{Service: s, Log: l}.Create(context.Background(), adeleID, pass.Request{Name: adele})
		return err
	}
	remove := func(s service, l *record.Log) error {
		return record.Passes{Service: s, Log: l}.Delete(context.Background(), adele, "p")
	}
	set := func(s service, l *record.Log) error {
		from := policy.Policy{MaximumLifetime: 8 * time.Hour}
		return record.Policy{Service: s, Log: l}.SetPolicy(context.Background(), from, policy.Policy{MaximumLifetime: 10 * time.Hour, Include: []policy.Target{policy.All()}})
	}
	many := func(s service, l *record.Log) error {
		return record.Tenant{Tenant: batches{of: s}, Log: l}.Create(context.Background(), two, time.Time{})[1].Err
	}
	manyAgain := func(s service, l *record.Log) error { s.again = true; return many(s, l) }
	manyRemove := func(s service, l *record.Log) error {
		return record.Tenant{Tenant: batches{of: s}, Log: l}.Delete(context.Background(), []rollout.Delete{{User: adeleID, PassID: "p", Name: adele}, {User: adeleID, PassID: "q"}})[1].Err
	}
	for n, c := range []struct {
		do   func(service, *record.Log) error
		err  error
		want string
	}{
		{create, nil, "create " + adeleID + " " + adele + " p created   r"},
		{create, refused, "create " + adeleID + " " + adele + "  refused rejected policy_lifetime r2 too long"},
		{create, denied, "create " + adeleID + " " + adele + "  failed denied   no role"},
		{create, lost, "create " + adeleID + " " + adele + "  unknown busy   no answer"},
		{create, busy, "create " + adeleID + " " + adele + "  failed busy   no answer"},
		{remove, nil, "delete  " + adele + " p deleted"},
		{remove, gone, "delete  " + adele + " p gone not_found   no such pass"},
		{remove, busy, "delete  " + adele + " p unknown busy   no answer"},
		{set, nil, "policy    changed     [maximumLifetimeInMinutes: 8h before, 10h now includeTargets: every user of the tenant added]"},
		{set, busy, "policy    unknown busy   no answer [maximumLifetimeInMinutes: 8h before, 10h now includeTargets: every user of the tenant added]"},
		{many, refused, "create " + adeleID + " " + adele + " p created\ncreate  b@contoso.com  refused rejected policy_lifetime r2 too long"},
		{manyAgain, busy, "create " + adeleID + " " + adele + " p created"},
		{manyRemove, denied, "delete " + adeleID + " " + adele + " p deleted\ndelete " + adeleID + "  q failed denied   no role"},
	} {
		l := realLog(t, filepath.Join(t.TempDir(), "record"))
		if err := l.Ready(); err != nil {
			t.Fatal(err)
		}
		sent := 0
		s := service{err: c.err, seen: func() {
			sent++
			if e := read(t, l.Store, 0); len(e) == 0 || e[0].Outcome != record.Unknown {
				t.Errorf("%d: it is sent before its intent is there: %v", n, e)
			}
		}}
		if err := c.do(s, l); !errors.Is(err, c.err) || sent != 1 {
			t.Errorf("%d: %v, sent %d times", n, err, sent)
		}
		var got []string
		for _, e := range read(t, l.Store, 0) {
			text := fmt.Sprintf("%s %s %s %s %s %s %s %s %s", e.Act, e.UserID, e.UserPrincipalName, e.PassID, e.Outcome, e.Slug, e.Reason, e.RequestID, e.Error)
			if len(e.Changes) > 0 {
				text += fmt.Sprint(" ", e.Changes)
			}
			got = append(got, strings.TrimSpace(text))
		}
		if strings.Join(strings.Fields(strings.Join(got, "\n")), " ") != strings.Join(strings.Fields(c.want), " ") {
			t.Errorf("%d:\n%s\nwant\n%s", n, strings.Join(got, "\n"), c.want)
		}
	}
}

// TestNothingIsSentUnrecorded: a write whose intent cannot be written does not reach the service.
func TestNothingIsSentUnrecorded(t *testing.T) {
	t.Parallel()
	l := realLog(t, filepath.Join(t.TempDir(), "is", "not", "there"))
	s := service{seen: func() { t.Error("it was sent") }}
	ctx := context.Background()
	_, created := record.Passes{Service: s, Log: l}.Create(ctx, adele, pass.Request{})
	many := record.Tenant{Tenant: batches{of: s}, Log: l}
	for n, err := range []error{
		created,
		record.Passes{Service: s, Log: l}.Delete(ctx, adele, "p"),
		record.Policy{Service: s, Log: l}.SetPolicy(ctx, policy.Policy{}, policy.Policy{}),
		many.Create(ctx, make([]rollout.Create, 2), time.Time{})[1].Err,
		many.Delete(ctx, make([]rollout.Delete, 2))[1].Err,
	} {
		if e := errs.Of(err); e == nil || e.Slug != errs.LocalFault || len(e.Hints) == 0 {
			t.Errorf("%d: %v", n, err)
		}
	}
}

func TestARefusalIsRecorded(t *testing.T) {
	t.Parallel()
	l := realLog(t, t.TempDir())
	l.Refused(pass.Result{Ref: adele, Person: person.Person{ID: adeleID, UserPrincipalName: adele}, Err: &errs.Error{Slug: errs.Rejected, Reason: errs.Privileged, Why: "a role"}})
	l.Refused(pass.Result{Ref: adele, Err: &errs.Error{Slug: errs.Denied, Why: "no"}})
	events := read(t, l.Store, 0)
	if len(events) != 2 || events[0].Outcome != record.Refused || events[0].Reason != errs.Privileged || events[0].UserID != adeleID || events[1].UserPrincipalName != adele || events[1].Outcome != record.Failed {
		t.Errorf("%+v", events)
	}
}

// people is a directory that knows one user.
type people struct{ person.Directory }

func (people) Person(context.Context, person.Ref) (person.Person, error) {
	return person.Person{ID: adeleID, UserPrincipalName: adele}, nil
}

// TestAUserWhoWasReadIsRecordedByBothNames: before it and after it, by whichever the call has.
func TestAUserWhoWasReadIsRecordedByBothNames(t *testing.T) {
	t.Parallel()
	l := realLog(t, filepath.Join(t.TempDir(), "record"))
	if err := l.Ready(); err != nil {
		t.Fatal(err)
	}
	ctx, s := t.Context(), service{seen: func() {}}
	remove := func(user string) {
		if err := (record.Passes{Service: s, Log: l}).Delete(ctx, user, "p"); err != nil {
			t.Error(err)
		}
	}
	remove(adele)
	if _, err := (record.People{Directory: people{}, Log: l}).Person(ctx, adele); err != nil {
		t.Fatal(err)
	}
	remove(strings.ToUpper(adele))
	remove(adeleID)
	remove("b@contoso.com")
	var got []string
	for _, e := range read(t, l.Store, 0) {
		got = append(got, e.UserID+" "+e.UserPrincipalName)
	}
	want := []string{" " + adele, adeleID + " " + strings.ToUpper(adele), adeleID + " " + adele, " b@contoso.com"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
