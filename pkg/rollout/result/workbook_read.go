package result

import (
	"archive/zip"
	"bytes"
	"io"

	"github.com/xuri/excelize/v2"
)

const (
	largestWorkbook = 1 << 30 // bytes of all that an XLSX file holds, unpacked: 20,000 rows with 256 columns of 190 characters

	// nowhere is a folder that cannot exist on any system. A reader of workbooks that wants to spill into a temporary file
	// finds no place, and keeps in memory what would else lie on a disk in clear.
	nowhere = "\x00"
)

// readWorkbook reads the first sheet.
func readWorkbook(r io.Reader) (f *File, err error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, unreadable(err)
	}
	if err := whole(content); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil { // excelize trusts what the parts of a workbook say of each other
			f, err = nil, noResult("the parts of the workbook contradict each other")
		}
	}()
	book, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: largestWorkbook, UnzipXMLSizeLimit: largestWorkbook, TmpDir: nowhere,
	})
	if err != nil {
		return nil, noResult("it is no XLSX workbook that can be read")
	}
	defer func() { _ = book.Close() }() // it holds no file
	rows, err := book.Rows(book.GetSheetName(0))
	if err != nil {
		return nil, noResult("its first sheet cannot be read")
	}
	if f, err = readRows(rows); err != nil {
		return nil, err
	}
	return f, nil
}

func readRows(rows *excelize.Rows) (*File, error) {
	var f *File
	width := 0
	for n := 0; rows.Next(); n++ {
		row, err := rows.Columns()
		switch {
		case err != nil || f != nil && len(row) > width:
			return nil, noResult("row %d: it has cells outside of the columns", n)
		case f == nil:
			if f, err = newFile(row); err != nil {
				return nil, err
			}
			width = len(row)
			continue
		case len(row) == 0: // below the last row, left by another program
			continue
		}
		row = append(row, make([]string, width-len(row))...) // empty cells at the end are not told
		if err := f.add(n, row); err != nil {
			return nil, err
		}
	}
	if f == nil || rows.Error() != nil {
		return nil, noResult("its first sheet has no header, or cannot be read")
	}
	return f, nil
}

// whole reads a zip file to its end and so proves its checksums, which excelize does not look at.
func whole(content []byte) error {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return noResult("it is no XLSX workbook, or cut short")
	}
	left := uint64(largestWorkbook)
	for _, part := range z.File {
		if part.UncompressedSize64 > left {
			return noResult("it is larger than %d MiB when unpacked", largestWorkbook>>20)
		}
		left -= part.UncompressedSize64
		r, err := part.Open()
		if err == nil {
			_, err = io.Copy(io.Discard, io.LimitReader(r, largestWorkbook+1)) // to the end, where the checksum is
		}
		if err != nil {
			return noResult("it is damaged")
		}
	}
	return nil
}
