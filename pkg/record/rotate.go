package record

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// How much is kept: a file of so many bytes is full, and so many full ones stay. A write to one user takes some 1,000 bytes, one of a
// run some 360: what is kept is 65,000 of those, or 180,000 of these.
const (
	full = 4 << 20
	kept = 16
)

func (s Store) newest() string { return filepath.Join(s.Dir, s.Name+".jsonl") }

// numbered is the file of this number, counted from 1.
func (s Store) numbered(n int) string {
	return filepath.Join(s.Dir, fmt.Sprintf("%s-%06d.jsonl", s.Name, n))
}

// numbers lists those of the full files, the oldest first.
func (s Store) numbers() ([]int, error) {
	names, err := s.Files.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []int
	for _, name := range names {
		var n int
		digits, ours := strings.CutPrefix(name, s.Name+"-")
		if _, err := fmt.Sscanf(digits, "%06d.jsonl", &n); ours && err == nil && filepath.Join(s.Dir, name) == s.numbered(n) {
			all = append(all, n)
		}
	}
	return all, err
}

// isFull looks whether the newest file has a byte where a full one has its last.
func (s Store) isFull() (bool, error) {
	r, err := s.Files.Open(s.newest())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer r.Close()
	n, _ := r.ReadAt(make([]byte, 1), full-1)
	return n == 1, nil
}

// rotate begins a new file where the newest is full, and removes the oldest. Who comes while another process does it goes on without: a line
// that is on its way into the file that is renamed is in that one then.
func (s Store) rotate() (err error) {
	if is, err := s.isFull(); !is || err != nil {
		return err
	}
	unlock, err := s.Files.Lock(filepath.Join(s.Dir, s.Name+".lock"))
	if errors.Is(err, journal.ErrLocked) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if is, err := s.isFull(); !is || err != nil {
		return err
	}
	all, err := s.numbers()
	if err != nil {
		return err
	}
	next := 1
	if len(all) > 0 {
		next = all[len(all)-1] + 1
	}
	if err := s.Files.Rename(s.newest(), s.numbered(next)); err != nil {
		return err
	}
	for len(all) >= kept {
		if err := s.Files.Remove(s.numbered(all[0])); err != nil {
			return err
		}
		all = all[1:]
	}
	return s.Files.SyncDir(s.Dir)
}
