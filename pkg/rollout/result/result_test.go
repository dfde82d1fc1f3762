package result_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/result"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

var update = flag.Bool("update", false, "write the golden files")

func TestFormatOf(t *testing.T) {
	for path, want := range map[string]struct {
		f   result.Format
		age bool
	}{
		"passes.csv": {result.CSV, false}, "passes.csv.age": {result.CSV, true}, "a/b.c/PASSES.JSON": {result.JSON, false},
		`C:\x\p.xlsx.AGE`: {result.XLSX, true}, "x.age.json": {result.JSON, false},
	} {
		if f, age, err := result.FormatOf(path); err != nil || f != want.f || age != want.age {
			t.Errorf("%s: %s %v %v", path, f, age, err)
		}
	}
	for _, path := range []string{"", "-", "csv", "passes", "passes.age", "passes.xls", "passes.csv.age.age", "passes.csv.gz", "passes.jsonl"} {
		_, _, err := result.FormatOf(path)
		usage(t, err, ".csv, .json or .xlsx, and in .age after that")
	}
}

func TestGolden(t *testing.T) {
	table := every()
	table.Rows[1].Carried = []string{`a,"b"`, "x\ny", "\t", "", "'", ";"} // git changes line ends
	table.Rows[3].Carried = []string{"_x0041_x0042_", "é", "1e3", " lead", "trail ", "\u2028"}
	for _, f := range []result.Format{result.JSON, result.CSV} {
		got, name := write(t, f, table), filepath.Join("../../../testdata/golden", "result.every."+string(f)+".txt")
		if *update {
			if err := os.WriteFile(name, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s (-update writes it): %s", name, d)
		}
	}
}

func TestReadEvery(t *testing.T) {
	for _, f := range formats {
		for _, table := range []result.Table{every(), {}, {Carried: []string{"a"}}, {Carried: []string{"a"}, Rows: []result.Row{{Result: pass.Result{Outcome: pass.OutcomeFailed}, Carried: []string{""}}}}} {
			file, err := result.Read(bytes.NewReader(write(t, f, table)), f)
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			if f == result.JSON && len(table.Rows) == 0 {
				table.Carried = nil
			}
			if d := sameAs(table, file); d != "" {
				t.Errorf("%s: %s", f, d)
			}
			for _, to := range formats { // export
				var b bytes.Buffer
				if err := file.Write(&b, to); err != nil {
					t.Fatal(err)
				}
				if to != result.XLSX && !bytes.Equal(b.Bytes(), write(t, to, table)) {
					t.Errorf("%s exported to %s is another file", f, to)
				}
			}
		}
	}
}

// The sandbox's alphabet, and what is mangled most.
const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789+&=!$%@-#*?"

func passcodes() *rapid.Generator[string] {
	drawn := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]byte(alphabet)), 8, 48), func(b []byte) string { return string(b) })
	like := rapid.SampledFrom([]string{"1e3", "=1+1", "+drkzqAD", "'a", "'=a", `"`, `""`, ",", ";", "007", "TRUE", "null", "NaN", "-0", "0x10", "1,5", "2026-01-01", "<b>&amp;", `\n`, `\.`, "@SUM(1)", "_x0041_", " a ", "\u2028"})
	return rapid.OneOf(drawn, like)
}

func texts() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(), passcodes(),
		rapid.SampledFrom([]string{"", "'", "=", "'=", "''=", "\r", "\r\n", "a\r\nb", "\n", "\t", "\ufeff", "\x00", "\x1f", "\ufffe", "\U0010ffff", "_", "_x", "_x005F_", "\u202e", "]]>", "é", `\ufffd`}),
		rapid.Map(rapid.SliceOf(rapid.SampledFrom([]string{"_", "x", "0041", "_x0041_", "x005F", "\x01", "'", "=", " ", `"`, ",", "\r", "\n"})), func(s []string) string { return strings.Join(s, "") }),
	)
}

