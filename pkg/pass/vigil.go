package pass

import (
	"maps"
	"slices"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// EventKind is what happened to the pass of a user, or to the user's methods.
type EventKind string

// The kinds of events: a closed list.
const (
	EventIssued     EventKind = "issued"           // there is a pass
	EventUsable     EventKind = "usable"           // its code works
	EventUsed       EventKind = "used"             // somebody signed in with it
	EventExpired    EventKind = "expired"          // its code works no more
	EventDisabled   EventKind = "disabledByPolicy" // the policy keeps it from working
	EventReplaced   EventKind = "replaced"         // another pass took its place
	EventDeleted    EventKind = "deleted"          // it is gone
	EventRegistered EventKind = "registered"       // the user has one more method
	EventRemoved    EventKind = "methodDeleted"    // the user has one method less
)

// EventKinds lists every kind there is.
func EventKinds() []EventKind {
	return []EventKind{EventIssued, EventUsable, EventUsed, EventExpired, EventDisabled, EventReplaced, EventDeleted, EventRegistered, EventRemoved}
}

// Sighting is something that happened to a user's pass or methods.
type Sighting struct {
	Kind EventKind
	// At is when it happened, by what the service says of it; zero where that only shows that it did.
	At     time.Time
	Seen   time.Time // the Date of the answer that showed it
	Before bool      // it was so when the watch began
	Pass   Pass      // the pass then; without an ID where there is none
	Method *person.Method
	// Unused marks a method that came without the pass having been used: the user, or somebody else, has another way in.
	Unused bool
}

// Glance is what was read of a user at one time. The methods are read before the passes: so a method that came by the pass is
// never seen before the use of the pass.
type Glance struct {
	Methods []person.Method
	Blind   bool // the methods may not be read: none is told
	Listing      // of which the last pass counts
}

func (g Glance) pass() *Pass {
	if len(g.Passes) == 0 {
		return nil
	}
	p := slices.MaxFunc(g.Passes, func(a, b Pass) int { return a.Created.Compare(b.Created) })
	return &p
}

// Vigil follows one user from glance to glance. The zero value has seen nobody.
type Vigil struct {
	// TellsUse says that the service tells when a pass was used that works many times.
	TellsUse bool

	begun   bool
	pass    *Pass
	state   State
	used    bool
	usedAt  time.Time                // LastUsed of the last use that was told
	lastUse time.Time                // when that was, or was seen
	methods map[string]person.Method // by id, that were told or were there before
	suspect map[string]bool          // ids of methods that came without a use and were not told yet
	told    map[EventKind]bool       // of the pass that counts now
	mute    bool                     // of the last pass a use would not show
	worked  bool                     // the code of this pass works, or did since the watch began
	flagged bool
}

// See tells what a glance shows that the last one did not, in the order in which it happened.
func (v *Vigil) See(g Glance) []Sighting {
	var events []Sighting
	tell := func(e Sighting) {
		e.Seen, e.Before = g.At, !v.begun
		if v.pass != nil && e.Pass.ID == "" {
			e.Pass = *v.pass
		}
		v.told[e.Kind] = true
		events = append(events, e)
	}
	if v.told == nil {
		v.told, v.methods, v.suspect = map[EventKind]bool{}, map[string]person.Method{}, map[string]bool{}
	}
	v.seePass(g, tell)
	if !g.Blind {
		v.seeMethods(g, tell)
	}
	v.begun = true
	// Some times have whole seconds. Within one the pass comes first: by it a method is registered.
	slices.SortStableFunc(events, func(a, b Sighting) int {
		return a.time().Truncate(time.Second).Compare(b.time().Truncate(time.Second))
	})
	return events
}

// time is when it happened, as far as it is known.
func (e Sighting) time() time.Time {
	if e.At.IsZero() {
		return e.Seen
	}
	return e.At
}

func (v *Vigil) seePass(g Glance, tell func(Sighting)) {
	p := g.pass()
	switch {
	case p == nil && v.pass != nil:
		tell(Sighting{Kind: EventDeleted})
		v.pass = nil
		return
	case p == nil:
		return
	case v.pass == nil || v.pass.ID != p.ID:
		kind := EventIssued
		if v.pass != nil {
			kind = EventReplaced
		}
		v.pass, v.state, v.used, v.usedAt, v.worked, v.told = p, "", false, time.Time{}, false, map[EventKind]bool{}
		tell(Sighting{Kind: kind, At: p.Created})
	}
	v.pass, v.mute = p, !v.TellsUse && !p.OneTime
	v.seeState(p.StateAt(g.At), g.At, tell)
}

// seeState tells what became of the pass. What lies between two glances happened all the same: a pass that is used was usable.
func (v *Vigil) seeState(s State, at time.Time, tell func(Sighting)) {
	p := *v.pass
	used := !p.LastUsed.IsZero() && !p.LastUsed.Equal(v.usedAt) || s == Used && !v.used
	off := v.state == DisabledByPolicy
	switch {
	case off && s == Usable: // nobody tells since when
		tell(Sighting{Kind: EventUsable})
	case !off && (s == Usable || used) && !v.told[EventUsable]:
		tell(Sighting{Kind: EventUsable, At: p.Start})
		v.worked = v.begun
	}
	v.worked = v.worked || s == Usable || off && used
	if used {
		v.used, v.usedAt, v.lastUse = true, p.LastUsed, p.LastUsed
		if v.lastUse.IsZero() {
			v.lastUse = at
		}
		tell(Sighting{Kind: EventUsed, At: p.LastUsed})
	}
	if s != v.state {
		switch s {
		case Expired:
			tell(Sighting{Kind: EventExpired, At: p.End()})
		case DisabledByPolicy:
			tell(Sighting{Kind: EventDisabled})
		}
	}
	v.state = s
}

// seeMethods tells which methods came and went. One that came without a use is told a glance later, for the use may show late, and at
// once where this glance is the last.
func (v *Vigil) seeMethods(g Glance, tell func(Sighting)) {
	now := map[string]person.Method{}
	for _, m := range g.Methods {
		if !m.Registered() {
			continue
		}
		now[m.ID] = m
		if _, old := v.methods[m.ID]; old {
			continue
		}
		unused := !v.mute && !v.used
		switch {
		case !v.begun && !v.since(m):
		case unused && !v.suspect[m.ID] && v.Over(g.At) == "":
			v.suspect[m.ID] = true
			continue
		default:
			v.flagged = v.flagged || unused
			tell(Sighting{Kind: EventRegistered, At: m.Created, Method: &m, Unused: unused})
		}
		v.methods[m.ID] = m
		delete(v.suspect, m.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(v.methods)) {
		if _, there := now[id]; !there {
			gone := v.methods[id]
			delete(v.methods, id)
			tell(Sighting{Kind: EventRemoved, Method: &gone})
		}
	}
	maps.DeleteFunc(v.suspect, func(id string, _ bool) bool { _, there := now[id]; return !there })
}

// since reports whether the method came after the pass.
func (v *Vigil) since(m person.Method) bool {
	return v.pass != nil && !m.Created.IsZero() && m.CameAfter(v.pass.Created)
}

// Flagged reports whether a method came without the pass having been used.
func (v *Vigil) Flagged() bool { return v.flagged }

// Doubtful reports whether a method is there that the next glance tells, as one that came by the pass or without it.
func (v *Vigil) Doubtful() bool { return len(v.suspect) > 0 }

// Goal is what is waited for.
type Goal string

// The goals.
const (
	UntilUsable     Goal = "usable"
	UntilUsed       Goal = "used"
	UntilRegistered Goal = "registered"
)

// Goals lists every goal there is.
func Goals() []Goal { return []Goal{UntilUsable, UntilUsed, UntilRegistered} }

// Reached reports whether it came to that. A code that worked before the watch began, and does no more, is not usable.
func (v *Vigil) Reached(g Goal) bool {
	switch g {
	case UntilUsable:
		return v.worked
	case UntilUsed:
		return v.used
	}
	return v.told[EventRegistered]
}

// afterUse is how long a user may register a method after a sign-in with a pass that works once.
// https://learn.microsoft.com/entra/identity/authentication/howto-authentication-temporary-access-pass
const afterUse = 10 * time.Minute

// Over says why nothing more is going to come of the pass at the time at, "" while something may.
func (v *Vigil) Over(at time.Time) string {
	switch {
	case v.told[EventDeleted]:
		return "the pass was deleted"
	case v.state == Expired && !v.used && v.mute:
		return "the pass expired; whether it was used is not told by this cloud"
	case v.state == Expired && !v.used:
		return "the pass expired unused"
	case v.used && (v.state == Expired || v.pass.OneTime) && !at.Before(v.lastUse.Add(afterUse)):
		return "the pass was used, and no method was registered"
	}
	return ""
}
