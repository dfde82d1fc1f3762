package permission

import (
	"maps"
	"slices"
)

// Weight says what an operation is to a command.
type Weight int

// A command fails without what it needs. What informs it is asked for, and where it is not permitted the command goes
// on and says once what it could not see. What explains a refusal is used where a sign-in happens to carry it,
// and never asked for: that would stop a sign-in for the sake of a rare error. What is judged is asked for, and not
// done: whether the sign-in would carry it for another command is the question.
const (
	Needed Weight = iota
	Informing
	Explaining
	Judged
)

// Use is an operation of a command.
type Use struct {
	*Operation
	Weight
	With        string // only with this flag
	Unless      string // not with this flag
	Application bool   // only where an application calls
}

// diagnosis is what finds the cause of a 403 on the passes of a user (pkg/denial).
func diagnosis() []Use {
	var uses []Use
	for _, o := range []*Operation{ReadRoles, ReadAssignments, ReadEligible, ReadUserGroups, ReadOwned, ReadUnits} {
		uses = append(uses, Use{Operation: o, Weight: Explaining})
	}
	return uses
}

// many is what --file and --group take.
func many() []Use {
	return []Use{{Operation: FindUsers, With: "file"}, {Operation: ReadGroups, With: "group"}, {Operation: ReadMembers, With: "group"}}
}

// everybody is what --all takes besides, and --deep in place of the report.
func everybody() []Use {
	return []Use{{Operation: ReadRegistrations, With: "all", Unless: "deep"}, {Operation: ListUsers, With: "deep"}}
}

// creating is what making passes takes, for one user or for many.
func creating() []Use {
	return slices.Concat([]Use{
		{Operation: ListPasses},
		{Operation: CreatePass, Unless: "dry-run"},
		{Operation: ReadUser, Weight: Informing},
		{Operation: ReadRoles, Weight: Informing, Application: true},
	}, many(), []Use{
		{Operation: ReadPolicy, Weight: Explaining}, {Operation: CheckGroups, Weight: Explaining},
	}, diagnosis())
}

// examining is what `tap doctor` takes. Its sign-in asks for what creating a pass asks for, since that is what it judges; whatever
// else it looks at, it looks at where it may.
func examining() []Use {
	uses := []Use{{Operation: CreatePass, Weight: Judged}}
	for _, o := range []*Operation{ListPasses, ReadUser} {
		uses = append(uses, Use{Operation: o, Weight: Informing})
	}
	for _, o := range []*Operation{ReadPolicy, ReadGroups, CheckGroups, ReadMethods, ReadLicences} {
		uses = append(uses, Use{Operation: o, Weight: Explaining})
	}
	return append(uses, diagnosis()...)
}

// showing is what `tap show` takes: it shows what it may see.
func showing() []Use {
	var uses []Use
	for _, o := range []*Operation{ListPasses, ReadUser, ReadMethods} {
		uses = append(uses, Use{Operation: o, Weight: Informing})
	}
	uses = append(uses, Use{Operation: ReadSignIns, Weight: Informing, With: "sign-ins"})
	for _, o := range []*Operation{ReadPolicy, CheckGroups} {
		uses = append(uses, Use{Operation: o, Weight: Explaining})
	}
	return append(uses, diagnosis()...)
}

