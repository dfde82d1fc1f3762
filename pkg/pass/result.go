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

// Sum is the error of a command that worked off these results: nil when none was refused or failed, one
// user's own error, and for several users the class that all of them share where it is
// auth, denied or busy, else partial.
func Sum(results []Result) error {
	var bad []*errs.Error
	for _, r := range results {
		if r.Err != nil {
			bad = append(bad, r.Err)
		}
	}
	switch {
	case len(bad) == 0:
		return nil
	case len(results) == 1:
		return bad[0]
	}
	return sum(bad, len(results))
}

// sum is the error for several users of whom these failed.
func sum(bad []*errs.Error, of int) error {
	slug := errs.Partial
	if len(bad) == of && alike(bad) {
		switch s := bad[0].Slug; s {
		case errs.Auth, errs.Denied, errs.Busy, errs.Interrupted, errs.Terminated:
			slug = s
		}
	}
	return &errs.Error{Slug: slug, Why: fmt.Sprintf("%d of %d users were refused or failed", len(bad), of)}
}

func alike(bad []*errs.Error) bool {
	for _, e := range bad {
		if e.Slug != bad[0].Slug {
			return false
		}
	}
	return true
}
