package permission_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// microsofts is Microsoft's permission table, as far as it is looked at.
type microsofts map[string]struct {
	PathSets []struct {
		SchemeKeys []string
		Methods    []string
		Paths      map[string]string // "least=DelegatedWork,Application"
	}
}

func readTable(t *testing.T) microsofts {
	t.Helper()
	b, err := os.ReadFile("../../testdata/graph/permissions.json")
	if err != nil {
		t.Fatal(err)
	}
	var m microsofts
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// serving are the permissions that Microsoft lists for a call, with whether each is marked as the least, for a scheme. A type
// cast at the end of a path is not in the table, and it has the policy under a placeholder, too.
func (m microsofts) serving(call, scheme string) map[string]bool {
	method, path, _ := strings.Cut(strings.ToLower(call), " ")
	path, _, _ = strings.Cut(path, "/microsoft.graph.")
	general := strings.Replace(path, "configurations/temporaryaccesspass", "configurations/{id}", 1)
	found := map[string]bool{}
	for permission, p := range m {
		for _, set := range p.PathSets {
			if !slices.Contains(set.SchemeKeys, scheme) || !slices.ContainsFunc(set.Methods, func(s string) bool { return strings.EqualFold(s, method) }) {
				continue
			}
			for listed, mark := range set.Paths {
				if strings.EqualFold(listed, path) || strings.EqualFold(listed, general) {
					_, least, _ := strings.Cut(mark, "least=")
					found[permission] = found[permission] || slices.Contains(strings.Split(least, ","), scheme)
				}
			}
		}
	}
	return found
}

// ownOnly reports whether a permission reaches the own account alone: its sibling .All reaches everybody.
func (m microsofts) ownOnly(permission string) bool {
	_, everybody := m[permission+".All"]
	return everybody
}

// TestTheTableIsMicrosofts: of the permissions that Microsoft's table knows, those that serve a call are those that it lists, and
// the least is marked as the least, itself or its sibling for the own account, where any is.
func TestTheTableIsMicrosofts(t *testing.T) {
	t.Parallel()
	m := readTable(t)
	compared := 0
	for _, o := range permission.Operations() {
		for _, call := range o.Calls {
			for _, scheme := range []string{"DelegatedWork", "Application"} {
				listed := m.serving(call, scheme)
				if len(listed) == 0 {
					continue
				}
				compared++
				marked := false
				for p := range m {
					_, want := listed[p]
					want = want && !m.ownOnly(p)
					if got := o.ServedBy(scheme == "Application", p) || slices.Contains(o.Partly, p); got != want {
						t.Errorf("%s, %s: %s serves %v, Microsoft says %v", call, scheme, p, got, want)
					}
					marked = marked || want && listed[p]
				}
				least := append([]string{o.Least, strings.TrimSuffix(o.Least, ".All")}, o.Partly...)
				if marked && !slices.ContainsFunc(least, func(p string) bool { return listed[p] }) {
					t.Errorf("%s, %s: Microsoft does not call %s the least", call, scheme, o.Least)
				}
			}
		}
	}
	if compared < 14 {
		t.Errorf("only %d calls are in Microsoft's table", compared)
	}
}

// TestRows: each row of the table can be read by people and used by the program.
func TestRows(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, o := range permission.Operations() {
		if o.Does == "" || seen[o.Does] || len(o.Calls) == 0 || o.Least == "" {
			t.Errorf("%+v has no words, the words of another, no call, or no permission", o)
		}
		seen[o.Does] = true
		if o.Asked != "" && !o.ServedBy(true, o.Asked) {
			t.Errorf("%s: %s is asked for and does not serve", o.Does, o.Asked)
		}
		if len(permission.UsedBy(o)) == 0 {
			t.Errorf("no command is said to %s", o.Does)
		}
	}
	for _, c := range permission.Commands() {
		for _, u := range permission.Of(c) {
			if !slices.Contains(permission.Operations(), u.Operation) {
				t.Errorf("%s uses %q, which is no row", c, u.Does)
			}
		}
	}
}

func TestAsked(t *testing.T) {
	t.Parallel()
	const (
		broad, narrow, look, user = "UserAuthenticationMethod.ReadWrite.All", "UserAuthMethod-TAP.ReadWrite.All", "UserAuthMethod-TAP.Read.All", "User.Read.All"
		member, logs              = "GroupMember.Read.All", "AuditLog.Read.All"
		readPolicy, policy        = "Policy.Read.AuthenticationMethod", "Policy.ReadWrite.AuthenticationMethod"
	)
	for _, c := range []struct {
		command, flag string
		asked, least  []string
	}{
		{"create", "", []string{broad, user}, []string{narrow, user}},
		{"create", "dry-run", []string{broad, user}, []string{look, user}},
		{"create", "group", []string{broad, user, member}, []string{narrow, user, member}},
		{"create", "file", []string{broad, user}, []string{narrow, user}},
		{"run resume", "", []string{broad, user}, []string{narrow, user}},
		{"list", "", []string{broad, user}, []string{look, user}},
		{"list", "all", []string{broad, user, logs}, []string{look, user, logs}},
		{"list", "deep", []string{broad, user}, []string{look, user}},
		{"delete", "all", []string{broad, user, logs}, []string{narrow, user, logs}},
		{"delete", "", []string{broad, user}, []string{narrow, user}},
		{"delete", "dry-run", []string{broad, user}, []string{look, user}},
		{"policy show", "", []string{readPolicy, member}, []string{readPolicy, member}},
		{"policy check", "", []string{readPolicy, member}, []string{readPolicy, member}},
		{"policy set", "", []string{policy, member}, []string{policy, member}},
		{"policy set", "dry-run", []string{readPolicy, member}, []string{readPolicy, member}},
		{"doctor", "", []string{broad, user}, []string{narrow, user}},
		{"show", "", []string{broad, user}, []string{user, "UserAuthenticationMethod.Read.All"}},
		{"show", "sign-ins", []string{broad, user, "AuditLog.Read.All"}, []string{user, "UserAuthenticationMethod.Read.All", "AuditLog.Read.All"}},
		{"version", "", nil, nil},
	} {
		typed := func(flag string) bool { return flag == c.flag }
		if got := permission.Asked(c.command, typed, false); !slices.Equal(got, c.asked) {
			t.Errorf("%s --%s asks for %q, want %q", c.command, c.flag, got, c.asked)
		}
		if got := permission.Asked(c.command, typed, true); !slices.Equal(got, c.least) {
			t.Errorf("%s --%s --least-privilege asks for %q, want %q", c.command, c.flag, got, c.least)
		}
	}
}

func TestTakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		o    *permission.Operation
		app  bool
		want string
	}{
		{permission.CreatePass, false, "the permission UserAuthMethod-TAP.ReadWrite.All or the broader UserAuthenticationMethod.ReadWrite.All and, in a directory role that is active now, Authentication Administrator or Privileged Authentication Administrator (Authentication Administrator reaches users without an admin role, Privileged Authentication Administrator all; nobody the own account)"},
		{permission.CreatePass, true, "the application permission UserAuthMethod-TAP.ReadWrite.All or the broader UserAuthenticationMethod.ReadWrite.All, with an administrator's consent"},
		{permission.ReadPolicy, false, "the permission Policy.Read.AuthenticationMethod and, in a directory role that is active now, Global Reader or Authentication Policy Administrator"},
		{permission.ListPasses, false, "the permission UserAuthMethod-TAP.Read.All or the broader UserAuthenticationMethod.ReadWrite.All and, in a directory role that is active now, Global Reader, Authentication Administrator or Privileged Authentication Administrator"},
		{permission.ReadUser, false, "the permission User.Read.All"},
	} {
		if got := c.o.Takes(c.app); got != c.want {
			t.Errorf("%s\n%s, want\n%s", c.o.Does, got, c.want)
		}
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	reader, admin, global := permission.GlobalReader.Template, permission.AuthenticationAdministrator.Template, permission.GlobalAdministrator.Template
	for _, c := range []struct {
		o    *permission.Operation
		role string
		want bool
	}{
		{permission.ListPasses, reader, true}, {permission.CreatePass, reader, false}, {permission.CreatePass, admin, true},
		{permission.CreatePass, strings.ToUpper(global), true}, {permission.ReadPolicy, admin, false}, {permission.ReadUser, "", true},
	} {
		if got := c.o.RoleServes(c.role); got != c.want {
			t.Errorf("%s with the role %s: %v", c.o.Does, c.role, got)
		}
	}
	if permission.ReachesAdministrators(admin) || !permission.ReachesAdministrators(global) {
		t.Error("an Authentication Administrator reaches no administrator, a Global Administrator does")
	}
}

