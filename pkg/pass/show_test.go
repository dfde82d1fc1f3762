package pass_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/denial"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

// record is what the world tells of its user beside the passes, and of the roles of who is signed in.
type record struct {
	*world
	details                            person.Details
	detailsErr, methodsErr, signInsErr error
	methods                            []person.Method
	signIns                            []person.SignIn
	mine, theirs                       []denial.Role
	mineErr                            error
	carries                            []string
}

func (r *record) Details(context.Context, person.Ref) (person.Details, error) {
	r.called("details")
	d := r.details
	d.Person = r.person
	return d, r.detailsErr
}

func (r *record) Methods(context.Context, string) ([]person.Method, time.Time, error) {
	r.called("methods")
	return r.methods, now, r.methodsErr
}

func (r *record) SignIns(_ context.Context, user string, since time.Time, _ int) ([]person.SignIn, error) {
	r.called("sign-ins %s %s", user, since.Format(time.DateOnly))
	return r.signIns, r.signInsErr
}

const operator = "11111111-2222-4333-8444-555555555555"

func (r *record) Active(_ context.Context, user string) ([]denial.Role, error) {
	r.called("active")
	if user == operator {
		return r.mine, r.mineErr
	}
	return r.theirs, nil
}

func (r *record) Assigned(context.Context, string) ([]denial.Holding, error) { return nil, nil }
func (r *record) Eligible(context.Context, string) ([]denial.Holding, error) { return nil, nil }
func (r *record) Groups(context.Context, string) ([]denial.Group, error)     { return nil, nil }
func (r *record) Owned(context.Context, string) ([]denial.Group, error)      { return nil, nil }
func (r *record) Units(context.Context, string) ([]denial.Unit, error)       { return nil, nil }

func (r *record) desk(application bool) *pass.Desk {
	d := r.world.desk(application)
	d.Caller, d.Directory, d.Permissions = operator, r, r.carries
	return d
}

func recorded() *record {
	r := permission.AuthenticationAdministrator
	return &record{world: contoso(), details: person.Details{At: now}, carries: []string{permission.CreatePass.Least}, mine: []denial.Role{{Template: r.Template, Name: r.Name}}}
}

func TestShowTakesTwoRoundTrips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, began := recorded(), time.Now()
		r.policy.Exclude = []policy.Target{{ID: "g-1", Type: "group"}}
		s, err := r.desk(false).Show(t.Context(), upn, r, true)
		if err != nil || time.Since(began) != 2*trip {
			t.Errorf("%v, %s", err, time.Since(began))
		}
		if s.Verdict.Answer != pass.Yes || s.Verdict.Command != "tap create "+string(upn) || s.SignIns == nil || len(r.notices) > 0 {
			t.Errorf("%+v, %q", s, r.notices)
		}
		if want := "sign-ins " + id + " 2026-11-16"; !slices.Contains(r.calls, want) {
			t.Errorf("%q has no %q", r.calls, want)
		}
	})
}

