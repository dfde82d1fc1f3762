package rollout

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// jobFile holds in a run's folder what the run was asked to do. It has no passcode.
const jobFile = "job.json"

// store is the folder of all runs.
type store struct {
	fs  journal.FS
	dir string
	now time.Time // when the command began
}

func openStore(f *cmdutil.Factory, dir string) (store, error) {
	if dir == "" {
		state, err := f.StateDir()
		if err != nil {
			return store{}, err
		}
		dir = filepath.Join(state, "runs")
	}
	s := store{fs: f.Files, dir: dir, now: time.Now()}
	s.tidy()
	return s, nil
}

// idTime is the beginning of a run's id.
const idTime = "20060102-150405"

var runID = regexp.MustCompile(`^[0-9]{8}-[0-9]{6}-[0-9a-f]{4}$`)

// begunAt is when the run of an id was begun, by the clock of the machine that began it; not ok: it is no id of a run.
func begunAt(id string) (at time.Time, ok bool) {
	if !runID.MatchString(id) {
		return at, false
	}
	at, err := time.Parse(idTime, id[:len(idTime)])
	return at, err == nil
}

// newID is a run's id: when it began, and something that tells two apart.
func newID(now time.Time) string {
	var b [2]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	return now.UTC().Format(idTime+"-") + hex.EncodeToString(b[:])
}

func (s store) path(id string) string { return filepath.Join(s.dir, id) }

// known is a run that lies in the store.
type known struct {
	ID       string
	Job      *savedJob // without its rows
	Head     journal.Head
	Complete *journal.Complete // nil: it is not finished
	Expired  bool              // its passes have all ended, and nobody can go on with it
	Anew     string            // of one that is neither: the run that --restart began in its place; "": none
	Err      error             // it could not be read as a whole
}

// told reports whether it is known which run it is and who is in it.
func (k *known) told() bool { return k.Err == nil || k.Head.Run != "" }

// over reports whether a run holds nobody up.
func (k *known) over() bool { return k.told() && (k.Complete != nil || k.Expired || k.Anew != "") }

// unreadable is the error of a run that could not be read.
func unreadable(k *known, err error) error {
	return errs.Local("reading the run", k.ID, err, "tap run show "+k.ID, "tap run discard "+k.ID)
}

// ids are the runs in the order in which they were begun.
func (s store) ids() ([]string, error) {
	names, err := s.fs.ReadDir(s.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errs.Local("reading the runs", s.dir, err)
	}
	var ids []string
	for _, n := range names {
		if _, ok := begunAt(n); ok {
			ids = append(ids, n)
		}
	}
	return ids, nil
}

// job reads what a run was asked to do, with at most so many rows.
func (s store) job(id string, most int) (*savedJob, error) {
	r, err := s.fs.Open(filepath.Join(s.path(id), jobFile))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return readJob(r, most)
}

// read tells of a run without taking its lock. Nil: it was never begun, or is discarded.
func (s store) read(id string) *known {
	b, err := journal.Glance(s.fs, s.path(id))
	if errors.Is(err, journal.ErrNotBegun) {
		return nil
	}
	k := &known{ID: id, Head: b.Head, Complete: b.Complete, Err: err}
	job, err := s.job(id, 0)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := journal.Glance(s.fs, s.path(id)); errors.Is(err, journal.ErrNotBegun) {
			return nil // it goes last
		}
	}
	k.Job = job
	if k.Err == nil {
		k.Err = err
	}
	if k.told() && k.Complete == nil && !b.Key {
		end, err := journal.LastEnd(s.fs, s.path(id))
		k.Expired = err == nil && !end.IsZero() && s.now.Sub(end) > grace
	}
	return k
}

// all tells of every run.
func (s store) all() ([]*known, error) {
	ids, err := s.ids()
	if err != nil {
		return nil, err
	}
	var out []*known
	later := map[string]string{} // the last run of an identity
	for _, id := range slices.Backward(ids) {
		k := s.read(id)
		if k == nil {
			continue
		}
		if k.told() && k.Complete == nil && !k.Expired {
			k.Anew = later[k.Head.Identity]
		}
		if k.told() && later[k.Head.Identity] == "" {
			later[k.Head.Identity] = k.ID
		}
		out = append(out, k)
	}
	slices.Reverse(out)
	return out, nil
}

// patience is how long the store's lock is waited for: nobody asks a person while he holds it, but he may write a long job.
const patience = time.Minute

// lock keeps other processes from beginning a run until it is given back. Its file stays.
func (s store) lock(ctx context.Context) (func() error, error) {
	if err := journal.MakeFolder(s.fs, s.dir); err != nil {
		return nil, errs.Local("making the folder of the runs", s.dir, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, &errs.Error{
		Slug: errs.Rejected, Reason: errs.OtherRun, What: "beginning a run", Why: "another process has been beginning one for " + patience.String(), Hints: []string{"tap run list"},
	})
	defer cancel()
	for {
		unlock, err := s.fs.Lock(filepath.Join(s.dir, "lock"))
		switch {
		case err == nil:
			return unlock, nil
		case !errors.Is(err, journal.ErrLocked):
			return nil, errs.Local("locking the runs", s.dir, err)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// find returns the run with an id, or with what an id begins with.
func (s store) find(id string) (*known, error) {
	runs, err := s.all()
	if err != nil {
		return nil, err
	}
	var found []*known
	for _, k := range runs {
		if strings.HasPrefix(k.ID, id) {
			found = append(found, k)
		}
	}
	switch {
	case id != "" && len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return nil, errs.Usage(fmt.Sprintf("%d runs begin with %q", len(found), id), "tap run list")
	}
	return nil, &errs.Error{Slug: errs.NotFound, Why: fmt.Sprintf("there is no run %q", id), Hints: []string{"tap run list"}}
}

// save writes the job of a run that is about to begin.
func (s store) save(id string, job *savedJob) error {
	if err := journal.MakeFolder(s.fs, s.path(id)); err != nil {
		return errs.Local("making the run's folder", s.path(id), err)
	}
	_, _, err := journal.WriteWhole(s.fs, filepath.Join(s.path(id), jobFile), job.write)
	if err != nil {
		return errs.Local("writing the run's job", s.path(id), err)
	}
	return nil
}
