// Package cmdutil is what the commands share: what they are handed, how they ask, and how
// they speak. It must not know one command, and no command may change a Factory.
package cmdutil

import (
	"context"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/audit"
	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/doctor"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/record"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/runner"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// Factory hands a command what it needs, once and lazily.
type Factory struct {
	Streams *terminal.Streams
	Colour  bool                // whether colour may say again what the words of a table say
	Runner  *runner.Runner      // the CI system around this process, nil where there is none
	Getenv  func(string) string // the environment
	Say     *Say
	Globals *Globals // filled by the flags before a command runs
	// Part is where the rows of an answer go that is one of several tenants'; nil where the answer is printed by itself.
	Part *output.Part
	// Target opens the tenant that the flags name: it reads files and may start a sign-in.
	Target func(context.Context) (*Target, error)
	// Surroundings are what a doctor looks at before there is a target. It signs nobody in.
	Surroundings func(context.Context) (*Surroundings, error)
	// SignIn signs in anew, and remembers who did.
	SignIn func(context.Context) (*Session, error)
	// WhoAmI tells who is signed in. It asks nobody.
	WhoAmI func(context.Context) (*Session, error)
	// SignOut forgets whom the flags name, or everybody.
	SignOut func(all bool) (*SignedOut, error)
	// VaultAddress is the one form of a vault's address that was typed, for the cloud that the flags name, before anybody signs in. The sandbox
	// has no vault: usage.
	VaultAddress func(typed string) (string, error)
	// StateDir is the folder where runs lie.
	StateDir func() (string, error)
	// Record is the local record as a command adds to it that works on no tenant.
	Record func() *record.Log
	// Files is where runs and their results lie.
	Files journal.FS
	// Profiles is the file where the profiles lie.
	Profiles func() (auth.ProfileStore, error)
	// Settings tells what counts for each key and why, with the profile of this name, "" for the one that the flags name or that is
	// in use.
	Settings func(profile string) (*Settings, error)
	// Reports finds out whether the cloud that the flags name has reports and logs: nil, or a usage error with other ways.
	Reports func(ways ...string) error
	// Sandbox opens the control plane of the sandbox that the flags name.
	Sandbox func(context.Context) (*Sandbox, error)
}

// Globals are the values of the flags that mean the same for every command.
type Globals struct {
	Output   output.Format
	Columns  []string
	NoHeader bool
	JQ       output.Query
	Yes      bool
	NoInput  bool
	Zone     *time.Location // --tz; nil: not given
	// Origins are who gave flags their values that were not typed, in words, by flag.
	Origins map[string]string
	// Ticket and Reason are recorded with a write.
	Ticket, Reason string
}

// Target is the tenant that a command works on.
type Target struct {
	Title    string // what is said before a write: tenant, cloud, who is signed in
	TenantID string // "" where only the service knows it
	Sandbox  bool
	Cloud    string // "sandbox" for one
	Desk     pass.Desk
	Many     rollout.Tenant     // the same tenant, many calls at once
	All      rollout.Population // the same tenant, what it knows of all its users
	Late     time.Duration      // how long a lost create may still land; 0: pass.Late
	Policy   policy.Desk
	Records  doctor.Records
	// Name reads what the tenant is called, "" where it has no name.
	Name     func(context.Context) (string, error)
	Evidence Evidence
	Audit    audit.Desk      // of the tenant's log
	Identity record.Identity // who is signed in
	Record   *record.Log     // before all that Desk, Many and Policy write
	// Vault opens a vault by its address, as Factory.VaultAddress returns it, with the same sign-in. The sandbox has none: usage.
	Vault  func(url string) (rollout.Vault, error)
	SignIn string // where a user enters a pass, "" where no place is known
}

// Evidence is what a tenant tells of what happened to a user, and what undoes it. Errors are *errs.Error.
type Evidence interface {
	// Details reads what the directory says of a user, the manager with it.
	Details(ctx context.Context, ref person.Ref) (person.Details, error)
	// Methods lists the methods that a user has, password and pass among them, with the answer's Date.
	Methods(ctx context.Context, user string) ([]person.Method, time.Time, error)
	// DeleteMethod removes one of them. One that is gone already is not_found.
	DeleteMethod(ctx context.Context, user string, m person.Method) error
	// RevokeSessions ends the sessions of a user.
	RevokeSessions(ctx context.Context, user string) error
	// SignIns reads at most n entries of the sign-in log about a user, by object id, since a time, the latest first.
	SignIns(ctx context.Context, userID string, since time.Time, n int) ([]person.SignIn, error)
}

// Surroundings are the machine and the way to the target.
type Surroundings struct {
	Network          doctor.Network
	Authority, Graph string // addresses; Authority is "" for a sandbox
	Settings         doctor.Settings
	Kind             string // of the sign-in, "sandbox" for one
}

// ReadZone is where local times are read: --tz, at a terminal the machine's zone, else nil.
func (f *Factory) ReadZone() *time.Location {
	if f.Globals.Zone == nil && f.Streams.InTTY {
		return time.Local
	}
	return f.Globals.Zone
}

// ShowZone is where times are shown in tables: --tz, at a terminal the machine's zone, else UTC.
func (f *Factory) ShowZone() *time.Location {
	switch {
	case f.Globals.Zone != nil:
		return f.Globals.Zone
	case f.Streams.OutTTY:
		return time.Local
	}
	return time.UTC
}

// CanAsk reports whether a person may be asked something.
func (f *Factory) CanAsk() bool { return f.Streams.CanAsk() && !f.Globals.NoInput }
