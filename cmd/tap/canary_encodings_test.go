package main_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// canaryPattern is a passcode in an encoding that is searched for as it is. What depends on the writer's taste, such as
// which characters are escaped, is taken off the data instead: see decoders.
type canaryPattern struct {
	code     string // the passcode
	encoding string // "" for the passcode itself
	text     []byte // what to find
}

// patternsOf returns the patterns of a passcode: in UTF-8 and UTF-16, and each of these in hex and in base64.
func patternsOf(code string) (patterns []canaryPattern) {
	var little, big []byte
	for _, u := range utf16.Encode([]rune(code)) {
		little, big = binary.LittleEndian.AppendUint16(little, u), binary.BigEndian.AppendUint16(big, u)
	}
	for charset, data := range map[string][]byte{"": []byte(code), "UTF-16LE": little, "UTF-16BE": big} {
		digits := hex.EncodeToString(data)
		encoded := map[string]string{string(data): "", digits: "hex", strings.ToUpper(digits): "hex"}
		for before := range 3 {
			encoded[base64Inside(base64.RawStdEncoding, before, data)] = "base64"
			encoded[base64Inside(base64.RawURLEncoding, before, data)] = "base64"
		}
		for text, encoding := range encoded {
			if text == code || len(text) >= 8 { // less is found in any text
				patterns = append(patterns, canaryPattern{code, joinLabels(charset, encoding), []byte(text)})
			}
		}
	}
	return patterns
}

// base64Inside returns the characters of base64 that data alone decides when so many bytes stand before it.
func base64Inside(enc *base64.Encoding, before int, data []byte) string {
	all := enc.EncodeToString(append(make([]byte, before), data...))
	return all[(8*before+5)/6 : 8*(before+len(data))/6]
}

// decoder takes one encoding off data.
type decoder struct {
	name string
	lead byte // what each encoded piece begins with
	// one appends to out what the piece at the beginning of in stands for, and returns how long the piece is; 0 where it is none.
	one func(out, in []byte) ([]byte, int)
}

// decoders are the encodings that writers apply to some characters, and what they put between them. The quotes of
// shells and SQL are none of them: like all that is a separator, they are taken off by withoutSeparators.
var decoders = []decoder{
	{"backslashes", '\\', fromBackslash}, // JSON, shells, programs
	{"HTML", '&', fromEntity},
	{"HTML tags", '<', withoutTag},
	{"URL", '%', fromHex},
	{"form", '+', func(out, _ []byte) ([]byte, int) { return append(out, ' '), 1 }},
	{"quoted-printable", '=', fromQuotedPrintable},
	{"NULs", 0, func(out, _ []byte) ([]byte, int) { return out, 1 }},
	{"terminal colours", '\x1b', withoutColour},
}

// decode appends data without the encoding to out, and reports whether there was any in it.
func (d decoder) decode(out, data []byte) (_ []byte, decoded bool) {
	for {
		i := bytes.IndexByte(data, d.lead)
		if i < 0 {
			break
		}
		out = append(out, data[:i]...)
		data = data[i:]
		var n int
		if out, n = d.one(out, data); n == 0 {
			out, n = append(out, d.lead), 1
		} else {
			decoded = true
		}
		data = data[n:]
	}
	return append(out, data...), decoded
}

// number appends the character that the digits at in[from:to] name.
func number(out, in []byte, from, to, base int) ([]byte, int) {
	if len(in) < to {
		return out, 0
	}
	n, err := strconv.ParseUint(string(in[from:to]), base, 16)
	if err != nil {
		return out, 0
	}
	return utf8.AppendRune(out, rune(n)), to
}

// fromBackslash reads \u002B, \x2B, \053 and \+; \n and its like are white space.
func fromBackslash(out, in []byte) ([]byte, int) {
	if len(in) < 2 {
		return out, 0
	}
	switch c := in[1]; {
	case c == 'u':
		return number(out, in, 2, 6, 16)
	case c == 'x':
		return number(out, in, 2, 4, 16)
	case '0' <= c && c <= '3':
		return number(out, in, 1, 4, 8)
	case strings.IndexByte("bfnrtv", c) >= 0:
		return append(out, ' '), 2
	default:
		return append(out, c), 2
	}
}

// fromEntity reads &plus; &#43; and &#x2B;.
func fromEntity(out, in []byte) ([]byte, int) {
	end := bytes.IndexByte(in[:min(len(in), 32)], ';') + 1
	entity := string(in[:end])
	if text := html.UnescapeString(entity); text != entity {
		return append(out, text...), end
	}
	return out, 0
}

