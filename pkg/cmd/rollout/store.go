package rollout

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	return store{f.Files, dir}, nil
}

// newID is a run's id: when it began, and something that tells two apart.
func newID(now time.Time) string {
	var b [2]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	return now.UTC().Format("20060102-150405-") + hex.EncodeToString(b[:])
}

func (s store) path(id string) string { return filepath.Join(s.dir, id) }

// known is a run that lies in the store.
type known struct {
	ID      string
	Job     *savedJob
	Head    journal.Head
	Receipt *journal.Receipt // nil: it is not finished
	Story   *journal.Story   // of an unfinished one, without passcodes
	Err     error            // it could not be read
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
		if _, err := time.Parse("20060102-150405", n[:max(0, min(len(n), 15))]); err == nil {
			ids = append(ids, n)
		}
	}
	return ids, nil
}

// read tells of a run without taking its lock. Nil: it was never begun.
func (s store) read(id string) *known {
	k := &known{ID: id}
	b, err := s.fs.ReadFile(filepath.Join(s.path(id), jobFile))
	if err != nil {
		return nil
	}
	k.Job = &savedJob{}
	if err := json.Unmarshal(b, k.Job); err != nil {
		k.Err = err
		return k
	}
	k.Receipt, err = journal.ReadReceipt(s.fs, s.path(id))
	if err == nil && k.Receipt != nil {
		k.Head = k.Receipt.Head
		return k
	}
	k.Receipt = nil
	story, err := journal.Peek(s.fs, s.path(id))
	switch {
	case errors.Is(err, journal.ErrNotBegun):
		return nil
	case err != nil:
		k.Err = err
	default:
		k.Head, k.Story = story.Head, story
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
	_, _, err := journal.WriteWhole(s.fs, filepath.Join(s.path(id), jobFile), func(w io.Writer) error { return json.NewEncoder(w).Encode(job) })
	if err != nil {
		return errs.Local("writing the run's job", s.path(id), err)
	}
	return nil
}
