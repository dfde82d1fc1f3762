// Package policy holds the tenant's Temporary Access Pass policy and what follows from it: what a change would do,
// what is wrong with it, and how it stands in a file.
// It must not talk to anybody (pkg/graph implements Service), open a file, or print.
package policy

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Everybody is the id of the target that means every user of the tenant.
const Everybody = "all_users"

// Policy is Graph's temporaryAccessPassAuthenticationMethodConfiguration.
// https://learn.microsoft.com/graph/api/resources/temporaryaccesspassauthenticationmethodconfiguration
type Policy struct {
	Enabled         bool          // state
	DefaultLength   int           // characters of a passcode, 8 to 48
	DefaultLifetime time.Duration // whole minutes, between the next two
	MinimumLifetime time.Duration // whole minutes, 10 min to 30 days
	MaximumLifetime time.Duration // whole minutes, 10 min to 30 days
	OneTime         bool          // isUsableOnce: every pass is one-time
	Include         []Target
	Exclude         []Target
}

// Target is a group, rarely a user, that the policy names.
type Target struct {
	ID   string // object id, or Everybody
	Type string // "group" or "user"
	// RegistrationRequired is isRegistrationRequired, which only the targets that are included have.
	RegistrationRequired bool
}

// The types of targets.
const (
	GroupTarget = "group"
	UserTarget  = "user"
)

// All is the target that means every user of the tenant.
func All() Target { return Target{ID: Everybody, Type: GroupTarget} }

// IsAll reports whether the target means every user of the tenant.
func (t Target) IsAll() bool { return strings.EqualFold(t.ID, Everybody) }

// reached is who the target is, with a verb for several and for one.
func (t Target) reached(several, one string) string {
	if t.Type == UserTarget {
		return "the user " + one
	}
	return "its members " + several
}

// key is equal for two targets that mean the same.
func (t Target) key() string {
	kind := strings.ToLower(t.Type)
	if kind == "" {
		kind = GroupTarget
	}
	return kind + " " + strings.ToLower(t.ID)
}

// Reader reads the policy. Errors are *errs.Error.
type Reader interface {
	Policy(ctx context.Context) (Policy, error)
}

// Service is what the rules need of the tenant. Errors are *errs.Error.
type Service interface {
	Reader
	// SetPolicy sends the properties in which to differs from from, and no other.
	SetPolicy(ctx context.Context, from, to Policy) error
	// Group reads the group with this object id; one that is not there is not_found.
	Group(ctx context.Context, id string) (Group, error)
	// GroupsNamed lists the groups with this display name, which need not be unique.
	GroupsNamed(ctx context.Context, name string) ([]Group, error)
	// Names reads the names of targets. With an error it returns those that it could read.
	Names(ctx context.Context, targets []Target) (Names, error)
}

// Group is a group of the directory, as far as a policy names it.
type Group struct{ ID, DisplayName string }

// Allows reports whether a pass may live that long.
func (p Policy) Allows(lifetime time.Duration) bool {
	return lifetime >= p.MinimumLifetime && lifetime <= p.MaximumLifetime
}

// Nearest returns the allowed lifetime that is nearest to the one asked for.
func (p Policy) Nearest(lifetime time.Duration) time.Duration {
	return max(p.MinimumLifetime, min(p.MaximumLifetime, lifetime))
}

// Groups lists the object ids of the groups among the targets.
func Groups(targets []Target) []string {
	var ids []string
	for _, t := range targets {
		if !t.IsAll() && t.Type != UserTarget {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// Covers reports whether the targets reach a user with this object id, who belongs to those
// of their groups that memberOf lists.
func Covers(targets []Target, userID string, memberOf []string) (Target, bool) {
	for _, t := range targets {
		if t.IsAll() || (t.Type == UserTarget && strings.EqualFold(t.ID, userID)) {
			return t, true
		}
		for _, g := range memberOf {
			if strings.EqualFold(g, t.ID) {
				return t, true
			}
		}
	}
	return Target{}, false
}

// NamesUsers reports whether a target is a user, which Microsoft discourages and tenants have.
func NamesUsers(targets []Target) bool {
	return slices.ContainsFunc(targets, func(t Target) bool { return t.Type == UserTarget })
}