// withoutTag drops <b> and </b>.
func withoutTag(out, in []byte) ([]byte, int) {
	if len(in) < 2 || in[1] != '/' && in[1] != '!' && (in[1]|0x20 < 'a' || in[1]|0x20 > 'z') {
		return out, 0
	}
	return out, bytes.IndexByte(in[:min(len(in), 512)], '>') + 1
}

// fromHex reads %2B and =2B.
func fromHex(out, in []byte) ([]byte, int) { return number(out, in, 1, 3, 16) }

// fromQuotedPrintable reads =2B, and drops a = at the end of a line.
func fromQuotedPrintable(out, in []byte) ([]byte, int) {
	for _, soft := range []string{"=\n", "=\r\n"} {
		if bytes.HasPrefix(in, []byte(soft)) {
			return out, len(soft)
		}
	}
	return fromHex(out, in)
}

// withoutColour drops ESC [ … letter.
func withoutColour(out, in []byte) ([]byte, int) {
	if len(in) < 2 || in[1] != '[' {
		return out, 0
	}
	for i := 2; i < min(len(in), 32); i++ {
		if in[i] >= '@' {
			return out, i + 1
		}
	}
	return out, 0
}

// separator tells what may stand between the groups of a passcode: all but letters, digits and most of `+&=!$%@-#*?`.
var separator = func() (is [256]bool) {
	for c := range is {
		is[c] = c <= ' ' || c >= 0x7f || strings.IndexByte("-._,:;/|\\\"'`~^()[]{}<>", byte(c)) >= 0
	}
	return is
}()

// withoutSeparators appends to out what is left of data.
func withoutSeparators(out, data []byte) []byte {
	for _, c := range data {
		if !separator[c] {
			out = append(out, c)
		}
	}
	return out
}

// spreadAt reports whether all of text stands in data, in order and with nothing but separators in between. It looks at
// the place that has the index at in data without its separators. Text may hold separators of its own: a passcode has dashes.
func spreadAt(data []byte, at int, text []byte) bool {
	i, first := 0, 0 // first is where the separators before the place begin
	for ; at >= 0; i++ {
		if !separator[data[i]] {
			at--
			if at >= 0 {
				first = i + 1
			}
		}
	}
	for _, c := range text {
		for first < len(data) && data[first] != c && separator[data[first]] {
			first++
		}
		if first == len(data) || data[first] != c {
			return false
		}
		first++
	}
	return true
}

// matcher finds many texts at once: one look into a set of bits for each byte of the data.
type matcher struct {
	heads   []uint64                  // bits, by the hash of four bytes
	entries map[uint32][]matcherEntry // by the first four bytes
	short   []matcherEntry            // less than four bytes
}

// matcherEntry is a text and the pattern that it stands for.
type matcherEntry struct {
	text    []byte
	pattern canaryPattern
}

func newMatcher() *matcher {
	return &matcher{heads: make([]uint64, 1<<12), entries: map[uint32][]matcherEntry{}}
}

// headHash returns a word of matcher.heads and a bit in it.
func headHash(head uint32) (word, bit uint32) {
	h := head * 0x9e3779b1 >> 14
	return h >> 6, h & 63
}

// add adds a text. An empty one, of a passcode that is all dashes, is ignored.
func (m *matcher) add(p canaryPattern, text []byte) {
	if len(text) == 0 {
		return
	}
	if len(text) < 4 {
		m.short = append(m.short, matcherEntry{text, p})
		return
	}
	head := uint32(text[0])<<24 | uint32(text[1])<<16 | uint32(text[2])<<8 | uint32(text[3])
	word, bit := headHash(head)
	m.heads[word] |= 1 << bit
	m.entries[head] = append(m.entries[head], matcherEntry{text, p})
}

// find calls report for each text in data, with the index at which it begins.
func (m *matcher) find(data []byte, report func(p canaryPattern, at int)) {
	var head uint32
	for i, b := range data {
		head = head<<8 | uint32(b)
		word, bit := headHash(head)
		if m.heads[word]>>bit&1 == 0 || i < 3 {
			continue
		}
		for _, e := range m.entries[head] {
			if bytes.HasPrefix(data[i-3:], e.text) {
				report(e.pattern, i-3)
			}
		}
	}
	for _, e := range m.short {
		if at := bytes.Index(data, e.text); at >= 0 {
			report(e.pattern, at)
		}
	}
}
