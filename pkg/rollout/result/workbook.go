package result

import (
	"fmt"
	"io"

	"github.com/seed-5ddf9a5e/tap/pkg/workbook"
)

const sheetName = "passes"

// workbookEncoder writes an XLSX file.
type workbookEncoder struct {
	out  *workbook.Writer
	rows int
}

func newWorkbook(w io.Writer, carried []string) (*workbookEncoder, error) {
	out, err := workbook.NewWriter(w, sheetName, headings(carried))
	if err != nil {
		return nil, err
	}
	return &workbookEncoder{out: out}, nil
}

// Row adds a row. What is the roster's was seen by Check; an error's text that is too long for a cell is cut.
func (e *workbookEncoder) Row(r Record) error {
	if e.rows == MostWorkbookRows {
		return tooManyRows()
	}
	e.rows++
	row := make([]string, len(own)+len(r.carried))
	for i := range row {
		cell, exact := r.at(i)
		if workbook.Units(cell) > workbook.LongestCell {
			if exact || i >= len(own) {
				return fmt.Errorf("row %d, column %d: a cell of XLSX holds at most %d characters", e.rows, i+1, workbook.LongestCell)
			}
			cell = cut(cell)
		}
		row[i] = cell
	}
	return e.out.Row(row)
}

// Close ends the file.
func (e *workbookEncoder) Close() error { return e.out.Close() }

// cut shortens a text to what a cell holds.
func cut(s string) string {
	n := 1
	for i, r := range s {
		if n += workbook.Units(string(r)); n > workbook.LongestCell {
			return s[:i] + "…"
		}
	}
	return s
}
