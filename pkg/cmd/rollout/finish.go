package rollout

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// resume goes on with a run, or does what a crash left to do of one that is finished.
func (r *run) resume(ctx context.Context, k *known) error {
	if k.Err != nil {
		return errs.Local("reading the run", k.ID, k.Err, "tap run discard "+k.ID)
	}
	r.id = k.ID
	out, command := r.job.Out, r.job.Command
	r.job = k.Job
	r.job.Out, r.job.Command = out, command
	var story *journal.Story
	var err error
	r.journal, story, err = journal.Open(r.store.fs, r.store.path(k.ID))
	var done *journal.FinishedError
	switch {
	case errors.As(err, &done):
		return r.finished(done.Receipt.Complete)
	case errors.Is(err, journal.ErrLocked):
		return &errs.Error{Slug: errs.Rejected, Reason: errs.OtherRun, What: "going on with the run", Whom: k.ID, Why: "another process is at work on it", Err: err, Hints: []string{"tap run show " + k.ID}}
	case err != nil:
		return err
	}
	if story.Complete != nil {
		return r.retire(story.Complete)
	}
	job, err := r.work()
	if err != nil {
		return errors.Join(err, r.journal.Close())
	}
	r.Say.Notice(fmt.Sprintf("going on with the run %s of %s: %d of %d rows are done", k.ID, when.Show(k.Head.Begun, r.ShowZone()), len(story.Outcomes), len(job.Items)))
	plan, work, err := r.desk.Resume(ctx, job, story)
	if err != nil {
		return errors.Join(err, r.journal.Close())
	}
	if len(plan.Rows) > 0 {
		r.sums(plan, len(plan.Rows))
	}
	return r.carryOut(ctx, job, work, story)
}

// carryOut works off what is to be done and writes the result.
func (r *run) carryOut(ctx context.Context, job rollout.Job, work *rollout.Work, story *journal.Story) (err error) {
	defer func() { err = errors.Join(err, r.journal.Close()) }()
	var each func(int, pass.Result)
	var rows output.Printer[pass.Result]
	if r.job.Out == "-" {
		rows = r.Print(r.target, nil)
		if err := r.again(rows, story); err != nil {
			return err
		}
	}
	var unwritten error
	if rows != nil {
		each = func(_ int, res pass.Result) {
			if unwritten == nil {
				unwritten = r.show(rows, res)
			}
		}
	}
	p := newProgress(r.Factory, r.Progress, len(job.Items), len(work.Done()), each)
	results, err := r.desk.Run(ctx, job, work, r.journal, p)
	p.end()
	switch {
	case err != nil:
		return r.cut(err, len(results), len(job.Items))
	case unwritten != nil:
		return r.cut(cmdutil.Written(unwritten), len(results), len(job.Items))
	}
	if r.Verify {
		if err := r.desk.Verify(ctx, results, r.journal); err != nil {
			return r.cut(err, len(results), len(job.Items))
		}
	}
	return r.finish(job, results, rows)
}

// again prints what an earlier process has done already.
func (r *run) again(rows output.Printer[pass.Result], story *journal.Story) error {
	if story == nil {
		return nil
	}
	for n := range r.job.rows() {
		if o, has := story.Outcomes[n]; has && o.Confirm.IsZero() {
			if err := r.show(rows, o.Result); err != nil {
				return cmdutil.Written(err)
			}
		}
	}
	return nil
}

// show prints a row; its passcode is told to the runner of a CI job first.
func (r *run) show(rows output.Printer[pass.Result], res pass.Result) error {
	if err := r.Runner.Register(r.Streams.Err, res.Passcode); err != nil {
		return err
	}
	return rows.Row(res)
}

// cut is the error of a run that ended early, with the line that resumes it.
func (r *run) cut(err error, done, of int) error {
	e := *errs.Of(err)
	e.What, e.Whom = "the run "+r.id, ""
	e.Why = fmt.Sprintf("%s: %d of %d rows are done, and nothing is lost", errs.Of(err).Error(), done, of)
	e.Hints = []string{"tap run resume " + r.id}
	return &e
}

// finish writes the result as a whole, says that it is there, and puts a receipt in the journal's place.
func (r *run) finish(job rollout.Job, results map[int]pass.Result, rows output.Printer[pass.Result]) error {
	saved := r.job.rows()
	table := result.Table{Tenant: r.job.Tenant, Carried: r.job.Columns, Hint: r.Say.Hint}
	list := make([]pass.Result, len(job.Items))
	for n := range job.Items {
		list[n] = results[n]
		table.Rows = append(table.Rows, result.Row{Result: results[n], Carried: saved[n].Carried})
	}
	sum := pass.Sum(list)
	c := journal.Complete{Path: r.job.Out, ExitCode: errs.ExitCode(sum), At: time.Now().UTC()}
	if rows != nil {
		if err := rows.Close(); err != nil {
			return r.cut(cmdutil.Written(err), len(list), len(list))
		}
	} else {
		var err error
		c.Size, c.SHA256, err = journal.WriteWhole(r.store.fs, r.job.Out, func(w io.Writer) error { return r.writeTable(w, table) })
		if err != nil {
			return r.cut(errs.Local("writing the result", r.job.Out, err), len(list), len(list))
		}
	}
	if err := r.journal.Complete(c); err != nil {
		return err
	}
	if err := r.journal.Retire(); err != nil {
		return err
	}
	r.done(list)
	return sum
}

func (r *run) writeTable(w io.Writer, t result.Table) error {
	format, encrypted, err := result.FormatOf(r.job.Out)
	if err != nil {
		return err
	}
	if !encrypted {
		return result.Write(w, format, t)
	}
	sealed, err := r.recipients.Encrypt(w)
	if err != nil {
		return err
	}
	if err := result.Write(sealed, format, t); err != nil {
		return err
	}
	return sealed.Close()
}

// done says what came of a run.
func (r *run) done(list []pass.Result) {
	count := map[pass.Outcome]int{}
	for _, res := range list {
		count[res.Outcome]++
	}
	text := fmt.Sprintf("%d created, %d replaced, %d skipped, %d refused, %d failed", count[pass.OutcomeCreated], count[pass.OutcomeReplaced], count[pass.OutcomeSkipped], count[pass.OutcomeRefused], count[pass.OutcomeFailed])
	if r.job.Out != "-" {
		text += ": the result is " + r.job.Out
	}
	r.Say.Notice(text)
}

// retire does what was left of a run whose result is whole.
func (r *run) retire(c *journal.Complete) error {
	if err := r.journal.Retire(); err != nil {
		return errors.Join(err, r.journal.Close())
	}
	if err := r.journal.Close(); err != nil {
		return err
	}
	r.Say.Notice(fmt.Sprintf("the run %s was done %s, and its result is %s", r.id, when.Show(c.At, r.ShowZone()), c.Path))
	return endedWith(c.ExitCode)
}