// names are names of a roster's columns: none empty, none twice.
func names() *rapid.Generator[[]string] {
	one := rapid.OneOf(texts(), rapid.SampledFrom(result.Columns()), rapid.Map(rapid.SampledFrom(result.Columns()), func(s string) string { return "roster." + strings.ToUpper(s) }), rapid.Just("Roster.roster.state"), rapid.Just("roster"), rapid.Just("roster."))
	return rapid.SliceOfNDistinct(one.Filter(func(s string) bool { return s != "" }), 0, 6, strings.ToLower)
}

func tables() *rapid.Generator[result.Table] {
	return rapid.Custom(func(t *rapid.T) result.Table {
		table := result.Table{Tenant: tenant, Carried: names().Draw(t, "names")}
		for n := range rapid.IntRange(1, 4).Draw(t, "rows") {
			r := made(n, pass.OutcomeCreated, texts().Draw(t, "name"), passcodes().Draw(t, "code"))
			r.Person.UserPrincipalName, r.Pass.ID = texts().Draw(t, "upn"), "-"+id(n)
			if rapid.Bool().Draw(t, "failed") {
				r.Passcode, r.Pass, r.Outcome = secret.Text{}, pass.Pass{}, pass.OutcomeFailed
				r.Err = &errs.Error{Slug: errs.Busy, Why: texts().Draw(t, "why"), Hints: []string{texts().Draw(t, "hint")}}
			}
			row := result.Row{Result: r}
			for range table.Carried {
				row.Carried = append(row.Carried, texts().Draw(t, "cell"))
			}
			table.Rows = append(table.Rows, row)
		}
		return table
	})
}

func TestReadsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := tables().Draw(t, "table")
		for _, f := range formats {
			file, err := result.Read(bytes.NewReader(write(t, f, table)), f)
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			if d := sameAs(table, file); d != "" {
				t.Fatalf("%s: %s", f, d)
			}
		}
	})
}

// Nothing in the CSV but what is exact begins as a formula, and the column defused names what was changed as the header has it.
func TestDefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := write(t, result.CSV, tables().Draw(t, "table"))
		rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		exact := []string{"tenantId", "userId", "passId", "temporaryAccessPass"}
		for n, row := range rows {
			for i, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) && (n == 0 || !slices.Contains(exact, rows[0][i])) {
					t.Fatalf("row %d, %s: %q", n, rows[0][i], cell)
				}
			}
		}
	})
	rows, err := csv.NewReader(bytes.NewReader(write(t, result.CSV, every()))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var defused []string
	for _, row := range rows {
		defused = append(defused, row[slices.Index(rows[0], "defused")])
	}
	want := []string{"defused", `"Job Title" '=cmd`, `roster.roster.state "a""b"`, "", "userPrincipalName displayName", `"Job Title" roster.State roster.roster.state '=cmd "a""b"`}
	if d := cmp.Diff(want, defused); d != "" {
		t.Error(d)
	}
}

func TestCollisions(t *testing.T) {
	table := every()
	table.Carried = []string{"userId", "USERID2", "Defused", "roster.userId", "roster.other", "roster"}
	rows, err := csv.NewReader(bytes.NewReader(write(t, result.CSV, table))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"roster.userId", "USERID2", "roster.Defused", "roster.roster.userId", "roster.other", "roster"}
	if d := cmp.Diff(want, rows[0][len(result.Columns()):]); d != "" {
		t.Error(d)
	}
	var objects []map[string]any
	if err := json.Unmarshal(write(t, result.JSON, table), &objects); err != nil {
		t.Fatal(err)
	}
	inside := objects[0]["roster"].(map[string]any)
	if inside["userId"] != "@boss" || inside["USERID2"] != nil || objects[0]["userId"] != id(1) {
		t.Errorf("%v", objects[0])
	}
}

