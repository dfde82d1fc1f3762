// Package permission is the one table of what calls of Graph take, permissions and for a person a directory role, and
// of the calls that each command makes. It must not ask anybody what is held, nor decide what becomes of a refusal.
package permission

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Operation is something that tap asks of Graph. Any one of Least and Also is enough, for a person and for an application;
// AlsoPeople has what is enough for a person besides.
//
// Least and Also are Microsoft's, in testdata/graph/permissions.json where that has the call, else on the call's page of
// https://learn.microsoft.com/graph/api/overview.
type Operation struct {
	Does  string   // in words, as a command reads
	Calls []string // "GET /users/{id}", below the version
	Least string
	// Asked is what a person's sign-in asks for where that is not Least: the permission of the mission (docs/adr/0004).
	Asked string
	Also  []string
	// AlsoPeople are enough for a person, and not for an application.
	AlsoPeople []string
	// Partly are enough for the call and show less than tap reads.
	Partly []string
	// OnlyPeople says that no permission lets an application do it.
	OnlyPeople bool
	// Roles are the directory roles of which a person needs one that is active now. None: no role is needed.
	Roles []Role
	// Reach says what the roles do not tell: whom they reach.
	Reach string
}

// The permissions of the mission: the broad one is what a person's sign-in asks for.
const (
	methods    = "UserAuthenticationMethod.ReadWrite.All"
	passes     = "UserAuthMethod-TAP.ReadWrite.All"
	readPasses = "UserAuthMethod-TAP.Read.All"
)

// What covers all reading in the directory.
const (
	directory     = "Directory.Read.All"
	directoryEdit = "Directory.ReadWrite.All"
)

const onlyUsers = "Authentication Administrator reaches users without an admin role, Privileged Authentication Administrator all; nobody the own account"

