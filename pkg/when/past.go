package when

import "time"

const pastForms = `write 7d, 90m or PT8H for that long ago, 2026-12-01T08:00:00Z or "2026-12-01 08:00"`

// Past is a flag value: a point in time that is over, as it was typed. The zero value means that none was given.
type Past struct {
	ago Span // 0: at
	at  Time
}

// ParsePast reads how long ago something was, as ParseSpan reads it, or the point in time: RFC 3339, or a local time to the minute.
// The error is a *SyntaxError.
func ParsePast(s string) (Past, error) {
	if d, err := ParseSpan(s); err == nil && d > 0 {
		return Past{ago: d}, nil
	}
	t, err := ParseTime(s)
	if err != nil || t.IsRelative() {
		return Past{}, &SyntaxError{"time", s, pastForms}
	}
	return Past{at: t}, nil
}

// Ago is so long before now.
func Ago(d time.Duration) Past { return Past{ago: Span(d)} }

// Set reads s by ParsePast. Where that is an error the value stays what it was.
func (p *Past) Set(s string) error {
	v, err := ParsePast(s)
	if err == nil {
		*p = v
	}
	return err
}

// String returns what ParsePast reads back, "" where none was given.
func (p Past) String() string {
	if p.ago > 0 {
		return p.ago.String()
	}
	return p.at.String()
}

// Type names the kind of value in help texts.
func (Past) Type() string { return "time" }

// IsZero reports whether none was given.
func (p Past) IsZero() bool { return p.ago == 0 && p.at.IsZero() }

// Check is the error that Resolve has for it whatever the time is: there is no zone, or no such time in it.
func (p Past) Check(zone *time.Location) error {
	if p.IsZero() {
		return nil
	}
	_, err := p.Resolve(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), zone)
	return err
}

// Resolve returns the point in time, seen from now, in zone. The errors are those of Time.Resolve; one that is not over is a *SyntaxError.
func (p Past) Resolve(now time.Time, zone *time.Location) (time.Time, error) {
	if p.ago > 0 {
		return now.Add(-p.ago.Duration()), nil
	}
	t, err := p.at.Resolve(now, zone)
	if err == nil && t.After(now) {
		return time.Time{}, &SyntaxError{"time", p.at.typed, "it is not over yet"}
	}
	return t, err
}
