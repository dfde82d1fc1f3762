package cmdutil

import (
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
)

// Session is who is signed in, mostly as a token says it: a hint for people, never a decision.
type Session struct {
	Sandbox     bool
	Cloud       string // "sandbox" for one
	TenantName  string // "" where it is not known
	Kind        auth.Kind
	Application bool
	Caller      auth.Caller
	Expires     time.Time     // the token's end; zero where it has none
	Account     *auth.Account // who is remembered; nil for nobody
	Roles       []string      // the directory roles that are active; nil where they cannot be read
}

// SignedOut is what became of a sign-out.
type SignedOut struct {
	Gone   []auth.Account // who was forgotten
	Left   []auth.Account // who is remembered all the same
	Logout string         // where the browser's own session ends
}
