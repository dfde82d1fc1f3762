package terminal_test

import (
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

func TestEscape(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Adele Vance", "Adele Vance"},
		{"François 山田 Ωμέγα Иван محمد 👍", "François 山田 Ωμέγα Иван محمد 👍"},
		{"a\x1b[2Jb", `a\u{001b}[2Jb`},
		{"a\nb\rc\td", `a\u{000a}b\u{000d}c\u{0009}d`},
		{"evil\u202egnp.exe", `evil\u{202e}gnp.exe`},
		{"zero\u200bwidth\ufeff", `zero\u{200b}width\u{feff}`},
		{"no\u00a0break", `no\u{00a0}break`},
		{"c1\u009b31m", `c1\u{009b}31m`},
		{"bad\xffutf", `bad\xffutf`},
		{"tag\U000e0041", `tag\u{e0041}`},
	} {
		if got := terminal.Escape(c.in); got != c.want {
			t.Errorf("Escape(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("a\x1b]0;title\x07")
	f.Fuzz(func(t *testing.T, s string) {
		out := terminal.Escape(s)
		for _, r := range out {
			if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) {
				t.Fatalf("Escape(%q) = %q keeps %U", s, out, r)
			}
		}
	})
}
