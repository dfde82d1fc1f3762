package pass

import (
	"fmt"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// Outcome is what became of one user's row.
type Outcome string

// The outcomes of product.md. A create that was told to replace without looking is "created":
// whether there was a pass before is not known then.
const (
	OutcomeCreated  Outcome = "created"
	OutcomeReplaced Outcome = "replaced"
	OutcomeDeleted  Outcome = "deleted"
	OutcomeSkipped  Outcome = "skipped"
	OutcomeRefused  Outcome = "refused"
	OutcomeFailed   Outcome = "failed"
)

// Result is what became of one user.
type Result struct {
	Ref       person.Ref
	Person    person.Person
	Outcome   Outcome
	DryRun    bool // the outcome is what would have become of it
	Pass      Pass // the pass that was made, deleted, or is in the way
	Passcode  secret.Text
	At        time.Time // the service's time
	Warnings  []string
	Reason    errs.Reason
	Err       *errs.Error // why it was refused or failed
	RequestID string
}

// State is the pass's state, "" where there is no pass or the cloud does not tell.
func (r Result) State() State {
	if r.Pass.ID == "" {
		return ""
	}
	return r.Pass.StateAt(r.At)
}

func (r *Result) made(c Created) {
	r.Pass, r.Passcode, r.RequestID = c.Pass, c.Passcode, c.RequestID
	if !c.At.IsZero() {
		r.At = c.At
	}
	if c.Doubt != nil {
		*r = r.Doubted(c.Doubt)
	}
	if c.Warning != "" {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s: %s", r.Ref, c.Warning))
	}
}

// fail records err: what policy or state forbids is refused, all else failed.
func (r *Result) fail(what string, err error) {
	r.Err = errs.Of(err).For(what, string(r.Ref))
	r.Reason, r.RequestID = r.Err.Reason, r.Err.RequestID
	r.Outcome = OutcomeFailed
	if r.Err.Slug == errs.Rejected {
		r.Outcome = OutcomeRefused
	}
}
