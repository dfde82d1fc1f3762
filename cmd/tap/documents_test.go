package main_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

const top = "../.."

// Every command of every document works, in the order in which somebody reads it, and prints what is shown. A
// block fenced as sh is run; in one fenced as console the lines that begin with "$ " are, and below each stands what
// it prints. Anything else is only read.
func TestDocuments(t *testing.T) {
	docs := documents(t)
	for _, must := range []string{"README.md", "docs/project-layout.md"} {
		if !slices.Contains(docs, must) {
			t.Errorf("there is no %s", must)
		}
	}
	for _, name := range docs {
		if strings.HasPrefix(name, "docs/manual/") {
			continue // its commands are the Examples
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, fault := range documentFaults(t, name, read(t, name)) {
				t.Error(fault)
			}
		})
	}
}

func TestLinks(t *testing.T) {
	for _, name := range documents(t) {
		for _, fault := range linkFaults(name, read(t, name)) {
			t.Error(fault)
		}
	}
}

// documents are README.md and all Markdown below docs, by their path from the top.
func documents(t *testing.T) []string {
	t.Helper()
	found := []string{"README.md"}
	err := fs.WalkDir(os.DirFS(top), "docs", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(top, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// command is a command of a document and what the document says that it prints.
type command struct {
	line         int
	text, prints string
}

var fence = regexp.MustCompile("^( *)```(.*)$")

// documentCommands takes the commands out of a document.
func documentCommands(text string) (all []command) {
	lang, indent, in, begun := "", "", false, 0
	for n, line := range strings.Split(text, "\n") {
		if m := fence.FindStringSubmatch(line); m != nil {
			switch {
			case in && lang == "console" && len(all) == begun:
				all = append(all, command{line: n + 1, text: "echo 'no line begins with a dollar sign'; false"})
			case !in && strings.TrimSpace(m[2]) == "sh":
				all = append(all, command{line: n + 1})
			}
			in, lang, indent, begun = !in, strings.TrimSpace(m[2]), m[1], len(all)
			continue
		}
		line = strings.TrimPrefix(line, indent)
		switch typed, prompt := strings.CutPrefix(line, "$ "); {
		case in && lang == "sh":
			all[len(all)-1].text += line + "\n"
		case in && lang == "console" && prompt:
			all = append(all, command{line: n + 1, text: typed})
		case in && lang == "console" && len(all) > begun:
			all[len(all)-1].reads(line)
		}
	}
	return all
}

// reads takes a line below a command: more of it after "> ", else what it prints.
func (c *command) reads(line string) {
	if more, ok := strings.CutPrefix(line, "> "); ok && c.prints == "" {
		c.text += "\n" + more
		return
	}
	c.prints += line + "\n"
}

// documentFaults runs the commands of a document in one session and says what does not do as it is shown. A
// command below which "tap: error: " is shown has to fail, any other has to succeed.
func documentFaults(t *testing.T, name, text string) (faults []string) {
	t.Helper()
	all := documentCommands(text)
	if len(all) == 0 {
		return nil
	}
	var pieces []string
	for _, c := range all {
		pieces = append(pieces, c.text)
	}
	for _, program := range []string{"bash", "jq", "curl"} {
		if program == "bash" || regexp.MustCompile(`\b`+program+`\b`).MatchString(strings.Join(pieces, "\n")) {
			need(t, program)
		}
	}
	for n, s := range session(t, pieces...) {
		c := all[n]
		switch fails := strings.Contains(c.prints, "tap: error: "); {
		case fails && s.fault == "":
			s.fault = "it works, and an error is shown"
		case !fails && s.fault != "":
		case !shows(strings.Fields(c.prints), strings.Fields(s.out)):
			s.fault = "it prints something else than is shown"
		default:
			continue
		}
		faults = append(faults, fmt.Sprintf("%s:%d: %s\n%s\n%s", name, c.line, s.fault, c.text, s.out))
	}
	return faults
}

// shows reports whether the words that a document shows stand in what was printed, one after another; … is any
// words or any part of one, and ids and times are all alike.
func shows(shown, printed []string) bool {
	for len(shown) > 0 {
		n := slices.Index(shown, "…")
		if n < 0 {
			n = len(shown)
		}
		at := find(shown[:n], printed)
		if at < 0 {
			return false
		}
		printed = printed[at+n:]
		shown = shown[min(n+1, len(shown)):]
	}
	return true
}

// find returns where words stand in printed, or -1.
func find(words, printed []string) int {
	for at := range len(printed) - len(words) + 1 {
		if slices.EqualFunc(words, printed[at:at+len(words)], alike) {
			return at
		}
	}
	return -1
}

var varies = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?|\d\d:\d\d(:\d\d)?`)

func alike(shown, printed string) bool {
	shown, printed = varies.ReplaceAllString(shown, "0"), varies.ReplaceAllString(printed, "0")
	pattern := strings.ReplaceAll(regexp.QuoteMeta(shown), "…", ".*")
	return regexp.MustCompile("^(?:" + pattern + ")$").MatchString(printed)
}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)|(?m:^\[[^\]]+\]:\s+(\S+))`)
	heading  = regexp.MustCompile(`(?m)^#+ (.*)$`)
	codeSpan = regexp.MustCompile("(?ms)^ *```.*?^ *```|`[^`\n]*`")
)

// linkFaults finds links of a document that lead to no file, or to no heading in one.
func linkFaults(name, text string) (faults []string) {
	for _, m := range link.FindAllStringSubmatch(codeSpan.ReplaceAllString(text, ""), -1) {
		target := m[1] + m[2]
		if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
			continue
		}
		file, anchor, _ := strings.Cut(target, "#")
		page := text
		if file != "" {
			path := filepath.Join(top, filepath.Dir(name), file)
			b, _ := os.ReadFile(path) // a folder has no headings
			if _, err := os.Stat(path); err != nil {
				faults = append(faults, fmt.Sprintf("%s: the link %s leads nowhere", name, target))
				continue
			}
			page = string(b)
		}
		if anchor != "" && !slices.Contains(anchors(page), anchor) {
			faults = append(faults, fmt.Sprintf("%s: the link %s leads to no heading", name, target))
		}
	}
	return faults
}

