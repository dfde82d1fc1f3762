package when

import "time"

// Span is a flag value that holds how long something may take, to the second. It may be none at all.
type Span time.Duration

// ParseSpan reads what ParseDuration reads, seconds as Go writes them (`30s`, `1m30s`, `1.5s`), and `0`. It is never negative.
// The error is a *SyntaxError.
func ParseSpan(s string) (Span, error) {
	if d, err := ParseDuration(s); err == nil {
		return Span(d.Duration()), nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || s[0] == '+' {
		return 0, &SyntaxError{"duration", s, "write 30s, 90m, 8h, 3d, PT8H or 480 (minutes)"}
	}
	return Span(d), nil
}

// Set reads s by ParseSpan. Where that is an error the value stays what it was.
func (d *Span) Set(s string) error {
	v, err := ParseSpan(s)
	if err == nil {
		*d = v
	}
	return err
}

// String returns the shortest form that ParseSpan reads back, e.g. "2m", "1m30s", "0".
func (d Span) String() string {
	switch whole := time.Duration(d); {
	case whole == 0:
		return "0"
	case whole%time.Minute == 0:
		return join(int64(whole/time.Minute), "")
	default:
		return whole.String()
	}
}

// Type names the kind of value in help texts.
func (Span) Type() string { return "duration" }

// Duration returns it as the standard library's type.
func (d Span) Duration() time.Duration { return time.Duration(d) }
