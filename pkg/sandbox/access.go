package sandbox

import (
	"slices"
)

// access says who may make a call. Permissions are Microsoft's table (testdata/graph/permissions.json) and graph.md
// section 4; several mean that any one of them suffices.
type access struct {
	delegated   []string // for a person, on anybody
	own         []string // for a person, on the own account
	application []string
	roles       []string // templates of which a person needs one as well, except on the own account; nil: none
	refused     func() *failure
	roleless    func() *failure // for want of a role; nil: refused
}

var (
	mayReadMethods = []string{globalReader, authAdmin, privilegedAuthAdmin, globalAdministrator}
	mayIssue       = []string{authAdmin, privilegedAuthAdmin, globalAdministrator}
	mayReadPolicy  = []string{globalReader, authPolicyAdmin, globalAdministrator}
	mayRevoke      = append([]string{userAdministrator, helpdeskAdmin}, mayIssue...) // users/invalidateAllRefreshTokens in Microsoft's table of roles
	maySetPolicy   = []string{authPolicyAdmin, globalAdministrator}
	mayReadLogs    = []string{reportsReader, securityReader, securityAdmin, globalReader, globalAdministrator}
	wholeDirectory = []string{"Directory.Read.All", "Directory.ReadWrite.All"}
)

var (
	readPasses = &access{
		delegated:   allMethods("UserAuthMethod-TAP.Read.All", "UserAuthMethod-TAP.ReadWrite.All", "UserAuthenticationMethod.Read.All"),
		own:         []string{"UserAuthMethod-TAP.Read", "UserAuthMethod-TAP.ReadWrite", "UserAuthenticationMethod.Read", "UserAuthenticationMethod.ReadWrite"},
		application: allMethods("UserAuthMethod-TAP.Read.All", "UserAuthMethod-TAP.ReadWrite.All", "UserAuthenticationMethod.Read.All"),
		roles:       mayReadMethods,
		refused:     unauthorized,
	}
	createPasses = &access{
		delegated:   allMethods("UserAuthMethod-TAP.ReadWrite.All"),
		application: allMethods("UserAuthMethod-TAP.ReadWrite.All"),
		roles:       mayIssue,
		refused:     unauthorized,
	}
	deletePasses = &access{
		delegated:   allMethods("UserAuthMethod-TAP.ReadWrite.All"),
		own:         []string{"UserAuthMethod-TAP.ReadWrite", "UserAuthenticationMethod.ReadWrite"},
		application: allMethods("UserAuthMethod-TAP.ReadWrite.All"),
		roles:       mayIssue,
		refused:     unauthorized,
	}
	readMethods = &access{
		delegated:   allMethods("UserAuthenticationMethod.Read.All"),
		own:         []string{"UserAuthenticationMethod.Read", "UserAuthenticationMethod.ReadWrite"},
		application: allMethods("UserAuthenticationMethod.Read.All"),
		roles:       mayReadMethods,
		refused:     unauthorized,
	}
	readPolicy = &access{
		delegated:   []string{"Policy.Read.AuthenticationMethod", "Policy.ReadWrite.AuthenticationMethod", "Policy.Read.All"},
		application: []string{"Policy.Read.AuthenticationMethod", "Policy.ReadWrite.AuthenticationMethod", "Policy.Read.All"},
		roles:       mayReadPolicy,
		refused:     unauthorized,
	}
	changePolicy = &access{
		delegated:   []string{"Policy.ReadWrite.AuthenticationMethod"},
		application: []string{"Policy.ReadWrite.AuthenticationMethod"},
		roles:       maySetPolicy,
		refused:     unauthorized,
	}
	readMe = &access{
		own:     reading("User.Read", basicProfile, "User.Read.All"),
		refused: insufficient,
	}
	readUser = &access{
		delegated:   reading(basicProfile, "User.Read.All"),
		own:         []string{"User.Read"},
		application: reading(basicProfile, "User.Read.All"),
		refused:     insufficient,
	}
	readUsers = &access{
		delegated:   reading(basicProfile, "User.Read.All"),
		application: reading(basicProfile, "User.Read.All"),
		refused:     insufficient,
	}
	// Microsoft's page names no role; that one is needed for somebody else was seen in the field, with this refusal.
	revokeSessions = &access{
		delegated:   []string{"User.RevokeSessions.All", "User.ReadWrite.All", "Directory.ReadWrite.All"},
		application: []string{"User.RevokeSessions.All"},
		roles:       mayRevoke,
		refused:     insufficient,
	}
	readManager = &access{
		delegated:   reading("User.Read.All"),
		application: reading("User.Read.All"),
		refused:     insufficient,
	}
	checkMembership = &access{
		delegated:   reading("User.Read.All", "GroupMember.Read.All"),
		application: reading("User.Read.All", "GroupMember.Read.All"),
		refused:     insufficient,
	}
	readRoles = &access{
		delegated:   reading("RoleManagement.Read.Directory"),
		application: reading("RoleManagement.Read.Directory"),
		refused:     insufficient,
	}
	readAssignments = &access{
		delegated:   append([]string{"RoleManagement.Read.Directory", "RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory"}, wholeDirectory...),
		application: append([]string{"RoleManagement.Read.Directory", "RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory"}, wholeDirectory...),
		refused:     insufficient,
	}
	// Microsoft asks of a person a role as well for what others may activate. That the own can be read without is our invention: in
	// Graph a call of its own, filterByCurrentUser, does.
	readEligible = &access{
		delegated:   eligibilities,
		application: eligibilities,
		refused:     insufficient,
	}
	readUserGroups = readGroups // of a user's groups all is shown, or nothing: Graph shows bare ids where it may not show more
	readOwned      = &access{
		delegated: reading("User.Read.All"),
		refused:   insufficient,
	}
	readUnits = &access{
		delegated:   reading("AdministrativeUnit.Read.All", "AdministrativeUnit.ReadWrite.All"),
		application: reading("AdministrativeUnit.Read.All", "AdministrativeUnit.ReadWrite.All"),
		refused:     insufficient,
	}
	eligibilities = []string{"RoleEligibilitySchedule.Read.Directory", "RoleEligibilitySchedule.ReadWrite.Directory",
		"RoleManagement.Read.Directory", "RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory"}
	readGroups = &access{
		delegated:   reading("GroupMember.Read.All", "Group.Read.All"),
		application: reading("GroupMember.Read.All", "Group.Read.All"),
		refused:     insufficient,
	}
	readMembers  = readGroups
	readLicences = &access{
		delegated:   reading("LicenseAssignment.Read.All", "Organization.Read.All"),
		application: reading("LicenseAssignment.Read.All", "Organization.Read.All"),
		refused:     insufficient,
	}
	// A person reads id and name with User.Read as well: https://learn.microsoft.com/graph/api/organization-list.
	readTenant = &access{
		delegated:   reading("Organization.Read.All", "User.Read"),
		application: reading("Organization.Read.All"),
		refused:     insufficient,
	}
	readReport = &access{
		delegated:   []string{"AuditLog.Read.All"},
		application: []string{"AuditLog.Read.All"},
		roles:       mayReadLogs,
		refused:     logsNotPermitted,
		roleless:    logsOutOfRole,
	}
	readAudits = readReport
	anybody    = &access{} // with a token
)

