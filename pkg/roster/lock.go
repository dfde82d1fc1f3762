package roster

import (
	"fmt"
	"strconv"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// Lock is what an administrator settled of what a pass may be asked to be. The zero value locks nothing.
type Lock struct {
	Lifetime when.Duration // zero: not locked
	OneTime  *bool         // nil: not locked
	Zone     string        // where local times are read, as "Europe/Helsinki"; "": not locked
	By       string        // who locked it, in words, such as the path of a file
}

// IsZero reports whether nothing is locked.
func (l Lock) IsZero() bool { return l.Lifetime.IsZero() && l.OneTime == nil && l.Zone == "" }

// says is what is locked, in the words of a fault.
func (l Lock) says(c column) string {
	key, value := "lifetime", l.Lifetime.String()
	switch c {
	case oneTime:
		key, value = "one-time", strconv.FormatBool(*l.OneTime)
	case timeZone:
		key, value = "tz", l.Zone
	}
	return fmt.Sprintf("contradicts %s = %s, which is locked by %s", key, value, l.By)
}

// holdLock holds a row against what is locked. An end is no lifetime: it would be another one each time that the clock is looked at.
func (t *table) holdLock(rec record, row Row) {
	if !t.lock.Lifetime.IsZero() {
		if !row.End.IsZero() {
			t.fault(rec, end, "%s", t.lock.says(end))
		}
		if !row.Lifetime.IsZero() && row.Lifetime.Duration() != t.lock.Lifetime.Duration() {
			t.fault(rec, lifetime, "%s %s", row.Lifetime, t.lock.says(lifetime))
		}
	}
	if t.lock.OneTime != nil && row.OneTime != nil && *row.OneTime != *t.lock.OneTime {
		t.fault(rec, oneTime, "%t %s", *row.OneTime, t.lock.says(oneTime))
	}
	if t.lock.otherZone(row.Zone) {
		t.fault(rec, timeZone, "%s %s", row.Zone, t.lock.says(timeZone))
	}
}

// otherZone reports whether times are read in another zone than the one that is locked.
func (l Lock) otherZone(zone *time.Location) bool {
	return l.Zone != "" && zone != nil && zone.String() != l.Zone
}

// Broken is what is wrong with a wish in the eyes of the lock, whoever it comes from: a row, a flag, or nobody who asked for what is locked
// since. It is how a run that was begun before the lock is judged. "" is nothing.
func (l Lock) Broken(w pass.Wish) string {
	switch {
	case !l.Lifetime.IsZero() && !w.Until.IsZero():
		return "an end " + l.says(end)
	case !l.Lifetime.IsZero() && w.Lifetime.IsZero():
		return "a lifetime that the policy decides " + l.says(lifetime)
	case !l.Lifetime.IsZero() && w.Lifetime.Duration() != l.Lifetime.Duration():
		return "the lifetime " + w.Lifetime.String() + " " + l.says(lifetime)
	case l.otherZone(w.Zone):
		return "the zone " + w.Zone.String() + " " + l.says(timeZone)
	case l.OneTime == nil:
		return ""
	case *l.OneTime && w.OneTime == nil:
		return "how often it works, which the policy decides, " + l.says(oneTime)
	case w.OneTime != nil && *w.OneTime != *l.OneTime:
		return fmt.Sprintf("one-time = %t %s", *w.OneTime, l.says(oneTime))
	}
	return ""
}
