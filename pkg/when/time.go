package when

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// kind is how a time was typed.
type kind int

const (
	none      kind = iota
	now            // "now"
	after          // "+2h"
	instant        // RFC 3339
	onDate         // "2026-12-01 08:00"
	onDay          // "today 08:00", "tomorrow 08:00"
	onWeekday      // "monday 08:00"
)

// Time is a flag value: a point in time as it was typed. The zero value means that none was given.
type Time struct {
	typed string
	kind  kind
	point time.Time     // instant: the point itself; onDate: midnight of that date, as if in UTC
	clock time.Duration // what the clock on the wall shows, since midnight; for the on… kinds
	day   int           // onDay: days from today; onWeekday: the time.Weekday
	ahead Duration      // after: how long after now
}

var (
	rfc3339 = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)
	dated   = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}):([0-9]{2})$`)
	worded  = regexp.MustCompile(`^([A-Za-z]+) ([0-9]{2}):([0-9]{2})$`)
)

const (
	timeForms = `write 2026-12-01T08:00:00Z, "2026-12-01 08:00", "monday 08:00", +2h or now`
	noSuchDay = "there is no such date or hour"
	farYear   = "the year must be from 2000 to 2999, e.g. 2026-12-01T08:00:00Z"
)

// ParseTime reads a point in time: RFC 3339 with an offset or Z; a local time to the minute, as in
// `2026-12-01 08:00` or `2026-12-01T08:00`; `today`, `tomorrow` or a weekday's English name and a local time, as
// in `monday 08:00`; a plus and a duration, as in `+2h`; `now`. Words may be in any case. Nothing else is a
// time, and years lie from 2000 to 2999. The error is a *SyntaxError.
func ParseTime(s string) (Time, error) {
	t, why := Time{typed: s}, timeForms
	switch {
	case strings.EqualFold(s, "now"):
		t.kind, why = now, ""
	case strings.HasPrefix(s, "+"):
		ahead, err := ParseDuration(s[1:])
		if err == nil {
			t.kind, t.ahead, why = after, ahead, ""
		}
	case rfc3339.MatchString(s):
		why = t.parseInstant()
	case dated.MatchString(s):
		why = t.parseDated()
	case worded.MatchString(s):
		why = t.parseWorded()
	}
	if why != "" {
		return Time{}, &SyntaxError{"time", s, why}
	}
	return t, nil
}

// parseInstant reads what matches rfc3339. It returns what is wrong, or "".
func (t *Time) parseInstant() string {
	point, err := time.Parse(time.RFC3339, t.typed)
	if err != nil {
		return noSuchDay
	}
	t.kind, t.point = instant, point.UTC()
	return checkYear(point)
}

// parseDated reads what matches dated. It returns what is wrong, or "".
func (t *Time) parseDated() string {
	m := dated.FindStringSubmatch(t.typed)
	point, err := time.Parse(time.DateOnly, m[1])
	if err != nil {
		return noSuchDay
	}
	t.kind, t.point = onDate, point
	if why := t.parseClock(m[2], m[3]); why != "" {
		return why
	}
	return checkYear(point)
}

// parseWorded reads what matches worded. It returns what is wrong, or "".
func (t *Time) parseWorded() string {
	m := worded.FindStringSubmatch(t.typed)
	switch word := strings.ToLower(m[1]); word {
	case "today":
		t.kind, t.day = onDay, 0
	case "tomorrow":
		t.kind, t.day = onDay, 1
	default:
		for d := time.Sunday; d <= time.Saturday; d++ {
			if word == strings.ToLower(d.String()) {
				t.kind, t.day = onWeekday, int(d)
			}
		}
	}
	if t.kind == none {
		return timeForms
	}
	return t.parseClock(m[2], m[3])
}

// parseClock reads two digits each of hours and minutes. It returns what is wrong, or "".
func (t *Time) parseClock(hours, minutes string) string {
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(minutes)
	if h > 23 || m > 59 {
		return noSuchDay
	}
	t.clock = time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	return ""
}

// checkYear keeps typing errors out, and the zero time.Time, which means "none" elsewhere.
func checkYear(t time.Time) string {
	if t.Year() < 2000 || t.Year() > 2999 {
		return farYear
	}
	return ""
}

// Set reads s by ParseTime. Where that is an error the value stays what it was.
func (t *Time) Set(s string) error {
	v, err := ParseTime(s)
	if err == nil {
		*t = v
	}
	return err
}

// String returns it as it was typed; "" where none was given.
func (t Time) String() string { return t.typed }

// Type names the kind of value in help texts.
func (Time) Type() string { return "time" }

// IsZero reports whether none was given.
func (t Time) IsZero() bool { return t.kind == none }

// NeedsZone reports whether it is a local time, for which Resolve needs a zone.
func (t Time) NeedsZone() bool { return t.kind >= onDate }

// IsRelative reports whether it depends on now.
func (t Time) IsRelative() bool { return !t.IsZero() && t.kind != instant && t.kind != onDate }

// Resolve returns the point in time, in zone, or in UTC where zone is nil. Today is the day that it is in zone,
// even where its hour has passed; a weekday is its next occurrence strictly after now. The error wraps ErrNoZone
// for a local time without a zone, and is a *ClockChangeError for a local time that the zone skips or has twice.
func (t Time) Resolve(at time.Time, zone *time.Location) (time.Time, error) {
	if t.NeedsZone() {
		return t.resolveLocal(at, zone)
	}
	if zone == nil {
		zone = time.UTC
	}
	switch t.kind {
	case now:
		return at.In(zone), nil
	case after:
		return at.Add(t.ahead.Duration()).In(zone), nil
	case instant:
		return t.point.In(zone), nil
	default:
		return time.Time{}, &SyntaxError{"time", "", timeForms}
	}
}

// resolveLocal is Resolve for local times.
func (t Time) resolveLocal(at time.Time, zone *time.Location) (time.Time, error) {
	if zone == nil {
		return time.Time{}, fmt.Errorf("%s: %w", quote(t.typed), ErrNoZone)
	}
	// Days are counted on the calendar, in UTC, where each has 24 hours.
	year, month, date := at.In(zone).Date()
	today := time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
	midnight := t.point
	switch t.kind {
	case onDay:
		midnight = today.AddDate(0, 0, t.day)
	case onWeekday:
		midnight = today.AddDate(0, 0, (t.day-int(today.Weekday())+7)%7)
		if midnight.Equal(today) && hasPassed(today.Add(t.clock), at, zone) {
			midnight = today.AddDate(0, 0, 7)
		}
	}
	return onWall(midnight.Add(t.clock), zone, t.typed)
}
