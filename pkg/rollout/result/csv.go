package result

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

// csvEncoder writes a header and rows.
type csvEncoder struct {
	w        *csv.Writer
	headings []string
	begun    bool
}

func newCSV(w io.Writer, carried []string) *csvEncoder {
	e := &csvEncoder{w: csv.NewWriter(w), headings: headings(carried)}
	for i, h := range e.headings {
		e.headings[i] = Quoted(h)
	}
	return e
}

// Row writes one row. What is not exact is defused, and named in the column defused.
func (e *csvEncoder) Row(r Record) error {
	row := make([]string, 0, len(e.headings))
	var changed []string
	for i := range e.headings {
		cell, exact := r.at(i)
		if safe := output.Defuse(cell); !exact && safe != cell {
			cell, changed = safe, append(changed, e.headings[i])
		}
		row = append(row, cell)
	}
	row[indexOf(defusedColumn)] = output.List(changed)
	if err := e.begin(); err != nil {
		return err
	}
	if err := e.w.Write(row); err != nil {
		return err
	}
	e.w.Flush()
	return e.w.Error()
}

// at is the nth cell of a row, the roster's after the result's own.
func (r Record) at(n int) (cell string, exact bool) {
	if n < len(own) {
		return r.text(n), own[n].exact
	}
	return r.carried[n-len(own)], false
}

func (e *csvEncoder) begin() error {
	if e.begun {
		return nil
	}
	e.begun = true
	return e.w.Write(e.headings)
}

// Close writes the header where there was no row.
func (e *csvEncoder) Close() error {
	if err := e.begin(); err != nil {
		return err
	}
	e.w.Flush()
	return e.w.Error()
}

func readCSV(r io.Reader) (*File, error) {
	in, restore, err := plainReturns(r)
	if err != nil {
		return nil, unreadable(err)
	}
	c := csv.NewReader(in)
	next := func() ([]string, error) {
		row, err := c.Read()
		for i := range row {
			row[i] = restore(row[i])
		}
		return row, err
	}
	header, err := next()
	if err == io.EOF { //nolint:errorlint // an error that wraps it is no end
		return nil, noResult("it is empty")
	}
	if err != nil {
		return nil, csvFault(err)
	}
	unquotedHeader := slices.Clone(header)
	for i, h := range header {
		unquotedHeader[i] = unquoted(h)
	}
	f, err := newFile(unquotedHeader)
	if err != nil {
		return nil, err
	}
	for n := 1; ; n++ {
		row, err := next()
		if err == io.EOF { //nolint:errorlint // an error that wraps it is no end
			return f, nil
		}
		if err != nil {
			return nil, csvFault(err)
		}
		if err := undefuse(row, header); err != nil {
			return nil, noResult("row %d: %s", n, err)
		}
		if err := f.add(n, row); err != nil {
			return nil, err
		}
	}
}

// csvFault says what csv found, never what stands there.
func csvFault(err error) error {
	var fault *csv.ParseError
	if errors.As(err, &fault) {
		return noResult("line %d: %s", fault.Line, fault.Err)
	}
	return unreadable(err)
}

// undefuse takes the apostrophes away again, where the column defused names a cell.
func undefuse(row, header []string) error {
	at := indexOf(defusedColumn)
	names, ok := unlist(row[at])
	if !ok {
		return errors.New("the column defused holds no list of names")
	}
	row[at] = ""
	for _, name := range names {
		i := slices.Index(header, name)
		if i < 0 {
			return errors.New("the column defused names one that is not there")
		}
		bare, ok := strings.CutPrefix(row[i], "'")
		if !ok || output.Defuse(bare) == bare || i < len(own) && own[i].exact {
			return fmt.Errorf("the column defused names %s, whose cell was not defused", name)
		}
		row[i] = bare
	}
	return nil
}

// carriage stands for a carriage return while csv reads, which would drop one before a line feed. No UTF-8 has this byte.
const carriage = 0xff

// plainReturns hides the carriage returns of cells from csv and tells how they are restored. A file whose header ends with
// CR LF was saved by another program, and its line ends are csv's to read. A byte order mark is skipped.
func plainReturns(r io.Reader) (in io.Reader, restore func(string) string, err error) {
	b := bufio.NewReaderSize(r, 1<<16)
	if mark, _ := b.Peek(3); string(mark) == "\uFEFF" {
		_, _ = b.Discard(3) // they were seen
	}
	head, err := b.Peek(1 << 16)
	if err != nil && err != io.EOF { // an error that wraps it is no end
		return nil, nil, err
	}
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	if bytes.HasSuffix(line, []byte{'\r'}) && bytes.Count(line, []byte{'"'})%2 == 0 {
		return b, func(s string) string { return s }, nil
	}
	return swapper{b}, func(s string) string { return strings.ReplaceAll(s, string([]byte{carriage}), "\r") }, nil
}

// swapper reads with carriage in place of carriage returns.
type swapper struct{ r io.Reader }

func (s swapper) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if bytes.IndexByte(p[:n], carriage) >= 0 {
		return 0, noResult("it is not UTF-8")
	}
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = carriage
		}
	}
	return n, err
}
