package policy_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

// oneTime is an order that any policy of these tests can take.
func oneTime() policy.Order { return policy.Order{Change: policy.Change{OneTime: new(true)}} }

func TestResolve(t *testing.T) {
	t.Parallel()
	denied := &errs.Error{Slug: errs.Denied, Why: "Insufficient privileges"}
	for _, c := range []struct {
		name    string
		set     func(*tenant)
		include policy.ListOrder
		exclude policy.ListOrder
		want    string // differences, or the error
		notices int
	}{
		{name: "by name, in any case", exclude: policy.ListOrder{Add: []string{"helpDESK"}}, want: "excluded added:  -> Helpdesk (" + deskID + ") (its members get no pass, and passes that they hold stop working)"},
		{name: "by id", exclude: policy.ListOrder{Add: []string{deskID}}, want: "excluded added:  -> Helpdesk (" + deskID + ") (its members get no pass, and passes that they hold stop working)"},
		{name: "unknown name", exclude: policy.ListOrder{Add: []string{"Nobody's"}}, want: "not_found|looking for a group: Nobody's: the tenant has no group with this name|"},
		{name: "unknown id", exclude: policy.ListOrder{Add: []string{goneID}}, want: "not_found|looking for a group: " + goneID + ": the tenant has no such group (the service: Resource '" + goneID + "' does not exist)|"},
		{name: "ambiguous", exclude: policy.ListOrder{Add: []string{"project falcon"}}, want: "usage|looking for a group: project falcon: 2 groups have this name, give the id of one: Project Falcon (" + falcon1 + "), Project Falcon (" + falcon2 + ")|--add-exclude " + falcon1 + "|--add-exclude " + falcon2},
		{name: "ambiguous among others", include: policy.ListOrder{Whole: &[]string{"Helpdesk", "Project Falcon"}}, want: "usage|looking for a group: Project Falcon: 2 groups have this name, give the id of one: Project Falcon (" + falcon1 + "), Project Falcon (" + falcon2 + ")|"},
		{name: "nothing", include: policy.ListOrder{Add: []string{" "}}, want: "usage|a group is named by its display name or its object id, not by nothing|"},
		{name: "removed by name", exclude: policy.ListOrder{Remove: []string{"no passes"}}, want: "excluded removed: No Passes (" + barredID + ") ->  (its members can be given a pass, where they are included)"},
		{name: "removed although deleted", set: func(w *tenant) { w.policy.Exclude = append(w.policy.Exclude, group(goneID)) }, exclude: policy.ListOrder{Remove: []string{goneID}},
			want: "excluded removed: " + goneID + ", which does not exist any more ->  (its members can be given a pass, where they are included)"},
		{name: "removed and not there", exclude: policy.ListOrder{Remove: []string{"Helpdesk"}}, want: `usage|the policy does not exclude "Helpdesk": it excludes No Passes (` + barredID + ")|tap policy show"},
		{name: "removed and ambiguous", set: func(w *tenant) { w.policy.Exclude = []policy.Target{group(falcon1), group(falcon2)} }, exclude: policy.ListOrder{Remove: []string{"Project Falcon"}},
			want: `usage|2 targets have the name "Project Falcon", give the id of one: Project Falcon (` + falcon1 + "), Project Falcon (" + falcon2 + ")|--remove-exclude " + falcon1 + "|--remove-exclude " + falcon2},
		{name: "groups may not be read, by id", set: func(w *tenant) { w.groupsErr = denied }, exclude: policy.ListOrder{Add: []string{deskID}},
			want: "excluded added:  -> " + deskID + " (its members get no pass, and passes that they hold stop working)", notices: 2},
		{name: "groups may not be read, by name", set: func(w *tenant) { w.groupsErr = denied }, exclude: policy.ListOrder{Add: []string{"Helpdesk"}},
			want: "denied|looking for a group: Helpdesk: Insufficient privileges: a group is found by its name only with the permission GroupMember.Read.All; its object id works without|", notices: 1},
		{name: "groups cannot be reached", set: func(w *tenant) { w.groupsErr = &errs.Error{Slug: errs.Busy, Why: "throttled"} }, exclude: policy.ListOrder{Add: []string{deskID}},
			want: "busy|reading the names of groups: throttled|"},
	} {
		w := contoso()
		if c.set != nil {
			c.set(w)
		}
		plan, err := w.desk().Prepare(t.Context(), policy.Order{Include: c.include, Exclude: c.exclude})
		got := told(err)
		if err == nil {
			got = said(plan.Differences)
		}
		if got != c.want || len(w.notices) != c.notices {
			t.Errorf("%s:\n%s\nwant\n%s\nnotices %q", c.name, got, c.want, w.notices)
		}
		if strings.Contains(strings.Join(w.calls, " "), "PATCH") {
			t.Errorf("%s: %q", c.name, w.calls)
		}
	}
}

