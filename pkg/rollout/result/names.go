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
func heading(name string) string { return Heading(name, isOwn) }

// Heading is heading beside other columns than the result's: ours tells which names they have, without regard to case.
func Heading(name string, ours func(string) bool) string {
	if collides(name, ours) {
		return prefix + name
	}
	return name
}

// unheading is the name that a heading stands for.
func unheading(h string) string {
	if len(h) > len(prefix) && strings.EqualFold(h[:len(prefix)], prefix) && collides(h, isOwn) {
		return h[len(prefix):]
	}
	return h
}

func isOwn(name string) bool { return indexOf(name) >= 0 }

func collides(name string, ours func(string) bool) bool {
	for len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
		name = name[len(prefix):]
	}
	return ours(name)
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

// Quoted is a heading in CSV. No column names the headings that were defused: one that begins with a formula's character
// after apostrophes, none or many, gets one more.
func Quoted(h string) string {
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

// unlist reads back the names of the column defused, as output.List has written them; ok is false where it has not.
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
