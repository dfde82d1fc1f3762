package denial

import (
	"context"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// Cause is something of a user that keeps a role from reaching this one, and what is to be done.
type Cause struct{ Words, Remedy string }

// Reach says what of a user keeps who is signed in from an operation, although the roles for it may be there, and what cannot be
// told. Nobody was refused yet; of the roles of who is signed in it says nothing but whom they reach.
func (d Desk) Reach(ctx context.Context, o *permission.Operation, t Target) (keeps []Cause, unknown []string) {
	f := d.gather(ctx, o, t)
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
	for _, words := range f.proven {
		c := Cause{Words: words}
		if at := strings.LastIndex(words, ": "); at >= 0 { // the remedy stands behind it: names come before
			c = Cause{words[:at], words[at+2:]}
		}
		if c.Remedy == "ask one" {
			c.Remedy = strings.Replace(only, "only", "ask", 1)
		}
		keeps = append(keeps, c)
	}
	return keeps, f.unknown.lines()
}
