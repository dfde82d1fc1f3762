// Package result is the file that a run over many users leaves: CSV, JSON or XLSX, written row by row and read back exactly,
// and whom it is encrypted to. It must not open a file, write a temporary one, ask a person or look at a clock, and no text of
// a passcode stands in an error.
package result

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
	"github.com/seed-5ddf9a5e/tap/pkg/workbook"
)

// Format is how a result is written.
type Format string

// The formats.
const (
	CSV  Format = "csv"  // for programs: a header and rows, RFC 4180 with LF, UTF-8 without BOM
	JSON Format = "json" // one array, Graph's property names
	XLSX Format = "xlsx" // for spreadsheets: every cell is text
)

// MostWorkbookRows is how many rows an XLSX file holds, as many as pkg/roster reads of one.
const MostWorkbookRows = 20_000

// sealed ends the name of a file that is encrypted.
const sealed = ".age"

// FormatOf tells the format of a file, and whether it is encrypted, by its name alone, in either case of letters:
// passes.csv.age. The error is of slug usage and says what is possible.
func FormatOf(path string) (f Format, encrypted bool, err error) {
	name := strings.ToLower(path)
	name, encrypted = strings.CutSuffix(name, sealed)
	for _, f := range []Format{CSV, JSON, XLSX} {
		if strings.HasSuffix(name, "."+string(f)) {
			return f, encrypted, nil
		}
	}
	return "", false, &errs.Error{
		Slug: errs.UsageFault, What: "choosing a format", Whom: path,
		Why: "the name of a result ends in .csv, .json or .xlsx, and in .age after that where it is encrypted, such as passes.csv.age",
	}
}

// Table is all rows of a run.
type Table struct {
	Tenant  string   // the tenant's id
	Carried []string // the roster's own columns, none empty and none twice; in CSV and XLSX one that is named as a result column is written as roster.NAME
	Rows    []Row
	Hint    func(*errs.Error) string // how a hint is written; nil: the error's first
}

// Row is what became of one user, and the row's cells of Table.Carried, as many as there are columns.
type Row struct {
	pass.Result
	Carried []string
}

// Record is one row as a file holds it: texts, with the passcode apart from them. The zero value is a row without cells.
type Record struct {
	Passcode secret.Text
	cells    []string // of own, "" for the passcode and defused
	names    []string // the roster's columns, the same slice in every record of a file
	carried  []string
}

// Get returns the cell of one of Columns, "" where it is empty. A passcode is not among them: it is in Passcode.
func (r Record) Get(column string) string {
	if i := indexOf(column); i >= 0 && i < len(r.cells) {
		return r.cells[i]
	}
	return ""
}

// Carried are the cells of the roster's own columns, in File.Carried's order.
func (r Record) Carried() []string { return r.carried }

// record is a row as it is written. Bytes that are no UTF-8 are replaced, for neither JSON nor XLSX can hold them.
func (t *Table) record(row Row) (Record, error) {
	if len(row.Carried) != len(t.Carried) {
		return Record{}, fmt.Errorf("a row of the result has %d of the roster's %d cells", len(row.Carried), len(t.Carried))
	}
	r := Record{Passcode: row.Passcode, cells: make([]string, len(own)), names: t.Carried, carried: make([]string, len(row.Carried))}
	for i, c := range own {
		if c.cell != nil {
			r.cells[i] = strings.ToValidUTF8(c.cell(t, row.Result), "\uFFFD")
		}
	}
	for i, cell := range row.Carried {
		r.carried[i] = strings.ToValidUTF8(cell, "\uFFFD")
	}
	return r, nil
}

// hint is the command that mends a failure.
func (t *Table) hint(e *errs.Error) string {
	switch {
	case e == nil:
		return ""
	case t.Hint != nil:
		return t.Hint(e)
	case len(e.Hints) > 0:
		return e.Hints[0]
	}
	return ""
}

// Check finds what a format cannot hold: more than MostWorkbookRows rows of XLSX, or a cell of the roster that is too long for
// it. It looks at Carried and the rows' Carried alone, and so can be asked before the first pass is made. The error is of slug
// usage.
func Check(f Format, t Table) error {
	if f != XLSX {
		return nil
	}
	if len(t.Rows) > MostWorkbookRows {
		return tooManyRows()
	}
	for i, h := range headings(t.Carried) {
		if workbook.Units(h) > workbook.LongestCell {
			return errs.Usage(fmt.Sprintf("column %d: its name is longer than the %d characters of a cell of XLSX: write .csv or .json", i+1, workbook.LongestCell))
		}
	}
	for n, row := range t.Rows {
		for i, cell := range row.Carried {
			if i < len(t.Carried) && workbook.Units(cell) > workbook.LongestCell {
				return errs.Usage(fmt.Sprintf("row %d, %s: a cell of XLSX holds at most %d characters: write .csv or .json", n+1, t.Carried[i], workbook.LongestCell))
			}
		}
	}
	return nil
}

// Write writes the table in clear; whoever calls it encrypts.
func Write(w io.Writer, f Format, t Table) error {
	if err := Check(f, t); err != nil {
		return err
	}
	return writeAll(w, f, t.Carried, func(yield func(Record, error) bool) {
		for _, row := range t.Rows {
			if !yield(t.record(row)) {
				return
			}
		}
	})
}

// writeAll writes rows as they come, until the first error.
func writeAll(w io.Writer, f Format, carried []string, rows iter.Seq2[Record, error]) error {
	buffered := bufio.NewWriterSize(w, 1<<16)
	out, err := newEncoder(buffered, f, carried)
	if err != nil {
		return err
	}
	for r, err := range rows {
		if err == nil {
			err = out.Row(r)
		}
		if err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	return buffered.Flush()
}

// Writer writes a result row by row.
type Writer struct {
	t   Table
	out encoder
}

// encoder is one format.
type encoder interface {
	Row(Record) error
	Close() error
}

// NewWriter begins a result without rows; t.Rows are not looked at. A row of CSV and JSON is at w when Row returns, XLSX is
// whole when Close returns.
func NewWriter(w io.Writer, f Format, t Table) (*Writer, error) {
	out, err := newEncoder(w, f, t.Carried)
	return &Writer{t, out}, err
}

func newEncoder(w io.Writer, f Format, carried []string) (encoder, error) {
	switch f {
	case CSV:
		return newCSV(w, carried), nil
	case JSON:
		return newJSON(w), nil
	case XLSX:
		return newWorkbook(w, carried)
	}
	return nil, fmt.Errorf("a result has no format %q", f)
}

// Row adds a row.
func (w *Writer) Row(row Row) error {
	r, err := w.t.record(row)
	if err != nil {
		return err
	}
	return w.out.Row(r)
}

// Close ends the result. It does not close what it was written to.
func (w *Writer) Close() error { return w.out.Close() }
