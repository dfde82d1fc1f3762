package auth

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

var (
	text     = reflect.TypeFor[string]()
	anything = reflect.TypeFor[any]()
)

// shape is the type of a table with these keys and no other: the decoder finds what has no place in it.
func shape(keys ...string) reflect.Type {
	var fields []reflect.StructField
	for n, k := range keys {
		fields = append(fields, field(fmt.Sprintf("K%d", n), k, anything))
	}
	return reflect.StructOf(fields)
}

// tables is the type of tables of this shape by their names.
func tables(keys ...string) reflect.Type { return reflect.MapOf(text, shape(keys...)) }

func field(name, key string, of reflect.Type) reflect.StructField {
	return reflect.StructField{Name: name, Type: of, Tag: reflect.StructTag("toml:" + strconv.Quote(key))}
}

// decode reads a file. What is wrong names the line, and never a value: it could be a secret that does not belong there.
func decode(path string, b []byte, into any) error {
	d := toml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff")))) // which editors of Windows begin a file with
	d.DisallowUnknownFields()
	err := d.Decode(into)
	var unknown *toml.StrictMissingError
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		line, _ := unknown.Errors[0].Position()
		return wrong(path, line, stray(unknown.Errors[0].Key()))
	case errors.As(err, &bad):
		line, _ := bad.Position()
		return wrong(path, line, strings.TrimPrefix(bad.Error(), "toml: "))
	case err != nil:
		return wrong(path, 0, err.Error())
	}
	return nil
}

// stray says why a key has no place where it stands.
func stray(path toml.Key) string {
	if len(path) == 0 {
		return "this is no key"
	}
	name := path[len(path)-1]
	why := Unkeyed(name)
	if len(path) > 2 && strings.Contains(why, "is no key") {
		switch path[0] {
		case "clouds":
			return fmt.Sprintf("%s is no key of a cloud: there are %s", name, strings.Join(CloudKeys(), ", "))
		case "presets":
			return fmt.Sprintf("%s is no key of a preset: there are %s", name, strings.Join(keyNames(PresetKeys()), ", "))
		}
	}
	return why
}

// wrong is a file that says what it must not, in a line; 0 where that is not known.
func wrong(path string, line int, why string) error {
	whom := filepath.Clean(path)
	if line > 0 {
		whom += fmt.Sprintf(":%d", line)
	}
	return &errs.Error{Slug: errs.UsageFault, What: "reading the settings", Whom: whom, Why: why, Hints: []string{editCommand(path), "tap help settings"}}
}

// wrongValue is a file with a value that cannot be. The line is that of the key, where it is a key's.
func wrongValue(path string, b []byte, err error) error {
	line, bad := 0, (*valueError)(nil)
	if errors.As(err, &bad) {
		line = lineOf(b, bad.at)
	}
	return wrong(path, line, err.Error())
}

// valueError is a value that its key does not take.
type valueError struct {
	at  []string // the tables and the key
	err error
}

func (e *valueError) Error() string { return e.err.Error() }

// lineOf is the line in which a key stands, or the table that it is in: the last expression that begins as the path does. The decoder knows
// no lines of what it could read.
func lineOf(b []byte, at []string) (line int) {
	var p unstable.Parser
	var table []string
	p.Reset(bytes.TrimPrefix(b, []byte("\ufeff")))
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.Table && e.Kind != unstable.KeyValue {
			continue
		}
		var key []string
		first := 0
		for part := e.Key(); part.Next(); {
			key = append(key, string(part.Node().Data))
			if first == 0 {
				first = p.Shape(part.Node().Raw).Start.Line
			}
		}
		if e.Kind == unstable.Table {
			table = key
		} else {
			key = slices.Concat(table, key)
		}
		if len(key) <= len(at) && slices.Equal(key, at[:len(key)]) {
			line = first
		}
	}
	return line
}

// valuesOf are the values of a table of shape(the names of the keys), in the spelling in which they are compared. at names the table.
func valuesOf(table reflect.Value, keys []Key, at ...string) (Values, error) {
	out := Values{}
	for n, k := range keys {
		var written string
		switch v := table.Field(n).Interface().(type) {
		case nil:
			continue
		case string:
			written = v
		case bool, int64:
			written = fmt.Sprint(v)
		default:
			return nil, &valueError{append(at, k.Name), fmt.Errorf("%s is no text", k.Name)}
		}
		read, err := k.Read(written)
		if err != nil {
			return nil, &valueError{append(at, k.Name), fmt.Errorf("%s: %w", k.Name, err)}
		}
		out[k.Name] = read
	}
	return out, nil
}
