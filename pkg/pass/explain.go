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

// explain finds the rule behind the service's refusal. Its codes tell nothing ("badRequest"), so the message
// gives a hint and the policy, read now, decides; the service's own words are always kept.
func (d *Desk) explain(ctx context.Context, s *sight, ref person.Ref, req Request, refused *errs.Error) error {
	if refused.Slug != errs.Rejected && refused.Slug != errs.Denied {
		return refused
	}
	r, ok := byMessage(ref, refused)
	if !ok && refused.Slug == errs.Rejected {
		r, ok = d.byPolicy(ctx, s, ref, req)
	}
	if !ok {
		return refused
	}
	e := *refused
	e.Slug, e.Reason = errs.Rejected, r.reason
	e.Why = fmt.Sprintf("%s (the service: %s)", r.words, refused.Why)
	if r.hint != "" {
		e.Hints = []string{r.hint}
	}
	return &e
}

// byMessage knows the refusals whose words leave no doubt (graph.md, section 5).
func byMessage(ref person.Ref, refused *errs.Error) (ruling, bool) {
	m := strings.ToLower(refused.Why)
	switch {
	case strings.Contains(m, "self-service operations"):
		return ruling{errs.Self, "nobody can issue a pass for the own account: ask a colleague", ""}, true
	case strings.Contains(m, "external guest"):
		return ruling{errs.ExternalGuest, "an external guest signs in at the home organisation, which alone can issue a pass", ""}, true
	case strings.Contains(m, "can not be a time in the past"):
		return ruling{errs.StartInPast, "the start lies in the past", "tap create " + ref.Typed() + " --start now"}, true
	}
	return ruling{}, false
}

// byPolicy reads the policy and holds the request against it.
func (d *Desk) byPolicy(ctx context.Context, s *sight, ref person.Ref, req Request) (ruling, bool) {
	p, err := d.Policy.Policy(ctx)
	if err != nil {
		d.Notice("the policy could not be read with this sign-in (permission Policy.Read.AuthenticationMethod), so the rule behind the refusal is not known")
		return ruling{}, false
	}
	create := "tap create " + ref.Typed()
	switch {
	case !p.Enabled:
		return ruling{errs.PolicyDisabled, "the tenant's policy has Temporary Access Pass switched off; an Authentication Policy Administrator enables it under Entra ID > Authentication methods > Policies", ""}, true
	case req.Lifetime != nil && !p.Allows(*req.Lifetime):
		return ruling{
			errs.PolicyLifetime,
			fmt.Sprintf("a lifetime of %s is outside of what the policy allows, %s to %s", when.Human(*req.Lifetime), when.Human(p.MinimumLifetime), when.Human(p.MaximumLifetime)),
			fmt.Sprintf("%s --lifetime %s", create, strings.ReplaceAll(when.Human(p.Nearest(*req.Lifetime)), " ", "")),
		}, true
	case req.OneTime != nil && !*req.OneTime && p.OneTime:
		return ruling{errs.PolicyOneTime, "the policy allows one-time passes only", create + " --one-time"}, true
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
			d.Notice("the user's groups could not be read with this sign-in (permission GroupMember.Read.All), so it is not known whether the policy reaches the user")
			return ruling{}, false
		}
	}
	if t, out := policy.Covers(p.Exclude, s.person.ID, member); out {
		return ruling{errs.NotTargeted, fmt.Sprintf("the policy excludes the %s %s, to which the user belongs", t.Type, t.ID), ""}, true
	}
	if _, in := policy.Covers(p.Include, s.person.ID, member); !in && len(groups) <= 20 {
		return ruling{errs.NotTargeted, "the policy includes the user in none of its targets: " + targets(p.Include), ""}, true
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
