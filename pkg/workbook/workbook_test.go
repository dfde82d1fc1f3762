package workbook_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/seed-5ddf9a5e/tap/pkg/workbook"
)

const most = 64 << 20

// written is a workbook with a header and rows.
func written(t interface{ Fatal(...any) }, rows [][]string) []byte {
	var b bytes.Buffer
	w, err := workbook.NewWriter(&b, `a & "b"`, rows[0])
	for _, row := range rows[1:] {
		if err == nil {
			err = w.Row(row)
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read is the rows of the first sheet.
func read(content []byte) (rows []workbook.Row, err error) {
	b, err := workbook.Open(content, most)
	if err != nil {
		return nil, err
	}
	r, err := b.Rows(b.Sheets[0])
	if err != nil {
		return nil, err
	}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, workbook.Row{Line: row.Line, Cells: slices.Clone(row.Cells)})
	}
}

// texts are rows of text as they are read: cells that are empty are not there.
func texts(rows [][]string) (out []workbook.Row) {
	for n, cells := range rows {
		row := workbook.Row{Line: n + 1}
		for i, text := range cells {
			if text != "" {
				row.Cells = append(row.Cells, workbook.Cell{Column: i, Text: text})
			}
		}
		out = append(out, row)
	}
	return out
}

func same(t interface{ Errorf(string, ...any) }, want, got []workbook.Row) {
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s", d)
	}
}

// parts are what a workbook holds, to be changed and packed again.
type part struct{ name, text string }

func unpacked(t testing.TB, content []byte) (parts []part) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, part{f.Name, string(b)})
	}
	return parts
}

func packed(t testing.TB, parts []part) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := z.Create(p.name)
		if err == nil {
			_, err = io.WriteString(w, p.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const sheetPart = "xl/worksheets/sheet1.xml"

// with is a workbook of one sheet with this XML in place of its rows.
func with(t testing.TB, sheetData string) []byte {
	t.Helper()
	return edited(t, sheetPart, func(s string) string {
		before, _, _ := strings.Cut(s, "<sheetData>")
		return before + sheetData + "</worksheet>"
	})
}

func edited(t testing.TB, name string, edit func(string) string) []byte {
	t.Helper()
	parts := unpacked(t, written(t, [][]string{{"a"}, {"b"}}))
	i := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
	parts[i].text = edit(parts[i].text)
	return packed(t, parts)
}

// hostile are cells that a spreadsheet, or a reader of XML, takes for something else.
var hostile = []string{
	"1e3", "007", "TRUE", "=1+1", "+1", "-1", "@a", "'a", " lead", "trail ", "a\nb", "a\r\nb", "\r", "\t", "<a>&amp;\"'", "]]>", "é", "𝒳", "\u2028",
	"_x0041_", "_x0041_x0042_", "_x005F_", "_x00", "\x01", "\x00\x1f", "\uFFFE\uFFFF", "_xABCD\x01", "2026-12-01", "#N/A", strings.Repeat("é", workbook.LongestCell),
}

// What is written, excelize reads, cell by cell, as text in the number format of text.
func TestExcelizeReads(t *testing.T) {
	rows := [][]string{make([]string, 40), hostile, slices.Concat(make([]string, 100), []string{"far"}), {}, {"", "b"}}
	for i := range rows[0] {
		rows[0][i] = fmt.Sprint("h", i)
	}
	f, err := excelize.OpenReader(bytes.NewReader(written(t, rows)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet := f.GetSheetName(0)
	if sheet != `a & "b"` || f.SheetCount != 1 {
		t.Errorf("%d sheets, %q", f.SheetCount, sheet)
	}
	if p, err := f.GetPanes(sheet); err != nil || !p.Freeze || p.YSplit != 1 || p.XSplit != 0 || p.TopLeftCell != "A2" {
		t.Errorf("%+v %v", p, err)
	}
	for n, cells := range rows {
		for i, want := range cells {
			at, _ := excelize.CoordinatesToCellName(i+1, n+1)
			got, err := f.GetCellValue(sheet, at)
			if err != nil || got != want {
				t.Errorf("%s: %q, want %q, %v", at, got, want, err)
			}
			if want == "" {
				continue
			}
			kind, _ := f.GetCellType(sheet, at)
			formula, _ := f.GetCellFormula(sheet, at)
			style, _ := f.GetCellStyle(sheet, at)
			if s, err := f.GetStyle(style); kind != excelize.CellTypeInlineString || formula != "" || err != nil || s.NumFmt != 49 {
				t.Errorf("%s: %v %q %+v %v", at, kind, formula, s, err)
			}
		}
	}
	got, err := f.GetRows(sheet)
	if err != nil || len(got) != len(rows) {
		t.Errorf("%d rows, %v", len(got), err)
	}
}

// Whatever is written comes back.
func TestReadsWhatWasWritten(t *testing.T) {
	same(t, texts([][]string{{"a"}, hostile}), must(t, written(t, [][]string{{"a"}, hostile})))
	cell := rapid.OneOf(rapid.SampledFrom(hostile[:len(hostile)-1]), rapid.String(), rapid.StringMatching(`(_x?|[0-9A-F]{4}|x)*`), rapid.Just(""))
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, 0, 30), 1, 10).Draw(t, "rows")
		b := written(t, rows)
		if !bytes.Equal(b, written(t, rows)) {
			t.Error("written twice it is another file")
		}
		same(t, texts(rows), must(t, b))
	})
}

