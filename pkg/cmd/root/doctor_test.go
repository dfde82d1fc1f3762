package root_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/doctor"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// The permissions with which nothing is missing.
const allPermissions = "UserAuthenticationMethod.ReadWrite.All,User.Read.All,GroupMember.Read.All,Policy.ReadWrite.AuthenticationMethod,RoleManagement.Read.Directory,AdministrativeUnit.Read.All,LicenseAssignment.Read.All,User.RevokeSessions.All,AuditLog.Read.All"

// Who is looked at where nobody else is named: a member of a group that the policy of a healthy tenant includes.
const patient = "adele.vance@contoso.com"

// diagnosis is a row of the answer, and what it says.
type diagnosis struct {
	TenantID, ID, Status, Finding, Remedy, Hint, Permission string
}

// String is a row as the tables below have it.
func (d diagnosis) String() string {
	out := fmt.Sprintf("%s %s: %s", d.Status, d.ID, d.Finding)
	for _, s := range []string{d.Remedy, d.Hint} {
		if s != "" {
			out += "\n\t" + s
		}
	}
	return out
}

// diagnoses reads the answer, holds its form, and returns what is not ok and no consequence of something else.
func diagnoses(t *testing.T, stdout string) (all []diagnosis, faults string) {
	t.Helper()
	if err := json.Unmarshal([]byte(stdout), &all); err != nil {
		t.Fatalf("%v: %s", err, stdout)
	}
	var left []string
	last := 0
	for _, d := range all {
		at := slices.IndexFunc(doctor.Checks(), func(id string) bool { return d.ID == id })
		if before, _, dotted := strings.Cut(d.ID, "."); at < 0 && dotted {
			at = slices.Index(doctor.Checks(), before)
		}
		if at < last {
			t.Errorf("%s comes behind what it should come before", d.ID)
		}
		last = at
		if d.Status != "ok" && !strings.HasPrefix(d.Finding, "it builds on ") {
			left = append(left, d.String())
		}
		if d.Status == "fail" && d.Remedy == "" && d.Hint == "" {
			t.Errorf("%s failed, and nothing mends it", d.ID)
		}
		typable(t, d.Hint)
	}
	return all, strings.Join(left, "\n")
}

// typable holds a hint that is a command of tap against the tree: it is there, with these flags and so many arguments.
func typable(t *testing.T, hint string) {
	t.Helper()
	rest, ours := strings.CutPrefix(hint, "tap ")
	if !ours {
		return
	}
	tree := root.NewCmd(&root.Process{Streams: &terminal.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}, Getenv: func(string) string { return "" }})
	c, words, err := tree.Find(strings.Fields(strings.ReplaceAll(rest, "'", "")))
	if err == nil {
		err = c.ParseFlags(words)
	}
	if err == nil && c.Args != nil {
		err = c.ValidateArgs(c.Flags().Args())
	}
	if err == nil && !c.Runnable() {
		err = fmt.Errorf("%s does nothing", c.CommandPath())
	}
	if err != nil && !errors.Is(err, pflag.ErrHelp) {
		t.Errorf("%q cannot be typed: %v", hint, err)
	}
}

// healthy makes Contoso a tenant in which nothing is to be mended.
func healthy(t *testing.T) shell {
	t.Helper()
	s := newShell(t)
	s.env = map[string]string{}
	s.control(t, "policy", `{"isUsableOnce":true,"defaultLength":12,"includeTargets":[{"id":"`+sales+`","targetType":"group"}]}`)
	return s
}

// doctor runs `tap doctor` in the sandbox.
func (s shell) doctor(as string, rest ...string) ended {
	return s.tap(append([]string{"--sandbox", "--sandbox-as", as, "doctor", "-o", "json"}, rest...)...)
}

func TestDoctorFindsNothingInAHealthyTenant(t *testing.T) {
	t.Parallel()
	s := healthy(t)
	for _, as := range []string{"helpdesk:" + allPermissions, "helpdesk:" + allPermissions + "@Privileged-Authentication-Administrator,Global-Reader", "app:" + allPermissions} {
		r := s.doctor(as, patient)
		all, faults := diagnoses(t, r.stdout)
		if r.exit != 0 || faults != "" || strings.Contains(r.stderr, "error") {
			t.Errorf("%s: exit code %d\n%s\n%s", as, r.exit, faults, r.stderr)
		}
		var ids []string
		for _, d := range all {
			ids = append(ids, d.ID)
			if d.TenantID == "" {
				t.Errorf("%s names no tenant", d.ID)
			}
		}
		if !slices.Equal(ids, doctor.Checks()) {
			t.Errorf("%s: %q is not every check once", as, ids)
		}
		if quiet := s.doctor(as, patient, "-q"); quiet.stdout != "[]\n" || quiet.stderr != "" {
			t.Errorf("-q prints %q %q", quiet.stdout, quiet.stderr)
		}
	}
	if r := s.tap("sandbox", "users", "-o", "json"); r.exit != 0 {
		t.Fatal(r.stderr)
	}
}

// planted is a fault, and what is to be said of it.
type planted struct {
	name string
	as   string // "": helpdesk with all permissions
	user string // "": nobody
	// plant makes it; nil: as and user do.
	plant func(t *testing.T, s shell)
	exit  int
	want  string
}

// TestDoctorFindsFaultsOfATenant plants one fault at a time in a healthy tenant.
func TestDoctorFindsFaultsOfATenant(t *testing.T) {
	t.Parallel()
	for _, c := range faultsOfATenant() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := healthy(t)
			as := c.as
			if as == "" {
				as = "helpdesk:" + allPermissions
			}
			if c.plant != nil {
				c.plant(t, s)
			}
			var user []string
			if c.user != "" {
				user = []string{c.user}
			}
			r := s.doctor(as, user...)
			_, faults := diagnoses(t, strings.ReplaceAll(r.stdout, " --sandbox --sandbox-as "+as, ""))
			if want := strings.TrimPrefix(c.want, "\n"); faults != want || r.exit != c.exit {
				t.Errorf("exit code %d, want %d\n%s\nwant\n%s", r.exit, c.exit, faults, want)
			}
			if slug := strings.Contains(r.stderr, `"slug":"findings"`); slug != (c.exit == 9) {
				t.Errorf("stderr: %s", r.stderr)
			}
		})
	}
}

// post is a fault that the control plane makes.
func post(path, body string) func(*testing.T, shell) {
	return func(t *testing.T, s shell) { s.control(t, path, body) }
}

// join puts a user into the group that the policy includes.
func join(user string) func(*testing.T, shell) {
	return post("groups", `{"group":"`+sales+`","add":"`+user+`"}`)
}

func without(permission string) string {
	return "helpdesk:" + strings.ReplaceAll(strings.ReplaceAll(allPermissions, ","+permission, ""), permission+",", "")
}
