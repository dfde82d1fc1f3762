// Package workbook reads and writes XLSX files (ECMA-376, Transitional and Strict) as rows of cells, and proves that a file is whole.
// It must not write a file, not even a temporary one, and must not decide what a cell means: numbers, dates and columns are
// for the rooms that asked.
package workbook

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// Fault is what is wrong with a workbook, in words that hold nothing of it. Other errors come from archive/zip or encoding/xml,
// whose words may.
type Fault string

// Error is the fault.
func (f Fault) Error() string { return string(f) }

// ErrTooLarge is a workbook that holds more bytes than was allowed.
var ErrTooLarge = errors.New("the workbook is too large when unpacked")

// Book is a workbook that was opened.
type Book struct {
	Sheets   []Sheet // the worksheets in the order of their tabs; charts are none
	From1904 bool    // its dates are counted from 1904-01-01 (0), not from 1899-12-30 (0)

	formats []Format // by style
	texts   []string // the shared strings
	parts   map[string]*zip.File
}

// Sheet is a worksheet.
type Sheet struct {
	Name    string // untrusted
	Visible bool   // it has a tab
	part    *zip.File
}

// Format is how numbers are shown (ECMA-376 part 1, 18.8.30).
type Format struct {
	ID   int    // 0 to 163 are the specification's where Code is empty
	Code string // such as "0.00"
}

// Open opens the workbook in content, which it keeps, and may hold most bytes when unpacked. All of it was read when Open
// returns: the zip file's checksums are right. The error is ErrTooLarge, a Fault, or one of archive/zip and encoding/xml.
func Open(content []byte, most uint64) (*Book, error) {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	b := &Book{parts: map[string]*zip.File{}}
	for _, f := range z.File {
		if f.UncompressedSize64 > most {
			return nil, ErrTooLarge
		}
		most -= f.UncompressedSize64 // archive/zip holds a part to what it states
		name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
		if b.parts[name] != nil {
			return nil, Fault("it holds a part twice")
		}
		b.parts[name] = f
	}
	for _, f := range z.File {
		if err := whole(f); err != nil {
			return nil, err
		}
	}
	if err := b.open(); err != nil {
		return nil, err
	}
	return b, nil
}

// whole reads a part to its end, where its checksum is.
func whole(f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(r, int64(f.UncompressedSize64)+1))
	if end := r.Close(); err == nil {
		err = end
	}
	return err
}

// open reads everything but the sheets.
func (b *Book) open() error {
	links, err := b.relations("")
	if err != nil {
		return err
	}
	main := links.first("officeDocument")
	if links, err = b.relations(main); err != nil {
		return err
	}
	if err := b.readWorkbook(main, links); err != nil {
		return err
	}
	if styles := links.first("styles"); styles != "" {
		if err := b.readStyles(styles); err != nil {
			return err
		}
	}
	if texts := links.first("sharedStrings"); texts != "" {
		return b.readTexts(texts)
	}
	return nil
}

// read calls f for every element in the root of a part, which has this name.
func (b *Book) read(part, root string, f func(d *xml.Decoder, el xml.StartElement) error) error {
	from, err := b.part(part)
	if err != nil {
		return err
	}
	r, err := from.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	d := xml.NewDecoder(r)
	if err := begin(d, root); err != nil {
		return err
	}
	if err := children(d, func(el xml.StartElement) error { return f(d, el) }); err != nil {
		return err
	}
	return finish(d)
}

func (b *Book) part(name string) (*zip.File, error) {
	if f := b.parts[strings.ToLower(name)]; f != nil {
		return f, nil
	}
	return nil, Fault("a part is missing")
}

// relation is a part that another one names.
type relation struct{ id, kind, target string }

type relations []relation

// first is the name of the first part of a kind, "" where there is none.
func (all relations) first(kind string) string {
	for _, r := range all {
		if r.kind == kind {
			return r.target
		}
	}
	return ""
}

