package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/seed-5ddf9a5e/tap/pkg/denial"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// roles says which roles of who is signed in count for passes: those that are active, over the tenant or over a unit, and
// those that could be.
func (x *exam) roles(ctx context.Context) outcome {
	switch {
	case x.tenant.Application:
		return said(Finding{ID: "roles", Status: OK, Words: "an application takes none: its permissions alone count, and they reach every user"})
	case x.tenant.Caller == "":
		return said(Finding{ID: "roles", Status: Skip, Words: "the token does not say who is signed in"})
	}
	var h held
	g := new(errgroup.Group)
	g.Go(func() error { h.active, h.activeErr = x.tenant.Directory.Active(ctx, x.tenant.Caller); return nil })
	g.Go(func() error { h.scoped, h.scopedErr = x.tenant.Directory.Assigned(ctx, x.tenant.Caller); return nil })
	g.Go(func() error {
		h.eligible, h.eligibleErr = x.tenant.Directory.Eligible(ctx, x.tenant.Caller)
		return nil
	})
	_ = g.Wait()
	h.scoped = slices.DeleteFunc(h.scoped, func(r denial.Holding) bool { return r.Unit == "" })
	if h.activeErr != nil {
		return said(x.unread("roles", h.activeErr, permission.ReadRoles))
	}
	return said(h.judge(x))
}

// held are the roles of somebody, as far as they could be read.
type held struct {
	active                            []denial.Role
	scoped, eligible                  []denial.Holding
	activeErr, scopedErr, eligibleErr error
}

// creates reports whether a role is one with which a pass is created.
func creates(template string) bool { return permission.CreatePass.RoleServes(template) }

func (h held) judge(x *exam) Finding {
	f := Finding{ID: "roles", Status: OK, Words: h.words()}
	scoped := slices.IndexFunc(h.scoped, func(r denial.Holding) bool { return creates(r.Template) })
	waiting := slices.IndexFunc(h.eligible, func(r denial.Holding) bool { return creates(r.Template) })
	switch {
	case slices.ContainsFunc(h.active, func(r denial.Role) bool { return creates(r.Template) }):
		return f
	case scoped >= 0:
		f.ID, f.Status = "roles.unit", Warn
		f.Words = fmt.Sprintf("%s reaches the users of one administrative unit alone (%s)", roleName(h.scoped[scoped].Template), h.words())
		f.Remedy = "for others ask somebody whose role reaches the tenant, or a Privileged Role Administrator to assign it there"
	case waiting >= 0:
		f.ID, f.Status = "roles.eligible", Fail
		f.Words = fmt.Sprintf("%s can be activated, and is not active (%s)", roleName(h.eligible[waiting].Template), h.words())
		f.Remedy = "Entra admin center, Privileged Identity Management, My roles: activate it; it takes some minutes to count"
	default:
		f.ID, f.Status = "roles.none", Fail
		f.Words = fmt.Sprintf("no role with which passes are created is active, such as %s (%s)", permission.AuthenticationAdministrator.Name, h.words())
		f.Remedy = "a Privileged Role Administrator assigns it: Entra admin center, Roles and administrators"
		if h.eligibleErr != nil {
			f.Words += "; " + x.unread("", h.eligibleErr, permission.ReadEligible).Words
		}
	}
	return f
}

// words lists the roles.
func (h held) words() string {
	var active, scoped, eligible []string
	for _, r := range h.active {
		active = append(active, r.Name)
	}
	for _, r := range h.scoped {
		scoped = append(scoped, roleName(r.Template))
	}
	for _, r := range h.eligible {
		eligible = append(eligible, roleName(r.Template))
	}
	var parts []string
	for _, p := range []struct {
		what  string
		names []string
	}{{"active", active}, {"over a unit", scoped}, {"to be activated", eligible}} {
		if len(p.names) > 0 {
			parts = append(parts, p.what+": "+strings.Join(p.names, ", "))
		}
	}
	if len(parts) == 0 {
		return "no role at all"
	}
	return strings.Join(parts, "; ")
}

// roleName is the name of a role that tap knows, else its template.
func roleName(template string) string {
	for _, r := range []permission.Role{
		permission.AuthenticationAdministrator, permission.PrivilegedAuthenticationAdministrator, permission.AuthenticationPolicyAdministrator,
		permission.GlobalReader, permission.GlobalAdministrator,
	} {
		if r.Is(template) {
			return r.Name
		}
	}
	return "the role " + template
}
