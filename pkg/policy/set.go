package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// Change is what somebody wants of the policy. What is nil stays as it is.
type Change struct {
	Enabled         *bool
	OneTime         *bool
	DefaultLength   *int
	DefaultLifetime *time.Duration
	MinimumLifetime *time.Duration
	MaximumLifetime *time.Duration
	Include         ListChange
	Exclude         ListChange
}

// ListChange is what somebody wants of a list of targets: a whole new one, or some more and some less.
type ListChange struct {
	Whole       *[]Target
	Add, Remove []Target
	// Registration is isRegistrationRequired by object id in lower case, where it is asked for. A target that is
	// included already keeps its own.
	Registration map[string]bool
}

// Check finds what contradicts itself or Microsoft's bounds, before the policy is read.
func (c Change) Check() error {
	for _, l := range []struct {
		flag string
		asks *time.Duration
	}{{"--min-lifetime", c.MinimumLifetime}, {"--default-lifetime", c.DefaultLifetime}, {"--max-lifetime", c.MaximumLifetime}} {
		if err := checkLifetime(l.flag, l.asks); err != nil {
			return err
		}
	}
	if n := c.DefaultLength; n != nil && (*n < ShortestCode || *n > LongestCode) {
		return errs.Usage(fmt.Sprintf("a passcode of %d characters is outside of what Microsoft allows, %d to %d", *n, ShortestCode, LongestCode),
			fmt.Sprintf("--length %d", max(ShortestCode, min(LongestCode, *n))))
	}
	// The widest bounds stand for what is not asked for.
	asked := c.apply(Policy{MinimumLifetime: ShortestLifetime, MaximumLifetime: LongestLifetime})
	if c.DefaultLifetime == nil {
		asked.DefaultLifetime = asked.MinimumLifetime
	}
	return c.contradiction(asked)
}

func checkLifetime(flag string, d *time.Duration) error {
	if d == nil || *d >= ShortestLifetime && *d <= LongestLifetime {
		return nil
	}
	nearest := max(ShortestLifetime, min(LongestLifetime, *d))
	return errs.Usage(fmt.Sprintf("a lifetime of %s is outside of what Microsoft allows, %s to %s", typed(*d), typed(ShortestLifetime), typed(LongestLifetime)),
		flag+" "+typed(nearest))
}

// Plan is what a change would make of a policy.
type Plan struct {
	Before, After Policy
	Differences   []Difference // none: there is nothing to change
}

// NewPlan works out what the change would make of the policy. It is a usage error where that contradicts itself; a
// contradiction that is there already and that the change leaves alone is none.
func NewPlan(current Policy, c Change, names Names) (Plan, error) {
	next, err := c.after(current, names)
	p := Plan{Before: current, After: next, Differences: Diff(current, next, names)}
	if err != nil {
		return p, err
	}
	if current.lifetimes() != next.lifetimes() {
		if err := c.contradiction(next); err != nil {
			return p, err
		}
	}
	_, everybody := holds(next.Exclude, All())
	switch {
	case len(next.Include) == 0 && len(current.Include) > 0 && c.Include.Whole == nil: // a file may say so in as many words
		return p, errs.Usage("nobody would be included: switch the policy off instead, or say who is", "tap policy set --disable")
	case everybody && c.Exclude.asks():
		return p, errs.Usage("everybody would be excluded: switch the policy off instead", "tap policy set --disable")
	}
	return p, nil
}

// after is the policy as it is wanted. A list in which nothing differs stays as it is, in its order, so that it is not sent.
func (c Change) after(current Policy, names Names) (Policy, error) {
	next := c.apply(current)
	var err error
	if next.Include, err = c.Include.apply("include", current.Include, names); err != nil {
		return current, err
	}
	if next.Exclude, err = c.Exclude.apply("exclude", current.Exclude, names); err != nil {
		return current, err
	}
	if len(diffTargets(IncludeTargets, "", current.Include, next.Include, nil)) == 0 {
		next.Include = current.Include
	}
	if len(diffTargets(ExcludeTargets, "", current.Exclude, next.Exclude, nil)) == 0 {
		next.Exclude = current.Exclude
	}
	return next, nil
}

// apply is the policy with the properties that are asked for, the lists left alone.
func (c Change) apply(p Policy) Policy {
	set(&p.Enabled, c.Enabled)
	set(&p.OneTime, c.OneTime)
	set(&p.DefaultLength, c.DefaultLength)
	set(&p.DefaultLifetime, c.DefaultLifetime)
	set(&p.MinimumLifetime, c.MinimumLifetime)
	set(&p.MaximumLifetime, c.MaximumLifetime)
	return p
}

func set[T any](into *T, asked *T) {
	if asked != nil {
		*into = *asked
	}
}

// asks reports whether anything is wanted of the list.
func (l ListChange) asks() bool { return l.Whole != nil || len(l.Add) > 0 || len(l.Remove) > 0 }

// apply is the list as it is wanted. verb is what the policy does with its targets.
func (l ListChange) apply(verb string, current []Target, names Names) ([]Target, error) {
	if !l.asks() {
		return current, nil
	}
	wanted := current
	if l.Whole != nil {
		wanted = *l.Whole
	}
	for _, gone := range l.Remove {
		if _, there := holds(current, gone); !there {
			return nil, notThere(verb, names.Full(gone), current, names)
		}
		wanted = slices.DeleteFunc(slices.Clone(wanted), func(t Target) bool { return t.key() == gone.key() })
	}
	next := []Target{}
	for _, t := range unique(slices.Concat(wanted, l.Add)) {
		t.RegistrationRequired = false
		if was, kept := holds(current, t); kept {
			t = was
		}
		if asked, said := l.Registration[strings.ToLower(t.ID)]; said {
			t.RegistrationRequired = asked
		}
		next = append(next, t)
	}
	return next, nil
}

func notThere(verb, who string, current []Target, names Names) error {
	if len(current) == 0 {
		return errs.Usage(fmt.Sprintf("the policy does not %s %s: it %ss nobody", verb, who, verb), "tap policy show")
	}
	return errs.Usage(fmt.Sprintf("the policy does not %s %s: it %ss %s", verb, who, verb, names.list(current)), "tap policy show")
}
