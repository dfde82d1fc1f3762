package journal

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
)

// FS is the file system as far as a run needs it. OS is the real one; package memfs has one that crashes.
// An absent file is an error that is fs.ErrNotExist, where nothing else is said.
type FS interface {
	MkdirAll(path string) error                        // 0700
	ReadFile(path string) ([]byte, error)              // whole
	Open(path string) (Reader, error)                  // for reading in parts
	ReadDir(path string) ([]string, error)             // names, sorted
	Create(path string) (File, error)                  // a new file in the place of any other, 0600
	Append(path string) (File, error)                  // 0600, made when absent
	Truncate(path string, size int64) error            // durable with the next Sync of the file
	Rename(from, to string) error                      // replaces to
	Remove(path string) error                          // a file, or a folder that is empty; an absent one is no error
	SyncDir(path string) error                         // makes creations, renames and removals in it durable
	Lock(path string) (unlock func() error, err error) // flock; ErrLocked where another process has it
}

// File is a file that is written from its end on.
type File interface {
	io.Writer
	Sync() error // makes what was written durable
	Close() error
}

// Reader is a file that is read.
type Reader interface {
	io.ReaderAt
	io.Closer
}

// WriteWhole writes a file so that the path has the old content or the whole new one, never a part: by a temporary one
// beside it (0600), fsync, rename, fsync of the folder. It returns the size in bytes and the hex SHA-256.
// A failed one removes its temporary file. One that crashed leaves it; its name follows from the path, and the next
// WriteWhole of the same path replaces it.
func WriteWhole(fsys FS, path string, write func(io.Writer) error) (size int64, sum string, err error) {
	beside := temporary(path)
	size, sum, err = writeNew(fsys, beside, write)
	if err == nil {
		err = fsys.Rename(beside, path)
	}
	if err != nil {
		_ = fsys.Remove(beside)
		return 0, "", local("writing", path, err)
	}
	if err := fsys.SyncDir(filepath.Dir(path)); err != nil {
		return 0, "", local("writing", path, err)
	}
	return size, sum, nil
}

// temporary is the file beside path that becomes it.
func temporary(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tap-part")
}

// writeNew writes a new file and makes its content durable, but not its name.
func writeNew(fsys FS, path string, write func(io.Writer) error) (int64, string, error) {
	f, err := fsys.Create(path)
	if err != nil {
		return 0, "", err
	}
	sum, size := sha256.New(), counter(0)
	out := bufio.NewWriterSize(f, 1<<14)
	err = write(io.MultiWriter(out, sum, &size))
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	return int64(size), hex.EncodeToString(sum.Sum(nil)), errors.Join(err, f.Close())
}

// counter counts the bytes that are written to it.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// MakeFolder makes the folder and those above it that are missing, from the top, each durable before the next. So of
// the folders that are there only the lowest can be one whose maker crashed before its fsync: it is made durable too.
func MakeFolder(fsys FS, dir string) error {
	var missing []string
	at := filepath.Clean(dir)
	for ; at != filepath.Dir(at); at = filepath.Dir(at) {
		if _, err := fsys.ReadDir(at); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		missing = append(missing, at)
	}
	// A folder that may not be read, such as /home on some machines, is none in which we made something.
	if err := fsys.SyncDir(filepath.Dir(at)); err != nil && !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("syncing %s: %w", filepath.Dir(at), err)
	}
	for _, m := range slices.Backward(missing) {
		if err := fsys.MkdirAll(m); err != nil {
			return err
		}
		if err := fsys.SyncDir(filepath.Dir(m)); err != nil {
			return fmt.Errorf("syncing %s: %w", filepath.Dir(m), err)
		}
	}
	return nil
}
