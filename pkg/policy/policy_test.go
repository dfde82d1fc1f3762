package policy_test

import (
	"slices"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

func TestLifetimes(t *testing.T) {
	t.Parallel()
	usual := policy.Policy{MinimumLifetime: time.Hour, MaximumLifetime: 8 * time.Hour}
	pinned := policy.Policy{MinimumLifetime: 59 * time.Minute, MaximumLifetime: 59 * time.Minute} // seen in a tenant
	for _, c := range []struct {
		p              policy.Policy
		asked, nearest time.Duration
		allowed        bool
	}{
		{usual, 59 * time.Minute, time.Hour, false},
		{usual, time.Hour, time.Hour, true},
		{usual, 2 * time.Hour, 2 * time.Hour, true},
		{usual, 8 * time.Hour, 8 * time.Hour, true},
		{usual, 8*time.Hour + time.Minute, 8 * time.Hour, false},
		{pinned, 10 * time.Minute, 59 * time.Minute, false},
		{pinned, 59 * time.Minute, 59 * time.Minute, true},
		{pinned, time.Hour, 59 * time.Minute, false},
	} {
		if got := c.p.Allows(c.asked); got != c.allowed {
			t.Errorf("%s to %s allows %s: %v", c.p.MinimumLifetime, c.p.MaximumLifetime, c.asked, got)
		}
		if got := c.p.Nearest(c.asked); got != c.nearest || !c.p.Allows(got) {
			t.Errorf("%s to %s: nearest to %s is %s, want %s", c.p.MinimumLifetime, c.p.MaximumLifetime, c.asked, got, c.nearest)
		}
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	all := policy.Target{ID: policy.Everybody, Type: "group"}
	desk, sales := policy.Target{ID: "g-desk", Type: "group"}, policy.Target{ID: "g-sales", Type: "group"}
	adele, alex := policy.Target{ID: "u-adele", Type: "user"}, policy.Target{ID: "u-alex", Type: "user"}
	for _, c := range []struct {
		name     string
		targets  []policy.Target
		memberOf []string
		by       policy.Target // the target that reaches u-adele; zero: none
	}{
		{"no target", nil, []string{"g-desk"}, policy.Target{}},
		{"everybody", []policy.Target{sales, all}, nil, all},
		{"a group of the user", []policy.Target{desk, sales}, []string{"g-sales"}, sales},
		{"the first of two", []policy.Target{desk, sales}, []string{"g-sales", "g-desk"}, desk},
		{"groups of others", []policy.Target{desk, sales}, []string{"g-other"}, policy.Target{}},
		{"the user", []policy.Target{alex, adele}, nil, adele},
		{"another user", []policy.Target{alex}, nil, policy.Target{}},
		{"a group with the user's id", []policy.Target{{ID: "u-adele", Type: "group"}}, nil, policy.Target{}},
	} {
		by, ok := policy.Covers(c.targets, "u-adele", c.memberOf)
		if by != c.by || ok != (c.by.ID != "") {
			t.Errorf("%s: %v %v, want %v", c.name, by, ok, c.by)
		}
	}
	if got := policy.Groups([]policy.Target{all, desk, alex, sales}); !slices.Equal(got, []string{"g-desk", "g-sales"}) {
		t.Errorf("Groups: %q", got)
	}
	if got := policy.Groups(nil); len(got) != 0 {
		t.Errorf("Groups(nil): %q", got)
	}
}
