package policy

// Kind says what becomes of a property or a target.
type Kind string

// The kinds of differences.
const (
	Changed Kind = "changed"
	Added   Kind = "added"
	Removed Kind = "removed"
)

// Difference is one thing in which two policies differ: a property, or one target of a list.
type Difference struct {
	Property string // Graph's name
	Kind     Kind   // Changed for a property
	From, To any    // as Graph has it; nil for a target that comes or goes
	Target   Target // of a list; else zero
	Name     string // the target's display name, "" where it is not known
	Who, ID  string // the target in words, and the id to show beside them, "" where they say it
	Words    string // what it is, in plain words: "maximum lifetime", "included"
	Was, Is  string // From and To in plain words; of a target the one that Kind leaves is ""
	Effect   string // what it does to people and to passes that are held, "" where that is plain
}

// Diff lists in what to differs from from. The order of targets, and one that is named twice, is no difference.
func Diff(from, to Policy, names Names) []Difference {
	var out []Difference
	for _, p := range Properties() {
		if p.Value(from) != p.Value(to) {
			out = append(out, Difference{
				Property: p.Name, Kind: Changed, From: p.Value(from), To: p.Value(to), Words: p.Words, Was: p.Human(from), Is: p.Human(to),
			})
		}
	}
	out = append(out, diffTargets(IncludeTargets, "included", from.Include, to.Include, names)...)
	out = append(out, diffTargets(ExcludeTargets, "excluded", from.Exclude, to.Exclude, names)...)
	for n := range out {
		out[n].Effect = effect(out[n], to)
	}
	return out
}

func diffTargets(property, words string, from, to []Target, names Names) (out []Difference) {
	row := func(k Kind, t Target) Difference {
		return Difference{Property: property, Kind: k, Target: t, Name: names.Of(t), Who: names.Name(t), ID: names.ID(t), Words: words}
	}
	from, to = unique(from), unique(to)
	for _, t := range to {
		if _, was := holds(from, t); !was {
			d := row(Added, t)
			d.Is = names.Full(t)
			out = append(out, d)
		}
	}
	for _, t := range from {
		if _, stays := holds(to, t); !stays {
			d := row(Removed, t)
			d.Was = names.Full(t)
			out = append(out, d)
		}
	}
	for _, t := range to {
		if was, both := holds(from, t); both && was.RegistrationRequired != t.RegistrationRequired {
			d := row(Changed, t)
			d.From, d.To = was.RegistrationRequired, t.RegistrationRequired
			d.Was, d.Is = registration(was), registration(t)
			out = append(out, d)
		}
	}
	return out
}

// unique leaves out what means the same as a target before it.
func unique(targets []Target) []Target {
	var out []Target
	for _, t := range targets {
		if _, twice := holds(out, t); !twice {
			out = append(out, t)
		}
	}
	return out
}

func registration(t Target) string {
	if t.RegistrationRequired {
		return "registration required"
	}
	return "registration not required"
}

// effect says whom a difference reaches, and whether passes that are held stop working. That a pass follows the policy of
// the day, not that of its creation, is methodUsabilityReason DisabledByPolicy:
// https://learn.microsoft.com/graph/api/resources/temporaryaccesspassauthenticationmethod
func effect(d Difference, to Policy) string {
	switch {
	case d.Property == State && !to.Enabled:
		return "nobody can be given a pass, and passes that users hold stop working"
	case d.Property == IsUsableOnce && to.OneTime:
		return "passes that users hold and that work many times stop working"
	case d.Property == IncludeTargets:
		return included(d, to)
	case d.Property == ExcludeTargets:
		return excluded(d, to)
	}
	return ""
}

func included(d Difference, to Policy) string {
	_, all := holds(to.Include, All())
	_, barred := holds(to.Exclude, d.Target)
	switch {
	case d.Kind == Removed && len(to.Include) == 0:
		return "nobody is included then: nobody can be given a pass, and passes that users hold stop working"
	case d.Kind == Added && d.Target.IsAll():
		return "every user of the tenant can be given a pass, but for who is excluded"
	case d.Kind == Added && barred:
		return "it is excluded as well, and that wins: " + d.Target.reached("get", "gets") + " no pass"
	case d.Kind == Added && all:
		return "every user of the tenant is included already: this changes nothing for anybody"
	case d.Kind == Removed && d.Target.IsAll():
		return "who is in no included group gets no pass, and a pass that such a user holds stops working"
	case d.Kind == Removed && !all:
		return "passes that " + d.Target.reached("hold", "holds") + " stop working, but for members of another included group"
	}
	return ""
}

func excluded(d Difference, to Policy) string {
	_, both := holds(to.Include, d.Target)
	switch {
	case d.Kind == Added && both:
		return "it is included as well, and exclusion wins: " + d.Target.reached("get", "gets") + " no pass, and passes that they hold stop working"
	case d.Kind == Added:
		return d.Target.reached("get", "gets") + " no pass, and passes that they hold stop working"
	case d.Kind == Removed:
		return d.Target.reached("can", "can") + " be given a pass, where they are included"
	}
	return ""
}
