package result_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/result"
)

// A workbook as another reader sees it: text in every cell, the header frozen.
func TestWorkbook(t *testing.T) {
	var rows []result.Row
	codes := []string{"1e3", "+drkzqAD", "=1+1", "007", "TRUE"}
	for n, code := range codes {
		rows = append(rows, result.Row{Result: made(n, pass.OutcomeCreated, "=1+1", code)})
	}
	f, err := excelize.OpenReader(bytes.NewReader(write(t, result.XLSX, result.Table{Rows: rows})))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.GetSheetList(); len(got) != 1 || got[0] != "passes" {
		t.Errorf("%v", got)
	}
	panes, err := f.GetPanes("passes")
	if err != nil || !panes.Freeze || panes.YSplit != 1 || panes.XSplit != 0 || panes.TopLeftCell != "A2" {
		t.Errorf("%+v %v", panes, err)
	}
	for n, code := range codes {
		cell := fmt.Sprintf("G%d", n+2)
		value, err := f.GetCellValue("passes", cell)
		kind, _ := f.GetCellType("passes", cell)
		formula, _ := f.GetCellFormula("passes", cell)
		style, _ := f.GetCellStyle("passes", cell)
		if err != nil || value != code || kind != excelize.CellTypeInlineString || formula != "" {
			t.Errorf("%s: %q %v %q %v", cell, value, kind, formula, err)
		}
		if s, err := f.GetStyle(style); err != nil || s.NumFmt != 49 {
			t.Errorf("%s: %+v %v", cell, s, err)
		}
	}
	if kind, _ := f.GetCellType("passes", "J2"); kind != excelize.CellTypeInlineString { // lifetimeInMinutes
		t.Errorf("%v", kind)
	}
}

// Excel writes shared strings: a workbook that was saved again is read.
func TestReadsResavedWorkbook(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(write(t, result.XLSX, every())))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellStr("passes", "D2", "Ada"); err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellStr("passes", "A9", ""); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	file, err := result.Read(&b, result.XLSX)
	if err != nil {
		t.Fatal(err)
	}
	table := every()
	table.Rows[0].Person.DisplayName = "Ada"
	if d := sameAs(table, file); d != "" {
		t.Error(d)
	}
}

// What a person did to a workbook, and a result does not have.
func TestChangedWorkbookRefused(t *testing.T) {
	for want, change := range map[string]func(f *excelize.File) error{
		"row 1: it has cells outside of the columns":          func(f *excelize.File) error { return f.SetCellStr("passes", "AB2", "x") },
		"row 2: it holds a formula that was never worked out": func(f *excelize.File) error { return f.SetCellFormula("passes", "G3", "G2") },
		"its columns do not begin with tenantId, userId":      func(f *excelize.File) error { return f.SetCellStr("passes", "A1", "x") },
		"row 1: isUsableOnce is no boolean":                   func(f *excelize.File) error { return f.SetCellInt("passes", "K2", 7) },
		"its first sheet is empty": func(f *excelize.File) error {
			_, err := f.NewSheet("a")
			return errors.Join(err, f.MoveSheet("a", "passes"))
		},
	} {
		f, err := excelize.OpenReader(bytes.NewReader(write(t, result.XLSX, every())))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := errors.Join(change(f), f.Write(&b)); err != nil {
			t.Fatal(err)
		}
		_, err = result.Read(&b, result.XLSX)
		usage(t, err, want)
	}
}

func big() result.Table {
	t := result.Table{Tenant: tenant, Carried: []string{"department", "manager"}}
	for n := range result.MostWorkbookRows {
		t.Rows = append(t.Rows, result.Row{Result: made(n, pass.OutcomeCreated, "Ada Lovelace", fmt.Sprintf("+code%08d", n)), Carried: []string{"Sales", "boss@contoso.com"}})
	}
	return t
}

func TestWorkbookLimits(t *testing.T) {
	long := strings.Repeat("é", 32767)
	one := result.Table{Carried: []string{"a"}, Rows: []result.Row{{Carried: []string{long}}}}
	if err := result.Check(result.XLSX, one); err != nil {
		t.Error(err)
	}
	file, err := result.Read(bytes.NewReader(write(t, result.XLSX, one)), result.XLSX)
	if err != nil || file.Rows[0].Carried()[0] != long {
		t.Errorf("a cell of 32767 characters: %v", err)
	}
	one.Rows[0].Carried[0] += "é"
	usage(t, result.Check(result.XLSX, one), "row 1, a: a cell of XLSX holds at most 32767 characters: write .csv or .json")
	if err := result.Check(result.CSV, one); err != nil {
		t.Error(err)
	}
	usage(t, result.Check(result.XLSX, result.Table{Carried: []string{"a", long + "é"}}), "column 19: its name is longer than the 32767 characters of a cell of XLSX: write .csv or .json")
	for _, why := range []string{strings.Repeat("x", 40000), strings.Repeat("𝒳", 20000)} {
		one.Rows[0] = result.Row{Result: pass.Result{Err: &errs.Error{Why: why}}, Carried: []string{""}}
		file, err = result.Read(bytes.NewReader(write(t, result.XLSX, one)), result.XLSX)
		if err != nil {
			t.Fatal(err)
		}
		if got := file.Rows[0].Get("error"); !strings.HasSuffix(got, "…") || len(got) < 32000 {
			t.Errorf("a long error ends with %q", got[len(got)-9:])
		}
	}
}

// More than 16 MiB unpacked, and still nothing is written beside it. A file that comes and goes changes its folder's time.
func TestNothingInTemporaryFolder(t *testing.T) {
	dir := t.TempDir()
	for _, v := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(v, dir)
	}
	untouched := func(by func()) bool {
		before := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
		if err := os.Chtimes(dir, before, before); err != nil {
			t.Fatal(err)
		}
		by()
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		return info.ModTime().Equal(before)
	}
	table := big()
	var b []byte
	if !untouched(func() { b = write(t, result.XLSX, table) }) {
		t.Error("writing made a temporary file")
	}
	if size := unpacked(t, b); size < 20<<20 {
		t.Fatalf("the workbook has %d bytes, too few to prove anything", size)
	}
	if !untouched(func() {
		file, err := result.Read(bytes.NewReader(b), result.XLSX)
		if err != nil {
			t.Fatal(err)
		}
		if d := sameAs(table, file); d != "" {
			t.Error(d[:min(len(d), 2000)])
		}
	}) {
		t.Error("reading made a temporary file")
	}
	if untouched(func() { // the guard bites
		f, err := excelize.OpenReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
	}) {
		t.Error("excelize makes no temporary file by itself, so this test proves nothing")
	}
	table.Rows = append(table.Rows, table.Rows[0])
	usage(t, result.Write(io.Discard, result.XLSX, table), "an XLSX file holds at most 20000 rows")
	w, err := result.NewWriter(io.Discard, result.XLSX, table)
	if err != nil {
		t.Fatal(err)
	}
	for n, row := range table.Rows {
		if err := w.Row(row); (err != nil) != (n == result.MostWorkbookRows) {
			t.Errorf("row %d: %v", n, err)
		}
	}
}

func unpacked(t *testing.T, b []byte) (size uint64) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		size += f.UncompressedSize64
	}
	return size
}
