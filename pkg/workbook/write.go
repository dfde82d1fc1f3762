package workbook

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// What a workbook of one sheet has around it. Style 1 is the number format 49 (@): what is typed over a cell stays text, too.
const (
	contentTypes = xml.Header + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`

	officeDocument = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	relationsBegin = xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	packageLinks   = relationsBegin + `<Relationship Id="rId1" Type="` + officeDocument + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	workbookLinks  = relationsBegin + `<Relationship Id="rId1" Type="` + officeDocument + `/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="` + officeDocument + `/styles" Target="styles.xml"/></Relationships>`

	spreadsheet = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	book        = xml.Header + `<workbook ` + spreadsheet + ` xmlns:r="` + officeDocument + `"><bookViews><workbookView/></bookViews>` +
		`<sheets><sheet name="%s" sheetId="1" r:id="rId1"/></sheets></workbook>`
	styles = xml.Header + `<styleSheet ` + spreadsheet + `><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>` +
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

	sheetBegin = xml.Header + `<worksheet ` + spreadsheet + `><sheetViews><sheetView tabSelected="1" workbookViewId="0">` +
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft"/></sheetView></sheetViews>` +
		`<cols><col min="1" max="%d" width="24" customWidth="1" style="1"/></cols><sheetData>`
	sheetEnd = `</sheetData></worksheet>`
)

// Writer writes a workbook of one sheet whose cells are text, under a header that stays in sight. What it writes depends on
// the texts alone.
type Writer struct {
	zip   *zip.Writer
	sheet io.Writer
	row   bytes.Buffer
	rows  int
}

// NewWriter begins a workbook with a sheet of this name, at most 31 characters without []:*?/\, and its header.
func NewWriter(w io.Writer, sheet string, header []string) (*Writer, error) {
	out := &Writer{zip: zip.NewWriter(w)}
	for _, part := range [][2]string{
		{"[Content_Types].xml", contentTypes}, {"_rels/.rels", packageLinks}, {"xl/_rels/workbook.xml.rels", workbookLinks},
		{"xl/workbook.xml", fmt.Sprintf(book, markup(sheet))}, {"xl/styles.xml", styles},
		{"xl/worksheets/sheet1.xml", fmt.Sprintf(sheetBegin, max(1, len(header)))},
	} {
		var err error
		// The first moment that a zip file knows.
		if out.sheet, err = out.zip.CreateHeader(&zip.FileHeader{Name: part[0], Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}); err != nil {
			return nil, err
		}
		if _, err = io.WriteString(out.sheet, part[1]); err != nil {
			return nil, err
		}
	}
	return out, out.Row(header)
}

// Row adds a row. A cell holds at most LongestCell; bytes that are no UTF-8 are replaced.
func (w *Writer) Row(cells []string) error {
	if w.rows == MostRows || len(cells) > MostColumns {
		return errors.New("a sheet holds no such row")
	}
	w.rows++
	w.row.Reset()
	fmt.Fprintf(&w.row, `<row r="%d">`, w.rows)
	for i, cell := range cells {
		if cell == "" {
			continue
		}
		if Units(cell) > LongestCell {
			return fmt.Errorf("row %d, column %d: a cell of XLSX holds at most %d characters", w.rows-1, i+1, LongestCell)
		}
		fmt.Fprintf(&w.row, `<c r="%s%d" s="1" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, columnName(i), w.rows, markup(cell))
	}
	w.row.WriteString(`</row>`)
	_, err := w.sheet.Write(w.row.Bytes())
	return err
}

// markup is a text as XML has it.
func markup(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(escaped(s))) // a builder takes everything
	return b.String()
}

// Close ends the workbook. It does not close what it was written to.
func (w *Writer) Close() error {
	if _, err := io.WriteString(w.sheet, sheetEnd); err != nil {
		return err
	}
	return w.zip.Close()
}
