package output

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/itchyny/gojq"

	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// jsonPrinter prints an array, or an object a line, each row as soon as it is known; with a jq program an array waits for its
// end. Keys keep the schema's order, and nothing is escaped for HTML: a passcode with & < > comes out as it is.
type jsonPrinter struct {
	w       io.Writer
	columns columns
	lines   bool
	o       Options
	rows    int
	held    bytes.Buffer // the rows of an array that a jq program waits for
	exact   map[any]bool // the texts among them that have to stay as they are
}

func newJSON(f Format, w io.Writer, s columns, o Options) *jsonPrinter {
	return &jsonPrinter{w: w, columns: s, lines: f == JSONL, o: o, exact: map[any]bool{}}
}

func (p *jsonPrinter) Row(row any) error {
	obj, err := object(p.columns, row)
	if err != nil {
		return err
	}
	p.rows++
	for _, c := range p.columns {
		if v := of(c, row); c.Exact && v != nil {
			p.exact[v] = true
		}
	}
	switch {
	case p.lines && p.o.JQ.IsZero():
		return p.write(append(obj, '\n'))
	case p.lines:
		return p.queryAll(obj)
	case !p.o.JQ.IsZero():
		p.held.WriteByte(',')
		p.held.Write(obj)
		return nil
	}
	lead := ",\n  "
	if p.rows == 1 {
		lead = "[\n  "
	}
	out := bytes.NewBufferString(lead)
	if err := json.Indent(out, obj, "  ", "  "); err != nil {
		return err
	}
	return p.write(out.Bytes())
}

func (p *jsonPrinter) Close() error {
	switch {
	case p.lines:
		return nil
	case !p.o.JQ.IsZero():
		return p.queryAll(append(append([]byte{'['}, bytes.TrimPrefix(p.held.Bytes(), []byte{','})...), ']'))
	case p.rows == 0:
		return p.write([]byte("[]\n"))
	}
	return p.write([]byte("\n]\n"))
}

// queryAll prints the array as it is where the program fails: what it holds may be told only once.
func (p *jsonPrinter) queryAll(array []byte) error {
	err := p.query(array)
	if failed := (*QueryError)(nil); errors.As(err, &failed) {
		return errors.Join(err, p.write(append(array, '\n')))
	}
	return err
}

// QueryError is a jq program that did not come to its end on the answer. It tells nothing of what the program said: that
// quotes values, and one of them may be a passcode.
type QueryError struct{ Err error } // what ended the program from outside; nil: it failed

// Error names the flag.
func (e *QueryError) Error() string {
	why := "the program does not fit the answer"
	if e.Err != nil {
		why = e.Err.Error()
	}
	return "--jq: " + why + ": the answer is printed as it is"
}

// Unwrap returns the cause.
func (e *QueryError) Unwrap() error { return e.Err }

func (p *jsonPrinter) write(b []byte) error {
	_, err := p.w.Write(p.o.Guard.json(terminal.EscapeJSON(b)))
	return err
}

// query prints what the program makes of a document: texts bare, all else as JSON, a line each.
func (p *jsonPrinter) query(document []byte) error {
	var v any
	if err := json.Unmarshal(document, &v); err != nil {
		return err
	}
	for results := p.o.JQ.code.RunWithContext(p.o.JQ.context(), v); ; {
		r, more := results.Next()
		err, failed := r.(error)
		switch halt := (*gojq.HaltError)(nil); {
		case !more, errors.As(err, &halt) && halt.Value() == nil: // halt ends a program well
			return nil
		case failed:
			return &QueryError{context.Cause(p.o.JQ.context())}
		}
		if err := p.result(r); err != nil {
			return err
		}
	}
}

func (p *jsonPrinter) result(r any) error {
	if s, isText := r.(string); isText {
		_, err := fmt.Fprintln(p.w, p.o.text(s, p.exact[s]))
		return err
	}
	b, err := gojq.Marshal(r) // which has a spelling for nan and infinite, too
	if err != nil {
		return err
	}
	return p.write(append(b, '\n'))
}

// object is one row as JSON in one line, in the schema's order.
func object(s columns, row any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for n, c := range s {
		if n > 0 {
			b.WriteByte(',')
		}
		v, err := Encode(of(c, row))
		if err != nil {
			return nil, err
		}
		b.WriteString(`"` + c.Name + `":`)
		b.Write(v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Encode is JSON without HTML escaping and without a newline at the end.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}
