package result

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

const (
	sheetName = "passes"
	sheetPart = "xl/worksheets/sheet1.xml"
	textStyle = 49 // the number format @: what is typed over a cell stays text, too

	// mostCellUnits is how long a cell may be, in UTF-16 units: https://support.microsoft.com/office/excel-specifications-and-limits
	mostCellUnits = 32767
)

// workbookEncoder writes an XLSX file when it is closed. excelize makes the workbook around the sheet; the sheet is written here,
// with every cell an inline string, because excelize's own cells lose a part of texts such as _x0041_x0042_ and all control
// characters, and take ten times the memory.
type workbookEncoder struct {
	w     io.Writer
	file  *excelize.File
	style int
	sheet bytes.Buffer
	rows  int // with the header
}

func newWorkbook(w io.Writer, carried []string) (*workbookEncoder, error) {
	e := &workbookEncoder{w: w, file: excelize.NewFile()}
	var err error
	if e.style, err = e.file.NewStyle(&excelize.Style{NumFmt: textStyle}); err != nil {
		return nil, err
	}
	if err := e.file.SetSheetName(e.file.GetSheetName(0), sheetName); err != nil {
		return nil, err
	}
	if err := e.file.SetDocProps(&excelize.DocProperties{Creator: "tap"}); err != nil {
		return nil, err
	}
	header := headings(carried)
	e.sheet.WriteString(xml.Header + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<sheetViews><sheetView tabSelected="1" workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>` +
		`<selection pane="bottomLeft"/></sheetView></sheetViews>`)
	fmt.Fprintf(&e.sheet, `<cols><col min="1" max="%d" width="24" customWidth="1" style="%d"/></cols><sheetData>`, len(header), e.style)
	e.add(header)
	return e, nil
}

// Row adds a row. What is the roster's was seen by Check; an error's text that is too long for a cell is cut.
func (e *workbookEncoder) Row(r Record) error {
	if e.rows > MostWorkbookRows {
		return tooManyRows()
	}
	row := make([]string, len(own)+len(r.carried))
	for i := range row {
		cell, exact := r.at(i)
		if units(cell) > mostCellUnits {
			if exact || i >= len(own) {
				return fmt.Errorf("row %d, column %d: a cell of XLSX holds at most %d characters", e.rows, i+1, mostCellUnits)
			}
			cell = cut(cell)
		}
		row[i] = cell
	}
	e.add(row)
	return nil
}

func (e *workbookEncoder) add(cells []string) {
	e.rows++
	fmt.Fprintf(&e.sheet, `<row r="%d">`, e.rows)
	for i, text := range cells {
		if text == "" {
			continue
		}
		column, _ := excelize.ColumnNumberToName(i + 1) // fails beyond 16384 alone; a roster has 256
		fmt.Fprintf(&e.sheet, `<c r="%s%d" s="%d" t="inlineStr"><is><t xml:space="preserve">`, column, e.rows, e.style)
		_ = xml.EscapeText(&e.sheet, []byte(escape(text))) // a buffer takes everything
		e.sheet.WriteString(`</t></is></c>`)
	}
	e.sheet.WriteString(`</row>`)
}

// Close writes the file.
func (e *workbookEncoder) Close() error {
	e.sheet.WriteString(`</sheetData></worksheet>`)
	e.file.Sheet.Delete(sheetPart) // what excelize holds of the empty sheet, which it would write over ours
	e.file.Pkg.Store(sheetPart, e.sheet.Bytes())
	return e.file.Write(e.w)
}

var lookAlike = regexp.MustCompile(`_x([0-9A-Fa-f]{4})`)

// escape writes what XML cannot hold as _xHHHH_, and the underscore of what would be taken for that as _x005F_:
// ST_Xstring of ECMA-376 part 1, 22.9.2.19.
func escape(s string) string {
	s = lookAlike.ReplaceAllString(s, "_x005F_x$1")
	if !strings.ContainsFunc(s, notXML) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if notXML(r) {
			fmt.Fprintf(&b, "_x%04X_", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func notXML(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
}

// units is how long a text is in UTF-16.
func units(s string) int {
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if r > 0xffff {
			n++
		}
	}
	return n
}

// cut shortens a text to what a cell holds.
func cut(s string) string {
	n := 1
	for i, r := range s {
		if n += units(string(r)); n > mostCellUnits {
			return s[:i] + "…"
		}
	}
	return s
}
