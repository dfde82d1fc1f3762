package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
)

// A journal and a receipt are lines, each one append of the journal:
//
//	{"sum":"CRC-32C of the entry's bytes, 8 hex digits","entry":{…}}
//
// So an append is there as a whole or not at all, and only the last line can be one that nobody was told of.
const (
	beforeSum   = `{"sum":"`
	beforeEntry = `","entry":`
	afterEntry  = "}\n"
)

// version is that of the entries; the first line of a file carries it.
const version = 1

// entry is what one line says.
type entry struct {
	Version  int         `json:"version,omitempty"`
	Head     *Head       `json:"head,omitempty"`
	Outcomes []sealed    `json:"outcomes,omitempty"`
	Intents  []Intent    `json:"intents,omitempty"` // came after the outcomes of the same line
	Puts     []int       `json:"puts,omitempty"`    // rows
	Kept     []Kept      `json:"kept,omitempty"`    // came after the puts of the same line
	Complete *Complete   `json:"complete,omitempty"`
	Row      *ReceiptRow `json:"row,omitempty"` // of a receipt
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) string { return fmt.Sprintf("%08x", crc32.Checksum(b, castagnoli)) }

// encode is the entry as a line with its line feed.
func encode(e *entry) ([]byte, error) {
	b, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	return slices.Concat([]byte(beforeSum+checksum(b)+beforeEntry), b, []byte(afterEntry)), nil
}

var (
	errChecksum = errors.New("the checksum of the line is wrong")
	errOrder    = errors.New("the head line stands where it does not belong, or not where it does")
)

func decode(b []byte) (*entry, error) {
	sum, raw, _ := bytes.Cut(bytes.TrimPrefix(b, []byte(beforeSum)), []byte(beforeEntry))
	raw, whole := bytes.CutSuffix(raw, []byte(afterEntry))
	if !whole || string(sum) != checksum(raw) {
		return nil, errChecksum
	}
	var e entry
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, fmt.Errorf("this version of tap cannot read the line: %w", err)
	}
	if e.Head != nil && e.Version != version {
		return nil, fmt.Errorf("it is of version %d, and this tap reads version %d", e.Version, version)
	}
	return &e, nil
}

// scan calls each with every whole line and where it begins. It returns where the last whole line ends, and whether
// something stands behind that: a torn tail, which is a last line without its line feed or with a wrong checksum.
// A line with a wrong checksum before others is an error.
func scan(r io.ReaderAt, each func(at int64, e *entry) error) (end int64, torn bool, err error) {
	in := bufio.NewReaderSize(io.NewSectionReader(r, 0, 1<<62), 1<<14)
	for {
		b, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return end, len(b) > 0, nil
		}
		if err != nil {
			return end, false, err
		}
		e, err := decode(b)
		if errors.Is(err, errChecksum) {
			if _, more := in.Peek(1); errors.Is(more, io.EOF) {
				return end, true, nil
			}
		}
		if err == nil && (e.Head != nil) != (end == 0) {
			err = errOrder
		}
		if err == nil {
			err = each(end, e)
		}
		if err != nil {
			return end, false, fmt.Errorf("at byte %d: %w", end, err)
		}
		end += int64(len(b))
	}
}
