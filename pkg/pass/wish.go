package pass

import (
	"errors"
	"fmt"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// slack is how near to now a start is sent as no start: the service refuses one in
// the past, even "now" by a clock that is fast.
const slack = time.Minute

// Wish is what an operator asked for, in the words that were typed. What is zero was not asked.
type Wish struct {
	Start    when.Time
	Until    when.Time
	Lifetime when.Duration
	OneTime  *bool
	Zone     *time.Location // where local times are read; nil: in no zone, so they are refused
}

// Check finds what is wrong whatever the time is. Errors are usage errors.
func (w Wish) Check() error {
	if !w.Until.IsZero() && !w.Lifetime.IsZero() {
		return errs.Usage("--until and --lifetime both say when the pass ends: give one of them", "tap create --help")
	}
	for _, t := range w.times() {
		if t.at.NeedsZone() && w.Zone == nil {
			return errs.Usage(fmt.Sprintf("%q is a local time, and there is no terminal whose zone it could be read in", t.at), "--tz Europe/Helsinki")
		}
	}
	for _, t := range w.times() {
		if !t.at.IsRelative() && !t.at.IsZero() { // what does not depend on now is known to be right or wrong
			if _, err := w.resolve(t.flag, t.at, time.Time{}); err != nil {
				return err
			}
		}
	}
	if !w.Lifetime.IsZero() {
		return inRange(w.Lifetime.Duration())
	}
	return nil
}

type typedTime struct {
	flag string
	at   when.Time
}

func (w Wish) times() []typedTime { return []typedTime{{"start", w.Start}, {"until", w.Until}} }

func inRange(d time.Duration) error {
	if d < ShortestLifetime || d > LongestLifetime {
		return errs.Usage(fmt.Sprintf("a lifetime of %s is outside of what Microsoft Graph knows, 10 minutes to 30 days", when.Human(d)), "--lifetime 8h")
	}
	return nil
}

// Request works out what to send at the time now. A start within a minute of now is left out. An end becomes the
// lifetime in whole minutes that ends no later. Errors are usage errors; a start
// that has passed has the reason start_in_past.
func (w Wish) Request(now time.Time) (Request, error) {
	r := Request{OneTime: w.OneTime}
	now = now.Truncate(time.Second) // as the service tells it
	begin := now
	if !w.Start.IsZero() {
		start, err := w.resolve("start", w.Start, now)
		if err != nil {
			return Request{}, err
		}
		if start.Before(now.Add(-slack)) {
			e := errs.Usage(fmt.Sprintf("the start %s lies in the past", when.Show(start, w.Zone)), "--start now")
			e.Reason = errs.StartInPast
			return Request{}, e
		}
		if start.After(now.Add(slack)) {
			r.Start, begin = &start, start
		}
	}
	switch {
	case !w.Lifetime.IsZero():
		d := w.Lifetime.Duration()
		r.Lifetime = &d
	case !w.Until.IsZero():
		d, err := w.until(now, begin)
		if err != nil {
			return Request{}, err
		}
		r.Lifetime = &d
	}
	return r, nil
}

func (w Wish) until(now, begin time.Time) (time.Duration, error) {
	end, err := w.resolve("until", w.Until, now)
	if err != nil {
		return 0, err
	}
	if !end.After(begin) {
		return 0, errs.Usage(fmt.Sprintf("the end %s is not after the start", when.Show(end, w.Zone)), "--lifetime 8h")
	}
	d := end.Sub(begin).Truncate(time.Minute)
	return d, inRange(d)
}

func (w Wish) resolve(flag string, t when.Time, now time.Time) (time.Time, error) {
	at, err := t.Resolve(now, w.Zone)
	if err == nil {
		return at.UTC().Truncate(time.Second), nil
	}
	e := errs.Usage(err.Error())
	var change *when.ClockChangeError
	if errors.As(err, &change) {
		e.Hints = []string{fmt.Sprintf("--%s %s", flag, change.First.Format(time.RFC3339)), fmt.Sprintf("--%s %s", flag, change.Second.Format(time.RFC3339))}
	}
	return time.Time{}, e
}
