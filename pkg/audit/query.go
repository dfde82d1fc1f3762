// Package audit is what is asked of a record of what was done to passes: of the tenant's audit log, or of the local record. It must not
// know HTTP, a terminal or the clock, nor write anything.
package audit

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/record"
)

// Query narrows what is told. A field that is zero narrows nothing.
type Query struct {
	Since, Until time.Time    // from Since on, before Until
	Users        []person.Ref // to whom it was done
	By           string       // who did it: user principal name, object id, or the name or id of an application
}

// keeps reports whether an event belongs to the answer: when it was, to whom it was done by object id and name, and all that who did it
// is called.
func (q Query) keeps(at time.Time, userID, name string, by ...string) bool {
	same := func(a, b string) bool { return a != "" && strings.EqualFold(a, b) }
	switch {
	case at.Before(q.Since), !q.Until.IsZero() && !at.Before(q.Until):
		return false
	case q.By != "" && !slices.ContainsFunc(by, func(b string) bool { return same(b, q.By) }):
		return false
	}
	return len(q.Users) == 0 || slices.ContainsFunc(q.Users, func(u person.Ref) bool { return same(string(u), userID) || same(string(u), name) })
}

// Local returns what was asked for of the local record, in its order.
func (q Query) Local(events []record.Event) []record.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e record.Event) bool {
		return !q.keeps(e.Time, e.UserID, e.UserPrincipalName, e.Identity.Name, e.Identity.ID, e.LocalUser)
	})
}
