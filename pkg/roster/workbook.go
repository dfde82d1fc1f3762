package roster

import (
	"errors"
	"io"
	"slices"

	"github.com/seed-5ddf9a5e/tap/pkg/workbook"
)

const notWhole = "it is damaged, or no XLSX workbook: save it again as .xlsx, or as CSV UTF-8 (%s)"

// openWorkbook opens the first visible sheet of an XLSX file.
func openWorkbook(r io.Reader) (source, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	book, err := workbook.Open(content, LargestWorkbook)
	if err != nil {
		return nil, unopened(err)
	}
	i := slices.IndexFunc(book.Sheets, func(s workbook.Sheet) bool { return s.Visible })
	if i < 0 {
		return nil, damaged("no sheet of the workbook is visible")
	}
	rows, err := book.Rows(book.Sheets[i])
	if err != nil {
		return nil, unopened(err)
	}
	w := &worksheet{rows: rows, from1904: book.From1904}
	for _, f := range book.Formats() {
		w.formats = append(w.formats, formatOf(f.ID, f.Code))
	}
	return w, nil
}

// unopened tells an error of pkg/workbook. Only what the standard library says of a file may repeat what stands there.
func unopened(err error) error {
	var fault workbook.Fault
	switch {
	case errors.Is(err, workbook.ErrTooLarge):
		return damaged("it is larger than %d MiB when unpacked: delete its other sheets and pictures, or split it", LargestWorkbook>>20)
	case errors.As(err, &fault):
		return damaged(notWhole, fault)
	}
	return damaged(notWhole, quote(err.Error()))
}
