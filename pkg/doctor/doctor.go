// Package doctor holds the rules of `tap doctor`: what is looked at, in which order it is told, how it is judged, and what mends
// it. It must not write anything, open a connection, read a file or a variable, or print: it is handed what does.
package doctor

import (
	"context"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/denial"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

// Status is what became of a check.
type Status string

// The statuses.
const (
	OK   Status = "ok"
	Warn Status = "warn" // it works, and should be looked at
	Fail Status = "fail" // it does not work
	Skip Status = "skip" // it could not be looked at
)

// Finding is what a check found. A check has one at least.
type Finding struct {
	// ID is the check's, and behind a dot what of it the finding is about: "policy.one_time_off". It never changes its meaning.
	ID         string
	Status     Status
	Words      string // holds names that are not ours
	Remedy     string // a click, or whom to ask; "" where a command does, or nothing is to be mended
	Command    string // that mends it, or flags for the command that was typed; "" where none does
	Permission string // that is missing, where a check is skipped for want of it
}

// Network finds out how far the way to a host goes. It sends no token, and nothing that is kept.
type Network interface {
	Reach(ctx context.Context, address string) Route
}

// Case is what is examined.
type Case struct {
	Network Network
	// Authority and Graph are the addresses of both. A sandbox has no authority: "".
	Authority, Graph string
	Settings         Settings
	// Open signs in. Its errors are *errs.Error.
	Open func(context.Context) (*Tenant, error)
	User person.Ref // "": nobody in particular
}

// Tenant is what a sign-in leads to. What its members return as errors are *errs.Error.
type Tenant struct {
	Title       string // tenant, cloud, who is signed in
	Kind        string // of the sign-in: "browser", "client-secret", "sandbox"
	Application bool
	Caller      string   // the object id of who is signed in, "" where it is not known
	Permissions []string // what the token says that it carries; nil: it does not say

	People    person.Directory
	Directory denial.Directory
	Policy    interface {
		Show(context.Context) (policy.Standing, error)
	}
	Passes interface {
		List(ctx context.Context, user string) (pass.Listing, error)
	}
	Records Records
}

// Records are what a doctor reads beside the passes. Errors are *errs.Error.
type Records interface {
	// Methods lists the methods that a user has, password and pass among them.
	Methods(ctx context.Context, user string) ([]person.Method, time.Time, error)
	// Plans lists the products that the tenant has subscribed to.
	Plans(ctx context.Context) ([]Plan, error)
}

// Plan is a product, with its parts that belong to Entra.
type Plan struct {
	Name    string // skuPartNumber
	Enabled bool   // capabilityStatus is Enabled
	Entra   []string
}

// How long a check may take. A sign-in may wait for a person: the whole command ends it.
const (
	networkLimit = 15 * time.Second
	readLimit    = 30 * time.Second
)

// check is one thing that is looked at.
type check struct {
	id    string
	after []string // what it builds on, all before it
	limit time.Duration
	look  func(context.Context) outcome
}

// outcome is what a check came to. Nothing can build on one that is lost.
type outcome struct {
	found []Finding
	lost  bool
}

func said(found ...Finding) outcome   { return outcome{found: found} }
func broken(found ...Finding) outcome { return outcome{found: found, lost: true} }

// exam is a case, and what the checks of it learn for those after them.
type exam struct {
	Case
	graph    Route
	tenant   *Tenant
	standing policy.Standing
	person   person.Person
	listing  pass.Listing
}

// checks are all that there are, in the order in which they are told.
func (x *exam) checks() []check {
	signedIn := "authority"
	if x.Authority == "" {
		signedIn = "graph"
	}
	tenant := []string{"graph", "sign-in"}
	all := []check{
		{"settings", nil, networkLimit, x.settings},
		{"authority", nil, networkLimit, x.authority},
		{"graph", nil, networkLimit, x.reachGraph},
		{"clock", []string{"graph"}, networkLimit, x.clock},
		{"sign-in", []string{signedIn}, 0, x.signIn},
		{"permissions", []string{"sign-in"}, readLimit, x.permissions},
		{"roles", tenant, readLimit, x.roles},
		{"policy", tenant, readLimit, x.policy},
		{"licences", tenant, readLimit, x.licences},
	}
	if x.User == "" {
		return all
	}
	return append(all,
		check{"user", tenant, readLimit, x.user},
		check{"user.enabled", []string{"user"}, readLimit, x.enabled},
		check{"user.guest", []string{"user"}, readLimit, x.guest},
		check{"user.reach", []string{"user"}, readLimit, x.reach},
		check{"user.policy", []string{"user", "policy"}, readLimit, x.targeted},
		check{"user.replicated", []string{"user"}, readLimit, x.replicated},
		check{"user.pass", []string{"user.replicated"}, readLimit, x.pass},
		check{"user.methods", []string{"user.replicated"}, readLimit, x.methods},
	)
}

// Checks are the ids of all checks, in their order.
func Checks() (ids []string) {
	x := &exam{Case: Case{User: "user"}}
	for _, c := range x.checks() {
		ids = append(ids, c.id)
	}
	return ids
}
