package when

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	hour = 60        // in minutes
	day  = 24 * hour // in minutes

	maxMinutes = math.MaxInt64 / int64(time.Minute) // what a time.Duration can hold: 106751 days
)

// Duration is a flag value that holds whole minutes. The zero value means that none was given.
type Duration struct{ minutes int }

// durationForms are the three ways to write one. Their groups are days, hours and minutes.
var durationForms = []*regexp.Regexp{
	regexp.MustCompile(`^(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?$`),
	regexp.MustCompile(`^P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?)?$`),
	regexp.MustCompile(`^()()([0-9]+)$`),
}

// ParseDuration reads `90m`, `8h`, `3d`, `1h30m`, `1d12h` (days, hours, minutes in this order, lower case),
// `PT8H`, `P1D`, `P1DT12H` (ISO 8601, upper case) and `480` (minutes). Nothing else is a duration: no sign,
// fraction, space or second, and not zero. The error is a *SyntaxError.
func ParseDuration(s string) (Duration, error) {
	refuse := func(why string) (Duration, error) { return Duration{}, &SyntaxError{"duration", s, why} }
	parts := durationParts(s)
	if parts == nil {
		return refuse("write 90m, 8h, 3d, 1h30m, PT8H or 480 (minutes)")
	}
	var sum int64
	for i, unit := range []int64{day, hour, 1} {
		if parts[i] == "" {
			continue
		}
		n, err := strconv.ParseInt(parts[i], 10, 64)
		if err != nil || n > (maxMinutes-sum)/unit {
			return refuse(fmt.Sprintf("it must be at most %dd", maxMinutes/day))
		}
		sum += n * unit
	}
	if sum == 0 {
		return refuse("it must be at least 1m")
	}
	return Duration{int(sum)}, nil
}

// durationParts returns the digits of days, hours and minutes, each possibly empty; nil where s has none of the forms.
func durationParts(s string) []string {
	if s == "" || s == "P" || strings.HasSuffix(s, "T") {
		return nil // the forms would let these pass, every part of theirs being optional
	}
	for _, form := range durationForms {
		if m := form.FindStringSubmatch(s); m != nil {
			return m[1:]
		}
	}
	return nil
}

// Set reads s by ParseDuration. Where that is an error the value stays what it was.
func (d *Duration) Set(s string) error {
	v, err := ParseDuration(s)
	if err == nil {
		*d = v
	}
	return err
}

// String returns the shortest form that ParseDuration reads back, e.g. "1d12h"; "" where none was given.
func (d Duration) String() string {
	if d.IsZero() {
		return ""
	}
	return join(int64(d.minutes), "")
}

// Type names the kind of value in help texts.
func (Duration) Type() string { return "duration" }

// Minutes returns the whole duration in minutes; 0 where none was given.
func (d Duration) Minutes() int { return d.minutes }

// Duration returns it as the standard library's type.
func (d Duration) Duration() time.Duration { return time.Duration(d.minutes) * time.Minute }

// IsZero reports whether none was given.
func (d Duration) IsZero() bool { return d.minutes == 0 }

// Human returns it for tables: "8h", "1h 30m", "3d"; "" where none was given.
func (d Duration) Human() string {
	if d.IsZero() {
		return ""
	}
	return Human(d.Duration())
}

// Human returns a time left for tables, rounded down to minutes: "1h 30m", "<1m", and "0m" when nothing is left.
func Human(d time.Duration) string {
	switch {
	case d <= 0:
		return "0m"
	case d < time.Minute:
		return "<1m"
	}
	return join(int64(d/time.Minute), " ")
}

// join writes minutes as days, hours and minutes, leaving out what is zero.
func join(minutes int64, sep string) string {
	var parts []string
	for _, u := range []struct {
		size   int64
		letter string
	}{{day, "d"}, {hour, "h"}, {1, "m"}} {
		if n := minutes / u.size; n > 0 {
			parts = append(parts, strconv.FormatInt(n, 10)+u.letter)
		}
		minutes %= u.size
	}
	return strings.Join(parts, sep)
}
