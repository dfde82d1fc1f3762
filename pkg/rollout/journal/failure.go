package journal

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// What errors.Is finds in the errors of this package.
var (
	ErrLocked   = errors.New("another process is at work on this run")
	ErrNotBegun = errors.New("no run was begun here")                    // no head line: nothing was sent yet, Begin may be called
	ErrBegun    = errors.New("a run is here already")                    // Begin: Open or Discard it first
	ErrKeyGone  = errors.New("the run's key is gone")                    // and it is not complete
	ErrFinished = errors.New("the run is finished, its receipt is left") // always a *FinishedError
)

// FinishedError is the error of Open and Peek where only the receipt is left.
type FinishedError struct{ Receipt *Receipt }

// Error says when it was done and where the result is.
func (e *FinishedError) Error() string {
	c := e.Receipt.Complete
	return fmt.Sprintf("the run was finished at %s, its result is %s", c.At.UTC().Format("2006-01-02 15:04:05Z"), c.Path)
}

// Is says that it is ErrFinished.
func (*FinishedError) Is(target error) bool { return target == ErrFinished }

// local classifies an error of the file system. One that is classified stays what it is.
func local(what, whom string, err error) error {
	var known *errs.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return errs.Local(what, whom, err)
}

// keyGone says who can help.
func keyGone(path string, h Head) error {
	why := "the run's key is gone, and nothing was written: the recipients can open the head line of the journal, which holds the key encrypted to them"
	if h.Key == "" {
		why = "the run's key is gone, and nothing was written: it had no recipients, so its passcodes cannot be read any more"
	}
	return &errs.Error{Slug: errs.LocalFault, What: "opening the run's journal", Whom: path, Why: why, Err: ErrKeyGone}
}

func errorOf(e *errs.Error) *errorEntry {
	if e == nil {
		return nil
	}
	why := e.Why
	if e.Err != nil {
		why = cmp.Or(why, e.Err.Error())
	}
	return &errorEntry{
		Slug: e.Slug, Reason: e.Reason, What: e.What, Whom: e.Whom, Why: why, Causes: e.Causes, Hints: e.Hints, RequestID: e.RequestID,
		Unseen: errors.Is(e, pass.ErrUnseen),
	}
}

func (e *errorEntry) error() *errs.Error {
	if e == nil {
		return nil
	}
	out := &errs.Error{Slug: e.Slug, Reason: e.Reason, What: e.What, Whom: e.Whom, Why: e.Why, Causes: e.Causes, Hints: e.Hints, RequestID: e.RequestID}
	if e.Unseen {
		out.Err = pass.ErrUnseen
	}
	return out
}
