package rollout_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

// deletes is a tenant whose passes can be read, and that keeps what was deleted.
type deletes struct {
	reads
	gone *[]string
}

func (d deletes) Delete(_ context.Context, all []rollout.Delete) []rollout.Answer[struct{}] {
	for _, one := range all {
		*d.gone = append(*d.gone, one.PassID)
	}
	return make([]rollout.Answer[struct{}], len(all))
}

// TestWhatChangedSinceThePlanStays: between the plan and the deletes somebody is asked. What was made, used or begun in that time is not
// what was agreed to.
func TestWhatChangedSinceThePlanStays(t *testing.T) {
	t.Parallel()
	expired, usable := pass.Pass{ID: "old", Usability: "Expired"}, pass.Pass{ID: "old", Usability: "EnabledByPolicy"}
	listing := func(passes ...pass.Pass) rollout.Answer[pass.Listing] {
		return rollout.Answer[pass.Listing]{Value: pass.Listing{Passes: passes, At: time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)}}
	}
	for name, c := range map[string]struct {
		states  []pass.State
		now     rollout.Answer[pass.Listing]
		outcome pass.Outcome
		reason  errs.Reason
		gone    []string
	}{
		"as it was":                       {[]pass.State{pass.Expired}, listing(expired), pass.OutcomeDeleted, "", []string{"old"}},
		"in another state":                {[]pass.State{pass.Expired}, listing(usable), pass.OutcomeSkipped, errs.OtherState, nil},
		"in another state, all were said": {nil, listing(usable), pass.OutcomeDeleted, "", []string{"old"}},
		"gone":                            {[]pass.State{pass.Expired}, listing(), pass.OutcomeSkipped, errs.NoPass, nil},
		"the user is gone":                {[]pass.State{pass.Expired}, refuses(errs.NotFound), pass.OutcomeSkipped, errs.NoPass, nil},
		"a fresh one":                     {[]pass.State{pass.Expired}, listing(pass.Pass{ID: "fresh", Usability: "EnabledByPolicy"}), pass.OutcomeSkipped, errs.OtherState, nil},
		"a fresh one, all were said":      {nil, listing(pass.Pass{ID: "fresh", Usability: "EnabledByPolicy"}), pass.OutcomeSkipped, errs.NoPass, nil},
		"it cannot be read":               {[]pass.State{pass.Expired}, refuses(errs.Denied), pass.OutcomeFailed, "", nil},
	} {
		var gone []string
		tenant := deletes{reads{answers: map[string]rollout.Answer[pass.Listing]{"u1": c.now}}, &gone}
		d := &rollout.Desk{Tenant: tenant, Pass: &pass.Desk{}, Gate: rollout.NewGate(rollout.Rate{}, stopped{})}
		planned := rollout.Holding{Holding: pass.Holding{Ref: "a@contoso.com", Person: person.Person{ID: "u1"}, Listing: pass.Listing{Passes: []pass.Pass{expired}}}}
		var told []pass.Result
		err := d.Remove(t.Context(), rollout.Removals([]rollout.Holding{planned}, c.states), func(r pass.Result) error { told = append(told, r); return nil })
		if err != nil || len(told) != 1 {
			t.Fatalf("%s: %+v, %v", name, told, err)
		}
		if r := told[0]; r.Outcome != c.outcome || r.Reason != c.reason || !slices.Equal(gone, c.gone) || c.outcome != pass.OutcomeDeleted && r.Pass.ID == "old" && c.reason == errs.NoPass {
			t.Errorf("%s: %s (%s), deleted %q", name, r.Outcome, r.Reason, gone)
		}
	}
	tenant := deletes{reads{answers: map[string]rollout.Answer[pass.Listing]{"u1": refuses(errs.Busy)}}, new([]string)}
	d := &rollout.Desk{Tenant: tenant, Pass: &pass.Desk{}, Gate: rollout.NewGate(rollout.Rate{}, stopped{})}
	held := []rollout.Holding{{Holding: pass.Holding{Ref: "a@contoso.com", Person: person.Person{ID: "u1"}, Listing: pass.Listing{Passes: []pass.Pass{expired}}}}}
	if err := d.Remove(t.Context(), rollout.Removals(held, nil), func(pass.Result) error { return nil }); errs.Of(err).Slug != errs.Busy {
		t.Errorf("a service that does not answer: %v", err)
	}
}

func TestConcerned(t *testing.T) {
	t.Parallel()
	held := []rollout.Holding{
		{Holding: pass.Holding{Ref: "none@contoso.com"}},
		{Holding: pass.Holding{Ref: "one@contoso.com", Listing: pass.Listing{Passes: []pass.Pass{{ID: "p"}}}}},
		{Holding: pass.Holding{Ref: "unread@contoso.com"}, Err: &errs.Error{Slug: errs.Denied}},
	}
	if some := rollout.Concerned(rollout.Removals(held, nil)); len(some) != 2 || some[0].Ref != "one@contoso.com" || some[1].Err == nil || rollout.Count(some) != 1 {
		t.Errorf("%+v", some)
	}
}