// TestPrepareReadsWhatItNeeds: names cost a request, which a change of numbers does not make.
func TestPrepareReadsWhatItNeeds(t *testing.T) {
	t.Parallel()
	w := contoso()
	if _, err := w.desk().Prepare(t.Context(), oneTime()); err != nil || strings.Join(w.calls, " ") != "GET" {
		t.Errorf("%v, %q", err, w.calls)
	}
}

// TestApply runs a change to its end over a tenant that plays a trick, and looks at how often it was sent.
func TestApply(t *testing.T) {
	t.Parallel()
	const waiting = "the change was sent; waiting until it shows"
	for _, c := range []struct {
		name    string
		set     func(*tenant)
		app     bool
		want    string
		calls   string
		took    time.Duration
		notices string
	}{
		{name: "at once", calls: "GET PATCH isUsableOnce GET"},
		{name: "after 20 s", set: func(w *tenant) { w.delay = 20 * time.Second }, calls: "GET PATCH isUsableOnce" + strings.Repeat(" GET", 9), took: 23500 * time.Millisecond, notices: waiting},
		{name: "never", set: func(w *tenant) { w.never = true }, took: 30 * time.Second, calls: "GET PATCH isUsableOnce" + strings.Repeat(" GET", 10), notices: waiting,
			want: "busy|changing the policy: the change was sent and accepted, and was not seen yet: it does not show after 30s|tap policy show"},
		{name: "changed meanwhile", set: func(w *tenant) {
			w.policy.MaximumLifetime, w.policy.Exclude = 4*time.Hour, []policy.Target{group(deskID)}
		}, calls: "GET names",
			want: "rejected|changing the policy: somebody changed it since it was read: maximum lifetime was 8h and is 4h now; Helpdesk (" + deskID + ") is excluded now; No Passes (" + barredID + ") is not excluded any more: nothing was sent|tap policy show"},
		{name: "changed meanwhile, and so", set: func(w *tenant) { w.policy.OneTime = true }, calls: "GET names",
			want: "rejected|changing the policy: somebody changed it since it was read: one-time was off and is on now: nothing was sent|tap policy show"},
		{name: "refused", set: func(w *tenant) {
			w.setErr = &errs.Error{Slug: errs.Rejected, Reason: errs.ServiceRefused, Why: "Invalid target"}
		}, calls: "GET PATCH isUsableOnce",
			want: "rejected|changing the policy: Invalid target|"},
		{name: "denied", set: func(w *tenant) { w.setErr = &errs.Error{Slug: errs.Denied, Why: "no"} }, calls: "GET PATCH isUsableOnce",
			want: "denied|changing the policy: no: it takes the permission Policy.ReadWrite.AuthenticationMethod and, in a directory role that is active now, Authentication Policy Administrator|"},
		{name: "denied to an application", app: true, set: func(w *tenant) { w.setErr = &errs.Error{Slug: errs.Denied, Why: "no"} }, calls: "GET PATCH isUsableOnce",
			want: "denied|changing the policy: no: it takes the application permission Policy.ReadWrite.AuthenticationMethod, with an administrator's consent|"},
		{name: "somebody else changes another property meanwhile", set: func(w *tenant) {
			w.onRead = func(n int, w *tenant) error {
				if n == 2 {
					w.policy.DefaultLength = 20
				}
				return nil
			}
		}, calls: "GET PATCH isUsableOnce GET"},
		{name: "throttled while looking", set: func(w *tenant) {
			w.onRead = func(n int, _ *tenant) error {
				if n == 2 {
					return &errs.Error{Slug: errs.Busy, Why: "too many requests"}
				}
				return nil
			}
		}, calls: "GET PATCH isUsableOnce GET GET", took: 500 * time.Millisecond, notices: waiting},
		{name: "token gone while looking", set: func(w *tenant) {
			w.onRead = func(n int, _ *tenant) error {
				if n == 2 {
					return &errs.Error{Slug: errs.Auth, Why: "token expired"}
				}
				return nil
			}
		}, calls: "GET PATCH isUsableOnce GET", want: "auth|changing the policy: the change was sent and accepted, and was not seen yet: token expired|tap policy show"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := contoso()
				d := w.desk()
				d.Denials.Application = c.app
				plan, err := d.Prepare(t.Context(), oneTime())
				if err != nil {
					t.Fatal(err)
				}
				w.calls, w.reads = nil, 0
				if c.set != nil {
					c.set(w)
				}
				begun := time.Now()
				err = d.Apply(t.Context(), plan)
				if got := told(err); got != c.want {
					t.Errorf("%s\nwant\n%s", got, c.want)
				}
				if told := err != nil && errs.Of(err).Reason == errs.PolicyChanged; told != strings.Contains(c.want, "somebody changed") {
					t.Errorf("policy_changed is the reason: %v", told)
				}
				if took := time.Since(begun); took != c.took {
					t.Errorf("took %s, want %s", took, c.took)
				}
				if got := strings.Join(w.calls, " "); got != c.calls {
					t.Errorf("calls %q, want %q", got, c.calls)
				}
				if got := strings.Join(w.notices, "|"); got != c.notices {
					t.Errorf("notices %q", got)
				}
			})
		})
	}
}

