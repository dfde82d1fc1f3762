package when_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

func itoa(n int) string { return strconv.Itoa(n) }

// zone loads a zone that is known to exist.
func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := when.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// point reads RFC 3339.
func point(t testing.TB, s string) time.Time {
	t.Helper()
	p, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestResolve(t *testing.T) {
	const sunday = "2026-11-22T10:34:56Z" // 12:34:56 in Helsinki
	for _, c := range []struct{ typed, now, zone, want string }{
		{"now", sunday, "Europe/Helsinki", "2026-11-22T12:34:56+02:00"},
		{"Now", sunday, "", sunday},
		{"+2h", sunday, "Europe/Helsinki", "2026-11-22T14:34:56+02:00"},
		{"+PT90M", sunday, "", "2026-11-22T12:04:56Z"},
		{"+480", sunday, "UTC", "2026-11-22T18:34:56Z"},
		{"+1d", "2026-10-24T12:00:00+03:00", "Europe/Helsinki", "2026-10-25T11:00:00+02:00"}, // a lifetime is elapsed time

		{"2026-12-01T08:00:00Z", sunday, "Europe/Helsinki", "2026-12-01T10:00:00+02:00"},
		{"2026-12-01T08:00:00Z", sunday, "", "2026-12-01T08:00:00Z"},
		{"2026-12-01T08:00:00.1234567+05:30", sunday, "", "2026-12-01T02:30:00.1234567Z"},
		{"2026-12-01T08:00:00-00:00", sunday, "", "2026-12-01T08:00:00Z"},
		{"2020-01-01T00:00:00Z", sunday, "", "2020-01-01T00:00:00Z"}, // the caller refuses the past

		{"2026-12-01 08:00", sunday, "Europe/Helsinki", "2026-12-01T08:00:00+02:00"},
		{"2026-12-01T08:00", sunday, "Asia/Kathmandu", "2026-12-01T08:00:00+05:45"},
		{"2026-07-01 00:00", sunday, "America/New_York", "2026-07-01T00:00:00-04:00"},
		{"2028-02-29 23:59", sunday, "UTC", "2028-02-29T23:59:00Z"},

		{"today 08:00", sunday, "Europe/Helsinki", "2026-11-22T08:00:00+02:00"}, // past, and still today
		{"today 23:00", sunday, "Pacific/Kiritimati", "2026-11-23T23:00:00+14:00"},
		{"TOMORROW 08:00", sunday, "Europe/Helsinki", "2026-11-23T08:00:00+02:00"},
		{"tomorrow 08:00", sunday, "Pacific/Kiritimati", "2026-11-24T08:00:00+14:00"},
		{"tomorrow 08:00", "2026-12-31T23:30:00Z", "UTC", "2027-01-01T08:00:00Z"},

		{"monday 08:00", sunday, "Europe/Helsinki", "2026-11-23T08:00:00+02:00"},
		{"Monday 08:00", "2026-11-23T07:00:00+02:00", "Europe/Helsinki", "2026-11-23T08:00:00+02:00"},
		{"monday 08:00", "2026-11-23T08:00:00+02:00", "Europe/Helsinki", "2026-11-30T08:00:00+02:00"}, // strictly after now
		{"monday 08:00", "2026-11-23T07:59:59.9+02:00", "Europe/Helsinki", "2026-11-23T08:00:00+02:00"},
		{"monday 08:00", "2026-11-23T09:00:00+02:00", "Europe/Helsinki", "2026-11-30T08:00:00+02:00"},
		{"saturday 08:00", sunday, "Europe/Helsinki", "2026-11-28T08:00:00+02:00"},
		{"sunday 00:00", sunday, "UTC", "2026-11-29T00:00:00Z"},
	} {
		got, err := resolve(c.typed, point(t, c.now), c.zone)
		if err != nil || got.Format(time.RFC3339Nano) != c.want {
			t.Errorf("%q at %s in %s = %s, %v, want %s", c.typed, c.now, c.zone, got.Format(time.RFC3339Nano), err, c.want)
		}
	}
}

func TestResolveAcrossClockChanges(t *testing.T) {
	for _, c := range []struct{ typed, now, zone, want string }{
		// Clocks in Helsinki are set back on Sunday 2026-10-25 at 04:00, and forward on Sunday 2027-03-28 at 03:00.
		{"tomorrow 08:00", "2026-10-24T08:00:00+03:00", "Europe/Helsinki", "2026-10-25T08:00:00+02:00"},
		{"tomorrow 00:30", "2026-10-25T00:15:00+03:00", "Europe/Helsinki", "2026-10-26T00:30:00+02:00"},
		{"tomorrow 23:30", "2026-10-25T23:45:00+02:00", "Europe/Helsinki", "2026-10-26T23:30:00+02:00"},
		{"tomorrow 00:15", "2027-03-27T23:30:00+02:00", "Europe/Helsinki", "2027-03-28T00:15:00+02:00"},
		{"monday 08:00", "2027-03-22T09:00:00+02:00", "Europe/Helsinki", "2027-03-29T08:00:00+03:00"},
		{"sunday 03:30", "2026-10-25T05:00:00+02:00", "Europe/Helsinki", "2026-11-01T03:30:00+02:00"}, // both are past
		{"sunday 03:30", "2027-03-28T04:00:00+03:00", "Europe/Helsinki", "2027-04-04T03:30:00+03:00"}, // the gap is past
		{"2026-10-25 02:59", "2026-10-01T00:00:00Z", "Europe/Helsinki", "2026-10-25T02:59:00+03:00"},
		{"2026-10-25 04:00", "2026-10-01T00:00:00Z", "Europe/Helsinki", "2026-10-25T04:00:00+02:00"},
		{"2027-03-28 02:59", "2026-10-01T00:00:00Z", "Europe/Helsinki", "2027-03-28T02:59:00+02:00"},
		{"2027-03-28 04:00", "2026-10-01T00:00:00Z", "Europe/Helsinki", "2027-03-28T04:00:00+03:00"},
		{"today 00:30", "2026-10-25T12:00:00Z", "Europe/London", "2026-10-25T00:30:00+01:00"},
	} {
		got, err := resolve(c.typed, point(t, c.now), c.zone)
		if err != nil || got.Format(time.RFC3339) != c.want {
			t.Errorf("%q at %s in %s = %s, %v, want %s", c.typed, c.now, c.zone, got.Format(time.RFC3339), err, c.want)
		}
	}
}

func TestResolveRefusesDoubtfulAndImpossibleTimes(t *testing.T) {
	const before = "2026-10-20T00:00:00Z"
	for _, c := range []struct{ typed, now, zone, want string }{
		{"2026-10-25 03:30", before, "Europe/Helsinki",
			`"2026-10-25 03:30" happens twice in Europe/Helsinki, where clocks are set back: write 2026-10-25T03:30:00+03:00 or 2026-10-25T03:30:00+02:00`},
		{"2026-10-25 03:00", before, "Europe/Helsinki",
			`"2026-10-25 03:00" happens twice in Europe/Helsinki, where clocks are set back: write 2026-10-25T03:00:00+03:00 or 2026-10-25T03:00:00+02:00`},
		{"sunday 03:30", "2026-10-25T03:45:00+03:00", "Europe/Helsinki", // the first is past, the second is not
			`"sunday 03:30" happens twice in Europe/Helsinki, where clocks are set back: write 2026-10-25T03:30:00+03:00 or 2026-10-25T03:30:00+02:00`},
		{"2027-03-28 03:30", before, "Europe/Helsinki",
			`"2027-03-28 03:30" does not exist in Europe/Helsinki, where clocks are set forward: the nearest times are 2027-03-28T02:59:00+02:00 and 2027-03-28T04:00:00+03:00`},
		{"tomorrow 02:00", "2027-03-13T12:00:00Z", "America/New_York",
			`"tomorrow 02:00" does not exist in America/New_York, where clocks are set forward: the nearest times are 2027-03-14T01:59:00-05:00 and 2027-03-14T03:00:00-04:00`},
		{"2027-04-04 01:45", before, "Australia/Lord_Howe", // by half an hour
			`"2027-04-04 01:45" happens twice in Australia/Lord_Howe, where clocks are set back: write 2027-04-04T01:45:00+11:00 or 2027-04-04T01:45:00+10:30`},
		{"2011-12-30 12:00", before, "Pacific/Apia", // the whole day
			`"2011-12-30 12:00" does not exist in Pacific/Apia, where clocks are set forward: the nearest times are 2011-12-29T23:59:00-10:00 and 2011-12-31T00:00:00+14:00`},
	} {
		_, err := resolve(c.typed, point(t, c.now), c.zone)
		var change *when.ClockChangeError
		if !errors.As(err, &change) || err.Error() != c.want {
			t.Errorf("%q at %s:\n got %v\nwant %s", c.typed, c.now, err, c.want)
			continue
		}
		for _, p := range []time.Time{change.First, change.Second} { // what the error says can be typed
			if got, err := resolve(p.Format(time.RFC3339), p, c.zone); err != nil || !got.Equal(p) {
				t.Errorf("%s reads as %s, %v", p.Format(time.RFC3339), got, err)
			}
		}
	}
}

func TestResolveNeedsZone(t *testing.T) {
	for _, typed := range []string{"2026-12-01 08:00", "today 08:00", "monday 08:00"} {
		_, err := resolve(typed, time.Time{}, "")
		if want := strconv.Quote(typed) + ": a local time needs a time zone, e.g. Europe/Helsinki"; !errors.Is(err, when.ErrNoZone) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := (when.Time{}).Resolve(time.Now(), time.UTC); err == nil {
		t.Error("a time that was not given should not resolve")
	}
}

// resolve parses and resolves. An empty zone is none.
func resolve(typed string, now time.Time, zoneName string) (time.Time, error) {
	var z *time.Location
	if zoneName != "" {
		var err error
		if z, err = when.LoadZone(zoneName); err != nil {
			return time.Time{}, err
		}
	}
	parsed, err := when.ParseTime(typed)
	if err != nil {
		return time.Time{}, err
	}
	return parsed.Resolve(now, z)
}

func TestTimeSaysWhatItNeeds(t *testing.T) {
	for typed, want := range map[string]struct{ zone, relative bool }{
		"now": {false, true}, "+2h": {false, true}, "2026-12-01T08:00:00Z": {false, false},
		"2026-12-01 08:00": {true, false}, "today 08:00": {true, true}, "friday 08:00": {true, true},
	} {
		got, err := when.ParseTime(typed)
		if err != nil || got.IsZero() || got.NeedsZone() != want.zone || got.IsRelative() != want.relative || got.String() != typed {
			t.Errorf("%q: needs a zone %v, relative %v, prints %q, %v; want %v", typed, got.NeedsZone(), got.IsRelative(), got, err, want)
		}
	}
	var zero when.Time
	if !zero.IsZero() || zero.NeedsZone() || zero.IsRelative() || zero.String() != "" || zero.Type() != "time" {
		t.Errorf("the zero value should be empty: %#v", zero)
	}
	if err := zero.Set("now"); err != nil || zero.String() != "now" {
		t.Errorf("Set(now) = %v, then %q", err, zero)
	}
	if err := zero.Set("soon"); err == nil || zero.String() != "now" {
		t.Errorf("a refused Set should change nothing: %v, then %q", err, zero)
	}
}

func TestParseTimeRefuses(t *testing.T) {
	const (
		forms   = `write 2026-12-01T08:00:00Z, "2026-12-01 08:00", "monday 08:00", +2h or now`
		nothing = "there is no such date or hour"
		year    = "the year must be from 2000 to 2999, e.g. 2026-12-01T08:00:00Z"
	)
	for typed, why := range map[string]string{
		"": forms, " ": forms, "soon": forms, "now ": forms, "monday": forms, "08:00": forms, "2026-12-01": forms, "1764576000": forms,
		"2026-12-01 8:00": forms, "2026-12-01  08:00": forms, "2026-12-01 08:00 ": forms, "2026-12-01\t08:00": forms, "2026-12-01 08:00\n": forms,
		"2026-12-01 08:00:00": forms, "2026-12-01T08:00:00": forms, "2026-12-01 08:00:00Z": forms, "2026-12-01T08:00Z": forms,
		"2026-12-01t08:00:00z": forms, "2026-12-01T8:00:00Z": forms, "2026-12-01T08:00:00,5Z": forms, "2026-12-01T08:00:00+0200": forms,
		"2026-12-01T08:00:00+24:00": forms, "2026-12-01T08:00:00+02:60": forms, "2026-12-01T08:00:00.Z": forms,
		"2026-12-01 08:00 EET": forms, "2026-12-01 8pm": forms, "01.12.2026 08:00": forms, "12/01/2026 08:00": forms, "2026-1-1 08:00": forms,
		"mon 08:00": forms, "montag 08:00": forms, "next monday 08:00": forms, "monday at 08:00": forms, "monday 8:00": forms, "monday 08:00:00": forms,
		"yesterday 08:00": forms, "tomorrow": forms, "ſunday 08:00": forms, "now 08:00": forms,
		"+": forms, "+2": "", "++2h": forms, "+-2h": forms, "+ 2h": forms, "+2 hours": forms, "+0m": forms, "-2h": forms, "2h": forms, "+1.5h": forms,
		"2026-02-29 08:00": nothing, "2026-04-31 08:00": nothing, "2026-13-01 08:00": nothing, "2026-00-10 08:00": nothing, "2026-12-00 08:00": nothing,
		"2026-12-01 24:00": nothing, "2026-12-01 08:60": nothing, "monday 24:00": nothing, "today 08:99": nothing,
		"2026-02-29T08:00:00Z": nothing, "2026-12-01T24:00:00Z": nothing, "2026-12-31T23:59:60Z": nothing,
		"0001-01-01T00:00:00Z": year, "1999-12-31 08:00": year, "3000-01-01 08:00": year, "0226-12-01 08:00": year,
	} {
		got, err := when.ParseTime(typed)
		if why == "" {
			if err != nil {
				t.Errorf("ParseTime(%q): %v", typed, err)
			}
			continue
		}
		checkSyntax(t, "time", typed, why, err)
		if !got.IsZero() || got.String() != "" {
			t.Errorf("ParseTime(%q) = %v beside its error", typed, got)
		}
	}
}

// changing are zones with all kinds of clock changes: by an hour, half an hour, at midnight, by Ramadan, over the date line, none.
var changing = []string{
	"UTC", "Europe/Helsinki", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca",
	"Pacific/Apia", "Pacific/Kiritimati", "Asia/Kathmandu", "Antarctica/Troll", "Africa/Cairo", "Europe/Dublin", "America/Nuuk",
}

func TestLocalTimesMeanTheClockOnTheWall(t *testing.T) {
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(rt *rapid.T) {
		z := zone(t, rapid.SampledFrom(changing).Draw(rt, "zone"))
		typed := start.Add(time.Duration(rapid.IntRange(0, 40*366*1440).Draw(rt, "minutes")) * time.Minute).Format("2006-01-02 15:04")
		checkWall(rt, typed, z)
	})
}

// checkWall compares Resolve with the slow and sure way: try every quarter of an hour that an offset can be.
func checkWall(t *rapid.T, typed string, z *time.Location) {
	wall, _ := time.Parse("2006-01-02 15:04", typed)
	var want []time.Time
	for p := wall.Add(-16 * time.Hour); p.Before(wall.Add(16 * time.Hour)); p = p.Add(15 * time.Minute) {
		if p.In(z).Format("2006-01-02 15:04") == typed {
			want = append(want, p)
		}
	}
	parsed, err := when.ParseTime(typed)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parsed.Resolve(wall, z)
	var change *when.ClockChangeError
	switch {
	case len(want) == 1:
		if err != nil || !got.Equal(want[0]) {
			t.Fatalf("%q in %s = %v, %v, want %v", typed, z, got, err, want[0])
		}
	case !errors.As(err, &change) || change.Skipped != (len(want) == 0):
		t.Fatalf("%q in %s = %v, %v, want one of %v", typed, z, got, err, want)
	case len(want) > 1:
		if !change.First.Equal(want[0]) || !change.Second.Equal(want[1]) {
			t.Fatalf("%q in %s: %v, want %v", typed, z, err, want)
		}
	case change.First.In(z).Format("2006-01-02 15:04") >= typed || change.Second.In(z).Format("2006-01-02 15:04") <= typed || change.Second.Sub(change.First) != time.Minute:
		t.Fatalf("%q in %s should lie between the nearest times: %v", typed, z, err)
	}
}

func TestEveryClockChangeIsSeen(t *testing.T) {
	for _, name := range changing {
		z := zone(t, name)
		for p := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).In(z); p.Year() < 2040; {
			_, end := p.ZoneBounds()
			if end.IsZero() {
				break
			}
			_, old := p.Zone()
			_, offset := end.Zone()
			// Halfway into the hour that is skipped, or that happens twice.
			wall := end.UTC().Add(time.Duration(old+offset) * time.Second / 2).Truncate(time.Minute)
			_, err := resolve(wall.Format("2006-01-02 15:04"), p, name)
			var change *when.ClockChangeError
			if old != offset && (!errors.As(err, &change) || change.Skipped != (offset > old)) {
				t.Errorf("%s in %s: %v", wall, name, err)
			}
			p = end
		}
	}
}

