package sandbox

import (
	"slices"
	"strings"
	"time"
)

const (
	stateEnabled  = "enabled"
	stateDisabled = "disabled"
	allUsers      = "all_users"
)

// policy is the tenant's Temporary Access Pass policy with Graph's property names (graph.md section 2).
type policy struct {
	State           string    `json:"state"`
	DefaultLifetime int       `json:"defaultLifetimeInMinutes"`
	DefaultLength   int       `json:"defaultLength"`
	MinimumLifetime int       `json:"minimumLifetimeInMinutes"`
	MaximumLifetime int       `json:"maximumLifetimeInMinutes"`
	IsUsableOnce    bool      `json:"isUsableOnce"`
	IncludeTargets  []include `json:"includeTargets"`
	ExcludeTargets  []exclude `json:"excludeTargets"`
}

type include struct {
	TargetType             string `json:"targetType"`
	ID                     string `json:"id"`
	IsRegistrationRequired bool   `json:"isRegistrationRequired"`
}

type exclude struct {
	TargetType string `json:"targetType"`
	ID         string `json:"id"`
}

// defaultPolicy is what DELETE puts back: the documented numbers. That the state is disabled then, and everybody the
// target, is our invention.
func defaultPolicy() policy {
	return policy{
		State: stateDisabled, DefaultLifetime: 60, DefaultLength: 8, MinimumLifetime: 60, MaximumLifetime: 480,
		IncludeTargets: []include{{TargetType: "group", ID: allUsers}}, ExcludeTargets: []exclude{},
	}
}

// targeted says whether the policy's targets cover a user: included, and not excluded.
func (x *tx) targeted(userID string) bool {
	hit := func(targetType, id string) bool {
		switch {
		case strings.EqualFold(id, allUsers):
			return true
		case targetType == "user":
			return strings.EqualFold(id, userID)
		}
		return x.inGroup(userID, id)
	}
	return slices.ContainsFunc(x.Policy.IncludeTargets, func(t include) bool { return hit(t.TargetType, t.ID) }) &&
		!slices.ContainsFunc(x.Policy.ExcludeTargets, func(t exclude) bool { return hit(t.TargetType, t.ID) })
}

const policyType = "microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration"

// policyObject is the policy as Graph sends it.
type policyObject struct {
	Context string `json:"@odata.context,omitempty"`
	Type    string `json:"@odata.type"`
	ID      string `json:"id"`
	policy
}

func (c *call) policyObject() policyObject {
	return policyObject{Type: "#" + policyType, ID: "TemporaryAccessPass", policy: c.Policy}
}

func getPassPolicy(c *call) (reply, error) {
	if c.Waiting != nil {
		if err := c.emit(event{Kind: policyRead}); err != nil {
			return reply{}, err
		}
	}
	o := c.policyObject()
	o.Context = c.context("authenticationMethodConfigurations/$entity")
	return ok(o), nil
}

// otherConfiguration is a method's configuration of which nothing is simulated but that it is there.
type otherConfiguration struct {
	Type           string    `json:"@odata.type"`
	ID             string    `json:"id"`
	State          string    `json:"state"`
	ExcludeTargets []exclude `json:"excludeTargets"`
}

// methodsPolicy is the policy of all authentication methods.
type methodsPolicy struct {
	Context                            string `json:"@odata.context"`
	ID                                 string `json:"id"`
	DisplayName                        string `json:"displayName"`
	Description                        string `json:"description"`
	LastModifiedDateTime               string `json:"lastModifiedDateTime"`
	PolicyVersion                      string `json:"policyVersion"`
	PolicyMigrationState               string `json:"policyMigrationState"`
	AuthenticationMethodConfigurations []any  `json:"authenticationMethodConfigurations"`
}

func getMethodsPolicy(c *call) (reply, error) {
	other := func(id, kind string) otherConfiguration {
		return otherConfiguration{"#microsoft.graph." + kind + "AuthenticationMethodConfiguration", id, stateEnabled, []exclude{}}
	}
	return ok(methodsPolicy{
		Context:              c.context("authenticationMethodsPolicy"),
		ID:                   "authenticationMethodsPolicy",
		DisplayName:          "Authentication Methods Policy",
		Description:          "The tenant-wide policy that controls which authentication methods are allowed in the tenant",
		LastModifiedDateTime: seedTime.Format(time.RFC3339),
		PolicyVersion:        "1.5",
		PolicyMigrationState: "migrationComplete",
		AuthenticationMethodConfigurations: []any{
			other("Fido2", "fido2"), other("MicrosoftAuthenticator", "microsoftAuthenticator"), c.policyObject(),
		},
	}), nil
}

func deletePassPolicy(c *call) (reply, error) {
	return noContent, c.send(policyReset, defaultPolicy())
}
