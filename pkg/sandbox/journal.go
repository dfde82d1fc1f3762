package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// journal is a file of JSON lines, each an entry with its checksum, that only grows. A write that was cut short
// leaves a last line without its line feed: readers stop before it, the next append cuts it off. It knows nothing
// of locks: whoever appends holds the folder exclusively.
type journal struct{ path string }

// line is how an entry stands in the file. Sum is the CRC-32C of Entry in hex.
type line struct {
	Sum   string          `json:"sum"`
	Entry json.RawMessage `json:"entry"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) string { return fmt.Sprintf("%08x", crc32.Checksum(b, castagnoli)) }

func encodeLines[E any](entries []E) ([]byte, error) {
	var out bytes.Buffer
	for _, e := range entries {
		entry, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		l, err := json.Marshal(line{Sum: checksum(entry), Entry: entry})
		if err != nil {
			return nil, err
		}
		out.Write(l)
		out.WriteByte('\n')
	}
	return out.Bytes(), nil
}

// appendTo adds the entries in one write and returns the size the file has afterwards.
func appendTo[E any](j journal, entries ...E) (int64, error) {
	b, err := encodeLines(entries)
	if err != nil {
		return 0, err
	}
	f, err := os.OpenFile(j.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return 0, err
	}
	end, err := cutTornTail(f)
	if err == nil {
		_, err = f.WriteAt(b, end)
	}
	return end + int64(len(b)), errors.Join(err, f.Close())
}

// cutTornTail truncates the file behind its last line feed and returns its size then.
func cutTornTail(f *os.File) (int64, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size == 0 {
		return 0, err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, size-1); err != nil || last[0] == '\n' {
		return size, err
	}
	all := make([]byte, size)
	if _, err := f.ReadAt(all, 0); err != nil {
		return 0, err
	}
	end := int64(bytes.LastIndexByte(all, '\n') + 1)
	return end, f.Truncate(end)
}

// readFrom calls each for every whole entry from the offset on and returns the offset behind the last one. A file
// that is absent is an empty one.
func readFrom[E any](j journal, offset int64, each func(E) error) (int64, error) {
	f, err := os.Open(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return 0, err
	}
	b, err := io.ReadAll(f)
	if err != nil {
		return 0, err
	}
	for {
		n := bytes.IndexByte(b, '\n')
		if n < 0 {
			return offset, nil
		}
		var l line
		if err := json.Unmarshal(b[:n], &l); err != nil || checksum(l.Entry) != l.Sum {
			return 0, fmt.Errorf("%s is corrupt at byte %d: remove the folder to start anew", j.path, offset)
		}
		var e E
		if err := json.Unmarshal(l.Entry, &e); err != nil {
			return 0, fmt.Errorf("%s holds an entry that this version cannot read at byte %d: %w", j.path, offset, err)
		}
		if err := each(e); err != nil {
			return 0, err
		}
		b, offset = b[n+1:], offset+int64(n)+1
	}
}

// replaceFile puts content in the place of a file so that a reader sees the old content or the new, never a part.
func replaceFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
