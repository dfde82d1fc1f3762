package policy

import (
	"bytes"
	"encoding/json"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// fromJSON returns a JSON document as the nodes that YAML would give, nil where it is none: YAML takes most of JSON, but
// not characters that are written as two escapes, as many programs write an emoji.
func fromJSON(content []byte) *yaml.Node {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	start := bytes.TrimLeft(content, " \t\r\n")
	if len(start) == 0 || start[0] != '{' && start[0] != '[' || !json.Valid(content) {
		return nil
	}
	r := &jsonReader{content: content, d: json.NewDecoder(bytes.NewReader(content))}
	r.d.UseNumber()
	return r.value()
}

type jsonReader struct {
	content []byte
	d       *json.Decoder
	token   json.Token
	line    int
	read    int64 // bytes whose lines are counted
}

// next takes a token and the line on which it ends; the document is known to be valid.
func (r *jsonReader) next() json.Token {
	r.token, _ = r.d.Token()
	r.line += bytes.Count(r.content[r.read:r.d.InputOffset()], []byte("\n"))
	r.read = r.d.InputOffset()
	return r.token
}

func (r *jsonReader) value() *yaml.Node {
	token := r.next()
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: r.line + 1}
	switch v := token.(type) {
	case json.Delim:
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		if v == '{' {
			n.Kind, n.Tag = yaml.MappingNode, "!!map"
		}
		for r.d.More() {
			n.Content = append(n.Content, r.value())
		}
		r.next()
	case string:
		n.Tag, n.Value = "!!str", v
	case json.Number:
		n.Tag, n.Value = "!!int", v.String()
	case bool:
		n.Tag, n.Value = "!!bool", strconv.FormatBool(v)
	default:
		n.Tag, n.Value = "!!null", "null"
	}
	return n
}
