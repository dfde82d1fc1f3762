// Package denial finds out why Graph refused with 403: the causes that token and directory prove, each with its remedy, and
// what cannot be told. It must not decide what becomes of the refusal, and needs none of its reads: what may not be read is
// not known.
package denial

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// Role is a directory role as the directory shows it: the template's id, and a name that is not ours.
type Role struct{ Template, Name string }

// Holding is a role that somebody holds or may activate.
type Holding struct {
	Template string
	Unit     string // the object id of the administrative unit that it is limited to; "": the tenant
}

// Group is a group as far as it keeps somebody from a user. Its name is not ours.
type Group struct {
	Name       string
	Assignable bool // roles can be assigned to it
}

// Unit is an administrative unit. Its name is not ours.
type Unit struct {
	ID, Name   string
	Restricted bool
}

// Directory is what is asked of the directory. A user is an object id or a user principal name, a principal an object id. Errors
// are *errs.Error.
type Directory interface {
	// Active lists the roles of a user over the whole tenant, through groups too.
	Active(ctx context.Context, user string) ([]Role, error)
	// Assigned lists the roles that a principal holds itself, those over an administrative unit among them.
	Assigned(ctx context.Context, principal string) ([]Holding, error)
	// Eligible lists the roles that a principal may activate (PIM).
	Eligible(ctx context.Context, principal string) ([]Holding, error)
	// Groups lists the groups that a user is in, through groups too.
	Groups(ctx context.Context, user string) ([]Group, error)
	// Owned lists the groups that a user owns.
	Owned(ctx context.Context, user string) ([]Group, error)
	// Units lists the administrative units that a user is in.
	Units(ctx context.Context, user string) ([]Unit, error)
}

// Desk knows who was refused. Its zero value knows nothing, and says what an operation takes.
type Desk struct {
	Directory   Directory // nil: nothing is looked up
	Application bool      // an application was refused: roles do not matter
	Caller      string    // the object id of who is signed in, "" where it is not known
	Permissions []string  // what the token says that it carries, a hint; nil: it does not say
}

// Target is the user whom the refused call was for. The zero value is none.
type Target struct {
	User     string // an object id or a user principal name
	ID       string // the object id where it is known
	External bool   // an external (B2B) guest
	// Many says that the user is one of many, and not named: only who was refused is looked at.
	Many bool
}

// patience is how long an error may take to be explained.
const patience = 15 * time.Second

// Explain returns the refusal with its causes, the proven ones first. An error that is not a refusal for want of permission comes back as
// it is, and so does one that is explained already.
func (d Desk) Explain(ctx context.Context, e *errs.Error, o *permission.Operation, t Target) *errs.Error {
	if e == nil || e.Slug != errs.Denied || len(e.Causes) > 0 {
		return e
	}
	c := *e
	f := d.gather(ctx, o, t)
	f.causes()
	c.Causes = f.proven
	if len(c.Causes) == 0 {
		c.Causes = append(c.Causes, f.takes())
	}
	c.Causes = append(c.Causes, f.unknown.lines()...)
	return &c
}

// takes is what there is to say where nothing is proven.
func (f *findings) takes() string {
	words := "it takes " + f.op.Takes(f.desk.Application)
	switch {
	case f.desk.Directory == nil || len(f.unknown) > 0:
		return words
	case f.desk.Application:
		return "the token carries what this takes, and tap knows no other cause for an application: " + words
	}
	return "the directory shows no cause; " + words + ", and what is new takes some minutes to count"
}

// gap is something that cannot be told, and why not.
type gap struct{ why, whether string }

type gaps []gap

// lines says what cannot be told, a line a reason.
func (g gaps) lines() []string {
	var out []string
	var reasons []string
	of := map[string][]string{}
	for _, one := range g {
		if of[one.why] == nil {
			reasons = append(reasons, one.why)
		}
		of[one.why] = append(of[one.why], one.whether)
	}
	for _, why := range reasons {
		out = append(out, fmt.Sprintf("cannot tell %s: %s", why, strings.Join(of[why], "; ")))
	}
	return out
}
