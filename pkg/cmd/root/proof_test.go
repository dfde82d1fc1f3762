package root_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/graph"
	"github.com/seed-5ddf9a5e/tap/pkg/graph/contract"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

type bearer string

func (b bearer) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "sandbox-" + string(b), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// tenantOf is a sandbox, and clients of it for any caller, each exchange of theirs held against Microsoft's contract.
func tenantOf(t *testing.T) func(caller string) *graph.Client {
	t.Helper()
	box, err := sandbox.Open(t.TempDir(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	wire := &http.Transport{DialContext: box.DialContext}
	t.Cleanup(wire.CloseIdleConnections)
	rules := contract.Load("../../../testdata/graph").Wrap(wire, func(broken string) { t.Error(broken) })
	return func(caller string) *graph.Client {
		c, err := graph.New(graph.Config{Root: "http://127.0.0.1", Version: "beta", Credential: bearer(caller), Transport: rules})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

// calls make each operation's calls, as tap makes them. everything is a client that may do all of it.
func calls(ctx context.Context, everything *graph.Client) map[*permission.Operation]func(*graph.Client) error {
	const adele, expert = "adele.vance@contoso.com", "allan.deyoung@contoso.com"
	group := func() string {
		found, _ := everything.GroupsNamed(ctx, "Helpdesk")
		return found[0].ID
	}
	id := func(upn string) string {
		p, _ := everything.Person(ctx, person.Ref(upn))
		return p.ID
	}
	second := func(err error, next func() error) error {
		if err != nil {
			return err
		}
		return next()
	}
	return map[*permission.Operation]func(*graph.Client) error{
		permission.ListPasses: func(c *graph.Client) error { _, err := c.List(ctx, adele); return err },
		permission.CreatePass: func(c *graph.Client) error { _, err := c.Create(ctx, adele, pass.Request{}); return err },
		permission.DeletePass: func(c *graph.Client) error {
			made, err := everything.Create(ctx, adele, pass.Request{})
			return second(err, func() error { return c.Delete(ctx, adele, made.Pass.ID) })
		},
		permission.ReadPolicy: func(c *graph.Client) error { _, err := c.Policy(ctx); return err },
		permission.ChangePolicy: func(c *graph.Client) error {
			was, err := everything.Policy(ctx)
			next := was
			next.MaximumLifetime += time.Minute
			return second(err, func() error { return c.SetPolicy(ctx, was, next) })
		},
		permission.ReadUser: func(c *graph.Client) error { _, err := c.Person(ctx, adele); return err },
		permission.FindUsers: func(c *graph.Client) error {
			return graph.Batches{Client: c}.Find(ctx, []person.Key{{Kind: person.ByMail, Value: adele}})[0].Err
		},
		permission.ListUsers: func(c *graph.Client) error { return c.Everybody(ctx, func(person.Person) error { return nil }) },
		permission.ReadRegistrations: func(c *graph.Client) error {
			return c.Registrations(ctx, func(rollout.Registration) error { return nil })
		},
		permission.ReadGroups: func(c *graph.Client) error {
			_, err := c.GroupsNamed(ctx, "Helpdesk")
			return second(err, func() error { _, err := c.Group(ctx, group()); return err })
		},
		permission.ReadMembers: func(c *graph.Client) error { _, err := graph.Batches{Client: c}.Members(ctx, group()); return err },
		permission.CheckGroups: func(c *graph.Client) error { _, err := c.MemberOf(ctx, adele, []string{group()}); return err },
		permission.ReadRoles: func(c *graph.Client) error {
			_, err := c.Roles(ctx, expert)
			return second(err, func() error { _, err := c.Active(ctx, expert); return err })
		},
		permission.ReadAssignments: func(c *graph.Client) error { _, err := c.Assigned(ctx, id(expert)); return err },
		permission.ReadEligible:    func(c *graph.Client) error { _, err := c.Eligible(ctx, id(expert)); return err },
		permission.ReadUserGroups:  func(c *graph.Client) error { _, err := c.Groups(ctx, expert); return err },
		permission.ReadOwned:       func(c *graph.Client) error { _, err := c.Owned(ctx, expert); return err },
		permission.ReadUnits:       func(c *graph.Client) error { _, err := c.Units(ctx, expert); return err },
		permission.ReadMethods:     func(c *graph.Client) error { _, _, err := c.Methods(ctx, adele); return err },
		permission.ReadSignIns: func(c *graph.Client) error {
			_, err := c.SignIns(ctx, id(adele), time.Now().Add(-time.Hour), 1)
			return err
		},
		permission.ReadLicences: func(c *graph.Client) error { _, err := c.Plans(ctx); return err },
		permission.ReadTenant: func(c *graph.Client) error {
			name, err := c.TenantName(ctx)
			if err == nil && name != "Contoso" {
				return fmt.Errorf("the tenant is called %q", name)
			}
			return err
		},
		permission.DeleteMethod: func(c *graph.Client) error { // whoever may not remove one is told no more than that
			err := c.DeleteMethod(ctx, adele, person.Method{ID: uuid.NewString(), Type: "fido2"})
			if err != nil && errs.Of(err).Slug == errs.NotFound {
				return nil
			}
			return err
		},
		permission.EndSessions: func(c *graph.Client) error { return c.RevokeSessions(ctx, adele) },
		permission.ReadAudits: func(c *graph.Client) error {
			_, err := c.Audits(ctx, "Admin deleted security info", time.Now().Add(-time.Hour), time.Time{})
			return err
		},
	}
}

// every permission that the table names.
func everyPermission() []string {
	var all []string
	for _, o := range permission.Operations() {
		all = slices.Concat(all, o.Serving(false), o.Partly)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestEachPermissionIsEnough: each operation works with each of its permissions alone, and with all others together it is a 403; for a
// person and for an application.
func TestEachPermissionIsEnough(t *testing.T) {
	t.Parallel()
	as := tenantOf(t)
	proofs := calls(t.Context(), as("privileged:"+strings.Join(everyPermission(), ",")))
	for _, kind := range []string{"person", "application"} {
		caller := func(permissions ...string) *graph.Client {
			if kind == "application" {
				return as("app:" + strings.Join(permissions, ","))
			}
			return as("helpdesk:" + strings.Join(permissions, ",") + "@Global-Administrator")
		}
		for _, o := range permission.Operations() {
			proof, there := proofs[o]
			if !there {
				t.Errorf("nothing proves %q", o.Does)
				continue
			}
			serving := append(o.Serving(kind == "application"), o.Partly...)
			for _, p := range serving {
				err := proof(caller(p))
				if barred := kind == "application" && o.OnlyPeople; barred != (err != nil) || barred && errs.Of(err).Slug != errs.Denied {
					t.Errorf("%s, by a %s with %s alone: %v", o.Does, kind, p, err)
				}
			}
			others := slices.DeleteFunc(everyPermission(), func(p string) bool { return slices.Contains(serving, p) })
			if err := proof(caller(others...)); err == nil || errs.Of(err).Slug != errs.Denied {
				t.Errorf("%s, by a %s with all but %q: %v", o.Does, kind, serving, err)
			}
		}
	}
}

// named is a command by which a row of the table is seen: it works or tells more with the permission, and names it without.
type named struct {
	op      *permission.Operation
	as      string // of the sandbox, with roles behind the @ for a person
	roles   string
	command string
	others  string // that the command takes besides, separated by commas
	with    string // what the output has with the permission
	without string // what it has without it
	exits   [2]int // with, without
}

const (
	broad    = "UserAuthenticationMethod.ReadWrite.All"
	issuing  = "UserAuthMethod-TAP.ReadWrite.All"
	looking  = "UserAuthMethod-TAP.Read.All"
	seeUsers = "User.Read.All"
	helper   = "Authentication-Administrator"
)

// namedRows has at least one row for an operation and kind of caller, where a command of that kind makes the call.
func namedRows() []named {
	missing := func(o *permission.Operation) string {
		return "tap: why: the CALLER's token carries no permission for this (" + strings.Join(o.Serving(true), ", ") + "): an administrator has to consent to one of them"
	}
	carries := func(o *permission.Operation) string {
		return "token carries no permission for this (" + strings.Join(o.Serving(true), ", ") + ")"
	}
	hidden := func(o *permission.Operation) string { return "(permission " + o.Least }
	lacks := func(o *permission.Operation) string { return "it lacks the permission " + o.Least }
	untold := func(o *permission.Operation) string { return "cannot tell without the permission " + o.Least + ": " }
	const adele, milano = "adele.vance@contoso.com", "is limited to an administrative unit that the user is not in"
	rows := []named{
		{permission.ListPasses, "", helper, "list " + adele, seeUsers, "holds no pass", missing(permission.ListPasses), [2]int{0, 5}},
		{permission.CreatePass, "", helper, "create " + adele, looking + "," + seeUsers, "Temporary Access Pass for Adele Vance", missing(permission.CreatePass), [2]int{0, 5}},
		{permission.DeletePass, "", helper, "delete megan.bowen@contoso.com --yes", looking + "," + seeUsers, "deleted", missing(permission.DeletePass), [2]int{0, 5}},
		{permission.ReadPolicy, "", "Global-Reader", "policy show", "GroupMember.Read.All", "maximum lifetime", missing(permission.ReadPolicy), [2]int{0, 5}},
		{permission.ChangePolicy, "", "Authentication-Policy-Administrator", "policy set --max-lifetime 10h --yes", "Policy.Read.AuthenticationMethod,GroupMember.Read.All", "PROPERTY", missing(permission.ChangePolicy), [2]int{0, 5}},
		{permission.ReadUser, "", helper, "create " + adele + "", issuing, "Temporary Access Pass for Adele Vance", hidden(permission.ReadUser), [2]int{0, 0}},
		{permission.FindUsers, "", helper, "list --file by-mail.csv", looking, "megan.bowen@contoso.com  usable", missing(permission.FindUsers), [2]int{0, 5}},
		{permission.ReadRegistrations, "", helper + ",Reports-Reader", "list --all", looking + "," + seeUsers, "the registration report has ", missing(permission.ReadRegistrations), [2]int{0, 5}},
		{permission.ListUsers, "", helper, "list --all --deep --yes", looking, "grady.archie@contoso.com  usable", missing(permission.ListUsers), [2]int{0, 5}},
		{permission.ReadGroups, "", helper, "list --group Helpdesk", looking + "," + seeUsers, "grady.archie@contoso.com  usable", missing(permission.ReadGroups), [2]int{0, 5}},
		{permission.ReadGroups, "", "Global-Reader", "policy show", "Policy.Read.AuthenticationMethod", "No Temporary Access Pass", hidden(permission.ReadGroups), [2]int{0, 0}},
		{permission.ReadMembers, "", helper, "create --group Empty --dry-run", issuing + "," + seeUsers, "the group Empty has no users", missing(permission.ReadMembers), [2]int{2, 5}},
		{permission.CheckGroups, "", helper + ",Global-Reader", "create christie.cline@contoso.com", issuing + ",Policy.Read.AuthenticationMethod", "the policy excludes the group", hidden(permission.CheckGroups), [2]int{7, 7}},
		{permission.ReadMethods, "", helper, "doctor " + adele, issuing + "," + seeUsers, "methods of the user beside passes: password", lacks(permission.ReadMethods), [2]int{0, 0}},
		{permission.ReadMethods, "", helper, "show " + adele, issuing + "," + seeUsers, "methods   password", hidden(permission.ReadMethods), [2]int{0, 0}},
		{permission.ReadUser, "", helper, "show " + adele, issuing, "phone     +358 40 555 0102 (mobile)", hidden(permission.ReadUser), [2]int{0, 0}},
		{permission.ListPasses, "", helper, "show megan.bowen@contoso.com", seeUsers, "pass      usable, many times", hidden(permission.ListPasses), [2]int{0, 0}},
		{permission.ReadPolicy, "", helper + ",Global-Reader", "show " + adele, issuing + "," + seeUsers + ",Directory.Read.All", "a pass can be issued", hidden(permission.ReadPolicy), [2]int{0, 0}},
		{permission.ReadSignIns, "", helper + ",Reports-Reader", "show " + adele + " --sign-ins", issuing + "," + seeUsers, "none that failed", hidden(permission.ReadSignIns), [2]int{0, 0}},
		{permission.EndSessions, "", helper, "revoke megan.bowen@contoso.com --yes", issuing + ",UserAuthenticationMethod.Read.All," + seeUsers, "done      end all sessions", carries(permission.EndSessions), [2]int{0, 3}},
		{permission.DeleteMethod, "", helper, "revoke alex.wilber@contoso.com --since 9999d --remove-method all --yes", issuing + ",UserAuthenticationMethod.Read.All,User.RevokeSessions.All," + seeUsers, "done      remove ", carries(permission.DeleteMethod), [2]int{0, 3}},
		{permission.ReadAudits, "", "Reports-Reader", "audit", seeUsers, "the audit log tells of nothing like that", missing(permission.ReadAudits), [2]int{0, 5}},
		{permission.ListPasses, "", helper, "report --file by-mail.csv", seeUsers, "megan.bowen@contoso.com  issued", missing(permission.ListPasses), [2]int{0, 5}},
		{permission.ReadMethods, "", helper, "report --file by-mail.csv", looking + "," + seeUsers, "passkey (FIDO2) “YubiKey 5”", hidden(permission.ReadMethods), [2]int{0, 0}},
		{permission.ReadMembers, "", helper, "report --group Empty", looking + "," + seeUsers, "the group Empty has no users", missing(permission.ReadMembers), [2]int{2, 5}},
		{permission.ReadLicences, "", helper, "doctor", issuing + "," + seeUsers, "plans of the tenant: EMSPREMIUM", lacks(permission.ReadLicences), [2]int{0, 0}},
		{permission.ReadTenant, "", helper, "whoami", seeUsers, "tenant       Contoso (", hidden(permission.ReadTenant), [2]int{0, 0}},
	}
	var both []named
	for _, r := range rows {
		for _, as := range []string{"helpdesk", "app"} {
			r := r
			r.as = as
			if as != "app" {
				r.without = strings.Replace(r.without, strings.Join(r.op.Serving(true), ", "), strings.Join(r.op.Serving(false), ", "), 1)
			}
			both = append(both, r)
		}
	}
	return append(both,
		named{permission.ReadRoles, "app", "", "show mod.admin@contoso.com", issuing + "," + seeUsers, "roles     Global Administrator", hidden(permission.ReadRoles), [2]int{0, 0}},
		named{permission.ReadRoles, "app", "", "create mod.admin@contoso.com", issuing + "," + seeUsers, "the user holds the directory role Global Administrator", hidden(permission.ReadRoles), [2]int{7, 0}},
		// What only explains a refusal, which a person alone meets.
		named{permission.ReadRoles, "helpdesk", helper, "create mod.admin@contoso.com", issuing, "the user holds the admin role Global Administrator", untold(permission.ReadRoles), [2]int{5, 5}},
		named{permission.ReadAssignments, "unit", "-", "create " + adele, issuing + ",AdministrativeUnit.Read.All", milano, untold(permission.ReadAssignments), [2]int{5, 5}},
		named{permission.ReadEligible, "eligible", "-", "create " + adele, issuing + ",Directory.Read.All", "can be activated and is not active", untold(permission.ReadEligible), [2]int{5, 5}},
		named{permission.ReadUserGroups, "helpdesk", helper, "create allan.deyoung@contoso.com", issuing, "the user is in the role-assignable group Tier 0 Administrators", untold(permission.ReadUserGroups), [2]int{5, 5}},
		named{permission.ReadOwned, "helpdesk", helper, "create sofia.papa@contoso.com", issuing, "the user owns the role-assignable group Tier 0 Administrators", untold(permission.ReadOwned), [2]int{5, 5}},
		named{permission.ReadUnits, "privileged", "-", "create lee.gu@contoso.com", issuing, "the user is in the restricted administrative unit Executives", untold(permission.ReadUnits), [2]int{5, 5}},
	)
}

// TestEachPermissionIsNamed: a command that has the permission works or tells more, and one that has not names it.
func TestEachPermissionIsNamed(t *testing.T) {
	t.Parallel()
	rows := namedRows()
	for _, o := range permission.Operations() {
		if !slices.ContainsFunc(rows, func(r named) bool { return r.op == o }) {
			t.Errorf("no command proves %q", o.Does)
		}
	}
	for _, r := range rows {
		t.Run(r.as+"/"+r.op.Does+"/"+r.command, func(t *testing.T) {
			t.Parallel()
			for _, p := range r.op.Serving(strings.HasPrefix(r.as, "app")) {
				r.prove(t, p, r.exits[0], r.with)
			}
			r.prove(t, "", r.exits[1], r.without)
		})
	}
}

// prove runs the command with a permission, or with "" without any that serves, in a tenant of its own.
func (r named) prove(t *testing.T, p string, exit int, want string) {
	t.Helper()
	s := newShell(t)
	if made := s.tap("--sandbox", "--sandbox-as", "app", "create", "megan.bowen@contoso.com", "grady.archie@contoso.com", "--allow-privileged"); made.exit != 0 {
		t.Fatal(made.stderr)
	}
	file := filepath.Join(s.dir, "by-mail.csv")
	if err := os.WriteFile(file, []byte("mail\nmegan.bowen@contoso.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	caller := r.as + ":" + strings.Trim(r.others+","+p, ",")
	if r.as != "app" && r.roles != "-" {
		caller += "@" + r.roles
	}
	words := append([]string{"--sandbox", "--sandbox-as", caller}, strings.Fields(strings.ReplaceAll(r.command, "by-mail.csv", file))...)
	end := s.tap(words...)
	who := "sign-in"
	if r.as == "app" {
		who = "application"
	}
	want = strings.ReplaceAll(want, "CALLER", who)
	if said := end.stdout + end.stderr; end.exit != exit || !strings.Contains(said, want) || p == "" && r.exits[0] == exit && strings.Contains(said, r.with) {
		t.Errorf("tap %s: exit code %d, want %d and %q\n%s", strings.Join(words, " "), end.exit, exit, want, said)
	}
}

// TestEachRoleIsEnough: with each role of a row alone a person may, and with the others a role is said to be missing.
func TestEachRoleIsEnough(t *testing.T) {
	t.Parallel()
	known := []permission.Role{
		permission.GlobalReader, permission.AuthenticationAdministrator, permission.PrivilegedAuthenticationAdministrator,
		permission.AuthenticationPolicyAdministrator, permission.ReportsReader, permission.SecurityReader, permission.SecurityAdministrator,
		{Name: "User Administrator"},
	}
	lines := map[*permission.Operation]string{
		permission.ListPasses: "list adele.vance@contoso.com", permission.CreatePass: "create adele.vance@contoso.com --replace",
		permission.DeletePass: "delete megan.bowen@contoso.com --yes", permission.ReadRegistrations: "list --all", permission.ReadAudits: "audit",
		permission.ReadPolicy: "policy show", permission.ChangePolicy: "policy set --max-lifetime 10h --yes",
	}
	for _, o := range permission.Operations() {
		// Some go on without: TestMethodsTakeARole, TestSignInsTakeARole, TestRevocationTakesARole.
		goesOn := []*permission.Operation{permission.ReadMethods, permission.ReadSignIns, permission.DeleteMethod, permission.EndSessions}
		if len(o.Roles) == 0 || slices.Contains(goesOn, o) {
			continue
		}
		if lines[o] == "" {
			t.Errorf("no command proves the roles of %q", o.Does)
			continue
		}
		t.Run(o.Does, func(t *testing.T) {
			t.Parallel()
			for _, r := range known {
				s := newShell(t)
				_ = s.tap("--sandbox", "--sandbox-as", "app", "create", "megan.bowen@contoso.com")
				if err := os.RemoveAll(filepath.Join(s.dir, "state")); err != nil { // it was made elsewhere: this machine's record knows of no pass to read
					t.Fatal(err)
				}
				caller := "norole:" + strings.Join(everyPermission(), ",") + "@" + strings.ReplaceAll(r.Name, " ", "-")
				end := s.tap(append([]string{"--sandbox", "--sandbox-as", caller}, strings.Fields(lines[o])...)...)
				enough := slices.Contains(o.Roles, r)
				told := strings.Contains(end.stderr, "tap: why: you hold none of the roles that this takes, ") && end.exit == 5
				if enough && end.exit != 0 || !enough && !told {
					t.Errorf("%s as %s: exit code %d\n%s", lines[o], r.Name, end.exit, end.stderr)
				}
			}
		})
	}
}

// TestMethodsTakeARole: a doctor sees the methods of a user with each role of the row alone, and passes them by with another.
func TestMethodsTakeARole(t *testing.T) {
	t.Parallel()
	for _, r := range []permission.Role{permission.GlobalReader, permission.AuthenticationAdministrator, permission.PrivilegedAuthenticationAdministrator, {Name: "User Administrator"}} {
		s := newShell(t)
		caller := "norole:" + strings.Join(everyPermission(), ",") + "@" + strings.ReplaceAll(r.Name, " ", "-")
		end := s.tap("--sandbox", "--sandbox-as", caller, "doctor", "adele.vance@contoso.com", "-o", "jsonl")
		if seen := strings.Contains(end.stdout, `"id":"user.methods","status":"ok"`); seen != slices.Contains(permission.ReadMethods.Roles, r) {
			t.Errorf("as %s the methods are seen: %v\n%s", r.Name, seen, end.stdout)
		}
	}
}

// TestSignInsTakeARole: the sign-ins of a user are seen with each role of the row alone, and passed by with another.
func TestSignInsTakeARole(t *testing.T) {
	t.Parallel()
	for _, r := range []permission.Role{permission.ReportsReader, permission.SecurityReader, permission.GlobalReader, permission.AuthenticationAdministrator} {
		s := newShell(t)
		caller := "norole:" + strings.Join(everyPermission(), ",") + "@" + strings.ReplaceAll(r.Name, " ", "-")
		end := s.tap("--sandbox", "--sandbox-as", caller, "show", "adele.vance@contoso.com", "--sign-ins", "-o", "jsonl")
		if seen := strings.Contains(end.stdout, `"signIns":[]`); seen != slices.Contains(permission.ReadSignIns.Roles, r) || end.exit != 0 {
			t.Errorf("as %s the sign-ins are seen: %v\n%s%s", r.Name, seen, end.stdout, end.stderr)
		}
	}
}

// TestRevocationTakesARole: a method is removed and sessions are ended with each role of their rows alone, and with no other.
func TestRevocationTakesARole(t *testing.T) {
	t.Parallel()
	as := tenantOf(t)
	proofs := calls(t.Context(), as("privileged:"+strings.Join(everyPermission(), ",")))
	for _, o := range []*permission.Operation{permission.DeleteMethod, permission.EndSessions} {
		for _, r := range []permission.Role{
			permission.AuthenticationAdministrator, permission.PrivilegedAuthenticationAdministrator, permission.HelpdeskAdministrator,
			permission.UserAdministrator, permission.GlobalReader, permission.ReportsReader,
		} {
			err := proofs[o](as("norole:" + strings.Join(everyPermission(), ",") + "@" + strings.ReplaceAll(r.Name, " ", "-")))
			if may := slices.Contains(o.Roles, r); may != (err == nil) || err != nil && errs.Of(err).Slug != errs.Denied {
				t.Errorf("%s as %s: %v", o.Does, r.Name, err)
			}
		}
	}
}
