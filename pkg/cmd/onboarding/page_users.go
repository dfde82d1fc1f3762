package onboarding

import (
	"cmp"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/onboarding"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// users is the table of users.
func (p page) users() string {
	m := p.markup().raw("<thead><tr>")
	for _, head := range []string{"User", "Stage", "Pass", "Since", "Last used", "Registered since", "Does not count"} {
		m.in("<th scope=\"col\">", head, "</th>")
	}
	for _, name := range p.columns {
		m.in("<th scope=\"col\"><bdi>", name, "</bdi></th>")
	}
	m.raw("</tr></thead><tbody>")
	for _, s := range p.standings {
		p.user(m, s)
	}
	return m.raw("</tbody>").String()
}

// classes are the stages in the markup.
var classes = map[onboarding.Stage]literal{
	onboarding.NotIssued: "notIssued", onboarding.Issued: "issued", onboarding.Used: "used", onboarding.Registered: "registered", "": "failed",
}

// ranks order the stages for the sort.
var ranks = map[onboarding.Stage]literal{"": "0", onboarding.NotIssued: "1", onboarding.Issued: "2", onboarding.Used: "3", onboarding.Registered: "4"}

// user adds one row of users.
func (p page) user(m *markup, s onboarding.Standing) {
	m.raw("<tr data-stage=\"").raw(classes[s.Stage]).raw("\"")
	if p.by >= 0 {
		m.in(" data-group=\"", strings.TrimSpace(s.Carried[p.by]), "\"")
	}
	m.in("><th scope=\"row\"><bdi class=\"name\">", cmp.Or(s.Person.DisplayName, user(s)), "</bdi>")
	if s.Person.DisplayName != "" {
		m.in("<bdi class=\"upn\">", user(s), "</bdi>")
	}
	m.raw("</th><td data-key=\"").raw(ranks[s.Stage]).raw("\"><span class=\"stage\">").raw(mark(classes[s.Stage])).in("", stageCell(s), "</span>")
	if s.Err != nil {
		m.in("<span class=\"more\">", s.Err.Error(), "</span>")
	}
	m.in("</td><td>", passCell(s), "</td>")
	p.time(m, s.Since)
	p.time(m, s.LastUsed())
	p.methods(m, s, s.Registered)
	p.methods(m, s, s.Others)
	for _, cell := range s.Carried {
		m.in("<td><bdi>", cell, "</bdi></td>")
	}
	m.raw("</tr>\n")
}

// time adds a cell with a point in time, which sorts as it is in UTC.
func (p page) time(m *markup, t time.Time) {
	if t.IsZero() {
		m.raw("<td></td>")
		return
	}
	m.in("<td data-key=\"", t.UTC().Format(time.RFC3339), "\">")
	p.moment(m, t)
	m.raw("</td>")
}

func (p page) moment(m *markup, t time.Time) {
	m.in("<time datetime=\"", t.UTC().Format(time.RFC3339), "\">").in("", t.In(p.view.zone).Format("2006-01-02 15:04"), "</time>")
}

func (p page) methods(m *markup, s onboarding.Standing, methods []person.Method) {
	if s.Unseen {
		m.raw("<td>not seen</td>")
		return
	}
	m.raw("<td>")
	if len(methods) > 0 {
		m.raw("<ul class=\"methods\">")
		for _, one := range methods {
			m.in("<li><bdi>", inWords([]person.Method{one}), "</bdi>")
			if !one.Created.IsZero() {
				m.raw(" <span class=\"more\">")
				p.moment(m, one.Created)
				m.raw("</span>")
			}
			m.raw("</li>")
		}
		m.raw("</ul>")
	}
	m.raw("</td>")
}

func (p page) stageOptions() string {
	m := p.markup()
	for _, s := range append(onboarding.Stages(), "") {
		m.raw("<option value=\"").raw(classes[s]).in("\">", cmp.Or(string(s), "failed"), "</option>")
	}
	return m.String()
}
