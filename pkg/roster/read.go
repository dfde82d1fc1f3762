package roster

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// source gives a file's rows, one after another.
type source interface {
	// next returns the next row, valid until the next call. At the end the error is io.EOF; where a row cannot be read it
	// is an *unreadable; anything else came from the reader below.
	next() (record, error)
	most() int // rows there may be
}

// record is a row as it stands in the file.
type record struct {
	line  int
	cells []string
	bad   map[int]string // what is wrong with a cell itself, by its index
}

// unreadable is a row, or with line 0 a file, that has no cells to look at.
type unreadable struct {
	line int
	why  string
	ends bool // nothing can be read after it
}

func (u *unreadable) Error() string { return u.why }

func damaged(format string, args ...any) error {
	return &unreadable{why: fmt.Sprintf(format, args...), ends: true}
}

const reading = "reading the roster"

const (
	zipMagic = "PK\x03\x04"
	oleMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" // .xls, and .xlsx with a password
	// A file of age, in bytes and in letters: https://age-encryption.org/v1
	ageMagic = "age-encryption.org/"
	ageArmor = "-----BEGIN AGE ENCRYPTED FILE-----"
)

// ErrEncrypted says that a roster is encrypted with age, as results of runs are. Who has a key opens it first.
var ErrEncrypted = errors.New("it is encrypted: open it first, and give the file that comes of it")

// Read reads a roster from r. name is the file's name, "-" for standard input; it names the faults and tells .xlsx from
// text. What begins as an XLSX file does is read as one under any name, so that it can come from standard input.
// The error is an *errs.Error: of slug usage with *Faults in its chain, which holds everything that is wrong, or ErrEncrypted, or of
// slug local where r fails.
func Read(name string, r io.Reader) (*Roster, error) { return ReadLocked(name, r, Lock{}) }

// ReadLocked reads a roster likewise; a row that asks for something else than what is locked is a fault.
func ReadLocked(name string, r io.Reader, lock Lock) (*Roster, error) {
	shown := name
	if name == "-" {
		shown = "standard input"
	}
	t := newTable()
	t.lock = lock
	src, err := open(name, &capped{r: r, left: LargestFile})
	if err == nil {
		err = t.read(src)
	}
	var u *unreadable
	switch {
	case errors.As(err, &u):
		t.faults.add(u.line, "", "%s", u.why)
	case errors.Is(err, ErrEncrypted):
		return nil, &errs.Error{Slug: errs.UsageFault, What: reading, Whom: shown, Err: err}
	case err != nil:
		return nil, errs.Local(reading, shown, err)
	}
	if len(t.faults.All) > 0 {
		return nil, &errs.Error{Slug: errs.UsageFault, Whom: shown, Err: &t.faults}
	}
	return t.done(), nil
}

func open(name string, r io.Reader) (source, error) {
	b := bufio.NewReaderSize(r, headerPeek)
	first, err := b.Peek(len(ageArmor))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	begin := string(first)
	switch {
	case strings.HasPrefix(begin, ageMagic), strings.HasPrefix(begin, ageArmor):
		return nil, ErrEncrypted
	case strings.HasPrefix(begin, oleMagic):
		return nil, damaged("it is an .xls workbook, or one with a password: save it as .xlsx without a password, or as CSV UTF-8")
	case strings.HasPrefix(begin, zipMagic), strings.HasSuffix(strings.ToLower(name), ".xlsx"):
		return openWorkbook(b)
	}
	return openText(b)
}

// capped fails where there is more to read than a roster may have.
type capped struct {
	r    io.Reader
	left int // -1: there was more
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p[:min(len(p), c.left+1)])
	if n > c.left {
		c.left = -1
		return 0, damaged("it is larger than %d MiB: split it", LargestFile>>20)
	}
	c.left -= n
	return n, err
}
