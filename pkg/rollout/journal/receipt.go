package journal

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// Receipt is what is left of a run that is finished, beside what became of its rows, which Rows tells. No passcode can be got from it.
type Receipt struct {
	Head     Head // without its Key
	Complete Complete
}

// ReceiptRow is what became of one row.
type ReceiptRow struct {
	Row               int          `json:"row"`
	User              string       `json:"user"` // as the roster names the user
	UserID            string       `json:"userId,omitempty"`
	UserPrincipalName string       `json:"userPrincipalName,omitempty"`
	Outcome           pass.Outcome `json:"outcome"`
	PassID            string       `json:"passId,omitempty"`
	SecretID          string       `json:"secretId,omitempty"` // where its passcode is in a vault
	Start             time.Time    `json:"startDateTime,omitzero"`
	End               time.Time    `json:"endDateTime,omitzero"`
	At                time.Time    `json:"at,omitzero"` // the service's time
	Reason            errs.Reason  `json:"reason,omitempty"`
	Error             string       `json:"error,omitempty"`
	RequestID         string       `json:"requestId,omitempty"`
}

// receiptRow is the row as it stands in a receipt.
func (c sealed) receiptRow() *ReceiptRow {
	row := &ReceiptRow{
		Row: c.Row, User: string(c.Ref), UserID: c.Person.ID, UserPrincipalName: c.Person.UserPrincipalName, Outcome: c.Outcome,
		PassID: c.Pass.ID, Start: c.Pass.Start, At: c.At, Reason: c.Reason, RequestID: c.RequestID,
	}
	if !c.Pass.Start.IsZero() {
		row.End = pass.Pass(c.Pass).End()
	}
	if c.Err != nil {
		row.Error = c.Err.error().Error()
	}
	return row
}

// Retire ends a run that is complete: a receipt is written and the journal removed, then the key, each step durable
// before the next. It may be called again where a crash came between. Nothing can be noted afterwards.
func (j *Journal) Retire() error {
	j.writing <- struct{}{}
	defer func() { <-j.writing }()
	return local("retiring the run's journal", j.dir, j.retire())
}

func (j *Journal) retire() error {
	path := filepath.Join(j.dir, journalFile)
	r, err := j.fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := ReadReceipt(j.fsys, j.dir); err != nil {
			return err
		}
		return j.dropKey() // retired before
	}
	if err != nil {
		return err
	}
	_, _, err = WriteWhole(j.fsys, filepath.Join(j.dir, receiptFile), func(w io.Writer) error { return writeReceipt(w, r) })
	if err = errors.Join(err, r.Close()); err != nil {
		return err
	}
	if err := j.closeFile(); err != nil { // Windows removes no file that is open
		return err
	}
	if err := j.fsys.Remove(path); err != nil {
		return err
	}
	return j.dropKey()
}

// dropKey makes durable that the journal is gone, then removes the key.
func (j *Journal) dropKey() error {
	if err := j.fsys.SyncDir(j.dir); err != nil {
		return err
	}
	return dropKey(j.fsys, j.dir)
}

// dropKey removes a run's key, durably.
func dropKey(fsys FS, dir string) error {
	if err := fsys.Remove(filepath.Join(dir, keyFile)); err != nil {
		return err
	}
	return fsys.SyncDir(dir)
}

// writeReceipt writes the receipt of the journal that r reads: a line for the head without its key and that the run is complete,
// and one a row. The journal is read row by row, for it may be long.
func writeReceipt(w io.Writer, r Reader) error {
	put := func(e *entry) error {
		b, err := encode(e)
		if err == nil {
			_, err = w.Write(b)
		}
		return err
	}
	var head *Head
	var complete *Complete
	kept := map[int]string{}
	_, _, err := scan(r, func(_ int64, e *entry) error {
		if e.Head != nil {
			head = e.Head
		}
		for _, k := range e.Kept {
			kept[k.Row] = k.ID
		}
		if e.Complete != nil {
			complete = e.Complete
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case complete == nil:
		return &errs.Error{Slug: errs.Internal, Why: "the run is not complete"}
	}
	head.Key = ""
	if err := put(&entry{Version: version, Head: head, Complete: complete}); err != nil {
		return err
	}
	return each(r, func(c sealed) error {
		row := c.receiptRow()
		row.SecretID = kept[c.Row]
		return put(&entry{Row: row})
	})
}

// ReadReceipt reads the receipt of a run. An absent one is fs.ErrNotExist.
func ReadReceipt(fsys FS, dir string) (*Receipt, error) {
	path := filepath.Join(dir, receiptFile)
	e, err := firstLine(fsys, path)
	if err == nil && e.Complete == nil {
		err = errOrder
	}
	if err != nil {
		return nil, local("reading the run's receipt", path, err)
	}
	return &Receipt{*e.Head, *e.Complete}, nil
}

// receiptRows reads the rows of a receipt.
func receiptRows(r Reader, f func(ReceiptRow) error) error {
	_, torn, err := scan(r, func(_ int64, e *entry) error {
		if e.Row == nil {
			return nil
		}
		return f(*e.Row)
	})
	if err == nil && torn {
		err = errors.New("its end is missing")
	}
	return err
}

// ReadHead reads what a run is, finished or not, without its lock and no more than its first line. A run without one is ErrNotBegun.
func ReadHead(fsys FS, dir string) (Head, error) {
	path := filepath.Join(dir, journalFile)
	e, err := firstLine(fsys, path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, io.EOF):
		err = ErrNotBegun
		fallthrough
	case err != nil:
		return Head{}, local("reading the run's journal", path, err)
	}
	return *e.Head, nil
}

// firstLine reads the head of a journal or a receipt. A file without a whole line is io.EOF, as scan has it: what ends with a line
// whose checksum is wrong was torn.
func firstLine(fsys FS, path string) (*entry, error) {
	r, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	in := bufio.NewReader(io.NewSectionReader(r, 0, 1<<62))
	b, err := in.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	e, err := decode(b)
	if errors.Is(err, errChecksum) {
		if _, more := in.Peek(1); errors.Is(more, io.EOF) {
			return nil, io.EOF
		}
	}
	if err == nil && e.Head == nil {
		err = errOrder
	}
	return e, err
}
