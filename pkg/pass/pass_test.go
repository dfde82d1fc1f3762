package pass_test

import (
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

func TestStateAt(t *testing.T) {
	t.Parallel()
	const h = time.Hour
	year := 24 * 365 * h // far from now: what the service said counts, not the times
	for _, c := range []struct {
		name string
		p    pass.Pass
		at   time.Time
		want pass.State
		held bool
	}{
		// The service said it, in whatever case, and knows better than the times.
		{"said usable", pass.Pass{Start: after(year), Lifetime: h, Usability: "EnabledByPolicy"}, now, pass.Usable, true},
		{"said usable, odd case", pass.Pass{Start: after(-year), Lifetime: h, Usability: "enabledBYpolicy"}, now, pass.Usable, true},
		{"said disabled, odd case", pass.Pass{Start: now, Lifetime: h, Usability: "DISABLEDBYPOLICY"}, now, pass.DisabledByPolicy, true},
		{"said expired, odd case", pass.Pass{Start: now, Lifetime: h, Usability: "eXPIRED"}, now, pass.Expired, false},
		{"said not yet valid, odd case", pass.Pass{Start: after(-year), Lifetime: h, Usability: "notYetValid"}, now, pass.NotYetValid, true},
		{"said used, odd case", pass.Pass{Start: now, Lifetime: h, Usability: "oneTIMEused"}, now, pass.Used, false},
		{"said, without times", pass.Pass{Usability: "Expired"}, time.Time{}, pass.Expired, false},

		// A reason that is not known, and none as in beta: the times tell, to the second.
		{"a reason that is not known", pass.Pass{Start: now, Lifetime: h, Usability: "PausedByMoon"}, now, pass.Usable, true},
		{"a reason that is not known, over", pass.Pass{Start: after(-h), Lifetime: h, Usability: "PausedByMoon"}, now, pass.Expired, false},
		{"a second before the start", pass.Pass{Start: after(time.Second), Lifetime: h}, now, pass.NotYetValid, true},
		{"at the start", pass.Pass{Start: now, Lifetime: h}, now, pass.Usable, true},
		{"at a start with a fraction: a Date has none", pass.Pass{Start: after(999 * time.Millisecond), Lifetime: h}, now, pass.Usable, true},
		{"a second before the end", pass.Pass{Start: after(-h + time.Second), Lifetime: h}, now, pass.Usable, true},
		{"at the end", pass.Pass{Start: after(-h), Lifetime: h}, now, pass.Expired, false},
		{"a second after the end", pass.Pass{Start: after(-h - time.Second), Lifetime: h}, now, pass.Expired, false},

		{"one-time, used", pass.Pass{Start: now, Lifetime: h, OneTime: true, LastUsed: now}, now, pass.Used, false},
		{"one-time, used and over", pass.Pass{Start: after(-2 * h), Lifetime: h, OneTime: true, LastUsed: after(-h)}, now, pass.Used, false},
		{"one-time, not used", pass.Pass{Start: now, Lifetime: h, OneTime: true}, now, pass.Usable, true},
		{"multi-use, used", pass.Pass{Start: now, Lifetime: h, LastUsed: now}, now, pass.Usable, true},

		// What cannot be told is not guessed, and somebody may hold it.
		{"no start", pass.Pass{Lifetime: h}, now, "", true},
		{"no Date", pass.Pass{Start: now, Lifetime: h}, time.Time{}, "", true},
	} {
		if got := c.p.StateAt(c.at); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if got := c.p.Held(c.at); got != c.held {
			t.Errorf("%s: held %v", c.name, got)
		}
	}
}

// TestStateWithoutLifetime: an answer whose lifetime is absent or could not be read (salvage) must not count as
// expired: the guard would let a pass be replaced that somebody holds, and a fresh one be shown as expired.
func TestStateWithoutLifetime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		p    pass.Pass
		want pass.State
	}{
		{pass.Pass{ID: "p", Start: after(-time.Hour)}, ""},
		{pass.Pass{ID: "p", Start: now}, ""},
		{pass.Pass{ID: "p", Start: after(time.Hour)}, pass.NotYetValid},
	} {
		if got := c.p.StateAt(now); got != c.want || !c.p.Held(now) {
			t.Errorf("start %s, no lifetime: state %q, held %v; want %q, held", c.p.Start, got, c.p.Held(now), c.want)
		}
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	seen := map[pass.State]bool{}
	for _, s := range pass.States() {
		seen[s] = true
	}
	for _, s := range []pass.State{"notYetValid", "usable", "expired", "used", "disabledByPolicy"} { // product.md
		if !seen[s] {
			t.Errorf("%q is missing", s)
		}
	}
	if len(pass.States()) != 5 || len(seen) != 5 {
		t.Errorf("States() = %q", pass.States())
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	helsinki, err := when.LoadZone("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p    pass.Pass
		at   time.Time
		zone *time.Location
		want string
	}{
		{pass.Pass{Start: now, Lifetime: time.Hour}, now, time.UTC, "usable, until 2026-11-23 10:30 UTC"},
		{pass.Pass{Start: now, Lifetime: time.Hour}, now, helsinki, "usable, until 2026-11-23 12:30 EET"},
		{pass.Pass{Start: after(24 * time.Hour), Lifetime: time.Hour}, now, time.UTC, "not valid before 2026-11-24 09:30 UTC, until 2026-11-24 10:30 UTC"},
		{pass.Pass{Start: now, Lifetime: time.Hour, Usability: "DisabledByPolicy"}, now, time.UTC, "switched off by the policy, until 2026-11-23 10:30 UTC"},
		{pass.Pass{Start: now, Lifetime: time.Hour}, time.Time{}, time.UTC, "in a state that is not known"},
		{pass.Pass{}, now, time.UTC, "in a state that is not known"},
	} {
		if got := c.p.Describe(c.at, c.zone); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	if got := (pass.Pass{Start: now, Lifetime: 90 * time.Minute}).End(); !got.Equal(after(90 * time.Minute)) {
		t.Errorf("End() = %s", got)
	}
}
