package policy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

// good is a policy without a finding.
func good() policy.Policy {
	p := usual()
	p.OneTime, p.DefaultLength, p.Include = true, 12, []policy.Target{group(deskID), group(salesID)}
	return p
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		set  func(*policy.Policy)
		max  time.Duration
		want string // severity fault command|…
	}{
		{"nothing", func(*policy.Policy) {}, 0, ""},
		{"disabled", func(p *policy.Policy) { p.Enabled = false }, 0, "error method_disabled tap policy set --enable"},
		{"many times", func(p *policy.Policy) { p.OneTime = false }, 0, "warning one_time_off tap policy set --one-time"},
		{"eight hours", func(p *policy.Policy) { p.MaximumLifetime = 8*time.Hour + time.Minute }, 0, "warning maximum_lifetime_long tap policy set --max-lifetime 8h"},
		{"--max", func(p *policy.Policy) { p.MaximumLifetime = 24 * time.Hour }, 24 * time.Hour, ""},
		{"all lifetimes above", func(p *policy.Policy) {
			p.MinimumLifetime, p.DefaultLifetime, p.MaximumLifetime = 9*time.Hour, 10*time.Hour, 11*time.Hour
		}, 0, "warning maximum_lifetime_long tap policy set --min-lifetime 8h --default-lifetime 8h --max-lifetime 8h|warning default_lifetime_long tap policy set --min-lifetime 1h --default-lifetime 1h"},
		{"default", func(p *policy.Policy) { p.DefaultLifetime = 61 * time.Minute }, 0, "warning default_lifetime_long tap policy set --default-lifetime 1h"},
		{"crossed", func(p *policy.Policy) { p.MinimumLifetime = 9 * time.Hour }, 0, "error bounds_contradict tap policy set --default-lifetime 9h --max-lifetime 9h"},
		{"default outside", func(p *policy.Policy) { p.DefaultLifetime = 9 * time.Hour }, 0, "error bounds_contradict tap policy set --default-lifetime 8h"},
		{"eleven", func(p *policy.Policy) { p.DefaultLength = 11 }, 0, "information length_short tap policy set --length 12"},
		{"everybody", func(p *policy.Policy) { p.Include = []policy.Target{policy.All()} }, 0, "warning all_users_included tap policy set --include GROUP"},
		{"nobody", func(p *policy.Policy) { p.Include = nil }, 0, "error nobody_included tap policy set --include GROUP"},
		{"a user", func(p *policy.Policy) { p.Include = append(p.Include, user(adeleID)) }, 0, "warning user_target tap policy set --remove-include " + adeleID},
		{"only a user", func(p *policy.Policy) { p.Include = []policy.Target{user(adeleID)} }, 0, "warning user_target tap policy set --include GROUP"},
		{"covered", func(p *policy.Policy) { p.Exclude = append(p.Exclude, group(strings.ToUpper(deskID))) }, 0, "warning exclude_covers_include tap policy set --remove-include " + deskID},
		{"all covered", func(p *policy.Policy) { p.Include, p.Exclude = p.Include[:1], p.Include[:1] }, 0, "warning exclude_covers_include tap policy set --remove-exclude " + deskID},
		{"deleted", func(p *policy.Policy) { p.Exclude = append(p.Exclude, group(goneID)) }, 0, "information target_missing tap policy set --remove-exclude " + goneID},
		{"included and deleted", func(p *policy.Policy) { p.Include = append(p.Include, group(goneID)) }, 0, "information target_missing tap policy set --remove-include " + goneID},
		{"the gravest first", func(p *policy.Policy) { p.Enabled, p.OneTime, p.DefaultLength = false, false, 8 }, 0, "error method_disabled tap policy set --enable|warning one_time_off tap policy set --one-time|information length_short tap policy set --length 12"},
	} {
		p := good()
		c.set(&p)
		if c.max == 0 {
			c.max = policy.UsualMaximum
		}
		var got []string
		for _, f := range policy.Check(p, names, c.max) {
			got = append(got, strings.Join([]string{string(f.Severity), string(f.Fault), f.Command}, " "))
			if !slices.Contains(policy.Faults(), f.Fault) || f.Words == "" || f.Property == "" {
				t.Errorf("%s: %+v", c.name, f)
			}
		}
		if got := strings.Join(got, "|"); got != c.want {
			t.Errorf("%s:\n%s, want\n%s", c.name, got, c.want)
		}
	}
}

// TestCommandsMend: what a finding says to type ends that finding, and is no contradiction.
func TestCommandsMend(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		if rapid.Bool().Draw(t, "crossed") {
			p.MinimumLifetime, p.MaximumLifetime = p.MaximumLifetime, p.MinimumLifetime
		}
		longest := time.Duration(rapid.IntRange(int(policy.ShortestLifetime/time.Minute), int(policy.LongestLifetime/time.Minute)).Draw(t, "--max")) * time.Minute
		for _, f := range policy.Check(p, names, longest) {
			w := contoso()
			w.policy = p
			plan, err := w.desk().Prepare(t.Context(), typed(t, f.Command))
			if err != nil {
				t.Fatalf("%s: %s: %v", f.Fault, f.Command, err)
			}
			if len(plan.Differences) == 0 {
				t.Fatalf("%s: %s changes nothing", f.Fault, f.Command)
			}
			for _, left := range policy.Check(plan.After, names, longest) {
				if left.Fault == f.Fault && left.Property == f.Property && left.Target == f.Target {
					t.Fatalf("%s: %s leaves it: %s", f.Fault, f.Command, left.Words)
				}
			}
		}
	})
}

// typed is a command of this package's hints as an order.
func typed(t *rapid.T, command string) (o policy.Order) {
	words := strings.Fields(strings.Replace(strings.TrimPrefix(command, "tap policy set "), "GROUP", falcon1, 1))
	for n := 0; n < len(words); n++ {
		lifetime := func() *time.Duration {
			n++
			d, err := parseTyped(words[n])
			if err != nil {
				t.Fatal(err)
			}
			return &d
		}
		switch words[n] {
		case "--enable":
			o.Enabled = new(true)
		case "--one-time":
			o.OneTime = new(true)
		case "--length":
			n++
			o.DefaultLength = new(12)
		case "--min-lifetime":
			o.MinimumLifetime = lifetime()
		case "--default-lifetime":
			o.DefaultLifetime = lifetime()
		case "--max-lifetime":
			o.MaximumLifetime = lifetime()
		case "--include":
			n++
			o.Include.Whole = &[]string{words[n]}
		case "--remove-include":
			n++
			o.Include.Remove = []string{words[n]}
		case "--remove-exclude":
			n++
			o.Exclude.Remove = []string{words[n]}
		default:
			t.Fatalf("%s is no flag of a hint", words[n])
		}
	}
	return o
}
