// Package memfs is a file system in memory for tests, which knows what a real one has promised to keep and can crash at any
// step. It must not be part of the program.
package memfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// ErrCrashed is the error of every step that changes something from the crash on.
var ErrCrashed = errors.New("the machine crashed")

// ErrFull is the error of a write for which there is no room.
var ErrFull = errors.New("no space left on the device")

// FS is a file system that keeps what was synced. The content of a file is kept as of its last Sync; that a file was made,
// renamed or removed is kept when SyncDir was called on its folder. A new FS has the folder / and nothing else.
type FS struct {
	mu    sync.Mutex
	root  *node
	locks map[string]bool
	steps int
	crash int // the step that fails; 0: none
	room  int64
	full  bool // whether room counts
	tried []string

	refused   []byte // what the first write was to write for which there was no room
	refusedAt string // its file
	fitted    int    // how much of it there was room for
}

// node is a file or a folder.
type node struct {
	dir     bool
	now     []byte             // a file's content
	kept    []byte             // as of the last Sync
	names   map[string]*node   // a folder's entries
	synced  map[string]*node   // as of the last SyncDir
	pending []map[string]*node // each change since then: names that have another node now, nil for none
}

func folder() *node { return &node{dir: true, names: map[string]*node{}, synced: map[string]*node{}} }

// New returns an empty file system.
func New() *FS { return &FS{root: folder(), locks: map[string]bool{}} }

// CrashAt makes the k-th step from now, counted from 1, and all later ones fail with ErrCrashed. A step is whatever changes
// something or makes it durable: to make a file or folder, write, truncate, rename, remove, sync a file or a folder. Of a
// write that crashes half the bytes arrive.
func (f *FS) CrashAt(k int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crash = f.steps + k
}

// Room makes writes fail with ErrFull once n more bytes were written; of the one that fails the bytes arrive that fit in.
func (f *FS) Room(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.room, f.full = n, true
}

// Refused is the first write for which there was no room: its file, "" where there was none, what was to be written, and how many
// bytes of that there was room for.
func (f *FS) Refused() (path string, b []byte, fitted int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.refusedAt, bytes.Clone(f.refused), f.fitted
}

// Steps is what was done so far, such as "sync /a/b", in order, without what failed.
func (f *FS) Steps() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.tried)
}

// Files returns the content of every file by its path, as it is seen now.
func (f *FS) Files() map[string][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string][]byte{}
	f.root.walk("/", out)
	return out
}

func (n *node) walk(path string, out map[string][]byte) {
	if !n.dir {
		out[path] = bytes.Clone(n.now)
		return
	}
	for name, c := range n.names {
		c.walk(filepath.Join(path, name), out)
	}
}

// Survive is the file system after the crash, without its locks: with everything that was done (a process that was
// killed; what was not durable is still not, and a second crash may take it), or with what was durable alone (a
// machine that lost its power).
func (f *FS) Survive(keep bool) *FS {
	if !keep {
		return f.survive((*node).durable, (*node).lasting)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return &FS{root: f.root.copy(map[*node]*node{nil: nil}), locks: map[string]bool{}}
}

// copy is a node and all below it with all that is known of them. done has those that are copied.
func (n *node) copy(done map[*node]*node) *node {
	if c, ok := done[n]; ok {
		return c
	}
	c := &node{dir: n.dir, now: bytes.Clone(n.now), kept: bytes.Clone(n.kept)}
	done[n] = c
	names := func(from map[string]*node) map[string]*node {
		to := map[string]*node{}
		for name, child := range from {
			to[name] = child.copy(done)
		}
		return to
	}
	if n.dir {
		c.names, c.synced = names(n.names), names(n.synced)
		for _, change := range n.pending {
			c.pending = append(c.pending, names(change))
		}
	}
	return c
}

// SurviveTorn is one after a power failure that kept all names and half of the bytes that were not synced.
func (f *FS) SurviveTorn() *FS { return f.survive((*node).latest, (*node).torn) }

// SurviveReordered is one after a power failure that kept of each folder's changes that were not synced the last alone, and
// of the files what was synced: file systems may keep changes in another order than they were made.
func (f *FS) SurviveReordered() *FS { return f.survive((*node).last, (*node).lasting) }

func (f *FS) survive(names func(*node) map[string]*node, content func(*node) []byte) *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &FS{root: f.root.survive(names, content), locks: map[string]bool{}}
}

