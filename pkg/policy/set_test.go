package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

func TestChangeCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change policy.Change
		want   string
	}{
		{"nothing", policy.Change{}, ""},
		{"in order", policy.Change{MinimumLifetime: new(10 * time.Minute), DefaultLifetime: new(time.Hour), MaximumLifetime: new(720 * time.Hour)}, ""},
		{"one alone", policy.Change{MinimumLifetime: new(100 * time.Hour)}, ""},
		{"below Microsoft's", policy.Change{MinimumLifetime: new(9 * time.Minute)}, "usage|a lifetime of 9m is outside of what Microsoft allows, 10m to 30d|--min-lifetime 10m"},
		{"above Microsoft's", policy.Change{MaximumLifetime: new(721 * time.Hour)}, "usage|a lifetime of 30d1h is outside of what Microsoft allows, 10m to 30d|--max-lifetime 30d"},
		{"default", policy.Change{DefaultLifetime: new(721 * time.Hour)}, "usage|a lifetime of 30d1h is outside of what Microsoft allows, 10m to 30d|--default-lifetime 30d"},
		{"short", policy.Change{DefaultLength: new(7)}, "usage|a passcode of 7 characters is outside of what Microsoft allows, 8 to 48|--length 8"},
		{"long", policy.Change{DefaultLength: new(49)}, "usage|a passcode of 49 characters is outside of what Microsoft allows, 8 to 48|--length 48"},
		{"crossed", policy.Change{MinimumLifetime: new(8 * time.Hour), MaximumLifetime: new(time.Hour)}, "usage|the minimum lifetime of 8h would be above the maximum of 1h|--min-lifetime 1h --max-lifetime 8h"},
		{"default above", policy.Change{DefaultLifetime: new(9 * time.Hour), MaximumLifetime: new(8 * time.Hour)}, "usage|the default lifetime of 9h would be above the maximum of 8h|--default-lifetime 8h"},
		{"default below", policy.Change{DefaultLifetime: new(time.Hour), MinimumLifetime: new(90 * time.Minute)}, "usage|the default lifetime of 1h would be below the minimum of 1h30m|--default-lifetime 1h30m"},
	} {
		if got := told(c.change.Check()); got != c.want {
			t.Errorf("%s:\n%s, want\n%s", c.name, got, c.want)
		}
	}
}

var names = policy.Names{deskID: "Helpdesk", salesID: "Sales & Marketing", barredID: "No Passes", goneID: ""}

