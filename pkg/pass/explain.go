package pass

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// ruling is the rule behind a refusal, in plain words, and the command that would work.
type ruling struct {
	reason errs.Reason
	words  string
	hint   string
}

// refusal is the rule as an error.
func (r ruling) refusal() *errs.Error {
	e := &errs.Error{Slug: errs.Rejected, Reason: r.reason, Why: r.words}
	if r.hint != "" {
		e.Hints = []string{r.hint}
	}
	return e
}

// explain finds the rule behind the service's refusal. Its codes tell nothing ("badRequest"), so the message
// gives a hint and the policy, read now, decides; the service's own words are always kept.
func (d *Desk) explain(ctx context.Context, s *sight, ref person.Ref, req Request, refused *errs.Error) error {
	switch {
	case refused.Slug == errs.NotFound:
		return d.missing(ctx, s, ref, refused)
	case refused.Slug != errs.Denied && refused.Reason != errs.ServiceRefused:
		return refused
	}
	r, ok := byMessage(refused)
	if !ok && refused.Slug == errs.Rejected {
		r, ok = d.byPolicy(ctx, s, ref, req)
	}
	if !ok {
		return refused
	}
	e := r.refusal()
	e.Why = fmt.Sprintf("%s (the service: %s)", r.words, refused.Why)
	e.RequestID, e.Err = refused.RequestID, refused.Err
	return e
}

// missing tells a user who is not there from one whom the pass service does not know yet. Under --replace nobody has
// looked so far.
func (d *Desk) missing(ctx context.Context, s *sight, ref person.Ref, refused *errs.Error) error {
	if !s.person.Known() {
		if err := d.readPerson(ctx, ref, &s.person); slugOf(err) == errs.NotFound {
			return err
		}
	}
	if s.person.Known() {
		return notReplicated(refused)
	}
	return refused
}

// byMessage knows the refusals whose words leave no doubt (graph.md, section 5).
func byMessage(refused *errs.Error) (ruling, bool) {
	m := strings.ToLower(refused.Why)
	switch {
	case strings.Contains(m, "self-service operations"):
		return ruling{errs.Self, "nobody can issue a pass for the own account: ask a colleague", ""}, true
	case strings.Contains(m, "external guest"):
		return externalGuest(), true
	case strings.Contains(m, "can not be a time in the past"):
		return ruling{errs.StartInPast, "the start lies in the past", "--start now"}, true
	}
	return ruling{}, false
}

func externalGuest() ruling {
	return ruling{errs.ExternalGuest, "an external guest signs in at the home organisation, which alone can issue a pass", ""}
}

// unseen tells why the rule behind a refusal is not known.
func (d *Desk) unseen(what, permission string, err error) {
	why := ": " + errs.Of(err).Error()
	if slugOf(err) == errs.Denied {
		why = fmt.Sprintf(" with this sign-in (permission %s)", permission)
	}
	d.Notice(fmt.Sprintf("%s could not be read%s, so the rule behind the refusal is not known", what, why))
}

// byPolicy reads the policy and holds the request against it.
func (d *Desk) byPolicy(ctx context.Context, s *sight, ref person.Ref, req Request) (ruling, bool) {
	if s.person.External {
		return externalGuest(), true
	}
	p, err := d.Policy.Policy(ctx)
	if err != nil {
		d.unseen("the policy", "Policy.Read.AuthenticationMethod", err)
		return ruling{}, false
	}
	switch {
	case !p.Enabled:
		return ruling{errs.PolicyDisabled, "the tenant's policy has Temporary Access Pass switched off; an Authentication Policy Administrator enables it", "tap policy set --enable"}, true
	case req.Lifetime != nil && !p.Allows(*req.Lifetime):
		return ruling{
			errs.PolicyLifetime,
			fmt.Sprintf("a lifetime of %s is outside of what the policy allows, %s to %s", when.Human(*req.Lifetime), when.Human(p.MinimumLifetime), when.Human(p.MaximumLifetime)),
			fmt.Sprintf("--lifetime %s", strings.ReplaceAll(when.Human(p.Nearest(*req.Lifetime)), " ", "")),
		}, true
	case req.OneTime != nil && !*req.OneTime && p.OneTime:
		return ruling{errs.PolicyOneTime, "the policy allows one-time passes only", "--one-time"}, true
	}
	return d.byTargets(ctx, s, ref, p)
}

// byTargets finds out whether the policy reaches the user at all.
func (d *Desk) byTargets(ctx context.Context, s *sight, ref person.Ref, p policy.Policy) (ruling, bool) {
	groups := slices.Concat(policy.Groups(p.Exclude), policy.Groups(p.Include))
	var member []string
	if len(groups) > 0 {
		var err error
		if member, err = d.People.MemberOf(ctx, person.Ref(s.address(ref)), groups[:min(len(groups), 20)]); err != nil {
			d.unseen("the user's groups", "GroupMember.Read.All", err)
			return ruling{}, false
		}
	}
	if t, out := policy.Covers(p.Exclude, s.person.ID, member); out {
		return ruling{errs.NotTargeted, fmt.Sprintf("the policy excludes the %s %s, to which the user belongs", t.Type, t.ID), "tap policy set --remove-exclude " + t.ID}, true
	}
	sure := len(groups) <= 20 && (s.person.ID != "" || !policy.NamesUsers(p.Include))
	if _, in := policy.Covers(p.Include, s.person.ID, member); !in && sure {
		return ruling{errs.NotTargeted, "the policy includes the user in none of its targets: " + targets(p.Include), "tap policy set --add-include GROUP"}, true
	}
	return ruling{}, false
}

func targets(ts []policy.Target) string {
	var ids []string
	for _, t := range ts {
		ids = append(ids, t.Type+" "+t.ID)
	}
	return strings.Join(ids, ", ")
}
