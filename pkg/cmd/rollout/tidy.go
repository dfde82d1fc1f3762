package rollout

import (
	"errors"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

const (
	kept  = 30 * 24 * time.Hour // a receipt, from when its run was done; what an expired run left, from when its last pass ended
	grace = 24 * time.Hour      // for a clock of this machine that is wrong
)

// tidy does what time brings, and what a crash left to do, at each command on runs: a run that is complete is retired, its receipt goes after
// 30 days; the key of a run whose passes have all ended goes a day after the last of them, the rest after 30 days; what is
// left of a run that was never begun goes after a day. What cannot be done now, because another process is at work on the run, is
// left to the next command. What is not ours stays, whatever its name is.
func (s store) tidy() {
	ids, err := s.ids()
	if err != nil {
		return
	}
	for _, id := range ids {
		b, err := journal.Glance(s.fs, s.path(id))
		begun, _ := begunAt(id)
		switch {
		case errors.Is(err, journal.ErrNotBegun):
			if s.now.Sub(begun) > grace && journal.Remains(s.fs, s.path(id), jobFile) {
				_ = s.discard(id)
			}
		case err != nil: // a person decides
		case b.Complete != nil:
			s.tidyDone(id, b)
		case s.now.Sub(begun) > grace:
			s.tidyOpen(id, b)
		}
	}
}

// tidyDone retires a run that is complete, and lets its receipt go.
func (s store) tidyDone(id string, b journal.Brief) {
	switch {
	case s.now.Sub(b.Complete.At) > kept:
		_ = s.discard(id)
	case b.Journal || b.Key:
		_ = journal.Finish(s.fs, s.path(id))
	}
}

// tidyOpen lets a run expire whose passes have all ended.
func (s store) tidyOpen(id string, b journal.Brief) {
	if b.Key {
		_ = journal.Expire(s.fs, s.path(id), s.now.Add(-grace))
		return
	}
	if end, err := journal.LastEnd(s.fs, s.path(id)); err == nil && !end.IsZero() && s.now.Sub(end) > kept {
		_ = s.discard(id)
	}
}

// discard removes a run and what it was asked to do.
func (s store) discard(id string) error { return journal.Discard(s.fs, s.path(id), jobFile) }