func (n *node) survive(names func(*node) map[string]*node, content func(*node) []byte) *node {
	if !n.dir {
		b := content(n)
		return &node{now: b, kept: b}
	}
	out := folder()
	for name, c := range names(n) {
		out.names[name] = c.survive(names, content)
	}
	out.synced = maps.Clone(out.names)
	return out
}

func (n *node) latest() map[string]*node  { return n.names }
func (n *node) durable() map[string]*node { return n.synced }

func (n *node) last() map[string]*node {
	out := maps.Clone(n.synced)
	if len(n.pending) > 0 {
		apply(out, n.pending[len(n.pending)-1])
	}
	return out
}

func (n *node) whole() []byte   { return bytes.Clone(n.now) }
func (n *node) lasting() []byte { return bytes.Clone(n.kept) }

func (n *node) torn() []byte {
	switch {
	case bytes.HasPrefix(n.now, n.kept):
		return bytes.Clone(n.now[:(len(n.kept)+len(n.now))/2])
	case bytes.HasPrefix(n.kept, n.now): // cut
		return n.whole()
	}
	return bytes.Clone(n.now[:len(n.now)/2])
}

func apply(names, change map[string]*node) {
	for name, c := range change {
		if c == nil {
			delete(names, name)
		} else {
			names[name] = c
		}
	}
}

func (n *node) change(names map[string]*node) {
	apply(n.names, names)
	n.pending = append(n.pending, names)
}

// step counts one that is about to be done.
func (f *FS) step(what, path string) error {
	f.steps++
	if f.crash > 0 && f.steps >= f.crash {
		return &fs.PathError{Op: what, Path: path, Err: ErrCrashed}
	}
	f.tried = append(f.tried, what+" "+path)
	return nil
}

func missing(op, path string) error { return &fs.PathError{Op: op, Path: path, Err: fs.ErrNotExist} }

// find returns the node at the path, nil where there is none.
func (f *FS) find(path string) *node {
	at := f.root
	for _, name := range split(path) {
		if at = at.names[name]; at == nil { // a file has no names
			return nil
		}
	}
	return at
}

func split(path string) []string {
	return strings.FieldsFunc(filepath.ToSlash(filepath.Clean(path)), func(r rune) bool { return r == '/' })
}

// in returns the folder that has the path's last name.
func (f *FS) in(op, path string) (*node, string, error) {
	d := f.find(filepath.Dir(filepath.Clean(path)))
	if d == nil || !d.dir {
		return nil, "", missing(op, path)
	}
	return d, filepath.Base(path), nil
}

// MkdirAll makes a folder and those above it.
func (f *FS) MkdirAll(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step("mkdir", path); err != nil {
		return err
	}
	at := f.root
	for _, name := range split(path) {
		next := at.names[name]
		switch {
		case next == nil:
			next = folder()
			at.change(map[string]*node{name: next})
		case !next.dir:
			return &fs.PathError{Op: "mkdir", Path: path, Err: fs.ErrExist}
		}
		at = next
	}
	return nil
}

// ReadFile returns a file's content.
func (f *FS) ReadFile(path string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.find(path)
	if n == nil || n.dir {
		return nil, missing("read", path)
	}
	return n.whole(), nil
}

// Open opens a file as it is now.
func (f *FS) Open(path string) (journal.Reader, error) {
	b, err := f.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return reader{bytes.NewReader(b)}, nil
}

type reader struct{ *bytes.Reader }

func (reader) Close() error { return nil }

// ReadDir lists a folder.
func (f *FS) ReadDir(path string) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.find(path)
	if n == nil || !n.dir {
		return nil, missing("readdir", path)
	}
	return slices.Sorted(maps.Keys(n.names)), nil
}

// Create makes a new file, in the place of any other.
func (f *FS) Create(path string) (journal.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, name, err := f.in("create", path)
	if err == nil {
		err = f.step("create", path)
	}
	if err != nil {
		return nil, err
	}
	n := &node{}
	d.change(map[string]*node{name: n})
	return &file{fs: f, node: n, path: path}, nil
}

