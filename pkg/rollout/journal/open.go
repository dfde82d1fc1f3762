package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
)

// Story is what a journal tells.
type Story struct {
	Head Head
	// Intents is the last of each row, only where no final outcome came after it. It may stand beside an outcome that came
	// before it.
	Intents map[int]Intent
	// Doubtful is the last outcome of each row where it is not final.
	Doubtful map[int]Outcome
	// Done are the rows whose outcome is final: Each tells it.
	Done map[int]bool
	// Putting are the rows whose passcode may be in a vault without that anybody noted it.
	Putting map[int]bool
	// Kept are the addresses of passcodes in a vault, by row.
	Kept     map[int]string
	Complete *Complete // nil: the result may not be whole
}

// Open takes the run's lock, cuts a torn tail off, and tells what is in the journal, when all of that is durable.
// Errors: ErrLocked. ErrNotBegun where there is no head line. ErrKeyGone where the key is missing, or is not one, and there is
// no complete line: nothing is written then, and the story is told without passcodes. A *FinishedError where only
// the receipt is left; a key that was still there is gone then. A line that is spoilt, or a passcode that does not open: local.
func Open(fsys FS, dir string) (*Journal, *Story, error) {
	unlock, err := fsys.Lock(filepath.Join(dir, lockFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNotBegun
	}
	const what = "opening the run's journal"
	if err != nil {
		return nil, nil, local(what, dir, err)
	}
	j := &Journal{fsys: fsys, dir: dir, unlock: unlock, writing: make(chan struct{}, 1)}
	s, err := j.open()
	if err != nil {
		return nil, s, errors.Join(local(what, dir, err), j.Close())
	}
	return j, s, nil
}

func (j *Journal) open() (*Story, error) {
	key, err := j.fsys.ReadFile(filepath.Join(j.dir, keyFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	t, err := tell(j.fsys, j.dir, key)
	if errors.Is(err, ErrFinished) {
		if err := j.dropKey(); err != nil {
			return nil, err // not finished yet
		}
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	path := filepath.Join(j.dir, journalFile)
	if t.seal == nil && t.Complete == nil {
		return &t.Story, keyGone(path, t.Head)
	}
	if t.torn {
		if err := j.fsys.Truncate(path, t.end); err != nil {
			return nil, err
		}
	}
	// Lines and names that a process left that died before its fsync are made durable before anybody builds on them.
	if j.file, err = j.fsys.Append(path); err == nil {
		err = j.file.Sync()
	}
	if err == nil {
		err = j.fsys.SyncDir(j.dir)
	}
	j.seal = t.seal
	return &t.Story, err
}

// Peek tells what is in a journal without the lock and the key: also of a run that another process is at work on. The
// passcodes are empty. Nothing is written. Errors: ErrNotBegun, a *FinishedError, a line that is spoilt.
func Peek(fsys FS, dir string) (*Story, error) {
	t, err := tell(fsys, dir, nil)
	if err != nil {
		return nil, local("reading the run's journal", dir, err)
	}
	return &t.Story, nil
}

// teller reads a journal.
type teller struct {
	Story
	key  []byte
	seal *seal // nil: passcodes stay closed
	end  int64 // of the last whole line
	torn bool  // something stands behind it
}

// tell reads the journal of a folder, or its receipt, which is a *FinishedError.
func tell(fsys FS, dir string, key []byte) (*teller, error) {
	path := filepath.Join(dir, journalFile)
	t := &teller{key: key, Story: Story{Intents: map[int]Intent{}, Doubtful: map[int]Outcome{}, Done: map[int]bool{}, Putting: map[int]bool{}, Kept: map[int]string{}}}
	r, err := fsys.Open(path)
	if err == nil {
		defer r.Close()
		t.end, t.torn, err = scan(r, t.hear)
	}
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, local("reading the run's journal", path, err)
	case t.end > 0:
		return t, nil
	}
	receipt, err := ReadReceipt(fsys, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNotBegun
	case err != nil:
		return nil, err
	}
	return nil, &FinishedError{Receipt: receipt}
}

// hear takes one line in.
func (t *teller) hear(_ int64, e *entry) error {
	if e.Head != nil {
		t.Head = *e.Head
		if len(t.key) == keySize {
			var err error
			if t.seal, err = newSeal(t.Head.Run, t.key); err != nil {
				return err
			}
		}
	}
	for _, c := range e.Outcomes {
		o, err := c.open(t.seal)
		if err != nil {
			return err
		}
		if !o.Confirm.IsZero() {
			delete(t.Done, o.Row)
			t.Doubtful[o.Row] = o
			continue
		}
		t.Done[o.Row] = true
		delete(t.Doubtful, o.Row)
		delete(t.Intents, o.Row)
	}
	for _, i := range e.Intents {
		t.Intents[i.Row] = i
	}
	for _, row := range e.Puts {
		t.Putting[row] = true
	}
	for _, k := range e.Kept {
		delete(t.Putting, k.Row)
		t.Kept[k.Row] = k.ID
	}
	if e.Complete != nil {
		t.Complete = e.Complete
	}
	return nil
}

// Rows calls f with what became of each row so far, in the rows' order, without the lock and the key: of a run that is
// finished, or of one that another process is at work on. Errors: ErrNotBegun, a line that is spoilt, that of f as it is.
func Rows(fsys FS, dir string, f func(ReceiptRow) error) error {
	const what = "reading the run's rows"
	path, read := filepath.Join(dir, receiptFile), receiptRows
	r, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		path, read = filepath.Join(dir, journalFile), journalRows
		r, err = fsys.Open(path)
	}
	if errors.Is(err, fs.ErrNotExist) { // another process may have retired it meanwhile
		path, read = filepath.Join(dir, receiptFile), receiptRows
		r, err = fsys.Open(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNotBegun
	}
	if err != nil {
		return local(what, path, err)
	}
	defer r.Close()
	var stopped error
	err = read(r, func(row ReceiptRow) error {
		stopped = f(row)
		return stopped
	})
	if stopped != nil {
		return stopped
	}
	return local(what, path, err)
}

func journalRows(r Reader, f func(ReceiptRow) error) error {
	return each(r, func(c sealed) error { return f(*c.receiptRow()) })
}

// Each calls f with the last outcome of each row, in the rows' order, read from the file one by one: for the results of
// runs that are too long to be held in memory. What is recorded meanwhile is not told. It returns the error of f as it is.
func (j *Journal) Each(f func(Outcome) error) error {
	path := filepath.Join(j.dir, journalFile)
	r, err := j.fsys.Open(path)
	if err != nil {
		return local("reading the run's journal", path, err)
	}
	defer r.Close()
	var stopped error
	err = each(r, func(c sealed) error {
		o, err := c.open(j.seal)
		if err == nil {
			stopped = f(o)
			err = stopped
		}
		return err
	})
	if stopped != nil {
		return stopped
	}
	return local("reading the run's journal", path, err)
}

// each calls f with the last outcome of each row, in the rows' order.
func each(r Reader, f func(sealed) error) error {
	last := map[int]int64{} // row to the line that has its last outcome
	if _, _, err := scan(r, func(at int64, e *entry) error {
		for _, c := range e.Outcomes {
			last[c.Row] = at
		}
		return nil
	}); err != nil {
		return err
	}
	rows := make([]int, 0, len(last))
	for row := range last {
		rows = append(rows, row)
	}
	slices.Sort(rows)
	near := lines{from: r, read: map[int64]map[int]sealed{}}
	for _, row := range rows {
		here, err := near.at(last[row])
		if err == nil {
			err = f(here[row])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nearLines is how many lines are kept in hand: neighbouring rows stand in the lines of as many batches as were under way.
const nearLines = 64

// lines are the outcomes of lines that were read lately.
type lines struct {
	from  Reader
	read  map[int64]map[int]sealed // by the offset of the line
	order []int64                  // the oldest first
}

// at returns the outcomes of the line that begins at the offset.
func (l *lines) at(offset int64) (map[int]sealed, error) {
	if here, has := l.read[offset]; has {
		return here, nil
	}
	here, err := outcomesAt(l.from, offset)
	if err != nil {
		return nil, err
	}
	if len(l.order) == nearLines {
		delete(l.read, l.order[0])
		l.order = l.order[1:]
	}
	l.read[offset], l.order = here, append(l.order, offset)
	return here, nil
}

// outcomesAt reads the outcomes of the line that begins at the offset.
func outcomesAt(r Reader, offset int64) (map[int]sealed, error) {
	out := map[int]sealed{}
	b, err := bufio.NewReader(io.NewSectionReader(r, offset, 1<<62-offset)).ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	e, err := decode(b)
	if err != nil {
		return nil, fmt.Errorf("at byte %d: %w", offset, err)
	}
	for _, c := range e.Outcomes {
		out[c.Row] = c
	}
	return out, nil
}