// basicProfile shows only the basic properties of a user.
const basicProfile = "User.ReadBasic.All"

// allMethods adds the permission of the mission, which covers every call on methods.
func allMethods(names ...string) []string {
	return append(names, "UserAuthenticationMethod.ReadWrite.All")
}

// reading adds the permissions that cover all reading in the directory.
func reading(names ...string) []string { return append(names, wholeDirectory...) }

// unauthorized is the refusal of the credential service (graph.md section 5); that the policy answers alike is our
// reading of it.
func unauthorized() *failure { return accessDenied("Request Authorization failed") }

// insufficient is the refusal of the directory (graph.md section 5).
func insufficient() *failure {
	return refuse(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

// logsNotPermitted and logsOutOfRole are the refusals of the logs and reports, as they were seen in the field.
func logsNotPermitted() *failure {
	return refuse(403, "Authentication_MSGraphPermissionMissing", "Calling principal does not have required MSGraph permissions AuditLog.Read.All")
}

func logsOutOfRole() *failure {
	return refuse(403, "Authentication_RequestFromUnsupportedUserRole", "User is not in the allowed roles")
}

// authorize says whether the caller may make this call, as far as path and token tell; whether the target is within
// the reach of the caller's role is for the handler (reaches).
func (c *call) authorize() error {
	a := c.op.access
	if a == anybody {
		return nil
	}
	if c.caller.application {
		if a == readMe {
			return invalid("BadRequest", "/me request is only valid with delegated authentication flow.")
		}
		return c.require(a, a.application)
	}
	onSelf := a == readMe || c.onSelf()
	sufficient := a.delegated
	if onSelf {
		sufficient = slices.Concat(a.delegated, a.own)
	}
	if err := c.require(a, sufficient); err != nil {
		return err
	}
	if a.roles != nil && !onSelf && !c.holds(a.roles...) {
		if a.roleless != nil {
			return a.roleless()
		}
		return a.refused()
	}
	return nil
}

// holds says whether the caller holds one of the roles, over the tenant or over a unit that the user in the path is in.
func (c *call) holds(templates ...string) bool {
	if c.caller.holds(templates...) {
		return true
	}
	u, known := c.user(c.params["user"])
	return known && c.holdsOver(u, templates...)
}

func (c *call) require(a *access, sufficient []string) error {
	var has []string
	for _, p := range sufficient {
		if c.caller.permitted(p) {
			has = append(has, p)
		}
	}
	if len(has) == 0 {
		return a.refused()
	}
	c.basic = len(has) == 1 && has[0] == basicProfile
	return nil
}

func (c *call) onSelf() bool {
	key, has := c.params["user"]
	u, known := c.user(key)
	return has && known && u.ID == c.caller.id
}

// reaches says whether the caller may change the methods of this user (graph.md sections 1 and 4): nobody the own; an
// Authentication Administrator only those of people without admin roles; nobody those in a restricted unit without a role over
// that unit; applications everybody's.
func (c *call) reaches(u *user) error {
	switch {
	case c.caller.application:
		return nil
	case u.ID == c.caller.id:
		return accessDenied("Self-service operations are currently not supported for user %s", u.ID)
	case !c.withinReach(u, mayIssue):
		return unauthorized()
	}
	return nil
}

// withinReach says whether the roles of a person who calls reach a user whom they may change at all.
func (c *call) withinReach(u *user, may []string) bool {
	restricted := slices.ContainsFunc(c.unitsOf(u.ID), func(unit *unit) bool { return unit.Restricted })
	switch {
	case restricted && !c.holdsOver(u, may...):
		return false
	case c.caller.holds(privilegedAuthAdmin, globalAdministrator):
		return true
	}
	return !c.isAdministrator(u)
}
