package pass_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// typed is a wish as it stands on a command line.
type typed struct {
	start, until, lifetime string
	oneTime                *bool
	zone                   string
}

func (w typed) wish(t interface{ Fatal(...any) }) pass.Wish {
	out := pass.Wish{OneTime: w.oneTime}
	var err error
	if w.zone != "" {
		out.Zone, err = when.LoadZone(w.zone)
	}
	for _, v := range []struct {
		s   string
		set func(string) error
	}{{w.start, out.Start.Set}, {w.until, out.Until.Set}, {w.lifetime, out.Lifetime.Set}} {
		if v.s != "" {
			err = errors.Join(err, v.set(v.s))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	notMicrosofts = " is outside of what Microsoft Graph knows, 10 minutes to 30 days"
	noZone        = " is a local time, and there is no terminal whose zone it could be read in"
	helsinki      = "Europe/Helsinki"
)

func TestWishCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		w         typed
		err, hint string // exact; "" for none
	}{
		{typed{}, "", ""},
		{typed{start: "now", until: "+2h"}, "", ""},
		{typed{start: "2026-12-01T08:00:00Z", lifetime: "2h"}, "", ""},
		{typed{start: "monday 08:00", until: "monday 10:00", zone: helsinki}, "", ""},
		{typed{lifetime: "10"}, "", ""},
		{typed{lifetime: "30d"}, "", ""},
		{typed{lifetime: "9"}, "a lifetime of 9m" + notMicrosofts, "--lifetime 8h"},
		{typed{lifetime: "43201"}, "a lifetime of 30d 1m" + notMicrosofts, "--lifetime 8h"},
		{typed{start: "2026-12-01 08:00"}, `"2026-12-01 08:00"` + noZone, "--tz Europe/Helsinki"},
		{typed{start: "now", until: "tomorrow 08:00"}, `"tomorrow 08:00"` + noZone, "--tz Europe/Helsinki"},
		{typed{until: "+2h", lifetime: "2h"}, "--until and --lifetime both say when the pass ends: give one of them", ""},
	} {
		usageError(t, c.w, c.w.wish(t).Check(), c.err, "", c.hint)
	}
}

func TestWishRequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		w           typed
		want        string // what is sent
		err, reason string
	}{
		{typed{}, "{}", "", ""},
		{typed{oneTime: new(true)}, "{oneTime=true}", "", ""},
		{typed{oneTime: new(false)}, "{oneTime=false}", "", ""},
		{typed{lifetime: "2h", oneTime: new(true)}, "{lifetime=2h0m0s oneTime=true}", "", ""},

		// Near enough to now is no start; a minute later is one.
		{typed{start: "now"}, "{}", "", ""},
		{typed{start: "2026-11-23T09:29:00Z"}, "{}", "", ""},
		{typed{start: "2026-11-23T09:31:00Z"}, "{}", "", ""},
		{typed{start: "2026-11-23T09:31:01Z"}, "{start=2026-11-23T09:31:01Z}", "", ""},
		{typed{start: "2026-11-23T09:28:59Z"}, "", "the start Mon 2026-11-23 09:28:59 UTC lies in the past", "start_in_past"},
		{typed{start: "2026-11-23 08:00", zone: helsinki}, "", "the start Mon 2026-11-23 08:00 EET (Europe/Helsinki), 06:00 UTC lies in the past", "start_in_past"},

		// Sent in UTC and whole seconds, whatever was typed.
		{typed{start: "2026-11-24T08:00:00.987+02:00"}, "{start=2026-11-24T06:00:00Z}", "", ""},
		{typed{start: "+2h"}, "{start=2026-11-23T11:30:00Z}", "", ""},
		{typed{start: "monday 08:00", zone: helsinki, lifetime: "2h"}, "{start=2026-11-30T06:00:00Z lifetime=2h0m0s}", "", ""},
		{typed{start: "today 12:00", zone: helsinki}, "{start=2026-11-23T10:00:00Z}", "", ""},

		// An end is whole minutes, never later than said, counted from the start that is sent.
		{typed{until: "2026-11-23T11:30:59Z"}, "{lifetime=2h0m0s}", "", ""},
		{typed{until: "+2h"}, "{lifetime=2h0m0s}", "", ""},
		{typed{start: "2026-11-23T09:30:59Z", until: "2026-11-23T10:30:58Z"}, "{lifetime=1h0m0s}", "", ""},
		{typed{start: "2026-11-24T08:00:30Z", until: "2026-11-24T10:00:00Z"}, "{start=2026-11-24T08:00:30Z lifetime=1h59m0s}", "", ""},
		{typed{start: "monday 08:00", until: "monday 10:00", zone: helsinki}, "{start=2026-11-30T06:00:00Z lifetime=2h0m0s}", "", ""},
		{typed{until: "+10m"}, "{lifetime=10m0s}", "", ""},
		{typed{until: "+9m"}, "", "a lifetime of 9m" + notMicrosofts, ""},
		{typed{until: "2026-11-23T09:39:59Z"}, "", "a lifetime of 9m" + notMicrosofts, ""},
		{typed{until: "+30d"}, "{lifetime=720h0m0s}", "", ""},
		{typed{until: "2026-12-23T09:30:59Z"}, "{lifetime=720h0m0s}", "", ""},
		{typed{until: "2026-12-23T09:31:00Z"}, "", "a lifetime of 30d 1m" + notMicrosofts, ""},
		{typed{start: "2026-11-24T08:00:00Z", until: "2026-12-24T08:00:00Z"}, "{start=2026-11-24T08:00:00Z lifetime=720h0m0s}", "", ""},
		{typed{until: "now"}, "", "the end Mon 2026-11-23 09:30 UTC is not after the start", ""},
		{typed{until: "2026-11-23T08:00:00Z"}, "", "the end Mon 2026-11-23 08:00 UTC is not after the start", ""},
		{typed{start: "monday 08:00", until: "+2h", zone: helsinki}, "", "the end Mon 2026-11-23 13:30 EET (Europe/Helsinki), 11:30 UTC is not after the start", ""},

		// A clock change makes a local time doubtful or impossible.
		{typed{start: "2027-03-28 03:30", zone: helsinki}, "", `"2027-03-28 03:30" does not exist in Europe/Helsinki, where clocks are set forward: the nearest times are 2027-03-28T02:59:00+02:00 and 2027-03-28T04:00:00+03:00`, ""},
		{typed{start: "now", until: "2027-10-31 03:30", zone: helsinki}, "", `"2027-10-31 03:30" happens twice in Europe/Helsinki, where clocks are set back: write 2027-10-31T03:30:00+03:00 or 2027-10-31T03:30:00+02:00`, ""},
	} {
		r, err := c.w.wish(t).Request(now)
		usageError(t, c.w, err, c.err, errs.Reason(c.reason), "")
		if err == nil && sent(r) != c.want {
			t.Errorf("%+v sends %s, want %s", c.w, sent(r), c.want)
		}
	}
}

