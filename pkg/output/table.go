package output

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// gap is what stands between two columns.
const gap = 2

// tablePrinter prints each row as soon as it is known, in columns as wide as was promised by
// Options.Least or as a row before needed: a longer cell pushes its own row, never cuts a text.
type tablePrinter[T any] struct {
	w       io.Writer
	columns []Column[T]
	widths  []int
	started bool
}

func newTable[T any](w io.Writer, s Schema[T], o Options) *tablePrinter[T] {
	p := &tablePrinter[T]{w: w}
	for _, c := range s {
		if c.Head != "" {
			p.columns = append(p.columns, c)
		}
	}
	p.measure(o)
	for o.Width > 0 && p.total() > o.Width && p.drop() {
		p.measure(o)
	}
	return p
}

// Widths is how wide the table's columns get with these rows: Options.Least where all rows are known before the first is printed.
func Widths[T any](s Schema[T], rows ...T) map[string]int {
	least := map[string]int{}
	for _, c := range s {
		for _, r := range rows {
			if c.Head != "" {
				least[c.Head] = max(least[c.Head], twwidth.Width(c.Cell(r)))
			}
		}
	}
	return least
}

func (p *tablePrinter[T]) measure(o Options) {
	p.widths = p.widths[:0]
	for _, c := range p.columns {
		p.widths = append(p.widths, max(twwidth.Width(c.Head), o.Least[c.Head]))
	}
}

func (p *tablePrinter[T]) total() int {
	sum := -gap
	for _, w := range p.widths {
		sum += w + gap
	}
	return sum
}

// drop takes away the column that matters least, if there is one that may go.
func (p *tablePrinter[T]) drop() bool {
	least := 0
	for n, c := range p.columns {
		if c.Drop > p.columns[least].Drop {
			least = n
		}
	}
	if p.columns[least].Drop == 0 {
		return false
	}
	p.columns = slices.Delete(p.columns, least, least+1)
	return true
}

func (p *tablePrinter[T]) Row(row T) error {
	cells := make([]string, len(p.columns))
	for n, c := range p.columns {
		cells[n] = c.Cell(row)
	}
	heads := make([]string, 0, len(cells))
	for n, c := range p.columns {
		if !p.started {
			heads = append(heads, pad(c.Head, max(p.widths[n], twwidth.Width(cells[n]))))
		}
		p.widths[n] = max(p.widths[n], twwidth.Width(cells[n]))
		cells[n] = pad(cells[n], p.widths[n])
	}
	p.started = true
	return render(p.w, heads, cells)
}

func (p *tablePrinter[T]) Close() error { return nil }

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-twwidth.Width(s)))
}

// render prints one row, and its heads before it where there are some, without lines and without
// trailing blanks. The cells are padded already: the widths of rows that are not known yet cannot be told to the library.
func render(w io.Writer, heads, cells []string) error {
	var b bytes.Buffer
	between := tw.Padding{Left: tw.Empty, Right: strings.Repeat(" ", gap), Overwrite: true}
	format := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
		Alignment:  tw.CellAlignment{Global: tw.AlignLeft},
		Padding:    tw.CellPadding{Global: between},
	}
	t := tablewriter.NewTable(&b,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.LinesNone},
		})),
		tablewriter.WithConfig(tablewriter.Config{Header: format, Row: format}),
		tablewriter.WithHeaderAutoFormat(tw.Off), tablewriter.WithEastAsian(tw.Off), tablewriter.WithTrimSpace(tw.Off),
	)
	if len(heads) > 0 {
		t.Header(heads)
	}
	if err := t.Append(cells); err != nil {
		return err
	}
	if err := t.Render(); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		if _, err := io.WriteString(w, strings.TrimRight(line, " \n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}