func must(t interface{ Fatal(...any) }, content []byte) []workbook.Row {
	rows, err := read(content)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// What excelize writes is read: each kind of cell, with its number format. It does not escape _x0041_, which means A.
func TestReadsExcelize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := excelize.NewFile()
		code := "0.0 \"days\""
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
		if err != nil {
			t.Fatal(err)
		}
		var want []workbook.Row
		last := 0
		for range rapid.IntRange(0, 8).Draw(t, "rows") {
			row := workbook.Row{Line: last + rapid.IntRange(1, 3).Draw(t, "gap")}
			last = row.Line
			for at := rapid.IntRange(0, 30).Draw(t, "first"); at < 60; at += rapid.IntRange(1, 40).Draw(t, "next") {
				name, _ := excelize.CoordinatesToCellName(at+1, row.Line)
				c, err := excelizeCell(t, f, name, style)
				if c.Column = at; err != nil {
					t.Fatal(err)
				}
				row.Cells = append(row.Cells, c)
			}
			want = append(want, row)
		}
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		got := slices.DeleteFunc(must(t, b.Bytes()), func(r workbook.Row) bool { return len(r.Cells) == 0 })
		same(t, want, got)
		book, err := workbook.Open(b.Bytes(), most)
		if err != nil {
			t.Fatal(err)
		}
		if got := book.Formats()[style]; got.Code != code || len(book.Formats()) != style+1 || book.From1904 {
			t.Errorf("%+v", book)
		}
	})
}

// excelizeCell sets a cell of any kind, and says how it must be read.
func excelizeCell(t *rapid.T, f *excelize.File, name string, style int) (workbook.Cell, error) {
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		n := rapid.Float64Range(-1e9, 1e9).Draw(t, "number")
		return workbook.Cell{Kind: workbook.Number, Text: strconv.FormatFloat(n, 'f', -1, 64)}, f.SetCellFloat("Sheet1", name, n, -1, 64)
	case 1:
		n := rapid.IntRange(math.MinInt32, math.MaxInt32).Draw(t, "number")
		return workbook.Cell{Kind: workbook.Number, Text: strconv.Itoa(n), Style: style}, errors.Join(f.SetCellValue("Sheet1", name, n), f.SetCellStyle("Sheet1", name, name, style))
	case 2:
		yes := rapid.Bool().Draw(t, "bool")
		return workbook.Cell{Kind: workbook.Bool, Text: map[bool]string{true: "TRUE", false: "FALSE"}[yes]}, f.SetCellBool("Sheet1", name, yes)
	case 3:
		return workbook.Cell{Kind: workbook.Unworked}, f.SetCellFormula("Sheet1", name, "NOW()")
	}
	text := rapid.SampledFrom([]string{"a", "=1+1", " 1\n2 ", "é<&>", "007", "\r"}).Draw(t, "text")
	return workbook.Cell{Text: text}, f.SetCellStr("Sheet1", name, text)
}

