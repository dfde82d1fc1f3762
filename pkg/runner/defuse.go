package runner

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Defuse makes text that is not ours unable to form a runner command, wherever on a line it comes to stand and however it
// is wrapped: a backslash parts every :: and every ##. It may be used on a piece or on the finished text, any number
// of times; everything else stays byte for byte. Not for what has to be exact, which DefuseExact keeps.
//
// What the runners look for, in any case (their tables of commands ignore it):
//   - GitHub, ::name …::, first on a line after white space; ##[name …]… anywhere in it, which includes the token that ends
//     ::stop-commands:: (actions/runner src/Runner.Common/ActionCommand.cs TryParseV2, TryParse; ActionCommandManager.cs).
//   - Azure, ##vso[area.event …]… anywhere in a line; the bare ##vso is warned of (microsoft/azure-pipelines-agent
//     src/Microsoft.VisualStudio.Services.Agent/Command.cs, src/Agent.Worker/WorkerCommandManager.cs); ##[error], ##[group] and
//     the like, which both log viewers draw (learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands).
//
// White space is all of .NET's Char.IsWhiteSpace, and lines end at CR, LF or both (StreamReader.ReadLine); neither matters
// here, because no pair is left. Both runners search by culture, which passes over characters without a weight
// (learn.microsoft.com/dotnet/standard/base-types/string-comparison-net-5-plus): a pair with only such characters inside is
// parted too. GitHub's problem matchers are patterns of the workflow's own; no text can be made safe from those.
func Defuse(s string) string {
	if !strings.ContainsAny(s, ":#") {
		return s
	}
	var b strings.Builder
	var last rune
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if pairs(last, r) {
			b.WriteByte('\\')
		}
		b.WriteString(s[i : i+n])
		if !weightless(r) {
			last = r
		}
		i += n
	}
	return b.String()
}

// DefuseExact is Defuse for a text that programs read to the byte, a passcode or an id, on a line of its own or beside others:
// it changes one only that would itself be a command. :: begins one only first on a line, and ## only before [ or vso, so that
// a passcode with a pair in it stays what it is. One that does form a command would not be printed by the runner anyway, but
// obeyed, and is defused: JSON is exact for this one, too.
func DefuseExact(s string) string {
	bare := strings.ToLower(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || weightless(r) && r != '\r' && r != '\n' {
			return -1
		}
		return r
	}, s))
	for line := range strings.FieldsFuncSeq(bare, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") || strings.Contains(line, "##vso") {
			return Defuse(s)
		}
	}
	return s
}

// DefuseJSON does the same inside an encoded JSON document: the second of each pair becomes \u003a or \u0023, so that the
// decoded value is exact, passcodes included. A pair cannot stand outside of a string in JSON. It fits the double-quoted strings of YAML too.
func DefuseJSON(doc []byte) []byte {
	if !bytes.ContainsAny(doc, ":#") {
		return doc
	}
	out := make([]byte, 0, len(doc))
	var last rune
	for i := 0; i < len(doc); {
		r, n := utf8.DecodeRune(doc[i:])
		switch {
		case !pairs(last, r):
			out = append(out, doc[i:i+n]...)
		case r == ':':
			out, r = append(out, `\u003a`...), 'a'
		default:
			out, r = append(out, `\u0023`...), '3'
		}
		if !weightless(r) {
			last = r
		}
		i += n
	}
	return out
}

// pairs reports whether r completes a :: or ##.
func pairs(last, r rune) bool { return r == last && (r == ':' || r == '#') }

// weightless reports whether a search by culture passes over r: control and format characters, marks, and
// whatever Unicode has not assigned yet; more than ICU leaves out today, and no white space.
func weightless(r rune) bool {
	return !unicode.IsSpace(r) && (!unicode.IsGraphic(r) || unicode.Is(unicode.M, r))
}
