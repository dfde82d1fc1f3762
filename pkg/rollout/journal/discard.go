package journal

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
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

// Remains reports whether a folder holds what is left of a run that was never begun, or of a discard: first, which is the file that is
// written beside the run before everything else and goes last; or nothing but what stands there before and after it.
func Remains(fsys FS, dir, first string) bool {
	names, err := fsys.ReadDir(dir)
	if err != nil {
		return false
	}
	return slices.Contains(names, first) || !slices.ContainsFunc(names, func(name string) bool { return name != lockFile && name != temporary(first) })
}

// LastEnd tells when the last pass of a run ends, as far as its rows are known. Zero: it has none, or one whose end is not known.
// Errors: those of Rows.
func LastEnd(fsys FS, dir string) (time.Time, error) {
	var last time.Time
	err := Rows(fsys, dir, func(r ReceiptRow) error {
		switch {
		case r.PassID == "" || r.Outcome != pass.OutcomeCreated && r.Outcome != pass.OutcomeReplaced:
			return nil
		case r.End.IsZero():
			return errEndless
		case r.End.After(last):
			last = r.End
		}
		return nil
	})
	if err != nil {
		last = time.Time{}
	}
	if errors.Is(err, errEndless) {
		err = nil
	}
	return last, err
}

// errEndless ends the reading of a run that has a pass whose end is not known.
var errEndless = errors.New("the end of a pass is not known")

// Expire forgets the key of a run whose passes have all ended before a time: their passcodes are good for nothing, and must not be
// readable for ever. A run without a key, without a pass, or with one whose end is not known stays as it is. Errors: ErrLocked, those of LastEnd.
func Expire(fsys FS, dir string, before time.Time) error {
	if over, err := expired(fsys, dir, before); err != nil || !over {
		return err
	}
	return underLock(fsys, dir, "removing the run's key", func() error {
		over, err := expired(fsys, dir, before) // what was read without the lock may have changed
		if err != nil || !over {
			return err
		}
		return dropKey(fsys, dir)
	})
}

func expired(fsys FS, dir string, before time.Time) (bool, error) {
	if !has(fsys, filepath.Join(dir, keyFile)) {
		return false, nil
	}
	end, err := LastEnd(fsys, dir)
	return !end.IsZero() && end.Before(before), err
}

// Forget removes the key of a run whose passes are all good for nothing any more, durably, and leaves its journal.
// Afterwards Open says ErrKeyGone. Errors: ErrLocked.
func Forget(fsys FS, dir string) error {
	return underLock(fsys, dir, "removing the run's key", func() error { return dropKey(fsys, dir) })
}

// Hold keeps every process from working on a run until it is given back. A run that is not there needs no holding. Errors: ErrLocked.
func Hold(fsys FS, dir string) (release func() error, err error) {
	release, err = fsys.Lock(filepath.Join(dir, lockFile))
	if errors.Is(err, fs.ErrNotExist) {
		return func() error { return nil }, nil
	}
	return release, local("holding the run", dir, err)
}

// underLock calls f while the lock of a run is held. Where there is no run nothing is done.
func underLock(fsys FS, dir, what string, f func() error) error {
	unlock, err := fsys.Lock(filepath.Join(dir, lockFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return local(what, dir, err)
	}
	return local(what, dir, errors.Join(f(), unlock()))
}
