package rollout

import (
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// Item is one row to work off.
type Item struct {
	Line int // in the roster; 0: the user was named otherwise
	Key  person.Key
	Also []person.Key // have to lead to the same user
	Wish *pass.Wish
	// Person is the user where the directory told it just now: then nobody is looked up.
	Person person.Person
}

// Job is what a run is asked to do.
type Job struct {
	Items       []Item
	Order       pass.Order // its Wait is for new users
	Concurrency int        // batches under way at once
	MaxFailures int        // ends the run; 0: no number does
	Reads       *Gate      // what reads of passes have to pass; nil: nothing
}

// Desk is where runs are planned and worked off.
type Desk struct {
	Tenant Tenant
	Pass   *pass.Desk
	Clock  Clock
	Gate   *Gate
	// Late is how long a lost create may still land; 0: pass.Late. Tests shorten it.
	Late time.Duration
}

// Row is a row with what became of it, or will.
type Row struct {
	Index int // of the job's items
	pass.Result
	request pass.Request // what is sent
	user    string       // object id, or the name where no id is known
	read    time.Time    // when its passes were read, by this machine's clock
}

// Todo reports whether the row is still to be carried out.
func (r *Row) Todo() bool {
	return r.Err == nil && (r.Outcome == pass.OutcomeCreated || r.Outcome == pass.OutcomeReplaced)
}

// Events is told what happens in a run, from many goroutines.
type Events interface {
	// Row is told a row whose outcome is in the journal.
	Row(index int, r pass.Result)
	// Waiting is told that the service throttles, and how long it asks to be left alone.
	Waiting(d time.Duration)
}

// Book is where a run writes down what it does before and after it is done. It is a *journal.Journal.
type Book interface {
	Intend([]journal.Intent) error
	Record([]journal.Outcome) error
	// Each tells the last outcome of each row, in the rows' order, as it was when it was called.
	Each(func(journal.Outcome) error) error
	Put(rows []int) error
	Keep([]journal.Kept) error
}
