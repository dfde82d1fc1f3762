package rollout

import (
	"context"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// Registration is one user's row in the tenant's registration report, a lagging copy without disabled users.
// https://learn.microsoft.com/graph/api/resources/userregistrationdetails
type Registration struct {
	Person  person.Person // id and names alone, as they were then
	Methods []string      // names of kinds of methods, as the service writes them
	Updated time.Time     // when the row was written, UTC; zero where it does not say
}

// HoldsPass reports whether the row lists a pass. Whether the report does, and under which name, Microsoft does not say: any that
// begins like the method's own counts.
func (r Registration) HoldsPass() bool {
	const pass = "temporaryaccesspass"
	for _, m := range r.Methods {
		if name := strings.ToLower(strings.ReplaceAll(m, " ", "")); strings.HasPrefix(name, pass) {
			return true
		}
	}
	return false
}

// Population is what is asked of the service about all users of the tenant, page by page. It ends with an error of each. Other errors are *errs.Error.
type Population interface {
	// Registrations tells the rows of the registration report.
	Registrations(ctx context.Context, each func(Registration) error) error
	// Everybody tells the users of the directory, disabled ones and guests among them.
	Everybody(ctx context.Context, each func(person.Person) error) error
}
