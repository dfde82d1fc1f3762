package policy

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/denial"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// Desk is where one caller works on the policy of one tenant.
type Desk struct {
	Service Service
	// Denials explains a refusal to who is signed in.
	Denials denial.Desk
	// Notice is told what could not be seen and was not needed, and what is waited for.
	Notice func(string)
}

// Standing is the policy as it is, with the names of its targets.
type Standing struct {
	Policy Policy
	Names  Names
}

// Show reads the policy and the names of its targets.
func (d *Desk) Show(ctx context.Context) (Standing, error) {
	p, err := d.read(ctx, "reading the policy")
	if err != nil {
		return Standing{}, err
	}
	names, err := d.names(ctx, append(append([]Target{}, p.Include...), p.Exclude...))
	return Standing{p, names}, err
}

func (d *Desk) read(ctx context.Context, what string) (Policy, error) {
	p, err := d.Service.Policy(ctx)
	if err != nil {
		return p, d.Denials.Explain(ctx, errs.Of(err), permission.ReadPolicy, denial.Target{}).For(what, "")
	}
	return p, nil
}

// names reads names for people. Not being allowed to is no error: the ids are shown then.
func (d *Desk) names(ctx context.Context, targets []Target) (Names, error) {
	names, err := d.Service.Names(ctx, targets)
	if err != nil && errs.Of(err).Slug == errs.Denied {
		d.Notice("the names of groups may not be read with this sign-in (permission " + permission.ReadGroups.Least + "): their ids are shown")
		err = nil
	}
	if err != nil {
		return names, errs.Of(err).For("reading the names of groups", "")
	}
	if names == nil {
		names = Names{}
	}
	return names, nil
}

// Order is what somebody asks of the policy, groups as they were typed.
type Order struct {
	Change
	Include, Exclude ListOrder
	File             *File // instead of all else
}

// ListOrder is what somebody asks of a list of targets: object ids, display names of groups, or Everybody.
type ListOrder struct {
	Whole       *[]string
	Add, Remove []string
}

// Check finds what contradicts itself, before anything is read.
func (o Order) Check() error {
	if o.File != nil {
		return o.File.wrong(o.File.Check())
	}
	return o.Change.Check()
}

// wrong puts the file's name into an error about what it says; flags mend no file.
func (f *File) wrong(err error) error {
	if err == nil {
		return nil
	}
	e := *errs.Of(err).For("reading the policy file", f.Name)
	if e.Slug == errs.UsageFault {
		e.Hints = nil
	}
	return &e
}

// Prepare reads the policy and works out what the order would make of it. Nothing is sent.
func (d *Desk) Prepare(ctx context.Context, o Order) (Plan, error) {
	current, err := d.read(ctx, "reading the policy")
	if err != nil {
		return Plan{}, err
	}
	r := &resolver{desk: d, current: current}
	change, err := r.change(ctx, o)
	if err == nil {
		var p Plan
		if p, err = NewPlan(current, change, r.names); err == nil {
			return p, nil
		}
	}
	if o.File != nil {
		err = o.File.wrong(err)
	}
	return Plan{Before: current}, err
}

// Compare lists in what the policy differs from a file. A file that the service would refuse now, because its lifetimes contradict
// those of the tenant, it includes nobody, or it names a group that was deleted since, is drift like any other.
func (d *Desk) Compare(ctx context.Context, f *File) ([]Difference, error) {
	current, err := d.read(ctx, "reading the policy")
	if err != nil {
		return nil, err
	}
	r := &resolver{desk: d, current: current, keepsDeleted: true}
	change, err := r.change(ctx, Order{File: f})
	if err != nil {
		return nil, f.wrong(err)
	}
	next, err := change.after(current, r.names)
	return Diff(current, next, r.names), err
}

// patience is how long a change may take to show, and the pauses between looks at it.
const (
	patience     = 30 * time.Second
	firstPause   = 500 * time.Millisecond
	longestPause = 4 * time.Second
)

// Apply sends a plan. The policy is read once more directly before: where it is not what the plan was made from, nothing is
// sent. Afterwards it is read until it shows the change.
func (d *Desk) Apply(ctx context.Context, p Plan) error {
	if len(p.Differences) == 0 {
		return nil
	}
	now, err := d.read(ctx, "reading the policy again")
	if err != nil {
		return err
	}
	if changed := Diff(p.Before, now, nil); len(changed) > 0 {
		names, err := d.names(ctx, namesNeeded(changed))
		if err != nil {
			names = nil // the refusal matters more
		}
		return changedMeanwhile(Diff(p.Before, now, names))
	}
	if err := d.Service.SetPolicy(ctx, p.Before, p.After); err != nil {
		return d.Denials.Explain(ctx, errs.Of(err), permission.ChangePolicy, denial.Target{}).For("changing the policy", "")
	}
	return d.shows(ctx, p)
}

func namesNeeded(ds []Difference) (out []Target) {
	for _, d := range ds {
		if d.Target.ID != "" {
			out = append(out, d.Target)
		}
	}
	return out
}

// changedMeanwhile tells both: what the plan was made from, and what is there now.
func changedMeanwhile(ds []Difference) error {
	words := ""
	for n, d := range ds {
		if n > 0 {
			words += "; "
		}
		words += d.sentence()
	}
	return &errs.Error{
		Slug: errs.Rejected, Reason: errs.PolicyChanged, What: "changing the policy", Hints: []string{"tap policy show"},
		Why: "somebody changed it since it was read: " + words + ": nothing was sent",
	}
}

// sentence is a difference between what was and what is.
func (d Difference) sentence() string {
	switch d.Kind {
	case Added:
		return d.Is + " is " + d.Words + " now"
	case Removed:
		return d.Was + " is not " + d.Words + " any more"
	}
	if d.Target.ID != "" {
		return fmt.Sprintf("%s: %s before, %s now", cmp.Or(d.Name, d.Target.ID), d.Was, d.Is)
	}
	return fmt.Sprintf("%s was %s and is %s now", d.Words, d.Was, d.Is)
}

// shows waits until the policy that is read has the change. Only what was changed is looked at.
func (d *Desk) shows(ctx context.Context, p Plan) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		now, err := d.Service.Policy(limited)
		switch {
		case err == nil && !lacks(now, p):
			return nil
		case ctx.Err() != nil:
			return sent(errs.Of(context.Cause(ctx)))
		case err != nil && limited.Err() == nil && errs.Of(err).Slug != errs.Busy:
			return sent(errs.Of(err))
		}
		if pause == firstPause {
			d.Notice("the change was sent; waiting until it shows")
		}
		if !sleep(limited, pause) && ctx.Err() == nil {
			return sent(&errs.Error{Slug: errs.Busy, Why: fmt.Sprintf("it does not show after %s", patience)})
		}
	}
}

// lacks reports whether a property that the plan changes is not as the plan wants it.
func lacks(now Policy, p Plan) bool {
	for _, open := range Diff(now, p.After, nil) {
		for _, d := range p.Differences {
			if d.Property == open.Property {
				return true
			}
		}
	}
	return false
}

// sent is an error after the change was sent: nobody may think that it was not.
func sent(cause *errs.Error) error {
	e := *cause
	e.What, e.Hints = "changing the policy", []string{"tap policy show"}
	e.Why = fmt.Sprintf("the change was sent and accepted, and was not seen yet: %s", cause.Error())
	return &e
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