// relations are what a part names, "": the package (ECMA-376 part 2, 9.3). The kinds of Transitional and Strict have the same last word.
func (b *Book) relations(of string) (all relations, err error) {
	dir, file := path.Split(of)
	err = b.read(dir+"_rels/"+file+".rels", "Relationships", func(d *xml.Decoder, el xml.StartElement) error {
		target := attribute(el, "Target")
		if name, absolute := strings.CutPrefix(target, "/"); absolute {
			target = path.Clean(name)
		} else {
			target = path.Join(dir, target)
		}
		if el.Name.Local == "Relationship" && attribute(el, "TargetMode") != "External" {
			all = append(all, relation{attribute(el, "Id"), path.Base(attribute(el, "Type")), target})
		}
		return skip(d)
	})
	return all, err
}

func (b *Book) readWorkbook(name string, links relations) error {
	return b.read(name, "workbook", func(d *xml.Decoder, el xml.StartElement) error {
		switch el.Name.Local {
		case "workbookPr":
			b.From1904 = truth(attribute(el, "date1904"))
		case "sheets":
			return children(d, func(el xml.StartElement) error {
				if el.Name.Local == "sheet" {
					if err := b.addSheet(el, links); err != nil {
						return err
					}
				}
				return skip(d)
			})
		}
		return skip(d)
	})
}

func (b *Book) addSheet(el xml.StartElement, links relations) (err error) {
	id := ""
	for _, a := range el.Attr {
		if a.Name.Local == "id" && a.Name.Space != "" {
			id = a.Value
		}
	}
	for _, r := range links {
		switch {
		case r.id != id:
			continue
		case r.kind != "worksheet":
			return nil
		}
		state := attribute(el, "state")
		s := Sheet{Name: attribute(el, "name"), Visible: state == "" || state == "visible"}
		s.part, err = b.part(r.target)
		b.Sheets = append(b.Sheets, s)
		return err
	}
	return Fault("a sheet is missing")
}

func (b *Book) readStyles(name string) error {
	codes := map[int]string{}
	err := b.read(name, "styleSheet", func(d *xml.Decoder, el xml.StartElement) error {
		if el.Name.Local != "numFmts" && el.Name.Local != "cellXfs" {
			return skip(d)
		}
		return children(d, func(el xml.StartElement) error {
			id := 0
			if s := attribute(el, "numFmtId"); s != "" {
				var err error
				if id, err = strconv.Atoi(s); err != nil {
					return Fault("a number format has no number")
				}
			}
			switch el.Name.Local {
			case "numFmt":
				codes[id] = attribute(el, "formatCode")
			case "xf":
				b.formats = append(b.formats, Format{ID: id})
			}
			return skip(d)
		})
	})
	for i := range b.formats {
		b.formats[i].Code = codes[b.formats[i].ID]
	}
	return err
}

// Formats are how numbers are shown, by Cell.Style.
func (b *Book) Formats() []Format { return b.formats }

func (b *Book) readTexts(name string) error {
	return b.read(name, "sst", func(d *xml.Decoder, el xml.StartElement) error {
		if el.Name.Local != "si" {
			return skip(d)
		}
		s, err := rich(d)
		b.texts = append(b.texts, s)
		return err
	})
}

// place is the column, from 0, and the row, from 1, of a cell's name such as AB12.
func place(name string) (column, line int, err error) {
	i := 0
	for ; i < len(name) && 'A' <= name[i] && name[i] <= 'Z' && column <= MostColumns; i++ {
		column = column*26 + int(name[i]-'A') + 1
	}
	line, err = strconv.Atoi(name[i:])
	if err != nil || column == 0 || column > MostColumns {
		return 0, 0, Fault("a cell has no place")
	}
	return column - 1, line, nil
}

// columnName is the letters of a column, from 0.
func columnName(column int) string {
	if column < 26 {
		return string(rune('A' + column))
	}
	return fmt.Sprint(columnName(column/26-1), columnName(column%26))
}
