// Package rollout holds the commands that work on many passes: the run behind `tap create --file`, and run list, show,
// resume, discard. It must not decide what becomes of a row (pkg/rollout does), nor know how Graph is reached.
package rollout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
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
	if err := readUsers(ctx, o.Factory, o.Users, t, job); err != nil {
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

// absolute is the path of a result wherever the run goes on.
func absolute(out string) (string, error) {
	if out == "" || out == "-" {
		return out, nil
	}
	path, err := filepath.Abs(out)
	if err != nil {
		return "", errs.Local("finding the result's folder", out, err)
	}
	return path, nil
}

// address brings the vault's address, where there is one, into the form in which it is kept and compared.
func (o *CreateOptions) address() (err error) {
	if o.Keyvault != "" {
		o.Keyvault, err = o.VaultAddress(o.Keyvault)
	}
	return err
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

// reach finds out, before anything is made, that a result could not be written or opened.
func (r *run) reach(ctx context.Context) error {
	if r.job.Keyvault != "" {
		if err := r.openVault(ctx); err != nil {
			return err
		}
	}
	switch r.job.Out {
	case "":
		return nil
	case "-":
		if err := r.Streams.CheckOut(); err != nil {
			return errs.Local("writing the result", "stdout", err)
		}
		return nil
	}
	if err := r.fits(); err != nil {
		return err
	}
	if _, err := r.store.fs.ReadDir(r.job.Out); err == nil {
		return errs.Local("writing the result", r.job.Out, errors.New("it is a folder"), "--out passes.csv")
	}
	path := filepath.Join(filepath.Dir(r.job.Out), ".tap-probe")
	probe, err := r.store.fs.Create(path)
	if err != nil {
		if at := (*fs.PathError)(nil); errors.As(err, &at) {
			err = at.Err // the name is that of a file of ours beside it
		}
		return errs.Local("writing the result", r.job.Out, err, "--out passes.csv")
	}
	return errors.Join(probe.Close(), r.store.fs.Remove(path))
}

// fits finds out that the file's format cannot hold the roster's rows and cells.
func (r *run) fits() error {
	format, _, err := result.FormatOf(r.job.Out)
	if err != nil {
		return err
	}
	if format != result.XLSX {
		return nil // it holds everything
	}
	table := result.Table{Tenant: r.job.Tenant, Carried: r.job.Columns}
	for _, row := range r.job.rows() {
		table.Rows = append(table.Rows, result.Row{Carried: row.Carried})
	}
	return result.Check(format, table)
}

func recipientsOf(fl Flags) (result.Recipients, error) {
	if len(fl.Recipients) == 0 && fl.RecipientsFile == "" {
		return result.Recipients{}, nil
	}
	if fl.RecipientsFile == "" {
		return result.ParseRecipients(fl.Recipients)
	}
	f, err := os.Open(fl.RecipientsFile)
	if err != nil {
		return result.Recipients{}, errs.Local("reading the recipients", fl.RecipientsFile, err)
	}
	defer f.Close()
	return result.ParseRecipients(fl.Recipients, f)
}

// openVault opens the vault and finds out whether it takes secrets.
func (r *run) openVault(ctx context.Context) error {
	var err error
	if r.vault, err = r.target.Vault(r.job.Keyvault); err != nil {
		return err
	}
	return r.vault.Probe(ctx)
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
