package output

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// csvPrinter prints a header and rows as RFC 4180, with LF. Cells that a spreadsheet would run as a formula
// begin with an apostrophe, and the last column, `defused`, names them; what is Exact is never changed.
type csvPrinter struct {
	w       *csv.Writer
	columns columns
	o       Options
	header  bool // is still to be printed
}

// defused is the name of the last column.
const defused = "defused"

func newCSV(w io.Writer, s columns, o Options) *csvPrinter {
	return &csvPrinter{w: csv.NewWriter(w), columns: s, o: o, header: !o.NoHeader}
}

func (p *csvPrinter) Row(row any) error {
	if err := p.head(); err != nil {
		return err
	}
	var cells, changed []string
	for _, c := range p.columns {
		v := of(c, row)
		cell, err := p.o.cell(v, c.Exact)
		if err != nil {
			return err
		}
		if !c.Exact {
			cell = Defuse(cell)
		}
		if raw, isText := v.(string); isText && raw != cell {
			changed = append(changed, c.Name)
		}
		cells = append(cells, cell)
	}
	if err := p.w.Write(append(cells, List(changed))); err != nil {
		return err
	}
	p.w.Flush()
	return p.w.Error()
}

func (p *csvPrinter) head() error {
	if !p.header {
		return nil
	}
	p.header = false
	return p.w.Write(append(p.columns.names(), defused))
}

func (p *csvPrinter) Close() error {
	if err := p.head(); err != nil {
		return err
	}
	p.w.Flush()
	return p.w.Error()
}

// List names columns as the column defused does: apart by spaces, and in quotes, with quotes inside doubled, where a name is empty or holds
// a space or a quote.
func List(names []string) string {
	var out []string
	for _, n := range names {
		if n == "" || strings.ContainsAny(n, ` "`) {
			n = `"` + strings.ReplaceAll(n, `"`, `""`) + `"`
		}
		out = append(out, n)
	}
	return strings.Join(out, " ")
}

// Defuse puts an apostrophe before a cell that spreadsheets take for a formula:
// https://owasp.org/www-community/attacks/CSV_Injection
func Defuse(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// valuePrinter prints bare values: a line a row, tabs between columns. A row whose values are all unknown has no line.
type valuePrinter struct {
	w       io.Writer
	columns columns
	o       Options
}

func (p *valuePrinter) Row(row any) error {
	var values []string
	known := false
	for _, c := range p.columns {
		v := of(c, row)
		known = known || v != nil
		if s, isText := v.(string); isText && !c.Exact {
			v = oneLine(s)
		}
		text, err := p.o.cell(v, c.Exact)
		if err != nil {
			return err
		}
		values = append(values, text)
	}
	if !known {
		return nil
	}
	_, err := fmt.Fprintln(p.w, strings.Join(values, "\t"))
	return err
}

func (p *valuePrinter) Close() error { return nil }

// oneLine keeps a text that is not ours from making lines and columns of its own.
func oneLine(s string) string {
	return strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s)
}

// cell is a value as bare text, safe to print.
func (o Options) cell(v any, exact bool) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return o.text(v, exact), nil
	}
	b, err := Encode(v)
	if string(b) == "null" {
		return "", err
	}
	return string(o.Guard.json(terminal.EscapeJSON(b))), err // a list stays JSON
}
