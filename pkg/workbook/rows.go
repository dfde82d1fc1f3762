package workbook

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
)

// The size of a sheet: https://support.microsoft.com/office/excel-specifications-and-limits
const (
	MostRows    = 1 << 20
	MostColumns = 1 << 14
	LongestCell = 32767 // in UTF-16 units
)

// Kind is what a cell holds.
type Kind int

// The kinds of cell.
const (
	Text     Kind = iota // also where a formula made it
	Number               // digits as they are stored, not as they are shown
	Bool                 // TRUE or FALSE
	Error                // of a formula: #N/A
	Date                 // of a Strict workbook: ISO 8601
	Unworked             // a formula without a value, because no spreadsheet program has worked it out; it has no text
)

// Cell is a cell that holds something.
type Cell struct {
	Column int // from 0
	Kind   Kind
	Text   string
	Style  int // of Book.Formats; it may be beyond them
}

// Row is a row that a sheet holds.
type Row struct {
	Line  int    // from 1; those that are empty may be missing
	Cells []Cell // from left to right, without those that hold nothing; valid until the next row is read
}

// Rows reads a sheet's rows (ECMA-376 part 1, 18.3).
type Rows struct {
	part  io.ReadCloser
	d     *xml.Decoder
	texts []string
	line  int
	cells []Cell
	begun bool
	err   error // what ended the reading
}

// Rows begins to read a sheet of the workbook.
func (b *Book) Rows(s Sheet) (*Rows, error) {
	r, err := s.part.Open()
	if err != nil {
		return nil, err
	}
	return &Rows{part: r, d: xml.NewDecoder(r), texts: b.texts}, nil
}

// Next reads the next row. The error is io.EOF after the last row, when the sheet was read to its end and found whole; else it is
// one of those that Open returns. After an error there is nothing more to read.
func (r *Rows) Next() (Row, error) {
	if r.err != nil {
		return Row{}, r.err
	}
	row, err := r.next()
	if err != nil {
		r.err = err
		_ = r.part.Close() // it holds no file
		return Row{}, err
	}
	return row, nil
}

func (r *Rows) next() (Row, error) {
	if !r.begun {
		r.begun = true
		if found, err := r.begin(); err != nil || !found {
			return Row{}, r.end(err)
		}
	}
	for {
		token, err := r.d.Token()
		if err != nil {
			return Row{}, err
		}
		switch el := token.(type) {
		case xml.EndElement: // of sheetData
			return Row{}, r.end(children(r.d, func(xml.StartElement) error { return skip(r.d) }))
		case xml.StartElement:
			if el.Name.Local == "row" {
				return r.row(el)
			}
			if err := skip(r.d); err != nil {
				return Row{}, err
			}
		}
	}
}

// begin reads up to the start of the rows, or to the end of a sheet without them.
func (r *Rows) begin() (found bool, err error) {
	if err := begin(r.d, "worksheet"); err != nil {
		return false, err
	}
	for {
		token, err := r.d.Token()
		if err != nil {
			return false, err
		}
		switch el := token.(type) {
		case xml.EndElement:
			return false, nil
		case xml.StartElement:
			if el.Name.Local == "sheetData" {
				return true, nil
			}
			if err := skip(r.d); err != nil {
				return false, err
			}
		}
	}
}

// end is io.EOF where the sheet is whole.
func (r *Rows) end(err error) error {
	if err == nil {
		err = finish(r.d)
	}
	if err == nil {
		err = io.EOF
	}
	return err
}

func (r *Rows) row(el xml.StartElement) (Row, error) {
	line := r.line + 1
	if at := attribute(el, "r"); at != "" {
		n, err := strconv.Atoi(at)
		if err != nil || n < line {
			return Row{}, Fault("its rows are out of order")
		}
		line = n
	}
	if line > MostRows {
		return Row{}, Fault("it has more rows than a sheet holds")
	}
	r.line, r.cells = line, r.cells[:0]
	last := -1
	err := children(r.d, func(el xml.StartElement) error {
		if el.Name.Local != "c" {
			return skip(r.d)
		}
		at := last + 1
		if name := attribute(el, "r"); name != "" {
			column, row, err := place(name)
			if err != nil {
				return err
			}
			if column < at || row != line {
				return Fault("its cells are out of order")
			}
			at = column
		}
		if last = at; at >= MostColumns {
			return Fault("it has more columns than a sheet holds")
		}
		cell, err := r.cell(el)
		if err == nil && (cell.Text != "" || cell.Kind == Unworked) {
			cell.Column = at
			r.cells = append(r.cells, cell)
		}
		return err
	})
	return Row{Line: line, Cells: r.cells}, err
}

// raw is a cell as the XML has it.
type raw struct {
	value   string
	inline  string
	valued  bool // it has a value, if an empty one
	formula bool
}

// cell reads to the end of a cell.
func (r *Rows) cell(el xml.StartElement) (Cell, error) {
	c, err := r.raw()
	if err != nil {
		return Cell{}, err
	}
	kind := attribute(el, "t")
	if c.formula && (!c.valued || c.value == "" && kind != "str") { // an empty text is one that was worked out
		return Cell{Kind: Unworked}, nil
	}
	switch kind {
	case "s":
		if c.value == "" {
			return Cell{}, nil
		}
		i, err := strconv.Atoi(strings.TrimSpace(c.value))
		if err != nil || i < 0 || i >= len(r.texts) {
			return Cell{}, Fault("a text is missing")
		}
		return Cell{Kind: Text, Text: r.texts[i]}, nil
	case "inlineStr":
		return Cell{Kind: Text, Text: c.inline}, nil
	case "str":
		return Cell{Kind: Text, Text: unescaped(c.value)}, nil
	case "e":
		return Cell{Kind: Error, Text: unescaped(c.value)}, nil
	case "b":
		return boolean(strings.TrimSpace(c.value))
	case "d":
		return Cell{Kind: Date, Text: strings.TrimSpace(c.value)}, nil
	case "", "n":
		style, err := strconv.Atoi(attribute(el, "s"))
		if err != nil || style < 0 {
			style = 0 // as where none is given
		}
		return Cell{Kind: Number, Text: strings.TrimSpace(c.value), Style: style}, nil
	}
	return Cell{}, Fault("a cell is of no kind that a workbook knows")
}

func boolean(s string) (Cell, error) {
	switch s {
	case "":
		return Cell{}, nil
	case "1", "true":
		return Cell{Kind: Bool, Text: "TRUE"}, nil
	case "0", "false":
		return Cell{Kind: Bool, Text: "FALSE"}, nil
	}
	return Cell{}, Fault("a cell is neither true nor false")
}

func (r *Rows) raw() (c raw, err error) {
	err = children(r.d, func(el xml.StartElement) (err error) {
		switch el.Name.Local {
		case "v":
			c.valued = true
			c.value, err = text(r.d)
		case "is":
			c.inline, err = rich(r.d)
		default:
			c.formula = c.formula || el.Name.Local == "f"
			err = skip(r.d)
		}
		return err
	})
	return c, err
}