func TestWeekdaysAreTheNextOnes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		z := zone(t, rapid.SampledFrom(changing).Draw(rt, "zone"))
		now := time.Unix(rapid.Int64Range(946684800, 2200000000).Draw(rt, "now"), 0).In(z)
		day := time.Weekday(rapid.IntRange(0, 6).Draw(rt, "day"))
		clock := fmt.Sprintf("%02d:%02d", rapid.IntRange(0, 23).Draw(rt, "hour"), rapid.IntRange(0, 59).Draw(rt, "minute"))
		got, err := resolve(day.String()+" "+clock, now, z.String())
		var change *when.ClockChangeError
		if errors.As(err, &change) {
			return
		}
		if err != nil || got.Weekday() != day || got.Format("15:04") != clock || !got.After(now) || got.Sub(now) > 8*24*time.Hour {
			rt.Fatalf("%s %s after %s = %s, %v", day, clock, now, got, err)
		}
		// It is the next one: the same weekday and hour a week before it has passed.
		if earlier := time.Date(got.Year(), got.Month(), got.Day()-7, got.Hour(), got.Minute(), 0, 0, z); earlier.Format("Mon 15:04") == got.Format("Mon 15:04") && earlier.After(now) {
			rt.Fatalf("%s %s after %s = %s, although %s is earlier", day, clock, now, got, earlier)
		}
	})
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{
		"now", "+2h", "+PT8H", "2026-12-01T08:00:00Z", "2026-12-01T08:00:00.1234567+05:30", "2026-12-01 08:00", "2026-12-01T08:00",
		"today 08:00", "Tomorrow 23:59", "monday 08:00", "2026-10-25 03:30", "2027-03-28 03:30", "2026-02-29 08:00", "2026-12-01 24:00", "+99999999999999999999m",
	} {
		f.Add(s, int64(1795343696), uint8(1))
		f.Add(s, int64(1792892700), uint8(3))
	}
	f.Fuzz(func(t *testing.T, s string, unix int64, pick uint8) {
		parsed, err := when.ParseTime(s)
		if err != nil {
			checkShown(t, err)
			return
		}
		if again, err := when.ParseTime(parsed.String()); parsed.String() != s || err != nil || again != parsed {
			t.Fatalf("ParseTime(%q) prints %q, which reads as %v, %v", s, parsed.String(), again, err)
		}
		z := zone(t, changing[int(pick)%len(changing)])
		now := time.Unix(946684800+(unix&0x7fffffff), 0)
		got, err := parsed.Resolve(now, z)
		if err != nil {
			checkShown(t, err)
			return
		}
		if !strings.HasPrefix(s, "+") && parsed.NeedsZone() && got.Format("15:04:05.999999999") != s[len(s)-5:]+":00" {
			t.Fatalf("%q at %s in %s = %s", s, now, z, got)
		}
		if parsed.NeedsZone() && !parsed.IsRelative() && got.Format("2006-01-02") != s[:10] {
			t.Fatalf("%q in %s = %s", s, z, got)
		}
		if !parsed.NeedsZone() && !parsed.IsRelative() && !got.Equal(point(t, s)) {
			t.Fatalf("%q = %s", s, got)
		}
	})
}
