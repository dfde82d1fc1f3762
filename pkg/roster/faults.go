package roster

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// listed is how many faults the text of an error lists.
const listed = 20

// Fault is one thing that is wrong with a roster.
type Fault struct {
	Line   int    // the row, as in Row.Line; 0: the whole file
	Column string // the column's name as written, without surrounding blanks; empty: the whole row
	Text   string // what is wrong; texts from the file are in it quoted, and cut after 60 characters
}

// String is "row 17, lifetime: what is wrong".
func (f Fault) String() string {
	switch {
	case f.Line == 0:
		return f.Text
	case f.Column == "":
		return fmt.Sprintf("row %d: %s", f.Line, f.Text)
	}
	return fmt.Sprintf("row %d, %s: %s", f.Line, label(f.Column), f.Text)
}

// Faults is everything that is wrong with a roster, in the order of its rows.
type Faults struct{ All []Fault }

// Error is a sum, "3 faults", and then a line for each of the first 20; after that "and N more".
func (f *Faults) Error() string {
	var b strings.Builder
	b.WriteString(errs.Count(len(f.All), "fault"))
	for i, one := range f.All {
		if i == listed {
			fmt.Fprintf(&b, "\nand %d more", len(f.All)-listed)
			break
		}
		b.WriteString("\n" + one.String())
	}
	return b.String()
}

func (f *Faults) add(line int, column, format string, args ...any) {
	f.All = append(f.All, Fault{line, column, fmt.Sprintf(format, args...)})
}

// quote makes a text of the file safe to show, and short.
func quote(s string) string {
	const most = 60
	n := 0
	for i := range s {
		if n == most {
			return fmt.Sprintf("%q…", s[:i])
		}
		n++
	}
	return fmt.Sprintf("%q", s)
}

// label is a column's name in front of a colon: in quotes only where it could mislead.
func label(name string) string {
	if len(name) <= 60 && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == ':' || r == '"' || r == unicode.ReplacementChar }) {
		return name
	}
	return quote(name)
}
