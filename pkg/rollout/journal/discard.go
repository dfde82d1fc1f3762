package journal

import (
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// Discard removes a run, finished or not: its key first, durably, so that no passcode can be read whatever happens to the
// rest; then the rest of what is ours, the files of these names that were written beside it, and the folder where nothing
// else is in it. A run that is not there is discarded already. Errors: ErrLocked.
func Discard(fsys FS, dir string, beside ...string) error {
	const what = "discarding the run"
	unlock, err := fsys.Lock(filepath.Join(dir, lockFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return local(what, dir, err)
	}
	err = discard(fsys, dir, beside)
	if err != nil {
		return local(what, dir, errors.Join(err, unlock()))
	}
	// The lock goes last, while it is held: nobody can begin a run in a folder that is still being emptied.
	// Windows removes no file that is open.
	held := fsys.Remove(filepath.Join(dir, lockFile))
	err = unlock()
	if held != nil {
		err = errors.Join(err, fsys.Remove(filepath.Join(dir, lockFile)))
	}
	if err == nil {
		err = removeFolder(fsys, dir)
	}
	return local(what, dir, err)
}

// discard removes the key, then the rest.
func discard(fsys FS, dir string, beside []string) error {
	if err := dropKey(fsys, dir); err != nil {
		return err
	}
	names := []string{temporary(receiptFile), receiptFile, journalFile}
	for _, name := range beside {
		names = append(names, temporary(name), name)
	}
	for _, name := range names {
		if err := fsys.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// removeFolder makes durable that the run's files are gone, by removing their folder, or as it is where it has other files.
func removeFolder(fsys FS, dir string) error {
	names, err := fsys.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(names) > 0:
		return fsys.SyncDir(dir)
	}
	if err := fsys.Remove(dir); err != nil {
		return err
	}
	return fsys.SyncDir(filepath.Dir(filepath.Clean(dir)))
}

// Expire forgets the key of a run whose passes have all ended before a time: their passcodes are good for nothing, and must not be
// readable for ever. A run without a key, without a pass, or with one whose end is not known stays as it is. Errors: those of Rows and Forget.
func Expire(fsys FS, dir string, before time.Time) error {
	if _, err := fsys.ReadFile(filepath.Join(dir, keyFile)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	passes := 0
	err := Rows(fsys, dir, func(r ReceiptRow) error {
		switch {
		case r.PassID == "" || r.Outcome != pass.OutcomeCreated && r.Outcome != pass.OutcomeReplaced:
			return nil
		case r.End.IsZero() || !r.End.Before(before):
			return errStays
		}
		passes++
		return nil
	})
	switch {
	case errors.Is(err, errStays), err == nil && passes == 0:
		return nil
	case err != nil:
		return err
	}
	return Forget(fsys, dir)
}

// errStays ends the reading of a run whose key is still needed.
var errStays = errors.New("a pass has not ended")

// Forget removes the key of a run whose passes are all good for nothing any more, durably, and leaves its journal.
// Afterwards Open says ErrKeyGone. Errors: ErrLocked.
func Forget(fsys FS, dir string) error {
	const what = "removing the run's key"
	unlock, err := fsys.Lock(filepath.Join(dir, lockFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return local(what, dir, err)
	}
	return local(what, dir, errors.Join(dropKey(fsys, dir), unlock()))
}
