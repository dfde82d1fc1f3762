package onboarding

import (
	"cmp"
	"crypto/sha256"
	_ "embed" // the page's parts are files
	"encoding/base64"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/onboarding"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// The parts of the page. Nothing in them is of this run, so that their hashes let them in and nothing else.
var (
	//go:embed report.html
	frame string
	//go:embed report.css
	style string
	//go:embed report.js
	script string
)

// lines is a part as browsers hash it.
func lines(part string) string { return strings.ReplaceAll(part, "\r\n", "\n") }

// policy lets the page's own style and script in, and nothing from anywhere.
// https://www.w3.org/TR/CSP3/
func policy() string {
	hash := func(part string) string {
		sum := sha256.Sum256([]byte(lines(part)))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script) + "; base-uri 'none'; form-action 'none'"
}

// page prints the report as a page that loads nothing.
func (r *report) page(v view) error {
	p := page{r, v}
	title := "Onboarding of " + p.whom()
	_, err := io.WriteString(r.Streams.Out, strings.NewReplacer(
		"{{policy}}", policy(), "{{style}}", lines(style), "{{script}}", lines(script),
		"{{title}}", p.markup().text(title).String(), "{{facts}}", p.facts(),
		"{{funnel}}", p.funnel(), "{{sums}}", p.sums(), "{{legend}}", p.legend(),
		"{{stages}}", p.stageOptions(), "{{groups}}", p.groupOptions(),
		"{{caption}}", p.markup().text(fmt.Sprintf("%s, times in %s", errs.Count(len(r.standings), "user"), zoneName(v.zone))).String(),
		"{{users}}", p.users(), "{{meanings}}", p.meanings(),
	).Replace(lines(frame)))
	return err
}

// page is a report on its way into a page. No field of it is a secret.
type page struct {
	*report
	view view
}

func (p page) markup() *markup { return &markup{safe: p.Say.Safe} }

// whom is whom the report is about.
func (p page) whom() string {
	switch {
	case p.Users.File == "-":
		return "a roster"
	case p.Users.File != "":
		return filepath.Base(p.Users.File)
	}
	return "the group " + p.Users.Group
}

// zoneName is what the zone of the times is called.
func zoneName(zone *time.Location) string {
	if zone == time.Local {
		return "the local time of the machine that made this"
	}
	return zone.String()
}

func (p page) facts() string {
	m := p.markup().in("<div><dt>As of</dt><dd><time datetime=\"", p.at.UTC().Format(time.RFC3339), "\">").in("", when.Show(p.at, p.view.zone), "</time>, by the service's clock</dd></div>")
	m.in("<div><dt>Tenant</dt><dd><code>", p.target.TenantID, "</code></dd></div>")
	m.in("<div><dt>Read from</dt><dd><bdi>", p.target.Title, "</bdi></dd></div>")
	return m.String()
}

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

func (p page) meanings() string {
	m := p.markup()
	for _, w := range []struct{ word, meaning string }{
		{"notIssued", "No pass is there, and nothing tells of one that was."},
		{"issued", "A pass is there, or the roster tells of one that is gone."},
		{"used", "Somebody signed in with the pass that is there."},
		{"registered", "A passkey, Windows Hello, an Authenticator or a platform credential was registered since."},
		{"failed", "Nothing could be read of the user."},
		{"since", "When the pass was created; where it is gone, when it began to work, or the time that was given. A method that is older does not count."},
	} {
		m.in("<div><dt>", w.word, "</dt>").in("<dd>", w.meaning, "</dd></div>")
	}
	return m.String()
}
