package onboarding

import (
	"html"
	"strconv"
	"strings"
)

// literal is markup of ours. A constant becomes one by itself, a text that came from elsewhere does not.
type literal string

// markup is HTML under way. html/template would do the same for 3 MB of the program (docs/adr/0010): here the types keep apart what is
// markup and what is text.
type markup struct {
	b    strings.Builder
	safe func(string) string // shows what would act on a terminal or a runner, where the page may be printed as well
}

// raw adds markup.
func (m *markup) raw(s literal) *markup {
	m.b.WriteString(string(s))
	return m
}

// text adds a text that is not ours, which is shown as it is. It may stand between tags and in an attribute's quotes, nowhere else.
func (m *markup) text(s string) *markup {
	m.b.WriteString(html.EscapeString(m.safe(s)))
	return m
}

// in adds a text between two pieces of markup.
func (m *markup) in(before literal, s string, after literal) *markup {
	return m.raw(before).text(s).raw(after)
}

// number adds a number, with at most two decimals.
func (m *markup) number(f float64) *markup {
	m.b.WriteString(strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(f, 'f', 2, 64), "0"), "."))
	return m
}

func (m *markup) String() string { return m.b.String() }
