package roster

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// nowhere is a folder that cannot exist on any system. A reader of workbooks that wants to spill into a temporary file
// finds no place, and keeps in memory what would else lie on a disk in clear.
const nowhere = "\x00"

const notWhole = "it is damaged, or no XLSX workbook: save it again as .xlsx, or as CSV UTF-8 (%s)"

// openWorkbook opens the first visible sheet of an XLSX file. excelize finds the sheet, its styles and its calendar; the
// cells are read by worksheet, because excelize's rows end without an error where a sheet is damaged, and have
// forgotten which number is a date.
func openWorkbook(r io.Reader) (src source, err error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if err := whole(content); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil { // excelize trusts what the parts of a workbook say of each other
			src, err = nil, damaged(notWhole, "its parts contradict each other")
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: LargestWorkbook, UnzipXMLSizeLimit: LargestWorkbook, TmpDir: nowhere,
	})
	if err != nil {
		return nil, damaged(notWhole, quote(err.Error()))
	}
	defer func() { _ = f.Close() }() // it holds no file
	sheet, links, err := firstVisible(f)
	if err != nil {
		return nil, err
	}
	w := &worksheet{formats: formats(f), last: -1}
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		w.from1904 = *props.Date1904
	}
	if strings := part(f, links.target("sharedStrings", "")); strings != nil {
		if w.shared, err = sharedStrings(strings); err != nil {
			return nil, err
		}
	}
	w.d = xml.NewDecoder(bytes.NewReader(sheet))
	return w, nil
}

// whole reads a zip file to its end and so proves its checksums, which excelize does not look at. What it holds must fit
// into LargestWorkbook by the sizes that it states, which archive/zip holds it to.
func whole(content []byte) error {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return damaged(notWhole, quote(err.Error()))
	}
	var sum uint64
	for _, f := range z.File {
		if sum += min(f.UncompressedSize64, LargestWorkbook+1); sum > LargestWorkbook {
			return damaged("it is larger than %d MiB when unpacked: delete its other sheets and pictures, or split it", LargestWorkbook>>20)
		}
		r, err := f.Open()
		if err == nil {
			_, err = io.Copy(io.Discard, io.LimitReader(r, LargestWorkbook))
		}
		if err != nil {
			return damaged(notWhole, quote(err.Error()))
		}
	}
	return nil
}

// part is a part of the workbook by its name, nil where there is none.
func part(f *excelize.File, name string) []byte {
	content, _ := f.Pkg.Load(name)
	b, _ := content.([]byte)
	return b
}

// relations are the parts that the workbook names.
type relations struct {
	All []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

// target is the name of the part of a kind, such as "worksheet", and with an id unless that is empty.
func (r relations) target(kind, id string) string {
	for _, one := range r.All {
		if path.Base(one.Type) == kind && (id == "" || one.ID == id) {
			if strings.HasPrefix(one.Target, "/") {
				return path.Clean(one.Target)[1:]
			}
			return path.Join("xl", one.Target)
		}
	}
	return ""
}

func firstVisible(f *excelize.File) ([]byte, relations, error) {
	var links relations
	if err := xml.Unmarshal(part(f, "xl/_rels/workbook.xml.rels"), &links); err != nil {
		return nil, links, damaged(notWhole, quote(err.Error()))
	}
	for i, name := range f.GetSheetList() {
		visible, err := f.GetSheetVisible(name)
		if err != nil || !visible {
			continue
		}
		if sheet := part(f, links.target("worksheet", f.WorkBook.Sheets.Sheet[i].ID)); sheet != nil { // nil: a chart
			return sheet, links, nil
		}
	}
	return nil, links, damaged("no sheet of the workbook is visible")
}

// formats are how numbers are shown, by the style of a cell.
func formats(f *excelize.File) []format {
	if f.Styles == nil || f.Styles.CellXfs == nil {
		return nil
	}
	codes := map[int]string{}
	if f.Styles.NumFmts != nil {
		for _, n := range f.Styles.NumFmts.NumFmt {
			codes[n.NumFmtID] = n.FormatCode
		}
	}
	var out []format
	for _, xf := range f.Styles.CellXfs.Xf {
		id := 0
		if xf.NumFmtID != nil {
			id = *xf.NumFmtID
		}
		out = append(out, formatOf(id, codes[id]))
	}
	return slices.Clip(out)
}
