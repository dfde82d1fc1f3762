package pass

import (
	"context"
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
		if err := p.Row(r); err != nil {
			return unwritten(r, err)
		}
		if r.Err != nil && len(refs) > 1 && f.Globals.Output != output.JSON {
			f.Say.Error(r.Err)
		}
	}
	if err := p.Close(); err != nil {
		return unwritten(pass.Result{}, err)
	}
	if ctx.Err() != nil && len(results) < len(refs) {
		return context.Cause(ctx)
	}
	return pass.Sum(results)
}

// unwritten is an answer that could not be written: it may have held a passcode, which nobody will see then.
func unwritten(r pass.Result, err error) error {
	e := errs.Local("writing the answer", "stdout", err)
	if !r.Passcode.IsEmpty() {
		e.Why = fmt.Sprintf("%v: %s has a new pass whose code nobody saw", err, r.Ref)
		e.Hints = []string{fmt.Sprintf("tap create %s --replace", r.Ref.Typed())}
	}
	return e
}