// TestApplyInterrupted: whoever presses Ctrl-C while it is waited is told that the change was sent.
func TestApplyInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := contoso()
		w.never = true
		plan, err := w.desk().Prepare(t.Context(), oneTime())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(3*time.Second, func() { cancel(&errs.Error{Slug: errs.Interrupted, Why: "interrupted"}) })
		err = w.desk().Apply(ctx, plan)
		if got, want := told(err), "interrupted|changing the policy: the change was sent and accepted, and was not seen yet: interrupted|tap policy show"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

func TestNothingToApply(t *testing.T) {
	t.Parallel()
	w := contoso()
	if err := w.desk().Apply(t.Context(), policy.Plan{Before: w.policy, After: w.policy}); err != nil || len(w.calls) > 0 {
		t.Errorf("%v, %q", err, w.calls)
	}
}

func TestShow(t *testing.T) {
	t.Parallel()
	w := contoso()
	s, err := w.desk().Show(t.Context())
	if err != nil || s.Names.Full(s.Policy.Exclude[0]) != "No Passes ("+barredID+")" || s.Names.Full(policy.All()) != "every user of the tenant" {
		t.Errorf("%+v, %v", s, err)
	}
	w.groupsErr = &errs.Error{Slug: errs.Denied, Why: "no"}
	if s, err := w.desk().Show(t.Context()); err != nil || s.Names.Full(s.Policy.Exclude[0]) != barredID || len(w.notices) != 1 {
		t.Errorf("%+v, %v, %q", s, err, w.notices)
	}
	w.onRead = func(int, *tenant) error { return &errs.Error{Slug: errs.Denied, Why: "no"} }
	_, err = w.desk().Show(t.Context())
	if got, want := told(err), "denied|reading the policy: no: it takes the permission Policy.Read.AuthenticationMethod and, in a directory role that is active now, Global Reader or Authentication Policy Administrator|"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if !errors.As(err, new(*errs.Error)) {
		t.Errorf("%T", err)
	}
}
