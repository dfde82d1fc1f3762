package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// Event is what was done to one user, policy or file.
type Event struct {
	Time time.Time // of the intent
	ID   string
	Act  Act
	Scene
	Item
}

// Read returns all that is recorded, the oldest first, without what was postponed. unread is how many lines could not be read: those that a
// process did not bring to their end, and those of a later version. A record that is not there is empty.
func (s Store) Read() (events []Event, unread int, err error) {
	for range 5 { // a new file may be begun meanwhile
		was, err := s.numbers()
		if err != nil {
			return nil, 0, s.unreadable(err)
		}
		lines, unread, err := s.lines(was)
		if err != nil {
			return nil, 0, s.unreadable(err)
		}
		if is, err := s.numbers(); err != nil || slices.Equal(was, is) {
			return join(lines), unread, s.unreadable(err)
		}
	}
	return nil, 0, s.unreadable(errors.New("it changes faster than it is read"))
}

func (s Store) unreadable(err error) error {
	if err == nil {
		return nil
	}
	return errs.Local("reading the record", s.Dir, err)
}

// lines reads the full files of these numbers and the newest.
func (s Store) lines(numbers []int) (all []line, unread int, err error) {
	var paths []string
	for _, n := range numbers {
		paths = append(paths, s.numbered(n))
	}
	for _, path := range append(paths, s.newest()) {
		b, err := s.Files.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		for text := range bytes.Lines(b) {
			text, torn := whole(text)
			var l line
			if torn {
				unread++
			}
			if len(text) == 0 {
				continue
			}
			if json.Unmarshal(text, &l) != nil || l.Version != version {
				unread++
				continue
			}
			all = append(all, l)
		}
	}
	return all, unread, nil
}

// whole is the last line that begins in text, and whether another stands before it: one that was cut off, onto which the next was written.
func whole(text []byte) (last []byte, torn bool) {
	begin := bytes.LastIndex(text, []byte(marker))
	if begin <= 0 {
		return bytes.TrimSpace(text), false
	}
	return text[begin:], true
}

// join gives each intent its outcome.
func join(lines []line) []Event {
	ended := map[string][]Item{}
	for _, l := range lines {
		if l.Phase == outcome {
			ended[l.ID] = l.Items
		}
	}
	var all []Event
	for _, l := range lines {
		items := l.Items
		switch end, has := ended[l.ID]; {
		case l.Phase == outcome:
			continue
		case l.Phase == intent && has && len(end) == len(items):
			items = end
		case l.Phase == intent:
			for i := range items {
				items[i].Outcome = Unknown
			}
		}
		for _, i := range items {
			if i.Outcome != Postponed {
				all = append(all, Event{Time: l.Time, ID: l.ID, Act: l.Act, Scene: l.Scene, Item: i})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Event) int { return a.Time.Compare(b.Time) })
	return all
}
