package rollout

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
}

func openStore(f *cmdutil.Factory, dir string) (store, error) {
	if dir == "" {
		state, err := f.StateDir()
		if err != nil {
			return store{}, err
		}
		dir = filepath.Join(state, "runs")
	}
	s := store{f.Files, dir}
	s.tidy(time.Now())
	return s, nil
}

// idTime is the beginning of a run's id.
const idTime = "20060102-150405"

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
	Err      error             // it could not be read
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
		if _, err := time.Parse(idTime, n[:min(len(n), len(idTime))]); err == nil {
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

// read tells of a run without taking its lock. Nil: it was never begun.
func (s store) read(id string) *known {
	k := &known{ID: id}
	if k.Job, k.Err = s.job(id, 0); errors.Is(k.Err, os.ErrNotExist) {
		return nil
	}
	if k.Err != nil {
		return k
	}
	receipt, err := journal.ReadReceipt(s.fs, s.path(id))
	if err == nil {
		k.Head, k.Complete = receipt.Head, &receipt.Complete
		return k
	}
	if k.Head, k.Err = journal.ReadHead(s.fs, s.path(id)); errors.Is(k.Err, journal.ErrNotBegun) {
		return nil
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
	for _, id := range ids {
		if k := s.read(id); k != nil {
			out = append(out, k)
		}
	}
	return out, nil
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
