package denial

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// only is who reaches administrators.
const only = "only a Privileged Authentication Administrator"

// causes goes through all that a 403 can mean (graph.md section 4), and notes what is proven and what is not known.
func (f *findings) causes() {
	f.permission()
	if f.desk.Directory == nil || f.desk.Application {
		return
	}
	f.role()
	if f.target.Many && f.op.Reach != "" && len(f.proven) == 0 {
		f.unknown = append(f.unknown, alone("whether the user is an administrator, in a role-assignable group or in a restricted unit"))
	}
	if f.target.User == "" || f.op.Reach == "" {
		return
	}
	f.self()
	if !f.reachesAdministrators() {
		f.administrator()
		f.groupMember()
		f.groupOwner()
	}
	f.restricted()
}

// alone is what is looked up for one user and not for each of many.
func alone(whether string) gap {
	return gap{"of one among many (the same command for this user alone does)", whether}
}

func (f *findings) prove(format string, a ...any) {
	f.proven = append(f.proven, fmt.Sprintf(format, a...))
}

// permission goes by the claims of the token. They are a hint: the service alone knows.
func (f *findings) permission() {
	serving := strings.Join(f.op.Serving(f.desk.Application), ", ")
	const missing = "token carries no permission for this (%s): an administrator has to consent to one of them"
	switch held := f.desk.Permissions; {
	case held == nil && f.desk.Directory != nil:
		f.unknown = append(f.unknown, gap{"from the token", "whether it carries a permission for this (" + serving + ")"})
	case held == nil, f.op.ServedBy(f.desk.Application, held...):
	case f.desk.Application:
		f.prove("the application's "+missing+", as an application permission", serving)
	default:
		f.prove("the sign-in's "+missing+" for this client", serving)
	}
}

func (f *findings) self() {
	if f.target.ID != "" && strings.EqualFold(f.target.ID, f.desk.Caller) {
		f.prove("it is your own account, whose passes nobody changes: ask a colleague")
	}
	if f.target.External {
		f.prove("the user is an external guest, who signs in at the home organisation: that alone can issue a pass")
	}
}

// role is what holds the operator back, whoever the user is.
func (f *findings) role() {
	if len(f.op.Roles) == 0 || f.hasRole() {
		return
	}
	names := f.op.RoleNames()
	if !f.active.seen() {
		f.unknown = append(f.unknown, f.active.gap("whether a role of yours that this takes is active now, "+names))
	}
	if f.limited() || !f.active.seen() {
		return
	}
	if !f.assigned.seen() {
		f.unknown = append(f.unknown, f.assigned.gap("whether a role of yours is limited to an administrative unit"))
	}
	waiting := slices.IndexFunc(f.eligible.list, func(h Holding) bool { return f.op.RoleServes(h.Template) })
	switch {
	case waiting >= 0:
		f.prove("your role %s can be activated and is not active: activate it in the Entra admin center under Privileged Identity Management, My roles; it takes some minutes to count", f.roleName(f.eligible.list[waiting].Template))
	case !f.eligible.seen():
		f.prove("none of the roles that this takes is active for you: %s", names)
		f.unknown = append(f.unknown, f.eligible.gap("whether you could activate one (Privileged Identity Management)"))
	case !f.assigned.seen():
		f.prove("none of the roles that this takes is active for you over the whole tenant: %s", names)
	default:
		f.prove("you hold none of the roles that this takes, %s: a Privileged Role Administrator assigns one", names)
	}
}

