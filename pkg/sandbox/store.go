package sandbox

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The files of a tenant's folder.
const (
	lockFile     = "lock"           // flock: shared to read, exclusive to write, exclusive for the life of a serve
	logFile      = "log.jsonl"      // events since the snapshot; its first line says of which generation
	snapshotFile = "snapshot.json"  // the state with which that generation began
	requestsFile = "requests.jsonl" // the Graph requests, for GET /sandbox/requests
	ledgerFile   = "issued.jsonl"   // every passcode ever issued; nothing removes it
	addressFile  = "serve.json"     // where a serve answers
)

const (
	snapshotEvery = 500              // events after which a snapshot replaces the log, at least
	lockPatience  = 5 * time.Second  // how long a request waits for the folder
	lockInterval  = time.Millisecond // how often it asks meanwhile
)

// ErrBusy says that somebody else keeps the folder.
var ErrBusy = errors.New("another process holds the sandbox folder")

// store is the state as far as this process has read it, and the files it comes from.
type store struct {
	state  *state
	next   int64 // offset of the log behind the last event read; 0: nothing was read yet
	events int   // events of this generation

	dir                   string
	log, requests, ledger journal
	key                   *rsa.PrivateKey // that signs tokens; nil: not read yet
}

func newStore(dir string) store {
	in := func(name string) journal { return journal{path: filepath.Join(dir, name)} }
	return store{dir: dir, log: in(logFile), requests: in(requestsFile), ledger: in(ledgerFile)}
}

// snapshot is the content of snapshotFile.
type snapshot struct {
	Generation int    `json:"generation"`
	State      *state `json:"state"`
}

// refresh brings the state up to what others have left in the folder. Under a shared lock it changes no file.
func (s *store) refresh(exclusive bool) error {
	header, err := s.readHeader()
	if err != nil {
		return err
	}
	if s.state != nil && s.next > 0 && header != nil && header.Generation == s.state.Generation {
		return s.replay()
	}
	if err := s.loadSnapshot(); err != nil {
		return err
	}
	switch {
	case header != nil && header.Generation == s.state.Generation:
		return s.replay()
	case header != nil && header.Generation > s.state.Generation:
		return fmt.Errorf("%s is missing or older than %s: remove the folder to start anew", snapshotFile, s.log.path)
	case exclusive: // the folder is new, or a snapshot was cut short before its log was begun
		return s.beginLog()
	}
	return nil
}

func (s *store) replay() error {
	next, err := readFrom(s.log, s.next, func(e event) error {
		s.events++
		return s.state.apply(e)
	})
	if err != nil {
		s.next = 0
		return err
	}
	s.next = max(next, s.next)
	return nil
}

// readHeader returns the first event of the log, which is of the kind logBegun, nil where there is none.
func (s *store) readHeader() (*event, error) {
	f, err := os.Open(s.log.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var l line
	var first event
	err = json.NewDecoder(io.LimitReader(f, 256)).Decode(&l)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, nil
	}
	if err != nil || checksum(l.Entry) != l.Sum || json.Unmarshal(l.Entry, &first) != nil {
		return nil, fmt.Errorf("%s is corrupt at byte 0: remove the folder to start anew", s.log.path)
	}
	return &first, nil
}

func (s *store) loadSnapshot() error {
	path := filepath.Join(s.dir, snapshotFile)
	s.state, s.next, s.events = newState(), 0, 0
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	snap := snapshot{State: s.state}
	if err := json.Unmarshal(b, &snap); err != nil || snap.State == nil {
		return fmt.Errorf("%s is corrupt: remove the folder to start anew", path)
	}
	s.state = snap.State
	s.state.Generation = snap.Generation
	return nil
}

// beginLog starts the log of the state's generation, with no event in it.
func (s *store) beginLog() error {
	b, err := encodeLines([]event{{Kind: logBegun, At: s.state.now(), Generation: s.state.Generation}})
	if err != nil {
		return err
	}
	if err := replaceFile(s.log.path, b); err != nil {
		return err
	}
	s.next, s.events = int64(len(b)), 0
	return nil
}

