package pass_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// TestPlan: a dry run foresees what it can, has what was asked for in the row, and speaks of no refusal where there was none.
func TestPlan(t *testing.T) {
	t.Parallel()
	hidden := func(w *world) { w.policyErr = refusal(errs.Denied, "no") }
	for _, c := range []struct {
		name   string
		caller string
		w      typed
		set    func(*world)
		want   pass.Pass
		reason errs.Reason
		notice string
	}{
		{name: "nothing asked"},
		{name: "a start", w: typed{start: "+1h"}, want: pass.Pass{Start: after(time.Hour)}},
		{name: "a lifetime", w: typed{lifetime: "2h"}, want: pass.Pass{Start: now, Lifetime: 2 * time.Hour}},
		{name: "a start and an end", w: typed{start: "+1h", until: "+3h"}, want: pass.Pass{Start: after(time.Hour), Lifetime: 2 * time.Hour}},
		{name: "oneself", caller: strings.ToUpper(id), reason: errs.Self},
		{name: "a colleague", caller: "b"},
		{name: "a user who is not known may be anybody", set: func(w *world) { w.personErr = refusal(errs.Denied, "no") }, notice: "the directory may not be read with this sign-in (permission User.Read.All): names, guests and disabled accounts are not seen"},
		{name: "the policy is hidden", set: hidden, w: typed{lifetime: "9h"}, want: pass.Pass{Start: now, Lifetime: 9 * time.Hour}, notice: "the policy could not be read with this sign-in (permission Policy.Read.AuthenticationMethod), so whether it allows this pass is not known"},
		{name: "the policy forbids it", w: typed{lifetime: "9h"}, reason: errs.PolicyLifetime},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := contoso()
			w.quick = true
			if c.set != nil {
				c.set(w)
			}
			desk := w.desk(false)
			desk.Caller = c.caller
			r := desk.Create(t.Context(), upn, pass.Order{Wish: c.w.wish(t), DryRun: true})
			if diff := cmp.Diff(c.want, r.Pass); diff != "" || r.Reason != c.reason || (r.Err == nil) != (c.reason == "") {
				t.Errorf("reason %q, want %q: %v\n%s", r.Reason, c.reason, r.Err, diff)
			}
			if !slices.Equal(w.notices, notNone(c.notice)) || w.count("create") > 0 {
				t.Errorf("notices %q, want %q; calls %s", w.notices, c.notice, w.order())
			}
		})
	}
}
