package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/denial"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

func (x *exam) user(ctx context.Context) outcome {
	p, err := x.tenant.People.Person(ctx, x.User)
	if err == nil {
		x.person = p
		return said(Finding{ID: "user", Status: OK, Words: p.Name() + " exists"})
	}
	f := x.unread("user", err, permission.ReadUser)
	if errs.Of(err).Slug == errs.NotFound {
		f.Words = fmt.Sprintf("the tenant has no user %s", x.User)
		f.Command, f.Remedy = "", "look for a typing error, and whether --tenant or --profile is the right one; a user who was just made takes some seconds"
	}
	return broken(f)
}

func (x *exam) enabled(context.Context) outcome {
	if !x.person.Disabled {
		return said(Finding{ID: "user.enabled", Status: OK, Words: "the account is enabled"})
	}
	return said(Finding{
		ID: "user.enabled", Status: Warn, Words: "the account is disabled: a pass can be made, and nobody signs in with it before the account is enabled",
		Remedy:  "Entra admin center, Users, the user, Edit properties, Settings: Account enabled",
		Command: "az ad user update --id " + x.User.Typed() + " --account-enabled true",
	})
}

func (x *exam) guest(context.Context) outcome {
	if !x.person.External {
		return said(Finding{ID: "user.guest", Status: OK, Words: "no external guest"})
	}
	return said(Finding{
		ID: "user.guest", Status: Fail, Words: "the user is an external guest, who cannot hold a pass of this tenant",
		Remedy: "the guest signs in at the home organisation: that alone can issue a pass",
	})
}

// reach says what keeps this sign-in from the user, whoever else may be reached.
func (x *exam) reach(ctx context.Context) outcome {
	if x.tenant.Application {
		return said(x.guarded(ctx))
	}
	d := denial.Desk{Directory: x.tenant.Directory, Caller: x.tenant.Caller, Permissions: x.tenant.Permissions}
	causes, unknown := d.Reach(ctx, permission.CreatePass, denial.Target{User: x.person.ID, ID: x.person.ID})
	if len(causes) > 0 {
		var found []Finding
		for _, c := range causes {
			found = append(found, Finding{ID: "user.reach", Status: Fail, Words: c.Words, Remedy: c.Remedy})
		}
		return said(found...)
	}
	if len(unknown) > 0 {
		return said(Finding{ID: "user.reach", Status: Skip, Words: strings.Join(unknown, "; "), Command: "tap help permissions"})
	}
	return said(Finding{ID: "user.reach", Status: OK, Words: "nothing of the user's roles, groups and units keeps a role that creates passes away"})
}

// guarded says whether tap holds an application back from the user; Graph does not.
func (x *exam) guarded(ctx context.Context) Finding {
	roles, err := x.tenant.People.Roles(ctx, person.Ref(x.person.ID))
	switch {
	case err != nil:
		return x.unread("user.reach", err, permission.ReadRoles)
	case len(roles) > 0:
		return Finding{
			ID: "user.reach", Status: Warn, Words: "the user holds the admin role " + strings.Join(roles, ", ") + ": tap creates no pass for one as an application, unless told so",
			Command: "tap create " + x.User.Typed() + " --allow-privileged",
		}
	}
	return Finding{ID: "user.reach", Status: OK, Words: "no administrator"}
}

// atOnce is how many groups one question to the directory may name (graph.md section 6).
const atOnce = 20

// targeted says whether the policy reaches the user, and by which target.
func (x *exam) targeted(ctx context.Context) outcome {
	p, names := x.standing.Policy, x.standing.Names
	var member []string
	for ids := range slices.Chunk(slices.Concat(policy.Groups(p.Exclude), policy.Groups(p.Include)), atOnce) {
		of, err := x.tenant.People.MemberOf(ctx, person.Ref(x.person.ID), ids)
		if err != nil {
			return said(x.unread("user.policy", err, permission.CheckGroups))
		}
		member = append(member, of...)
	}
	if t, out := policy.Covers(p.Exclude, x.person.ID, member); out {
		return said(Finding{
			ID: "user.policy", Status: Fail, Words: "the policy excludes the user by " + names.Full(t),
			Remedy: "take the user out of it, or it off the policy", Command: "tap policy set --remove-exclude " + t.ID,
		})
	}
	t, in := policy.Covers(p.Include, x.person.ID, member)
	if !in {
		return said(Finding{
			ID: "user.policy", Status: Fail, Words: "the policy includes the user by none of its targets",
			Remedy: "put the user into a group that it includes, or add one", Command: "tap policy set --add-include GROUP",
		})
	}
	words := "the policy includes the user by " + names.Full(t)
	if t.IsAll() {
		words = "the policy includes every user of the tenant"
	}
	return said(Finding{ID: "user.policy", Status: OK, Words: words})
}

// replicated says whether the pass service knows the user.
func (x *exam) replicated(ctx context.Context) outcome {
	l, err := x.tenant.Passes.List(ctx, x.person.ID)
	if err == nil {
		x.listing = l
		return said(Finding{ID: "user.replicated", Status: OK, Words: "the pass service knows the user"})
	}
	f := x.unread("user.replicated", err, permission.ListPasses)
	if errs.Of(err).Slug == errs.NotFound {
		f.Words = "the directory knows the user, and the pass service does not yet: new users take some seconds to some minutes"
		f.Command = "tap create " + x.User.Typed() + " --wait 60s"
	}
	return broken(f)
}

func (x *exam) pass(context.Context) outcome {
	f := Finding{ID: "user.pass", Status: OK, Words: "the user holds no pass"}
	for _, p := range x.listing.Passes {
		f.Words = "the user holds a pass that is " + p.Describe(x.listing.At, time.UTC)
		if !p.Held(x.listing.At) {
			continue
		}
		f.Status = Warn
		f.Words += ": another one would end it"
		f.Command = "tap create " + x.User.Typed() + " --replace"
		if p.StateAt(x.listing.At) == pass.DisabledByPolicy {
			f.Words = "the user holds a pass that the policy has switched off: it was made before the policy was tightened"
		}
		break
	}
	return said(f)
}

func (x *exam) methods(ctx context.Context) outcome {
	methods, _, err := x.tenant.Records.Methods(ctx, x.person.ID)
	if err != nil {
		return said(x.unread("user.methods", err, permission.ReadMethods))
	}
	var types []string
	for _, m := range methods {
		if m.Type != person.TemporaryAccessPass {
			types = append(types, m.Type)
		}
	}
	words := "the user has no method but passes"
	if len(types) > 0 {
		words = "methods of the user beside passes: " + strings.Join(types, ", ")
	}
	return said(Finding{ID: "user.methods", Status: OK, Words: words})
}
