package result

import (
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

// prefix goes before the name of a roster's column that is named as one of the result's.
const prefix = "roster."

// heading is the name of a roster's column as it stands in a header. One more prefix is put before a name that is one of the
// result's own but for prefixes, so that every name can be told again from its heading. Case does not count: spreadsheets
// and PowerShell take State and state for one.
func heading(name string) string {
	if collides(name) {
		return prefix + name
	}
	return name
}

// unheading is the name that a heading stands for.
func unheading(h string) string {
	if len(h) > len(prefix) && strings.EqualFold(h[:len(prefix)], prefix) && collides(h) {
		return h[len(prefix):]
	}
	return h
}

func collides(name string) bool {
	for len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
		name = name[len(prefix):]
	}
	return indexOf(name) >= 0
}

// headings are all columns as CSV and XLSX name them.
func headings(carried []string) []string {
	out := Columns()
	for _, name := range carried {
		out = append(out, heading(strings.ToValidUTF8(name, "\uFFFD")))
	}
	return out
}

// unheadings are the roster's columns of a header; ok is false where the result's own do not stand before them.
func unheadings(header []string) (carried []string, ok bool) {
	if len(header) < len(own) || !slices.Equal(header[:len(own)], Columns()) {
		return nil, false
	}
	for _, h := range header[len(own):] {
		carried = append(carried, unheading(h))
	}
	return carried, true
}

// quoted is a heading in CSV. No column names the headings that were defused: one that begins with a formula's character
// after apostrophes, none or many, gets one more.
func quoted(h string) string {
	if bare := strings.TrimLeft(h, "'"); output.Defuse(bare) != bare {
		return "'" + h
	}
	return h
}

func unquoted(h string) string {
	if bare := strings.TrimLeft(h, "'"); bare != h && output.Defuse(bare) != bare {
		return h[1:]
	}
	return h
}

// list names columns in the column defused: apart by spaces as `tap create -o csv` does it, and in quotes, with quotes inside
// doubled, where a name is empty or holds a space or a quote.
func list(names []string) string {
	var out []string
	for _, n := range names {
		if n == "" || strings.ContainsAny(n, ` "`) {
			n = `"` + strings.ReplaceAll(n, `"`, `""`) + `"`
		}
		out = append(out, n)
	}
	return strings.Join(out, " ")
}

// unlist reads the names back; ok is false where they are none of list's.
func unlist(s string) (names []string, ok bool) {
	for s != "" {
		var name string
		if rest, inQuotes := strings.CutPrefix(s, `"`); inQuotes {
			for more := true; more; {
				var part string
				if part, rest, ok = strings.Cut(rest, `"`); !ok {
					return nil, false
				}
				name += part
				if rest, more = strings.CutPrefix(rest, `"`); more {
					name += `"`
				}
			}
			if s, ok = strings.CutPrefix(rest, " "); !ok && rest != "" {
				return nil, false
			}
		} else {
			name, s, _ = strings.Cut(s, " ")
		}
		names = append(names, name)
	}
	return names, true
}
