package output

import (
	"bytes"
	"encoding/json"
	"io"
)

// jsonPrinter prints an array, each row as soon as it is known. Keys keep the schema's order, and
// nothing is escaped for HTML: a passcode with & < > comes out as it is.
type jsonPrinter[T any] struct {
	w      io.Writer
	schema Schema[T]
	rows   int
}

func (p *jsonPrinter[T]) Row(row T) error {
	obj, err := p.object(row)
	if err != nil {
		return err
	}
	lead := ",\n  "
	if p.rows == 0 {
		lead = "[\n  "
	}
	p.rows++
	_, err = io.WriteString(p.w, lead+obj)
	return err
}

func (p *jsonPrinter[T]) Close() error {
	end := "\n]\n"
	if p.rows == 0 {
		end = "[]\n"
	}
	_, err := io.WriteString(p.w, end)
	return err
}

// object is one row as an indented object in the schema's order.
func (p *jsonPrinter[T]) object(row T) (string, error) {
	var flat bytes.Buffer
	flat.WriteByte('{')
	for n, c := range p.schema {
		if n > 0 {
			flat.WriteByte(',')
		}
		v, err := Encode(c.Value(row))
		if err != nil {
			return "", err
		}
		flat.WriteString(`"` + c.Name + `":`)
		flat.Write(v)
	}
	flat.WriteByte('}')
	var out bytes.Buffer
	if err := json.Indent(&out, flat.Bytes(), "  ", "  "); err != nil {
		return "", err
	}
	return out.String(), nil
}

// Encode is JSON without HTML escaping and without a newline at the end.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}
