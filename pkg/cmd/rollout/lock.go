package rollout

import (
	"fmt"
	"strconv"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/roster"
)

// lockOf is what the settings of this machine lock of what a pass is asked to be.
func lockOf(f *cmdutil.Factory) (roster.Lock, error) {
	s, err := f.Settings("")
	if err != nil {
		return roster.Lock{}, err
	}
	lock := roster.Lock{By: s.Machine.File, Zone: s.Machine.Locked["tz"]}
	if text := s.Machine.Locked["lifetime"]; text != "" {
		if err := lock.Lifetime.Set(text); err != nil {
			return lock, errs.Usage(err.Error())
		}
	}
	if text := s.Machine.Locked["one-time"]; text != "" {
		once, err := strconv.ParseBool(text)
		if err != nil {
			return lock, errs.Usage(err.Error())
		}
		lock.OneTime = &once
	}
	return lock, nil
}

// unlocked refuses to go on with a run that was begun before something was locked, where rows that are not done ask for something else. What
// is done stays: its result is still to be written.
func (r *run) unlocked(job rollout.Job, story *journal.Story) error {
	lock, err := lockOf(r.Factory)
	if err != nil || lock.IsZero() {
		return err
	}
	faults := &roster.Faults{}
	for n, item := range job.Items {
		if story.Done[n] {
			continue
		}
		if why := lock.Broken(*item.Wish); why != "" {
			faults.All = append(faults.All, roster.Fault{Line: item.Line, Text: why})
		}
	}
	if len(faults.All) == 0 {
		return nil
	}
	tellEach(r.Factory, faults)
	return &errs.Error{
		Slug: errs.UsageFault, What: "going on with the run", Whom: r.id,
		Why:   fmt.Sprintf("%s not done, and what is locked since by %s contradicts what they ask for", are(len(faults.All)), lock.By),
		Hints: []string{"tap run show " + r.id, "tap run discard " + r.id},
	}
}

// are is a number of rows, to stand before what they are.
func are(rows int) string {
	if rows == 1 {
		return "1 row is"
	}
	return fmt.Sprintf("%d rows are", rows)
}
