package output

import (
	"bytes"
	"encoding/json"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// yamlPrinter prints a list, each row as soon as it is known. Every text is quoted: a passcode such as 1e3
// would come back as a number.
type yamlPrinter struct {
	w       io.Writer
	columns columns
	guard   Guard
	rows    int
}

func (p *yamlPrinter) Row(row any) error {
	obj, err := object(p.columns, row)
	if err != nil {
		return err
	}
	b, err := QuotedYAML(append(append([]byte{'['}, obj...), ']'))
	if err != nil {
		return err
	}
	p.rows++
	_, err = p.w.Write(p.guard.json(terminal.EscapeYAML(b)))
	return err
}

func (p *yamlPrinter) Close() error {
	if p.rows > 0 {
		return nil
	}
	_, err := io.WriteString(p.w, "[]\n")
	return err
}

// QuotedYAML is a JSON document as YAML, in its own order and with every text in double quotes.
func QuotedYAML(document []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	n, err := node(d)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

// node reads the next JSON value.
func node(d *json.Decoder) (*yaml.Node, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch v := t.(type) {
	case json.Delim:
		return collection(d, v)
	case string:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: v}, nil
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v.String()}, nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: map[bool]string{true: "true", false: "false"}[v]}, nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
}

// collection reads an object or an array whose first sign was read. Keys are ours and need no quotes.
func collection(d *json.Decoder, open json.Delim) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	if open == '{' {
		n.Kind = yaml.MappingNode
	}
	for d.More() {
		child, err := node(d)
		if err != nil {
			return nil, err
		}
		if n.Kind == yaml.MappingNode && len(n.Content)%2 == 0 {
			child.Style = 0
		}
		n.Content = append(n.Content, child)
	}
	if len(n.Content) == 0 {
		n.Style = yaml.FlowStyle
	}
	_, err := d.Token()
	return n, err
}
