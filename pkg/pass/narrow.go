package pass

import (
	"slices"
	"time"
)

// Narrow says which passes are meant. The zero value means all.
type Narrow struct {
	States   []State       // in one of them; empty: in any
	Expiring time.Duration // that somebody may hold, and that end within this time; 0: whenever they end
}

// Takes reports whether a pass is meant at the service's time now. A pass whose end is not known does not end within a time.
func (n Narrow) Takes(p Pass, now time.Time) bool {
	if len(n.States) > 0 && !slices.Contains(n.States, p.StateAt(now)) {
		return false
	}
	if n.Expiring == 0 {
		return true
	}
	known := !p.Start.IsZero() && p.Lifetime > 0
	return known && p.Held(now) && p.End().After(now) && !p.End().After(now.Add(n.Expiring))
}

// Of returns those of the passes of a listing that are meant.
func (n Narrow) Of(l Listing) []Pass {
	return slices.DeleteFunc(slices.Clone(l.Passes), func(p Pass) bool { return !n.Takes(p, l.At) })
}
