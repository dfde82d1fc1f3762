package output_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

type fruit struct {
	name string
	n    int
	note string
}

var schema = output.Schema[fruit]{
	{Name: "name", Type: "string", Doc: "its name", Value: func(f fruit) any { return f.name }, Head: "NAME", Cell: func(f fruit) string { return f.name }},
	{Name: "count", Type: "integer", Doc: "how many", Value: func(f fruit) any { return f.n }},
	{Name: "note", Type: "string", Doc: "a note", Value: func(f fruit) any {
		if f.note == "" {
			return nil
		}
		return f.note
	}, Head: "NOTE", Cell: func(f fruit) string { return f.note }, Drop: 1},
	{Name: "code", Type: "string", Doc: "a code", Value: func(f fruit) any { return "<&>" }, Head: "CODE", Cell: func(fruit) string { return "<&>" }},
}

var rows = []fruit{{"apple", 3, "red or green"}, {"山田 👍", 0, ""}, {"a fig that is long", 1, "x"}}

func printed(t *testing.T, f output.Format, o output.Options, rows []fruit) string {
	t.Helper()
	var b strings.Builder
	p := output.New(f, &b, schema, o)
	for _, r := range rows {
		if err := p.Row(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTable(t *testing.T) {
	for _, c := range []struct {
		name string
		o    output.Options
		want string
	}{
		{"as wide as it gets", output.Options{Least: map[string]int{"NAME": 10}}, "" +
			"NAME        NOTE          CODE\n" +
			"apple       red or green  <&>\n" +
			"山田 👍                   <&>\n" +
			"a fig that is long  x             <&>\n"},
		{"narrow", output.Options{Width: 19, Least: map[string]int{"NAME": 10, "NOTE": 12}}, "" +
			"NAME        CODE\n" +
			"apple       <&>\n" +
			"山田 👍     <&>\n" +
			"a fig that is long  <&>\n"},
		{"too narrow for what stays", output.Options{Width: 5}, "" +
			"NAME   CODE\n" +
			"apple  <&>\n" +
			"山田 👍  <&>\n" +
			"a fig that is long  <&>\n"},
	} {
		if got := printed(t, output.Table, c.o, rows); got != c.want {
			t.Errorf("%s:\n%s\nwant:\n%s", c.name, got, c.want)
		}
	}
}

func TestJSON(t *testing.T) {
	got := printed(t, output.JSON, output.Options{}, rows[:2])
	want := `[
  {
    "name": "apple",
    "count": 3,
    "note": "red or green",
    "code": "<&>"
  },
  {
    "name": "山田 👍",
    "count": 0,
    "note": null,
    "code": "<&>"
  }
]
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := printed(t, output.JSON, output.Options{}, nil); got != "[]\n" {
		t.Errorf("no rows: %q", got)
	}
	if !json.Valid([]byte(got)) {
		t.Error("not JSON")
	}
}

func TestValue(t *testing.T) {
	if got := printed(t, output.Value, output.Options{Value: "note"}, rows[:2]); got != "red or green\n" {
		t.Errorf("%q", got)
	}
}

func TestFormat(t *testing.T) {
	var f output.Format
	if err := f.Set("xml"); err == nil || err.Error() != `"xml" is no output format: choose table|json|jsonl|yaml|csv|value` {
		t.Errorf("Set: %v", err)
	}
	if err := f.Set("json"); err != nil || f != output.JSON {
		t.Errorf("Set: %v %v", err, f)
	}
}

func TestJSONL(t *testing.T) {
	want := `{"name":"apple","count":3,"note":"red or green","code":"<&>"}` + "\n" + `{"name":"山田 👍","count":0,"note":null,"code":"<&>"}` + "\n"
	if got := printed(t, output.JSONL, output.Options{}, rows[:2]); got != want {
		t.Errorf("%q", got)
	}
	if got := printed(t, output.JSONL, output.Options{}, nil); got != "" {
		t.Errorf("no rows: %q", got)
	}
}

func TestYAML(t *testing.T) {
	want := `- name: "apple"
  count: 3
  note: "red or green"
  code: "<&>"
- name: "1e3"
  count: 0
  note: null
  code: "<&>"
`
	if got := printed(t, output.YAML, output.Options{}, []fruit{rows[0], {name: "1e3"}}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := printed(t, output.YAML, output.Options{}, nil); got != "[]\n" {
		t.Errorf("no rows: %q", got)
	}
}

func TestCSV(t *testing.T) {
	bad := []fruit{{"=1+1", 3, "-x,\"y\"\nz"}, {"@a", 0, "\tb"}}
	want := "name,count,note,code,defused\n'=1+1,3,\"'-x,\"\"y\"\"\nz\",<&>,name note\n'@a,0,'\tb,<&>,name note\n"
	if got := printed(t, output.CSV, output.Options{}, bad); got != want {
		t.Errorf("%q", got)
	}
	if got := printed(t, output.CSV, output.Options{}, nil); got != "name,count,note,code,defused\n" {
		t.Errorf("no rows: %q", got)
	}
	if got := printed(t, output.CSV, output.Options{NoHeader: true, Columns: []string{"CODE", "count"}}, bad[:1]); got != "<&>,3,\n" {
		t.Errorf("chosen: %q", got)
	}
}

func TestColumns(t *testing.T) {
	o := output.Options{Columns: []string{"count", "name"}}
	for f, want := range map[output.Format]string{
		output.Table: "count  NAME\n3      apple\n",
		output.JSONL: `{"count":3,"name":"apple"}` + "\n",
		output.Value: "3\tapple\n",
		output.CSV:   "count,name,defused\n3,apple,\n",
		output.YAML:  "- count: 3\n  name: \"apple\"\n",
	} {
		if got := printed(t, f, o, rows[:1]); got != want {
			t.Errorf("%s: %q", f, got)
		}
	}
	if got := printed(t, output.JSONL, output.Options{Columns: []string{"count", "COUNT", "name", "count"}}, rows[:1]); got != `{"count":3,"name":"apple"}`+"\n" {
		t.Errorf("twice: %q", got)
	}
	if got := printed(t, output.Table, output.Options{NoHeader: true}, rows[:1]); got != "apple  red or green  <&>\n" {
		t.Errorf("no header: %q", got)
	}
}

func TestCheck(t *testing.T) {
	var q output.Query
	if err := q.Set(".[].name"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		f    output.Format
		o    output.Options
		want string
	}{
		{output.Table, output.Options{Columns: []string{"size"}}, `there is no column "size": choose from name, count, note, code`},
		{output.Value, output.Options{}, `-o value prints bare values: say which with --columns, from name, count, note, code`},
		{output.CSV, output.Options{JQ: q}, `--jq works on JSON: give -o json or -o jsonl`},
		{output.HTML, output.Options{}, `-o html is the page of tap report, and no other answer's`},
		{output.Value, output.Options{Value: "code"}, ""},
		{output.JSON, output.Options{JQ: q, Columns: []string{"NAME"}}, ""},
	} {
		err := schema.Check(c.f, c.o)
		if (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
			t.Errorf("Check(%s, %v) = %v, want %q", c.f, c.o.Columns, err, c.want)
		}
	}
}

func TestJQ(t *testing.T) {
	for program, want := range map[string]string{
		".[].name":                    "apple\n山田 👍\na fig that is long\n",
		"map(.count) | add":           "4\n",
		".[0] | {code}":               `{"code":"<&>"}` + "\n",
		"$ENV | length, (env|length)": "0\n0\n",
		"empty":                       "",
		"nan, 1, halt, 2":             "null\n1\n",
	} {
		var q output.Query
		if err := q.Set(program); err != nil {
			t.Fatal(err)
		}
		if got := printed(t, output.JSON, output.Options{JQ: q}, rows); got != want {
			t.Errorf("%s: %q, want %q", program, got, want)
		}
	}
	var q output.Query
	if err := q.Set(".name"); err != nil {
		t.Fatal(err)
	}
	if got := printed(t, output.JSONL, output.Options{JQ: q}, rows[:2]); got != "apple\n山田 👍\n" {
		t.Errorf("a row at a time: %q", got)
	}
	if err := q.Set(".["); err == nil || !strings.Contains(err.Error(), "is no jq program") {
		t.Errorf("Set: %v", err)
	}
}

// TestJQTellsNoValue: a program that fails quotes what it failed on, and that may be a passcode.
func TestJQTellsNoValue(t *testing.T) {
	for _, program := range []string{
		".[0].name|tonumber", ".[0].name|[.[]]", ".[0].name|.x", ".[0].name|error", ".[0].name|fromjson", ".[]|.name|error", ".[0].name+1", "{(.[0].name): 1}|error",
		".[0].name|halt_error", ".[0].name|strptime(\"%Y\")", ".[0].name|test(\"(\")", ".[0].name|ltrimstr(\"+\")|error", "error(null)",
	} {
		var q output.Query
		if err := q.Set(program); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		p := output.New(output.JSON, &b, schema, output.Options{JQ: q})
		_ = p.Row(fruit{name: "+drkzqAD"})
		err := p.Close()
		if err == nil || err.Error() != "--jq: the program does not fit the answer: the answer is printed as it is" {
			t.Errorf("%s: %v", program, err)
		}
		if !strings.Contains(b.String(), `"name":"+drkzqAD"`) {
			t.Errorf("%s: the answer is lost: %q", program, b.String())
		}
	}
}

// TestJQEnds: a program that does not end by itself ends with its context, and the answer is not lost.
func TestJQEnds(t *testing.T) {
	var q output.Query
	if err := q.Set("[repeat(1)]"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	var b strings.Builder
	p := output.New(output.JSON, &b, schema, output.Options{JQ: q.Within(ctx)})
	_ = p.Row(rows[0])
	if err := p.Close(); err == nil || err.Error() != "--jq: interrupted: the answer is printed as it is" || !strings.Contains(b.String(), "apple") {
		t.Errorf("%v, %s", err, b.String())
	}
}

func TestHostileTextsDoNotAct(t *testing.T) {
	evil := []fruit{{name: "a\x1b[2J\u009b31m\u202eb\u200b\U000e0041", note: "x\ty\nz"}}
	for _, f := range output.Formats() {
		got := printed(t, f, output.Options{Terminal: true, Columns: []string{"name", "note"}}, evil)
		if strings.ContainsAny(got, "\x1b\u009b\u202e\u200b\U000e0041") {
			t.Errorf("%s lets it through: %q", f, got)
		}
	}
	var back []map[string]any
	for _, f := range []output.Format{output.JSON, output.YAML} {
		text := printed(t, f, output.Options{}, evil)
		if err := yaml.Unmarshal([]byte(text), &back); f == output.YAML && (err != nil || back[0]["name"] != evil[0].name) {
			t.Errorf("yaml: %v %q from %s", err, back, text)
		}
		if err := json.Unmarshal([]byte(text), &back); f == output.JSON && (err != nil || back[0]["name"] != evil[0].name) {
			t.Errorf("json: %v %q from %s", err, back, text)
		}
	}
}

func TestColour(t *testing.T) {
	s := output.Schema[fruit]{{Head: "NAME", Cell: func(f fruit) string { return f.name }, Tone: func(fruit) output.Tone { return output.Good }}, {Head: "N", Cell: func(fruit) string { return "1" }}}
	var b strings.Builder
	p := output.New(output.Table, &b, s, output.Options{Colour: true, Least: map[string]int{"NAME": 6}})
	_ = p.Row(rows[0])
	if want := "\x1b[1mNAME\x1b[0m    \x1b[1mN\x1b[0m\n\x1b[32mapple\x1b[0m   1\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
	for _, c := range []struct {
		env  map[string]string
		tty  bool
		want bool
	}{
		{nil, true, true}, {nil, false, false},
		{map[string]string{"NO_COLOR": "1"}, true, false},
		{map[string]string{"CLICOLOR_FORCE": "1"}, false, true},
		{map[string]string{"CLICOLOR_FORCE": "0"}, false, false},
		{map[string]string{"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, true, false},
		{map[string]string{"TERM": "dumb"}, true, false},
		{map[string]string{"CLICOLOR": "0"}, true, false},
	} {
		if got := output.WantsColour(func(n string) string { return c.env[n] }, c.tty); got != c.want {
			t.Errorf("WantsColour(%v, %v) = %v", c.env, c.tty, got)
		}
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		s    string
		w    int
		want string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"山田太郎", 5, "山田…"}, {"山田太郎", 4, "山…"}, {"abc", 0, ""}, {"👍👍", 3, "👍…"}, {"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
	} {
		if got := output.Fit(c.s, c.w); got != c.want || output.Width(got) > c.w {
			t.Errorf("Fit(%q, %d) = %q", c.s, c.w, got)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		s    string
		w    int
		want string
	}{
		{"a b c", 0, "a b c"}, {"a b c", 5, "a b c"}, {"a b c", 3, "a b|c"}, {"abcdef", 3, "abc|def"}, {"a bcdef g", 4, "a|bcde|f g"}, {"", 3, ""},
		{"山田 太郎", 4, "山田|太郎"}, {"山田太郎", 5, "山田|太郎"}, {"👍👍", 3, "👍|👍"}, {"e\u0301e\u0301e\u0301", 2, "e\u0301e\u0301|e\u0301"}, {"山", 1, "山"},
	} {
		if got := strings.Join(output.Wrap(c.s, c.w, ""), "|"); got != c.want {
			t.Errorf("Wrap(%q, %d) = %q, want %q", c.s, c.w, got, c.want)
		}
	}
	if got := strings.Join(output.Wrap("abcd    efgh   ", 4, "  "), "|"); got != "abcd|  ef|  gh" {
		t.Errorf("blanks: %q", got)
	}
	if got := strings.Join(output.Wrap("a bc defgh i", 4, "  "), "|"); got != "a bc|  de|  fg|  h|  i" {
		t.Errorf("indented: %q", got)
	}
}

func TestCut(t *testing.T) {
	s := output.Schema[fruit]{{Head: "N", Cell: func(fruit) string { return "1" }}, {Head: "NAME", Cell: func(f fruit) string { return f.name }, Cut: true}}
	var b strings.Builder
	p := output.New(output.Table, &b, s, output.Options{Width: 10, Least: output.Widths(s, rows...)})
	for _, r := range rows {
		if err := p.Row(r); err != nil {
			t.Fatal(err)
		}
	}
	if want := "N  NAME\n1  apple\n1  山田 👍\n1  a fig…\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

// TestCommandIsTyped: a command in several lines is the same command.
func TestWrapCommand(t *testing.T) {
	t.Parallel()
	const id = "85158a66-1cb4-5817-baef-d4b7b71a440c"
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"mend it: tap policy set --one-time", 0, "mend it: tap policy set --one-time"},
		{"mend it: tap policy set --one-time", 32, "mend it: tap policy set \\|  --one-time"},
		{"mend it: tap policy set --remove-include " + id, 47, "mend it: tap policy set --remove-include \\|  " + id},
		{"mend it: tap policy set --remove-include " + id, 30, "mend it: tap policy set --remove-include " + id},
		{"mend it: tap policy set --include 'New Hires'", 20, "mend it: tap policy set --include 'New Hires'"},
	} {
		if got := strings.Join(output.WrapCommand(c.text, c.width, "  "), "|"); got != c.want {
			t.Errorf("%s in %d: %s, want %s", c.text, c.width, got, c.want)
		}
	}
}
