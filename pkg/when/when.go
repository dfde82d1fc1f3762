// Package when is the strict grammar of times, durations and time zones as people type them.
// It must not look at a clock or the machine's zone, print, or guess: what is not in the grammar is refused.
package when

import (
	"errors"
	"fmt"
	"time"
)

// ErrNoZone is in the chain of Resolve's error for a local time without a zone.
var ErrNoZone = errors.New("a local time needs a time zone, e.g. Europe/Helsinki")

// SyntaxError says that a text is not in the grammar.
type SyntaxError struct {
	What  string // what it should have been: "duration", "time" or "time zone"
	Typed string // the text as it was typed, untrusted
	Why   string // what is accepted instead, with an example
}

// Error returns `"typed" is not a what: why`. What was typed is quoted, and cut after 60 characters.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s is not a %s: %s", quote(e.Typed), e.What, e.Why)
}

// ClockChangeError says that a local time is skipped or happens twice in its zone.
type ClockChangeError struct {
	Typed   string // the text as it was typed, untrusted
	Zone    string // the name of the zone
	Skipped bool   // skipped by a change of the clocks; else it happens twice

	// Twice: the two points in time that it may mean.
	// Skipped: the last minute before the change and the first one after it.
	First, Second time.Time
}

// Error says which of the two it is, and gives both points in time as RFC 3339, so that they can be typed.
func (e *ClockChangeError) Error() string {
	text := "%s happens twice in %s, where clocks are set back: write %s or %s"
	if e.Skipped {
		text = "%s does not exist in %s, where clocks are set forward: the nearest times are %s and %s"
	}
	return fmt.Sprintf(text, quote(e.Typed), e.Zone, e.First.Format(time.RFC3339), e.Second.Format(time.RFC3339))
}

// quote makes s safe to show: control and bidi characters escaped, at most 60 characters of it.
func quote(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return fmt.Sprintf("%q…", string(r[:most]))
	}
	return fmt.Sprintf("%q", s)
}
