package permission

import (
	"slices"
	"strings"
)

// Role is a directory role. Template is its id, the same in every tenant.
// https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
type Role struct{ Name, Template string }

// The roles that the table names. Global Administrator may do all of it and is never what tap tells to ask for.
var (
	AuthenticationAdministrator           = Role{"Authentication Administrator", "c4e39bd9-1100-46d3-8c65-fb160da0071f"}
	PrivilegedAuthenticationAdministrator = Role{"Privileged Authentication Administrator", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"}
	AuthenticationPolicyAdministrator     = Role{"Authentication Policy Administrator", "0526716b-113d-4c15-b2c8-68e3c22b9f80"}
	GlobalReader                          = Role{"Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451"}
	ReportsReader                         = Role{"Reports Reader", "4a5d8f65-41da-4de4-8968-e035b65339cf"}
	SecurityReader                        = Role{"Security Reader", "5d6b6bb7-de71-4623-b4af-96380a352509"}
	HelpdeskAdministrator                 = Role{"Helpdesk Administrator", "729827e3-9c14-49f7-bb1b-9608f156bbb8"}
	UserAdministrator                     = Role{"User Administrator", "fe930be7-5e62-47db-91af-98c3a49a38b1"}
	GlobalAdministrator                   = Role{"Global Administrator", "62e90394-69f5-4237-9190-012177145e10"}
)

// Is reports whether a template id is this role's.
func (r Role) Is(template string) bool { return strings.EqualFold(r.Template, template) }

// ReachesAdministrators reports whether the role with this template reaches users who are administrators themselves.
func ReachesAdministrators(template string) bool {
	return PrivilegedAuthenticationAdministrator.Is(template) || GlobalAdministrator.Is(template)
}

// RoleServes reports whether the role with this template is enough for the operation.
func (o *Operation) RoleServes(template string) bool {
	return len(o.Roles) == 0 || GlobalAdministrator.Is(template) || slices.ContainsFunc(o.Roles, func(r Role) bool { return r.Is(template) })
}

// RoleNames are the roles as a sentence has them: "A, B or C"; "" where none is needed.
func (o *Operation) RoleNames() string {
	var names []string
	for _, r := range o.Roles {
		names = append(names, r.Name)
	}
	return either(names)
}

// either joins words to "A, B or C".
func either(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
