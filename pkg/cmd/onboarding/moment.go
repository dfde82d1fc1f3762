package onboarding

import (
	"fmt"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// moment is the value of a flag that names a time: one, or how long ago it is.
type moment struct {
	back when.Span
	at   when.Time
	set  bool
}

func ago(d time.Duration) moment { return moment{back: when.Span(d), set: true} }

func (m *moment) Set(s string) error {
	if back, err := when.ParseSpan(s); err == nil {
		*m = moment{back: back, set: true}
		return nil
	}
	at, err := when.ParseTime(s)
	if err != nil {
		return fmt.Errorf("write how long ago it is, such as 7d, or a time: %w", err)
	}
	*m = moment{at: at, set: true}
	return nil
}

func (m *moment) String() string {
	switch {
	case !m.set:
		return ""
	case m.at.IsZero():
		return m.back.String()
	}
	return m.at.String()
}

// Type names the kind of value in help texts.
func (m *moment) Type() string { return "duration|time" }

// resolve is the time that is meant, zero where none was given. flag is whose value it is.
func (m *moment) resolve(flag string, now time.Time, zone *time.Location) (time.Time, error) {
	switch {
	case !m.set:
		return time.Time{}, nil
	case m.at.IsZero():
		return now.Add(-m.back.Duration()), nil
	}
	at, err := m.at.Resolve(now, zone)
	if err != nil {
		return at, errs.Usage(flag+": "+err.Error(), flag+" 7d")
	}
	return at, nil
}
