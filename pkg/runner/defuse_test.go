package runner_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seed-5ddf9a5e/tap/pkg/runner"
)

// hostile is what somebody could write into a display name.
func hostile() []string {
	out := []string{
		"##vso[task.setvariable variable=PATH]/tmp", "Adele ##vso[task.complete result=Failed;]", "##VSO[task.complete result=Failed]",
		"##[error]x", "a##[group]b", "##[add-mask]Adele", "##[STOP-commands]x", "##vso", "###[error]", "####vso[a.b]", "##\u200b[error]", "#\u200b#[error]",
		"#\u0000#vso[task.complete result=Failed]", "##v\u00adso[task.complete result=Failed]", "#\u200d#\u200dvso[x.y]", "#\u0301#vso[a.b]",
		"::add-mask::a", "::ADD-MASK::a", "::error file=a,line=1::b", "::stop-commands::x", ":::error::", "::::", ":\u200b:error::x", ":\ufe0f:error::x",
		"\xff::error::x", "\xc2::error::x", ":\xff:error::x", "#\u2028#[error]",
		"::set-output name=a::b", "::debug::", "\u202e::error::x", "\x1b[31m::error::x", "\x1b]0;::error::x\x07", "a ::error::b", "a\u3000::error::b",
	}
	for _, blank := range []string{
		" ", "\t", "\n", "\r", "\r\n", "\v", "\f", "\x00", "\x1b[0m", "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
		"\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff", "\u200b", "\u180e", "\u2060", "\u00ad",
	} {
		out = append(out, blank+"::stop-commands::t", "Adele"+blank+"::error::x", "Adele"+blank+blank+" ##vso[task.complete result=Failed;]", ":"+blank+":error::x", "#"+blank+"#[error]x")
	}
	return out
}

func TestRulesBite(t *testing.T) {
	for _, s := range []string{
		"::add-mask::a", " \u00a0\u2028::Error file=a::b", "a\r::stop-commands::t", "a ##[debug]b", "x##vso[task.complete result=Failed;]", "##vso", "#\x00#vso[a.b]", "Adele ::error::x",
	} {
		if formed(s) == "" {
			t.Errorf("no runner sees anything in %q: the rules of this test are too mild", s)
		}
	}
	known := []string{"add-mask", "stop-commands", "error"}
	for line, want := range map[string]string{
		"::add-mask::a%2525%0Ab": "add-mask a%25\nb", "\u3000::ERROR file=x::y": "ERROR y", "\ufeff::error::y": "", "a::error::y": "",
		"\u200b::error::y": "", "::nothing::y": "", "::error:y": "",
	} {
		got := ""
		for _, find := range []search{strings.Index, byCulture} {
			if c := githubV2(line, known, find); c != nil {
				got = c.name + " " + c.data
			}
			if got != want {
				t.Errorf("githubV2(%q) = %q, want %q", line, got, want)
			}
		}
	}
	if c := azureParse("x ##vso[task.setvariable variable=a%3Bb;issecret=true]c%AZP25%5D]", true, strings.Index); c == nil ||
		c.name != "task.setvariable" || c.props["variable"] != "a;b" || c.props["issecret"] != "true" || c.data != "c%]]" {
		t.Errorf("azureParse: %+v", c)
	}
}