// limited reports whether the operator holds a fitting role over an administrative unit, and notes what follows.
func (f *findings) limited() bool {
	held := f.overUnits()
	switch {
	case len(held) == 0:
		return false
	case f.target.Many:
		f.unknown = append(f.unknown, alone("whether the user is in the administrative unit that your role "+f.roleName(held[0].Template)+" is limited to"))
		return true
	case f.target.User == "":
		f.prove("your role %s is limited to an administrative unit, and the policy is the whole tenant's: ask somebody whose role reaches the tenant", f.roleName(held[0].Template))
	case !f.units.seen():
		f.unknown = append(f.unknown, f.units.gap("whether the user is in the administrative unit that your role "+f.roleName(held[0].Template)+" is limited to"))
	case !f.over(held):
		f.prove("your role %s is limited to an administrative unit that the user is not in: ask somebody whose role reaches the user", f.roleName(held[0].Template))
	}
	return true
}

// overUnits are the operator's fitting roles that are limited to an administrative unit.
func (f *findings) overUnits() []Holding {
	return slices.DeleteFunc(slices.Clone(f.assigned.list), func(h Holding) bool { return h.Unit == "" || !f.op.RoleServes(h.Template) })
}

// over reports whether the user is in a unit of one of these roles.
func (f *findings) over(held []Holding) bool {
	return slices.ContainsFunc(held, func(h Holding) bool {
		return slices.ContainsFunc(f.units.list, func(u Unit) bool { return strings.EqualFold(u.ID, h.Unit) })
	})
}

// hasRole reports whether a fitting role over the whole tenant is active.
func (f *findings) hasRole() bool {
	return f.holds(f.op.RoleServes)
}

func (f *findings) reachesAdministrators() bool { return f.holds(permission.ReachesAdministrators) }

func (f *findings) holds(fits func(template string) bool) bool {
	return slices.ContainsFunc(f.active.list, func(r Role) bool { return fits(r.Template) }) ||
		slices.ContainsFunc(f.assigned.list, func(h Holding) bool { return h.Unit == "" && fits(h.Template) })
}

// roleName names a role of the table.
func (f *findings) roleName(template string) string {
	for _, r := range append(slices.Clone(f.op.Roles), permission.GlobalAdministrator) {
		if r.Is(template) {
			return r.Name
		}
	}
	return template
}

func (f *findings) administrator() {
	var names []string
	for _, r := range f.roles.list {
		names = append(names, r.Name)
	}
	switch {
	case len(names) > 0:
		f.prove("the user holds the admin role %s, and %s reaches administrators: ask one", strings.Join(names, ", "), only)
	case slices.ContainsFunc(f.scoped.list, func(h Holding) bool { return h.Unit != "" }):
		f.prove("the user holds an admin role over an administrative unit, and %s reaches administrators: ask one", only)
	case !f.roles.seen():
		f.unknown = append(f.unknown, f.roles.gap("whether the user is an administrator"))
	case f.scoped.by != nil && !f.scoped.seen():
		f.unknown = append(f.unknown, f.scoped.gap("whether the user is an administrator of an administrative unit"))
	}
}

func (f *findings) groupMember() {
	f.assignable(f.groups, "is in", "members", "whether the user is in a role-assignable group")
}

func (f *findings) groupOwner() {
	f.assignable(f.owned, "owns", "owners", "whether the user owns a role-assignable group")
}

func (f *findings) assignable(a answer[Group], does, them, whether string) {
	if !a.seen() {
		f.unknown = append(f.unknown, a.gap(whether))
		return
	}
	for _, g := range a.list {
		if g.Assignable {
			f.prove("the user %s the role-assignable group %s, whose %s %s reaches: ask one", does, g.Name, them, only)
		}
	}
}

func (f *findings) restricted() {
	if !f.units.seen() {
		f.unknown = append(f.unknown, f.units.gap("whether the user is in a restricted administrative unit"))
		return
	}
	for _, u := range f.units.list {
		mine := slices.ContainsFunc(f.assigned.list, func(h Holding) bool {
			return strings.EqualFold(h.Unit, u.ID) && f.op.RoleServes(h.Template)
		})
		if u.Restricted && !mine {
			f.prove("the user is in the restricted administrative unit %s, which only a role over that unit reaches: ask whoever holds one", u.Name)
		}
	}
}
