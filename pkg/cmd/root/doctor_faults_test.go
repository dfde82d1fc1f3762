package root_test

import "testing"

func faultsOfATenant() []planted {
	both := func(all ...func(*testing.T, shell)) func(*testing.T, shell) {
		return func(t *testing.T, s shell) {
			for _, f := range all {
				f(t, s)
			}
		}
	}
	pass := func(t *testing.T, s shell) {
		if r := s.tap("--sandbox", "create", patient, "-q", "--start", "2030-01-01 08:00", "--lifetime", "60m", "--tz", "UTC"); r.exit != 0 {
			t.Fatal(r.stderr)
		}
	}
	return []planted{
		{name: "no role", as: "helpdesk:" + allPermissions + "@Global-Reader", exit: 9, want: `
fail roles.none: no role with which passes are created is active, such as Authentication Administrator (active: Global Reader)
	a Privileged Role Administrator assigns it: Entra admin center, Roles and administrators`},
		{name: "role not activated", as: "eligible:" + allPermissions, exit: 9, want: `
fail roles.eligible: Authentication Administrator can be activated, and is not active (active: Authentication Policy Administrator; to be activated: Authentication Administrator)
	Entra admin center, Privileged Identity Management, My roles: activate it; it takes some minutes to count`},
		{name: "role over a unit", as: "unit:" + allPermissions, exit: 0, want: `
warn roles.unit: Authentication Administrator reaches the users of one administrative unit alone (over a unit: Authentication Administrator)
	for others ask somebody whose role reaches the tenant, or a Privileged Role Administrator to assign it there
skip policy: this sign-in may not read the policy, although its token shows a permission for that
	it takes the permission Policy.Read.AuthenticationMethod and, in a directory role that is active now, Global Reader or Authentication Policy Administrator
	tap help permissions`},
		{name: "no permission for passes", as: without("UserAuthenticationMethod.ReadWrite.All"), exit: 9, want: `
fail permissions.create: tap create cannot list the passes of a user, create a pass: no UserAuthMethod-TAP.ReadWrite.All (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as delegated permission UserAuthMethod-TAP.ReadWrite.All, then grant admin consent
	tap help permissions
fail permissions.delete: tap delete cannot list the passes of a user, delete a pass: no UserAuthMethod-TAP.ReadWrite.All (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as delegated permission UserAuthMethod-TAP.ReadWrite.All, then grant admin consent
	tap help permissions
fail permissions.list: tap list cannot list the passes of a user: no UserAuthMethod-TAP.Read.All (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as delegated permission UserAuthMethod-TAP.Read.All, then grant admin consent
	tap help permissions
fail permissions.report: tap report cannot list the passes of a user, see which kinds of methods a user has: no UserAuthenticationMethod.Read.All (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as delegated permission UserAuthenticationMethod.Read.All, then grant admin consent
	tap help permissions`},
		{name: "no permission for users", as: without("User.Read.All"), exit: 0, want: `
warn permissions.create: tap create works, and cannot read who a user is: no User.Read.All (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as delegated permission User.Read.All, then grant admin consent
	tap help permissions
warn permissions.delete: tap delete works, and cannot read who a user is: no User.Read.All (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as delegated permission User.Read.All, then grant admin consent
	tap help permissions
warn permissions.list: tap list works, and cannot read who a user is: no User.Read.All (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as delegated permission User.Read.All, then grant admin consent
	tap help permissions
warn permissions.report: tap report works, and cannot read who a user is: no User.Read.All (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as delegated permission User.Read.All, then grant admin consent
	tap help permissions`},
		{name: "no permission for the policy", as: without("Policy.ReadWrite.AuthenticationMethod"), exit: 0, want: `
warn permissions.policy-check: tap policy check cannot read the policy: no Policy.Read.AuthenticationMethod (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as delegated permission Policy.Read.AuthenticationMethod, then grant admin consent
	tap help permissions
warn permissions.policy-diff: tap policy diff cannot read the policy: no Policy.Read.AuthenticationMethod (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as delegated permission Policy.Read.AuthenticationMethod, then grant admin consent
	tap help permissions
warn permissions.policy-show: tap policy show cannot read the policy: no Policy.Read.AuthenticationMethod (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as delegated permission Policy.Read.AuthenticationMethod, then grant admin consent
	tap help permissions
skip policy: this sign-in may not read the policy: it lacks the permission Policy.Read.AuthenticationMethod
	tap help permissions`},
		{name: "no permission for roles", as: without("RoleManagement.Read.Directory"), exit: 0, want: `
skip roles: this sign-in may not read a user's directory roles: it lacks the permission RoleManagement.Read.Directory
	tap help permissions`},
		{name: "no permission for roles, of an administrator", as: without("RoleManagement.Read.Directory"), user: "mod.admin@contoso.com", plant: join("mod.admin@contoso.com"), exit: 0, want: `
skip roles: this sign-in may not read a user's directory roles: it lacks the permission RoleManagement.Read.Directory
	tap help permissions
skip user.reach: cannot tell without the permission RoleManagement.Read.Directory: whether a role of yours reaches administrators; which administrative units a role of yours is over
	tap help permissions`},
		{name: "no permission for plans", as: without("LicenseAssignment.Read.All"), exit: 0, want: `
skip licences: this sign-in may not read which plans the tenant has: it lacks the permission LicenseAssignment.Read.All
	tap help permissions`},
		{name: "no permission for units", as: without("AdministrativeUnit.Read.All"), user: patient, exit: 0, want: `
skip user.reach: cannot tell without the permission AdministrativeUnit.Read.All: whether the user is in a restricted administrative unit
	tap help permissions`},
		{name: "an application without permissions", as: "app:User.Read.All,LicenseAssignment.Read.All,GroupMember.Read.All", exit: 9, want: `
fail permissions.create: tap create cannot list the passes of a user, create a pass, read a user's directory roles: no UserAuthMethod-TAP.ReadWrite.All, RoleManagement.Read.Directory (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as application permission UserAuthMethod-TAP.ReadWrite.All, RoleManagement.Read.Directory, then grant admin consent
	tap help permissions
fail permissions.delete: tap delete cannot list the passes of a user, delete a pass: no UserAuthMethod-TAP.ReadWrite.All (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as application permission UserAuthMethod-TAP.ReadWrite.All, then grant admin consent
	tap help permissions
fail permissions.list: tap list cannot list the passes of a user: no UserAuthMethod-TAP.Read.All (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as application permission UserAuthMethod-TAP.Read.All, then grant admin consent
	tap help permissions
warn permissions.policy-check: tap policy check cannot read the policy: no Policy.Read.AuthenticationMethod (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as application permission Policy.Read.AuthenticationMethod, then grant admin consent
	tap help permissions
warn permissions.policy-diff: tap policy diff cannot read the policy: no Policy.Read.AuthenticationMethod (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as application permission Policy.Read.AuthenticationMethod, then grant admin consent
	tap help permissions
warn permissions.policy-show: tap policy show cannot read the policy: no Policy.Read.AuthenticationMethod (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as application permission Policy.Read.AuthenticationMethod, then grant admin consent
	tap help permissions
fail permissions.report: tap report cannot list the passes of a user, see which kinds of methods a user has: no UserAuthenticationMethod.Read.All (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as application permission UserAuthenticationMethod.Read.All, then grant admin consent
	tap help permissions
skip policy: this sign-in may not read the policy: it lacks the permission Policy.Read.AuthenticationMethod
	tap help permissions`},
		{name: "conditional access", plant: post("faults", `[{"match":"GET /policies/**","status":401}]`), exit: 9, want: `
fail policy: reading the policy: conditional access asks for more than this sign-in has, such as a second factor or a managed device (the service: Unauthorized (a fault of the sandbox))
	tap doctor --output json --debug`},
		{name: "an answer that is not Graph's", plant: post("faults", `[{"match":"GET /subscribedSkus","status":400}]`), exit: 9, want: `
fail licences: Bad Request (a fault of the sandbox)
	tap doctor --output json --debug`},
		{name: "policy disabled", plant: post("policy", `{"state":"disabled"}`), exit: 9, want: `
fail policy.method_disabled: the policy is disabled: nobody can be given a pass, and no pass works
	tap policy set --enable`},
		{name: "nobody included", plant: post("policy", `{"includeTargets":[]}`), exit: 9, want: `
fail policy.nobody_included: the policy includes nobody: nobody can be given a pass
	tap policy set --include GROUP`},
		{name: "passes for many uses", plant: post("policy", `{"isUsableOnce":false}`), want: `
warn policy.one_time_off: a pass may work many times: who reads it over a shoulder can use it, too
	tap policy set --one-time`},
		{name: "everybody included", plant: post("policy", `{"includeTargets":[{"id":"all_users","targetType":"group"}]}`), want: `
warn policy.all_users_included: every user of the tenant can be given a pass: name the groups that need it
	tap policy set --include GROUP`},
		{name: "long lifetimes", plant: post("policy", `{"defaultLifetimeInMinutes":600,"maximumLifetimeInMinutes":1440}`), want: `
warn policy.maximum_lifetime_long: a pass may live for 1d, longer than 8h: a code that is lost works as long
	tap policy set --default-lifetime 8h --max-lifetime 8h
warn policy.default_lifetime_long: a pass lives for 10h where nothing is asked for: 1h is enough at the telephone
	tap policy set --default-lifetime 1h`},
		{name: "group of the policy is excluded, too", plant: post("policy", `{"excludeTargets":[{"id":"`+sales+`","targetType":"group"}]}`), want: `
warn policy.exclude_covers_include: Sales and Marketing (5e2eefe3-807c-591e-966b-8410de7bf57f) is included and excluded: exclusion wins, so its members get no pass
	tap policy set --remove-exclude 5e2eefe3-807c-591e-966b-8410de7bf57f`},
		{name: "clock of the service", plant: post("clock", `{"advance":"10m"}`), exit: 9, want: `
fail clock: this machine's clock is 10 min behind the service's
	the sandbox's clock was moved; it can be put back
	tap sandbox clock --reset`},
		{name: "clock of the service, a little", plant: post("clock", `{"advance":"-90s"}`), want: `
warn clock: this machine's clock is 90 s ahead of the service's
	the sandbox's clock was moved; it can be put back
	tap sandbox clock --reset`},
		{name: "no such user", user: "nobody@contoso.com", exit: 9, want: `
fail user: the tenant has no user nobody@contoso.com
	look for a typing error, and whether --tenant or --profile is the right one; a user who was just made takes some seconds`},
		{name: "disabled", user: "nestor.wilke@contoso.com", plant: join("nestor.wilke@contoso.com"), want: `
warn user.enabled: the account is disabled: a pass can be made, and nobody signs in with it before the account is enabled
	Entra admin center, Users, the user, Edit properties, Settings: Account enabled
	az ad user update --id nestor.wilke@contoso.com --account-enabled true`},
		{name: "external guest", user: "maria_fabrikam.com#EXT#@contoso.com", plant: join("maria_fabrikam.com#EXT#@contoso.com"), exit: 9, want: `
fail user.guest: the user is an external guest, who cannot hold a pass of this tenant
	the guest signs in at the home organisation: that alone can issue a pass`},
		{name: "administrator", user: "mod.admin@contoso.com", plant: join("mod.admin@contoso.com"), exit: 9, want: `
fail user.reach: the user holds the admin role Global Administrator, and only a Privileged Authentication Administrator reaches administrators
	ask a Privileged Authentication Administrator`},
		{name: "owner of a role-assignable group", user: "sofia.papa@contoso.com", plant: join("sofia.papa@contoso.com"), exit: 9, want: `
fail user.reach: the user owns the role-assignable group Tier 0 Administrators, whose owners only a Privileged Authentication Administrator reaches
	ask a Privileged Authentication Administrator`},
		{name: "restricted unit", user: "lee.gu@contoso.com", plant: join("lee.gu@contoso.com"), exit: 9, want: `
fail user.reach: the user is in the restricted administrative unit Executives, which only a role over that unit reaches
	ask whoever holds one`},
		{name: "oneself", as: "helpdesk:" + allPermissions + "@Privileged-Authentication-Administrator,Global-Reader", user: "isaiah.langer@contoso.com", plant: join("isaiah.langer@contoso.com"), exit: 9, want: `
fail user.reach: it is your own account, whose passes nobody changes
	ask a colleague`},
		{name: "outside the unit", as: "unit:" + allPermissions, user: patient, exit: 9, want: `
warn roles.unit: Authentication Administrator reaches the users of one administrative unit alone (over a unit: Authentication Administrator)
	for others ask somebody whose role reaches the tenant, or a Privileged Role Administrator to assign it there
skip policy: this sign-in may not read the policy, although its token shows a permission for that
	it takes the permission Policy.Read.AuthenticationMethod and, in a directory role that is active now, Global Reader or Authentication Policy Administrator
	tap help permissions
fail user.reach: your role Authentication Administrator is limited to an administrative unit that the user is not in
	ask somebody whose role reaches the user
skip user.replicated: this sign-in may not list the passes of a user, although its token shows a permission for that
	it takes the permission UserAuthMethod-TAP.Read.All or the broader UserAuthenticationMethod.ReadWrite.All and, in a directory role that is active now, Global Reader, Authentication Administrator or Privileged Authentication Administrator
	tap help permissions`},
		{name: "administrator, and an application asks", as: "app:" + allPermissions, user: "mod.admin@contoso.com", plant: join("mod.admin@contoso.com"), want: `
warn user.reach: the user holds the admin role Global Administrator: tap creates no pass for one as an application, unless told so
	tap create mod.admin@contoso.com --allow-privileged`},
		{name: "not targeted", user: "joni.sherman@contoso.com", exit: 9, want: `
fail user.policy: the policy includes the user by none of its targets
	put the user into a group that it includes, or add one
	tap policy set --add-include GROUP`},
		{name: "excluded", user: "christie.cline@contoso.com", plant: join("christie.cline@contoso.com"), exit: 9, want: `
fail user.policy: the policy excludes the user by No Temporary Access Pass (85158a66-1cb4-5817-baef-d4b7b71a440c)
	take the user out of it, or it off the policy
	tap policy set --remove-exclude 85158a66-1cb4-5817-baef-d4b7b71a440c`},
		{name: "not replicated", user: "new.hire@contoso.com", plant: both(post("users", `{"userPrincipalName":"new.hire@contoso.com","replication":"1h"}`), join("new.hire@contoso.com")), exit: 9, want: `
fail user.replicated: the directory knows the user, and the pass service does not yet: new users take some seconds to some minutes
	tap create new.hire@contoso.com --wait 60s`},
		{name: "holds a pass", user: patient, plant: pass, want: `
warn user.pass: the user holds a pass that is not valid before 2030-01-01 08:00 UTC, until 2030-01-01 09:00 UTC: another one would end it
	tap create adele.vance@contoso.com --replace`},
	}
}
