package main_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	maxUnpacked = 16 << 20 // bytes of one packed member; what is larger is a leak of its own, for it cannot be trusted
	maxPacked   = 4        // archives within archives
	maxEscaped  = 2        // encodings within encodings, such as JSON in a URL
)

// canary searches output and files for passcodes in whatever encoding they may have left. It never shows one.
type canary struct {
	plain  *matcher // each code as it is, in hex and in base64
	spread *matcher // the same without separators, for data without separators
}

// leak is one finding: where, and in which encoding. It never holds the passcode.
type leak struct{ place, encoding string }

// String returns the line to show.
func (l leak) String() string { return l.place + ": " + l.encoding }

// newCanary returns a search for these passcodes. Empty ones are ignored; those of less than 8 characters are not
// searched with separators between their groups, for they would be found in any text.
func newCanary(passcodes []string) *canary {
	plain, spread := newMatcher(), newMatcher()
	for _, code := range passcodes {
		if code == "" {
			continue
		}
		for _, p := range patternsOf(code) {
			plain.add(p, p.text)
			if len(code) >= 8 {
				spread.add(p, withoutSeparators(nil, p.text))
			}
		}
	}
	return &canary{plain, spread}
}

// searchBytes returns the leaks in data, and, where it is an archive, in its members. A passcode is reported once
// a place, in the first encoding in which it was found. The place is shown as it is.
func (c *canary) searchBytes(place string, data []byte) []leak {
	return c.search(place, data, maxPacked)
}

// search is searchBytes for data in which archives are opened down to depth.
func (c *canary) search(place string, data []byte, depth int) []leak {
	s := &placeSearch{canary: c, place: place, found: map[string]bool{}, known: map[leak]bool{}, seen: map[uint64]bool{}}
	s.view("", data, maxEscaped)
	leaks := s.leaks
	for _, m := range unpack(data) {
		switch inner := place + "!" + c.safe(m.name); {
		case m.data == nil:
			leaks = append(leaks, leak{inner, "too large to be searched"})
		case depth == 0:
			leaks = append(leaks, leak{inner, "too deep to be searched"})
		default:
			leaks = append(leaks, c.search(inner, m.data, depth-1)...)
		}
	}
	return leaks
}

// searchTree searches every regular file below dir, the names of all that is there, and where links point to, except the
// paths, relative to dir and with slashes, for which skip is true; a folder is skipped with all that is in it. It goes on
// after a file that cannot be read, and returns the leaks together with the errors.
func (c *canary) searchTree(dir string, skip func(rel string) bool) (leaks []leak, err error) {
	treeErr := filepath.WalkDir(dir, func(path string, d fs.DirEntry, walkErr error) error {
		rel, relErr := filepath.Rel(dir, path)
		if relErr != nil || rel == "." {
			return errors.Join(relErr, walkErr)
		}
		rel = filepath.ToSlash(rel)
		if skip != nil && skip(rel) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if walkErr == nil { // else it is a folder that was here before, and cannot be read
			var found []leak
			found, walkErr = c.searchEntry(path, rel, d)
			leaks = append(leaks, found...)
		}
		if walkErr != nil {
			err = errors.Join(err, fmt.Errorf("searching %s: %w", c.safe(rel), withoutPath(walkErr)))
		}
		return nil
	})
	return leaks, errors.Join(err, treeErr)
}

// searchEntry searches one name, and what a file holds or a link points to.
func (c *canary) searchEntry(path, rel string, d fs.DirEntry) (leaks []leak, err error) {
	place := c.safe(rel)
	if place != rel {
		for _, l := range c.searchBytes(place, []byte(rel)) {
			leaks = append(leaks, leak{l.place, "in the name, " + l.encoding})
		}
	}
	var data []byte
	switch d.Type() {
	case 0:
		data, err = os.ReadFile(path)
	case fs.ModeSymlink:
		var target string
		target, err = os.Readlink(path)
		data = []byte(target)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return leaks, nil // gone since the folder was read
	}
	return append(leaks, c.searchBytes(place, data)...), err
}

