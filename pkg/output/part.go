package output

import (
	"io"
	"slices"
)

// Part is what one of several sources answered to one question: rows of a noun, what kept it from answering in full, or both.
type Part struct {
	Name   string   // of the source
	Failed *Failure // nil where it answered in full

	columns columns
	value   string // Options.Value
	gathers bool   // a printer was made: columns are those of the rows
	rows    []any
}

// Failure is what kept a source from answering in full.
type Failure struct {
	Slug                     string // the class
	Message, Hint, RequestID string
}

// Gather returns a printer that keeps its rows in the part, for PrintParts.
func Gather[T any](p *Part, s Schema[T], o Options) Printer[T] {
	p.columns, p.value, p.gathers = s.columns(), o.Value, true
	return &printer[T]{p}
}

// CheckPart is Schema.Check for an answer of several parts. The part keeps the columns: a source that fails later has a row all the same.
func CheckPart[T any](p *Part, s Schema[T], f Format, o Options) error {
	p.columns, p.value = s.columns(), o.Value
	return together(p.columns).check(f, o)
}

// Row keeps a row.
func (p *Part) Row(row any) error {
	p.rows = append(p.rows, row)
	return nil
}

// Close keeps nothing more.
func (p *Part) Close() error { return nil }

// PrintParts prints the rows of all parts as one answer to w, in the order of the parts, each row with the name of its source. A
// source that failed has a row that says so, behind those that it gave.
func PrintParts(f Format, w io.Writer, parts []*Part, o Options) error {
	lead := slices.IndexFunc(parts, func(p *Part) bool { return p.gathers })
	if lead < 0 {
		lead = slices.IndexFunc(parts, func(p *Part) bool { return p.columns != nil })
	}
	if lead < 0 {
		return nil // none came so far as to say what it would answer
	}
	var rows []any
	for _, p := range parts {
		for _, r := range p.rows {
			rows = append(rows, &piece{p, r})
		}
		if p.Failed != nil {
			rows = append(rows, &piece{part: p})
		}
	}
	columns := together(parts[lead].columns)
	o.Least, o.Value = columns.widths(rows), parts[lead].value
	printer := newPrinter(f, w, columns, o)
	for _, r := range rows {
		if err := printer.Row(r); err != nil {
			return err
		}
	}
	return printer.Close()
}

// piece is a row of a part, or where it is nil, that the part failed.
type piece struct {
	part *Part
	row  any
}

// failure is what a property says of a part that failed, by its name.
func (p *piece) failure(property string) any {
	said := map[string]string{
		"slug": p.part.Failed.Slug, "error": p.part.Failed.Message, "hint": p.part.Failed.Hint, "requestId": p.part.Failed.RequestID,
	}[property]
	if said == "" {
		return nil
	}
	return said
}

// words are what stands in the table for a part that failed, beside its name.
func (p *piece) words() string {
	if len(p.part.rows) > 0 {
		return "not read in full: " + p.part.Failed.Slug
	}
	return "not read: " + p.part.Failed.Slug
}

// head is the source in the table. A line that goes on with the one before, which has nothing in its first column, has none: what wraps there is
// copied as it stands.
func (p *piece) head(first int) string {
	if p.row != nil && first >= 0 && p.part.columns[first].Cell(p.row) == "" {
		return ""
	}
	return p.part.Name
}

// together are the columns of a noun for pieces: the source before them, and behind them what went wrong with one, where the noun itself has
// no property of that name.
func together(s columns) columns {
	first := slices.IndexFunc(s, func(c column) bool { return c.Head != "" })
	all := columns{{
		Name: "profile", Exact: true, Value: func(row any) any { return row.(*piece).part.Name },
		Head: "PROFILE", Cell: func(row any) string { return row.(*piece).head(first) },
	}}
	for n := range s {
		all = append(all, s.piecewise(n, n == first))
	}
	for _, name := range []string{"slug", "error", "hint", "requestId"} {
		if s.index(name) < 0 {
			all = append(all, column{Name: name, Value: func(row any) any {
				if p := row.(*piece); p.row == nil {
					return p.failure(name)
				}
				return nil
			}})
		}
	}
	return all
}

// piecewise is a column for pieces. Each part has columns of its own, which know its tenant; tells says in the table that a part failed.
func (s columns) piecewise(n int, tells bool) column {
	c := s[n]
	own := func(p *piece) column { return p.part.columns[n] }
	if c.Value != nil {
		c.Value = func(row any) any {
			p := row.(*piece)
			if p.row == nil {
				return p.failure(c.Name)
			}
			return own(p).Value(p.row)
		}
	}
	if c.Cell != nil {
		c.Cell = func(row any) string {
			p := row.(*piece)
			switch {
			case p.row != nil:
				return own(p).Cell(p.row)
			case tells:
				return p.words()
			}
			return ""
		}
	}
	if c.Tone != nil || tells {
		c.Tone = func(row any) Tone {
			p := row.(*piece)
			switch {
			case p.row == nil && tells:
				return Bad
			case p.row == nil || own(p).Tone == nil:
				return Neutral
			}
			return own(p).Tone(p.row)
		}
	}
	return c
}
