package rollout

import (
	"container/heap"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// step is what is to be done next for a row.
type step int

const (
	creating   step = iota
	refreshing      // its passes were read too long ago
	settling        // a create was lost: what became of it?
	confirming      // a pass was made while a lost create could still land
)

// task is a row on its way.
type task struct {
	row   *Row
	step  step
	due   time.Time // by this machine's clock
	trail pass.Trail
	lost  []time.Time  // when each lost try was sent, by this machine's clock
	at    time.Time    // when the last one was known to be lost
	made  *pass.Result // while it is confirmed
	tries int          // that failed one after another
	reads int          // of its passes that failed, one after another
	until time.Time    // how long a new user is waited for
}

// pending reports whether a lost try may still land.
func (t *task) pending() bool { return t.trail.Settled < len(t.lost) }

// class is in which queue a task waits.
func (t *task) class() int {
	switch {
	case t.step != creating:
		return 0
	case t.tries > 0 || len(t.lost) > 0:
		return 1
	}
	return 2
}

// queue holds tasks by when they are due.
type queue []*task

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if q[i].due.Equal(q[j].due) {
		return q[i].row.Index < q[j].row.Index
	}
	return q[i].due.Before(q[j].due)
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(*task)) }
func (q *queue) Pop() any {
	old := *q
	t := old[len(old)-1]
	old[len(old)-1] = nil // for the collector
	*q = old[:len(old)-1]
	return t
}

// run is a job being worked off.
type run struct {
	*Desk
	job    Job
	book   Book
	events Events

	mu        sync.Mutex
	fresh     []*Row        // nobody has looked at them, due since began
	began     time.Time     // by this machine's clock
	queues    [3]queue      // by class
	under     int           // tasks that somebody works on
	wake      chan struct{} // closed when the queue changed
	failures  int
	outages   int           // answers that did not come, one after another
	strangers int           // answers that the service does not know who calls, likewise
	offset    time.Duration // of the service's clock before this machine's
}

// Run carries out what is to be done. What becomes of the rows is in the book, and told to events. An error says why it ended early;
// what is in the book goes on then. The work is used up.
func (d *Desk) Run(ctx context.Context, job Job, work *Work, book Book, events Events) error {
	r := &run{Desk: d, job: job, book: book, events: events, wake: make(chan struct{}), fresh: work.fresh, began: d.Clock.Now(), offset: work.offset}
	for some := range slices.Chunk(work.ended, atOnceRecorded) {
		if err := r.record(some); err != nil {
			return err
		}
	}
	r.put(work.tasks...)
	*work = Work{} // a row is let go of when it ends
	if err := r.tooMany(); err != nil {
		return err
	}
	g, inner := errgroup.WithContext(ctx)
	for range max(1, job.Concurrency) {
		g.Go(func() error { return r.worker(inner) })
	}
	err := g.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return err
}

// atOnceRecorded is how many rows that the plan ended go into the book with one fsync: nobody is to read a longer line.
const atOnceRecorded = 100

