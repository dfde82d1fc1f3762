package rollout

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// same finds the run that this is. A run of which nothing can be told may be it: nothing is begun beside one.
func (r *run) same(runs []*known) (*known, error) {
	for _, k := range slices.Backward(runs) {
		switch {
		case !k.told():
			return nil, unreadable(k, k.Err)
		case k.Head.Identity == r.identity && !k.Expired && !r.lifted(k):
			return k, nil
		}
	}
	return nil, nil
}

// lifted reports whether --restart begins a run anew: one that was there when it was typed, as it was.
func (r *run) lifted(k *known) bool {
	was := r.seen[k.ID]
	return r.Restart && k.Head.Identity == r.identity && was != nil && (was.Complete == nil) == (k.Complete == nil)
}

// shares finds a run that has users of this one and is not finished, or was not when this one looked first.
func (r *run) shares(runs []*known, plan *rollout.Plan) error {
	mine := map[string]*rollout.Row{}
	for _, row := range plan.Rows {
		for _, name := range []string{row.Person.ID, row.Person.UserPrincipalName, string(row.Ref)} {
			mine[strings.ToLower(name)] = row
		}
	}
	delete(mine, "")
	for _, k := range runs {
		was := r.seen[k.ID]
		if k.Head.Tenant != r.job.Tenant || r.lifted(k) || k.over() && was != nil && was.over() {
			continue
		}
		for _, u := range k.Head.Users {
			if row := mine[strings.ToLower(u)]; row != nil {
				return r.shared(k, row)
			}
		}
	}
	return nil
}

// shared is the error of a run that has a user of this one.
func (r *run) shared(k *known, row *rollout.Row) error {
	why, hints := "is not finished", []string{"tap run resume " + k.ID, "tap run discard " + k.ID}
	if k.over() {
		why, hints = "was under way meanwhile", []string{"tap run show " + k.ID}
	}
	return &errs.Error{
		Slug: errs.Rejected, Reason: errs.OtherRun, What: "beginning a run",
		Why:   fmt.Sprintf("the run %s of %s %s and has the user %s, too", k.ID, when.Show(k.Head.Begun, r.ShowZone()), why, row.Ref),
		Hints: hints,
	}
}

// abandon keeps everybody from going on with the runs that --restart begins anew, until it is told to let go: then the new one is there.
func (r *run) abandon(runs []*known) (release func() error, err error) {
	var held []func() error
	release = func() error {
		var err error
		for _, let := range held {
			err = errors.Join(err, let())
		}
		return err
	}
	for _, k := range runs {
		if k.over() || !r.lifted(k) {
			continue
		}
		let, err := journal.Hold(r.store.fs, r.store.path(k.ID))
		if errors.Is(err, journal.ErrLocked) {
			err = atWork(k, err)
		}
		if err != nil {
			return release, err
		}
		held = append(held, let)
	}
	return release, nil
}

// atWork is the error of a run that another process has.
func atWork(k *known, err error) error {
	return &errs.Error{Slug: errs.Rejected, Reason: errs.OtherRun, What: "going on with the run", Whom: k.ID, Why: "another process is at work on it", Err: err, Hints: []string{"tap run show " + k.ID}}
}

// anew finds that --restart began a run anew, which nobody may go on with then: the users hold the passes of the other. The run's lock is held.
func (r *run) anew(k *known) error {
	runs, err := r.store.all()
	if err != nil {
		return err
	}
	for _, now := range runs {
		if now.ID == k.ID && now.Anew != "" {
			return &errs.Error{
				Slug: errs.Rejected, Reason: errs.OtherRun, What: "going on with the run", Whom: k.ID, Why: "--restart began it anew as " + now.Anew,
				Hints: []string{"tap run show " + now.Anew, "tap run discard " + k.ID},
			}
		}
	}
	return nil
}
