package sandbox

import (
	"slices"
	"strings"
)

// assignment is a role that a user or a group holds, or may activate, over the tenant or over one administrative unit.
type assignment struct {
	principal string // object id
	role      *role
	unit      string // object id; "": the tenant
}

// The properties of unifiedRoleAssignment and unifiedRoleEligibilityScheduleInstance that Contoso has. A role's
// definition has the id of its template where the role is built in.
var (
	assignmentKind = &kind{
		name:     "microsoft.graph.unifiedRoleAssignment",
		defaults: []string{"directoryScopeId", "id", "principalId", "roleDefinitionId"}, filterable: []string{"principalId", "roleDefinitionId"},
	}
	eligibleKind = &kind{name: "microsoft.graph.unifiedRoleEligibilityScheduleInstance", defaults: assignmentKind.defaults, filterable: assignmentKind.filterable}
)

func (a *assignment) property(name string) (any, bool) {
	switch name {
	case "id":
		return named("assignment", a.principal+a.role.TemplateID+a.unit), true
	case "principalId":
		return a.principal, true
	case "roleDefinitionId":
		return a.role.TemplateID, true
	case "directoryScopeId":
		if a.unit == "" {
			return "/", true
		}
		return "/administrativeUnits/" + a.unit, true
	}
	return nil, false
}

// listAssignments answers the roles that are active, not those that are held through a group: those are the group's, as in Graph.
func listAssignments(c *call) (reply, error) {
	var all []entity
	for _, u := range c.users {
		for _, r := range c.rolesByName(u.ID) {
			all = append(all, &assignment{principal: u.ID, role: r})
		}
	}
	for _, g := range c.groups {
		if g.role != nil {
			all = append(all, &assignment{principal: g.ID, role: g.role})
		}
	}
	for _, a := range c.scoped {
		all = append(all, a)
	}
	return c.list(assignmentKind, "roleManagement/directory/roleAssignments", all)
}

// rolesByName are the roles of the whole tenant that a user holds and no group: of who calls, those of the token.
func (c *call) rolesByName(userID string) []*role {
	if userID != c.caller.id || !c.caller.played {
		return c.roles[userID]
	}
	return c.caller.activeRoles()
}

// listEligible answers the roles that their holders have to activate first (PIM).
func listEligible(c *call) (reply, error) {
	all := make([]entity, len(c.eligible))
	for i, a := range c.eligible {
		all[i] = a
	}
	return c.list(eligibleKind, "roleManagement/directory/roleEligibilityScheduleInstances", all)
}

// unit is an administrative unit. One that is restricted keeps out whoever has no role over it itself.
// https://learn.microsoft.com/entra/identity/role-based-access-control/admin-units-restricted-management
type unit struct {
	ID          string
	DisplayName string
	Restricted  bool
	members     []string // object ids of users
}

var unitKind = &kind{
	name:     "microsoft.graph.administrativeUnit",
	defaults: []string{"deletedDateTime", "description", "displayName", "id", "isMemberManagementRestricted", "visibility"},
}

func (u *unit) property(name string) (any, bool) {
	switch name {
	case "id":
		return u.ID, true
	case "displayName":
		return u.DisplayName, true
	case "isMemberManagementRestricted":
		return u.Restricted, true
	case "deletedDateTime", "description", "visibility":
		return nil, true
	}
	return nil, false
}

// unitsOf are the administrative units that a user is in.
func (d *directory) unitsOf(userID string) []*unit {
	return slices.DeleteFunc(slices.Clone(d.units), func(u *unit) bool { return !slices.Contains(u.members, userID) })
}

func listUnits(c *call) (reply, error) {
	u, err := c.theUser()
	if err != nil {
		return reply{}, err
	}
	var found []entity
	for _, unit := range c.unitsOf(u.ID) {
		found = append(found, unit)
	}
	return c.list(unitKind, "administrativeUnits", found)
}

// listUserGroups answers the groups that a user is in, also through other groups.
func listUserGroups(c *call) (reply, error) {
	u, err := c.theUser()
	if err != nil {
		return reply{}, err
	}
	var found []entity
	for _, g := range c.groupsOf(u.ID) {
		found = append(found, g)
	}
	return c.list(groupKind, "groups", found)
}

// listOwnedGroups answers the groups that a user owns. That no application may ask is Microsoft's word on the call's page.
func listOwnedGroups(c *call) (reply, error) {
	u, err := c.theUser()
	if err != nil {
		return reply{}, err
	}
	var found []entity
	for _, g := range c.groups {
		if slices.Contains(g.owners, u.ID) {
			found = append(found, g)
		}
	}
	return c.list(groupKind, "groups", found)
}

// holdsOver says whether the caller holds one of the roles over an administrative unit that the user is in.
func (c *call) holdsOver(u *user, templates ...string) bool {
	return slices.ContainsFunc(c.scoped, func(a *assignment) bool {
		return a.principal == c.caller.id && !c.caller.played && slices.Contains(templates, a.role.TemplateID) &&
			slices.ContainsFunc(c.unitsOf(u.ID), func(unit *unit) bool { return unit.ID == a.unit })
	})
}

// isAdministrator says whether an Authentication Administrator is kept from a user: every role of Contoso is one of an
// administrator, and so is a role-assignable group, to its members and to its owners.
func (d *directory) isAdministrator(u *user) bool {
	return len(d.rolesOf(u.ID)) > 0 ||
		slices.ContainsFunc(d.scoped, func(a *assignment) bool { return a.principal == u.ID }) ||
		slices.ContainsFunc(d.groupsOf(u.ID), func(g *group) bool { return g.RoleAssignable }) ||
		slices.ContainsFunc(d.groups, func(g *group) bool { return g.RoleAssignable && slices.Contains(g.owners, u.ID) })
}

// roleSpelled finds a role by its name, with hyphens for the spaces.
func roleSpelled(name string) *role {
	i := slices.IndexFunc(roles, func(r *role) bool { return strings.EqualFold(strings.ReplaceAll(r.DisplayName, " ", "-"), name) })
	if i < 0 {
		return nil
	}
	return roles[i]
}
