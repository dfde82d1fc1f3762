// Package output prints rows of one noun as a table, JSON, YAML, CSV or bare values, from one list of
// columns. It must not know a noun, and it never sees a secret but as a column's value.
package output

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/itchyny/gojq"

	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// Column is one property of a noun, declared once for every format.
type Column[T any] struct {
	Name  string      // the JSON key: Graph's name where Graph has one
	Type  string      // its JSON type, for the documents: "string", "integer", "boolean", "date-time"
	Doc   string      // one line for docs/output.md
	Value func(T) any // a pointer to a text is the text, nil is null
	Exact bool        // it is kept to the byte: a passcode or an id, which programs read
	// Head and Cell make the table's column; without a Head it has none but by --columns.
	Head string
	Cell func(T) string // the printer escapes it
	Tone func(T) Tone   // what colour says again; nil: nothing
	// Drop orders which columns a narrow terminal loses first, the highest before all; 0 stays.
	Drop int
	Cut  bool // a narrow terminal may cut the cell's end
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

// The formats.
const (
	Table Format = "table"
	JSON  Format = "json"
	JSONL Format = "jsonl"
	YAML  Format = "yaml"
	CSV   Format = "csv"
	Value Format = "value"
)

// HTML is a page, which one command writes by itself: no noun prints it, and Check refuses it.
const HTML Format = "html"

// Described is a format and what it is, in words for the help.
type Described struct {
	Format Format
	Doc    string
}

// Descriptions lists what --output takes for every noun, each with what it is.
func Descriptions() []Described {
	return []Described{
		{Table, "for people; a terminal that is too narrow loses the columns that matter least, never a passcode"},
		{JSON, "one array, with Graph's property names"},
		{JSONL, "an object a line, as soon as it is known"},
		{YAML, "a list, every text in double quotes"},
		{CSV, "a header and rows; a cell that a spreadsheet would run as a formula begins with an apostrophe and is named in the last column, " + defused},
		{Value, "bare values, a line a row, tabs between columns: of tap create the passcode, else what --columns names"},
	}
}

// Formats lists what --output takes for every noun.
func Formats() []Format {
	var all []Format
	for _, d := range Descriptions() {
		all = append(all, d.Format)
	}
	return all
}

// Set reads the format as typed.
func (f *Format) Set(s string) error {
	if Format(s) != HTML && !slices.Contains(Formats(), Format(s)) {
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

// IsJSON reports whether programs that read the answer read errors as JSON, too.
func (f Format) IsJSON() bool { return f == JSON || f == JSONL }

// Query is the value of --jq: a program over the answer's JSON, without the environment.
type Query struct {
	text    string
	code    *gojq.Code
	context func() context.Context
}

// Set compiles the program.
func (q *Query) Set(s string) error {
	parsed, err := gojq.Parse(s)
	if err != nil {
		return fmt.Errorf("%q is no jq program: %w", s, err)
	}
	code, err := gojq.Compile(parsed)
	if err != nil {
		return fmt.Errorf("%q is no jq program: %w", s, err)
	}
	*q = Query{s, code, context.Background}
	return nil
}

// Within returns the program so that it ends with ctx, whose cause is the error then.
func (q Query) Within(ctx context.Context) Query {
	q.context = func() context.Context { return ctx }
	return q
}

// String returns the program as typed.
func (q *Query) String() string { return q.text }

// Type names the value in a command's help.
func (q *Query) Type() string { return "program" }

// IsZero reports whether no program was given.
func (q Query) IsZero() bool { return q.code == nil }

// text is a cell that is not ours as it is printed bare.
func (o Options) text(s string, exact bool) string {
	if o.Terminal {
		s = terminal.Escape(s)
	}
	return o.Guard.text(s, exact)
}

// Guard keeps what is not ours from acting on a CI runner that reads the output. Nil functions change nothing.
type Guard struct {
	Text  func(string) string // in words: changes what is shown
	Exact func(string) string // in what is Exact: changes only what would act by itself
	JSON  func([]byte) []byte // in JSON and YAML strings: changes the spelling, never the value
}

func (g Guard) text(s string, exact bool) string {
	guard := g.Text
	if exact {
		guard = g.Exact
	}
	if guard == nil {
		return s
	}
	return guard(s)
}

// json guards a document whose texts are all in double quotes.
func (g Guard) json(b []byte) []byte {
	if g.JSON == nil {
		return b
	}
	return g.JSON(b)
}

// Options say what of the rows is printed, and how wide.
type Options struct {
	Columns  []string // the Names to print, in this order; none: all, and in a table those with a Head
	NoHeader bool
	JQ       Query // over the whole answer, or over each row of JSONL
	Guard    Guard
	Colour   bool
	Terminal bool           // somebody looks at it: nothing may act on the terminal
	Width    int            // columns of the terminal, 0: as wide as it gets
	Least    map[string]int // the least width of a table's column by its Head, so that rows can be printed before all are known
	Value    string         // the Name of the column that the format value prints where no Columns are given
}

// Misuse is what Check found.
type Misuse struct {
	Why   string
	Mends string // flags that work
	Flag  string // which one is wrong
}

// Error says what is wrong.
func (m *Misuse) Error() string { return m.Why }

// Check finds what New cannot print: columns that are not there, a bare value of nobody knows what. The error is a *Misuse.
func (s Schema[T]) Check(f Format, o Options) error { return s.columns().check(f, o) }

// Names lists the properties.
func (s Schema[T]) Names() []string { return s.columns().names() }

// Widths is how wide the table's columns get with these rows: Options.Least where all rows are known before the first is printed.
func Widths[T any](s Schema[T], rows ...T) map[string]int {
	pointers := make([]any, len(rows))
	for n := range rows {
		pointers[n] = &rows[n]
	}
	return s.columns().widths(pointers)
}

// New returns a printer of rows to w. What Check refuses is left out.
func New[T any](f Format, w io.Writer, s Schema[T], o Options) Printer[T] {
	return &printer[T]{newPrinter(f, w, s.columns(), o)}
}

func newPrinter(f Format, w io.Writer, s columns, o Options) Printer[any] {
	switch f {
	case JSON, JSONL:
		return newJSON(f, w, s.chosen(o.Columns), o)
	case YAML:
		return &yamlPrinter{w: w, columns: s.chosen(o.Columns), guard: o.Guard}
	case CSV:
		return newCSV(w, s.chosen(o.Columns), o)
	case Value:
		if len(o.Columns) == 0 {
			o.Columns = []string{o.Value}
		}
		return &valuePrinter{w: w, columns: s.chosen(o.Columns), o: o}
	}
	return newTable(w, s, o)
}