// commands are the commands that call Graph, by what stands after tap.
func commands() map[string][]Use {
	reading := []Use{{Operation: ReadPolicy}, {Operation: ReadGroups, Weight: Informing}}
	explained := []Use{
		{Operation: ReadRoles, Weight: Explaining}, {Operation: ReadAssignments, Weight: Explaining}, {Operation: ReadEligible, Weight: Explaining},
	}
	return map[string][]Use{
		"create":     creating(),
		"run resume": creating(),
		"list":       slices.Concat([]Use{{Operation: ListPasses}, {Operation: ReadUser, Weight: Informing}}, many(), everybody(), diagnosis()),
		"report":     slices.Concat([]Use{{Operation: ListPasses}, {Operation: ReadMethods, Weight: Informing}, {Operation: ReadUser, Weight: Informing}}, many(), diagnosis()),
		"delete": slices.Concat([]Use{
			{Operation: ListPasses}, {Operation: DeletePass, Unless: "dry-run"}, {Operation: ReadUser, Weight: Informing},
		}, many(), everybody(), diagnosis()),
		"revoke": slices.Concat([]Use{
			{Operation: ListPasses}, {Operation: DeletePass, Unless: "dry-run"}, {Operation: EndSessions, Unless: "dry-run"},
			{Operation: ReadMethods, Weight: Informing}, {Operation: DeleteMethod, Weight: Informing, Unless: "dry-run"}, {Operation: ReadUser, Weight: Informing},
		}, diagnosis()),
		"watch":        slices.Concat([]Use{{Operation: ListPasses}, {Operation: ReadMethods, Weight: Informing}, {Operation: ReadUser, Weight: Informing}}, diagnosis()),
		"policy show":  slices.Concat(reading, explained),
		"policy diff":  slices.Concat(reading, explained),
		"policy check": slices.Concat(reading, explained),
		"doctor":       examining(),
		"whoami":       {{Operation: ReadTenant, Weight: Explaining}, {Operation: ReadRoles, Weight: Explaining}},
		"show":         showing(),
		"policy set":   slices.Concat([]Use{reading[0], {Operation: ChangePolicy, Unless: "dry-run"}, reading[1]}, explained),
		"audit": {
			{Operation: ReadAudits, Unless: "local"}, {Operation: ReadRoles, Weight: Explaining}, {Operation: ReadAssignments, Weight: Explaining}, {Operation: ReadEligible, Weight: Explaining},
		},
	}
}

// Commands names the commands of the table, in order.
func Commands() []string { return slices.Sorted(maps.Keys(commands())) }

// Of lists what a command uses, "policy show" for `tap policy show`; nil where it calls nothing of Graph.
func Of(command string) []Use { return commands()[command] }

// UsedBy names the commands that use an operation.
func UsedBy(o *Operation) []string {
	return slices.DeleteFunc(Commands(), func(c string) bool {
		return !slices.ContainsFunc(Of(c), func(u Use) bool { return u.Operation == o && u.Weight != Judged })
	})
}

// Asked is what a person's sign-in asks for to run a command with these flags: what it needs and what informs it, each
// permission once, none that another covers. With least it is the narrowest set.
func Asked(command string, typed func(flag string) bool, least bool) []string {
	return narrow(usesOf([]string{command}, typed, func(w Weight) bool { return w != Explaining }), least)
}

// Required is likewise what the command needs alone: what a sign-in makes do with where nobody consented to what informs.
func Required(command string, typed func(flag string) bool, least bool) []string {
	return narrow(usesOf([]string{command}, typed, func(w Weight) bool { return w == Needed }), least)
}

// AtLogin is what a sign-in asks for that is for no command alone: what those on passes need and what informs them, and what they need alone.
func AtLogin(least bool) (asked, required []string) {
	passes, plain := []string{"create", "list", "delete"}, func(string) bool { return false }
	asked = narrow(usesOf(passes, plain, func(w Weight) bool { return w != Explaining }), least)
	return asked, narrow(usesOf(passes, plain, func(w Weight) bool { return w == Needed }), least)
}

// usesOf are what people's commands with these flags use, of a weight.
func usesOf(commands []string, typed func(flag string) bool, counts func(Weight) bool) (uses []Use) {
	for _, command := range commands {
		for _, u := range Of(command) {
			absent := u.With != "" && !typed(u.With) || u.Unless != "" && typed(u.Unless)
			if counts(u.Weight) && !u.Application && !absent {
				uses = append(uses, u)
			}
		}
	}
	return uses
}

// narrow is what is asked for, each permission once, none that another covers.
func narrow(uses []Use, least bool) []string {
	var asked []string
	for _, u := range uses {
		p := u.Request(least)
		covered := slices.ContainsFunc(uses, func(v Use) bool { q := v.Request(least); return q != p && u.ServedBy(false, q) })
		if !covered && !slices.Contains(asked, p) {
			asked = append(asked, p)
		}
	}
	return asked
}
