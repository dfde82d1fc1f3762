package pass

import (
	"fmt"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// Tally counts what became of users, one after another, so that nobody has to keep them all. The zero value has none.
type Tally struct {
	rows, bad int
	first     *errs.Error // the first that was refused or failed
	unlike    bool        // another one was of another slug
	outcomes  map[Outcome]int
}

// Add counts one.
func (t *Tally) Add(r Result) {
	t.rows++
	if t.outcomes == nil {
		t.outcomes = map[Outcome]int{}
	}
	t.outcomes[r.Outcome]++
	switch {
	case r.Err == nil:
		return
	case t.bad == 0:
		t.first = r.Err
	case t.first.Slug != r.Err.Slug:
		t.unlike = true
	}
	t.bad++
}

// Rows is how many were counted.
func (t *Tally) Rows() int { return t.rows }

// Of is how many had an outcome.
func (t *Tally) Of(o Outcome) int { return t.outcomes[o] }

// Err is the error of a command that worked them off: nil when none was refused or failed, one user's own error, and for several
// users the class that all of them share where it is auth, denied or busy, else partial.
func (t *Tally) Err() error {
	switch {
	case t.bad == 0:
		return nil
	case t.rows == 1:
		return t.first
	}
	slug := errs.Partial
	if t.bad == t.rows && !t.unlike {
		switch s := t.first.Slug; s {
		case errs.Auth, errs.Denied, errs.Busy, errs.Interrupted, errs.Terminated:
			slug = s
		}
	}
	return &errs.Error{Slug: slug, Why: fmt.Sprintf("%d of %d users were refused or failed", t.bad, t.rows)}
}

// Sum is the error of a command that worked these off, as Tally.Err tells.
func Sum(results []Result) error {
	var t Tally
	for _, r := range results {
		t.Add(r)
	}
	return t.Err()
}