func TestDefuse(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"Adele Vance", "Adele Vance"},
		{"09:41 # 1: a#b [x] \\ \xff\u200b", "09:41 # 1: a#b [x] \\ \xff\u200b"},
		{"::error::x", `:\:error:\:x`},
		{"  ::error::x", `  :\:error:\:x`},
		{":::", `:\:\:`},
		{"a ##vso[x.y]z", `a #\#vso[x.y]z`},
		{"##[error]", `#\#[error]`},
		{":\u200b:a", ":\u200b\\:a"},
		{":\n:a # #", ":\n:a # #"},
		{"：：error：：", "：：error：："}, // full-width: no runner reads these
		{":#:#", ":#:#"},
	} {
		if got := runner.Defuse(c.in); got != c.want {
			t.Errorf("Defuse(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	for _, s := range hostile() {
		checkDefuse(t, s)
	}
}

// checkDefuse holds Defuse against the runners, for a text alone and in company.
func checkDefuse(t *testing.T, s string) {
	t.Helper()
	out := runner.Defuse(s)
	if f := formed(out); f != "" {
		t.Fatalf("Defuse(%q) = %q forms %s", s, out, f)
	}
	if again := runner.Defuse(out); again != out {
		t.Fatalf("Defuse(%q) = %q, and once more %q", s, out, again)
	}
	if strings.ReplaceAll(out, `\`, "") != strings.ReplaceAll(s, `\`, "") {
		t.Fatalf("Defuse(%q) = %q changes more than it needs", s, out)
	}
	if formed(s) == "" && !strings.ContainsAny(s, ":#") && out != s {
		t.Fatalf("Defuse(%q) = %q, and there was nothing to defuse", s, out)
	}
	table := "NAME  UPN\n" + out + "  " + out + "\n" + out + "\r" + out
	if f := formed(table); f != "" {
		t.Fatalf("Defuse(%q) in a table forms %s", s, f)
	}
}

func FuzzDefuse(f *testing.F) {
	for _, s := range hostile() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 200 {
			t.Skip() // formed looks at every place where a line could begin
		}
		checkDefuse(t, s)
	})
}

func TestDefuseExact(t *testing.T) {
	for _, s := range []string{"", "##########", "a##b", "ab##", "##?!*+-=", "a::b", "ab::", ":a:b:", "#[error]x", "#vso[a.b]", "# #[x]", ": :error: :x"} {
		if got := runner.DefuseExact(s); got != s {
			t.Errorf("DefuseExact(%q) = %q, and no runner obeys it", s, got)
		}
	}
	for _, s := range hostile() {
		checkDefuseExact(t, s)
	}
}

// checkDefuseExact holds DefuseExact against the runners, for a text alone and in the places where it is printed.
func checkDefuseExact(t *testing.T, s string) {
	t.Helper()
	out := runner.DefuseExact(s)
	for _, line := range []string{out, "    " + out, out + "\t" + out, "x  " + out + "  ]::", "x," + out + ",]::", "\n" + out + "\n" + out} {
		if f := obeyed(line); f != "" {
			t.Fatalf("DefuseExact(%q) in %q forms %s", s, line, f)
		}
	}
	if out != s && out != runner.Defuse(s) {
		t.Fatalf("DefuseExact(%q) = %q, which is neither", s, out)
	}
}

func FuzzDefuseExact(f *testing.F) {
	for _, s := range hostile() {
		f.Add(s)
	}
	f.Fuzz(checkDefuseExact)
}

func TestDefuseJSON(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"a":1,"b":[":"]}`, `{"a":1,"b":[":"]}`},
		{`"::error::x"`, `":\u003aerror:\u003ax"`},
		{`":::"`, `":\u003a:"`},
		{`"a ##vso[x.y] ##[z]"`, `"a #\u0023vso[x.y] #\u0023[z]"`},
		{`"\\::"`, `"\\:\u003a"`},
		{`{":":":"}`, `{":":":"}`},
	} {
		if got := string(runner.DefuseJSON([]byte(c.in))); got != c.want {
			t.Errorf("DefuseJSON(%s) = %s, want %s", c.in, got, c.want)
		}
	}
	for _, s := range hostile() {
		checkDefuseJSON(t, s, "x")
		checkDefuseJSON(t, "x", s)
	}
	in := []byte(`"::"`)
	if runner.DefuseJSON(in); string(in) != `"::"` {
		t.Errorf("DefuseJSON changed what it was given: %s", in)
	}
}

// checkDefuseJSON holds DefuseJSON against the runners and a JSON reader, with s as key and value, compact and indented.
func checkDefuseJSON(t *testing.T, key, value string) {
	t.Helper()
	for _, indent := range []string{"", "  "} {
		var doc bytes.Buffer
		e := json.NewEncoder(&doc)
		e.SetEscapeHTML(false)
		e.SetIndent("", indent)
		if err := e.Encode([]any{map[string]any{key: value, "list": []string{value, key}}, value, key, 1}); err != nil {
			t.Fatal(err)
		}
		out := runner.DefuseJSON(doc.Bytes())
		if f := formed(string(out)); f != "" {
			t.Fatalf("DefuseJSON(%s) = %s forms %s", doc.Bytes(), out, f)
		}
		if again := runner.DefuseJSON(out); !bytes.Equal(again, out) {
			t.Fatalf("DefuseJSON(%s) = %s, and once more %s", doc.Bytes(), out, again)
		}
		if was, is := decode(t, doc.Bytes()), decode(t, out); was != is {
			t.Fatalf("DefuseJSON(%s) = %s decodes to %s", doc.Bytes(), out, is)
		}
	}
}

// decode gives each value a spelling that hides no difference.
func decode(t *testing.T, doc []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func FuzzDefuseJSON(f *testing.F) {
	for _, s := range hostile() {
		f.Add("displayName", s)
		f.Add(s, "x")
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		if len(key)+len(value) > 200 || !utf8.ValidString(key) || key == "list" {
			t.Skip()
		}
		checkDefuseJSON(t, key, value)
	})
}
