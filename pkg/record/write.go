package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

const recording = "recording what is done"

// Entry is an intent that waits for its outcome.
type Entry struct {
	log *Log
	id  string
	act Act
}

// Ready finds out, before anything is asked of the service, that an intent could not be recorded. On a machine that has no state folder it
// warns: such a container has no memory, and still a pass to create.
func (l *Log) Ready() error {
	if l.Dir == "" {
		l.Warn("what is done is not recorded on this machine: it has no state folder (neither HOME nor XDG_STATE_HOME is set)")
		return nil
	}
	err := journal.MakeFolder(l.Files, l.Dir)
	if err == nil {
		var f journal.File
		if f, err = l.Files.Append(l.newest()); err == nil {
			err = f.Close()
		}
	}
	return l.unwritten(err)
}

// Begin records what is going to be done to each item. When it returns nil that is durable; else it must not be done. Its error is of
// slug local.
func (l *Log) Begin(act Act, items ...Item) (*Entry, error) {
	e := &Entry{l, uuid.NewString(), act}
	return e, l.unwritten(l.add(e.id, intent, act, items, true))
}

// End records what became of the items, in the intent's order. It is too late to refuse: what cannot be written is warned about.
func (e *Entry) End(items ...Item) {
	e.log.told(e.log.add(e.id, outcome, e.act, items, false))
}

// told warns of what could not be written.
func (l *Log) told(err error) {
	if err != nil {
		l.Warn(fmt.Sprintf("what was done could not be recorded in %s: %v", l.Dir, err))
	}
}

// Note records, durably, what is no write to the service, such as the opening of a result. Where it fails it must not be done.
func (l *Log) Note(act Act, items ...Item) error {
	return l.unwritten(l.add(uuid.NewString(), event, act, items, true))
}

func (l *Log) unwritten(err error) error {
	if err == nil {
		return nil
	}
	e := errs.Local(recording, l.Dir, err, "export XDG_STATE_HOME=/tmp")
	e.Why = fmt.Sprintf("%v: without a record nothing is sent", e.Err)
	return e
}

// add writes one line.
func (l *Log) add(id, phase string, act Act, items []Item, durable bool) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(line{Version: version, Time: l.Now().UTC(), ID: id, Phase: phase, Act: act, Scene: l.Scene, Items: l.named(items)})
	if err != nil {
		return err
	}
	if l.Dir != "" {
		if err := l.append(b.Bytes(), durable); err != nil {
			return err
		}
	}
	if l.Also == nil {
		return nil
	}
	return l.Also(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// append opens the file each time: another process may have begun a new one meanwhile.
func (l *Log) append(b []byte, durable bool) error {
	l.mu.Lock()
	if err := l.rotate(); err != nil {
		l.mu.Unlock()
		return err
	}
	l.mu.Unlock()
	f, err := l.Files.Append(l.newest())
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil && durable {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil || !durable {
		return err
	}
	return l.Files.SyncDir(l.Dir) // of a folder in which nothing changed it costs nothing
}
