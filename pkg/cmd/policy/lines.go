package policy

import (
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// line is one line of what is shown to people: what it is about, and what there is to say. One that goes on with
// the line before has no head.
type line struct {
	head, text string
	tone       output.Tone // of the head
	faint      bool        // the text is beside the point
}

func lineColumns(head, text string) output.Schema[line] {
	return output.Schema[line]{
		{Head: head, Cell: func(l line) string { return l.head }, Tone: func(l line) output.Tone { return l.tone }},
		{Head: text, Cell: func(l line) string { return l.text }, Tone: func(l line) output.Tone {
			if l.faint {
				return output.Faint
			}
			return output.Neutral
		}},
	}
}

// gap is what the printer leaves between the two columns.
const gap = 2

// room is how wide a text may be beside heads of this width; 0: as wide as it gets.
func room(columns, heads int) int {
	if columns == 0 {
		return 0
	}
	return max(20, columns-heads-gap)
}

// goesOn begins a line that goes on with the one before: no name may look like an entry of its own.
const goesOn = "  "

// target is a target in one line, or its id on a second one where the terminal is too narrow for both: an id is
// copied, so it is never broken.
func target(names policy.Names, t policy.Target, width int) []string {
	return beside(names.Name(t), names.ID(t), width)
}

func beside(name, id string, width int) []string {
	if id == "" {
		return wrap(name, width)
	}
	if both := wrap(name+" ("+id+")", width); len(both) == 1 {
		return both
	}
	return append(wrap(name, width), goesOn+id)
}

// wrap breaks a text that is not ours between words. It is escaped before, which makes it wider.
func wrap(text string, width int) []string { return output.Wrap(terminal.Escape(text), width, goesOn) }

// widest is the width of the widest head among the words, and of the column's own.
func widest(words ...string) int {
	n := len("PROPERTY")
	for _, w := range words {
		n = max(n, len(w))
	}
	return n
}

// standingLines is the policy, a property a line.
func standingLines(s policy.Standing, columns int) []line {
	var out []line
	for _, p := range policy.Properties() {
		out = append(out, line{head: p.Words, text: p.Human(s.Policy)})
	}
	width := room(columns, widest("maximum lifetime"))
	list := func(head string, targets []policy.Target) {
		if len(targets) == 0 {
			out = append(out, line{head: head, text: "nobody"})
		}
		for n, t := range targets {
			for m, text := range target(s.Names, t, width) {
				l := line{text: text}
				if n == 0 && m == 0 {
					l.head = head
				}
				out = append(out, l)
			}
		}
	}
	list("included", s.Policy.Include)
	list("excluded", s.Policy.Exclude)
	return out
}

// differenceLines is what differs, a property or a target a line, and below it what that does.
func differenceLines(ds []policy.Difference, columns int) []line {
	var out []line
	var heads []string
	for _, d := range ds {
		heads = append(heads, d.Words)
	}
	width := room(columns, widest(heads...))
	head := ""
	for _, d := range ds {
		l := line{head: d.Words}
		if d.Words == head && d.Target.ID != "" {
			l.head = ""
		}
		head = d.Words
		for _, text := range said(d, width) {
			l.text = text
			out = append(out, l)
			l.head = ""
		}
		if d.Effect != "" {
			for _, text := range wrap("! "+d.Effect, width) {
				out = append(out, line{text: text, faint: true})
			}
		}
	}
	return out
}

// said is a difference in words.
func said(d policy.Difference, width int) []string {
	who := func(verb string) []string { return beside(verb+" "+d.Who, d.ID, width) }
	switch {
	case d.Kind == policy.Added:
		return who("added")
	case d.Kind == policy.Removed:
		return who("removed")
	case d.Target.ID != "":
		return append(who("kept"), goesOn+d.Was+" -> "+d.Is)
	}
	return []string{d.Was + " -> " + d.Is}
}

// findingLines is what is wrong, and below each the command that mends it.
func (v view) findingLines(found []policy.Finding, columns int) []line {
	var out []line
	width := room(columns, len(policy.Information))
	tones := map[policy.Severity]output.Tone{policy.Error: output.Bad, policy.Warning: output.Doubtful}
	for _, f := range found {
		l := line{head: string(f.Severity), tone: tones[f.Severity]}
		for _, text := range wrap(f.Words, width) {
			l.text = text
			out = append(out, l)
			l.head = ""
		}
		for _, text := range output.WrapCommand("mend it: "+v.command(f), width, goesOn) {
			out = append(out, line{text: text, faint: true})
		}
	}
	return out
}
