package auth

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

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
		return wrongAt(path, line, stray(unknown.Errors[0].Key()))
	case errors.As(err, &bad):
		line, _ := bad.Position()
		return wrongAt(path, line, strings.TrimPrefix(bad.Error(), "toml: "))
	case err != nil:
		return wrong(path, err.Error())
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

// wrong is a file that says what it must not.
func wrong(path, why string) error {
	return &errs.Error{Slug: errs.UsageFault, What: "reading the settings", Whom: path, Why: why, Hints: []string{"tap help settings"}}
}

func wrongAt(path string, line int, why string) error {
	return wrong(fmt.Sprintf("%s:%d", filepath.Clean(path), line), why)
}

// valuesOf are the values of a table of shape(the names of the keys), in the spelling in which they are compared.
func valuesOf(table reflect.Value, keys []Key) (Values, error) {
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
			return nil, fmt.Errorf("%s is no text", k.Name)
		}
		read, err := k.Read(written)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k.Name, err)
		}
		out[k.Name] = read
	}
	return out, nil
}
