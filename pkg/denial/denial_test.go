package denial_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/denial"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

const (
	me, them, upn = "11111111-2222-4333-8444-555555555555", "0a5d4b0c-7b3e-4f0e-8d7a-0b2f6d1c9e11", "adele.vance@contoso.com"
	milano, board = "u-milano", "u-board"
)

// tenant answers what a test put in, and counts the reads.
type tenant struct {
	active   map[string][]denial.Role
	assigned map[string][]denial.Holding
	eligible []denial.Holding
	groups   []denial.Group
	owned    []denial.Group
	units    []denial.Unit
	refuse   map[string]errs.Slug // by the read
	mu       sync.Mutex
	reads    []string
}

func (t *tenant) read(name, whom string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reads = append(t.reads, name+" "+whom)
	if slug, refused := t.refuse[name]; refused {
		return &errs.Error{Slug: slug, Why: "no"}
	}
	return nil
}

func (t *tenant) Active(_ context.Context, user string) ([]denial.Role, error) {
	return t.active[user], t.read("active", user)
}

func (t *tenant) Assigned(_ context.Context, who string) ([]denial.Holding, error) {
	return t.assigned[who], t.read("assigned", who)
}

func (t *tenant) Eligible(_ context.Context, who string) ([]denial.Holding, error) {
	return t.eligible, t.read("eligible", who)
}

func (t *tenant) Groups(_ context.Context, user string) ([]denial.Group, error) {
	return t.groups, t.read("groups", user)
}

func (t *tenant) Owned(_ context.Context, user string) ([]denial.Group, error) {
	return t.owned, t.read("owned", user)
}

func (t *tenant) Units(_ context.Context, user string) ([]denial.Unit, error) {
	return t.units, t.read("units", user)
}

func holding(r permission.Role, unit string) denial.Holding {
	return denial.Holding{Template: r.Template, Unit: unit}
}

func role(r permission.Role) denial.Role { return denial.Role{Template: r.Template, Name: r.Name} }

var (
	admin      = permission.AuthenticationAdministrator
	privileged = permission.PrivilegedAuthenticationAdministrator
	policyRole = permission.AuthenticationPolicyAdministrator
	nothing    = "the directory shows no cause; it takes " + permission.CreatePass.Takes(false) + ", and what is new takes some minutes to count"
)

