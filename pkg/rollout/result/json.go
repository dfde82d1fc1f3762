package result

import (
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

func newJSON(w io.Writer) encoder { return output.New(output.JSON, w, Schema(), output.Options{}) }

func readJSON(r io.Reader) (*File, error) {
	d := json.NewDecoder(r)
	d.UseNumber()
	if err := expect(d, json.Delim('[')); err != nil {
		return nil, jsonFault(0, err)
	}
	var f *File
	for n := 1; d.More(); n++ {
		row, names, err := readObject(d)
		if err != nil {
			return nil, jsonFault(n, err)
		}
		if f == nil {
			f = &File{Carried: names}
		}
		if !slices.Equal(f.Carried, names) {
			return nil, noResult("row %d has other columns of the roster than the first row", n)
		}
		if err := f.add(n, row); err != nil {
			return nil, err
		}
	}
	if err := expect(d, json.Delim(']')); err != nil {
		return nil, jsonFault(0, err)
	}
	if _, err := d.Token(); err != io.EOF { // an encrypted file that was cut short says so here
		if err == nil {
			err = errShape
		}
		return nil, jsonFault(0, err)
	}
	if f == nil {
		f = &File{}
	}
	return f, nil
}

// errShape is JSON that is no result.
var errShape = errors.New("it is not one array of rows as tap writes them")

// jsonFault says where it went wrong. What json says of a fault may quote the document, and is left out.
func jsonFault(n int, err error) error {
	var syntax *json.SyntaxError
	var said *errs.Error
	switch {
	case errors.As(err, &said):
		return said
	case errors.As(err, &syntax), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("it is no JSON, or cut short")
	case !errors.Is(err, errShape):
		return unreadable(err)
	}
	if n > 0 {
		return noResult("row %d: %s", n, err)
	}
	return noResult("%s", err)
}

func expect(d *json.Decoder, want json.Delim) error {
	got, err := d.Token()
	if err == nil && got != want {
		return errShape
	}
	return err
}

// readObject reads one row: its cells in the order of Columns, the roster's after them, and the names of the roster's.
func readObject(d *json.Decoder) (row, names []string, err error) {
	row = make([]string, len(own))
	seen := make([]bool, len(own))
	seen[indexOf(defusedColumn)] = true
	var carried []string
	hasRoster := false
	err = members(d, func(name string) error {
		if name == rosterProperty && !hasRoster {
			hasRoster = true
			return members(d, func(name string) error {
				text, err := readValue(d, "string")
				names, carried = append(names, name), append(carried, text)
				return err
			})
		}
		i := slices.IndexFunc(own, func(c column) bool { return c.name == name })
		if i < 0 || seen[i] {
			return errShape
		}
		seen[i] = true
		row[i], err = readValue(d, own[i].typ)
		return err
	})
	if err == nil && (!hasRoster || slices.Contains(seen, false)) {
		err = errShape
	}
	return append(row, carried...), names, err
}

// members reads an object; each is handed every name in turn and reads its value.
func members(d *json.Decoder, each func(name string) error) error {
	if err := expect(d, '{'); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if err := each(name.(string)); err != nil { // a name is a text, or Token had failed
			return err
		}
	}
	return expect(d, '}')
}

// readValue reads a text, a number or a truth, null as "".
func readValue(d *json.Decoder, typ string) (string, error) {
	t, err := d.Token()
	if err != nil {
		return "", err
	}
	switch v := t.(type) {
	case nil:
		return "", nil
	case json.Number:
		if typ == "integer" {
			return v.String(), nil
		}
	case bool:
		if typ == "boolean" && v {
			return "true", nil
		}
		if typ == "boolean" {
			return "false", nil
		}
	case string:
		if typ != "integer" && typ != "boolean" {
			return v, nil
		}
	}
	return "", errShape
}
