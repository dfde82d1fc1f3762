package output

// Tone is what colour says again of a cell's words. It never says anything that the words do not.
type Tone int

// The tones.
const (
	Neutral  Tone = iota
	Good          // green
	Bad           // red
	Doubtful      // yellow
	Faint         // dim
	Strong        // bold
)

const reset = "\x1b[0m"

// Paint dresses a text in the tone.
func (t Tone) Paint(s string) string {
	codes := [...]string{"", "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[1m"}
	if t == Neutral || s == "" {
		return s
	}
	return codes[t] + s + reset
}

// WantsColour decides by the conventions of https://no-color.org and https://bixense.com/clicolors.
func WantsColour(getenv func(string) string, isTTY bool) bool {
	switch {
	case getenv("NO_COLOR") != "":
		return false
	case getenv("CLICOLOR_FORCE") != "" && getenv("CLICOLOR_FORCE") != "0":
		return true
	}
	return isTTY && getenv("TERM") != "dumb" && getenv("CLICOLOR") != "0"
}
