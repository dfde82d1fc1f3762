package pass

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-5ddf9a5e/tap/pkg/denial"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

// Recent is how far back a look at a user goes.
const Recent = 7 * 24 * time.Hour

// mostSignIns is how many entries of the sign-in log are read for one user: those that failed are among them.
const mostSignIns = 200

// Evidence is what a look at a user asks for beside the passes. Errors are *errs.Error.
type Evidence interface {
	// Details reads what the directory says of a user, the manager with it.
	Details(ctx context.Context, ref person.Ref) (person.Details, error)
	// Methods lists the methods that a user has, password and pass among them, with the answer's Date.
	Methods(ctx context.Context, user string) ([]person.Method, time.Time, error)
	// SignIns reads at most n entries of the sign-in log about a user, by object id, since a time, the latest first.
	SignIns(ctx context.Context, userID string, since time.Time, n int) ([]person.SignIn, error)
}

// Subject is one user, as far as this sign-in may see. What is nil was not seen, what is empty is not there.
type Subject struct {
	Ref person.Ref
	person.Details
	Seen    bool // the directory showed the user
	Roles   []string
	Passes  *Listing
	Methods []person.Method
	SignIns []person.SignIn // that failed lately; read only where they were asked for
	At      time.Time       // the service's time
	Verdict Verdict
}

// Held is the pass that the user has, nil for none and where it was not seen.
func (s Subject) Held() *Pass {
	if s.Passes == nil || len(s.Passes.Passes) == 0 {
		return nil
	}
	return &s.Passes.Passes[0]
}

// showing is a look at a user that is under way.
type showing struct {
	Subject
	desk     *Desk
	evidence Evidence
	signIns  bool
	// new says that the directory knows the user and the pass service does not yet.
	new bool
	// What the policy says: nil where it was not seen.
	policy *policy.Policy
	ruled  *ruling // the rule that keeps the user from a pass
	// What is missing of who is signed in, what keeps that one from the user, and what could not be told.
	ahead   denial.Foresight
	unknown []string
}

// Show looks at one user, side by side, then at what takes the answers of before: two round trips. What may not be read
// is no error, unless nothing at all may be. signIns says whether the sign-in log is looked at, too.
func (d *Desk) Show(ctx context.Context, ref person.Ref, e Evidence, signIns bool) (Subject, error) {
	x := &showing{desk: d, evidence: e, signIns: signIns, Subject: Subject{Ref: ref, Details: person.Details{Person: named(ref)}, At: d.Now()}}
	err := x.first(ctx)
	if err == nil {
		err = x.second(ctx)
	}
	if err != nil {
		return x.Subject, d.denied(ctx, err, permission.ListPasses, x.Person).For("looking at a user", string(ref))
	}
	x.Verdict = x.judge()
	return x.Subject, nil
}

// first reads what takes nothing but the user's name.
func (x *showing) first(ctx context.Context) error {
	var detailsErr, listErr, methodsErr, rolesErr, policyErr error
	var listing Listing
	var methodsAt time.Time
	var read policy.Policy
	g := new(errgroup.Group)
	g.Go(func() error { detailsErr = x.readDetails(ctx); return nil })
	g.Go(func() error { listing, listErr = x.desk.Passes.List(ctx, string(x.Ref)); return nil })
	g.Go(func() error {
		x.Methods, methodsAt, methodsErr = x.evidence.Methods(ctx, string(x.Ref))
		return nil
	})
	g.Go(func() error { x.Roles, rolesErr = x.desk.People.Roles(ctx, x.Ref); return nil })
	g.Go(func() error { read, policyErr = x.desk.Policy.Policy(ctx); return nil })
	_ = g.Wait()
	if !x.Seen && slugOf(detailsErr) == errs.Denied && slugOf(listErr) == errs.Denied {
		return listErr
	}
	for _, t := range []time.Time{methodsAt, listing.At, x.Details.At} {
		if !t.IsZero() {
			x.At = t
		}
	}
	x.new = x.Seen && slugOf(listErr) == errs.NotFound
	for _, err := range []error{
		x.unseen(detailsErr, "the directory", permission.ReadUser),
		x.unseen(x.late(listErr), "the passes", permission.ListPasses),
		x.unseen(x.late(methodsErr), "the methods", permission.ReadMethods),
		x.unseen(x.late(rolesErr), "the directory roles", permission.ReadRoles),
		x.unseen(policyErr, "the policy", permission.ReadPolicy),
	} {
		if err != nil {
			return err
		}
	}
	if listErr == nil {
		x.Passes = &listing
	}
	if methodsErr == nil {
		x.Methods = append([]person.Method{}, x.Methods...)
	}
	if rolesErr == nil {
		x.Roles = append([]string{}, x.Roles...)
	}
	if policyErr == nil {
		x.policy = &read
	}
	return nil
}

func (x *showing) readDetails(ctx context.Context) error {
	d, err := x.evidence.Details(ctx, x.Ref)
	if err == nil {
		x.Details, x.Seen = d, true
	}
	return err
}

// late lets a user go on whom the directory has shown and another service does not know yet.
func (x *showing) late(err error) error {
	if x.Seen && slugOf(err) == errs.NotFound {
		return nil
	}
	return err
}

// unseen says once what may not be read.
func (x *showing) unseen(err error, what string, o *permission.Operation) error {
	if slugOf(err) != errs.Denied {
		return err
	}
	x.desk.Notice(what + " may not be read with this sign-in (" + x.needs(o) + ")")
	return nil
}

// needs names what a read takes of who is signed in: the permission, and for a person the role, either of which may be what is missing.
func (x *showing) needs(o *permission.Operation) string {
	if x.desk.Application || len(o.Roles) == 0 {
		return "permission " + o.Least
	}
	return "permission " + o.Least + ", and as active role " + o.RoleNames()
}

// second reads what takes an answer of before: the object id, or the policy.
func (x *showing) second(ctx context.Context) error {
	var signInsErr, ruleErr error
	g := new(errgroup.Group)
	if x.policy != nil {
		g.Go(func() error { ruleErr = x.byRule(ctx); return nil })
	}
	g.Go(func() error {
		x.ahead = x.desk.denials().Foresee(ctx, permission.CreatePass, denial.Target{User: string(x.Ref), ID: x.ID})
		return nil
	})
	if x.signIns && x.ID != "" {
		g.Go(func() error { signInsErr = x.readSignIns(ctx); return nil })
	}
	_ = g.Wait()
	x.unknown = x.ahead.Unknown
	if ruleErr != nil {
		x.unknown = append(x.unknown, "cannot tell whether the policy reaches the user: "+ruleErr.Error())
	}
	return x.unseen(signInsErr, "the sign-ins", permission.ReadSignIns)
}

// byRule finds the rule of the policy that keeps the user from a pass.
func (x *showing) byRule(ctx context.Context) error {
	r, against := forbidden(*x.policy, Request{})
	var hidden error
	if !against {
		r, against, hidden = x.desk.byTargets(ctx, &sight{person: x.Person}, x.Ref, *x.policy)
	}
	if against {
		x.ruled = &r
	}
	return hidden
}

// readSignIns keeps those that failed.
func (x *showing) readSignIns(ctx context.Context) error {
	all, err := x.evidence.SignIns(ctx, x.ID, x.At.Add(-Recent), mostSignIns)
	if err != nil {
		return err
	}
	x.SignIns = []person.SignIn{}
	for _, s := range all {
		if s.Failed() && !Interrupt(s.Code) {
			x.SignIns = append(x.SignIns, s)
		}
	}
	return nil
}
