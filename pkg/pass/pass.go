// Package pass holds the rules of Temporary Access Passes: their states, what a
// create sends, who is guarded from one, and why the service refuses. It must
// not know HTTP, a terminal or the local clock: times come from the service's answers.
package pass

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// The range of lifetimes that Graph's contract knows, whatever a tenant's policy says.
const (
	ShortestLifetime = 10 * time.Minute
	LongestLifetime  = 43200 * time.Minute
)

// Pass is Graph's temporaryAccessPassAuthenticationMethod without its passcode.
// https://learn.microsoft.com/graph/api/resources/temporaryaccesspassauthenticationmethod
type Pass struct {
	ID       string
	Created  time.Time // UTC
	Start    time.Time // UTC
	Lifetime time.Duration
	OneTime  bool
	LastUsed time.Time // zero: never, or the cloud does not tell
	// Usability is methodUsabilityReason as the service wrote it, "" where it sends none (beta's metadata has none).
	Usability string
}

// End is when the pass stops to work. It is no property of Graph: start plus lifetime.
func (p Pass) End() time.Time { return p.Start.Add(p.Lifetime) }

// State is what a pass is good for. The empty State is one that the cloud does not tell.
type State string

// The states of product.md, "Knowing what happened".
const (
	NotYetValid      State = "notYetValid"
	Usable           State = "usable"
	Expired          State = "expired"
	Used             State = "used"
	DisabledByPolicy State = "disabledByPolicy"
)

// States lists every state there is.
func States() []State { return []State{NotYetValid, Usable, Expired, Used, DisabledByPolicy} }

// said maps methodUsabilityReason, compared without case, to our states.
var said = map[string]State{
	"enabledbypolicy":  Usable,
	"disabledbypolicy": DisabledByPolicy,
	"expired":          Expired,
	"notyetvalid":      NotYetValid,
	"onetimeused":      Used,
}

// StateAt returns the state at the service's time now: what the service said where it said something
// that is known, else derived from start, lifetime, use and now.
func (p Pass) StateAt(now time.Time) State {
	if s, ok := said[strings.ToLower(p.Usability)]; ok {
		return s
	}
	switch {
	case p.Start.IsZero() || now.IsZero():
		return ""
	case p.OneTime && !p.LastUsed.IsZero():
		return Used
	case now.Before(p.Start.Truncate(time.Second)): // a Date has whole seconds
		return NotYetValid
	case p.Lifetime == 0:
		return ""
	case !now.Before(p.End()):
		return Expired
	}
	return Usable
}

// Held reports whether somebody may be holding the code: any state but expired and used.
func (p Pass) Held(now time.Time) bool {
	s := p.StateAt(now)
	return s != Expired && s != Used
}

// Describe says in words what a pass is good for at the time now, and until when, in the zone.
func (p Pass) Describe(now time.Time, zone *time.Location) string {
	at := func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04 MST") }
	switch s := p.StateAt(now); {
	case s == "":
		return "in a state that is not known"
	case p.Start.IsZero():
		return inWords[s]
	case s == NotYetValid:
		return fmt.Sprintf("not valid before %s, until %s", at(p.Start), at(p.End()))
	default:
		return fmt.Sprintf("%s, until %s", inWords[s], at(p.End()))
	}
}

// inWords is the states as a sentence has them.
var inWords = map[State]string{
	NotYetValid: "not valid yet", Usable: "usable", Expired: "expired", Used: "used", DisabledByPolicy: "switched off by the policy",
}

// Request is what a create asks for. A nil field is left out: the policy decides it.
type Request struct {
	Start    *time.Time // UTC, whole seconds
	Lifetime *time.Duration
	OneTime  *bool

	// The rest is not sent.

	// Name is the user principal name of the user, "" where it is not known.
	Name string
	// Known is the id of the pass that the user held before, "" for none; nil: nobody looked.
	Known *string
	// Unconfirmed is told a pass that may still be ended by a create whose answer was lost, for the minute until that is
	// known. Nil: nobody.
	Unconfirmed func(Created)
}

// planned is what is known of the pass before it is made: what was asked for. A pass without a start begins at once.
func (r Request) planned(now time.Time) Pass {
	var p Pass
	switch {
	case r.Start != nil:
		p.Start = *r.Start
	case r.Lifetime != nil:
		p.Start = now.UTC().Truncate(time.Second)
	}
	if r.Lifetime != nil {
		p.Lifetime = *r.Lifetime
	}
	return p
}

// Listing is the answer to a list: at most one pass, by the documentation.
type Listing struct {
	Passes []Pass
	At     time.Time // the answer's Date
	Unread []string  // properties of these passes that could not be read
}

// Created is the answer to a create.
type Created struct {
	Pass     Pass
	Passcode secret.Text // the only time that the service tells it
	At       time.Time   // the answer's Date
	Warning  string      // something in the answer could not be read; the passcode could
	Doubt    error       // why it could not be confirmed that no earlier try will end the pass; nil: it is final
	// RequestID is the service's request-id.
	RequestID string
}

// ErrUnseen stands in the chain of a failed create that may have made a pass all the same.
var ErrUnseen = errors.New("a pass may exist whose code nobody saw")

// Service is what the rules ask of the passes of a user. user is an object id or a
// user principal name. Errors are *errs.Error.
type Service interface {
	List(ctx context.Context, user string) (Listing, error)
	// Create makes a pass. Its error has ErrUnseen in its chain where one may exist all the same.
	Create(ctx context.Context, user string, r Request) (Created, error)
	// Delete removes one pass. A pass that is gone already is not_found.
	Delete(ctx context.Context, user, id string) error
}
