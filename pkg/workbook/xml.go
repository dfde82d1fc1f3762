package workbook

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// deepest is how deep elements may be nested; those of a sheet are some ten.
const deepest = 256

// begin reads up to the root's start, which has this name in any namespace.
func begin(d *xml.Decoder, root string) error {
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return Fault("a part is empty")
		}
		if err != nil {
			return err
		}
		if el, ok := token.(xml.StartElement); ok {
			if el.Name.Local != root {
				return Fault("a part is not what it is named as")
			}
			return nil
		}
	}
}

// finish reads what follows the root: nothing may.
func finish(d *xml.Decoder) error {
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, ok := token.(xml.StartElement); ok {
			return Fault("a part has two roots")
		}
	}
}

// children calls f for every element in the one that was begun, up to its end. f reads to the end of what it is given.
func children(d *xml.Decoder, f func(el xml.StartElement) error) error {
	for {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch el := token.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			if err := f(el); err != nil {
				return err
			}
		}
	}
}

// skip reads to the end of the element that was begun.
func skip(d *xml.Decoder) error {
	for depth := 1; depth > 0; {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch token.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			if depth++; depth > deepest {
				return Fault("its XML is nested too deep")
			}
		}
	}
	return nil
}

// text is the letters in the element that was begun, to whose end it reads.
func text(d *xml.Decoder) (string, error) {
	var letters []byte
	for {
		token, err := d.Token()
		if err != nil {
			return "", err
		}
		switch el := token.(type) {
		case xml.CharData:
			letters = append(letters, el...)
		case xml.EndElement:
			return string(letters), nil
		case xml.StartElement:
			if err := skip(d); err != nil {
				return "", err
			}
		}
	}
}

// rich is a text in one piece or, with changing dress, in several. How it is pronounced (rPh) is not part of it.
func rich(d *xml.Decoder) (string, error) {
	var b strings.Builder
	piece := func() error {
		s, err := text(d)
		b.WriteString(s)
		return err
	}
	err := children(d, func(el xml.StartElement) error {
		switch el.Name.Local {
		case "t":
			return piece()
		case "r":
			return children(d, func(el xml.StartElement) error {
				if el.Name.Local == "t" {
					return piece()
				}
				return skip(d)
			})
		}
		return skip(d)
	})
	return unescaped(b.String()), err
}

// attribute is one without a namespace.
func attribute(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

func truth(s string) bool { return s == "1" || s == "true" }

var (
	escape    = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)
	lookAlike = regexp.MustCompile(`_x([0-9A-Fa-f]{4})`)
)

// unescaped undoes how a workbook writes characters that XML has not: _x000D_ (ST_Xstring of ECMA-376 part 1, 22.9.2.19).
func unescaped(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escape.ReplaceAllStringFunc(s, func(e string) string {
		n, _ := strconv.ParseUint(e[2:6], 16, 16)
		return string(rune(n))
	})
}

// escaped writes what XML cannot hold as _xHHHH_, and the underscore of what would be taken for that as _x005F_.
func escaped(s string) string {
	s = lookAlike.ReplaceAllString(s, "_x005F_x$1")
	if !strings.ContainsFunc(s, notXML) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if notXML(r) {
			fmt.Fprintf(&b, "_x%04X_", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func notXML(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
}

// Units is how long a text is in UTF-16, as LongestCell counts.
func Units(s string) int {
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if r > 0xffff {
			n++
		}
	}
	return n
}