// safe returns a path that can be shown: dots stand for each element that holds a passcode.
func (c *canary) safe(path string) string {
	if len(c.searchBytes("", []byte(path))) == 0 {
		return path
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if len(c.searchBytes("", []byte(p))) > 0 {
			parts[i] = "•••"
		}
	}
	if path = strings.Join(parts, "/"); len(c.searchBytes("", []byte(path))) > 0 {
		return "•••" // it is spread over the elements
	}
	return path
}

// withoutPath returns err without the path that package os puts into it, for that may hold a passcode.
func withoutPath(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// placeSearch is the search of one place.
type placeSearch struct {
	*canary
	place string
	leaks []leak
	found map[string]bool // passcodes
	known map[leak]bool   // what is in leaks
	seen  map[uint64]bool // hashes of the views that were searched

	bare    []byte                 // memory for data without separators
	decoded [maxEscaped + 1][]byte // and for a decoding at each depth
}

var viewSeed = maphash.MakeSeed()

// view searches data, then each decoding of it, down to depth encodings within each other.
// The label names the encodings that were taken off so far; "" is none.
func (s *placeSearch) view(label string, data []byte, depth int) {
	sum := maphash.Bytes(viewSeed, data)
	if s.seen[sum] {
		return
	}
	s.seen[sum] = true
	s.plain.find(data, func(p canaryPattern, _ int) { s.report(p, label, "") })
	s.bare = withoutSeparators(s.bare[:0], data)
	s.spread.find(s.bare, func(p canaryPattern, at int) {
		if !s.found[p.code] && spreadAt(data, at, p.text) {
			s.report(p, label, "separators")
		}
	})
	if depth == 0 {
		return
	}
	for _, d := range decoders {
		var ok bool
		if s.decoded[depth], ok = d.decode(s.decoded[depth][:0], data); ok {
			s.view(joinLabels(label, d.name), s.decoded[depth], depth-1)
		}
	}
}

// report notes a leak, unless its passcode was found in this place already.
func (s *placeSearch) report(p canaryPattern, label, how string) {
	if s.found[p.code] {
		return
	}
	s.found[p.code] = true
	l := leak{s.place, joinLabels(joinLabels(label, p.encoding), how)}
	if l.encoding == "" {
		l.encoding = "literal"
	}
	if !s.known[l] {
		s.known[l] = true
		s.leaks = append(s.leaks, l)
	}
}

// joinLabels joins two names of encodings, either of which may be empty.
func joinLabels(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

// packedFile is what an archive holds. Its data is nil where that would be more than maxUnpacked.
type packedFile struct {
	name string
	data []byte
}

// unpack returns the members of data that can be read: zip and gzip wherever they begin in it, tar where it is one.
func unpack(data []byte) []packedFile {
	var members []packedFile
	if bytes.Contains(data, []byte("PK\x05\x06")) {
		members = append(members, unzip(data)...)
	}
	magic := []byte("\x1f\x8b\x08")
	for i := bytes.Index(data, magic); i >= 0; {
		if r, err := gzip.NewReader(bytes.NewReader(data[i:])); err == nil {
			members = append(members, readPacked("gzip", r))
		}
		next := bytes.Index(data[i+1:], magic)
		if next < 0 {
			break
		}
		i += 1 + next
	}
	if len(data) > 512 && string(data[257:262]) == "ustar" {
		members = append(members, untar(data)...)
	}
	return members
}

// unzip returns the members of a zip file. It takes each file by itself, so that one broken member hides no other.
func unzip(data []byte) (members []packedFile) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if z == nil || err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil
	}
	for _, f := range z.File {
		if r, err := f.Open(); err == nil {
			members = append(members, readPacked(f.Name, r))
			_ = r.Close()
		}
	}
	return members
}

// untar returns the members of a tar file.
func untar(data []byte) (members []packedFile) {
	t := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := t.Next()
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return members
		}
		members = append(members, readPacked(h.Name, t), packedFile{"link", []byte(h.Linkname)})
	}
}

// readPacked returns what can be read before an error, and no data where that is more than maxUnpacked.
func readPacked(name string, r io.Reader) packedFile {
	data, _ := io.ReadAll(io.LimitReader(r, maxUnpacked+1))
	if len(data) > maxUnpacked {
		data = nil
	}
	return packedFile{name, data}
}
