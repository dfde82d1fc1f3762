package graph

import (
	"context"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/policies"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

// policyID is how the service's documentation spells it; it compares without case.
const policyID = "temporaryAccessPass"

func (c *Client) passPolicy() *policies.AuthenticationMethodsPolicyAuthenticationMethodConfigurationsAuthenticationMethodConfigurationItemRequestBuilder {
	return c.policies().AuthenticationMethodsPolicy().AuthenticationMethodConfigurations().
		ByAuthenticationMethodConfigurationId(policyID)
}

// Policy reads the tenant's Temporary Access Pass policy.
func (c *Client) Policy(ctx context.Context) (policy.Policy, error) {
	m, err := c.passPolicy().Get(ctx, nil)
	if err != nil {
		return policy.Policy{}, fail(err)
	}
	t, ok := m.(models.TemporaryAccessPassAuthenticationMethodConfigurationable)
	if !ok {
		return policy.Policy{}, unreadable("the policy of Temporary Access Passes")
	}
	return fromConfiguration(t), nil
}

func fromConfiguration(t models.TemporaryAccessPassAuthenticationMethodConfigurationable) policy.Policy {
	minutes := func(n *int32) time.Duration { return time.Duration(value(n)) * time.Minute }
	p := policy.Policy{
		Enabled:         value(t.GetState()) == models.ENABLED_AUTHENTICATIONMETHODSTATE && t.GetState() != nil,
		DefaultLength:   int(value(t.GetDefaultLength())),
		DefaultLifetime: minutes(t.GetDefaultLifetimeInMinutes()),
		MinimumLifetime: minutes(t.GetMinimumLifetimeInMinutes()),
		MaximumLifetime: minutes(t.GetMaximumLifetimeInMinutes()),
		OneTime:         value(t.GetIsUsableOnce()),
	}
	for _, i := range t.GetIncludeTargets() {
		t := target(i.GetId(), i.GetTargetType())
		t.RegistrationRequired = value(i.GetIsRegistrationRequired())
		p.Include = append(p.Include, t)
	}
	for _, x := range t.GetExcludeTargets() {
		p.Exclude = append(p.Exclude, target(x.GetId(), x.GetTargetType()))
	}
	return p
}

func target(id *string, kind *models.AuthenticationMethodTargetType) policy.Target {
	t := policy.Target{ID: value(id)}
	if kind != nil {
		t.Type = kind.String()
	}
	return t
}

// SetPolicy sends the properties in which to differs from from, a list as a whole. The documented answer is 204, the
// metadata's is 200 with the policy: both are taken, and neither is believed, for a change shows later than it is answered.
//
// Before it is sent again the policy is read: what somebody else made of it meanwhile is not overwritten. Where the last answer
// was lost, too, the error says that the change may have been made.
func (c *Client) SetPolicy(ctx context.Context, from, to policy.Policy) error {
	info, err := c.passPolicy().ToPatchRequestInformation(ctx, toConfiguration(from, to), nil)
	if err != nil {
		return err
	}
	done := errors.New("the policy is as it was asked for")
	err = c.adapter.SendNoContent(beforeRepeat(ctx, func() error {
		now, err := c.Policy(ctx)
		switch {
		case err != nil:
			return err
		case len(policy.Diff(now, to, nil)) == 0:
			return done
		case len(policy.Diff(now, from, nil)) > 0:
			return &errs.Error{
				Slug: errs.Rejected, Reason: errs.PolicyChanged, Hints: []string{"tap policy show"},
				Why: "somebody else changed it since it was sent, and it was not sent again: it is neither what it was nor what was asked for",
			}
		}
		return nil
	}), info, nil)
	switch {
	case err == nil, errors.Is(err, done):
		return nil
	case !maybeChanged(ctx, err):
		return fail(err)
	}
	e := *errs.Of(err)
	e.Why, e.Hints = "the policy may have been changed: "+e.Error(), []string{"tap policy show"}
	return &e
}

// maybeChanged reports whether the service may have carried out a request that ended with err: its answer was lost, or
// does not say.
func maybeChanged(ctx context.Context, err error) bool {
	refusal, dial := (*ServiceError)(nil), (*net.OpError)(nil)
	switch {
	case ctx.Err() != nil:
		return true
	case errors.As(err, &refusal):
		return attempt{answer: &answer{status: refusal.Status}}.maybeExecuted()
	case errors.As(err, &dial) && dial.Op == "dial":
		return false
	}
	return errs.Of(err).Slug == errs.Busy
}

// toConfiguration holds what differs and @odata.type, which the model has from its constructor.
func toConfiguration(from, to policy.Policy) models.TemporaryAccessPassAuthenticationMethodConfigurationable {
	m := models.NewTemporaryAccessPassAuthenticationMethodConfiguration()
	if from.Enabled != to.Enabled {
		state := models.DISABLED_AUTHENTICATIONMETHODSTATE
		if to.Enabled {
			state = models.ENABLED_AUTHENTICATIONMETHODSTATE
		}
		m.SetState(&state)
	}
	if from.OneTime != to.OneTime {
		m.SetIsUsableOnce(&to.OneTime)
	}
	number := func(set func(*int32), was, is int) {
		if n := int32(is); was != is {
			set(&n)
		}
	}
	minutes := func(set func(*int32), was, is time.Duration) {
		number(set, int(was/time.Minute), int(is/time.Minute))
	}
	number(m.SetDefaultLength, from.DefaultLength, to.DefaultLength)
	minutes(m.SetMinimumLifetimeInMinutes, from.MinimumLifetime, to.MinimumLifetime)
	minutes(m.SetDefaultLifetimeInMinutes, from.DefaultLifetime, to.DefaultLifetime)
	minutes(m.SetMaximumLifetimeInMinutes, from.MaximumLifetime, to.MaximumLifetime)
	if !slices.Equal(from.Include, to.Include) {
		m.SetIncludeTargets(includeTargets(to.Include))
	}
	if !slices.Equal(from.Exclude, to.Exclude) {
		m.SetExcludeTargets(excludeTargets(to.Exclude))
	}
	return m
}

func includeTargets(targets []policy.Target) []models.AuthenticationMethodTargetable {
	out := []models.AuthenticationMethodTargetable{}
	for _, t := range targets {
		m := models.NewAuthenticationMethodTarget()
		m.SetId(&t.ID)
		m.SetTargetType(targetType(t))
		m.SetIsRegistrationRequired(&t.RegistrationRequired)
		out = append(out, m)
	}
	return out
}

func excludeTargets(targets []policy.Target) []models.ExcludeTargetable {
	out := []models.ExcludeTargetable{}
	for _, t := range targets {
		m := models.NewExcludeTarget()
		m.SetId(&t.ID)
		m.SetTargetType(targetType(t))
		out = append(out, m)
	}
	return out
}

func targetType(t policy.Target) *models.AuthenticationMethodTargetType {
	kind := models.GROUP_AUTHENTICATIONMETHODTARGETTYPE
	if t.Type == policy.UserTarget {
		kind = models.USER_AUTHENTICATIONMETHODTARGETTYPE
	}
	return &kind
}