// TestAlsoPeople: what lets a person alone end sessions and read the tenant's name serves a person, and is more than an application needs.
func TestAlsoPeople(t *testing.T) {
	t.Parallel()
	for p, o := range map[string]*permission.Operation{"User.ReadWrite.All": permission.EndSessions, "User.Read": permission.ReadTenant} {
		if !o.ServedBy(false, p) || o.ServedBy(true, p) {
			t.Errorf("%s serves to %s: a person %v, an application %v", p, o.Does, o.ServedBy(false, p), o.ServedBy(true, p))
		}
	}
	held := []string{"User.ReadWrite.All"}
	if person, application := permission.Surplus(false, held), permission.Surplus(true, held); len(person) != 0 || len(application) != 1 {
		t.Errorf("surplus of a person %q, of an application %q", person, application)
	}
}

func TestSurplus(t *testing.T) {
	t.Parallel()
	held := []string{"openid", "userauthmethod-tap.readwrite.all", "Directory.Read.All", "Mail.Send", "User.ReadBasic.All", "Reports.Read.All"}
	if got := strings.Join(permission.Surplus(false, held), " "); got != "Mail.Send Reports.Read.All" {
		t.Errorf("%s", got)
	}
	if permission.Surplus(false, nil) != nil {
		t.Error("where nothing is known, nothing is surplus")
	}
}
