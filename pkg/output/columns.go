package output

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// column is a Column whose functions take a row as a pointer to it in any: Go compiles generic code anew for every type of
// row, so what works on rows works on this, and what is left to be generic are the closures of Schema.columns.
type column = Column[any]

// columns is a Schema of any noun.
type columns []column

// columns returns the schema for rows that come as pointers to them.
func (s Schema[T]) columns() columns {
	out := make(columns, len(s))
	for n, c := range s {
		out[n] = column{Name: c.Name, Type: c.Type, Doc: c.Doc, Exact: c.Exact, Head: c.Head, Drop: c.Drop, Cut: c.Cut}
		if c.Value != nil {
			out[n].Value = func(row any) any { return c.Value(*row.(*T)) }
		}
		if c.Cell != nil {
			out[n].Cell = func(row any) string { return c.Cell(*row.(*T)) }
		}
		if c.Tone != nil {
			out[n].Tone = func(row any) Tone { return c.Tone(*row.(*T)) }
		}
	}
	return out
}

// printer is a Printer[T] over one that takes pointers to rows.
type printer[T any] struct{ Printer[any] }

func (p *printer[T]) Row(row T) error { return p.Printer.Row(&row) }

// of is the value of a row.
func of(c column, row any) any {
	v := c.Value(row)
	if p, isPointer := v.(*string); isPointer {
		if p == nil {
			return nil
		}
		return *p
	}
	return v
}

// check finds what newPrinter cannot print.
func (s columns) check(f Format, o Options) error {
	all, mends := strings.Join(s.names(), ", "), "--columns "+strings.Join(s.names(), ",")
	for _, name := range o.Columns {
		if s.index(name) < 0 {
			return &Misuse{fmt.Sprintf("there is no column %q: choose from %s", name, all), mends, "columns"}
		}
	}
	switch {
	case f == HTML:
		return &Misuse{"-o html is the page of tap report, and no other answer's", "--output table", "output"}
	case f == Value && len(o.Columns) == 0 && o.Value == "":
		return &Misuse{"-o value prints bare values: say which with --columns, from " + all, mends, "output"}
	case !o.JQ.IsZero() && !f.IsJSON():
		return &Misuse{"--jq works on JSON: give -o json or -o jsonl", "--output json", "output"}
	}
	return nil
}

func (s columns) names() []string {
	var names []string
	for _, c := range s {
		if c.Name != "" {
			names = append(names, c.Name)
		}
	}
	return names
}

func (s columns) index(name string) int {
	return slices.IndexFunc(s, func(c column) bool { return c.Name != "" && strings.EqualFold(c.Name, name) })
}

// chosen is the columns that were asked for, or all that are properties.
func (s columns) chosen(names []string) columns {
	if len(names) == 0 {
		names = s.names()
	}
	var out columns
	for _, name := range names {
		if i := s.index(name); i >= 0 && out.index(name) < 0 { // an object has a key once
			out = append(out, s[i])
		}
	}
	return out
}

// widths is how wide each column of the table gets, by its Head.
func (s columns) widths(rows []any) map[string]int {
	least := map[string]int{}
	for _, c := range s {
		for _, r := range rows {
			if c.Head != "" {
				least[c.Head] = max(least[c.Head], Width(terminal.Escape(c.Cell(r))))
			}
		}
	}
	return least
}
