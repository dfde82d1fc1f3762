package root

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

// tenantsAtOnce is how many tenants are read side by side.
const tenantsAtOnce = 4

// tenants runs the command for each profile and prints their answers as one. Each run is a process of its own but for the arguments, the network
// and the streams: it has its own flags, settings and sign-in, so nothing of one tenant can reach another.
func (o *opener) tenants(ctx context.Context, f *cmdutil.Factory) error {
	names, err := o.process.eachProfile()
	if err != nil {
		return err
	}
	runs := o.process.runs(names)
	failed := make([]*errs.Error, len(runs))
	free := make(chan struct{}, tenantsAtOnce)
	var all sync.WaitGroup
	for n, run := range runs {
		all.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			_, err := run.execute(ctx)
			failed[n] = errs.Of(err)
		})
	}
	all.Wait()
	if everywhereMistyped(failed) {
		return failed[0]
	}
	parts := make([]*output.Part, len(runs))
	for n, run := range runs {
		parts[n] = run.part
		if e := failed[n]; isFailure(e) {
			parts[n].Failed = &output.Failure{Slug: string(e.Slug), Message: e.Error(), Hint: run.say.Hint(e), RequestID: e.RequestID}
		}
	}
	if err := cmdutil.PrintParts(f, parts); err != nil {
		return err
	}
	for n, e := range failed {
		if e != nil && !o.flags.Output.IsJSON() {
			runs[n].say.Error(e)
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return sumTenants(names, failed)
}

// runs are those of the command for each of these profiles.
func (p *Process) runs(names []string) (all []*Process) {
	widest := len("PROFILE")
	for _, name := range names {
		widest = max(widest, len(name))
	}
	stdin, stderr := sync.OnceValues(func() ([]byte, error) { return io.ReadAll(p.Streams.In) }), &locked{w: p.Streams.Err}
	for _, name := range names {
		streams := *p.Streams
		streams.In, streams.Out, streams.Err = &replay{all: stdin}, ungathered{}, stderr
		if streams.Columns > 0 {
			streams.Columns = max(1, streams.Columns-widest-len("  "))
		}
		all = append(all, &Process{
			Args: p.Args, Streams: &streams, Getenv: withoutSecrets(p.Getenv), Wrap: p.Wrap, Machine: p.Machine, Files: p.Files, Network: p.Network,
			Dial: p.Dial, Roots: p.Roots, Tokens: p.Tokens, Late: p.Late, part: &output.Part{Name: name}, format: p.flags,
		})
	}
	return all
}

// withoutSecrets is an environment in which no variable holds a secret: it would be one for the tenants of all profiles.
func withoutSecrets(getenv func(string) string) func(string) string {
	return func(name string) string {
		if slices.Contains(secretVariables(), name) {
			return ""
		}
		return getenv(name)
	}
}

// isFailure reports whether something kept a tenant from being read. Findings are what was read.
func isFailure(e *errs.Error) bool { return e != nil && e.Slug != errs.Findings }

// everywhereMistyped reports whether the same in the command line was wrong for all, who sent nothing then.
func everywhereMistyped(failed []*errs.Error) bool {
	return !slices.ContainsFunc(failed, func(e *errs.Error) bool {
		return e == nil || e.Slug != errs.UsageFault || e.Error() != failed[0].Error()
	})
}

// sumTenants is what became of all: their common failure, that some failed, or that there are findings.
func sumTenants(names []string, all []*errs.Error) error {
	var failed, found []string
	slug := errs.Slug("")
	for n, e := range all {
		switch {
		case e == nil:
		case !isFailure(e):
			found = append(found, names[n])
		case len(failed) == 0 || slug == e.Slug:
			slug, failed = e.Slug, append(failed, names[n])
		default:
			slug, failed = errs.Partial, append(failed, names[n])
		}
	}
	what := "reading " + errs.Count(len(names), "profile")
	switch {
	case len(failed) > 0 && len(failed) < len(names):
		slug = errs.Partial
		fallthrough
	case len(failed) > 0:
		return &errs.Error{Slug: slug, What: what, Why: fmt.Sprintf("%d of them failed: %s", len(failed), strings.Join(failed, ", "))}
	case len(found) > 0:
		return &errs.Error{Slug: errs.Findings, What: what, Why: "there are findings in " + strings.Join(found, ", ")}
	}
	return nil
}

// locked lets one write at a time.
type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// replay reads what was read once for all.
type replay struct {
	all  func() ([]byte, error)
	rest *bytes.Reader
}

func (r *replay) Read(b []byte) (int, error) {
	if r.rest == nil {
		all, err := r.all()
		if err != nil {
			return 0, err
		}
		r.rest = bytes.NewReader(all)
	}
	return r.rest.Read(b)
}

// ungathered refuses what a run would print past its part.
type ungathered struct{}

func (ungathered) Write([]byte) (int, error) {
	return 0, errors.New("an answer of one of several tenants is printed as rows")
}
