package roster_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/seed-5ddf9a5e/tap/pkg/roster"
)

// workbook is an XLSX file that excelize writes: cells by their names on Sheet1, and what else is done to it.
func workbook(t testing.TB, cells map[string]any, more ...func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	for at, v := range cells {
		if err := f.SetCellValue("Sheet1", at, v); err != nil {
			t.Fatal(err)
		}
	}
	for _, do := range more {
		do(f)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// styled gives a cell a number format, by id or by code.
func styled(t testing.TB, at string, id int, code string) func(*excelize.File) {
	return func(f *excelize.File) {
		style := &excelize.Style{NumFmt: id}
		if code != "" {
			style.CustomNumFmt = &code
		}
		n, err := f.NewStyle(style)
		if err == nil {
			err = f.SetCellStyle("Sheet1", at, at, n)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// edited is a workbook with one of its parts changed. Nothing in it is compressed.
func edited(t testing.TB, content []byte, name string, edit func(string) string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, found := zip.NewWriter(&out), false
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == name {
			b, found = []byte(edit(string(b))), true
		}
		to, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store})
		if err == nil {
			_, err = to.Write(b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil || !found {
		t.Fatalf("%s: %v, found: %v", name, err, found)
	}
	return out.Bytes()
}

const sheet1 = "xl/worksheets/sheet1.xml"

func replacing(old, with string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, with, 1) }
}

func TestWorkbook(t *testing.T) {
	at := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	plain := map[string]any{"A1": "user", "B1": "a", "A2": "a@b.de", "B2": "x"}
	with := func(v any) map[string]any { return map[string]any{"A1": "user", "B1": "a", "A2": "a@b.de", "B2": v} }
	row := func(cell string) string { return fmt.Sprintf("[\"a\"]\n2 a@b.de [] [] [] [%q]\n", cell) }
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"text": {workbook(t, plain), row("x")},
		"every column": {
			workbook(t, map[string]any{
				"A1": "employeeId", "B1": "Start", "C1": "timeZone", "D1": "lifetime", "E1": "oneTime", "F1": "Desk",
				"A3": "0042", "B3": at, "C3": "Europe/Helsinki", "D3": 480, "E3": true, "F3": "=1",
				"A5": 43, "B5": "monday 08:00", "D5": "3d", "E5": "no",
			}),
			`["Desk"]` + "\n" + `3 employeeId 0042 [2026-12-01 08:00] [] [8h] one-time=true Europe/Helsinki ["=1"]` + "\n" +
				`5 employeeId 43 [monday 08:00] [] [3d] one-time=false [""]` + "\n",
		},
		"a date":                       {workbook(t, with(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))), row("2026-12-01 00:00")},
		"a date and a time":            {workbook(t, with(at.Add(37*time.Minute))), row("2026-12-01 08:37")},
		"a date by a code":             {workbook(t, with(46357.999), styled(t, "B2", 0, `[$-40B]d\.m\.yyyy "klo" h\.mm;@`)), row("2026-12-01 23:58")},
		"a time":                       {workbook(t, with(8.0/24), styled(t, "B2", 20, "")), row("08:00")},
		"hours":                        {workbook(t, with(30), styled(t, "B2", 46, "")), row("720:00")},
		"hours by a code":              {workbook(t, with(1.5), styled(t, "B2", 0, "[h]:mm")), row("36:00")},
		"no date by its letters":       {workbook(t, with(12.5), styled(t, "B2", 0, `0.0 "days";[Red]\d0`)), row("12.5")},
		"money":                        {workbook(t, with(1234.5), styled(t, "B2", 4, "")), row("1234.5")},
		"leading zeros":                {workbook(t, with(42), styled(t, "B2", 0, "00000")), row("00042")},
		"many digits":                  {workbook(t, with(358401234567)), row("358401234567")},
		"an exponent":                  {edited(t, workbook(t, with(7)), sheet1, replacing("<v>7</v>", "<v>3.58401234567E+11</v>")), row("358401234567")},
		"a number as text":             {workbook(t, with("007")), row("007")},
		"true":                         {workbook(t, with(true)), row("TRUE")},
		"a text with lines and blanks": {workbook(t, with(" 1\n2 \r\n")), row(" 1\n2 \r\n")},
		"escaped characters":           {edited(t, workbook(t, with("b")), "xl/sharedStrings.xml", replacing("<t>b</t>", "<t>_x000D_b_x005F_x0041_</t>")), row("\rb_x0041_")},
		"rich text": {workbook(t, with(""), func(f *excelize.File) {
			_ = f.SetCellRichText("Sheet1", "B2", []excelize.RichTextRun{{Text: "a "}, {Text: "b", Font: &excelize.Font{Bold: true}}})
		}), row("a b")},
		"a formula's number":          {edited(t, workbook(t, with(7)), sheet1, replacing("<v>7</v>", "<f>3+4</f><v>7</v>")), row("7")},
		"a formula's text":            {edited(t, workbook(t, with(7)), sheet1, replacing(`r="B2"><v>7</v>`, `r="B2" t="str"><f>A2</f><v>a@b.de</v>`)), row("a@b.de")},
		"a formula's empty text":      {edited(t, workbook(t, with(7)), sheet1, replacing(`r="B2"><v>7</v>`, `r="B2" t="str"><f>""</f><v></v>`)), row("")},
		"a formula's error, carried":  {edited(t, workbook(t, with(7)), sheet1, replacing(`r="B2"><v>7</v>`, `r="B2" t="e"><f>NA()</f><v>#N/A</v>`)), row("#N/A")},
		"a text in the cell":          {edited(t, workbook(t, with(7)), sheet1, replacing(`r="B2"><v>7</v>`, `r="B2" t="inlineStr"><is><t>here</t></is>`)), row("here")},
		"a date of a strict workbook": {edited(t, workbook(t, with(7)), sheet1, replacing(`r="B2"><v>7</v>`, `r="B2" t="d"><v>2026-12-01T08:00:00</v>`)), row("2026-12-01 08:00")},
		"rows and cells without number": {edited(t, workbook(t, plain), sheet1, func(s string) string {
			return strings.NewReplacer(` r="1"`, "", ` r="2"`, "", ` r="A1"`, "", ` r="B2"`, "").Replace(s)
		}), row("x")},
		"dates from 1904": {
			workbook(t, with(46357.0-1462+8.0/24), styled(t, "B2", 22, ""), func(f *excelize.File) {
				yes := true
				_ = f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes})
			}),
			row("2026-12-01 08:00"),
		},
		"a hidden first sheet": {
			workbook(t, map[string]any{"A1": "nothing"}, func(f *excelize.File) {
				_, _ = f.NewSheet("New hires")
				for at, v := range plain {
					_ = f.SetCellValue("New hires", at, v)
				}
				f.SetActiveSheet(1)
				_ = f.SetSheetVisible("Sheet1", false)
			}),
			row("x"),
		},
		"a format down to the last row": {workbook(t, plain, styled(t, "C1048576", 14, "")), row("x")},
	} {
		t.Run(name, func(t *testing.T) {
			for _, as := range []string{"New Hires.XLSX", "-"} {
				r, err := roster.Read(as, bytes.NewReader(c.file))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, shown(r)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// Every minute of a day, and days of a century, in both calendars, are what excelize takes them for.
func TestWorkbookDates(t *testing.T) {
	for _, from1904 := range []bool{false, true} {
		var days []float64
		for i := range 24 * 60 {
			days = append(days, 46357+float64(i)/(24*60), 62+float64(i)*30.71)
		}
		r, err := roster.Read("a.xlsx", bytes.NewReader(workbook(t, nil, func(f *excelize.File) {
			style, _ := f.NewStyle(&excelize.Style{NumFmt: 22})
			_ = f.SetColStyle("Sheet1", "B", style)
			_ = f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &from1904})
			_ = f.SetSheetRow("Sheet1", "A1", &[]any{"user", "a"})
			for i, v := range days {
				_ = f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+2), &[]any{fmt.Sprintf("u%d@contoso.com", i), v})
			}
		})))
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range r.Rows {
			at, err := excelize.ExcelDateToTime(days[i], from1904)
			if want := at.Format("2006-01-02 15:04"); err != nil || row.Carried[0] != want {
				t.Errorf("%v from 1904 %v: %s, want %s, %v", days[i], from1904, row.Carried[0], want, err)
			}
		}
	}
}

