package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
)

// setter takes one property of a body; the value may be null.
type setter func(value json.RawMessage) error

// decodeEntity reads a JSON object whose properties are those of an OData type, each at most of its declared type.
// Annotations (names with an @) are skipped, but @odata.type must be the type's where it is sent. The messages are
// those of Microsoft's OData library; that the credential service passes them on is our invention.
func decodeEntity(body []byte, typeName string, setters map[string]setter) error {
	var object map[string]json.RawMessage
	if err := decodeJSON(body, &object); err != nil || object == nil {
		return badRequest("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		set, declared := setters[name]
		var err error
		switch {
		case name == "@odata.type":
			err = checkType(object[name], typeName)
		case strings.Contains(name, "@"):
		case !declared:
			err = badRequest("The property '%s' does not exist on type '%s'. Make sure to only use property names that are defined by the type.", name, typeName)
		default:
			err = set(object[name])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func checkType(value json.RawMessage, typeName string) error {
	var s string
	if json.Unmarshal(value, &s) != nil || strings.TrimPrefix(s, "#") != typeName {
		return badRequest("A type named %s was found where '%s' was expected.", value, typeName)
	}
	return nil
}

// decodeJSON reads one JSON value and nothing behind it.
func decodeJSON(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// decodeAction reads the parameters of an action.
func decodeAction(body []byte, v any) error {
	if decodeJSON(body, v) != nil {
		return invalid("BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	return nil
}

// into sets *dst unless the value is null, and refuses one that is not of the type.
func into[T any](dst **T, edm string) setter {
	return func(value json.RawMessage) error {
		if string(value) == "null" {
			return nil
		}
		var v T
		if json.Unmarshal(value, &v) != nil {
			return badRequest("Cannot convert a value to the expected type '%s'.", edm)
		}
		*dst = &v
		return nil
	}
}

// readOnly takes null and refuses a value: what Graph does with one is unknown, this is our invention.
func readOnly(name string) setter {
	return func(value json.RawMessage) error {
		if string(value) != "null" {
			return badRequest("The property '%s' is read-only and cannot be set.", name)
		}
		return nil
	}
}
