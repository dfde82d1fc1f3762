package pass

import (
	"slices"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// Event is what happened to a user.
type Event string

// The events that a look at a user finds.
const (
	AccountCreated   Event = "accountCreated"
	PasswordChanged  Event = "passwordChanged"
	MethodRegistered Event = "methodRegistered"
	PassCreated      Event = "passCreated"
	PassUsed         Event = "passUsed"
)

// Events lists every event there is.
func Events() []Event {
	return []Event{AccountCreated, PasswordChanged, MethodRegistered, PassCreated, PassUsed}
}

// Change is something that happened to a user.
type Change struct {
	At     time.Time
	Event  Event
	Method person.Method // that was registered
}

// Words says what happened. The name in it is untrusted.
func (c Change) Words() string {
	switch c.Event {
	case AccountCreated:
		return "account created"
	case PasswordChanged:
		return "password changed"
	case MethodRegistered:
		words := c.Method.Words() + " registered"
		if c.Method.Name != "" {
			words += ": " + c.Method.Name
		}
		return words
	case PassCreated:
		return "pass created"
	case PassUsed:
		return "pass used"
	}
	return string(c.Event)
}

// Changes are what happened lately, as far as what is there now tells it, the latest first: of what was removed nothing is known.
func (s Subject) Changes() []Change {
	all := []Change{{At: s.Created, Event: AccountCreated}, {At: s.PasswordChanged, Event: PasswordChanged}}
	if p := s.Held(); p != nil {
		all = append(all, Change{At: p.Created, Event: PassCreated}, Change{At: p.LastUsed, Event: PassUsed})
	}
	for _, m := range s.Methods {
		if m.Registered() {
			all = append(all, Change{m.Created, MethodRegistered, m})
		}
	}
	since := s.At.Add(-Recent)
	all = slices.DeleteFunc(all, func(c Change) bool {
		first := c.Event == PasswordChanged && c.At.Sub(s.Created) < time.Minute // the one that the account was created with
		return first || c.At.Before(since)
	})
	// Some times have whole seconds. Within one it happened as it is appended here.
	slices.SortStableFunc(all, func(a, b Change) int { return a.At.Truncate(time.Second).Compare(b.At.Truncate(time.Second)) })
	slices.Reverse(all)
	return all
}
