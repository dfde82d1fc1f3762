package output

import (
	"slices"
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// Width is how many columns of a terminal a text takes: two for most of CJK and for emoji.
func Width(s string) int { return twwidth.Width(s) }

// Fit cuts a text to a width, between two characters as people see them, and marks the cut.
func Fit(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	if width < 1 {
		return ""
	}
	var b strings.Builder
	used := 0
	for g := graphemes.FromString(s); g.Next(); {
		w := Width(g.Value())
		if used+w > width-1 {
			break
		}
		used += w
		b.WriteString(g.Value())
	}
	return strings.TrimRight(b.String(), " ") + "…"
}

// Wrap breaks a text into lines of a width at most, between words, and a word that is wider between two characters as
// people see them. Lines after the first begin with the indent and nothing else that is blank. Width 0 breaks nothing.
func Wrap(s string, width int, indent string) []string {
	if width <= 0 || Width(s) <= width {
		return []string{s}
	}
	var lines []string
	var line strings.Builder
	used := 0
	least := 0 // what a line has before there is a text on it
	end := func() {
		lines = append(lines, strings.TrimRight(line.String(), " "))
		line.Reset()
		line.WriteString(indent)
		least = Width(indent)
		used = least
	}
	for n, word := range strings.Split(s, " ") {
		switch {
		case n == 0, used == least && len(lines) > 0: // no blanks begin a line: they would be an indent of their own
		case used+1+Width(word) > width && used > least:
			end()
		default:
			line.WriteByte(' ')
			used++
		}
		for g := graphemes.FromString(word); g.Next(); {
			w := Width(g.Value())
			if used+w > width && used > least {
				end()
			}
			line.WriteString(g.Value())
			used += w
		}
	}
	if used > least || len(lines) == 0 {
		end()
	}
	return lines
}

// continues ends a line of a command that goes on.
const continues = ` \`

// WrapCommand breaks a command so that it is typed as it stands, with a backslash at the end of a line. One with a word that
// is too wide, or in quotes, is not broken.
func WrapCommand(text string, width int, indent string) []string {
	tooWide := func(word string) bool { return len(indent+word+continues) > width }
	if width <= 0 || strings.ContainsAny(text, `'"`) || slices.ContainsFunc(strings.Fields(text), tooWide) {
		return []string{text}
	}
	lines := Wrap(text, width-len(continues), indent)
	for n := range lines[:len(lines)-1] {
		lines[n] += continues
	}
	return lines
}

func pad(s string, width int) string { return s + strings.Repeat(" ", max(0, width-Width(s))) }
