package denial_test

import (
	"slices"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/denial"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// TestReach: nobody was refused yet, so what is not known of who is signed in keeps nobody from a user.
func TestReach(t *testing.T) {
	t.Parallel()
	const ask = "ask a Privileged Authentication Administrator"
	inTier0 := denial.Cause{Words: "the user is in the role-assignable group Tier: 0, whose members only a Privileged Authentication Administrator reaches", Remedy: ask}
	board := denial.Cause{Words: "the user is in the restricted administrative unit Board, which only a role over that unit reaches", Remedy: "ask whoever holds one"}
	for name, c := range map[string]struct {
		user    string
		plant   func(*tenant)
		keeps   []denial.Cause
		unknown []string
	}{
		"nothing": {them, func(*tenant) {}, nil, nil},
		"oneself": {me, func(*tenant) {}, []denial.Cause{{Words: "it is your own account, whose passes nobody changes", Remedy: "ask a colleague"}, {Words: "the user holds the admin role Authentication Administrator, and only a Privileged Authentication Administrator reaches administrators", Remedy: ask}}, nil},
		"group":   {them, func(t *tenant) { t.groups = []denial.Group{{Name: "Tier: 0", Assignable: true}} }, []denial.Cause{inTier0}, nil},
		"group, for PA": {them, func(t *tenant) {
			t.active[me] = []denial.Role{role(privileged)}
			t.groups = []denial.Group{{Name: "Tier: 0", Assignable: true}}
		}, nil, nil},
		"restricted": {them, func(t *tenant) { t.units = []denial.Unit{{ID: "u", Name: "Board", Restricted: true}} }, []denial.Cause{board}, nil},
		"unit":       {them, func(t *tenant) { t.active[me] = nil; t.assigned[me] = []denial.Holding{holding(admin, milano)} }, []denial.Cause{{Words: "your role Authentication Administrator is limited to an administrative unit that the user is not in", Remedy: "ask somebody whose role reaches the user"}}, nil},
		"own roles are not known": {them, func(t *tenant) {
			t.refuse = map[string]errs.Slug{"active": errs.Denied, "assigned": errs.Denied}
			t.groups, t.units = []denial.Group{{Name: "Tier: 0", Assignable: true}}, []denial.Unit{{ID: "u", Name: "Board", Restricted: true}}
		}, nil, []string{"cannot tell without the permission RoleManagement.Read.Directory: whether a role of yours reaches administrators; which administrative units a role of yours is over"}},
	} {
		d := &tenant{active: map[string][]denial.Role{me: {role(admin)}}, assigned: map[string][]denial.Holding{}}
		c.plant(d)
		keeps, unknown := denial.Desk{Directory: d, Caller: me}.Reach(t.Context(), permission.CreatePass, denial.Target{User: c.user, ID: c.user})
		if !slices.Equal(keeps, c.keeps) || !slices.Equal(unknown, c.unknown) {
			t.Errorf("%s: %+v\n%q", name, keeps, unknown)
		}
	}
}