func TestSheets(t *testing.T) {
	f := excelize.NewFile()
	for _, name := range []string{"hidden", "very", "new"} {
		if name == "new" { // excelize hides no sheet beside a chart
			if err := errors.Join(f.SetSheetVisible("hidden", false), f.SetSheetVisible("very", false, true)); err != nil {
				t.Fatal(err)
			}
			if err := f.AddChartSheet("chart", &excelize.Chart{Type: excelize.Line, Series: []excelize.ChartSeries{{Values: "Sheet1!$A$1:$A$2"}}}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStr(name, "A1", name); err != nil {
			t.Fatal(err)
		}
	}
	yes := true
	if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	b, err := workbook.Open(out.Bytes(), most)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]workbook.Sheet{{Name: "Sheet1", Visible: true}, {Name: "hidden"}, {Name: "very"}, {Name: "new", Visible: true}}, b.Sheets, cmpopts.IgnoreUnexported(workbook.Sheet{})); d != "" || !b.From1904 {
		t.Error(d, b.From1904)
	}
	rows, err := b.Rows(b.Sheets[2])
	if err != nil {
		t.Fatal(err)
	}
	row, err := rows.Next()
	if err != nil || row.Line != 1 || row.Cells[0].Text != "very" {
		t.Errorf("%+v %v", row, err)
	}
	for range 2 {
		if _, err := rows.Next(); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	}
}

