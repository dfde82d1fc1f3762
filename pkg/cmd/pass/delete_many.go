package pass

import (
	"context"
	"fmt"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

// consent finds what is missing for passes of many users to go: of everybody those in some states, and as many as were said.
func (o *DeleteOptions) consent() error {
	switch {
	case o.Expects && !o.Many.Many():
		return errs.Usage("--expect is for many users: name them with --file, --group or --all", "--file leavers.csv")
	case o.Expect < 0:
		return errs.Usage("--expect is not negative", "--expect 0")
	case !o.Many.All:
		return nil
	case len(o.States) == 0:
		return errs.Usage("--all deletes the passes of everybody: say in which states", "--state expired,used")
	case o.DryRun || o.Expects && o.Globals.Yes || !o.Globals.Yes && o.CanAsk():
		return nil
	}
	return errs.Usage("--all deletes the passes of everybody: without a question it takes both --yes and --expect with their number, which --dry-run tells", "--dry-run")
}

// deleteMany deletes the passes of the users of a roster or a group, or of everybody.
func deleteMany(ctx context.Context, o *DeleteOptions, t *cmdutil.Target) error {
	desk, held, err := o.Many.Holdings(ctx, o.Factory, t)
	if err != nil {
		return err
	}
	removals := rollout.Removals(held, o.States)
	if o.Many.All {
		removals = rollout.Concerned(removals)
	}
	many := rollout.Count(removals)
	o.Say.Notice(fmt.Sprintf("plan: %s: %s to delete", errs.Count(len(removals), "user"), errs.Count(many, "pass")))
	if o.Expects && many != o.Expect {
		return errs.Usage(fmt.Sprintf("the plan deletes %s, not %d as --expect says", errs.Count(many, "pass"), o.Expect), "--dry-run")
	}
	v := newView(o.Factory, t)
	planned := make([]pass.Result, len(removals))
	for i, r := range removals {
		planned[i] = r.Result
	}
	p := cmdutil.Printer(o.Factory, v.results(), output.Options{Least: output.Widths(v.results(), planned...)})
	var results []pass.Result
	each := func(r pass.Result) error {
		r.DryRun = o.DryRun
		results = append(results, r)
		return p.Row(r)
	}
	if err := o.carryOut(ctx, t, desk, removals, each); err != nil {
		return err
	}
	if err := p.Close(); err != nil {
		return unwritten(pass.Result{}, err)
	}
	return pass.Sum(results)
}

// carryOut deletes once it is confirmed; a dry run, and one with nothing to delete, only tells each row.
func (o *DeleteOptions) carryOut(ctx context.Context, t *cmdutil.Target, desk *rollout.Desk, removals []*rollout.Removal, each func(pass.Result) error) error {
	many := rollout.Count(removals)
	if o.DryRun || many == 0 {
		for _, r := range removals {
			if err := each(r.Result); err != nil {
				return unwritten(pass.Result{}, err)
			}
		}
		return nil
	}
	if err := o.confirmMany(ctx, t, many); err != nil {
		return err
	}
	if err := desk.Remove(ctx, removals, each); err != nil {
		return err
	}
	o.Say.Notice("sessions that are already open stay open, and methods registered with a pass stay registered")
	return nil
}

// tenantBegin is how many characters of a tenant's id are typed.
const tenantBegin = 8

// confirmMany asks for a yes, and for the passes of everybody for their number and the tenant.
func (o *DeleteOptions) confirmMany(ctx context.Context, t *cmdutil.Target, many int) error {
	question := fmt.Sprintf("Delete %s in %s?", errs.Count(many, "pass"), t.Title)
	if !o.Many.All || o.Globals.Yes {
		return o.Confirm(ctx, question)
	}
	begin := t.TenantID[:min(tenantBegin, len(t.TenantID))]
	return o.ConfirmTyped(ctx, fmt.Sprintf("%s They are of everybody in the tenant %s.", question, t.TenantID), fmt.Sprintf("%d %s", many, begin))
}
