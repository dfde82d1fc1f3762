package rollout

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
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

// resume goes on with a run, or does what a crash left to do of one that is finished.
func (r *run) resume(ctx context.Context, k *known) error {
	if k.Err != nil {
		return unreadable(k, k.Err)
	}
	r.id = k.ID
	story, err := r.open(k)
	var done *journal.FinishedError
	switch {
	case errors.As(err, &done):
		return r.finished(done.Receipt.Complete)
	case err != nil:
		return err
	case story.Complete != nil:
		return r.retire(story.Complete)
	}
	var job rollout.Job
	if err = r.anew(k); err == nil {
		job, err = r.work()
	}
	if err == nil {
		err = r.unlocked(job, story)
	}
	if err == nil {
		err = r.reach(ctx)
	}
	if err == nil {
		err = r.moved(k.Job)
	}
	if err != nil {
		return errors.Join(err, r.journal.Close())
	}
	r.Say.Notice(fmt.Sprintf("going on with the run %s of %s: %d of %d rows are done", k.ID, when.Show(k.Head.Begun, r.ShowZone()), len(story.Done), len(job.Items)))
	r.story = story
	plan, work, err := r.desk.Resume(ctx, job, story)
	if err == nil && r.vault != nil {
		err = plan.Unnamed()
	}
	if err != nil {
		return errors.Join(r.cut(err, len(story.Done), len(job.Items)), r.journal.Close())
	}
	if len(plan.Rows) > 0 {
		r.sums(plan, len(plan.Rows))
	}
	return r.carryOut(ctx, job, work)
}

// moved keeps where the result goes and to whom, if that is not what it was: the line that resumes does not say it.
func (r *run) moved(was *savedJob) error {
	r.job.Recipient = r.recipients.Keys()
	if was.Out == r.job.Out && was.Keyvault == r.job.Keyvault && slices.Equal(was.Recipient, r.job.Recipient) {
		return nil
	}
	return r.store.save(r.id, r.job)
}

// open opens the journal of a run.
func (r *run) open(k *known) (story *journal.Story, err error) {
	r.journal, story, err = journal.Open(r.store.fs, r.store.path(k.ID))
	switch {
	case errors.Is(err, journal.ErrLocked):
		return nil, atWork(k, err)
	case errors.Is(err, journal.ErrKeyGone):
		e := *errs.Of(err)
		e.Hints = []string{"--restart", "tap run discard " + k.ID}
		return nil, &e
	}
	return story, err
}

// carryOut works off what is to be done and writes the result.
func (r *run) carryOut(ctx context.Context, job rollout.Job, work *rollout.Work) (err error) {
	defer func() { err = errors.Join(err, r.journal.Close()) }()
	var rows output.Printer[pass.Result]
	if r.job.Out == "-" {
		rows = r.Print(r.target, nil)
	}
	done, err := r.workOff(ctx, job, work, rows)
	if err == nil && r.vault != nil {
		err = r.keep(ctx)
	}
	if err == nil {
		err = r.finish(ctx, len(job.Items), rows)
	}
	if err != nil {
		return r.cut(err, done, len(job.Items))
	}
	return r.sum.Err()
}

// workOff works off what is to be done, verifies it where that was asked for, and returns how many rows are done. Rows that are printed are printed as
// they end, or all of them once they are verified.
func (r *run) workOff(ctx context.Context, job rollout.Job, work *rollout.Work, rows output.Printer[pass.Result]) (done int, err error) {
	var each func(pass.Result)
	var unwritten error
	if rows != nil && !r.Verify {
		if err := r.again(rows); err != nil {
			return work.Done(), err
		}
		each = func(res pass.Result) {
			if unwritten == nil {
				unwritten = r.show(rows, res)
			}
		}
	}
	p := newProgress(ctx, r.Factory, r.Progress, len(job.Items), work.Done(), each)
	err = r.desk.Run(ctx, job, work, r.journal, p)
	done = p.end()
	if err == nil {
		err = cmdutil.Written(unwritten)
	}
	if err != nil || !r.Verify {
		return done, err
	}
	if err = r.desk.Verify(ctx, r.journal); err == nil && rows != nil {
		err = r.again(rows)
	}
	return done, err
}

// mostRefusals is how many passes are named that a vault does not take.
const mostRefusals = 20

// keep writes the passes into the vault.
func (r *run) keep(ctx context.Context) error {
	k := &rollout.Keeping{Vault: r.vault, URL: r.job.Keyvault, Run: r.id, Tenant: r.job.Tenant, Concurrency: r.Concurrency}
	if err := k.Begin(r.journal, r.story); err != nil {
		return err
	}
	r.Say.Notice("writing the passes into " + r.job.Keyvault)
	in, of := k.Count()
	p := newProgress(ctx, r.Factory, r.Progress, of, in, nil)
	var refused []*errs.Error
	k.Kept, k.Refused = p.kept, func(e *errs.Error) { refused = append(refused, e) }
	err := k.Keep(ctx)
	p.end()
	in, of = k.Count()
	r.vaulted = fmt.Sprintf(", %d of %d are in the vault", in, of)
	if err == nil || len(refused) == 0 {
		return err
	}
	e := *errs.Of(err)
	for _, one := range refused[:min(len(refused), mostRefusals)] {
		r.Say.Warning(one.Error())
		e.Hints = append(e.Hints, one.Hints...)
	}
	return &e
}