// Other programs choose other names for parts, other prefixes and, in a Strict workbook, other namespaces.
func TestOtherPrograms(t *testing.T) {
	plain := unpacked(t, written(t, [][]string{{"a"}, {"", "b"}}))
	want := texts([][]string{{"a"}, {"", "b"}})
	for name, change := range map[string]*strings.Replacer{
		"strict": strings.NewReplacer("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main",
			"http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships"),
		"absolute":          strings.NewReplacer(`Target="worksheets/`, `Target="/xl/worksheets/`),
		"upwards":           strings.NewReplacer(`Target="worksheets/`, `Target="../xl/./worksheets/`),
		"case":              strings.NewReplacer(`Target="worksheets/sheet1`, `Target="Worksheets/Sheet1`),
		"no styles":         strings.NewReplacer(`/styles" Target="styles.xml"`, `/theme" Target="theme.xml"`),
		"prefixes":          strings.NewReplacer("<row", "<x:row", "</row", "</x:row", "<c ", "<x:c ", "</c>", "</x:c>", "<worksheet ", `<worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" `),
		"an outside":        strings.NewReplacer("</Relationships>", `<Relationship Id="rId9" Type="http://x/sharedStrings" Target="http://contoso.com/" TargetMode="External"/></Relationships>`),
		"a byte order mark": strings.NewReplacer("<?xml", "\uFEFF<?xml"),
		"controls":          strings.NewReplacer("</sheetData>", `</sheetData><controls><control><controlPr><anchor><from><row>12</row></from></anchor></controlPr></control></controls>`),
	} {
		t.Run(name, func(t *testing.T) {
			parts, changed := slices.Clone(plain), false
			for i, p := range parts {
				parts[i].text = change.Replace(p.text)
				changed = changed || parts[i].text != p.text
			}
			if !changed {
				t.Fatal("nothing was changed")
			}
			same(t, want, must(t, packed(t, parts)))
		})
	}
	t.Run("backslashes", func(t *testing.T) {
		parts := slices.Clone(plain)
		for i := range parts {
			parts[i].name = strings.ReplaceAll(parts[i].name, "/", `\`)
		}
		same(t, want, must(t, packed(t, parts)))
	})
	t.Run("another folder", func(t *testing.T) {
		parts := slices.Clone(plain)
		for i, p := range parts {
			parts[i].name = strings.ReplaceAll(strings.Replace(p.name, "xl/", "a/b/", 1), "workbook.xml", "main.xml")
			parts[i].text = strings.ReplaceAll(p.text, "xl/workbook.xml", "a/b/main.xml")
		}
		same(t, want, must(t, packed(t, parts)))
	})
}

func TestCells(t *testing.T) {
	for xml, want := range map[string][]workbook.Cell{
		`<c><v>1</v></c><c r="D1" s="9" t="n"><v> 2 </v></c><c><v>3</v></c>`:                               {{Kind: workbook.Number, Text: "1"}, {Column: 3, Kind: workbook.Number, Text: "2", Style: 9}, {Column: 4, Kind: workbook.Number, Text: "3"}},
		`<c s="-1"><v>1<!-- --><a/>2</v><extLst><v>9</v></extLst></c>`:                                     {{Kind: workbook.Number, Text: "12"}},
		`<c t="b"><v>1</v></c><c t="b"><v>false</v></c><c t="b"/>`:                                         {{Kind: workbook.Bool, Text: "TRUE"}, {Column: 1, Kind: workbook.Bool, Text: "FALSE"}},
		`<c t="d"><v>2026-12-01T08:00:00</v></c>`:                                                          {{Kind: workbook.Date, Text: "2026-12-01T08:00:00"}},
		`<c t="e"><f>NA()</f><v>#N/A</v></c><c t="str"><f>""</f><v></v></c><c t="str"><v>_x0041_</v></c>`:  {{Kind: workbook.Error, Text: "#N/A"}, {Column: 2, Text: "A"}},
		`<c><f>A1</f></c><c><f>A1</f><v/></c><c t="str"><f>A1</f></c>`:                                     {{Kind: workbook.Unworked}, {Column: 1, Kind: workbook.Unworked}, {Column: 2, Kind: workbook.Unworked}},
		`<c t="inlineStr"><is><r><rPr><b/></rPr><t>a </t></r><r><t>b</t></r><rPh><t>no</t></rPh></is></c>`: {{Text: "a b"}},
		`<c t="s"><v/></c><c r="XFD1"><v>1</v></c>`:                                                        {{Column: 16383, Kind: workbook.Number, Text: "1"}},
	} {
		same(t, []workbook.Row{{Line: 1, Cells: want}}, must(t, with(t, "<sheetData><row>"+xml+"</row></sheetData>")))
	}
	same(t, nil, must(t, with(t, "")))
	same(t, nil, must(t, with(t, "<sheetData/>")))
	same(t, []workbook.Row{{Line: 3}, {Line: 4}, {Line: 1 << 20}}, must(t, with(t, `<sheetData><row r="3"/><row/><row r="1048576"/></sheetData>`)))
}

func TestFaults(t *testing.T) {
	row := func(cells string) []byte { return with(t, "<sheetData><row>"+cells+"</row></sheetData>") }
	plain := unpacked(t, written(t, [][]string{{"a"}, {"b"}}))
	replacing := func(old, with string) func(string) string {
		return func(s string) string {
			if !strings.Contains(s, old) {
				t.Fatalf("%q is not in %s", old, s)
			}
			return strings.Replace(s, old, with, 1)
		}
	}
	deep := strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"no zip":                    {[]byte("a,b"), "zip: not a valid zip file"},
		"an empty zip":              {packed(t, nil), "a part is missing"},
		"a text document":           {edited(t, "xl/workbook.xml", func(string) string { return "<document/>" }), "a part is not what it is named as"},
		"an empty part":             {edited(t, sheetPart, func(string) string { return "" }), "a part is empty"},
		"two roots":                 {edited(t, sheetPart, func(s string) string { return s + "<worksheet/>" }), "a part has two roots"},
		"two roots of a part":       {edited(t, "xl/styles.xml", func(s string) string { return s + "<a/>" }), "a part has two roots"},
		"a part twice":              {packed(t, append(slices.Clone(plain), part{"XL/workbook.xml", ""})), "it holds a part twice"},
		"no sheet for an id":        {edited(t, "xl/workbook.xml", replacing("rId1", "rId7")), "a sheet is missing"},
		"no part for a sheet":       {edited(t, "xl/_rels/workbook.xml.rels", replacing("sheet1", "sheet9")), "a part is missing"},
		"out of the package":        {edited(t, "xl/_rels/workbook.xml.rels", replacing("worksheets/", "../../worksheets/")), "a part is missing"},
		"a number format":           {edited(t, "xl/styles.xml", replacing(`numFmtId="49"`, `numFmtId="x"`)), "a number format has no number"},
		"rows backwards":            {with(t, `<sheetData><row r="2"/><row r="1"/></sheetData>`), "its rows are out of order"},
		"a row twice":               {with(t, `<sheetData><row r="2"/><row r="2"/></sheetData>`), "its rows are out of order"},
		"too many rows":             {with(t, `<sheetData><row r="1048576"/><row/></sheetData>`), "it has more rows than a sheet holds"},
		"a cell twice":              {row(`<c r="B1"/><c r="B1"/>`), "its cells are out of order"},
		"cells backwards":           {row(`<c r="B1"/><c r="A1"/>`), "its cells are out of order"},
		"a cell of another row":     {row(`<c r="A2"/>`), "its cells are out of order"},
		"a cell beyond the last":    {row(`<c r="XFE1"/>`), "a cell has no place"},
		"a cell after the last":     {row(`<c r="XFD1"/><c/>`), "it has more columns than a sheet holds"},
		"a cell far beyond":         {row(`<c r="` + strings.Repeat("Z", 100) + `1"/>`), "a cell has no place"},
		"a cell without a row":      {row(`<c r="A"/>`), "a cell has no place"},
		"a cell without a column":   {row(`<c r="1"/>`), "a cell has no place"},
		"a text that is missing":    {row(`<c t="s"><v>0</v></c>`), "a text is missing"},
		"a text without a number":   {row(`<c t="s"><v>x</v></c>`), "a text is missing"},
		"neither true nor false":    {row(`<c t="b"><v>2</v></c>`), "a cell is neither true nor false"},
		"a kind of cell":            {row(`<c t="q"><v>2</v></c>`), "a cell is of no kind that a workbook knows"},
		"nested too deep":           {with(t, deep), "its XML is nested too deep"},
		"a cell nested too deep":    {row("<c><v>" + deep + "</v></c>"), "its XML is nested too deep"},
		"cut off in the rows":       {edited(t, sheetPart, func(s string) string { return s[:strings.Index(s, "</row>")] }), "XML syntax error on line 2: unexpected EOF"},
		"cut off after the rows":    {edited(t, sheetPart, func(s string) string { return s[:strings.Index(s, "</worksheet>")] }), "XML syntax error on line 2: unexpected EOF"},
		"cut off after other parts": {edited(t, "xl/styles.xml", func(s string) string { return s[:len(s)-9] }), "XML syntax error on line 2: unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := read(c.file); err == nil || err.Error() != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// A byte that changed on the way is found, or changes nothing.
func TestChangedByte(t *testing.T) {
	rows := [][]string{{"user", "pass"}, {"ada@contoso.com", "+drkzqAD"}, {"bob@contoso.com", "1e3"}}
	good := written(t, rows)
	found := 0
	for i := range good {
		for _, bit := range []byte{1, 0x80} {
			bad := bytes.Clone(good)
			bad[i] ^= bit
			got, err := read(bad)
			if err != nil {
				found++
				continue
			}
			same(t, texts(rows), got)
		}
	}
	if found < len(good) {
		t.Errorf("%d of %d changes were found", found, 2*len(good))
	}
	for n := range len(good) {
		if _, err := read(good[:n]); err == nil {
			t.Errorf("the first %d of %d bytes are read", n, len(good))
		}
	}
}

func TestTooLarge(t *testing.T) {
	good := written(t, [][]string{{"a"}})
	var size uint64
	for _, p := range unpacked(t, good) {
		size += uint64(len(p.text))
	}
	if _, err := workbook.Open(good, size); err != nil {
		t.Error(err)
	}
	if _, err := workbook.Open(good, size-1); !errors.Is(err, workbook.ErrTooLarge) {
		t.Error(err)
	}
	// A part that holds more than it states is no larger than that.
	var liar bytes.Buffer
	z := zip.NewWriter(&liar)
	w, err := z.CreateRaw(&zip.FileHeader{Name: "a", Method: zip.Store, UncompressedSize64: 1, CompressedSize64: 4})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, "aaaa")
	_ = z.Close()
	if _, err := workbook.Open(liar.Bytes(), 1000); !errors.Is(err, zip.ErrFormat) && !errors.Is(err, zip.ErrChecksum) {
		t.Error(err)
	}
	// A text in very many pieces is put together once.
	begun := time.Now()
	same(t, []workbook.Row{{Line: 1, Cells: []workbook.Cell{{Text: strings.Repeat("ab", 300_000)}}}},
		must(t, with(t, `<sheetData><row><c t="inlineStr"><is>`+strings.Repeat("<r><t>ab</t></r>", 300_000)+`</is></c></row></sheetData>`)))
	if took := time.Since(begun); took > 20*time.Second {
		t.Error(took)
	}
}

func TestColumns(t *testing.T) {
	row := make([]string, workbook.MostColumns)
	for i := range row {
		row[i] = "x"
	}
	content := written(t, [][]string{row})
	same(t, texts([][]string{row}), must(t, content))
	sheet := unpacked(t, content)[5].text
	for i := range row {
		name, _ := excelize.ColumnNumberToName(i + 1)
		var found bool
		if _, sheet, found = strings.Cut(sheet, `<c r="`+name+`1"`); !found {
			t.Fatalf("%s is missing", name)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	w, err := workbook.NewWriter(io.Discard, "a", []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Row([]string{"", strings.Repeat("𝒳", workbook.LongestCell/2+1)}); err == nil || err.Error() != "row 1, column 2: a cell of XLSX holds at most 32767 characters" {
		t.Error(err)
	}
	if err := w.Row(make([]string, workbook.MostColumns+1)); err == nil || err.Error() != "a sheet holds no such row" {
		t.Error(err)
	}
	full := errors.New("the disk is full")
	for n := range 3000 {
		w, err := workbook.NewWriter(&filling{n, full}, "a", []string{"a"})
		if err == nil {
			err = w.Close()
		}
		if n < 2000 && !errors.Is(err, full) {
			t.Fatalf("after %d bytes: %v", n, err)
		}
	}
}

// filling fails after some bytes.
type filling struct {
	left int
	err  error
}

func (f *filling) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return 0, f.err
	}
	f.left -= len(p)
	return len(p), nil
}

// Whatever a sheet holds, its rows are read in order, or an error comes.
func FuzzRows(f *testing.F) {
	f.Add(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row></sheetData></worksheet>`)
	f.Add(`<worksheet><sheetData><row><c><f>A1</f><v>1</v></c><c t="b"><v>1</v></c></row><row r="9"/></sheetData><a/></worksheet>`)
	f.Fuzz(func(t *testing.T, sheet string) {
		rows, err := read(edited(t, sheetPart, func(string) string { return sheet }))
		if err != nil {
			return
		}
		line := 0
		for _, row := range rows {
			column := -1
			for _, c := range row.Cells {
				if c.Column <= column || c.Column >= workbook.MostColumns || c.Text == "" != (c.Kind == workbook.Unworked) || c.Style < 0 {
					t.Fatalf("%+v", row)
				}
				column = c.Column
			}
			if row.Line <= line || row.Line > workbook.MostRows {
				t.Fatalf("row %d after %d", row.Line, line)
			}
			line = row.Line
		}
	})
}
