// Package journal keeps what a run of many passes must not forget, so that the same command goes on after a crash at any
// moment: who is in it, each intent to make a pass, each outcome with its passcode sealed, and that the result is whole.
// It must not know HTTP, Graph, a terminal or the clock: times come in as arguments, and the file system behind FS.
//
// A run is a folder of ours, 0700, with files of 0600:
//
//	lock     held by the process that is at work on the run
//	key      32 random bytes, which open the passcodes in the journal; gone when the run is finished
//	journal  lines that are only added: the head, intents, outcomes, and in the end that the result is whole
//	receipt  stands in the journal's place when the run is finished: outcomes without passcodes
//
// What a crash leaves, and what the next command does, moment by moment: docs/adr/0008-the-journal-of-a-run.md.
package journal

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// The files of a run's folder.
const (
	lockFile    = "lock"
	keyFile     = "key"
	journalFile = "journal"
	receiptFile = "receipt"
)

// Head is the first line: what the run is.
type Head struct {
	Run      string    `json:"run"`      // the run's id
	Identity string    `json:"identity"` // hex SHA-256 of what makes it this run
	Begun    time.Time `json:"begun"`
	Cloud    string    `json:"cloud,omitempty"`
	Tenant   string    `json:"tenant,omitempty"`
	Command  string    `json:"command,omitempty"` // as typed, for people
	Ticket   string    `json:"ticket,omitempty"`  // behind the run, and why, as typed
	Reason   string    `json:"reason,omitempty"`
	Users    []string  `json:"users,omitempty"` // object id or lower-case name of each row, in the rows' order
	Key      string    `json:"key,omitempty"`   // the key, age-encrypted to the recipients, armoured; "" without recipients
}

// Intent is noted before a pass is asked for.
type Intent struct {
	Row   int       `json:"row"`
	User  string    `json:"user"`
	Known *string   `json:"known"` // id of the pass that was seen, "" for none; nil: nobody looked
	At    time.Time `json:"at"`    // the service's time
}

// Outcome is what became of a row.
type Outcome struct {
	Row    int
	Result pass.Result // its Err without its cause, but for pass.ErrUnseen, when it was read from a journal
	// Confirm is not zero where a pass was made that an earlier lost try may still end until then, by the service's
	// clock. Such an outcome is not final.
	Confirm time.Time
}

// Kept is a row whose passcode is in the vault.
type Kept struct {
	Row int    `json:"row"`
	ID  string `json:"id"` // the address of the secret's version
}

// Complete says that the result is written, whole, and durable.
type Complete struct {
	Path     string    `json:"path"`
	Size     int64     `json:"size"`   // bytes
	SHA256   string    `json:"sha256"` // hex
	ExitCode int       `json:"exitCode"`
	At       time.Time `json:"at"`
}

// Journal is a run's journal, open for more. It holds the run's lock until Close.
type Journal struct {
	fsys   FS
	dir    string
	seal   *seal // nil: the key is gone and the run complete
	unlock func() error

	joining sync.Mutex
	next    *group // takes entries until its leader begins to write; nil: none

	writing chan struct{} // full while one group is written; guards what follows
	file    File          // nil: retired or closed
	failed  error         // what broke it: what stands in the file since is not known
}

// group is what several callers say with one write and one fsync. The caller that began it is its leader.
type group struct {
	entry
	done chan struct{}
	err  error // to be read when done is closed
}

// Begin makes a run's folder, its key and its journal with the head line, each durable before the next. wrap encrypts the
// key to the recipients, which proves them usable: it is called before anything is written; nil: there are none. Remains
// of a Begin that crashed are replaced. Errors: ErrLocked, ErrBegun, that of wrap.
func Begin(fsys FS, dir string, h Head, wrap func(key []byte) (string, error)) (*Journal, error) {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails
	h.Key = ""
	if wrap != nil {
		var err error
		if h.Key, err = wrap(key); err != nil {
			return nil, err
		}
	}
	const what = "beginning a run's journal"
	s, err := newSeal(h.Run, key)
	if err == nil {
		err = MakeFolder(fsys, dir)
	}
	if err != nil {
		return nil, local(what, dir, err)
	}
	unlock, err := fsys.Lock(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, local(what, dir, err)
	}
	j := &Journal{fsys: fsys, dir: dir, seal: s, unlock: unlock, writing: make(chan struct{}, 1)}
	if err := j.begin(h, key); err != nil {
		return nil, errors.Join(local(what, dir, err), j.Close())
	}
	return j, nil
}