// The operations.
var (
	ListPasses = &Operation{
		Does:  "list the passes of a user",
		Calls: []string{"GET /users/{id}/authentication/temporaryAccessPassMethods"},
		Least: readPasses, Asked: methods, Also: []string{passes, "UserAuthenticationMethod.Read.All", methods},
		Roles: []Role{GlobalReader, AuthenticationAdministrator, PrivilegedAuthenticationAdministrator},
	}
	CreatePass = &Operation{
		Does:  "create a pass",
		Calls: []string{"POST /users/{id}/authentication/temporaryAccessPassMethods"},
		Least: passes, Asked: methods, Also: []string{methods},
		Roles: []Role{AuthenticationAdministrator, PrivilegedAuthenticationAdministrator}, Reach: onlyUsers,
	}
	DeletePass = &Operation{
		Does:  "delete a pass",
		Calls: []string{"DELETE /users/{id}/authentication/temporaryAccessPassMethods/{id}"},
		Least: passes, Asked: methods, Also: []string{methods},
		Roles: []Role{AuthenticationAdministrator, PrivilegedAuthenticationAdministrator}, Reach: onlyUsers,
	}
	ReadPolicy = &Operation{
		Does:  "read the policy",
		Calls: []string{"GET /policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass"},
		Least: "Policy.Read.AuthenticationMethod", Also: []string{"Policy.ReadWrite.AuthenticationMethod", "Policy.Read.All"},
		Roles: []Role{GlobalReader, AuthenticationPolicyAdministrator},
	}
	ChangePolicy = &Operation{
		Does:  "change the policy",
		Calls: []string{"PATCH /policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass"},
		Least: "Policy.ReadWrite.AuthenticationMethod",
		Roles: []Role{AuthenticationPolicyAdministrator},
	}
	ReadUser = &Operation{
		Does:  "read who a user is",
		Calls: []string{"GET /users/{id}"},
		Least: "User.Read.All", Also: []string{directory, directoryEdit}, Partly: []string{"User.ReadBasic.All"},
	}
	FindUsers = &Operation{
		Does:  "find users by mail or employee id",
		Calls: []string{"GET /users"},
		Least: "User.Read.All", Also: []string{directory, directoryEdit}, Partly: []string{"User.ReadBasic.All"},
	}
	ListUsers = &Operation{
		Does:  "list all users",
		Calls: []string{"GET /users"},
		Least: "User.Read.All", Also: []string{directory, directoryEdit}, Partly: []string{"User.ReadBasic.All"},
	}
	ReadRegistrations = &Operation{
		Does:  "read the registration report",
		Calls: []string{"GET /reports/authenticationMethods/userRegistrationDetails"},
		Least: "AuditLog.Read.All",
		Roles: []Role{ReportsReader, SecurityReader, SecurityAdministrator, GlobalReader},
	}
	ReadGroups = &Operation{
		Does:  "find groups and read their names",
		Calls: []string{"GET /groups", "GET /groups/{id}"},
		Least: "GroupMember.Read.All", Also: []string{"Group.Read.All", directory, directoryEdit},
	}
	ReadMembers = &Operation{
		Does:  "list the users of a group",
		Calls: []string{"GET /groups/{id}/transitiveMembers/microsoft.graph.user"},
		Least: "GroupMember.Read.All", Also: []string{"Group.Read.All", directory, directoryEdit},
	}
	CheckGroups = &Operation{
		Does:  "see whether a user is in a group of the policy",
		Calls: []string{"POST /users/{id}/checkMemberGroups"},
		Least: "GroupMember.Read.All", Also: []string{"User.Read.All", directory, directoryEdit},
	}
	ReadRoles = &Operation{
		Does:  "read a user's directory roles",
		Calls: []string{"GET /users/{id}/transitiveMemberOf/microsoft.graph.directoryRole"},
		Least: "RoleManagement.Read.Directory", Also: []string{directory, directoryEdit},
	}
	ReadAssignments = &Operation{
		Does:  "read what a role is limited to",
		Calls: []string{"GET /roleManagement/directory/roleAssignments"},
		Least: "RoleManagement.Read.Directory", Also: []string{"RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory", directory, directoryEdit},
	}
	ReadEligible = &Operation{
		Does:  "read which roles can be activated",
		Calls: []string{"GET /roleManagement/directory/roleEligibilityScheduleInstances"},
		Least: "RoleEligibilitySchedule.Read.Directory",
		Also:  []string{"RoleEligibilitySchedule.ReadWrite.Directory", "RoleManagement.Read.All", "RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory"},
	}
	ReadUserGroups = &Operation{
		Does:  "read the groups that a user is in",
		Calls: []string{"GET /users/{id}/transitiveMemberOf/microsoft.graph.group"},
		Least: "GroupMember.Read.All", Also: []string{"Group.Read.All", directory, directoryEdit},
	}
	ReadOwned = &Operation{
		Does:  "read the groups that a user owns",
		Calls: []string{"GET /users/{id}/ownedObjects/microsoft.graph.group"},
		Least: "User.Read.All", Also: []string{directory, directoryEdit}, OnlyPeople: true,
	}
	ReadUnits = &Operation{
		Does:  "read the administrative units that a user is in",
		Calls: []string{"GET /users/{id}/transitiveMemberOf/microsoft.graph.administrativeUnit"},
		Least: "AdministrativeUnit.Read.All", Also: []string{"AdministrativeUnit.ReadWrite.All", directory, directoryEdit},
	}
	ReadMethods = &Operation{
		Does:  "see which kinds of methods a user has",
		Calls: []string{"GET /users/{id}/authentication/methods"},
		Least: "UserAuthenticationMethod.Read.All", Asked: methods, Also: []string{methods},
		Roles: []Role{GlobalReader, AuthenticationAdministrator, PrivilegedAuthenticationAdministrator},
	}
	ReadSignIns = &Operation{
		Does:  "read the sign-ins of a user",
		Calls: []string{"GET /auditLogs/signIns"},
		Least: "AuditLog.Read.All", Roles: []Role{ReportsReader, SecurityReader, SecurityAdministrator, GlobalReader},
	}
	ReadAudits = &Operation{
		Does:  "read the audit log",
		Calls: []string{"GET /auditLogs/directoryAudits"},
		Least: "AuditLog.Read.All", Roles: []Role{ReportsReader, SecurityReader, SecurityAdministrator, GlobalReader},
	}
	ReadLicences = &Operation{
		Does:  "read which plans the tenant has",
		Calls: []string{"GET /subscribedSkus"},
		Least: "LicenseAssignment.Read.All", Also: []string{"Organization.Read.All", directory, directoryEdit},
	}
	// User.Read is in every sign-in of a person, and no application can have it: https://learn.microsoft.com/graph/api/organization-list.
	ReadTenant = &Operation{
		Does:  "read what the tenant is called",
		Calls: []string{"GET /organization"},
		Least: "Organization.Read.All", Also: []string{directory, directoryEdit}, AlsoPeople: []string{"User.Read"},
	}
)

