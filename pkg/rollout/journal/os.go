package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/gofrs/flock"
)

// OS is the file system of this machine.
func OS() FS { return osFS{} }

type osFS struct{}

func (osFS) MkdirAll(path string) error             { return os.MkdirAll(path, 0o700) }
func (osFS) ReadFile(path string) ([]byte, error)   { return os.ReadFile(path) }
func (osFS) Open(path string) (Reader, error)       { return os.Open(path) }
func (osFS) Truncate(path string, size int64) error { return os.Truncate(path, size) }
func (osFS) Rename(from, to string) error           { return os.Rename(from, to) }

func (osFS) Append(path string) (File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
}

// Create unlinks what is there first: a file that somebody else put there could be readable by others, or be a link.
func (o osFS) Create(path string) (File, error) {
	if err := o.Remove(path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

func (osFS) Remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (osFS) ReadDir(path string) ([]string, error) {
	entries, err := os.ReadDir(path) // sorted
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// SyncDir does nothing on Windows, where a folder cannot be synced, nor where the file system knows no such thing.
func (osFS) SyncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}

// Lock also refuses a lock file that its holder removed while we opened it: a lock on it keeps nobody out.
func (osFS) Lock(path string) (unlock func() error, err error) {
	l := flock.New(filepath.Clean(path), flock.SetPermissions(0o600))
	held, err := l.TryLock()
	switch {
	case err != nil:
		return nil, err
	case !held:
		return nil, ErrLocked
	}
	ours, err := l.Stat()
	if err == nil {
		there, missing := os.Stat(path)
		if missing == nil && os.SameFile(ours, there) {
			return l.Unlock, nil
		}
		err = ErrLocked
	}
	return nil, errors.Join(err, l.Unlock())
}
