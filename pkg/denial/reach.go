package denial

import (
	"context"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// Cause is what keeps somebody from an operation, and what is to be done.
type Cause struct{ Words, Remedy string }

// Foresight is what is known before an operation is tried.
type Foresight struct {
	Lacks   []Cause  // what is missing of who is signed in: the permission, or the role
	Keeps   []Cause  // what of the user keeps a role from this one
	Unknown []string // what cannot be told
}

// Foresee says what stands between who is signed in and an operation on a user. Nobody was refused yet: what is not known is no cause.
// An application needs no role and reaches everybody.
func (d Desk) Foresee(ctx context.Context, o *permission.Operation, t Target) Foresight {
	f := d.gather(ctx, o, t)
	f.permission()
	if d.Application {
		return Foresight{Lacks: f.taken(), Unknown: f.unknown.lines()}
	}
	if !f.anyRole() {
		f.role()
	}
	lacks := f.taken()
	f.reach()
	return Foresight{lacks, f.taken(), f.unknown.lines()}
}

// anyRole reports whether a fitting role is active over the tenant or over a unit: whom that one reaches is another question.
func (f *findings) anyRole() bool { return f.hasRole() || len(f.overUnits()) > 0 }

// Reach says what of a user keeps who is signed in from an operation, although the roles for it may be there, and what cannot be
// told. Nobody was refused yet; of the roles of who is signed in it says nothing but whom they reach.
func (d Desk) Reach(ctx context.Context, o *permission.Operation, t Target) (keeps []Cause, unknown []string) {
	f := d.gather(ctx, o, t)
	f.reach()
	return f.taken(), f.unknown.lines()
}

func (f *findings) reach() {
	f.self()
	switch {
	case !f.active.seen():
		f.unknown = append(f.unknown, f.active.gap("whether a role of yours reaches administrators"))
	case !f.reachesAdministrators():
		f.administrator()
		f.groupMember()
		f.groupOwner()
	}
	if !f.assigned.seen() {
		f.unknown = append(f.unknown, f.assigned.gap("which administrative units a role of yours is over"))
	} else {
		f.restricted()
	}
	if !f.hasRole() {
		f.limited()
	}
}

// taken are the causes proven so far, each with its remedy, and are not told again.
func (f *findings) taken() []Cause {
	var causes []Cause
	for _, words := range f.proven {
		c := Cause{Words: words}
		if at := strings.LastIndex(words, ": "); at >= 0 { // the remedy stands behind it: names come before
			c = Cause{words[:at], words[at+2:]}
		}
		if c.Remedy == "ask one" {
			c.Remedy = strings.Replace(only, "only", "ask", 1)
		}
		causes = append(causes, c)
	}
	f.proven = nil
	return causes
}
