// Package rollout holds the commands that work on many passes: the run behind `tap create --file`, and run list, show,
// resume, discard. It must not decide what becomes of a row (pkg/rollout does), nor know how Graph is reached.
package rollout

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/result"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// Printer prints rows as `tap create` does, for a plan and for a result on stdout: rows are those that are known already.
type Printer func(t *cmdutil.Target, rows []pass.Result) output.Printer[pass.Result]

// CreateOptions are what a run of creates needs, then what the user said.
type CreateOptions struct {
	*cmdutil.Factory
	Flags
	Order   pass.Order
	Wish    pass.Wish
	Request map[string]string // the request flags as typed
	Command string            // the whole command, for people
	Print   Printer
}

// Create plans and runs creates for the users of a roster or a group, or goes on with the run that it is.
func Create(ctx context.Context, o *CreateOptions) error {
	o.collect()
	if err := o.address(); err != nil {
		return err
	}
	recipients, err := recipientsOf(o.Flags)
	if err != nil {
		return err
	}
	lock, err := lockOf(o.Factory)
	if err != nil {
		return err
	}
	t, err := o.Target(ctx)
	if err != nil {
		return err
	}
	o.Say.Target(t.Title)
	if o.Order.Wait == 0 && o.Request["wait"] == "" {
		o.Order.Wait = NewUsersWait
	}
	job := &savedJob{
		Cloud: t.Cloud, Tenant: t.TenantID, Request: o.Request, Begun: t.Desk.Now().UTC(), IfExists: o.Order.IfExists, Reach: o.Order.AllowPrivileged,
		Wait: o.Order.Wait, Recipient: recipients.Keys(), Command: o.Command, Keyvault: o.Keyvault,
	}
	if job.Out, err = absolute(o.Out); err != nil {
		return err
	}
	if err := readUsers(ctx, o.Factory, o.Users, t, lock, job); err != nil {
		return err
	}
	if err := o.count(job); err != nil {
		return err
	}
	r := &run{CreateOptions: o, target: t, job: job, desk: deskOf(t, o.Rate), recipients: recipients}
	if o.Order.DryRun {
		return r.dryRun(ctx)
	}
	o.warn()
	return r.create(ctx)
}

// count holds the number of users against --expect, and takes the first of them for --limit.
func (o *CreateOptions) count(job *savedJob) error {
	rows := job.rows()
	if o.Expect > 0 && len(rows) != o.Expect {
		return errs.Usage(fmt.Sprintf("the roster or group has %s, not %d as --expect says", errs.Count(len(rows), "user"), o.Expect), fmt.Sprintf("--expect %d", len(rows)))
	}
	if o.Limit == 0 || o.Limit >= len(rows) {
		return nil
	}
	if job.Group != "" {
		job.Members = job.Members[:o.Limit]
	} else {
		job.Rows = job.Rows[:o.Limit]
	}
	return nil
}

// garbage is how much may lie about before it is collected, in per cent of what is in use: a run waits for the service most of
// the time, and 100,000 rows are in use.
const garbage = 40

// collect sets it, unless somebody did who runs tap: GOGC is read by Go itself.
func (o *CreateOptions) collect() {
	if o.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
}

// warn says what a run that is cut off would lose where it runs.
func (o *CreateOptions) warn() {
	if o.Runner.Hosted() && o.Journal == "" {
		o.Say.Warning("the disk of this runner ends with the job, and so does what a run that is cut off could go on with: --journal names a folder that stays")
	}
}

func deskOf(t *cmdutil.Target, rate rollout.Rate) *rollout.Desk {
	return &rollout.Desk{Tenant: t.Many, Pass: &t.Desk, Clock: clock{}, Gate: rollout.NewGate(rate, clock{}), Late: t.Late}
}

// clock is the time of this machine.
type clock struct{}

