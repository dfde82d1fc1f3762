package pass_test

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

func TestDelete(t *testing.T) {
	t.Parallel()
	usable, expired := held[pass.Usable], held[pass.Expired]
	usable.ID, expired.ID = "p-usable", "p-expired"
	gone, denied := refusal(errs.NotFound, "gone"), refusal(errs.Denied, "Request Authorization failed")
	const to = "deleting the pass: adele.vance@contoso.com: "
	deleted, skipped := ending{Outcome: pass.OutcomeDeleted}, ending{Outcome: pass.OutcomeSkipped, Reason: errs.NoPass}
	other := ending{Outcome: pass.OutcomeSkipped, Reason: errs.OtherState}
	both := []pass.Pass{usable, expired}
	over := []pass.State{pass.Expired, pass.Used}
	for _, c := range []struct {
		name   string
		app    bool
		passes []pass.Pass
		states []pass.State
		dryRun bool
		set    func(*world)
		calls  string // after the list
		want   ending
		id     string // of the row's pass
	}{
		{name: "none", want: skipped},
		{name: "one", passes: both[:1], calls: ", delete UPN p-usable", want: deleted, id: "p-usable"},
		{name: "several", passes: both, calls: ", delete UPN p-usable, delete UPN p-expired", want: deleted, id: "p-expired"},
		{name: "none in these states", passes: both[:1], states: over, want: other},
		{name: "one in these states", passes: both, states: over, calls: ", delete UPN p-expired", want: deleted, id: "p-expired"},
		{name: "a state that is not known is none of these", passes: both, states: over, set: func(w *world) { w.noDate = true }, want: other},
		{name: "a state that is not known, all", passes: both[:1], set: func(w *world) { w.noDate = true }, calls: ", delete UPN p-usable", want: deleted, id: "p-usable"},
		{name: "vanished", passes: both[:1], set: func(w *world) { w.deleteErr = map[string]error{"p-usable": gone} }, calls: ", delete UPN p-usable", want: deleted, id: "p-usable"},
		{name: "dry-run", passes: both[:1], dryRun: true, want: deleted, id: "p-usable"},
		{name: "dry-run, none", dryRun: true, want: skipped},
		{name: "denied", passes: both, set: func(w *world) { w.deleteErr = map[string]error{"p-usable": denied} }, calls: ", delete UPN p-usable", want: ending{pass.OutcomeFailed, errs.Denied, "", to + "Request Authorization failed" + personNeeds, nil}},
		{name: "list denied to an application", app: true, set: func(w *world) { w.listErr = denied }, want: ending{pass.OutcomeFailed, errs.Denied, "", to + "Request Authorization failed" + appNeeds, nil}},
		{name: "list busy", set: func(w *world) { w.listErr = refusal(errs.Busy, "too many requests") }, want: ending{pass.OutcomeFailed, errs.Busy, "", to + "too many requests", nil}},
		{name: "unknown user", set: func(w *world) {
			w.listErr = refusal(errs.NotFound, "gone")
			w.personErr = refusal(errs.NotFound, "the tenant has no such user")
		}, calls: ", person UPN", want: ending{pass.OutcomeFailed, errs.NotFound, "", to + "the tenant has no such user", nil}},
		{name: "not replicated", set: func(w *world) { w.listErr = refusal(errs.NotFound, "gone") }, calls: ", person UPN", want: ending{pass.OutcomeFailed, errs.Busy, errs.NotReplicated, to + "the directory knows this user, the pass service does not yet: new users take some seconds to some minutes (gone)", nil}},
		{name: "rejected", passes: both[:1], set: func(w *world) { w.deleteErr = map[string]error{"p-usable": refusal(errs.Rejected, "malformed id")} }, calls: ", delete UPN p-usable", want: ending{pass.OutcomeRefused, errs.Rejected, errs.ServiceRefused, to + "malformed id", nil}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := contoso()
				w.passes = c.passes
				if c.set != nil {
					c.set(w)
				}
				r := w.desk(c.app).Delete(t.Context(), upn, c.states, c.dryRun)
				if diff := cmp.Diff(c.want, endingOf(r)); diff != "" {
					t.Error(diff)
				}
				if got, want := w.order(), "list UPN"+c.calls; got != want {
					t.Errorf("calls %q, want %q", got, want)
				}
				if r.Pass.ID != c.id || r.DryRun != c.dryRun || r.Person.UserPrincipalName != string(upn) {
					t.Errorf("%+v, want the pass %q", r, c.id)
				}
			})
		})
	}
}
