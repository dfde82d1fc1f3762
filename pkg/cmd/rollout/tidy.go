package rollout

import (
	"errors"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

const (
	kept  = 30 * 24 * time.Hour // a receipt, from when its run was done
	grace = 24 * time.Hour      // for a clock of this machine that is wrong
)

// tidy does what time brings, at each command on runs: a receipt goes after 30 days, the key of a run whose passes have all ended
// goes a day after the last of them, and what is left of a run that was never begun goes after a day. What cannot be done now,
// because another process is at work on the run, is left to the next command.
func (s store) tidy(now time.Time) {
	ids, err := s.ids()
	if err != nil {
		return
	}
	for _, id := range ids {
		receipt, err := journal.ReadReceipt(s.fs, s.path(id))
		if err == nil {
			if now.Sub(receipt.Complete.At) > kept {
				_ = s.discard(id)
			}
			continue
		}
		if begun, _ := time.Parse(idTime, id[:len(idTime)]); now.Sub(begun) < grace {
			continue
		}
		if _, err := journal.ReadHead(s.fs, s.path(id)); errors.Is(err, journal.ErrNotBegun) {
			_ = s.discard(id)
			continue
		}
		_ = journal.Expire(s.fs, s.path(id), now.Add(-grace))
	}
}

// discard removes a run and what it was asked to do.
func (s store) discard(id string) error { return journal.Discard(s.fs, s.path(id), jobFile) }