// anchors are the names by which a page's headings are linked to: letters, digits and hyphens, lower case.
func anchors(text string) (all []string) {
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, m[1]))
	}
	return all
}

func TestDocumentsBite(t *testing.T) {
	need(t, "bash")
	for text, want := range map[string]string{
		"```sh\ntap list adele.vance@contoso.com\ntap creat adele.vance@contoso.com\ntap version\n```": "DOC.md:1: exit code 2",
		"```sh\ngo test ./pkg/util/...\n```": "there is no package ./pkg/util/...",
		"Text.\n\n```console\n$ tap sandbox clock --reset\n…\n$ tap sandbox clock -o jsonn\n```": "DOC.md:6: exit code 2",
		// The second line meets what the first left.
		"```sh\ngo run ./cmd/tap --sandbox create adele.vance@contoso.com\n```\nthen\n```sh\ntap create adele.vance@contoso.com\n```": "DOC.md:5: exit code 7",
		"```console\n$ tap create adele.vance@contoso.com\nTemporary Access Pass for Alex Wilber\n```":                                "something else than is shown",
		"```console\n$ tap create adele.vance@contoso.com\ntap: error: …\n```":                                                        "an error is shown",
		"1. List\n\n   ```console\n   $ tap list \\\n   > nobody@contoso.com\n   ```":                                                 "DOC.md:4: exit code 6",
		"```console\ntap create adele.vance@contoso.com\n```":                                                                         "no line begins with",
		"```text\ntap creat\n```\n\n```json\n[]\n```\n":                                                                               "",
		"```console\n$ tap create adele.vance@contoso.com\n…\nTemporary Access Pass for Adele Vance (…)\n\n    …\n\nSTATE FROM UNTIL LIFETIME USE\nusable 2026-12-01 08:00 UTC 2026-12-01 09:00 UTC 1h many times\n…\n" +
			"$ tap create adele.vance@contoso.com\ntap: error: … already holds a pass …\n$ tap sandbox clock --reset # real time\n```": "",
	} {
		got := strings.Join(documentFaults(t, "DOC.md", text), "\n")
		if got == "" != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s\nis judged: %s", text, got)
		}
	}
}

func TestLinksBite(t *testing.T) {
	for text, bad := range map[string]bool{
		"[manual](manual/tap.md)": false, "[manual](manual/tap.md#see-also)": false, "[here](#a-b-c)\n\n# A, `b` c": false, "[adr](adr)": false,
		"[Graph](https://learn.microsoft.com/graph)": false, "`[x](nowhere.md)`": false, "```text\n[x](nowhere.md)\n```": false,
		"[manual](manual/tap_util.md)": true, "[manual](manual/tap.md#see)": true, "[here](#there)\n\n# Here": true, "[x]: nowhere.md": true,
	} {
		if got := linkFaults("docs/DOC.md", text); len(got) > 0 != bad {
			t.Errorf("%s: %v", text, got)
		}
	}
}
