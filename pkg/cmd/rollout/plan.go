package rollout

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

func (r *run) work() (rollout.Job, error) {
	items, err := r.job.items(r.Wish)
	return rollout.Job{Items: items, Order: r.Order, Concurrency: r.Concurrency, MaxFailures: r.MaxFailures}, err
}

// plan plans the whole job and says its sums.
func (r *run) plan(ctx context.Context) (rollout.Job, *rollout.Plan, error) {
	job, err := r.work()
	if err != nil {
		return job, nil, err
	}
	plan, err := r.desk.Plan(ctx, job, all(len(job.Items)))
	if err == nil && r.vault != nil {
		err = plan.Unnamed()
	}
	if err == nil {
		r.sums(plan, len(job.Items))
	}
	return job, plan, err
}

// dryRun prints the plan.
func (r *run) dryRun(ctx context.Context) error {
	_, plan, err := r.plan(ctx)
	if err != nil {
		return err
	}
	p := r.Print(r.target, resultsOf(plan))
	for _, row := range plan.Rows {
		if err := p.Row(row.Result); err != nil {
			return cmdutil.Written(err)
		}
	}
	if err := p.Close(); err != nil {
		return cmdutil.Written(err)
	}
	return pass.Sum(resultsOf(plan))
}

func resultsOf(plan *rollout.Plan) []pass.Result {
	out := make([]pass.Result, len(plan.Rows))
	for i, row := range plan.Rows {
		out[i] = row.Result
	}
	return out
}

func all(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// sums says in one line what a plan holds, and how long it takes.
func (r *run) sums(plan *rollout.Plan, of int) {
	sum := plan.Sum()
	var parts []string
	for _, o := range []struct {
		outcome pass.Outcome
		verb    string
	}{{pass.OutcomeCreated, "to create"}, {pass.OutcomeReplaced, "to replace"}, {pass.OutcomeSkipped, "to skip"}, {pass.OutcomeRefused, "refused"}, {pass.OutcomeFailed, "failed"}} {
		if n := sum[o.outcome]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o.verb))
		}
	}
	text := fmt.Sprintf("plan: %s: %s", errs.Count(of, "user"), strings.Join(parts, ", "))
	if plan.Writes() > 0 {
		about := "about"
		if r.Rate.String() == "max" {
			about = "up to about" // it begins at this rate, and is raised
		}
		text += fmt.Sprintf("; %s %s", about, max(time.Second, plan.Estimate(r.desk.Gate.Rate()).Round(time.Second)))
	}
	r.Say.Notice(text)
}