// Append opens a file to write behind its end; to make it is a step.
func (f *FS) Append(path string) (journal.File, error) {
	if f.has(path) {
		f.mu.Lock()
		defer f.mu.Unlock()
		return &file{fs: f, node: f.find(path), path: path}, nil
	}
	return f.Create(path)
}

func (f *FS) has(path string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.find(path) != nil
}

// Truncate cuts a file off.
func (f *FS) Truncate(path string, size int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.find(path)
	if n == nil {
		return missing("truncate", path)
	}
	if err := f.step("truncate", path); err != nil {
		return err
	}
	if size > int64(len(n.now)) {
		return fmt.Errorf("truncate %s: it is not that long", path)
	}
	n.now = bytes.Clone(n.now[:size])
	return nil
}

// Rename gives a file another name in its folder.
func (f *FS) Rename(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, name, err := f.in("rename", from)
	if err != nil {
		return err
	}
	if filepath.Dir(from) != filepath.Dir(to) {
		return fmt.Errorf("rename %s %s: memfs renames only inside a folder", from, to)
	}
	n := d.names[name]
	if n == nil {
		return missing("rename", from)
	}
	if err := f.step("rename", to); err != nil {
		return err
	}
	d.change(map[string]*node{name: nil, filepath.Base(to): n})
	return nil
}

// Remove removes a file, or a folder that is empty.
func (f *FS) Remove(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.find(path)
	if n == nil {
		return nil
	}
	if len(n.names) > 0 {
		return fmt.Errorf("remove %s: the folder is not empty", path)
	}
	d, name, err := f.in("remove", path)
	if err == nil {
		err = f.step("remove", path)
	}
	if err == nil {
		d.change(map[string]*node{name: nil})
	}
	return err
}

// SyncDir makes a folder's names durable.
func (f *FS) SyncDir(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.find(path)
	if n == nil || !n.dir {
		return missing("syncdir", path)
	}
	if err := f.step("syncdir", path); err != nil {
		return err
	}
	n.synced, n.pending = maps.Clone(n.names), nil
	return nil
}

// Lock takes a lock, which is no step. Its file is there at once, and durable whenever its folder is synced.
func (f *FS) Lock(path string) (func() error, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, name, err := f.in("lock", path)
	switch {
	case err != nil:
		return nil, err
	case f.crash > 0 && f.steps >= f.crash:
		return nil, &fs.PathError{Op: "lock", Path: path, Err: ErrCrashed}
	case f.locks[path]:
		return nil, journal.ErrLocked
	}
	if d.names[name] == nil {
		apply(d.names, map[string]*node{name: {}})
	}
	f.locks[path] = true
	return func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.locks, path)
		return nil
	}, nil
}

// file is a file that is open for writing.
type file struct {
	fs   *FS
	node *node
	path string
}

// Write writes at the end.
func (h *file) Write(b []byte) (int, error) {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	n, err := len(b), h.fs.step("write", h.path)
	switch {
	case err != nil && h.fs.steps == h.fs.crash:
		n /= 2
	case err != nil:
		return 0, err
	case h.fs.full && int64(n) > h.fs.room:
		n, err = int(h.fs.room), &fs.PathError{Op: "write", Path: h.path, Err: ErrFull}
		if h.fs.refusedAt == "" {
			h.fs.refusedAt, h.fs.refused, h.fs.fitted = h.path, bytes.Clone(b), n
		}
	}
	h.fs.room -= int64(n)
	h.node.now = append(h.node.now, b[:n]...)
	return n, err
}

// Sync makes the content durable.
func (h *file) Sync() error {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	if err := h.fs.step("sync", h.path); err != nil {
		return err
	}
	h.node.kept = h.node.now[:len(h.node.now):len(h.node.now)]
	return nil
}

// Close does nothing: it makes nothing durable either.
func (h *file) Close() error { return nil }

var (
	_ journal.FS   = (*FS)(nil)
	_ journal.File = (*file)(nil)
	_ io.ReaderAt  = reader{}
)