func (j *Journal) begin(h Head, key []byte) error {
	switch _, err := tell(j.fsys, j.dir, nil); {
	case err == nil, errors.Is(err, ErrFinished):
		return ErrBegun
	case !errors.Is(err, ErrNotBegun):
		return err
	}
	f, err := j.fsys.Create(filepath.Join(j.dir, keyFile))
	if err != nil {
		return err
	}
	_, err = f.Write(key)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := j.fsys.SyncDir(j.dir); err != nil {
		return err
	}
	if j.file, err = j.fsys.Create(filepath.Join(j.dir, journalFile)); err != nil {
		return err
	}
	if err := j.write(&entry{Version: version, Head: &h}); err != nil {
		return err
	}
	return j.fsys.SyncDir(j.dir)
}

// Intend notes that passes are going to be asked for. When it returns nil that is durable. It may be called by many at
// once, who share an fsync; what is said of one row is said in turn. After an error nothing more can be noted.
func (j *Journal) Intend(intents []Intent) error { return j.add(entry{Intents: intents}) }

// Record notes outcomes, in the same way as Intend, with the passcodes sealed by AES-256-GCM for the run and the row.
func (j *Journal) Record(outcomes []Outcome) error {
	e := entry{Outcomes: make([]sealed, 0, len(outcomes))}
	for _, o := range outcomes {
		if j.seal == nil && !o.Result.Passcode.IsEmpty() {
			return &errs.Error{Slug: errs.LocalFault, What: "writing the run's journal", Whom: j.dir, Err: ErrKeyGone}
		}
		e.Outcomes = append(e.Outcomes, o.close(j.seal))
	}
	return j.add(e)
}

// Put notes that the passcodes of rows are going to be written into a vault, in the same way as Intend.
func (j *Journal) Put(rows []int) error { return j.add(entry{Puts: rows}) }

// Keep notes that they are there.
func (j *Journal) Keep(kept []Kept) error { return j.add(entry{Kept: kept}) }

// Complete notes, durably, that the result is whole. After that there is nothing left but Retire.
func (j *Journal) Complete(c Complete) error { return j.add(entry{Complete: &c}) }

// add joins the group that is waiting to be written, or begins one and leads it.
func (j *Journal) add(e entry) error {
	if len(e.Intents)+len(e.Outcomes)+len(e.Puts)+len(e.Kept) == 0 && e.Complete == nil {
		return nil
	}
	j.joining.Lock()
	g, leads := j.next, j.next == nil
	if leads {
		g = &group{done: make(chan struct{})}
		j.next = g
	}
	g.Intents = append(g.Intents, e.Intents...)
	g.Outcomes = append(g.Outcomes, e.Outcomes...)
	g.Puts = append(g.Puts, e.Puts...)
	g.Kept = append(g.Kept, e.Kept...)
	if e.Complete != nil {
		g.Complete = e.Complete
	}
	j.joining.Unlock()
	if leads {
		j.writing <- struct{}{} // others join meanwhile
		j.joining.Lock()
		j.next = nil
		j.joining.Unlock()
		g.err = local("writing the run's journal", filepath.Join(j.dir, journalFile), j.write(&g.entry))
		<-j.writing
		close(g.done)
	}
	<-g.done
	return g.err
}

// write adds one line, durably. After an error it never writes again: an fsync that failed cannot be repeated, and
// behind half a line nothing may stand.
func (j *Journal) write(e *entry) error {
	switch {
	case j.failed != nil:
		return j.failed
	case j.file == nil:
		return fs.ErrClosed
	}
	b, err := encode(e)
	if err != nil {
		return err
	}
	if _, err = j.file.Write(b); err == nil {
		err = j.file.Sync()
	}
	j.failed = err
	return err
}

// Close gives the lock back. A second one does nothing.
func (j *Journal) Close() error {
	j.writing <- struct{}{}
	defer func() { <-j.writing }()
	err := j.closeFile()
	if j.unlock != nil {
		err = errors.Join(err, j.unlock())
		j.unlock = nil
	}
	return local("closing the run's journal", j.dir, err)
}

func (j *Journal) closeFile() error {
	if j.file == nil {
		return nil
	}
	f := j.file
	j.file = nil
	return f.Close()
}