func TestWorkbookFaults(t *testing.T) {
	const notWhole = "1 fault\nit is damaged, or no XLSX workbook: save it again as .xlsx, or as CSV UTF-8 "
	cells := map[string]any{"A1": "user", "B1": "start", "A2": "a@b.de", "B2": 7}
	good := workbook(t, cells)
	torn := bytes.Replace(edited(t, good, "xl/workbook.xml", func(s string) string { return s }), []byte("a@b.de"), []byte("c@b.de"), 1)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"no zip":                  {[]byte("user\na@b.de\n"), notWhole + `("zip: not a valid zip file")`},
		"empty":                   {nil, notWhole + `("zip: not a valid zip file")`},
		"cut off":                 {good[:len(good)/2], notWhole + `("zip: not a valid zip file")`},
		"a zip of others":         {edited(t, good, "xl/workbook.xml", func(string) string { return "" }), notWhole + "(a part is empty)"},
		"no sheet":                {edited(t, good, "xl/_rels/workbook.xml.rels", replacing("relationships/worksheet", "relationships/chartsheet")), "1 fault\nno sheet of the workbook is visible"},
		"a sheet that is nowhere": {edited(t, good, "xl/_rels/workbook.xml.rels", replacing("worksheets/sheet1", "worksheets/sheet2")), notWhole + "(a part is missing)"},
		"XML that ends":           {edited(t, good, sheet1, func(s string) string { return s[:strings.Index(s, `<row r="2"`)] }), notWhole + `("XML syntax error on line 2: unexpected EOF")`},
		"XML that is none":        {edited(t, good, sheet1, replacing("</sheetData>", "</sheetdata>")), "2 faults\nrow 2, start: \"7\" is not a time: " + timeForms + notWhole[len("1 fault"):] + `("XML syntax error on line 2: element <sheetData> closed by </"…)`},
		"rows backwards":          {edited(t, good, sheet1, replacing(`<row r="2"`, `<row r="1"`)), notWhole + "(its rows are out of order)"},
		"a missing text":          {edited(t, good, "xl/sharedStrings.xml", replacing("<si><t>a@b.de</t></si>", "")), notWhole + "(a text is missing)"},
		"a time that is a number": {good, "1 fault\nrow 2, start: \"7\" is not a time: " + timeForms},
		"a time without a date":   {workbook(t, cells, styled(t, "B2", 0, "[h]:mm")), "1 fault\nrow 2, start: \"168:00\" is not a time: " + timeForms},
		"a date of long ago":      {workbook(t, cells, styled(t, "B2", 14, "")), "1 fault\nrow 2, start: \"1900-01-06 00:00\" is not a time: the year must be from 2000 to 2999, e.g. 2026-12-01T08:00:00Z"},
		"a formula's error":       {edited(t, good, sheet1, replacing(`r="B2"><v>7</v>`, `r="B2" t="e"><f>NA()</f><v>#N/A</v>`)), "1 fault\nrow 2, start: \"#N/A\" is not a time: " + timeForms},
		"a formula not worked out": {
			edited(t, good, sheet1, replacing("<v>7</v>", "<f>3+4</f><v></v>")),
			"1 fault\nrow 2, start: holds a formula that was never worked out: open the workbook in a spreadsheet program and save it",
		},
		"a formula that excelize wrote": {
			workbook(t, map[string]any{"A1": "user", "B1": "start", "A2": "a@b.de"}, func(f *excelize.File) { _ = f.SetCellFormula("Sheet1", "B2", "NOW()") }),
			"1 fault\nrow 2, start: holds a formula that was never worked out: open the workbook in a spreadsheet program and save it",
		},
		"a cell far to the right":          {workbook(t, map[string]any{"A1": "user", "A2": "a@b.de", "XFD2": 1}), "1 fault\nrow 2: it has 16384 cells, the header 1: put a cell that holds the separator in quotes"},
		"a letter that changed on the way": {torn, notWhole + `("zip: checksum error")`},
		"a password":                       {[]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "1 fault\nit is an .xls workbook, or one with a password: save it as .xlsx without a password, or as CSV UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := roster.Read("a.xlsx", bytes.NewReader(c.file))
			checkFaults(t, err, "a.xlsx: "+c.want)
		})
	}
}