const (
	names    = "Authentication Administrator or Privileged Authentication Administrator"
	noRole   = "you hold none of the roles that this takes, " + names + ": a Privileged Role Administrator assigns one"
	activate = "your role Authentication Administrator can be activated and is not active: activate it in the Entra admin center under Privileged Identity Management, My roles; it takes some minutes to count"
	notMine  = "your role Authentication Administrator is limited to an administrative unit that the user is not in: ask somebody whose role reaches the user"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	held := func(who string, roles ...permission.Role) func(*tenant) {
		return func(t *tenant) {
			for _, r := range roles {
				t.active[who] = append(t.active[who], role(r))
			}
		}
	}
	refuse := func(slug errs.Slug, reads ...string) func(*tenant) {
		return func(t *tenant) {
			for _, r := range reads {
				t.refuse[r] = slug
			}
		}
	}
	limited := func(t *tenant) { t.assigned[me] = []denial.Holding{holding(admin, milano)} }
	inMilano := func(t *tenant) { t.units = append(t.units, denial.Unit{ID: strings.ToUpper(milano), Name: "Milano"}) }
	onBoard := func(t *tenant) { t.units = append(t.units, denial.Unit{ID: board, Name: "Board", Restricted: true}) }
	eligible := func(t *tenant) { t.eligible = []denial.Holding{holding(admin, "")} }
	tier0 := func(t *tenant) { t.groups = []denial.Group{{Name: "All"}, {Name: "Tier 0", Assignable: true}} }
	owner := func(t *tenant) { t.owned = []denial.Group{{Name: "Tier 0", Assignable: true}, {Name: "Mine"}} }
	all := []string{"active", "assigned", "eligible", "groups", "owned", "units"}
	create, list, policy := permission.CreatePass, permission.ListPasses, permission.ChangePolicy
	user := denial.Target{User: upn, ID: them}
	for _, c := range []struct {
		name  string
		o     *permission.Operation
		set   []func(*tenant)
		held  []string // permissions; nil: one that serves
		none  bool     // the token does not say
		app   bool
		to    denial.Target
		whose string // who calls, "-" for nobody
		want  []string
	}{
		{name: "no cause", set: []func(*tenant){held(me, admin)}, want: []string{nothing}},
		{name: "the role, assigned and not shown as a membership", set: []func(*tenant){func(t *tenant) { t.assigned[me] = []denial.Holding{holding(admin, "")} }}, want: []string{nothing}},
		{name: "permission missing", set: []func(*tenant){held(me, admin)}, held: []string{"User.Read"}, want: []string{"the sign-in's token carries no permission for this (UserAuthMethod-TAP.ReadWrite.All, UserAuthenticationMethod.ReadWrite.All): an administrator has to consent to one of them for this client"}},
		{name: "an opaque token", set: []func(*tenant){held(me, admin)}, none: true, want: []string{"it takes " + create.Takes(false), "cannot tell from the token: whether it carries a permission for this (UserAuthMethod-TAP.ReadWrite.All, UserAuthenticationMethod.ReadWrite.All)"}},
		{name: "an application", app: true, held: []string{}, want: []string{"the application's token carries no permission for this (UserAuthMethod-TAP.ReadWrite.All, UserAuthenticationMethod.ReadWrite.All): an administrator has to consent to one of them, as an application permission"}},
		{name: "an application that has it", app: true, want: []string{"the token carries what this takes, and tap knows no other cause for an application: it takes the application permission UserAuthMethod-TAP.ReadWrite.All or the broader UserAuthenticationMethod.ReadWrite.All, with an administrator's consent"}},

		{name: "no role", want: []string{noRole}},
		{name: "another role", set: []func(*tenant){held(me, policyRole)}, want: []string{noRole}},
		{name: "not active", set: []func(*tenant){eligible}, want: []string{activate}},
		{name: "another is eligible", set: []func(*tenant){func(t *tenant) { t.eligible = []denial.Holding{holding(policyRole, "")} }}, want: []string{noRole}},
		{name: "active and eligible", set: []func(*tenant){eligible, held(me, admin)}, want: []string{nothing}},
		{name: "a unit without the user", set: []func(*tenant){limited}, want: []string{notMine}},
		{name: "a unit with the user", set: []func(*tenant){limited, inMilano}, want: []string{nothing}},
		{name: "a unit, listing", o: list, set: []func(*tenant){limited}, want: []string{notMine}},
		{name: "a unit, and the policy", o: policy, set: []func(*tenant){func(t *tenant) { t.assigned[me] = []denial.Holding{holding(policyRole, milano)} }}, to: denial.Target{}, want: []string{"your role Authentication Policy Administrator is limited to an administrative unit, and the policy is the whole tenant's: ask somebody whose role reaches the tenant"}},
		{name: "no role for the policy", o: policy, set: []func(*tenant){held(me, admin)}, to: denial.Target{}, want: []string{"you hold none of the roles that this takes, Authentication Policy Administrator: a Privileged Role Administrator assigns one"}},

		{name: "an administrator", set: []func(*tenant){held(me, admin), held(upn, policyRole, admin)}, want: []string{"the user holds the admin role Authentication Policy Administrator, Authentication Administrator, and only a Privileged Authentication Administrator reaches administrators: ask one"}},
		{name: "an administrator of a unit", set: []func(*tenant){held(me, admin), func(t *tenant) { t.assigned[them] = []denial.Holding{holding(admin, milano)} }}, want: []string{"the user holds an admin role over an administrative unit, and only a Privileged Authentication Administrator reaches administrators: ask one"}},
		{name: "an administrator, whom who calls reaches", set: []func(*tenant){held(me, privileged), held(upn, policyRole), tier0, owner}, want: []string{nothing}},
		{name: "an administrator, listed", o: list, set: []func(*tenant){held(me, policyRole), held(upn, policyRole)}, want: []string{"you hold none of the roles that this takes, Global Reader, Authentication Administrator or Privileged Authentication Administrator: a Privileged Role Administrator assigns one"}},
		{name: "in a role-assignable group", set: []func(*tenant){held(me, admin), tier0}, want: []string{"the user is in the role-assignable group Tier 0, whose members only a Privileged Authentication Administrator reaches: ask one"}},
		{name: "owns a role-assignable group", set: []func(*tenant){held(me, admin), owner}, want: []string{"the user owns the role-assignable group Tier 0, whose owners only a Privileged Authentication Administrator reaches: ask one"}},
		{name: "in a restricted unit", set: []func(*tenant){held(me, privileged), inMilano, onBoard}, want: []string{"the user is in the restricted administrative unit Board, which only a role over that unit reaches: ask whoever holds one"}},
		{name: "in a restricted unit that is served", set: []func(*tenant){held(me, privileged), onBoard, func(t *tenant) { t.assigned[me] = []denial.Holding{holding(admin, board)} }}, want: []string{nothing}},
		{name: "oneself", set: []func(*tenant){held(me, admin)}, to: denial.Target{User: upn, ID: strings.ToUpper(me)}, want: []string{"it is your own account, whose passes nobody changes: ask a colleague"}},
		{name: "a guest", set: []func(*tenant){held(me, admin)}, to: denial.Target{User: upn, ID: them, External: true}, want: []string{"the user is an external guest, who signs in at the home organisation: that alone can issue a pass"}},
		{name: "several", set: []func(*tenant){eligible, tier0}, want: []string{activate, "the user is in the role-assignable group Tier 0, whose members only a Privileged Authentication Administrator reaches: ask one"}},

		{name: "one of many", set: []func(*tenant){held(me, admin), tier0}, to: denial.Target{Many: true}, want: []string{"it takes " + create.Takes(false), "cannot tell of one among many (the same command for this user alone does): whether the user is an administrator, in a role-assignable group or in a restricted unit"}},
		{name: "one of many, without the role", set: []func(*tenant){eligible}, to: denial.Target{Many: true}, want: []string{activate}},
		{name: "one of many, over a unit", set: []func(*tenant){limited}, to: denial.Target{Many: true}, want: []string{"it takes " + create.Takes(false), "cannot tell of one among many (the same command for this user alone does): whether the user is in the administrative unit that your role Authentication Administrator is limited to; whether the user is an administrator, in a role-assignable group or in a restricted unit"}},
		{name: "one of many, listed", o: list, set: []func(*tenant){held(me, admin)}, to: denial.Target{Many: true}, want: []string{"the directory shows no cause; it takes " + list.Takes(false) + ", and what is new takes some minutes to count"}},

		{name: "nothing may be read", set: []func(*tenant){refuse(errs.Denied, all...)}, want: []string{
			"it takes " + create.Takes(false),
			"cannot tell without the permission RoleManagement.Read.Directory: whether a role of yours that this takes is active now, " + names + "; whether the user is an administrator",
			"cannot tell without the permission GroupMember.Read.All: whether the user is in a role-assignable group",
			"cannot tell without the permission User.Read.All: whether the user owns a role-assignable group",
			"cannot tell without the permission AdministrativeUnit.Read.All: whether the user is in a restricted administrative unit",
		}},
		{name: "the directory is busy", o: policy, to: denial.Target{}, set: []func(*tenant){refuse(errs.Busy, all...)}, want: []string{
			"it takes " + policy.Takes(false), "cannot tell since the directory did not say: whether a role of yours that this takes is active now, Authentication Policy Administrator",
		}},
		{name: "what can be activated is hidden", set: []func(*tenant){refuse(errs.Denied, "eligible")}, want: []string{
			"none of the roles that this takes is active for you: " + names, "cannot tell without the permission RoleEligibilitySchedule.Read.Directory: whether you could activate one (Privileged Identity Management)",
		}},
		{name: "assignments are hidden", set: []func(*tenant){refuse(errs.Denied, "assigned")}, want: []string{
			"none of the roles that this takes is active for you over the whole tenant: " + names,
			"cannot tell without the permission RoleManagement.Read.Directory: whether a role of yours is limited to an administrative unit; whether the user is an administrator of an administrative unit",
		}},
		{name: "units are hidden from one who serves one", set: []func(*tenant){limited, refuse(errs.Denied, "units")}, want: []string{
			"it takes " + create.Takes(false),
			"cannot tell without the permission AdministrativeUnit.Read.All: whether the user is in the administrative unit that your role Authentication Administrator is limited to; whether the user is in a restricted administrative unit",
		}},
		{name: "nobody knows who calls", whose: "-", set: []func(*tenant){tier0}, want: []string{
			"the user is in the role-assignable group Tier 0, whose members only a Privileged Authentication Administrator reaches: ask one",
			"cannot tell who is signed in: whether a role of yours that this takes is active now, " + names,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := &tenant{active: map[string][]denial.Role{}, assigned: map[string][]denial.Holding{}, refuse: map[string]errs.Slug{}}
			for _, set := range c.set {
				set(w)
			}
			if c.o == nil {
				c.o = create
			}
			if c.to == (denial.Target{}) && c.o != policy {
				c.to = user
			}
			d := denial.Desk{Directory: w, Application: c.app, Caller: me, Permissions: []string{c.o.Least}}
			switch {
			case c.none:
				d.Permissions = nil
			case c.held != nil:
				d.Permissions = c.held
			}
			if c.whose != "" {
				d.Caller = ""
			}
			refused := &errs.Error{Slug: errs.Denied, Why: "Request Authorization failed", RequestID: "r-1"}
			e := d.Explain(t.Context(), refused, c.o, c.to)
			if !slices.Equal(e.Causes, c.want) {
				t.Errorf("causes\n  %s\nwant\n  %s", strings.Join(e.Causes, "\n  "), strings.Join(c.want, "\n  "))
			}
			if e.Why != refused.Why || e.RequestID != "r-1" || len(refused.Causes) > 0 {
				t.Errorf("%+v, of %+v", e, refused)
			}
			if c.app && len(w.reads) > 0 {
				t.Errorf("an application is held back by no role, and %q was read", w.reads)
			}
		})
	}
}

