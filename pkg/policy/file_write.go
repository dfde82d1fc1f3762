package policy

import (
	"fmt"
	"strconv"
	"strings"
)

// YAML is the policy as a file that ParseFile reads back. Every text is in double quotes, and what is not printable in
// it is escaped.
func YAML(p Policy, names Names) string {
	var b strings.Builder
	for _, prop := range Properties() {
		v := prop.Value(p)
		if s, ok := v.(string); ok {
			v = quoted(s)
		}
		fmt.Fprintf(&b, "%s: %v\n", prop.Name, v)
	}
	list := func(name string, targets []Target, included bool) {
		if len(targets) == 0 {
			fmt.Fprintf(&b, "%s: []\n", name)
			return
		}
		fmt.Fprintf(&b, "%s:\n", name)
		for _, t := range targets {
			fmt.Fprintf(&b, "  - id: %s\n", quoted(t.ID))
			if name := names.Of(t); name != "" {
				fmt.Fprintf(&b, "    displayName: %s\n", quoted(name))
			}
			fmt.Fprintf(&b, "    targetType: %s\n", quoted(t.Type))
			if included {
				fmt.Fprintf(&b, "    isRegistrationRequired: %v\n", t.RegistrationRequired)
			}
		}
	}
	list(IncludeTargets, p.Include, true)
	list(ExcludeTargets, p.Exclude, false)
	return b.String()
}

// quoted is a text in YAML's double quotes: Go's escapes are among YAML's.
func quoted(s string) string { return strconv.Quote(strings.ToValidUTF8(s, "\ufffd")) }