func TestWorkbookLimits(t *testing.T) {
	many := func(n int) []byte {
		return workbook(t, nil, func(f *excelize.File) {
			w, err := f.NewStreamWriter("Sheet1")
			if err != nil {
				t.Fatal(err)
			}
			_ = w.SetRow("A1", []any{"user"})
			for i := range n {
				_ = w.SetRow(fmt.Sprintf("A%d", i+2), []any{fmt.Sprintf("u%d@contoso.com", i)})
			}
			_ = w.Flush()
		})
	}
	if r, err := roster.Read("a.xlsx", bytes.NewReader(many(roster.MostWorkbookRows))); err != nil || len(r.Rows) != roster.MostWorkbookRows {
		t.Error(err)
	}
	_, err := roster.Read("a.xlsx", bytes.NewReader(many(roster.MostWorkbookRows+1)))
	checkFaults(t, err, "a.xlsx: 1 fault\nrow 20002: it has more than 20000 rows: split it")

	for _, size := range []uint64{roster.LargestWorkbook + 1, 1 << 63, 1<<64 - 1} {
		var bomb bytes.Buffer
		w := zip.NewWriter(&bomb)
		if to, err := w.Create("xl/small.xml"); err != nil { // a sum that overflows would be small again
			t.Fatal(err)
		} else if _, err := to.Write([]byte("<small/>")); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			to, err := w.CreateRaw(&zip.FileHeader{Name: sheet1, UncompressedSize64: size, CompressedSize64: 3})
			if err == nil {
				_, err = to.Write([]byte("abc"))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		_ = w.Close()
		_, err := roster.Read("a.xlsx", &bomb)
		checkFaults(t, err, "a.xlsx: 1 fault\nit is larger than 128 MiB when unpacked: delete its other sheets and pictures, or split it")
	}
}

// Nothing of a large workbook reaches the folder for temporary files, where others may read it.
func TestNothingIsSpilled(t *testing.T) {
	cells := map[string]any{"A1": "user", "B1": "a", "A2": "a@b.de", "B2": 7}
	big := strings.Repeat("spill", 4<<20) // more than excelize keeps in memory of itself
	sheet := edited(t, workbook(t, cells), sheet1, replacing("<v>7</v>", "<v>7</v><!--"+big+"-->"))
	texts := edited(t, workbook(t, cells), "xl/sharedStrings.xml", replacing("<t>a</t>", "<t>a</t><!--"+big+"-->"))

	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	long := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(dir, long, long); err != nil {
		t.Fatal(err)
	}
	for _, content := range [][]byte{sheet, texts} {
		if _, err := roster.Read("a.xlsx", bytes.NewReader(content)); err != nil {
			t.Error(err)
		}
	}
	// A file that came and went has changed its folder.
	if info, err := os.Stat(dir); err != nil || !info.ModTime().Equal(long) {
		t.Errorf("something was written to the folder for temporary files: %v, %v", info.ModTime(), err)
	}
}