func TestColumns(t *testing.T) {
	want := "tenantId userId userPrincipalName displayName outcome passId temporaryAccessPass startDateTime endDateTime lifetimeInMinutes isUsableOnce state reason error hint requestId defused"
	if got := strings.Join(result.Columns(), " "); got != want {
		t.Errorf("%s", got)
	}
	if got := strings.Join(result.Schema().Names(), " "); got != strings.TrimSuffix(want, "defused")+"roster" {
		t.Errorf("%s", got)
	}
}

func TestHint(t *testing.T) {
	table := every()
	table.Hint = func(e *errs.Error) string { return "HINT=" + e.Hints[0] }
	table.Rows = table.Rows[3:4]
	if got := string(write(t, result.CSV, table)); !strings.Contains(got, "HINT=tap policy show") {
		t.Error(got)
	}
}

// A writer's rows are there as soon as they were given, which a result on stdout needs.
func TestWriterStreams(t *testing.T) {
	for _, f := range []result.Format{result.CSV, result.JSON} {
		var b bytes.Buffer
		w, err := result.NewWriter(&b, f, every())
		if err != nil {
			t.Fatal(err)
		}
		for n, row := range every().Rows {
			if err := w.Row(row); err != nil {
				t.Fatal(err)
			}
			if n == 0 && !strings.Contains(b.String(), row.Passcode.Reveal()) {
				t.Errorf("%s: the first row is not there: %s", f, b.String())
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), write(t, f, every())) {
			t.Errorf("%s: row by row it is another file", f)
		}
	}
	w, err := result.NewWriter(io.Discard, result.CSV, result.Table{Carried: []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Row(result.Row{}); err == nil || err.Error() != "a row of the result has 0 of the roster's 1 cells" {
		t.Error(err)
	}
	if _, err := result.NewWriter(io.Discard, "yaml", result.Table{}); err == nil {
		t.Error("yaml is no format")
	}
}

func TestFindAndSplit(t *testing.T) {
	file, err := result.Read(bytes.NewReader(write(t, result.JSON, every())), result.JSON)
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{strings.ToUpper(id(2)), "USER2@contoso.com"} {
		if got := file.Find(user); len(got) != 1 || got[0].Passcode.Reveal() != "+drkzqAD" {
			t.Errorf("%s: %v", user, got)
		}
	}
	if got := append(file.Find(""), file.Find("user@contoso.com")...); got != nil {
		t.Errorf("%v", got)
	}
	for column, want := range map[string]string{
		"outcome": "created1 replaced1 skipped1 refused1 failed1", "STATE": "notYetValid2 usable1 2", "tenantid": tenant + "5",
		"roster.roster.state": "CA1 \r1 1 _xABCD\x011 =1", "roster.state": "2 x\r\ny1 \x01\uffff1 --1",
	} {
		parts, err := file.Split(column)
		var got []string
		for _, p := range parts {
			got = append(got, p.Value+string(rune('0'+len(p.Rows))))
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %q, %v", column, got, err)
		}
	}
	_, err = file.Split("temporaryAccessPass")
	usage(t, err, "a result is not split by its passcodes")
	_, err = file.Split("manager")
	usage(t, err, `there is no column "manager": choose from tenantId, userId`)
}

// What is no result is refused, and no error repeats what stands there.
func TestReadRefuses(t *testing.T) {
	const code = "Zq7KpW2m"
	table := result.Table{Carried: []string{"a"}, Rows: []result.Row{{Result: made(1, pass.OutcomeCreated, "Ada", code), Carried: []string{"x"}}}}
	c, j, x := string(write(t, result.CSV, table)), string(write(t, result.JSON, table)), string(write(t, result.XLSX, table))
	with := func(s, old, by string) string {
		if !strings.Contains(s, old) {
			t.Fatalf("%q is not in %s", old, s)
		}
		return strings.Replace(s, old, by, 1)
	}
	for _, v := range []struct {
		f          result.Format
		text, want string
	}{
		{result.CSV, "", "it is empty"},
		{result.CSV, with(c, "tenantId", "tenant"), "its columns do not begin with tenantId, userId"},
		{result.CSV, with(c, "tenantId,", ""), "its columns do not begin"},
		{result.CSV, c[:len(c)-4], "line 2: wrong number of fields"},
		{result.CSV, with(c, code, `"`+code), "line 2: extraneous or missing"},
		{result.CSV, with(c, "480", code), "row 1: lifetimeInMinutes is no integer"},
		{result.CSV, with(c, "true", code), "row 1: isUsableOnce is no boolean"},
		{result.CSV, with(c, ",x\n", ",\xff\n"), "it is not UTF-8"},
		{result.CSV, with(c, ",,x\n", ",a,x\n"), "names a, whose cell was not defused"},
		{result.CSV, with(c, ",,x\n", ","+code+",x\n"), "names one that is not there"},
		{result.CSV, with(c, ",,x\n", ",\"\"\"a\",x\n"), "holds no list of names"},
		{result.JSON, "", "it is no JSON, or cut short"},
		{result.JSON, "{}", "it is not one array"},
		{result.JSON, "[{}]", "row 1: it is not one array"},
		{result.JSON, j[:len(j)-3], "it is no JSON, or cut short"},
		{result.JSON, j + "x", "it is no JSON"},
		{result.JSON, j + j, "it is not one array"},
		{result.JSON, with(j, `"`+code+`"`, "12345678"), "row 1: it is not one array"},
		{result.JSON, with(j, `"`+code+`"`, code), "row 1: it is no JSON"},
		{result.JSON, with(j, `480`, `"480"`), "row 1: it is not one array"},
		{result.JSON, with(j, `480`, `4.8e2`), "row 1: lifetimeInMinutes is no integer"},
		{result.JSON, with(j, `"tenantId"`, `"userId"`), "row 1: it is not one array"},
		{result.JSON, with(j, "\n]", ","+with(j, `"a"`, `"b"`)[1:]), "row 2 has other columns"},
		{result.XLSX, "", "it is no XLSX workbook"},
		{result.XLSX, x[:len(x)-5], "it is no XLSX workbook"},
		{result.XLSX, x[:200] + "~" + x[201:], ""},
	} {
		_, err := result.Read(strings.NewReader(v.text), v.f)
		usage(t, err, v.want)
		if strings.Contains(err.Error(), code) || strings.Contains(err.Error(), "12345678") {
			t.Errorf("the passcode stands in %q", err)
		}
	}
	broken := errors.New("the disk is gone")
	for _, f := range formats {
		_, err := result.Read(io.MultiReader(strings.NewReader("["), failing{broken}), f)
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", f, err)
		}
	}
	if _, err := result.Read(strings.NewReader(""), "yaml"); err == nil {
		t.Error("yaml is no format")
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A CSV that another program saved with CR LF and a byte order mark is read.
func TestReadsResavedCSV(t *testing.T) {
	table := every()
	table.Rows = table.Rows[2:]
	b := bytes.ReplaceAll(write(t, result.CSV, table), []byte("\n"), []byte("\r\n"))
	file, err := result.Read(bytes.NewReader(append([]byte("\ufeff"), b...)), result.CSV)
	if err != nil {
		t.Fatal(err)
	}
	if d := sameAs(table, file); d != "" {
		t.Error(d)
	}
}

// Bytes that are no UTF-8 come out the same in every format.
func TestNoUTF8(t *testing.T) {
	table := result.Table{Carried: []string{"a\xff"}, Rows: []result.Row{{Result: pass.Result{Person: person.Person{DisplayName: "\xc3"}}, Carried: []string{"b\xff\xfec"}}}}
	for _, f := range formats {
		file, err := result.Read(bytes.NewReader(write(t, f, table)), f)
		if err != nil {
			t.Fatal(err)
		}
		if r := file.Rows[0]; r.Get("displayName") != "\ufffd" || r.Carried()[0] != "b\ufffdc" || file.Carried[0] != "a\ufffd" {
			t.Errorf("%s: %q %q", f, row(r), file.Carried)
		}
	}
}
