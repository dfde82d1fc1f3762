package roster_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-5ddf9a5e/tap/pkg/roster"
)

// utf16Text is s in UTF-16 with its byte order mark.
func utf16Text(s string, bigEndian bool) string {
	var b []byte
	for _, u := range utf16.Encode([]rune("\uFEFF" + s)) {
		if bigEndian {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

// What a CSV writer writes, in each dialect and encoding, comes back.
func TestReadsWhatWasWritten(t *testing.T) {
	// No CR: encoding/csv reads CR LF in a cell as LF. No NUL.
	cell := rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune("ab ,;\t\"\n'äß😀=+-@\u202e")), rapid.Rune().Filter(func(r rune) bool {
		return r != 0 && r != '\r' && utf8.ValidRune(r)
	})))
	rapid.Check(t, func(t *rapid.T) {
		comma := rapid.SampledFrom([]rune(",;\t")).Draw(t, "comma")
		encoding := rapid.SampledFrom([]string{"UTF-8", "UTF-8 BOM", "UTF-16 LE", "UTF-16 BE"}).Draw(t, "encoding")
		width, height := rapid.IntRange(0, 4).Draw(t, "carried"), rapid.IntRange(1, 6).Draw(t, "rows")
		place := rapid.IntRange(0, width).Draw(t, "user's place")
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Comma, w.UseCRLF = comma, rapid.Bool().Draw(t, "CR LF")
		row := func(who string, cells []string) {
			all := append(append(append([]string{}, cells[:place]...), who), cells[place:]...)
			if err := w.Write(all); err != nil {
				t.Fatal(err)
			}
		}
		want := roster.Roster{}
		for i := range width {
			want.Columns = append(want.Columns, fmt.Sprintf("%s%d", rapid.SampledFrom([]string{"c", "a,b", "a;b;", "a\tb", "q\"", "l\nl"}).Draw(t, "name"), i))
		}
		row(rapid.SampledFrom([]string{"user", "UPN", "userPrincipalName", " User "}).Draw(t, "header"), want.Columns)
		for i := range height {
			r := roster.Row{Line: i + 2, Who: roster.Who{Kind: roster.ByRef, Value: fmt.Sprintf("u%d@contoso.com", i)}}
			for range width {
				r.Carried = append(r.Carried, cell.Draw(t, "cell"))
			}
			if width == 0 {
				r.Carried = nil
			}
			row(r.Who.Value, r.Carried)
			want.Rows = append(want.Rows, r)
		}
		w.Flush()
		file := map[string]string{"UTF-8": b.String(), "UTF-8 BOM": "\uFEFF" + b.String(), "UTF-16 LE": utf16Text(b.String(), false), "UTF-16 BE": utf16Text(b.String(), true)}[encoding]
		got, err := roster.Read("-", strings.NewReader(file))
		if err != nil {
			t.Fatalf("%q: %v", file, err)
		}
		if diff := cmp.Diff(shown(&want), shown(got)); diff != "" {
			t.Fatalf("%q: %s", file, diff)
		}
	})
}
