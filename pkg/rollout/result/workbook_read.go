package result

import (
	"errors"
	"io"

	"github.com/seed-5ddf9a5e/tap/pkg/workbook"
)

const largestWorkbook = 1 << 30 // bytes of all that an XLSX file holds, unpacked: 20,000 rows with 256 columns of 190 characters

// readWorkbook reads the first sheet. What the standard library says of a damaged file may repeat what stands there, and is not told.
func readWorkbook(r io.Reader) (*File, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, unreadable(err)
	}
	book, err := workbook.Open(content, largestWorkbook)
	switch {
	case errors.Is(err, workbook.ErrTooLarge):
		return nil, noResult("it is larger than %d MiB when unpacked", largestWorkbook>>20)
	case err != nil:
		return nil, noResult("it is no XLSX workbook, or damaged")
	case len(book.Sheets) == 0:
		return nil, noResult("the workbook has no sheet")
	}
	rows, err := book.Rows(book.Sheets[0])
	if err != nil {
		return nil, noResult("its first sheet cannot be read")
	}
	return readRows(rows)
}

func readRows(rows *workbook.Rows) (*File, error) {
	var f *File
	width := 0
	for {
		row, err := rows.Next()
		switch {
		case errors.Is(err, io.EOF) && f == nil:
			return nil, noResult("its first sheet is empty")
		case errors.Is(err, io.EOF):
			return f, nil
		case err != nil:
			return nil, noResult("its first sheet is damaged")
		case len(row.Cells) == 0: // left by another program
			continue
		}
		n := row.Line - 1 // as a person counts, who sees the header as none
		if f == nil {
			width = row.Cells[len(row.Cells)-1].Column + 1
		}
		cells := make([]string, width)
		for _, c := range row.Cells {
			switch {
			case c.Column >= width:
				return nil, noResult("row %d: it has cells outside of the columns", n)
			case c.Kind == workbook.Unworked:
				return nil, noResult("row %d: it holds a formula that was never worked out", n)
			}
			cells[c.Column] = c.Text
		}
		if f == nil {
			f, err = newFile(cells)
		} else {
			err = f.add(n, cells)
		}
		if err != nil {
			return nil, err
		}
	}
}
