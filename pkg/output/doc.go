package output

import (
	"fmt"
	"strings"
)

// Markdown is the schema as a table for the documents: a line a property, in the order of the output.
func (s Schema[T]) Markdown() string { return s.columns().markdown() }

func (s columns) markdown() string {
	var b strings.Builder
	b.WriteString("| property | type | meaning |\n|---|---|---|\n")
	for _, c := range s {
		if c.Name != "" {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Name, c.Type, c.Doc)
		}
	}
	return b.String()
}