// worker takes batches of what is due until nothing is left.
func (r *run) worker(ctx context.Context) error {
	for {
		batch, wait, wake := r.take()
		if batch == nil && wake == nil {
			return nil
		}
		if batch != nil {
			if err := r.do(ctx, batch); err != nil {
				return err
			}
			continue
		}
		var timer <-chan time.Time
		if wait > 0 {
			timer = r.Clock.After(wait)
		}
		select {
		case <-wake:
		case <-timer:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// take takes tasks of one step that are due, as many as a batch holds: reads first, then creates that were tried before, then new ones.
// Where none is due, it tells how long until one is, and what is closed when that changes; no batch and nothing to wait for is the end.
func (r *run) take() (batch []*task, wait time.Duration, wake <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.feed()
	now := r.Clock.Now()
	next, left := time.Time{}, 0
	for c := range r.queues {
		q := &r.queues[c]
		for len(batch) < AtOnce && len(*q) > 0 && !(*q)[0].due.After(now) && (len(batch) == 0 || batch[0].step == refreshing) && r.stale((*q)[0], now) {
			t := heap.Pop(q).(*task)
			t.step = refreshing
			batch = append(batch, t)
		}
		for len(*q) > 0 && !(*q)[0].due.After(now) && (len(batch) == 0 || len(batch) < r.most(batch[0].step) && (*q)[0].step == batch[0].step) {
			batch = append(batch, heap.Pop(q).(*task))
		}
		if len(*q) > 0 && (next.IsZero() || (*q)[0].due.Before(next)) {
			next = (*q)[0].due
		}
		left += len(*q)
	}
	switch {
	case len(batch) > 0:
		r.under += len(batch)
		return batch, 0, nil
	case left > 0:
		return nil, max(time.Millisecond, next.Sub(now)), r.wake
	case r.under > 0:
		return nil, 0, r.wake
	}
	return nil, 0, nil
}

// feed queues a batch of rows that nobody has looked at. The lock is held.
func (r *run) feed() {
	q := &r.queues[2]
	for len(*q) < AtOnce && len(r.fresh) > 0 {
		row := r.fresh[0]
		r.fresh[0], r.fresh = nil, r.fresh[1:]
		heap.Push(q, &task{row: row, due: r.began, trail: pass.Trail{Request: row.request}})
	}
}

// stale reports whether the passes of a row were read too long ago to make one: a colleague may have made one meanwhile.
func (r *run) stale(t *task, now time.Time) bool {
	return t.step == creating && r.job.Order.IfExists != pass.Replace && len(t.lost) == 0 && now.Sub(t.row.read) > fresh
}

func (r *run) most(s step) int {
	if s == creating {
		return r.Gate.Size()
	}
	return AtOnce
}

// put queues tasks. The lock is held.
func (r *run) put(tasks ...*task) {
	for _, t := range tasks {
		heap.Push(&r.queues[t.class()], t)
	}
	close(r.wake)
	r.wake = make(chan struct{})
}

// do works on a batch and puts back what is not at its end.
func (r *run) do(ctx context.Context, batch []*task) error {
	var ended []*task
	var err error
	switch batch[0].step {
	case creating:
		ended, err = r.create(ctx, batch)
	default:
		ended, err = r.look(ctx, batch)
	}
	err = errors.Join(err, r.finish(batch, ended))
	if err == nil {
		err = r.tooMany()
	}
	return err
}

// finish writes down the rows that came to an end, and puts the others back.
func (r *run) finish(batch, ended []*task) error {
	over := map[*task]bool{}
	var outcomes []ending
	for _, t := range ended {
		over[t] = true
		outcomes = append(outcomes, ending{t.row.Index, t.row.Result, time.Time{}})
	}
	err := r.record(outcomes)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.under -= len(batch)
	r.put(slices.DeleteFunc(slices.Clone(batch), func(t *task) bool { return over[t] })...)
	return err
}

// tooMany ends a run in which too much failed, while something is left to do.
func (r *run) tooMany() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := r.under + len(r.fresh)
	for _, q := range r.queues {
		left += len(q)
	}
	if r.job.MaxFailures > 0 && r.failures >= r.job.MaxFailures && left > 0 {
		return &errs.Error{Slug: errs.Partial, Why: errs.Count(r.failures, "row") + " failed, and --max-failures ends the run then"}
	}
	return nil
}

// serviceTime is a time of this machine by the service's clock.
func (r *run) serviceTime(t time.Time) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return t.Add(r.offset).UTC()
}

// mostOutages is how many calls may go unanswered one after another, or be refused for who calls, each of them repeated as often as it may be:
// then the run ends, and can be resumed.
const mostOutages = 3 * AtOnce

// reached counts calls without any answer. Its error ends the run: the service is not there, or does not know who calls.
func (r *run) reached(at time.Time, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.outages, r.strangers = 0, 0
		return nil
	case !at.IsZero() && errs.Of(err).Slug == errs.Auth:
		r.strangers++
		if r.strangers > mostOutages {
			return err
		}
		return nil
	case !at.IsZero():
		r.outages, r.strangers = 0, 0
		return nil
	case errs.Of(err).Slug != errs.Busy:
		if fatal(err) {
			return err
		}
		return nil
	}
	r.outages++
	if r.outages > mostOutages {
		return err
	}
	return nil
}

// heard learns the service's clock from an answer's Date.
func (r *run) heard(at time.Time) {
	if at.IsZero() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.offset = at.Sub(r.Clock.Now())
}