func (clock) Now() time.Time                         { return time.Now() }
func (clock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// run is one run under way.
type run struct {
	*CreateOptions
	target *cmdutil.Target
	job    *savedJob
	desk   *rollout.Desk

	store      store
	identity   string            // of the job, where it may begin
	seen       map[string]*known // the runs that there were when it looked first
	id         string
	journal    *journal.Journal
	recipients result.Recipients
	vault      rollout.Vault  // nil: none was named
	story      *journal.Story // of what an earlier process did; nil: nothing
	sum        pass.Tally     // of the rows in the result
	whole      bool           // the result is written
	vaulted    string         // how much of it is in the vault, in words; "" before it is written there
}

// create begins a run, or goes on with the one that this is.
func (r *run) create(ctx context.Context) error {
	var err error
	if r.store, err = openStore(r.Factory, r.Journal); err != nil {
		return err
	}
	runs, err := r.store.all()
	if err != nil {
		return err
	}
	r.identity, r.seen = r.job.identity(), map[string]*known{}
	for _, k := range runs {
		r.seen[k.ID] = k
	}
	k, err := r.same(runs)
	if err != nil {
		return err
	}
	if k != nil {
		return r.goOn(ctx, k)
	}
	if err := r.reach(ctx); err != nil {
		return err
	}
	return r.begin(ctx)
}

// goOn goes on with the run that this is, wherever its result goes now.
func (r *run) goOn(ctx context.Context, k *known) error {
	if k.Err == nil && k.Complete == nil {
		job, err := r.store.job(k.ID, math.MaxInt)
		if err != nil {
			return unreadable(k, err)
		}
		job.Out, job.Keyvault, job.Command = r.job.Out, r.job.Keyvault, r.job.Command
		r.job = job
	}
	return r.resume(ctx, k)
}

// finished says when a run was done and where its result is.
func (r *run) finished(c journal.Complete) error {
	text := fmt.Sprintf("this run was done %s, and its result is %s", when.Show(c.At, r.ShowZone()), c.Path)
	if r.Many() { // its users are named, and not its id
		text += ": --restart begins it anew"
	}
	r.Say.Notice(text)
	return endedWith(c.ExitCode)
}

// endedWith is the error of a run that ended with an exit code.
func endedWith(code int) error {
	for _, c := range errs.Codes() {
		if c.Exit == code && c.Slug != "" {
			return &errs.Error{Slug: c.Slug, Why: "the run ended so", Hints: []string{"tap run list"}}
		}
	}
	return nil
}

// begin plans, asks, writes the run's head and works.
func (r *run) begin(ctx context.Context) error {
	job, plan, err := r.plan(ctx)
	if err != nil {
		return err
	}
	runs, err := r.store.all()
	if err != nil {
		return err
	}
	if err := r.shares(runs, plan); err != nil {
		return err
	}
	if err := r.Confirm(ctx, fmt.Sprintf("Make %s in %s?", errs.Count(plan.Writes(), "pass"), r.target.Title)); err != nil {
		return err
	}
	other, err := r.enter(ctx, plan)
	if err != nil {
		return err
	}
	if other != nil {
		return r.goOn(ctx, other)
	}
	return r.carryOut(ctx, job, r.desk.Begin(plan))
}

// enter looks at the runs once more, for others were not held up while this one planned and asked, and enters this one among them before
// anybody else can look. It returns the run that this is where another process has begun it.
func (r *run) enter(ctx context.Context, plan *rollout.Plan) (other *known, err error) {
	unlock, err := r.store.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	runs, err := r.store.all()
	if err != nil {
		return nil, err
	}
	if other, err = r.same(runs); other != nil || err != nil {
		return other, err
	}
	if err := r.shares(runs, plan); err != nil {
		return nil, err
	}
	release, err := r.abandon(runs)
	defer func() { err = errors.Join(err, release()) }()
	if err != nil {
		return nil, err
	}
	return nil, r.write(plan)
}

// write writes what the run was asked to do, then its head.
func (r *run) write(plan *rollout.Plan) error {
	r.id = newID(time.Now())
	if err := r.store.save(r.id, r.job); err != nil {
		return err
	}
	head := journal.Head{Run: r.id, Identity: r.identity, Begun: r.job.Begun, Cloud: r.job.Cloud, Tenant: r.job.Tenant, Command: r.job.Command, Ticket: r.Globals.Ticket, Reason: r.Globals.Reason}
	for _, row := range plan.Rows {
		head.Users = append(head.Users, cmpUser(row))
	}
	var wrap func([]byte) (string, error)
	if !r.recipients.IsZero() {
		wrap = r.recipients.WrapKey
	}
	var err error
	r.journal, err = journal.Begin(r.store.fs, r.store.path(r.id), head, wrap)
	return err
}

func cmpUser(row *rollout.Row) string {
	if row.Person.ID != "" {
		return row.Person.ID
	}
	return strings.ToLower(string(row.Ref))
}
