package rollout

import (
	"context"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// AtOnce is how many calls Graph takes in one batch.
// https://learn.microsoft.com/graph/json-batching
const AtOnce = 20

// Answer is what one call of a batch came to.
type Answer[T any] struct {
	Value T
	At    time.Time     // the answer's Date
	Err   error         // *errs.Error; with pass.ErrUnseen in its chain the call may have been executed all the same
	Again bool          // it was refused for now, without being executed: it may be sent again
	Sent  time.Time     // of a call that was lost: when it went out, by this machine's clock
	After time.Duration // how long the service asks to be left alone; 0: it does not say
}

// Create is one create of a batch.
type Create struct {
	User string // object id or user principal name
	pass.Request
}

// Delete is the removal of one pass.
type Delete struct {
	User, PassID string // User is an object id or a user principal name
	Name         string // user principal name, "" where it is not known; it is not sent
}

// Tenant is what a run asks of the service: up to AtOnce calls in one request, each with an answer of its own, in the
// calls' order. Reads and deletes are repeated inside as far as that may help; a create never is, nor is it sent after a time: the
// intent that was written down before it would not tell when it was sent.
type Tenant interface {
	Find(ctx context.Context, people []person.Key) []Answer[[]person.Person]
	Passes(ctx context.Context, users []string) []Answer[pass.Listing]
	Roles(ctx context.Context, users []string) []Answer[[]string]
	// Methods lists the methods of each user, password and pass among them.
	Methods(ctx context.Context, users []string) []Answer[[]person.Method]
	Create(ctx context.Context, creates []Create, by time.Time) []Answer[pass.Created]
	Delete(ctx context.Context, deletes []Delete) []Answer[struct{}]
	// Members lists the users of a group, those of groups within it, too. The group is named by object id or by name.
	Members(ctx context.Context, group string) (Group, error)
}

// Group is a group with its members.
type Group struct {
	ID, Name string
	Users    []person.Person
}
