package pass

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
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
// gives a hint and the policy, read now, decides; where it may not be read, what the message tells has to do. The
// service's own words are always kept.
func (d *Desk) explain(ctx context.Context, s *sight, ref person.Ref, req Request, refused *errs.Error) error {
	switch {
	case refused.Slug == errs.NotFound:
		return d.missing(ctx, s, ref, refused)
	case refused.Slug != errs.Denied && refused.Reason != errs.ServiceRefused:
		return refused
	}
	r, ok := byMessage(refused)
	if !ok && refused.Slug == errs.Rejected {
		r, ok = d.rule(ctx, s, ref, req, refused)
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
		return oneself(), true
	case strings.Contains(m, "external guest"):
		return externalGuest(), true
	case strings.Contains(m, "can not be a time in the past"):
		return ruling{errs.StartInPast, "the start lies in the past", "--start now"}, true
	}
	return ruling{}, false
}

func oneself() ruling {
	return ruling{errs.Self, "nobody can issue a pass for the own account: ask a colleague", ""}
}

func externalGuest() ruling {
	return ruling{errs.ExternalGuest, "an external guest signs in at the home organisation, which alone can issue a pass", ""}
}

var saidRange = regexp.MustCompile(`(?i)range between (\d{1,5}) and (\d{1,5})\b`)

// byWords finds in the service's words alone what they tell of the policy (graph.md, section 5).
func byWords(refused *errs.Error, req Request) (ruling, bool) {
	if m := saidRange.FindStringSubmatch(refused.Why); m != nil && req.Lifetime != nil {
		p := policy.Policy{MinimumLifetime: saidMinutes(m[1]), MaximumLifetime: saidMinutes(m[2])}
		return outOfRange(*req.Lifetime, p), !p.Allows(*req.Lifetime)
	}
	if strings.Contains(strings.ToLower(refused.Why), "policy does not allow creating or updating this authentication method") {
		return ruling{errs.ServiceRefused, "Temporary Access Pass is switched off for the tenant, or its policy does not include this user", "tap policy show"}, true
	}
	return ruling{}, false
}

func saidMinutes(digits string) time.Duration {
	n, _ := strconv.Atoi(digits)
	return time.Duration(n) * time.Minute
}

func outOfRange(asked time.Duration, p policy.Policy) ruling {
	return ruling{
		errs.PolicyLifetime,
		fmt.Sprintf("a lifetime of %s is outside of what the policy allows, %s to %s", when.Human(asked), when.Human(p.MinimumLifetime), when.Human(p.MaximumLifetime)),
		fmt.Sprintf("--lifetime %s", strings.ReplaceAll(when.Human(p.Nearest(asked)), " ", "")),
	}
}

// hidden says why a rule could not be seen.
func hidden(what string, o *permission.Operation, err error) error {
	if slugOf(err) == errs.Denied {
		return fmt.Errorf("%s could not be read with this sign-in (permission %s)", what, o.Least)
	}
	return fmt.Errorf("%s could not be read: %w", what, errs.Of(err))
}

// rule is the rule of the policy, or where that is hidden what the service's words tell of it.
func (d *Desk) rule(ctx context.Context, s *sight, ref person.Ref, req Request, refused *errs.Error) (ruling, bool) {
	r, ok, hidden := d.byPolicy(ctx, s, ref, req)
	if hidden == nil {
		return r, ok
	}
	if r, ok = byWords(refused, req); !ok || r.reason == errs.ServiceRefused {
		d.Notice(fmt.Sprintf("%v, so the rule behind the refusal is not known", hidden))
	}
	return r, ok
}

// byPolicy reads the policy and holds the request against it. Its error says what could not be seen.
func (d *Desk) byPolicy(ctx context.Context, s *sight, ref person.Ref, req Request) (ruling, bool, error) {
	if s.person.External {
		return externalGuest(), true, nil
	}
	p, err := d.Policy.Policy(ctx)
	if err != nil {
		return ruling{}, false, hidden("the policy", permission.ReadPolicy, err)
	}
	if r, ok := forbidden(p, req); ok {
		return r, true, nil
	}
	return d.byTargets(ctx, s, ref, p)
}

// Forbidden is the refusal of a request by the policy, whoever it is for; nil where the policy has nothing against it.
func Forbidden(p policy.Policy, req Request) error {
	if r, ok := forbidden(p, req); ok {
		return r.refusal()
	}
	return nil
}

func forbidden(p policy.Policy, req Request) (ruling, bool) {
	switch {
	case !p.Enabled:
		return ruling{errs.PolicyDisabled, "the tenant's policy has Temporary Access Pass switched off; an Authentication Policy Administrator enables it", "tap policy set --enable"}, true
	case req.Lifetime != nil && !p.Allows(*req.Lifetime):
		return outOfRange(*req.Lifetime, p), true
	case req.OneTime != nil && !*req.OneTime && p.OneTime:
		return ruling{errs.PolicyOneTime, "the policy allows one-time passes only", "--one-time"}, true
	}
	return ruling{}, false
}

// byTargets finds out whether the policy reaches the user at all.
func (d *Desk) byTargets(ctx context.Context, s *sight, ref person.Ref, p policy.Policy) (ruling, bool, error) {
	groups := slices.Concat(policy.Groups(p.Exclude), policy.Groups(p.Include))
	var member []string
	if len(groups) > 0 {
		var err error
		if member, err = d.People.MemberOf(ctx, person.Ref(s.address(ref)), groups[:min(len(groups), 20)]); err != nil {
			return ruling{}, false, hidden("the user's groups", permission.CheckGroups, err)
		}
	}
	if t, out := policy.Covers(p.Exclude, s.person.ID, member); out {
		return ruling{errs.NotTargeted, fmt.Sprintf("the policy excludes the %s %s, to which the user belongs", t.Type, t.ID), "tap policy set --remove-exclude " + t.ID}, true, nil
	}
	sure := len(groups) <= 20 && (s.person.ID != "" || !policy.NamesUsers(p.Include))
	if _, in := policy.Covers(p.Include, s.person.ID, member); !in && sure {
		return ruling{errs.NotTargeted, "the policy includes the user in none of its targets: " + targets(p.Include), "tap policy set --add-include GROUP"}, true, nil
	}
	return ruling{}, false, nil
}

func targets(ts []policy.Target) string {
	var ids []string
	for _, t := range ts {
		ids = append(ids, t.Type+" "+t.ID)
	}
	return strings.Join(ids, ", ")
}