// usageError checks the words, the class and, where one is given, the hint of an error.
func usageError(t *testing.T, what any, err error, text string, reason errs.Reason, hint string) {
	t.Helper()
	if err == nil || text == "" {
		if err != nil || text != "" {
			t.Errorf("%+v: %v, want %q", what, err, text)
		}
		return
	}
	e := errs.Of(err)
	if e.Error() != text || e.Slug != errs.UsageFault || e.Reason != reason {
		t.Errorf("%+v:\n%s (%s, %q)\nwant:\n%s (usage, %q)", what, e, e.Slug, e.Reason, text, reason)
	}
	if hint != "" && strings.Join(e.Hints, "; ") != hint {
		t.Errorf("%+v: hints %q, want %q", what, e.Hints, hint)
	}
}

// TestUntilByClockWithFraction: the local clock, which decides under --replace and in what is shown back,
// has fractions of a second. They must not cost a minute.
func TestUntilByClockWithFraction(t *testing.T) {
	t.Parallel()
	for until, want := range map[string]string{"+2h": "{lifetime=2h0m0s}", "+10m": "{lifetime=10m0s}", "2026-11-23T11:30:00Z": "{lifetime=2h0m0s}"} {
		r, err := typed{until: until}.wish(t).Request(after(400 * time.Millisecond))
		if err != nil || sent(r) != want {
			t.Errorf("--until %s at 09:30:00.4 sends %s, %v; want %s", until, sent(r), err, want)
		}
	}
}

// TestRequestKeepsItsPromises: whatever is typed, a lifetime is one that Graph knows, an end is never later than
// was said and at most a minute earlier, a start is in the future.
func TestRequestKeepsItsPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := now.Add(time.Duration(rapid.Int64Range(0, 400*86400).Draw(t, "now")) * time.Second)
		offset := rapid.Custom(func(t *rapid.T) time.Duration {
			far := rapid.SampledFrom([]int64{90, 3600, 86400 * 45}).Draw(t, "reach")
			return time.Duration(rapid.Int64Range(-far/2, far).Draw(t, "s")) * time.Second
		})
		var w typed
		var until time.Time
		if rapid.Bool().Draw(t, "has start") {
			w.start = at.Add(offset.Draw(t, "start")).Format(time.RFC3339)
		}
		if rapid.Bool().Draw(t, "has until") {
			until = at.Add(offset.Draw(t, "until"))
			w.until = until.Format(time.RFC3339)
		}
		r, err := w.wish(t).Request(at)
		if err != nil {
			if errs.Of(err).Slug != errs.UsageFault {
				t.Fatalf("%+v: %v", w, err)
			}
			return
		}
		begin := at
		if r.Start != nil {
			begin = *r.Start
			if !begin.After(at.Add(time.Minute)) {
				t.Fatalf("%+v at %s: start %s", w, at, begin)
			}
		}
		if (r.Lifetime != nil) != (w.until != "") {
			t.Fatalf("%+v: lifetime %v", w, r.Lifetime)
		}
		if r.Lifetime == nil {
			return
		}
		d := *r.Lifetime
		early := until.Sub(begin.Add(d))
		if d < 10*time.Minute || d > 43200*time.Minute || d%time.Minute != 0 || early < 0 || early >= time.Minute {
			t.Fatalf("%+v at %s: lifetime %s, %s before --until", w, at, d, early)
		}
	})
}
