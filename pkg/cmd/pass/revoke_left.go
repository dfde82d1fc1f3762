package pass

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// left is the error of what was not done, with the commands that do it; nil where nothing is left.
func (r *revoking) left(ctx context.Context) error {
	if end := errs.Of(context.Cause(ctx)); end != nil {
		e := *end
		e.Hints = []string{r.again("")}
		return &e
	}
	if e := r.undone(); e != nil {
		return e
	}
	e := &errs.Error{Slug: errs.Findings, What: "revoking", Whom: string(r.ref)}
	missing := r.missing()
	switch {
	case slices.ContainsFunc(r.acts, kept):
		e.Why = "methods stay that may have been registered since the pass was created"
		for _, a := range r.acts {
			if kept(a) {
				e.Hints = append(e.Hints, r.again(id(a)))
			}
		}
	case len(missing) > 0:
		e.Slug, e.Why, e.Hints = errs.NotFound, "the user has no method "+strings.Join(missing, ", "), []string{"tap show " + r.ref.Typed()}
	case r.i.Blind:
		e.Why, e.Hints = "whether a method was registered may not be read (permission "+permission.ReadMethods.Least+")", []string{"tap help permissions"}
	case r.i.Since.IsZero() && len(r.i.Methods) > 0:
		e.Why, e.Hints = "no pass tells since when methods are suspect, and the user has some", []string{r.again("") + " --since 4h"}
	default:
		return nil
	}
	return e
}

func kept(a pass.Act) bool { return a.Outcome == pass.DeedKept }

// undone is the error of the steps that failed; nil where none did.
func (r *revoking) undone() error {
	var failed []*errs.Error
	e := &errs.Error{Slug: errs.Partial, What: "revoking", Whom: string(r.ref)}
	for _, a := range r.acts {
		if a.Err == nil {
			continue
		}
		failed = append(failed, a.Err)
		e.Causes = append(e.Causes, a.Err.Error())
		if a.Err.Slug == errs.Denied { // the same again is refused again
			e.Hints = append(e.Hints, a.Err.Hints...)
			continue
		}
		e.Hints = append(e.Hints, r.again(id(a)))
	}
	if len(failed) == 0 {
		return nil
	}
	e.Hints = slices.Compact(e.Hints)
	e.RequestID, e.Why = failed[0].RequestID, fmt.Sprintf("%d of %s were not done", len(failed), errs.Count(len(r.acts), "step"))
	if len(failed) == len(r.acts) {
		e.Slug, e.Why = failed[0].Slug, "nothing was done"
	}
	return e
}

// missing are the ids that were named and are not, and were not, the user's.
func (r *revoking) missing() []string {
	return slices.DeleteFunc(slices.Clone(r.Methods), func(named string) bool {
		is := func(m person.Method) bool { return strings.EqualFold(m.ID, named) }
		return named == everySuspect || slices.ContainsFunc(r.i.Methods, is) ||
			slices.ContainsFunc(r.acts, func(a pass.Act) bool { return a.Method != nil && is(*a.Method) })
	})
}

func id(a pass.Act) string {
	if a.Method == nil {
		return ""
	}
	return a.Method.ID
}

// again is the command that does what was not done: the pass may be gone, so it says since when.
func (r *revoking) again(method string) string {
	command := "tap revoke " + r.ref.Typed()
	if !r.i.Since.IsZero() {
		command += " --since " + r.i.Since.UTC().Format(time.RFC3339)
	}
	if method != "" {
		command += " --remove-method=" + method // an id of a passkey may begin with a hyphen
	}
	if r.Globals.Yes {
		command += " --yes"
	}
	return command
}
