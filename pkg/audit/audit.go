package audit

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-5ddf9a5e/tap/pkg/denial"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// Event is an entry of the tenant's audit log about a method of a user. What is not an id or a time is the service's text, and not ours.
type Event struct {
	ID, CorrelationID string
	At                time.Time // UTC
	Activity          string    // activityDisplayName
	By                Actor
	User              person.Person // to whom it was done
	Result            string        // "success", "failure", "timeout"
	ResultReason      string
}

// Actor is who did it.
type Actor struct {
	ID, Name    string // object id; user principal name or the application's display name
	AppID       string
	Application bool
	Address     string // an IP address; "" for an application
}

// The activities and the reason that are asked for. The service's filters do not know the reason.
// https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities
// https://learn.microsoft.com/entra/architecture/security-operations-privileged-accounts
const (
	registered     = "Admin registered security info"
	deleted        = "Admin deleted security info"
	passRegistered = "Admin registered temporary access pass method for user"
)

// Created reports whether a pass was made. Any other event is the deletion of a method, which may have been a pass: the log does not tell.
func (e Event) Created() bool { return strings.EqualFold(e.Activity, registered) }

// Log is the audit log of a tenant. Errors are *errs.Error.
type Log interface {
	// Audits reads the entries of one activity of the service of authentication methods, from a time on. until is the last moment,
	// zero: none.
	Audits(ctx context.Context, activity string, since, until time.Time) ([]Event, error)
}

// Desk is where one caller reads the log of one tenant.
type Desk struct {
	Log Log
	// Denials explains a refusal to who is signed in.
	Denials denial.Desk
}

// Events reads what was asked for of the tenant's log, the oldest first: passes that were made, and methods that were deleted.
func (d *Desk) Events(ctx context.Context, q Query) ([]Event, error) {
	found := make([][]Event, 2)
	g, each := errgroup.WithContext(ctx)
	for i, activity := range []string{registered, deleted} {
		g.Go(func() (err error) {
			found[i], err = d.Log.Audits(each, activity, q.Since, q.Until)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, d.Denials.Explain(ctx, errs.Of(err), permission.ReadAudits, denial.Target{}).For("reading the audit log", "")
	}
	all := slices.DeleteFunc(slices.Concat(found...), func(e Event) bool {
		other := e.Created() && !strings.EqualFold(e.ResultReason, passRegistered)
		return other || !q.keeps(e.At, []string{e.User.ID, e.User.UserPrincipalName}, e.By.ID, e.By.Name, e.By.AppID)
	})
	slices.SortStableFunc(all, func(a, b Event) int { return a.At.Compare(b.At) })
	return all, nil
}
