package graph

import (
	"context"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

// policyID is how the service's documentation spells it; it compares without case.
const policyID = "temporaryAccessPass"

// Policy reads the tenant's Temporary Access Pass policy.
func (c *Client) Policy(ctx context.Context) (policy.Policy, error) {
	m, err := c.policies().AuthenticationMethodsPolicy().AuthenticationMethodConfigurations().
		ByAuthenticationMethodConfigurationId(policyID).Get(ctx, nil)
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
		p.Include = append(p.Include, target(i.GetId(), i.GetTargetType()))
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
