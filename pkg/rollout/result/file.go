package result

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// File is a result that was read back.
type File struct {
	Carried []string // the roster's own columns, named as in the roster; of JSON without a row: none
	Rows    []Record
}

// Read reads back what Write wrote, exactly. A file that another program saved again is read where its columns are still those
// of a result. An error names the place, never what stands there; one that r ended with is in its chain.
func Read(r io.Reader, f Format) (*File, error) {
	switch f {
	case CSV:
		return readCSV(r)
	case JSON:
		return readJSON(r)
	case XLSX:
		return readWorkbook(r)
	}
	return nil, fmt.Errorf("a result has no format %q", f)
}

// Write writes the file in a format, in clear.
func (f *File) Write(w io.Writer, format Format) error {
	if format == XLSX && len(f.Rows) > MostWorkbookRows {
		return tooManyRows()
	}
	return writeAll(w, format, f.Carried, func(yield func(Record, error) bool) {
		for _, r := range f.Rows {
			if !yield(r, nil) {
				return
			}
		}
	})
}

// Find returns the rows of one user, named by object id or user principal name, without regard to case.
func (f *File) Find(user string) []Record {
	var found []Record
	for _, r := range f.Rows {
		if user != "" && (strings.EqualFold(r.Get("userId"), user) || strings.EqualFold(r.Get("userPrincipalName"), user)) {
			found = append(found, r)
		}
	}
	return found
}

// Part is the rows that have the same value in one column.
type Part struct {
	Value string // untrusted: no name of a file until it was cleaned
	*File
}

// Split parts the rows by a column, named as in the header or in the roster, without regard to case; a result column comes before a
// roster's of its name. Parts and rows keep their order; values are compared to the byte. The error is of slug usage; the
// passcodes are no column to split by.
func (f *File) Split(column string) ([]Part, error) {
	cell, err := f.column(column)
	if err != nil {
		return nil, err
	}
	var parts []Part
	at := map[string]int{}
	for _, r := range f.Rows {
		v := cell(r)
		i, known := at[v]
		if !known {
			i = len(parts)
			at[v] = i
			parts = append(parts, Part{v, &File{Carried: f.Carried}})
		}
		parts[i].Rows = append(parts[i].Rows, r)
	}
	return parts, nil
}

// column finds a column by name.
func (f *File) column(name string) (func(Record) string, error) {
	switch i := indexOf(name); {
	case i >= 0 && own[i].name == passcodeColumn:
		return nil, errs.Usage("a result is not split by its passcodes")
	case i >= 0:
		return func(r Record) string { return r.cells[i] }, nil
	}
	for _, as := range []func(string) string{heading, func(s string) string { return s }} {
		for i, c := range f.Carried {
			if strings.EqualFold(as(c), name) {
				return func(r Record) string { return r.carried[i] }, nil
			}
		}
	}
	return nil, errs.Usage(fmt.Sprintf("there is no column %q: choose from %s", name, strings.Join(headings(f.Carried), ", ")))
}

// newFile begins a file with the header's names.
func newFile(header []string) (*File, error) {
	carried, ok := unheadings(header)
	if !ok {
		return nil, noResult("its columns do not begin with %s", strings.Join(Columns(), ", "))
	}
	return &File{Carried: carried}, nil
}

// add takes in the nth row's cells, the roster's after the result's own.
func (f *File) add(n int, row []string) error {
	r := Record{cells: make([]string, len(own)), names: f.Carried, carried: row[len(own):]}
	for i, c := range own {
		if !r.set(i, row[i]) {
			return noResult("row %d: %s is no %s", n, c.name, c.typ)
		}
	}
	f.Rows = append(f.Rows, r)
	return nil
}

// noResult says why a file cannot be what tap wrote.
func noResult(format string, a ...any) error {
	return errs.Usage("this is no result of tap, or it was changed: " + fmt.Sprintf(format, a...))
}

// unreadable is a reader's error: it stays what it is where it says so itself.
func unreadable(err error) error {
	var said *errs.Error
	if errors.As(err, &said) {
		return said
	}
	return errs.Local("reading a result", "", err)
}

func tooManyRows() error {
	return errs.Usage(fmt.Sprintf("an XLSX file holds at most %d rows: write .csv or .json, or run in parts", MostWorkbookRows))
}
