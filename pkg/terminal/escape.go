package terminal

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Escape makes a text that is not ours safe to show: control, bidirectional and
// zero-width characters and broken UTF-8 come out as \u{…} or \x…, so that a name can
// neither move the cursor, nor turn the line around, nor begin one: a newline is escaped too.
// Letters of every script and single emoji pass unchanged; the invisible joiner inside a compound emoji is shown.
func Escape(s string) string {
	if !strings.ContainsFunc(s, hidden) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case hidden(r):
			fmt.Fprintf(&b, `\u{%04x}`, r)
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// EscapeJSON writes the same characters of a JSON document as \uXXXX, which leaves its values as they are. The
// white space between values stays.
func EscapeJSON(b []byte) []byte {
	return escapeQuoted(b, func(r rune) string {
		high, low := utf16.EncodeRune(r)
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	})
}

// EscapeYAML does it in a YAML document whose texts are all in double quotes.
func EscapeYAML(b []byte) []byte {
	return escapeQuoted(b, func(r rune) string { return fmt.Sprintf(`\U%08x`, r) })
}

// escapeQuoted writes hidden characters as escapes; astral is how those above U+FFFF are written.
func escapeQuoted(b []byte, astral func(rune) string) []byte {
	acts := func(r rune) bool { return hidden(r) && !jsonSpace(r) }
	if !bytes.ContainsFunc(b, acts) {
		return b
	}
	var out bytes.Buffer
	for _, r := range string(b) {
		switch {
		case !acts(r):
			out.WriteRune(r)
		case r > 0xffff:
			out.WriteString(astral(r))
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.Bytes()
}

// jsonSpace reports whether r is white space of JSON: inside its strings it is escaped already.
func jsonSpace(r rune) bool { return r == '\n' || r == '\t' || r == '\r' }

// hidden reports whether r acts on a terminal instead of being seen: C0, C1, DEL,
// bidi controls and zero-width characters (all of Unicode's Cf), line and paragraph
// separators, private use, and blanks that look like a space but are none.
func hidden(r rune) bool {
	switch {
	case r == ' ':
		return false
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Z, r):
		return true
	case r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0', r == '\u2800', r == '\u034f':
		return true // fillers that are letters by category and show nothing
	case r >= 0xfe00 && r <= 0xfe0e, r >= 0xe0100 && r <= 0xe01ef:
		return true // variation selectors, but for the one that asks for an emoji
	}
	return false
}