// said is a plan's differences as one line each.
func said(ds []policy.Difference) string {
	var lines []string
	for _, d := range ds {
		line := fmt.Sprintf("%s %s: %s -> %s", d.Words, d.Kind, d.Was, d.Is)
		if d.Effect != "" {
			line += " (" + d.Effect + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestPlan(t *testing.T) {
	t.Parallel()
	list := func(ts ...policy.Target) *[]policy.Target { return &ts }
	registered := policy.Target{ID: deskID, Type: policy.GroupTarget, RegistrationRequired: true}
	desks := func(p *policy.Policy) { p.Include = []policy.Target{registered, group(salesID)} }
	for _, c := range []struct {
		name   string
		set    func(*policy.Policy)
		change policy.Change
		want   string // differences, or the error
	}{
		{name: "nothing"},
		{name: "what is so already", change: policy.Change{Enabled: new(true), MaximumLifetime: new(8 * time.Hour), Include: policy.ListChange{Add: []policy.Target{policy.All()}}}},
		{name: "disabled", change: policy.Change{Enabled: new(false)}, want: "state changed: enabled -> disabled (nobody can be given a pass, and passes that users hold stop working)"},
		{name: "enabled", set: func(p *policy.Policy) { p.Enabled = false }, change: policy.Change{Enabled: new(true)}, want: "state changed: disabled -> enabled"},
		{name: "one-time", change: policy.Change{OneTime: new(true)}, want: "one-time changed: off -> on (passes that users hold and that work many times stop working)"},
		{name: "multi-use", set: func(p *policy.Policy) { p.OneTime = true }, change: policy.Change{OneTime: new(false)}, want: "one-time changed: on -> off"},
		{name: "several", change: policy.Change{DefaultLifetime: new(2 * time.Hour), MaximumLifetime: new(25 * time.Hour), DefaultLength: new(12)}, want: "default lifetime changed: 1h -> 2h\nmaximum lifetime changed: 8h -> 1d 1h\nlength changed: 8 characters -> 12 characters"},

		{name: "maximum below", change: policy.Change{MaximumLifetime: new(30 * time.Minute)}, want: "usage|the minimum lifetime of 1h would be above the maximum of 30m|--min-lifetime 30m --default-lifetime 30m"},
		{name: "minimum above", change: policy.Change{MinimumLifetime: new(9 * time.Hour)}, want: "usage|the minimum lifetime of 9h would be above the maximum of 8h|--default-lifetime 9h --max-lifetime 9h"},
		{name: "minimum above the default", change: policy.Change{MinimumLifetime: new(2 * time.Hour)}, want: "usage|the default lifetime of 1h would be below the minimum of 2h|--default-lifetime 2h"},
		{name: "default above", change: policy.Change{DefaultLifetime: new(9 * time.Hour)}, want: "usage|the default lifetime of 9h would be above the maximum of 8h|--default-lifetime 8h"},
		{name: "a contradiction that was there", set: func(p *policy.Policy) { p.DefaultLifetime = 100 * time.Hour }, change: policy.Change{OneTime: new(true)}, want: "one-time changed: off -> on (passes that users hold and that work many times stop working)"},

		{name: "everybody to a group", change: policy.Change{Include: policy.ListChange{Whole: list(group(deskID))}}, want: "included added:  -> Helpdesk (" + deskID + ")\n" +
			"included removed: every user of the tenant ->  (who is in no included group gets no pass, and a pass that such a user holds stops working)"},
		{name: "a group to everybody", set: desks, change: policy.Change{Include: policy.ListChange{Whole: list(policy.All())}}, want: "included added:  -> every user of the tenant (every user of the tenant can be given a pass, but for who is excluded)\n" +
			"included removed: Helpdesk (" + deskID + ") -> \nincluded removed: Sales & Marketing (" + salesID + ") -> "},
		{name: "a group beside everybody", change: policy.Change{Include: policy.ListChange{Add: []policy.Target{group(deskID)}}}, want: "included added:  -> Helpdesk (" + deskID + ") (every user of the tenant is included already: this changes nothing for anybody)"},
		{name: "narrowed", set: desks, change: policy.Change{Include: policy.ListChange{Remove: []policy.Target{group(salesID)}}}, want: "included removed: Sales & Marketing (" + salesID + ") ->  (passes that its members hold stop working, but for members of another included group)"},
		{name: "a kept target keeps its own", set: desks, change: policy.Change{Include: policy.ListChange{Whole: list(group(salesID), group(deskID))}}},
		{name: "registration", set: desks, change: policy.Change{Include: policy.ListChange{Whole: list(group(deskID), group(salesID)), Registration: map[string]bool{deskID: false}}}, want: "included changed: registration required -> registration not required"},
		{name: "the same in capitals", set: desks, change: policy.Change{Include: policy.ListChange{Add: []policy.Target{{ID: strings.ToUpper(salesID), Type: "group"}}}}},
		{name: "excluded", change: policy.Change{Exclude: policy.ListChange{Add: []policy.Target{group(salesID)}}}, want: "excluded added:  -> Sales & Marketing (" + salesID + ") (its members get no pass, and passes that they hold stop working)"},
		{name: "a user excluded", change: policy.Change{Exclude: policy.ListChange{Add: []policy.Target{user(adeleID)}}}, want: "excluded added:  -> user " + adeleID + " (the user gets no pass, and passes that they hold stop working)"},
		{name: "excluded although included", set: desks, change: policy.Change{Exclude: policy.ListChange{Add: []policy.Target{group(deskID)}}}, want: "excluded added:  -> Helpdesk (" + deskID + ") (it is included as well, and exclusion wins: its members get no pass, and passes that they hold stop working)"},
		{name: "included although excluded", set: desks, change: policy.Change{Include: policy.ListChange{Add: []policy.Target{group(barredID)}}}, want: "included added:  -> No Passes (" + barredID + ") (it is excluded as well, and that wins: its members get no pass)"},
		{name: "excluded no more", change: policy.Change{Exclude: policy.ListChange{Whole: list()}}, want: "excluded removed: No Passes (" + barredID + ") ->  (its members can be given a pass, where they are included)"},

		{name: "not there", change: policy.Change{Exclude: policy.ListChange{Remove: []policy.Target{group(salesID)}}}, want: "usage|the policy does not exclude Sales & Marketing (" + salesID + "): it excludes No Passes (" + barredID + ")|tap policy show"},
		{name: "nobody", change: policy.Change{Include: policy.ListChange{Remove: []policy.Target{policy.All()}}}, want: "usage|nobody would be included: switch the policy off instead, or say who is|tap policy set --disable"},
		{name: "nobody was", set: func(p *policy.Policy) { p.Include = nil }, change: policy.Change{OneTime: new(false)}},
		{name: "everybody excluded", change: policy.Change{Exclude: policy.ListChange{Add: []policy.Target{policy.All()}}}, want: "usage|everybody would be excluded: switch the policy off instead|tap policy set --disable"},
	} {
		p := usual()
		if c.set != nil {
			c.set(&p)
		}
		plan, err := policy.NewPlan(p, c.change, names)
		got := told(err)
		if err == nil {
			got = said(plan.Differences)
		}
		if got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
		if left := policy.Diff(p, plan.Before, nil); len(left) > 0 {
			t.Errorf("%s: the plan is not made from the policy: %v", c.name, left)
		}
	}
}

// TestPlanKeepsOrder: a list that names the same in another order is not sent along with what does change.
func TestPlanKeepsOrder(t *testing.T) {
	t.Parallel()
	p := usual()
	p.Include, p.Exclude = []policy.Target{group(deskID), group(salesID), group(deskID)}, []policy.Target{group(barredID), group(falcon1)}
	plan, err := policy.NewPlan(p, policy.Change{
		MaximumLifetime: new(4 * time.Hour),
		Include:         policy.ListChange{Whole: &[]policy.Target{group(salesID), group(deskID)}},
		Exclude:         policy.ListChange{Whole: &[]policy.Target{group(falcon1), group(barredID)}},
	}, names)
	if err != nil || said(plan.Differences) != "maximum lifetime changed: 8h -> 4h" {
		t.Fatalf("%s, %v", said(plan.Differences), err)
	}
	if !slices.Equal(plan.After.Include, p.Include) || !slices.Equal(plan.After.Exclude, p.Exclude) {
		t.Errorf("the lists are sent: %v, %v", plan.After.Include, plan.After.Exclude)
	}
}

// TestDiffFindsWhatNamesCannotSay: without names the ids stand there, and a deleted group is said to be one.
func TestDiffFindsWhatNamesCannotSay(t *testing.T) {
	t.Parallel()
	from, to := usual(), usual()
	to.Include = []policy.Target{policy.All(), group(goneID), user(adeleID)}
	if got, want := said(policy.Diff(from, to, names)), "included added:  -> "+goneID+", which does not exist any more (every user of the tenant is included already: this changes nothing for anybody)\n"+
		"included added:  -> user "+adeleID+" (every user of the tenant is included already: this changes nothing for anybody)"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if ds := policy.Diff(from, to, nil); ds[0].Is != goneID || ds[0].Name != "" {
		t.Errorf("nobody knows the names: %+v", ds[0])
	}
}
