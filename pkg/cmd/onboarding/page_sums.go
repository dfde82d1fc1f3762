package onboarding

import (
	"cmp"
	"fmt"

	"github.com/seed-5ddf9a5e/tap/pkg/onboarding"
)

// funnel is the sum of all as bars, each no longer than the one above it.
func (p page) funnel() string {
	all := onboarding.All(p.standings)
	m := p.markup().raw("<dl class=\"funnel\">")
	for _, bar := range []struct {
		name  string
		class literal
		n     int
	}{{"users", "users", all.Users}, {"given a pass", "issued", all.Issued}, {"signed in with it", "used", all.Used}, {"registered a method since", "registered", all.Registered}} {
		m.in("<div><dt>", bar.name, "</dt><dd class=\"chart\"><svg aria-hidden=\"true\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\"><rect class=\"").raw(bar.class)
		m.raw("\" height=\"10\" width=\"").number(max(all.Percent(bar.n), .3)).raw("\"/></svg></dd><dd>")
		if bar.class == "registered" && all.Blind() {
			m.raw("not seen</dd></div>")
			continue
		}
		m.text(fmt.Sprintf("%d", bar.n))
		if bar.class != "users" {
			m.text(fmt.Sprintf(" (%.0f%%)", all.Percent(bar.n)))
		}
		m.raw("</dd></div>")
	}
	return m.raw("</dl>").String()
}

// segment is a part of a bar.
type segment struct {
	class literal
	name  string
	n     func(onboarding.Sum) int
}

// segments are the stages as parts of one bar, the furthest first.
func segments() []segment {
	return []segment{
		{"registered", "registered", func(s onboarding.Sum) int { return s.Registered }},
		{"used", "used, nothing registered since", func(s onboarding.Sum) int { return s.Used - s.Registered }},
		{"issued", "issued, not used", func(s onboarding.Sum) int { return s.Issued - s.Used }},
		{"notIssued", "not issued", func(s onboarding.Sum) int { return s.NotIssued }},
		{"failed", "nothing could be read", func(s onboarding.Sum) int { return s.Failed }},
	}
}

// sums is the table of sums, each with a bar of its own.
func (p page) sums() string {
	m := p.markup().in("<thead><tr><th scope=\"col\">", cmp.Or(p.byName(), "Sum"), "</th><th scope=\"col\">Share</th>")
	for _, head := range []literal{"Users", "Not issued", "Issued", "Used", "Registered", "Failed"} {
		m.raw("<th scope=\"col\" class=\"number\">").raw(head).raw("</th>")
	}
	m.raw("</tr></thead>")
	all := p.report.sums()
	for i, s := range all {
		switch last := i == len(all)-1; {
		case last && i > 0:
			m.raw("</tbody><tfoot>")
		case i == 0:
			m.raw("<tbody>")
		}
		p.sum(m, s)
	}
	if len(all) > 1 {
		return m.raw("</tfoot>").String()
	}
	return m.raw("</tbody>").String()
}

// sum adds one row of sums.
func (p page) sum(m *markup, s sum) {
	m.in("<tr><th scope=\"row\"><bdi>", s.name(), "</bdi></th><td><svg class=\"bar\" aria-hidden=\"true\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\">")
	from := 0.0
	for _, part := range segments() {
		width := s.Percent(part.n(s.Sum))
		if width > 0 {
			m.raw("<rect class=\"").raw(part.class).raw("\" height=\"10\" x=\"").number(from).raw("\" width=\"").number(width).raw("\"/>")
		}
		from += width
	}
	m.raw("</svg></td>")
	for _, cell := range []string{
		fmt.Sprint(s.Users), fmt.Sprint(s.NotIssued), fmt.Sprintf("%d (%.0f%%)", s.Issued, s.Percent(s.Issued)), fmt.Sprintf("%d (%.0f%%)", s.Used, s.Percent(s.Used)),
		registeredCell(s), fmt.Sprint(s.Failed),
	} {
		m.in("<td class=\"number\">", cell, "</td>")
	}
	m.raw("</tr>")
}

func registeredCell(s sum) string {
	if s.Blind() {
		return "not seen"
	}
	return fmt.Sprintf("%d (%.0f%%)", s.Registered, s.Percent(s.Registered))
}

func (p page) legend() string {
	m := p.markup().raw("<ul class=\"legend\">")
	for _, s := range segments() {
		m.raw("<li>").raw(mark(s.class)).in("", s.name, "</li>")
	}
	return m.raw("</ul>").String()
}

// mark is a square in the colour of a stage, which the words beside it say again.
func mark(class literal) literal {
	return "<svg class=\"mark\" aria-hidden=\"true\" viewBox=\"0 0 10 10\"><rect class=\"" + class + "\" width=\"10\" height=\"10\"/></svg>"
}

// groupOptions chooses among the values of the column of the sums.
func (p page) groupOptions() string {
	if p.by < 0 {
		return ""
	}
	m := p.markup().in("<p><label for=\"group\"><bdi>", p.byName(), "</bdi></label> <select id=\"group\"><option value=\"*\">all</option>")
	for _, s := range p.report.sums() {
		if s.by != "" {
			m.in("<option value=\"=", s.Value, "\">").in("", s.name(), "</option>")
		}
	}
	return m.raw("</select></p>").String()
}
