package output

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// gap is what stands between two columns.
const gap = 2

// tablePrinter prints each row as soon as it is known, in columns as wide as was promised by
// Options.Least or as a row before needed: a longer cell pushes its own row, or is cut where its column allows it.
type tablePrinter struct {
	w       io.Writer
	o       Options
	columns columns
	widths  []int
	started bool
}

func newTable(w io.Writer, s columns, o Options) *tablePrinter {
	p := &tablePrinter{w: w, o: o, started: o.NoHeader}
	if len(o.Columns) > 0 {
		for _, c := range s.chosen(o.Columns) {
			p.columns = append(p.columns, shown(c))
		}
	} else {
		p.columns = slices.DeleteFunc(slices.Clone(s), func(c column) bool { return c.Head == "" })
	}
	p.measure()
	if len(o.Columns) == 0 && o.Width > 0 {
		p.narrow(o.Width)
	}
	return p
}

// narrow takes columns away until the table fits, the one that matters least first, and puts back what fits after all.
func (p *tablePrinter) narrow(width int) {
	all := slices.Clone(p.columns)
	gone := map[string]bool{}
	keep := func() {
		p.columns = slices.DeleteFunc(slices.Clone(all), func(c column) bool { return gone[c.Head] })
		p.measure()
	}
	var order []string
	for p.total() > width {
		least := slices.MaxFunc(p.columns, func(a, b column) int { return a.Drop - b.Drop })
		if least.Drop == 0 {
			break
		}
		gone[least.Head] = true
		order = append(order, least.Head)
		keep()
	}
	for _, head := range slices.Backward(order) {
		gone[head] = false
		if keep(); p.total() > width {
			gone[head] = true
			keep()
		}
	}
}

// shown gives a property that tables leave out a column under its own name.
func shown(c column) column {
	if c.Head == "" {
		c.Head = c.Name
		c.Cell = func(row any) string {
			text, _ := Options{}.cell(of(c, row), false) // what cannot be encoded is empty
			return text
		}
	}
	return c
}

// measure finds how wide each column has to be at least. One that may be cut asks for a readable part.
func (p *tablePrinter) measure() {
	p.widths = p.widths[:0]
	for _, c := range p.columns {
		least := p.o.Least[c.Head]
		if c.Cut {
			least = min(least, readable)
		}
		p.widths = append(p.widths, max(Width(c.Head), least))
	}
}

// readable is the part of a cell that a terminal is not too narrow for.
const readable = 20

func (p *tablePrinter) total() int {
	sum := -gap
	for _, w := range p.widths {
		sum += w + gap
	}
	return sum
}

func (p *tablePrinter) Row(row any) error {
	cells := make([]string, len(p.columns))
	for n, c := range p.columns {
		cells[n] = p.o.Guard.text(terminal.Escape(c.Cell(row)), c.Exact)
	}
	p.cut(cells)
	var heads []string
	for n, c := range p.columns {
		p.widths[n] = max(p.widths[n], Width(cells[n]))
		if !p.started {
			heads = append(heads, pad(c.Head, p.widths[n]))
		}
		cells[n] = pad(cells[n], p.widths[n])
	}
	p.started = true
	lines, err := render(heads, cells)
	if err != nil {
		return err
	}
	if p.o.Colour {
		p.paint(lines, heads, cells, row)
	}
	_, err = io.WriteString(p.w, strings.Join(lines, ""))
	return err
}

// cut shortens what may be cut until the row fits the terminal, the last column first.
func (p *tablePrinter) cut(cells []string) {
	over := -p.o.Width - gap
	for n := range cells {
		over += max(p.widths[n], Width(cells[n])) + gap
	}
	for n, c := range slices.Backward(p.columns) {
		if !c.Cut || p.o.Width == 0 || over <= 0 {
			continue
		}
		was := max(p.widths[n], Width(cells[n]))
		cells[n] = Fit(cells[n], max(Width(c.Head), was-over))
		over -= was - max(p.widths[n], Width(cells[n]))
	}
}

// paint colours the words of rendered lines, after the layout: the library counts colours as width.
func (p *tablePrinter) paint(lines []string, heads, cells []string, row any) {
	last := len(lines) - 1
	lines[last] = painted(lines[last], cells, func(n int) Tone {
		if tone := p.columns[n].Tone; tone != nil {
			return tone(row)
		}
		return Neutral
	})
	if len(heads) > 0 {
		lines[0] = painted(lines[0], heads, func(int) Tone { return Strong })
	}
}

// painted colours the cells of a line, which stand in it padded, with gaps between them.
func painted(line string, cells []string, tone func(n int) Tone) string {
	var b strings.Builder
	for n, c := range cells {
		words := strings.TrimRight(c, " ")
		b.WriteString(tone(n).Paint(words))
		b.WriteString(strings.Repeat(" ", len(c)-len(words)+gap))
	}
	return strings.TrimRight(b.String(), " ") + line[len(strings.TrimRight(line, "\n")):]
}

func (p *tablePrinter) Close() error { return nil }

// render lays one row out, and its heads before it where there are some, without lines and without
// trailing blanks. The cells are padded already: the widths of rows that are not known yet cannot be told to the library.
func render(heads, cells []string) ([]string, error) {
	var b bytes.Buffer
	format := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
		Alignment:  tw.CellAlignment{Global: tw.AlignLeft},
		Padding:    tw.CellPadding{Global: tw.Padding{Right: strings.Repeat(" ", gap), Overwrite: true}},
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
		return nil, err
	}
	if err := t.Render(); err != nil {
		return nil, err
	}
	var lines []string
	for line := range strings.Lines(b.String()) {
		lines = append(lines, strings.TrimRight(line, " \n")+"\n")
	}
	return lines, nil
}
