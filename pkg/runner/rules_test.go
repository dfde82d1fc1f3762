package runner_test

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The runners' side, written again from their published sources. A rule that looks like a mistake is theirs.

// command is what a runner makes of a line.
type command struct {
	name  string
	props map[string]string
	data  string
}

// search is how a runner finds a text in a line: byte for byte, or by culture. It returns where the match begins, or -1.
type search func(s, text string) int

// byCulture finds text in s as ICU does, passing over what has no weight. The list is ICU's and not the package's.
func byCulture(s, text string) int {
	from, want := []rune(s), []rune(text)
	for start := range from {
		n := 0
		for _, r := range from[start:] {
			if n < len(want) && r == want[n] {
				n++
			} else if !ignored(r) {
				break
			}
			if n == len(want) {
				return len(string(from[:start]))
			}
		}
	}
	return -1
}

func ignored(r rune) bool {
	switch {
	case r < 0x20:
		return r < '\t' || r > '\r'
	case r == 0x7f, r >= 0x80 && r < 0xa0 && r != 0x85, r == 0xad, r == 0x34f, r == 0x61c, r == 0x6dd, r == 0x70f, r == 0xfeff:
		return true
	case r >= 0x180b && r <= 0x180f, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return true
	case r >= 0x20d0 && r <= 0x20f0, r >= 0x483 && r <= 0x489, r >= 0x300 && r <= 0x36f:
		return true
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xfff9 && r <= 0xfffb, r >= 0x1d173 && r <= 0x1d17a, r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return false
}

// lines is StreamReader.ReadLine: CR, LF and both end a line.
func lines(s string) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s), "\n")
}

// whiteSpace is Char.IsWhiteSpace, which TrimStart uses.
func whiteSpace(r rune) bool {
	return r >= '\t' && r <= '\r' || r == 0x85 || unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp)
}

// githubV2 is ActionCommand.TryParseV2. known is the table of commands, nil for any name at all.
func githubV2(line string, known []string, find search) *command {
	line = strings.TrimLeftFunc(line, whiteSpace)
	if find(line, "::") != 0 {
		return nil
	}
	rest := after(line, 2)
	end := find(rest, "::")
	if end < 0 {
		return nil
	}
	return build(rest[:end], after(rest[end:], 2), ",", known, githubData, githubProperty)
}

// githubV1 is ActionCommand.TryParse.
func githubV1(line string, known []string, find search) *command {
	start := find(line, "##[")
	if start < 0 {
		return nil
	}
	bracket := strings.Index(line[start:], "]")
	if bracket < 0 {
		return nil
	}
	info := after(line[start:], 3)
	cut := len(line[start:]) - len(info)
	if bracket < cut {
		return nil // Substring throws
	}
	return build(line[start+cut:start+bracket], line[start+bracket+1:], ";", known, githubOld, githubOld)
}

// azureParse is Command.TryParse of the agent. Its name is area.event.
func azureParse(line string, percents bool, find search) *command {
	start := find(line, "##vso[")
	if start < 0 {
		return nil
	}
	bracket := strings.Index(line[start:], "]")
	if bracket < 0 {
		return nil
	}
	info := after(line[start:], 6)
	cut := len(line[start:]) - len(info)
	if bracket < cut {
		return nil
	}
	unescape := func(s string) string { return azureData(s, percents) }
	c := build(line[start+cut:start+bracket], line[start+bracket+1:], ";", nil, unescape, unescape)
	if c == nil || len(strings.FieldsFunc(c.name, func(r rune) bool { return r == '.' })) != 2 {
		return nil
	}
	return c
}

// after drops n characters, as Substring counts them; a byte that is no UTF-8 is one.
func after(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[i:]
		}
		n--
	}
	return ""
}

func build(info, data, separator string, known []string, unescape, unescapeProperty func(string) string) *command {
	name, rest, _ := strings.Cut(info, " ")
	if known != nil && !slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) }) {
		return nil
	}
	c := &command{name: name, props: map[string]string{}, data: unescape(data)}
	for pair := range strings.SplitSeq(strings.TrimFunc(rest, whiteSpace), separator) {
		if k, v, ok := strings.Cut(pair, "="); ok {
			c.props[strings.ToLower(k)] = unescapeProperty(v)
		}
	}
	return c
}

