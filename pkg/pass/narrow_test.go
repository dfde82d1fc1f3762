package pass_test

import (
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

func TestNarrow(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)
	lives := func(from, life time.Duration) pass.Pass {
		return pass.Pass{ID: "p", Start: now.Add(from), Lifetime: life}
	}
	used := lives(0, time.Hour)
	used.OneTime, used.LastUsed = true, now
	for name, c := range map[string]struct {
		narrow pass.Narrow
		pass   pass.Pass
		want   bool
	}{
		"all":                            {pass.Narrow{}, lives(-2*time.Hour, time.Hour), true},
		"a state":                        {pass.Narrow{States: []pass.State{pass.Expired, pass.Used}}, used, true},
		"another state":                  {pass.Narrow{States: []pass.State{pass.Expired}}, used, false},
		"a state that is not known":      {pass.Narrow{States: pass.States()}, pass.Pass{ID: "p"}, false},
		"ends within":                    {pass.Narrow{Expiring: time.Hour}, lives(0, time.Hour), true},
		"ends later":                     {pass.Narrow{Expiring: time.Hour}, lives(time.Second, time.Hour), false},
		"begins and ends within":         {pass.Narrow{Expiring: 2 * time.Hour}, lives(time.Hour, time.Hour), true},
		"has ended":                      {pass.Narrow{Expiring: time.Hour}, lives(-time.Hour, time.Hour), false},
		"used, and would have ended":     {pass.Narrow{Expiring: time.Hour}, used, false},
		"its end is not known":           {pass.Narrow{Expiring: time.Hour}, pass.Pass{ID: "p", Start: now}, false},
		"in a state, and ends within":    {pass.Narrow{States: []pass.State{pass.Usable}, Expiring: time.Hour}, lives(0, time.Hour), true},
		"not in the state, ends within":  {pass.Narrow{States: []pass.State{pass.NotYetValid}, Expiring: time.Hour}, lives(0, time.Hour), false},
		"switched off, and ends within":  {pass.Narrow{Expiring: time.Hour}, pass.Pass{Start: now, Lifetime: time.Hour, Usability: "DisabledByPolicy"}, true},
		"said to be expired before time": {pass.Narrow{Expiring: time.Hour}, pass.Pass{Start: now, Lifetime: time.Hour, Usability: "Expired"}, false},
	} {
		if got := c.narrow.Takes(c.pass, now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
		if got := len(c.narrow.Of(pass.Listing{Passes: []pass.Pass{c.pass}, At: now})) == 1; got != c.want {
			t.Errorf("%s, in a listing: %v", name, got)
		}
	}
}
