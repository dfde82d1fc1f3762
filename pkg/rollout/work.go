package rollout

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// Work is what a run begins with.
type Work struct {
	fresh  []*Row // planned
	tasks  []*task
	ended  []ending // rows that the plan ended
	done   int      // rows that an earlier run has ended
	offset time.Duration
}

// ending is a row with what became of it. confirm: until when a lost try may still end its pass, by the service's clock; zero: it is final.
type ending struct {
	row     int
	result  pass.Result
	confirm time.Time
}

// Begin is the work of a plan.
func (d *Desk) Begin(plan *Plan) *Work {
	w := &Work{offset: plan.offset}
	for _, row := range plan.Rows {
		row.DryRun = false
		if !row.Todo() {
			w.ended = append(w.ended, ending{row.Index, row.Result, time.Time{}})
			continue
		}
		w.fresh = append(w.fresh, row)
	}
	return w
}

// Resume is the work that is left of a run: rows without an outcome are planned anew, a create without one is settled by reading, a pass
// that a lost create could still end is confirmed.
func (d *Desk) Resume(ctx context.Context, job Job, story *journal.Story) (*Plan, *Work, error) {
	var open []int
	for n := range job.Items {
		if _, tried := story.Intents[n]; !tried && !story.Done[n] {
			open = append(open, n)
		}
	}
	plan, err := d.Plan(ctx, job, open)
	if err != nil {
		return nil, nil, err
	}
	w := d.Begin(plan)
	w.done = len(story.Done)
	tried := slices.Sorted(maps.Keys(story.Intents))
	for some := range slices.Chunk(tried, AtOnce) {
		if err := d.resumeSome(ctx, job, story, some, w); err != nil {
			return nil, nil, err
		}
	}
	return plan, w, nil
}

// resumeSome adds the tasks of rows that were on their way.
func (d *Desk) resumeSome(ctx context.Context, job Job, story *journal.Story, some []int, w *Work) error {
	rows := make([]*Row, len(some))
	for i, n := range some {
		rows[i] = newRow(job, n)
	}
	if err := d.find(ctx, job, rows); err != nil {
		return err
	}
	for _, row := range rows {
		now := d.Clock.Now()
		intent := story.Intents[row.Index]
		w.offset = row.At.Sub(now)
		sent := intent.At.Add(-w.offset)
		row.Err, row.user = nil, intent.User // what the directory says now does not undo what was sent
		row.Outcome = outcomeOf(intent.Known)
		t := &task{row: row, step: settling, due: now, lost: []time.Time{sent, sent.Add(grace)}, at: sent.Add(grace), tries: 1}
		t.trail = pass.Trail{Request: pass.Request{Known: intent.Known}}
		if err := d.asked(job, t, intent.At); err != nil {
			return err
		}
		if o, has := story.Doubtful[row.Index]; has {
			t.step, t.due, t.made = confirming, later(now, o.Confirm.Add(-w.offset)), &o.Result
			t.at = t.due.Add(-d.late())
			t.lost = []time.Time{t.at.Add(-patience), t.at}
			t.trail.Known = &o.Result.Pass.ID
		}
		w.tasks = append(w.tasks, t)
	}
	return nil
}

const (
	grace    = 5 * time.Second  // between an intent and its POST, which is not sent after that
	patience = 70 * time.Second // how long one attempt may take
)

// asked puts what was sent at a time into the trail, so that a pass of the lost create is known by its properties.
func (d *Desk) asked(job Job, t *task, at time.Time) error {
	req, err := job.Items[t.row.Index].Wish.Request(at)
	if err != nil { // it was sent without the start that had passed
		w := *job.Items[t.row.Index].Wish
		w.Start = zeroTime
		req, err = w.Request(at)
	}
	known := t.trail.Known
	t.trail.Request = req
	t.trail.Known = known
	return err
}

// outcomeOf is what a create of a user is who held this pass.
func outcomeOf(known *string) pass.Outcome {
	if known != nil && *known != "" {
		return pass.OutcomeReplaced
	}
	return pass.OutcomeCreated
}

func (d *Desk) late() time.Duration {
	if d.Late == 0 {
		return pass.Late
	}
	return d.Late
}

func journalled(endings []ending) []journal.Outcome {
	outcomes := make([]journal.Outcome, len(endings))
	for i, e := range endings {
		outcomes[i] = journal.Outcome{Row: e.row, Result: e.result, Confirm: e.confirm}
	}
	return outcomes
}

// record writes outcomes down, then tells the final ones.
func (r *run) record(endings []ending) error {
	if len(endings) == 0 {
		return nil
	}
	if err := r.book.Record(journalled(endings)); err != nil {
		return err
	}
	for _, e := range endings {
		if !e.confirm.IsZero() {
			continue
		}
		r.mu.Lock()
		if e.result.Err != nil && e.result.Outcome == pass.OutcomeFailed {
			r.failures++
		}
		r.mu.Unlock()
		r.events.Row(e.row, e.result)
	}
	return nil
}

// Done is how many rows have come to an end already.
func (w *Work) Done() int { return w.done }