// undo replaces one after the other, in this order.
func undo(s string, pairs ...string) string {
	for n := 0; n < len(pairs); n += 2 {
		s = strings.ReplaceAll(s, pairs[n], pairs[n+1])
	}
	return s
}

func githubData(s string) string { return undo(s, "%0D", "\r", "%0A", "\n", "%25", "%") }
func githubProperty(s string) string {
	return undo(s, "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
}

func githubOld(s string) string {
	return undo(s, "%3B", ";", "%0D", "\r", "%0A", "\n", "%5D", "]", "%25", "%")
}

func azureData(s string, percents bool) string {
	s = undo(s, "%3B", ";", "%0D", "\r", "%0A", "\n", "%5D", "]")
	if percents {
		s = undo(s, "%AZP25", "%")
	}
	return s
}

// formed names a command that some runner could see in this text, wherever a line begins, and whatever commands it knows.
// What is no UTF-8 is U+FFFD to a runner, or on Windows a character of the old code page, 0xff of which is a blank.
func formed(text string) string {
	return inLines(text, formedInLine)
}

// obeyed is formed for a text whose lines are not wrapped.
func obeyed(text string) string {
	return inLines(text, func(line string, find search) string {
		if c := githubV2(line, nil, find); c != nil {
			return fmt.Sprintf(":: in %q", line)
		}
		return twoHashes(line, find)
	})
}

func inLines(text string, forms func(line string, find search) string) string {
	for _, other := range []string{"\ufffd", "\u00a0"} {
		var read strings.Builder
		for rest := text; rest != ""; {
			r, n := utf8.DecodeRuneInString(rest)
			if r == utf8.RuneError && n == 1 {
				read.WriteString(other)
			} else {
				read.WriteString(rest[:n])
			}
			rest = rest[n:]
		}
		for _, line := range lines(read.String()) {
			for _, find := range []search{strings.Index, byCulture} {
				if f := forms(line, find); f != "" {
					return f
				}
			}
		}
	}
	return ""
}

func twoHashes(line string, find search) string {
	if find(line, "##vso") >= 0 || find(line, "##[") >= 0 || azureParse(line, true, find) != nil || githubV1(line, nil, find) != nil {
		return fmt.Sprintf("## in %q", line)
	}
	return ""
}

func formedInLine(line string, find search) string {
	if f := twoHashes(line, find); f != "" {
		return f
	}
	for at, r := range line { // it may be wrapped before any character; blanks are trimmed, and all else cannot begin ::
		if (r == ':' || ignored(r)) && githubV2(line[at:], nil, find) != nil {
			return fmt.Sprintf(":: in %q", line[at:])
		}
	}
	return ""
}

// envFile is SetEnvFileCommand of actions/runner, FileCommandManager.cs.
func envFile(text string, windows bool) (map[string]string, error) {
	out := map[string]string{}
	index := 0
	next := func() (line, newline string, ok bool) {
		if index >= len(text) {
			return "", "", false
		}
		start := index
		lf := strings.IndexByte(text[index:], '\n')
		if lf < 0 {
			index = len(text)
			return text[start:], "", true
		}
		index += lf + 1
		if windows && lf > 0 && text[start+lf-1] == '\r' {
			return text[start : start+lf-1], "\r\n", true
		}
		return text[start : start+lf], "\n", true
	}
	for line, _, ok := next(); ok; line, _, ok = next() {
		equals, here := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case line == "":
		case equals >= 0 && (here < 0 || equals < here):
			out[line[:equals]] = line[equals+1:]
		case here > 0 && here+2 < len(line):
			name, delimiter := line[:here], line[here+2:]
			start, end := index, index
			line, newline, more := next()
			for ; line != delimiter; line, newline, more = next() {
				if !more {
					return nil, fmt.Errorf("no end of %s", name)
				}
				end = index - len(newline)
			}
			out[name] = text[start:end]
		default:
			return nil, fmt.Errorf("invalid format %q", line)
		}
	}
	return out, nil
}
