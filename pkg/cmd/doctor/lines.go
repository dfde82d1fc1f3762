package doctor

import (
	"github.com/seed-5ddf9a5e/tap/pkg/doctor"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// line is one line of what is shown to people. One that goes on with the line before has no status.
type line struct {
	status, text string
	tone         output.Tone // of the status
	faint        bool        // the text says what mends it
}

func lineColumns() output.Schema[line] {
	return output.Schema[line]{
		{Head: "STATUS", Cell: func(l line) string { return l.status }, Tone: func(l line) output.Tone { return l.tone }},
		{Head: "FINDING", Cell: func(l line) string { return l.text }, Tone: func(l line) output.Tone {
			if l.faint {
				return output.Faint
			}
			return output.Neutral
		}},
	}
}

// What the printer leaves between the columns, and what begins a line that goes on: no name may look like a finding of its own.
const (
	gap    = 2
	goesOn = "  "
)

// lines are the findings, and below each what mends it. Nothing of what is fine is to be mended.
func (v view) lines(found []doctor.Finding, columns int) []line {
	room := 0
	if columns > 0 {
		room = max(20, columns-len("STATUS")-gap)
	}
	tones := map[doctor.Status]output.Tone{doctor.OK: output.Good, doctor.Fail: output.Bad, doctor.Warn: output.Doubtful, doctor.Skip: output.Faint}
	var out []line
	for _, f := range found {
		l := line{status: string(f.Status), tone: tones[f.Status]}
		for _, text := range wrap(f.ID+": "+f.Words, room) {
			l.text = text
			out = append(out, l)
			l = line{}
		}
		if f.Remedy != "" {
			out = append(out, faint(wrap(goesOn+"mend it: "+f.Remedy, room))...)
		}
		if c := v.command(f); c != "" {
			out = append(out, faint(output.WrapCommand(goesOn+"try: "+c, room, goesOn+goesOn))...)
		}
	}
	return out
}

func faint(texts []string) (out []line) {
	for _, t := range texts {
		out = append(out, line{text: t, faint: true})
	}
	return out
}

// wrap breaks a text that is not ours between words. It is escaped before, which makes it wider.
func wrap(text string, width int) []string {
	return output.Wrap(terminal.Escape(text), width, goesOn+goesOn)
}
