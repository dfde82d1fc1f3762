package sandbox

import "slices"

// role is a directory role. Template ids are Microsoft's, the same in every tenant.
type role struct{ ID, TemplateID, DisplayName, Description string }

// The template ids that rules refer to (learn.microsoft.com, Microsoft Entra built-in roles).
const (
	globalAdministrator = "62e90394-69f5-4237-9190-012177145e10"
	privilegedAuthAdmin = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"
	authAdmin           = "c4e39bd9-1100-46d3-8c65-fb160da0071f"
	authPolicyAdmin     = "0526716b-113d-4c15-b2c8-68e3c22b9f80"
	globalReader        = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	userAdministrator   = "fe930be7-5e62-47db-91af-98c3a49a38b1"
	reportsReader       = "4a5d8f65-41da-4de4-8968-e035b65339cf"
	securityReader      = "5d6b6bb7-de71-4623-b4af-96380a352509"
	securityAdmin       = "194ae4cb-b126-40b2-bd5b-6091b380977d"
	helpdeskAdmin       = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
)

var roles = []*role{
	newRole(globalAdministrator, "Global Administrator"),
	newRole(privilegedAuthAdmin, "Privileged Authentication Administrator"),
	newRole(authAdmin, "Authentication Administrator"),
	newRole(authPolicyAdmin, "Authentication Policy Administrator"),
	newRole(globalReader, "Global Reader"),
	newRole(userAdministrator, "User Administrator"),
	newRole(reportsReader, "Reports Reader"),
	newRole(securityReader, "Security Reader"),
	newRole(securityAdmin, "Security Administrator"),
	newRole(helpdeskAdmin, "Helpdesk Administrator"),
}

func newRole(template, name string) *role {
	return &role{ID: named("role", template), TemplateID: template, DisplayName: name, Description: "Contoso's " + name}
}

func roleNamed(name string) *role {
	return roles[slices.IndexFunc(roles, func(r *role) bool { return r.DisplayName == name })]
}

var roleKind = &kind{
	name:     "microsoft.graph.directoryRole",
	defaults: []string{"deletedDateTime", "description", "displayName", "id", "roleTemplateId"},
}

func (r *role) property(name string) (any, bool) {
	switch name {
	case "id":
		return r.ID, true
	case "displayName":
		return r.DisplayName, true
	case "description":
		return r.Description, true
	case "roleTemplateId":
		return r.TemplateID, true
	case "deletedDateTime":
		return nil, true
	}
	return nil, false
}

// listRoles answers the roles that a user holds, also through a role-assignable group. Eligible (PIM) roles are not
// among them, as in Graph.
func listRoles(c *call) (reply, error) {
	u, err := c.theUser()
	if err != nil {
		return reply{}, err
	}
	var held []entity
	has := c.rolesOf(u.ID)
	if u.ID == c.caller.id && c.caller.played {
		has = c.caller.activeRoles()
	}
	for _, r := range has {
		held = append(held, r)
	}
	return c.list(roleKind, "directoryRoles", held)
}
