package journal

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
)

// Brief is what can be told of a run at a glance.
type Brief struct {
	Head     Head
	Complete *Complete // nil: it is not complete
	Journal  bool      // it is not retired, or not as a whole
	Key      bool      // its key is there
}

// Glance tells of a run without its lock, and without more of its journal than the first and the last line. Another process may retire the run
// meanwhile: the receipt is there before the journal goes, and the journal is gone before the key, so who misses them looks once
// more. Errors: ErrNotBegun, a line that is spoilt.
func Glance(fsys FS, dir string) (Brief, error) {
	b, err := glance(fsys, dir)
	if errors.Is(err, ErrNotBegun) || err == nil && b.Complete == nil && !b.Key {
		b, err = glance(fsys, dir)
	}
	return b, err
}

func glance(fsys FS, dir string) (Brief, error) {
	there := func(name string) bool { return has(fsys, filepath.Join(dir, name)) }
	receipt, err := ReadReceipt(fsys, dir)
	switch {
	case err == nil:
		return Brief{receipt.Head, &receipt.Complete, there(journalFile), there(keyFile)}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return Brief{}, err
	}
	head, err := ReadHead(fsys, dir)
	if err != nil {
		return Brief{}, err
	}
	complete, err := lastLine(fsys, filepath.Join(dir, journalFile))
	return Brief{head, complete, true, there(keyFile)}, err
}

// lastLine reads the last whole line of a journal where it says that the run is complete. Nil: it says something else.
func lastLine(fsys FS, path string) (*Complete, error) {
	r, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNotBegun
	}
	if err != nil {
		return nil, local("reading the run's journal", path, err)
	}
	defer r.Close()
	in := bufio.NewReaderSize(io.NewSectionReader(r, 0, 1<<62), 1<<14)
	var last []byte
	for {
		b, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, local("reading the run's journal", path, err)
		}
		last = b
	}
	if e, err := decode(last); err == nil {
		return e.Complete, nil
	}
	return nil, nil // torn, or spoilt: Open tells
}

// has reports whether a file is there.
func has(fsys FS, path string) bool {
	r, err := fsys.Open(path)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	return r.Close() == nil
}

// Finish does what a crash left to do of a run that is complete: it retires it. Any other run stays as it is. Errors: those of Open and Retire.
func Finish(fsys FS, dir string) error {
	j, story, err := Open(fsys, dir)
	if errors.Is(err, ErrFinished) || errors.Is(err, ErrKeyGone) {
		return nil
	}
	if err != nil {
		return err
	}
	if story.Complete != nil {
		err = j.Retire()
	}
	return errors.Join(err, j.Close())
}
