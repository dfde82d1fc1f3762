// Package output prints rows of one noun as a table, as JSON or as a bare value, from
// one list of columns. It must not know a noun, and it never sees a secret but as a
// column's value.
package output

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Column is one property of a noun, declared once for every format.
type Column[T any] struct {
	Name  string // the JSON key: Graph's name where Graph has one
	Type  string // its JSON type, for the documents: "string", "integer", "boolean", "date-time"
	Doc   string // one line for docs/output.md
	Value func(T) any
	// Head and Cell make the table's column; without a Head it has none.
	Head string
	Cell func(T) string
	// Drop orders which columns a narrow terminal loses first, the highest before all; 0 stays.
	Drop int
}

// Schema is all columns of a noun, in their order.
type Schema[T any] []Column[T]

// Printer prints rows as they come. Close ends the output; it prints nothing after an error.
type Printer[T any] interface {
	Row(T) error
	Close() error
}

// Format is the value of --output.
type Format string

// The formats of this version.
const (
	Table Format = "table"
	JSON  Format = "json"
	Value Format = "value"
)

// Formats lists what --output takes.
func Formats() []Format { return []Format{Table, JSON, Value} }

// Set reads the format as typed.
func (f *Format) Set(s string) error {
	if !slices.Contains(Formats(), Format(s)) {
		return fmt.Errorf("%q is no output format: choose %s", s, f.Type())
	}
	*f = Format(s)
	return nil
}

// String returns the format as typed.
func (f *Format) String() string { return string(*f) }

// Type names the formats for the help text.
func (f *Format) Type() string {
	var names []string
	for _, n := range Formats() {
		names = append(names, string(n))
	}
	return strings.Join(names, "|")
}

// Options say how wide a table may be.
type Options struct {
	Width int            // columns of the terminal, 0: as wide as it gets
	Least map[string]int // the least width of a table's column by its Head, so that rows can be printed before all are known
	Value string         // the Name of the column that the format value prints
}

// New returns a printer of rows to w.
func New[T any](f Format, w io.Writer, s Schema[T], o Options) Printer[T] {
	switch f {
	case JSON:
		return &jsonPrinter[T]{w: w, schema: s}
	case Value:
		i := slices.IndexFunc(s, func(c Column[T]) bool { return c.Name == o.Value })
		return &valuePrinter[T]{w: w, value: s[i].Value}
	}
	return newTable(w, s, o)
}

// valuePrinter prints one property of each row, bare, a line each.
type valuePrinter[T any] struct {
	w     io.Writer
	value func(T) any
}

func (p *valuePrinter[T]) Row(row T) error {
	v := p.value(row)
	if v == nil {
		return nil
	}
	_, err := fmt.Fprintln(p.w, v)
	return err
}

func (p *valuePrinter[T]) Close() error { return nil }
