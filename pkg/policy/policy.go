// Package policy holds the tenant's Temporary Access Pass policy and what follows from it.
// It must not talk to anybody: pkg/graph implements Reader.
package policy

import (
	"context"
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
}

// Reader reads the policy. Errors are *errs.Error.
type Reader interface {
	Policy(ctx context.Context) (Policy, error)
}

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
		if t.ID != Everybody && t.Type != "user" {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// Covers reports whether the targets reach a user with this object id, who belongs to those
// of their groups that memberOf lists.
func Covers(targets []Target, userID string, memberOf []string) (Target, bool) {
	for _, t := range targets {
		if t.ID == Everybody || (t.Type == "user" && t.ID == userID) {
			return t, true
		}
		for _, g := range memberOf {
			if g == t.ID {
				return t, true
			}
		}
	}
	return Target{}, false
}