// compact writes a snapshot and begins a new generation of the log. A crash in between leaves a log that is older
// than the snapshot, which refresh replaces.
func (s *store) compact() error {
	s.state.Generation++
	b, err := json.Marshal(snapshot{Generation: s.state.Generation, State: s.state})
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(s.dir, snapshotFile), b); err != nil {
		return err
	}
	return s.beginLog()
}

// commit writes what a transaction did. The ledger comes first: a passcode that anybody may have seen is in it.
func (s *store) commit(x *tx) error {
	if len(x.issued) > 0 {
		if _, err := appendTo(s.ledger, x.issued...); err != nil {
			return err
		}
	}
	if len(x.events) > 0 {
		next, err := appendTo(s.log, x.events...)
		if err != nil {
			return err
		}
		s.next, s.events = next, s.events+len(x.events)
	}
	if x.forgetRequests {
		if err := os.Remove(s.requests.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if len(x.requests) > 0 {
		if _, err := appendTo(s.requests, x.requests...); err != nil {
			return err
		}
	}
	if s.events >= max(snapshotEvery, len(s.state.Audits)/8) { // in step with what a snapshot costs
		return s.compact()
	}
	return nil
}

// tx is one look at the state, or one change of it, while the folder is held.
type tx struct {
	*state
	*directory
	opts     Options
	instance string    // of the serve, if this is one
	now      time.Time // of the sandbox's clock
	Policy   policy    // that shows now
	store    *store
	local    *local
	at       time.Time // when a late call is done; else zero

	events         []event
	issued         []issue
	requests       []request
	forgetRequests bool
}

// emit applies an event and keeps it for the log.
func (x *tx) emit(e event) error {
	e.At = x.now
	if err := x.state.apply(e); err != nil {
		return err
	}
	x.events = append(x.events, e)
	x.directory = x.state.directory()
	x.look()
	return nil
}

// update runs f with the folder held exclusively and writes what it did; an error of f does not undo its events.
func (t *Tenant) update(ctx context.Context, f func(*tx) error) error {
	return t.transact(ctx, true, func(x *tx) error {
		if err := x.catchUp(); err != nil {
			t.store.next = 0
			return err
		}
		err := f(x)
		if commitErr := t.store.commit(x); commitErr != nil {
			t.store.next = 0 // what is in memory is not on disk: read again
			return commitErr
		}
		return err
	})
}

// view runs f, which changes nothing, with the folder held for reading.
func (t *Tenant) view(ctx context.Context, f func(*tx) error) error {
	behind := false
	err := t.transact(ctx, false, func(x *tx) error {
		if behind = x.overdue() != nil; behind {
			return nil
		}
		return f(x)
	})
	if behind {
		return t.update(ctx, f)
	}
	return err
}

func (t *Tenant) transact(ctx context.Context, exclusive bool, f func(*tx) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.serving {
		if err := t.acquire(ctx, exclusive); err != nil {
			return err
		}
		defer t.lock.Unlock()
	}
	if !t.serving || t.store.next == 0 {
		if err := t.store.refresh(exclusive || t.serving); err != nil {
			return err
		}
	}
	s := t.store.state
	now := s.now()
	return f(&tx{
		state: s, directory: s.directory(), opts: t.opts, instance: t.instance, now: now, Policy: s.policyAt(now), store: &t.store,
		local: &t.local,
	})
}

// acquire takes the folder. Other commands are waited for; a serve that is alive is not, it keeps the folder.
func (t *Tenant) acquire(ctx context.Context, exclusive bool) error {
	once, patiently := t.lock.TryRLock, t.lock.TryRLockContext
	if exclusive {
		once, patiently = t.lock.TryLock, t.lock.TryLockContext
	}
	if held, err := once(); held || err != nil {
		return err
	}
	if address, _, err := Served(t.dir); err == nil && address != "" {
		return fmt.Errorf("%w: `tap sandbox serve` at %s", ErrBusy, address)
	}
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	if _, err := patiently(ctx, lockInterval); errors.Is(err, context.DeadlineExceeded) {
		return ErrBusy
	} else if err != nil {
		return err
	}
	return nil
}
