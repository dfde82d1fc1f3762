package policy_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

const (
	deskID   = "11111111-1111-4111-8111-111111111111"
	salesID  = "22222222-2222-4222-8222-222222222222"
	barredID = "33333333-3333-4333-8333-333333333333"
	falcon1  = "44444444-4444-4444-8444-444444444444"
	falcon2  = "55555555-5555-4555-8555-555555555555"
	goneID   = "66666666-6666-4666-8666-666666666666"
	adeleID  = "77777777-7777-4777-8777-777777777777"
)

func group(id string) policy.Target { return policy.Target{ID: id, Type: policy.GroupTarget} }
func user(id string) policy.Target  { return policy.Target{ID: id, Type: policy.UserTarget} }

// usual is a policy as Microsoft ships it, switched on, with one group barred.
func usual() policy.Policy {
	return policy.Policy{
		Enabled: true, DefaultLength: 8, DefaultLifetime: time.Hour, MinimumLifetime: time.Hour, MaximumLifetime: 8 * time.Hour,
		Include: []policy.Target{policy.All()}, Exclude: []policy.Target{group(barredID)},
	}
}

// tenant is a Service that does what it is told and keeps what it was asked.
type tenant struct {
	policy  policy.Policy
	groups  []policy.Group
	calls   []string
	notices []string

	onRead    func(n int, t *tenant) error // before the nth read
	reads     int
	setErr    error
	groupsErr error
	never     bool          // a change never shows
	delay     time.Duration // until a change shows
	next      policy.Policy // that shows from then on
	shows     time.Time
}

func contoso() *tenant {
	return &tenant{policy: usual(), groups: []policy.Group{
		{ID: deskID, DisplayName: "Helpdesk"}, {ID: salesID, DisplayName: "Sales & Marketing"}, {ID: barredID, DisplayName: "No Passes"},
		{ID: falcon1, DisplayName: "Project Falcon"}, {ID: falcon2, DisplayName: "Project Falcon"},
	}}
}

func (t *tenant) desk() *policy.Desk {
	return &policy.Desk{Service: t, Notice: func(s string) { t.notices = append(t.notices, s) }}
}

func (t *tenant) Policy(ctx context.Context) (policy.Policy, error) {
	t.reads++
	t.calls = append(t.calls, "GET")
	if err := ctx.Err(); err != nil {
		return policy.Policy{}, errs.Of(context.Cause(ctx))
	}
	if t.onRead != nil {
		if err := t.onRead(t.reads, t); err != nil {
			return policy.Policy{}, err
		}
	}
	if !t.shows.IsZero() && !time.Now().Before(t.shows) {
		t.policy, t.shows = t.next, time.Time{}
	}
	p := t.policy
	p.Include, p.Exclude = slices.Clone(p.Include), slices.Clone(p.Exclude)
	return p, nil
}

func (t *tenant) SetPolicy(_ context.Context, from, to policy.Policy) error {
	var names []string
	for _, d := range policy.Diff(from, to, nil) {
		names = append(names, d.Property)
	}
	t.calls = append(t.calls, "PATCH "+strings.Join(slices.Compact(names), "+"))
	if t.setErr != nil {
		return t.setErr
	}
	switch {
	case t.never:
	case t.delay > 0:
		t.next, t.shows = to, time.Now().Add(t.delay)
	default:
		t.policy = to
	}
	return nil
}

func (t *tenant) Group(_ context.Context, id string) (policy.Group, error) {
	t.calls = append(t.calls, "group")
	if t.groupsErr != nil {
		return policy.Group{}, t.groupsErr
	}
	for _, g := range t.groups {
		if strings.EqualFold(g.ID, id) {
			return g, nil
		}
	}
	return policy.Group{}, &errs.Error{Slug: errs.NotFound, Why: "Resource '" + id + "' does not exist"}
}

func (t *tenant) GroupsNamed(_ context.Context, name string) (found []policy.Group, err error) {
	t.calls = append(t.calls, "groups")
	for _, g := range t.groups {
		if strings.EqualFold(g.DisplayName, name) {
			found = append(found, g)
		}
	}
	return found, t.groupsErr
}

func (t *tenant) Names(_ context.Context, targets []policy.Target) (policy.Names, error) {
	t.calls = append(t.calls, "names")
	if t.groupsErr != nil {
		return nil, t.groupsErr
	}
	names := policy.Names{}
	for _, id := range policy.Groups(targets) {
		names[strings.ToLower(id)] = ""
		for _, g := range t.groups {
			if strings.EqualFold(g.ID, id) {
				names[strings.ToLower(id)] = g.DisplayName
			}
		}
	}
	return names, nil
}

// told is an error as a person sees it: its class, its words, its hints.
func told(err error) string {
	if err == nil {
		return ""
	}
	e := errs.Of(err)
	return fmt.Sprintf("%s|%s|%s", e.Slug, e.Error(), strings.Join(e.Hints, "|"))
}