// TestVerdict: what speaks against a pass, and what is to be typed.
func TestVerdict(t *testing.T) {
	t.Parallel()
	no := func() error { return &errs.Error{Slug: errs.Denied, Why: "no"} }
	gone := func() error { return &errs.Error{Slug: errs.NotFound, Why: "no such user"} }
	held := func(r *record) { r.passes = []pass.Pass{{ID: "p", Created: now, Start: now, Lifetime: time.Hour}} }
	create := "tap create " + string(upn)
	for name, c := range map[string]struct {
		change      func(*record)
		application bool
		answer      pass.Answer
		reason      errs.Reason
		words       string // that it has
		command     string
	}{
		"nothing against": {func(*record) {}, false, pass.Yes, "", "", create},
		"external guest":  {func(r *record) { r.person.External = true }, false, pass.No, errs.ExternalGuest, "home organisation", ""},
		"oneself":         {func(r *record) { r.person.ID = operator }, false, pass.No, errs.Self, "own account", ""},
		"disabled":        {func(r *record) { r.person.Disabled = true }, false, pass.Yes, "", "the account is disabled", create},
		"holds a pass":    {held, false, pass.Yes, errs.HoldsPass, "a new one ends", create + " --replace"},
		"used one":        {func(r *record) { held(r); r.passes[0].Usability = "OneTimeUsed" }, false, pass.Yes, "", "", create},
		"policy off":      {func(r *record) { r.policy.Enabled = false }, false, pass.No, errs.PolicyDisabled, "switched off", "tap policy set --enable"},
		"excluded": {func(r *record) {
			r.policy.Exclude = []policy.Target{{ID: "g-1", Type: "group"}}
			r.member = []string{"g-1"}
		}, false, pass.No, errs.NotTargeted, "excludes the group g-1", "tap policy set --remove-exclude g-1"},
		"no permission":             {func(r *record) { r.carries = []string{"UserAuthenticationMethod.Read.All"} }, false, pass.No, "", "the sign-in's token carries no permission for this (UserAuthMethod-TAP.ReadWrite.All", ""},
		"no application permission": {func(r *record) { r.carries = []string{"User.Read.All"} }, true, pass.No, "", "as an application permission", ""},
		"token says nothing":        {func(r *record) { r.carries = nil }, false, pass.Unsure, "", "cannot tell from the token", create},
		"other role": {func(r *record) {
			r.mine = []denial.Role{{Template: permission.GlobalReader.Template, Name: "Global Reader"}}
		}, false, pass.No, "", "you hold none of the roles that this takes, Authentication Administrator or Privileged", ""},
		"own roles unseen":       {func(r *record) { r.mine, r.mineErr = nil, no() }, false, pass.Unsure, "", "RoleManagement.Read.Directory: whether a role of yours that this takes is active now", create},
		"passes unseen, by role": {func(r *record) { r.listErr = no() }, false, pass.Unsure, "", "UserAuthMethod-TAP.Read.All, and as active role Global Reader, Auth", create},
		"not replicated":         {func(r *record) { r.listErr, r.methodsErr = gone(), gone() }, false, pass.No, errs.NotReplicated, "does not yet", create + " --wait 60s"},
		"administrator":          {func(r *record) { r.theirs = []denial.Role{{Template: "t", Name: "Global Administrator"}} }, false, pass.No, errs.Privileged, "Global Administrator", ""},
		"for applications":       {func(r *record) { r.roles = []string{"Global Administrator"} }, true, pass.No, errs.Privileged, "Global Administrator", create + " --allow-privileged"},
		"policy unseen":          {func(r *record) { r.policyErr = no() }, false, pass.Unsure, "", "Policy.Read.AuthenticationMethod", create},
		"roles unseen":           {func(r *record) { r.rolesErr = no() }, true, pass.Unsure, "", "RoleManagement.Read.Directory", create},
		"user unseen":            {func(r *record) { r.detailsErr = no() }, false, pass.Unsure, "", "User.Read.All", create},
		"passes unseen":          {func(r *record) { r.listErr = no() }, false, pass.Unsure, "", "UserAuthMethod-TAP.Read.All", create},
		"groups unseen":          {func(r *record) { r.policy.Exclude = []policy.Target{{ID: "g-1", Type: "group"}}; r.memberErr = no() }, false, pass.Unsure, "", "GroupMember.Read.All", create},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := recorded()
			r.quick = true
			c.change(r)
			s, err := r.desk(c.application).Show(t.Context(), upn, r, false)
			v := s.Verdict
			words := strings.Join(slices.Concat(v.Words, v.Unknown), "; ")
			if err != nil || v.Answer != c.answer || v.Reason != c.reason || v.Command != c.command || !strings.Contains(words, c.words) || c.words == "" && words != "" {
				t.Errorf("%v, %+v", err, v)
			}
		})
	}
}

