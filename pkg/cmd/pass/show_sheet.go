package pass

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// entry is one line of what `tap show` shows people. One that goes on with the line before has no head.
type entry struct {
	head, text string
	tone       output.Tone // of the text
}

func sheetColumns() output.Schema[entry] {
	return output.Schema[entry]{
		{Head: "PROPERTY", Cell: func(e entry) string { return e.head }},
		{Head: "VALUE", Cell: func(e entry) string { return e.text }, Tone: func(e entry) output.Tone { return e.tone }},
	}
}

// What the printer leaves between the columns, and what begins a line that goes on: no name may look like an entry of its own.
const (
	sheetGap = 2
	goesOn   = "  "
)

// sheet is a user on one screen.
type sheet struct {
	room    int // how wide a text may be; 0: as wide as it gets
	entries []entry
}

// say adds an entry of lines that are not ours, each broken between words. Lines that are empty are left out.
func (s *sheet) say(head string, tone output.Tone, lines ...string) {
	for _, l := range lines {
		if l == "" {
			continue
		}
		for _, text := range output.Wrap(terminal.Escape(l), s.room, goesOn) {
			s.entries = append(s.entries, entry{head, text, tone})
			head = ""
		}
	}
}

// command adds a command to the entry before, broken so that it can be typed as it stands.
func (s *sheet) command(text string) {
	if text == "" {
		return
	}
	for _, l := range output.WrapCommand(goesOn+"try: "+text, s.room, goesOn+goesOn) {
		s.entries = append(s.entries, entry{"", l, output.Faint})
	}
}

// sheet lays a user out for a terminal of this width, 0 for any.
func (v view) sheet(s pass.Subject, signIns bool, columns int) []entry {
	out := &sheet{}
	if columns > 0 {
		out.room = max(20, columns-len("PROPERTY")-sheetGap)
	}
	v.who(out, s)
	v.holds(out, s)
	if signIns {
		v.failures(out, s)
	}
	v.follows(out, s)
	return out.entries
}

const unseen = "not seen"

// who is whom the caller should be able to name.
func (v view) who(out *sheet, s pass.Subject) {
	out.say("name", output.Neutral, s.Name())
	if s.ID != "" && s.ID != s.Name() {
		out.say("id", output.Faint, s.ID)
	}
	if !s.Seen {
		return
	}
	out.say("job", output.Neutral, listed(s.JobTitle, s.Department))
	out.say("office", output.Neutral, s.Office)
	out.say("employee", output.Neutral, s.EmployeeID)
	if s.Manager != nil {
		out.say("manager", output.Neutral, s.Manager.Name())
	}
	phones := slices.Clone(s.BusinessPhones)
	if s.MobilePhone != "" {
		phones = append([]string{s.MobilePhone + " (mobile)"}, phones...)
	}
	if len(phones) == 0 {
		phones = []string{"none on record: nobody can be called back"}
	}
	out.say("phone", output.Neutral, phones...)
	words, tone := standing(s)
	out.say("account", tone, words)
}

func listed(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}

func standing(s pass.Subject) (string, output.Tone) {
	kind := "member"
	switch {
	case s.External:
		kind = "external guest"
	case s.Guest:
		kind = "guest"
	}
	if s.Disabled {
		return "disabled, " + kind, output.Doubtful
	}
	return "enabled, " + kind, output.Neutral
}

// holds is what the user has.
func (v view) holds(out *sheet, s pass.Subject) {
	switch {
	case s.Roles == nil:
		out.say("roles", output.Faint, unseen)
	case len(s.Roles) == 0:
		out.say("roles", output.Neutral, "none active")
	default:
		out.say("roles", output.Doubtful, s.Roles...)
	}
	switch p := s.Held(); {
	case s.Passes == nil:
		out.say("pass", output.Faint, unseen)
	case p == nil:
		out.say("pass", output.Neutral, "none")
	default:
		out.say("pass", stateTone(p.StateAt(s.At)), v.life(*p, s))
	}
	v.methods(out, s)
	var changes []string
	for _, c := range s.Changes() {
		changes = append(changes, v.time(c.At)+"  "+c.Words())
	}
	if len(changes) == 0 {
		changes = []string{"nothing that can be seen, in the last 7 days"}
	}
	out.say("changed", output.Neutral, changes...)
}

func (v view) life(p pass.Pass, s pass.Subject) string {
	words := stateCell(p.StateAt(s.At)) + ", " + use(p)
	if !p.Start.IsZero() {
		words += fmt.Sprintf(", from %s until %s", v.time(p.Start), cmp.Or(v.time(end(p)), "an end that is not known"))
	}
	return words
}

func (v view) methods(out *sheet, s pass.Subject) {
	if s.Methods == nil {
		out.say("methods", output.Faint, unseen)
		return
	}
	var lines []string
	for _, m := range others(s.Methods) {
		lines = append(lines, v.method(m))
	}
	if len(lines) == 0 {
		lines = []string{"none"}
	}
	out.say("methods", output.Neutral, lines...)
}

func (v view) method(m person.Method) string {
	words := m.Words()
	if m.Name != "" {
		words += ": " + m.Name
	}
	if !m.Created.IsZero() {
		words += ", since " + v.time(m.Created)
	}
	return words
}

// failures are the sign-ins that did not work.
func (v view) failures(out *sheet, s pass.Subject) {
	if s.SignIns == nil {
		out.say("sign-ins", output.Faint, unseen)
		return
	}
	lines := []string{}
	for _, i := range s.SignIns {
		where := listed(i.App, i.IP, i.Location)
		if where != "" {
			where = " (" + where + ")"
		}
		lines = append(lines, v.time(i.At)+"  "+s.WhyFailed(i)+where)
	}
	if len(lines) == 0 {
		lines = []string{"none that failed, in the last 7 days"}
	}
	out.say("sign-ins", output.Neutral, lines...)
}

// follows is the verdict.
func (v view) follows(out *sheet, s pass.Subject) {
	out.say("code", output.Neutral, s.Code(v.zone))
	words := map[pass.Answer]string{
		pass.Yes: "a pass can be issued", pass.No: "no pass can be issued", pass.Unsure: "nothing that was seen speaks against a pass",
	}[s.Verdict.Answer]
	tone := map[pass.Answer]output.Tone{pass.Yes: output.Good, pass.No: output.Bad, pass.Unsure: output.Doubtful}[s.Verdict.Answer]
	out.say("verdict", tone, strings.Join(append([]string{words}, s.Verdict.Words...), ": "))
	for _, u := range s.Verdict.Unknown {
		out.say("", output.Faint, goesOn+u)
	}
	out.command(v.command(s))
}
