package roster

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// worksheet is a source: the rows of a sheet's XML (ECMA-376 part 1, 18.3).
type worksheet struct {
	d        *xml.Decoder
	shared   []string
	formats  []format
	from1904 bool // the calendar that dates are counted in
	line     int
	last     int // the column of the cell before in the row
	cells    []string
}

func (*worksheet) most() int { return MostWorkbookRows }

// next reads on to the next row. After the last one it reads to the end, so that a file that was cut off does not pass for a shorter one.
func (w *worksheet) next() (record, error) {
	for {
		token, err := w.d.Token()
		switch {
		case errors.Is(err, io.EOF):
			return record{}, io.EOF
		case err != nil:
			return record{}, damaged(notWhole, quote(err.Error()))
		}
		begin, ok := token.(xml.StartElement)
		if !ok || begin.Name.Local != "row" {
			continue
		}
		rec, err := w.row(begin)
		var u *unreadable
		if err != nil && !errors.As(err, &u) {
			err = damaged(notWhole, quote(err.Error()))
		}
		return rec, err
	}
}

func (w *worksheet) row(begin xml.StartElement) (record, error) {
	line := w.line + 1
	if r := attribute(begin, "r"); r != "" {
		n, err := strconv.Atoi(r)
		if err != nil || n < line || n > excelize.TotalRows {
			return record{}, damaged(notWhole, "its rows are out of order")
		}
		line = n
	}
	w.line, w.last, w.cells = line, -1, w.cells[:0]
	rec := record{line: line}
	for {
		token, err := w.d.Token()
		if err != nil {
			return record{}, err
		}
		switch el := token.(type) {
		case xml.EndElement:
			rec.cells = w.cells
			return rec, nil
		case xml.StartElement:
			if el.Name.Local != "c" {
				err = w.d.Skip()
			} else {
				err = w.add(&rec, el)
			}
			if err != nil {
				return record{}, err
			}
		}
	}
}

// add reads a cell into w.cells.
func (w *worksheet) add(rec *record, begin xml.StartElement) error {
	at := w.last + 1
	if ref := attribute(begin, "r"); ref != "" {
		col, _, err := excelize.CellNameToCoordinates(ref)
		if err != nil {
			return err
		}
		at = col - 1
	}
	w.last = at
	value, why, err := w.value(begin)
	if err != nil || value == "" && why == "" {
		return err
	}
	for len(w.cells) <= at {
		w.cells = append(w.cells, "")
	}
	w.cells[at] = value
	if why != "" {
		if rec.bad == nil {
			rec.bad = map[int]string{}
		}
		rec.bad[at] = why
	}
	return nil
}

// raw is a cell as the XML has it.
type raw struct {
	value   string
	inline  rich
	valued  bool // it has a value, if an empty one
	formula bool
}

// value is what a cell says, or why it says nothing.
func (w *worksheet) value(begin xml.StartElement) (value, why string, err error) {
	c, err := w.rawCell()
	if err != nil {
		return "", "", err
	}
	kind := attribute(begin, "t")
	if c.formula && (!c.valued || c.value == "" && kind != "str") { // an empty text is one that was worked out
		return "", "holds a formula that was never worked out: open the workbook in a spreadsheet program and save it", nil
	}
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(c.value))
		if c.value != "" && (err != nil || i < 0 || i >= len(w.shared)) {
			return "", "", damaged(notWhole, "a text is missing")
		}
		if c.value != "" {
			value = w.shared[i]
		}
	case "inlineStr":
		value = c.inline.text()
	case "str", "e":
		value = unescaped(c.value)
	case "b":
		value = map[string]string{"1": "TRUE", "0": "FALSE"}[strings.TrimSpace(c.value)]
	case "d":
		value = isoDate(c.value)
	default:
		if c.value != "" {
			value = w.format(begin).number(strings.TrimSpace(c.value), w.from1904)
		}
	}
	return value, "", nil
}

func (w *worksheet) format(begin xml.StartElement) format {
	if s, err := strconv.Atoi(attribute(begin, "s")); err == nil && s >= 0 && s < len(w.formats) {
		return w.formats[s]
	}
	return format{}
}

// rawCell reads to the end of a cell.
func (w *worksheet) rawCell() (c raw, err error) {
	for {
		token, err := w.d.Token()
		if err != nil {
			return c, err
		}
		el, ok := token.(xml.StartElement)
		if !ok {
			if _, ends := token.(xml.EndElement); ends {
				return c, nil
			}
			continue
		}
		switch el.Name.Local {
		case "v":
			c.valued = true
			err = w.d.DecodeElement(&c.value, &el)
		case "is":
			err = w.d.DecodeElement(&c.inline, &el)
		default:
			c.formula = c.formula || el.Name.Local == "f"
			err = w.d.Skip()
		}
		if err != nil {
			return c, err
		}
	}
}

func attribute(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// rich is a text in one piece or, with changing dress, in several. How it is pronounced (rPh) is not part of it.
type rich struct {
	T string `xml:"t"`
	R []struct {
		T string `xml:"t"`
	} `xml:"r"`
}

func (r rich) text() string {
	s := r.T
	for _, run := range r.R {
		s += run.T
	}
	return unescaped(s)
}

// sharedStrings reads the texts that cells name by number.
func sharedStrings(content []byte) (all []string, err error) {
	for d := xml.NewDecoder(bytes.NewReader(content)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if begin, ok := token.(xml.StartElement); ok && begin.Name.Local == "si" {
			var one rich
			err = d.DecodeElement(&one, &begin)
			all = append(all, one.text())
		}
		if err != nil {
			return nil, damaged(notWhole, quote(err.Error()))
		}
	}
}

var escape = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// unescaped undoes how a workbook writes characters that XML has not: _x000D_ (ECMA-376 part 1, 22.4.2.4).
func unescaped(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escape.ReplaceAllStringFunc(s, func(e string) string {
		n, _ := strconv.ParseUint(e[2:6], 16, 16)
		return string(rune(n))
	})
}
