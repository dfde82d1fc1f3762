package policy

import (
	"fmt"
	"strings"
	"time"
)

// Severity says how much a finding matters.
type Severity string

// The severities, the gravest first.
const (
	Error       Severity = "error"       // it does not work
	Warning     Severity = "warning"     // it works for an attacker, too
	Information Severity = "information" // it could be better
)

// Fault is the rule behind a finding: a closed list that scripts may switch on.
type Fault string

// The rules that Check holds a policy against.
const (
	MethodDisabled       Fault = "method_disabled"
	BoundsContradict     Fault = "bounds_contradict"
	NobodyIncluded       Fault = "nobody_included"
	ExcludeCoversInclude Fault = "exclude_covers_include"
	TargetMissing        Fault = "target_missing"
	OneTimeOff           Fault = "one_time_off"
	MaximumLong          Fault = "maximum_lifetime_long"
	DefaultLong          Fault = "default_lifetime_long"
	AllUsersIncluded     Fault = "all_users_included"
	UserIncluded         Fault = "user_target"
	LengthShort          Fault = "length_short"
)

// Faults lists every rule there is.
func Faults() []Fault {
	return []Fault{
		MethodDisabled, BoundsContradict, NobodyIncluded, ExcludeCoversInclude, TargetMissing, OneTimeOff,
		MaximumLong, DefaultLong, AllUsersIncluded, UserIncluded, LengthShort,
	}
}

// What Check asks for, from Microsoft's advice and the field's (short, once, for a group).
const (
	UsualMaximum  = 8 * time.Hour // of Check where nothing else is asked for
	longestNormal = time.Hour
	shortestGood  = 12
)

// Finding is one thing that is wrong with a policy, and the command that mends it.
type Finding struct {
	Severity Severity
	Fault    Fault
	Property string // Graph's name
	Target   Target // zero where it is about none
	Name     string // of the target
	Words    string
	Command  string
}

// Check judges a policy. A pass may live for longest at most. Groups within groups are not looked into.
func Check(p Policy, names Names, longest time.Duration) []Finding {
	found := append(checkState(p), checkLifetimes(p, longest)...)
	found = append(found, checkTargets(p, names)...)
	if p.DefaultLength < shortestGood {
		found = append(found, Finding{
			Severity: Information, Fault: LengthShort, Property: DefaultLength, Command: fmt.Sprintf("tap policy set --length %d", shortestGood),
			Words: fmt.Sprintf("a passcode has %d characters: %d are harder to guess", p.DefaultLength, shortestGood),
		})
	}
	return bySeverity(found)
}

func bySeverity(all []Finding) (out []Finding) {
	for _, s := range []Severity{Error, Warning, Information} {
		for _, f := range all {
			if f.Severity == s {
				out = append(out, f)
			}
		}
	}
	return out
}

func checkState(p Policy) (found []Finding) {
	if !p.Enabled {
		found = append(found, Finding{
			Severity: Error, Fault: MethodDisabled, Property: State, Command: "tap policy set --enable",
			Words: "the policy is disabled: nobody can be given a pass, and no pass works",
		})
	}
	if !p.OneTime {
		found = append(found, Finding{
			Severity: Warning, Fault: OneTimeOff, Property: IsUsableOnce, Command: "tap policy set --one-time",
			Words: "a pass may work many times: who reads it over a shoulder can use it, too",
		})
	}
	return found
}

func checkLifetimes(p Policy, longest time.Duration) (found []Finding) {
	now := p.lifetimes()
	mend := func(f Finding, to lifetimes) {
		f.Command = "tap policy set " + now.flags(to)
		found = append(found, f)
	}
	if why := now.contradicts(); why != "" {
		mend(Finding{Severity: Error, Fault: BoundsContradict, Property: bound(now), Words: strings.ReplaceAll(why, "would be", "is")}, now.mended(false, false))
		return found
	}
	if now.maximum > longest {
		to := lifetimes{min(now.minimum, longest), min(now.standard, longest), longest}
		mend(Finding{
			Severity: Warning, Fault: MaximumLong, Property: MaximumLifetime,
			Words: fmt.Sprintf("a pass may live for %s, longer than %s: a code that is lost works as long", typed(now.maximum), typed(longest)),
		}, to)
	}
	if now.standard > longestNormal {
		to := lifetimes{min(now.minimum, longestNormal), longestNormal, now.maximum}
		mend(Finding{
			Severity: Warning, Fault: DefaultLong, Property: DefaultLifetime,
			Words: fmt.Sprintf("a pass lives for %s where nothing is asked for: %s is enough at the telephone", typed(now.standard), typed(longestNormal)),
		}, to)
	}
	return found
}

// bound is the property that a contradiction is about.
func bound(l lifetimes) string {
	if l.minimum > l.maximum {
		return MinimumLifetime
	}
	return DefaultLifetime
}

func checkTargets(p Policy, names Names) (found []Finding) {
	include, exclude := unique(p.Include), unique(p.Exclude)
	if len(include) == 0 {
		found = append(found, Finding{
			Severity: Error, Fault: NobodyIncluded, Property: IncludeTargets, Command: "tap policy set --include GROUP",
			Words: "the policy includes nobody: nobody can be given a pass",
		})
	}
	for _, t := range include {
		found = append(found, checkIncluded(t, include, exclude, names)...)
	}
	for _, t := range exclude {
		if names.Missing(t) {
			found = append(found, missing(t, ExcludeTargets, "tap policy set --remove-exclude "+t.ID, names))
		}
	}
	return found
}

func checkIncluded(t Target, include, exclude []Target, names Names) (found []Finding) {
	f := Finding{Severity: Warning, Property: IncludeTargets, Target: t, Name: names.Of(t), Command: without(t, include)}
	if t.IsAll() {
		f.Fault, f.Command = AllUsersIncluded, "tap policy set --include GROUP"
		f.Words = "every user of the tenant can be given a pass: name the groups that need it"
		return []Finding{f}
	}
	if names.Missing(t) {
		return []Finding{missing(t, IncludeTargets, f.Command, names)}
	}
	if t.Type == UserTarget {
		u := f
		u.Fault, u.Words = UserIncluded, fmt.Sprintf("%s is included as a user, which Microsoft discourages: name a group", names.Full(t))
		found = append(found, u)
	}
	if _, barred := holds(exclude, t); barred {
		f.Fault, f.Words = ExcludeCoversInclude, fmt.Sprintf("%s is included and excluded: exclusion wins, so %s no pass", names.Full(t), t.reached("get", "gets"))
		if len(include) == 1 {
			f.Command = "tap policy set --remove-exclude " + t.ID
		}
		found = append(found, f)
	}
	return found
}

func missing(t Target, property, command string, names Names) Finding {
	return Finding{
		Severity: Information, Fault: TargetMissing, Property: property, Target: t, Command: command,
		Words: "the policy names " + names.Name(t),
	}
}

// without is the command that takes a target off the list of those included, which must not get empty.
func without(t Target, include []Target) string {
	if len(include) == 1 {
		return "tap policy set --include GROUP"
	}
	return "tap policy set --remove-include " + t.ID
}
