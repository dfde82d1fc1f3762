package onboarding

import (
	"crypto/sha256"
	_ "embed" // the page's parts are files
	"encoding/base64"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
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