// The operations that undo what came of a pass.
var (
	DeleteMethod = &Operation{
		Does: "delete a method of a user",
		Calls: []string{
			"DELETE /users/{id}/authentication/fido2Methods/{id}", "DELETE /users/{id}/authentication/windowsHelloForBusinessMethods/{id}",
			"DELETE /users/{id}/authentication/microsoftAuthenticatorMethods/{id}", "DELETE /users/{id}/authentication/platformCredentialMethods/{id}",
			"DELETE /users/{id}/authentication/phoneMethods/{id}", "DELETE /users/{id}/authentication/emailMethods/{id}",
			"DELETE /users/{id}/authentication/softwareOathMethods/{id}", "DELETE /users/{id}/authentication/hardwareOathMethods/{id}",
			"DELETE /users/{id}/authentication/externalAuthenticationMethods/{id}", "DELETE /users/{id}/authentication/qrCodePinMethod",
		},
		Least: methods, Roles: []Role{AuthenticationAdministrator, PrivilegedAuthenticationAdministrator}, Reach: onlyUsers,
	}
	EndSessions = &Operation{
		Does:  "end the sessions of a user",
		Calls: []string{"POST /users/{id}/revokeSignInSessions"},
		Least: "User.RevokeSessions.All", AlsoPeople: []string{"User.ReadWrite.All", directoryEdit},
		Roles: []Role{AuthenticationAdministrator, PrivilegedAuthenticationAdministrator, HelpdeskAdministrator, UserAdministrator},
		Reach: "Privileged Authentication Administrator alone reaches every administrator",
	}
)

// Operations lists every row of the table, in the order in which people read it.
func Operations() []*Operation {
	return []*Operation{
		ListPasses, CreatePass, DeletePass, ReadPolicy, ChangePolicy, ReadUser, FindUsers, ListUsers, ReadRegistrations, ReadGroups, ReadMembers, CheckGroups,
		ReadRoles, ReadAssignments, ReadEligible, ReadUserGroups, ReadOwned, ReadUnits, ReadMethods, DeleteMethod, EndSessions, ReadSignIns, ReadAudits, ReadLicences, ReadTenant,
	}
}

// Serving are the permissions of which one is enough for a person or an application, the least first.
func (o *Operation) Serving(application bool) []string {
	serving := append([]string{o.Least}, o.Also...)
	if application {
		return serving
	}
	return append(serving, o.AlsoPeople...)
}

// ServedBy reports whether one of the permissions is enough for a person or an application.
func (o *Operation) ServedBy(application bool, held ...string) bool {
	return slices.ContainsFunc(held, func(h string) bool {
		return slices.ContainsFunc(o.Serving(application), func(p string) bool { return strings.EqualFold(p, h) })
	})
}

// Request is what a person's sign-in asks for: the least, or what is asked for by default.
func (o *Operation) Request(least bool) string {
	if least {
		return o.Least
	}
	return cmp.Or(o.Asked, o.Least)
}

// Takes says in words what the operation takes from a person or an application.
func (o *Operation) Takes(application bool) string {
	permission := o.Least
	if o.Asked != "" {
		permission += " or the broader " + o.Asked
	}
	switch {
	case application:
		return fmt.Sprintf("the application permission %s, with an administrator's consent", permission)
	case len(o.Roles) == 0:
		return "the permission " + permission
	case o.Reach != "":
		return fmt.Sprintf("the permission %s and, in a directory role that is active now, %s (%s)", permission, o.RoleNames(), o.Reach)
	}
	return fmt.Sprintf("the permission %s and, in a directory role that is active now, %s", permission, o.RoleNames())
}
