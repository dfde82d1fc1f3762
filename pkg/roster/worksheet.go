package roster

import (
	"errors"
	"io"

	"github.com/seed-5ddf9a5e/tap/pkg/workbook"
)

// worksheet is a source: the rows of a workbook's sheet.
type worksheet struct {
	rows     *workbook.Rows
	formats  []format
	from1904 bool // the calendar that dates are counted in
	cells    []string
}

func (*worksheet) most() int { return MostWorkbookRows }

// next reads on to the next row. After the last one the sheet is found whole, or its damage is told.
func (w *worksheet) next() (record, error) {
	row, err := w.rows.Next()
	switch {
	case errors.Is(err, io.EOF):
		return record{}, io.EOF
	case err != nil:
		return record{}, unopened(err)
	}
	w.cells = w.cells[:0]
	rec := record{line: row.Line}
	for _, c := range row.Cells {
		for len(w.cells) <= c.Column {
			w.cells = append(w.cells, "")
		}
		if c.Kind == workbook.Unworked {
			if rec.bad == nil {
				rec.bad = map[int]string{}
			}
			rec.bad[c.Column] = "holds a formula that was never worked out: open the workbook in a spreadsheet program and save it"
			continue
		}
		w.cells[c.Column] = w.value(c)
	}
	rec.cells = w.cells
	return rec, nil
}

// value is what a cell says.
func (w *worksheet) value(c workbook.Cell) string {
	switch c.Kind {
	case workbook.Date:
		return isoDate(c.Text)
	case workbook.Number:
		var f format
		if c.Style < len(w.formats) {
			f = w.formats[c.Style]
		}
		return f.number(c.Text, w.from1904)
	}
	return c.Text
}
