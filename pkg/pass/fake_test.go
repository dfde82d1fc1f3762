package pass_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

const (
	upn  = person.Ref("adele.vance@contoso.com")
	id   = "0a5d4b0c-7b3e-4f0e-8d7a-0b2f6d1c9e11"
	code = "+drkzqAD"
	trip = 100 * time.Millisecond // what every call of the world takes
)

// now is the service's time in all tests.
var now = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return now.Add(d) }

// world is one user's corner of a tenant. It implements what the rules ask of the outside, answers
// what a test put in, and records the calls.
type world struct {
	person    person.Person
	personErr error
	roles     []string
	rolesErr  error
	member    []string
	memberErr error
	passes    []pass.Pass
	listErr   error
	noDate    bool // no answer has a Date
	quick     bool // no call takes time
	// The user is new: from when on the directory and the pass service know of one.
	inDirectory, inService time.Time
	made                   pass.Created
	madeErr                error
	deleteErr              map[string]error // by the pass's id
	policy                 policy.Policy
	policyErr              error

	mu      sync.Mutex
	calls   []string
	notices []string
}

// contoso is a world in which everything is permitted and Adele holds no pass.
func contoso() *world {
	return &world{
		person: person.Person{ID: id, UserPrincipalName: string(upn), DisplayName: "Adele Vance"},
		made: pass.Created{
			Pass:     pass.Pass{ID: "p-new", Created: now, Start: now, Lifetime: time.Hour},
			Passcode: secret.New(code), At: after(time.Second), RequestID: "r-1",
		},
		policy: policy.Policy{
			Enabled: true, MinimumLifetime: time.Hour, MaximumLifetime: 8 * time.Hour,
			Include: []policy.Target{{ID: policy.Everybody, Type: "group"}},
		},
	}
}

// desk stands in the world, with a clock that goes on from now.
func (w *world) desk(application bool) *pass.Desk {
	begun := time.Now()
	return &pass.Desk{
		Passes: w, People: w, Policy: w, Application: application,
		Now: func() time.Time { return now.Add(time.Since(begun)) },
		Notice: func(s string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.notices = append(w.notices, s)
		},
		Pause: func(ctx context.Context, d time.Duration) error {
			select {
			case <-time.After(d):
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		},
	}
}

func (w *world) called(format string, a ...any) {
	w.mu.Lock()
	w.calls = append(w.calls, fmt.Sprintf(format, a...))
	w.mu.Unlock()
	if !w.quick {
		time.Sleep(trip)
	}
}

// order is the calls as one text. Those up to the first write are sorted: they are sent side by side.
func (w *world) order() string {
	n := slices.IndexFunc(w.calls, func(c string) bool { return strings.HasPrefix(c, "create ") || strings.HasPrefix(c, "delete ") })
	if n < 0 {
		n = len(w.calls)
	}
	slices.Sort(w.calls[:n])
	return strings.Join(w.calls, ", ")
}

func (w *world) count(call string) int {
	n := 0
	for _, c := range w.calls {
		if strings.HasPrefix(c, call+" ") {
			n++
		}
	}
	return n
}

func (w *world) date() time.Time {
	if w.noDate {
		return time.Time{}
	}
	return now
}

func (w *world) Person(_ context.Context, ref person.Ref) (person.Person, error) {
	w.called("person %s", short(string(ref)))
	switch {
	case w.personErr != nil:
		return person.Person{}, w.personErr
	case time.Now().Before(w.inDirectory):
		return person.Person{}, refusal(errs.NotFound, "the tenant has no such user")
	}
	return w.person, nil
}

func (w *world) Roles(_ context.Context, ref person.Ref) ([]string, error) {
	w.called("roles %s", short(string(ref)))
	return w.roles, w.rolesErr
}

func (w *world) MemberOf(_ context.Context, ref person.Ref, groups []string) ([]string, error) {
	w.called("memberOf %s %s", short(string(ref)), strings.Join(groups, "+"))
	return w.member, w.memberErr
}

func (w *world) List(_ context.Context, user string) (pass.Listing, error) {
	w.called("list %s", short(user))
	switch {
	case w.listErr != nil:
		return pass.Listing{}, w.listErr
	case time.Now().Before(w.inService):
		return pass.Listing{}, refusal(errs.NotFound, "Resource 'x' does not exist.")
	}
	return pass.Listing{Passes: w.passes, At: w.date()}, nil
}

func (w *world) Create(_ context.Context, user string, r pass.Request) (pass.Created, error) {
	w.called("create %s %s", short(user), sent(r))
	switch {
	case w.madeErr != nil:
		return pass.Created{}, w.madeErr
	case time.Now().Before(w.inService):
		return pass.Created{}, refusal(errs.NotFound, "Resource 'x' does not exist.")
	}
	return w.made, nil
}

func (w *world) Delete(_ context.Context, user, id string) error {
	w.called("delete %s %s", short(user), id)
	return w.deleteErr[id]
}

func (w *world) Policy(context.Context) (policy.Policy, error) {
	w.called("policy")
	return w.policy, w.policyErr
}

// short keeps the calls readable: there is one user.
func short(user string) string {
	switch user {
	case id:
		return "ID"
	case string(upn):
		return "UPN"
	}
	return user
}

// sent is a request as one text: what stands in it was sent.
func sent(r pass.Request) string {
	var parts []string
	if r.Start != nil {
		parts = append(parts, "start="+r.Start.Format(time.RFC3339Nano))
	}
	if r.Lifetime != nil {
		parts = append(parts, "lifetime="+r.Lifetime.String())
	}
	if r.OneTime != nil {
		parts = append(parts, fmt.Sprintf("oneTime=%t", *r.OneTime))
	}
	return "{" + strings.Join(parts, " ") + "}"
}

func refusal(slug errs.Slug, why string) *errs.Error {
	e := &errs.Error{Slug: slug, Why: why, RequestID: "r-9"}
	if slug == errs.Rejected {
		e.Reason = errs.ServiceRefused
	}
	return e
}
