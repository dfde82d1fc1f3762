package pass

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// refs reads the users that were named. example is a command that names one.
func refs(users []string, example string) ([]person.Ref, error) {
	if len(users) == 0 {
		return nil, errs.Usage("no user was given", example)
	}
	seen := map[person.Ref]bool{}
	var out []person.Ref
	for _, u := range users {
		ref, err := person.ParseRef(u)
		if err != nil {
			return nil, errs.Usage(err.Error(), example)
		}
		if key := ref.Key(); !seen[key] {
			seen[key] = true
			out = append(out, ref)
		}
	}
	return out, nil
}

// work takes the users one after another, prints a row for each as soon as it is known, and tells what went wrong with
// it. An interruption leaves out the users that were not begun.
func work(ctx context.Context, f *cmdutil.Factory, refs []person.Ref, p output.Printer[pass.Result], one func(person.Ref) pass.Result) error {
	var results []pass.Result
	for _, ref := range refs {
		if ctx.Err() != nil {
			break
		}
		r := one(ref)
		results = append(results, r)
		for _, w := range r.Warnings {
			f.Say.Warning(w)
		}
		if err := f.Runner.Register(f.Streams.Err, r.Passcode); err != nil {
			return unwritten(r, err)
		}
		if err := p.Row(r); err != nil {
			return unwritten(r, err)
		}
		if r.Err != nil && len(refs) > 1 && !f.Globals.Output.IsJSON() {
			f.Say.Error(r.Err)
		}
	}
	if err := p.Close(); err != nil {
		return unwritten(pass.Result{}, err)
	}
	return sum(ctx, results, refs)
}

// sum is the error of a command that worked off results of these users: what ended it early, before all that went wrong.
// What ran out of time is safe to run again only where nobody got a pass. An interruption is never a success.
func sum(ctx context.Context, results []pass.Result, refs []person.Ref) error {
	end := errs.Of(context.Cause(ctx))
	cut, done := len(results) < len(refs), 0
	for _, r := range results {
		cut = cut || end != nil && r.Err != nil && r.Err.Slug == end.Slug
		if r.Err == nil {
			done++
		}
	}
	timedOut := end != nil && end.Slug == errs.Busy
	switch {
	case end == nil, timedOut && !cut, len(refs) == 1 && len(results)-done == 1:
		return pass.Sum(results)
	case len(refs) == 1 && done == 0:
		return end
	}
	e := *end
	if timedOut && done > 0 {
		e.Slug = errs.Partial
	}
	e.Why = fmt.Sprintf("%s: %d of %d users are done", end.Why, done, len(refs))
	for n, left := range refs[len(results):] {
		e.Why += []string{", not begun: ", ", "}[min(n, 1)] + string(left)
	}
	return &e
}

// unwritten is an answer that could not be written: it may have held a passcode, which nobody will see then.
func unwritten(r pass.Result, err error) error {
	e := errs.Of(cmdutil.Written(err))
	if query := (*output.QueryError)(nil); !r.Passcode.IsEmpty() && !errors.As(err, &query) {
		e.Why = fmt.Sprintf("%v: %s has a new pass whose code nobody saw", err, r.Ref)
		e.Hints = []string{fmt.Sprintf("tap create %s --replace", r.Ref.Typed())}
	}
	return e
}