// TestShowFails: a user who is not there, nothing at all that may be read, and a service that does not answer.
func TestShowFails(t *testing.T) {
	t.Parallel()
	refusal := func(s errs.Slug) error { return &errs.Error{Slug: s, Why: "no"} }
	for name, c := range map[string]struct {
		change func(*record)
		slug   errs.Slug
	}{
		"nobody":             {func(r *record) { r.detailsErr, r.listErr = refusal(errs.NotFound), refusal(errs.NotFound) }, errs.NotFound},
		"all refused":        {func(r *record) { r.detailsErr, r.listErr = refusal(errs.Denied), refusal(errs.Denied) }, errs.Denied},
		"unseen and unknown": {func(r *record) { r.detailsErr, r.listErr = refusal(errs.Denied), refusal(errs.NotFound) }, errs.NotFound},
		"busy":               {func(r *record) { r.methodsErr = refusal(errs.Busy) }, errs.Busy},
		"busy log":           {func(r *record) { r.signInsErr = refusal(errs.Busy) }, errs.Busy},
	} {
		r := recorded()
		r.quick = true
		c.change(r)
		if _, err := r.desk(false).Show(t.Context(), upn, r, true); err == nil || errs.Of(err).Slug != c.slug {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnseenIsSaidOnce: what may not be read is nil and said, what is not there is empty.
func TestUnseenIsSaidOnce(t *testing.T) {
	t.Parallel()
	no := &errs.Error{Slug: errs.Denied, Why: "no"}
	r := recorded()
	r.quick, r.rolesErr, r.methodsErr, r.signInsErr = true, no, no, no
	s, err := r.desk(false).Show(t.Context(), upn, r, true)
	if err != nil || s.Roles != nil || s.Methods != nil || s.SignIns != nil || s.Passes == nil || !s.Seen {
		t.Errorf("%v, %+v", err, s)
	}
	for _, o := range []*permission.Operation{permission.ReadRoles, permission.ReadMethods, permission.ReadSignIns} {
		if said := strings.Count(strings.Join(r.notices, "\n"), "(permission "+o.Least); said != 1 {
			t.Errorf("%s is said %d times: %q", o.Least, said, r.notices)
		}
	}
	r = recorded()
	r.quick = true
	if s, err = r.desk(false).Show(t.Context(), upn, r, false); err != nil || s.Roles == nil || s.Methods == nil || s.SignIns != nil {
		t.Errorf("%v, %+v", err, s)
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	key := person.Method{ID: "k", Type: "fido2", Name: "Red Key", Created: ago(time.Hour)}
	s := pass.Subject{
		At: now, Details: person.Details{Created: ago(4 * 24 * time.Hour), PasswordChanged: ago(3 * time.Hour)},
		Methods: []person.Method{key, {Type: "password", Created: ago(time.Hour)}, {Type: "temporaryAccessPass", Created: ago(time.Hour)}, {ID: "old", Type: "phone", Created: ago(8 * 24 * time.Hour)}, {Type: "email"}},
		Passes:  &pass.Listing{Passes: []pass.Pass{{Created: ago(2 * time.Hour), LastUsed: ago(90 * time.Minute)}}},
	}
	var words []string
	for _, c := range s.Changes() {
		words = append(words, c.Words())
	}
	want := []string{"passkey (FIDO2) registered: Red Key", "pass used", "pass created", "password changed", "account created"}
	if !slices.Equal(words, want) {
		t.Errorf("%q", words)
	}
	s.PasswordChanged = s.Created.Add(time.Second)
	for _, c := range s.Changes() {
		if c.Event == pass.PasswordChanged {
			t.Error("the first password is no change")
		}
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	p := pass.Pass{Created: now, Start: now, Lifetime: time.Hour}
	in := func(state string) pass.Pass { q := p; q.Usability = state; return q }
	spent := in("OneTimeUsed")
	spent.LastUsed = now
	for _, c := range []struct {
		held     *pass.Pass
		disabled bool
		want     string
	}{
		{nil, false, "no code works: the user holds no pass"},
		{&p, true, "no code works: the account is disabled"},
		{&p, false, "the code works until 2026-11-23 10:30 UTC; a code from before does not"},
		{new(in("NotYetValid")), false, "the code does not work yet: it does from 2026-11-23 09:30 UTC on"},
		{new(in("Expired")), false, "the code does not work any more: it expired at 2026-11-23 10:30 UTC"},
		{new(in("OneTimeUsed")), false, "the code does not work any more: it works once, and was used"},
		{&spent, false, "the code does not work any more: it works once, and was used at 2026-11-23 09:30 UTC"},
		{new(in("DisabledByPolicy")), false, "the code does not work: the policy has switched it off since it was made, or does not include the user any more"},
		{&pass.Pass{}, false, "whether the code works is not known: the cloud does not tell"},
	} {
		s := pass.Subject{At: now, Passes: &pass.Listing{}, Details: person.Details{Person: person.Person{Disabled: c.disabled}}}
		if c.held != nil {
			s.Passes.Passes = []pass.Pass{*c.held}
		}
		if got := s.Code(time.UTC); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	if got := (pass.Subject{}).Code(time.UTC); got != "" {
		t.Errorf("of passes that were not seen: %q", got)
	}
}

func TestWhyFailed(t *testing.T) {
	t.Parallel()
	later := pass.Subject{Passes: &pass.Listing{Passes: []pass.Pass{{Created: now, Start: after(time.Hour)}}}}
	const open = "there was no pass that could be verified: it was deleted, or it was not valid yet"
	for _, c := range []struct {
		user pass.Subject
		of   person.SignIn
		want string
	}{
		{pass.Subject{}, person.SignIn{Code: 130503}, "a wrong code"},
		{pass.Subject{}, person.SignIn{Code: 130504}, "the pass had expired"},
		{pass.Subject{}, person.SignIn{Code: 130507, At: now}, open},
		{later, person.SignIn{Code: 130507, At: after(time.Minute)}, "the pass was not valid yet"},
		{later, person.SignIn{Code: 130507, At: after(-time.Minute)}, open}, // the pass was made later
		{later, person.SignIn{Code: 130507, At: after(2 * time.Hour)}, open},
		{pass.Subject{}, person.SignIn{Code: 53003, Policies: []string{"A", "B"}}, "blocked by conditional access: A, B"},
		{pass.Subject{}, person.SignIn{Code: 53003}, "blocked by conditional access; by which policy takes the permission Policy.Read.ConditionalAccess to see"},
		{pass.Subject{}, person.SignIn{Code: 7, Reason: "Odd.: x"}, "error 7: Odd.: x"},
		{pass.Subject{}, person.SignIn{Code: 7}, "error 7"},
	} {
		if got := c.user.WhyFailed(c.of); got != c.want {
			t.Errorf("%+v: %q, want %q", c.of, got, c.want)
		}
	}
	if !pass.Interrupt(50140) || pass.Interrupt(50126) {
		t.Error("being asked to stay signed in is no failure, a wrong password is one")
	}
}
