package pass_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

// What the service says, as graph.md section 5 gives it.
const (
	saidLifetime = "Invalid LifetimeInMinutes specified. The valid range between 60 and 480."
	saidPolicy   = "Converged UserCredentialPolicy does not allow creating or updating this authentication method. AuthMethodType [TemporaryAccessPass]."
	saidGuest    = "Temporary Access Pass cannot be added to an external guest user."
	saidSelf     = "Self-service operations are currently not supported for user " + id
	saidPast     = "Invalid StartDateTime specified. It can not be a time in the past."
	saidDenied   = "Request Authorization failed"
	saidNew      = "Something that no version knows."

	offOrNotIncluded = "Temporary Access Pass is switched off for the tenant, or its policy does not include this user"

	policyHidden = "the policy could not be read with this sign-in (permission Policy.Read.AuthenticationMethod), so the rule behind the refusal is not known"
	groupsHidden = "the user's groups could not be read with this sign-in (permission GroupMember.Read.All), so the rule behind the refusal is not known"
)

// TestExplain: a refusal says which rule it was, keeps the service's words and request id, and names what would work.
func TestExplain(t *testing.T) {
	t.Parallel()
	desk, sales := policy.Target{ID: "g-desk", Type: "group"}, policy.Target{ID: "g-sales", Type: "group"}
	off := func(w *world) { w.policy.Enabled = false }
	hidden := func(w *world) { w.policyErr = refusal(errs.Denied, "no") }
	include := func(ts ...policy.Target) func(*world) { return func(w *world) { w.policy.Include = ts } }
	pinned := func(w *world) {
		w.policy.MinimumLifetime, w.policy.MaximumLifetime = 1470*time.Minute, 1470*time.Minute
	}
	for _, c := range []struct {
		name   string
		app    bool
		slug   errs.Slug
		said   string
		w      typed
		set    func(*world)
		reads  string // after the POST
		want   errs.Slug
		reason errs.Reason
		words  string // before the service's own
		hint   string // how the one hint ends
		notice string
	}{
		// Words that leave no doubt: nothing is read.
		{name: "self", slug: errs.Denied, said: saidSelf, want: errs.Rejected, reason: errs.Self, words: "nobody can issue a pass for the own account: ask a colleague"},
		{name: "self, to an application", app: true, slug: errs.Denied, said: saidSelf, want: errs.Rejected, reason: errs.Self, words: "nobody can issue a pass for the own account: ask a colleague"},
		{name: "guest", slug: errs.Rejected, said: saidGuest, want: errs.Rejected, reason: errs.ExternalGuest, words: "an external guest signs in at the home organisation, which alone can issue a pass"},
		{name: "past", slug: errs.Rejected, said: saidPast, w: typed{start: "+2h"}, want: errs.Rejected, reason: errs.StartInPast, words: "the start lies in the past", hint: "--start now"},

		// Else the policy decides.
		{name: "disabled", slug: errs.Rejected, said: saidPolicy, set: off, reads: ", policy", want: errs.Rejected, reason: errs.PolicyDisabled, words: "the tenant's policy has Temporary Access Pass switched off; an Authentication Policy Administrator enables it", hint: "tap policy set --enable"},
		{name: "too long", slug: errs.Rejected, said: saidLifetime, w: typed{lifetime: "9h"}, reads: ", policy", want: errs.Rejected, reason: errs.PolicyLifetime, words: "a lifetime of 9h is outside of what the policy allows, 1h to 8h", hint: "--lifetime 8h"},
		{name: "too short", slug: errs.Rejected, said: saidLifetime, w: typed{lifetime: "10m"}, reads: ", policy", want: errs.Rejected, reason: errs.PolicyLifetime, words: "a lifetime of 10m is outside of what the policy allows, 1h to 8h", hint: "--lifetime 1h"},
		{name: "pinned", slug: errs.Rejected, said: saidLifetime, w: typed{lifetime: "10m"}, set: pinned, reads: ", policy", want: errs.Rejected, reason: errs.PolicyLifetime, words: "a lifetime of 10m is outside of what the policy allows, 1d 30m to 1d 30m", hint: "--lifetime 1d30m"},
		{name: "an end too far", slug: errs.Rejected, said: saidLifetime, w: typed{until: "+9h"}, reads: ", policy", want: errs.Rejected, reason: errs.PolicyLifetime, words: "a lifetime of 9h is outside of what the policy allows, 1h to 8h", hint: "--lifetime 8h"},
		{name: "multi-use", slug: errs.Rejected, said: saidNew, w: typed{oneTime: new(false)}, set: func(w *world) { w.policy.OneTime = true }, reads: ", policy", want: errs.Rejected, reason: errs.PolicyOneTime, words: "the policy allows one-time passes only", hint: "--one-time"},
		{name: "excluded", slug: errs.Rejected, said: saidPolicy, set: func(w *world) { w.policy.Exclude = []policy.Target{desk}; w.member = []string{"g-desk"} }, reads: ", policy, memberOf ID g-desk", want: errs.Rejected, reason: errs.NotTargeted, words: "the policy excludes the group g-desk, to which the user belongs", hint: "tap policy set --remove-exclude g-desk"},
		{name: "not included", slug: errs.Rejected, said: saidPolicy, set: include(desk, sales), reads: ", policy, memberOf ID g-desk+g-sales", want: errs.Rejected, reason: errs.NotTargeted, words: "the policy includes the user in none of its targets: group g-desk, group g-sales", hint: "tap policy set --add-include GROUP"},
		{name: "not included, another user is", slug: errs.Rejected, said: saidPolicy, set: include(policy.Target{ID: "u-alex", Type: "user"}), reads: ", policy", want: errs.Rejected, reason: errs.NotTargeted, words: "the policy includes the user in none of its targets: user u-alex", hint: "tap policy set --add-include GROUP"},

		// A rule that is not known: the service's words stand alone.
		{name: "in a target", slug: errs.Rejected, said: saidNew, set: func(w *world) { include(desk)(w); w.member = []string{"g-desk"} }, reads: ", policy, memberOf ID g-desk", want: errs.Rejected, reason: errs.ServiceRefused},
		{name: "no rule fits", slug: errs.Rejected, said: saidNew, reads: ", policy", want: errs.Rejected, reason: errs.ServiceRefused},
		{name: "one-time, as the policy has it", slug: errs.Rejected, said: saidNew, w: typed{oneTime: new(true)}, set: func(w *world) { w.policy.OneTime = true }, reads: ", policy", want: errs.Rejected, reason: errs.ServiceRefused},

		// Where the policy is hidden, the service's words tell what they can.
		{name: "policy hidden, too long", slug: errs.Rejected, said: saidLifetime, w: typed{lifetime: "10h"}, set: hidden, reads: ", policy", want: errs.Rejected, reason: errs.PolicyLifetime, words: "a lifetime of 10h is outside of what the policy allows, 1h to 8h", hint: "--lifetime 8h"},
		{name: "policy hidden, a range that holds what was asked", slug: errs.Rejected, said: saidLifetime, w: typed{lifetime: "2h"}, set: hidden, reads: ", policy", want: errs.Rejected, reason: errs.ServiceRefused, notice: policyHidden},
		{name: "policy hidden, nothing asked", slug: errs.Rejected, said: saidLifetime, set: hidden, reads: ", policy", want: errs.Rejected, reason: errs.ServiceRefused, notice: policyHidden},
		{name: "policy hidden, not allowed", slug: errs.Rejected, said: saidPolicy, set: hidden, reads: ", policy", want: errs.Rejected, reason: errs.ServiceRefused, words: offOrNotIncluded, hint: "tap policy show", notice: policyHidden},
		{name: "groups hidden", slug: errs.Rejected, said: saidPolicy, set: func(w *world) { include(desk)(w); w.memberErr = refusal(errs.Denied, "no") }, reads: ", policy, memberOf ID g-desk", want: errs.Rejected, reason: errs.ServiceRefused, words: offOrNotIncluded, hint: "tap policy show", notice: groupsHidden},
		{name: "policy hidden, new words", slug: errs.Rejected, said: saidNew, set: hidden, reads: ", policy", want: errs.Rejected, reason: errs.ServiceRefused, notice: policyHidden},

		// Not a refusal by a rule: the policy is not read.
		{name: "busy", slug: errs.Busy, said: "too many requests", want: errs.Busy},
		{name: "internal", slug: errs.Internal, said: "no passcode came", want: errs.Internal},
		{name: "auth", slug: errs.Auth, said: "token expired", want: errs.Auth},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := contoso()
				w.madeErr = refusal(c.slug, c.said)
				if c.set != nil {
					c.set(w)
				}
				r := w.desk(c.app).Create(t.Context(), upn, pass.Order{Wish: c.w.wish(t), AllowPrivileged: true})
				text := c.said
				if c.words != "" {
					text = c.words + " (the service: " + c.said + ")"
				}
				if got, want := r.Err.Error(), "creating a pass: adele.vance@contoso.com: "+text; got != want {
					t.Errorf("says\n%s, want\n%s", got, want)
				}
				if r.Err.Slug != c.want || r.Reason != c.reason || r.RequestID != "r-9" || !r.Passcode.IsEmpty() {
					t.Errorf("%s, %q, request id %q", r.Err.Slug, r.Reason, r.RequestID)
				}
				if n := len(r.Err.Hints); (n == 1) != (c.hint != "") || n > 1 || n == 1 && !strings.HasSuffix(r.Err.Hints[0], c.hint) {
					t.Errorf("hints %q, want one that ends with %q", r.Err.Hints, c.hint)
				}
				if outcome := r.Outcome; (outcome == pass.OutcomeRefused) != (c.want == errs.Rejected) {
					t.Errorf("outcome %s", outcome)
				}
				if got := w.order(); got[strings.Index(got, "}")+1:] != c.reads {
					t.Errorf("calls %q, want after the POST %q", got, c.reads)
				}
				if !slices.Equal(w.notices, notNone(c.notice)) {
					t.Errorf("notices %q, want %q", w.notices, c.notice)
				}
			})
		})
	}
}