// TestNothingToExplain: other errors, and those that are explained, come back as they are and cost no request.
func TestNothingToExplain(t *testing.T) {
	t.Parallel()
	w := &tenant{}
	d := denial.Desk{Directory: w, Caller: me}
	for _, e := range []*errs.Error{nil, {Slug: errs.Busy}, {Slug: errs.Rejected}, {Slug: errs.Denied, Causes: []string{"known"}}} {
		if got := d.Explain(t.Context(), e, permission.CreatePass, denial.Target{User: upn}); got != e || len(w.reads) > 0 {
			t.Errorf("%+v became %+v, by %q", e, got, w.reads)
		}
	}
	got := denial.Desk{}.Explain(t.Context(), &errs.Error{Slug: errs.Denied, Why: "no"}, permission.ReadPolicy, denial.Target{})
	if want := "no: it takes " + permission.ReadPolicy.Takes(false); got.Error() != want {
		t.Errorf("without a directory: %s, want %s", got, want)
	}
}

// TestRemember: the roles of who is signed in are read once, the user's each time.
func TestRemember(t *testing.T) {
	t.Parallel()
	w := &tenant{refuse: map[string]errs.Slug{"eligible": errs.Denied}, assigned: map[string][]denial.Holding{me: {holding(policyRole, "")}}}
	d := denial.Desk{Directory: denial.Remember(w), Caller: me}
	var g sync.WaitGroup
	for _, to := range []denial.Target{{Many: true}, {Many: true}, {User: upn, ID: them}, {User: upn, ID: them}} {
		g.Go(func() {
			e := d.Explain(t.Context(), &errs.Error{Slug: errs.Denied}, permission.CreatePass, to)
			if !slices.Contains(e.Causes, "none of the roles that this takes is active for you: "+names) {
				t.Errorf("%+v: %q", to, e.Causes)
			}
		})
	}
	g.Wait()
	slices.Sort(w.reads)
	want := []string{
		"active " + upn, "active " + me, "assigned " + them, "assigned " + me, "eligible " + me,
		"groups " + upn, "groups " + upn, "owned " + upn, "owned " + upn, "units " + upn, "units " + upn,
	}
	slices.Sort(want)
	if !slices.Equal(w.reads, want) {
		t.Errorf("read %q, want %q", w.reads, want)
	}
}
