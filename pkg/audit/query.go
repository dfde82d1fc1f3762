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

// keeps reports whether an event belongs to the answer: when it was, and all that those are called to whom it was done and who did it.
func (q Query) keeps(at time.Time, whom []string, by ...string) bool {
	same := func(a, b string) bool { return a != "" && strings.EqualFold(a, b) }
	switch {
	case at.Before(q.Since), !q.Until.IsZero() && !at.Before(q.Until):
		return false
	case q.By != "" && !slices.ContainsFunc(by, func(b string) bool { return same(b, q.By) }):
		return false
	}
	return len(q.Users) == 0 || slices.ContainsFunc(q.Users, func(u person.Ref) bool {
		return slices.ContainsFunc(whom, func(w string) bool { return same(string(u), w) })
	})
}

// Local returns what was asked for of the local record, in its order. A user whom one event has by object id and by name is found by either
// in those that have one of them alone.
func (q Query) Local(events []record.Event) []record.Event {
	also := otherNames(events)
	return slices.DeleteFunc(slices.Clone(events), func(e record.Event) bool {
		return !q.keeps(e.Time, also.of(e), e.Identity.Name, e.Identity.ID, e.LocalUser)
	})
}

// names is what users are called besides, by tenant and name in lower case.
type names map[[2]string][]string

func nameKey(e record.Event, name string) [2]string {
	return [2]string{strings.ToLower(e.TenantID), strings.ToLower(name)}
}

// otherNames learns from events that have a user's object id and name.
func otherNames(events []record.Event) names {
	n := names{}
	for _, e := range events {
		if e.UserID != "" && e.UserPrincipalName != "" {
			n.add(nameKey(e, e.UserID), e.UserPrincipalName)
			n.add(nameKey(e, e.UserPrincipalName), e.UserID)
		}
	}
	return n
}

func (n names) add(key [2]string, name string) {
	if !slices.Contains(n[key], name) {
		n[key] = append(n[key], name)
	}
}

// of is all that the user of an event is called. An event that has both names is of nobody else.
func (n names) of(e record.Event) []string {
	all := []string{e.UserID, e.UserPrincipalName}
	if e.UserID != "" && e.UserPrincipalName != "" {
		return all
	}
	return append(all, n[nameKey(e, e.UserID+e.UserPrincipalName)]...)
}