func notNone(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// TestExplainClaimsNothing: what was not seen is not claimed.
func TestExplainClaimsNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		order  pass.Order
		set    func(*world)
		reason errs.Reason
		never  string // in a notice
	}{
		{"the object id is not known under --replace, so a user among the targets may be the user", pass.Order{IfExists: pass.Replace}, func(w *world) {
			w.policy.Include = []policy.Target{{ID: id, Type: "user"}}
		}, errs.ServiceRefused, "\x00"},
		{"an object id in another case is the same group", pass.Order{}, func(w *world) {
			w.policy.Include, w.member = []policy.Target{{ID: "6F1967B7", Type: "group"}}, []string{"6f1967b7"}
		}, errs.ServiceRefused, "\x00"},
		{"a guest is known from the directory, whatever the service's words", pass.Order{}, func(w *world) { w.person.External = true }, errs.ExternalGuest, "\x00"},
		{"a policy that is throttled is no lack of a permission", pass.Order{}, func(w *world) {
			w.policyErr = refusal(errs.Busy, "too many requests")
		}, errs.ServiceRefused, "permission"},
		{"groups that are throttled are no lack of a permission", pass.Order{}, func(w *world) {
			w.policy.Include, w.memberErr = []policy.Target{{ID: "g", Type: "group"}}, refusal(errs.Busy, "too many requests")
		}, errs.ServiceRefused, "permission"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := contoso()
			w.madeErr = refusal(errs.Rejected, saidNew)
			c.set(w)
			r := w.desk(false).Create(t.Context(), upn, c.order)
			if r.Reason != c.reason || strings.Contains(strings.Join(w.notices, " "), c.never) {
				t.Errorf("reason %q, want %q: %v; notices %q", r.Reason, c.reason, r.Err, w.notices)
			}
		})
	}
}
