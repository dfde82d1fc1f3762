// Package person holds what the rules know of a user, and how one is named.
// It must not talk to anybody: pkg/graph implements Directory.
package person

import (
	"context"
	"fmt"
	"strings"
)

// Person is a user of the directory, as far as a pass is concerned.
type Person struct {
	ID                string // object id
	UserPrincipalName string
	DisplayName       string // untrusted: escape it before it is shown
	Disabled          bool   // accountEnabled is false: it was said, not merely absent
	External          bool   // an external (B2B) guest, who cannot hold a pass
}

// Name is how a person is named to people: always with the user principal name.
func (p Person) Name() string {
	switch {
	case p.UserPrincipalName == "":
		return p.ID
	case p.DisplayName == "":
		return p.UserPrincipalName
	}
	return fmt.Sprintf("%s (%s)", p.DisplayName, p.UserPrincipalName)
}

// Known reports whether the directory has shown the person: what an operator types gives an id or a name, not both.
func (p Person) Known() bool { return p.ID != "" && p.UserPrincipalName != "" }

// Identity is one of a user's ways to sign in, as Graph's objectIdentity.
type Identity struct{ SignInType, Issuer string }

// IsExternal decides whether a user is an external guest: creationType is "Invitation", or an
// identity is federated with another Entra tenant. userType does not tell: internal guests exist.
// https://learn.microsoft.com/entra/external-id/user-properties
func IsExternal(creationType string, identities []Identity) bool {
	if strings.EqualFold(creationType, "Invitation") {
		return true
	}
	for _, i := range identities {
		if strings.EqualFold(i.SignInType, "federated") && strings.EqualFold(i.Issuer, "ExternalAzureAD") {
			return true
		}
	}
	return false
}

// Directory is what the rules ask of the directory. Errors are *errs.Error: not_found, denied, busy, auth.
type Directory interface {
	// Person reads one user.
	Person(ctx context.Context, ref Ref) (Person, error)
	// Roles lists the names of the directory roles a user holds, through groups too.
	// Roles that a user is only eligible for (PIM) are not among them.
	Roles(ctx context.Context, ref Ref) ([]string, error)
	// MemberOf returns those of the groups (object ids, at most 20) that the user belongs to, nested ones too.
	MemberOf(ctx context.Context, ref Ref, groups []string) ([]string, error)
}
