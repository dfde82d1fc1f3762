package output_test

import (
	"encoding/json"
	"strings"
	"testing"

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
	if err := f.Set("xml"); err == nil || err.Error() != `"xml" is no output format: choose table|json|value` {
		t.Errorf("Set: %v", err)
	}
	if err := f.Set("json"); err != nil || f != output.JSON {
		t.Errorf("Set: %v %v", err, f)
	}
}