// again prints what is done already.
func (r *run) again(rows output.Printer[pass.Result]) error {
	return r.journal.Each(func(o journal.Outcome) error {
		if !o.Confirm.IsZero() {
			return nil
		}
		return cmdutil.Written(r.show(rows, o.Result))
	})
}

// show prints a row; its passcode is told to the runner of a CI job first.
func (r *run) show(rows output.Printer[pass.Result], res pass.Result) error {
	if err := r.Runner.Register(r.Streams.Err, res.Passcode); err != nil {
		return err
	}
	return rows.Row(res)
}

// cut is the error of a run that ended early, with the line that resumes it and what mends the cause.
func (r *run) cut(err error, done, of int) error {
	e := *errs.Of(err)
	e.What, e.Whom = "the run "+r.id, ""
	e.Why = fmt.Sprintf("%s: %d of %d rows are done%s, and nothing is lost", errs.Of(err).Error(), done, of, r.vaulted)
	if r.whole {
		e.Why += "; the result is written, " + r.job.place()
	}
	e.Hints = []string{"tap run resume " + r.id}
	if e.Slug == errs.Partial {
		e.Hints = append(e.Hints, "tap run show "+r.id)
	}
	e.Hints = append(e.Hints, errs.Of(err).Hints...)
	return &e
}

// finish writes the result of so many rows as a whole, says that it is there, and puts a receipt in the journal's place. rows are
// closed where they stand for the result.
func (r *run) finish(ctx context.Context, of int, rows output.Printer[pass.Result]) error {
	var size int64
	var sum string
	var err error
	switch {
	case r.job.Out == "":
		err = r.each(ctx, of, func(pass.Result, int) error { return nil })
	case rows != nil:
		if err = r.each(ctx, of, func(pass.Result, int) error { return nil }); err == nil {
			err = cmdutil.Written(rows.Close())
		}
	default:
		size, sum, err = journal.WriteWhole(r.store.fs, r.job.Out, func(w io.Writer) error { return r.writeResult(ctx, w, of) })
		if err != nil {
			err = errs.Local("writing the result", r.job.Out, err)
		}
	}
	if err != nil {
		return err
	}
	r.whole = true
	c := journal.Complete{Path: r.job.place(), Size: size, SHA256: sum, ExitCode: errs.ExitCode(r.sum.Err()), At: time.Now().UTC()}
	if err := r.journal.Complete(c); err != nil {
		return err
	}
	if err := r.journal.Retire(); err != nil {
		return err
	}
	r.done()
	return nil
}

// each calls f with what became of each row, in the roster's order, and counts them into the run's sum.
func (r *run) each(ctx context.Context, of int, f func(res pass.Result, row int) error) error {
	r.sum = pass.Tally{}
	err := r.journal.Each(func(o journal.Outcome) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r.sum.Add(o.Result)
		return f(o.Result, o.Row)
	})
	if err == nil && r.sum.Rows() != of {
		err = &errs.Error{Slug: errs.Internal, Why: fmt.Sprintf("the journal has %d of %d rows", r.sum.Rows(), of)}
	}
	return err
}

// writeResult writes the result's file.
func (r *run) writeResult(ctx context.Context, w io.Writer, of int) error {
	format, encrypted, err := result.FormatOf(r.job.Out)
	if err != nil {
		return err
	}
	if !encrypted {
		return r.writeRows(ctx, w, format, of)
	}
	sealed, err := r.recipients.Encrypt(w)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(sealed, 1<<16)
	if err := r.writeRows(ctx, buffered, format, of); err != nil {
		return err
	}
	return errors.Join(buffered.Flush(), sealed.Close())
}

func (r *run) writeRows(ctx context.Context, w io.Writer, format result.Format, of int) error {
	out, err := result.NewWriter(w, format, result.Table{Tenant: r.job.Tenant, Carried: r.job.Columns, Hint: r.Say.Hint})
	if err != nil {
		return err
	}
	saved := r.job.rows()
	err = r.each(ctx, of, func(res pass.Result, row int) error {
		return out.Row(result.Row{Result: res, Carried: saved[row].Carried})
	})
	if err != nil {
		return err
	}
	return out.Close()
}

// done says what came of a run.
func (r *run) done() {
	var parts []string
	for _, o := range []pass.Outcome{pass.OutcomeCreated, pass.OutcomeReplaced, pass.OutcomeSkipped, pass.OutcomeRefused, pass.OutcomeFailed} {
		parts = append(parts, fmt.Sprintf("%d %s", r.sum.Of(o), o))
	}
	text := strings.Join(parts, ", ")
	if place := r.job.place(); place != "-" {
		text += ": the result is " + place
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
