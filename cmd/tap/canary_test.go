package main_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"math/rand/v2"
	"mime/quotedprintable"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// hostile are passcodes as the service makes them, and worse.
var hostile = []string{
	"+drkzqAD", "=9x$Kw2?", "-aB3*xYz", "@&=!$%+#", "aa-bb-cc", "x--7Yk2-", "%41%42cd", `tR7&mK2=pL9!wQ4$zX6%bN8@vC3-hJ5#`,
	"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz2", `it's'+aB`,
}

// escapeAll writes every byte of s by format.
func escapeAll(format, s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

// inUTF16 returns s in UTF-16, the low byte first or last.
func inUTF16(s string, low, high int) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		pair := [2]byte{}
		pair[low], pair[high] = byte(u), byte(u>>8)
		b = append(b, pair[:]...)
	}
	return string(b)
}

// jsonText returns s as encoding/json writes it, with HTML escaping or without.
func jsonText(s string, escapeHTML bool) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(escapeHTML)
	_ = enc.Encode(map[string]string{"temporaryAccessPass": s})
	return b.String()
}

// encodings are the ways in which a passcode may leave. Each is planted and must be found.
var encodings = []struct {
	name   string
	encode func(code string) string
}{
	{"literal", func(s string) string { return s }},
	{"JSON", func(s string) string { return jsonText(s, false) }},
	{"JSON with HTML escaping", func(s string) string { return jsonText(s, true) }},
	{"JSON, all of it in lower hex", func(s string) string { return escapeAll(`\u%04x`, s) }},
	{"JSON, all of it in upper hex", func(s string) string { return escapeAll(`\u%04X`, s) }},
	{"JSON in JSON", func(s string) string { return jsonText(jsonText(s, true), true) }},
	{"backslash and hex", func(s string) string { return escapeAll(`\x%02x`, s) }},
	{"backslash and octal", func(s string) string { return escapeAll(`\%03o`, s) }},
	{"HTML by name", func(s string) string {
		return strings.NewReplacer("&", "&amp;", "+", "&plus;", "=", "&equals;", "$", "&dollar;", "%", "&percnt;", "@", "&commat;").Replace(s)
	}},
	{"HTML by the standard library", html.EscapeString},
	{"HTML, decimal", func(s string) string { return escapeAll("&#%d;", s) }},
	{"HTML, padded decimal", func(s string) string { return escapeAll("&#%05d;", s) }},
	{"HTML, lower hex", func(s string) string { return escapeAll("&#x%x;", s) }},
	{"HTML, upper hex", func(s string) string { return escapeAll("&#X%X;", s) }},
	{"HTML twice", func(s string) string { return html.EscapeString(html.EscapeString(s)) }},
	{"HTML tags between groups", func(s string) string { return "<b>" + s[:4] + `</b><b class="x">` + s[4:] + "</b>" }},
	{"URL query", func(s string) string { return url.QueryEscape(s) }},
	{"URL path", func(s string) string { return url.PathEscape(s) }},
	{"URL query, lower hex", func(s string) string { return strings.ToLower(escapeAll("%%%02x", s)) }},
	{"URL, all of it", func(s string) string { return escapeAll("%%%02X", s) }},
	{"URL query, groups", func(s string) string { return url.QueryEscape(s[:4] + " " + s[4:]) }},
	{"URL in JSON", func(s string) string { return jsonText("https://x/?a&b="+url.QueryEscape(s), true) }},
	{"JSON in URL", func(s string) string { return url.QueryEscape(jsonText(s, true)) }},
	{"hex", func(s string) string { return hex.EncodeToString([]byte(s)) }},
	{"hex, upper", func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }},
	{"hex with spaces", func(s string) string { return escapeAll("%02x ", s) }},
	{"hex with colons", func(s string) string { return escapeAll("%02X:", s) }},
	{"UTF-16LE", func(s string) string { return "\xff\xfe" + inUTF16("code: "+s+"\r\n", 0, 1) }},
	{"UTF-16BE", func(s string) string { return "\xfe\xff" + inUTF16("code: "+s+"\r\n", 1, 0) }},
	{"UTF-16 and URL", func(s string) string { return inUTF16(url.QueryEscape(s), 0, 1) }},
	{"UTF-16 in base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(inUTF16("xx"+s, 0, 1))) }},
	{"UTF-16 in hex", func(s string) string { return hex.EncodeToString([]byte(inUTF16(s, 1, 0))) }},
	{"quoted-printable", func(s string) string {
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		_, _ = w.Write([]byte(strings.Repeat("x", 70) + s))
		_ = w.Close()
		return b.String()
	}},
	{"shell, quoted", func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }},
	{"shell, double quotes between", func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'" }},
	{"SQL", func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }},
	{"shell, backslashes", func(s string) string { return escapeAll(`\%c`, s) }},
	{"CSV, defused", func(s string) string {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		_ = w.Write([]string{"a", "'" + s, `"`})
		w.Flush()
		return b.String()
	}},
	{"terminal colours between groups", func(s string) string { return "\x1b[1;31m" + s[:4] + "\x1b[0m\x1b[32m" + s[4:] + "\x1b[0m" }},
	{"array of characters", func(s string) string { b, _ := json.Marshal(strings.Split(s, "")); return string(b) }},
	{"array of groups over lines", func(s string) string {
		b, _ := json.MarshalIndent([]string{s[:4], s[4:]}, "", "  ")
		return string(b)
	}},
	{"a column's broken cell", func(s string) string { return "│ " + s[:5] + " │\n│ " + s[5:] + " │" }},
}

func TestCanaryFindsEveryEncoding(t *testing.T) {
	for _, e := range encodings {
		t.Run(e.name, func(t *testing.T) {
			for _, code := range hostile {
				mustFind(t, code, "before "+e.encode(code)+" after")
			}
		})
	}
}

// mustFind fails unless code is found in data, and another passcode is not.
func mustFind(t *testing.T, code, data string) {
	t.Helper()
	leaks := newCanary([]string{code}).searchBytes("stdout", []byte(data))
	if len(leaks) == 0 {
		t.Errorf("%q was not found in %q", code, data)
	}
	for _, l := range leaks {
		if l.place != "stdout" || l.encoding == "" || strings.Contains(l.String(), code) {
			t.Errorf("%q was found as %q", code, l)
		}
	}
	if leaks := newCanary([]string{"Zz8+Zz8+", "", "-Yy7-Yy7"}).searchBytes("stdout", []byte(data)); len(leaks) > 0 {
		t.Errorf("found what is not there, %v, in %q", leaks, data)
	}
}

func TestCanaryNamesTheEncoding(t *testing.T) {
	const code = "+drkzq&D"
	for data, want := range map[string]string{
		code:                                            "literal",
		jsonText(code, true):                            "backslashes",
		html.EscapeString(code):                         "HTML",
		url.QueryEscape(code):                           "URL",
		jsonText(html.EscapeString(code), true):         "backslashes, HTML",
		hex.EncodeToString([]byte(code)):                "hex",
		base64.StdEncoding.EncodeToString([]byte(code)): "base64",
		inUTF16(code, 0, 1):                             "UTF-16LE",
		"+drk zq&D":                                     "separators",
		base64.StdEncoding.EncodeToString([]byte(inUTF16(code, 1, 0))): "UTF-16BE, base64",
	} {
		want := []leak{{"stdout", want}}
		if got := newCanary([]string{code, "absent42"}).searchBytes("stdout", []byte(data)); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", data, got, want)
		}
	}
}

func TestCanaryFindsBase64(t *testing.T) {
	t.Parallel()
	for name, enc := range map[string]*base64.Encoding{
		"standard": base64.StdEncoding, "standard, no padding": base64.RawStdEncoding, "URL": base64.URLEncoding, "URL, no padding": base64.RawURLEncoding,
	} {
		t.Run(name, func(t *testing.T) {
			for _, code := range append(hostile, "~?>~?>~?>x", "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8") {
				for before := range 4 {
					for after := range 4 {
						encoded := enc.EncodeToString([]byte("<=/>"[:before] + code + "\xff\x00y~"[:after]))
						mustFind(t, code, "x "+encoded)
						mustFind(t, code, "x "+encoded[:7]+"\r\n "+encoded[7:]) // a line's end
						mustFind(t, code, "x "+url.QueryEscape(encoded))
					}
				}
			}
		})
	}
}

// groups cuts s into pieces of size bytes.
func groups(s string, size int) (parts []string) {
	for ; len(s) > size; s = s[size:] {
		parts = append(parts, s[:size])
	}
	return append(parts, s)
}

func TestCanaryFindsGroups(t *testing.T) {
	t.Parallel()
	separators := []string{
		" ", "-", ".", "\n", "\r\n", ",", ", ", "_", "/", ":", ";", "|", "\t", " - ", "·", " • ", "–", "\u00a0", "\u200b", "\u2009", `","`, "', '", "] [", "  |\n|  ", "\x00",
	}
	for _, sep := range separators {
		t.Run(fmt.Sprintf("%+q", sep), func(t *testing.T) {
			for _, code := range hostile {
				for size := 1; size <= 6; size++ {
					grouped := strings.Join(groups(code, size), sep)
					mustFind(t, code, "code: "+grouped+" end")
					mustFind(t, code, grouped)
					mustFind(t, code, "--- "+grouped+"---")
				}
			}
		})
	}
}

func TestCanaryShortPasscodes(t *testing.T) {
	c := newCanary([]string{"", "q7", "+a1", "Kw2x", "Yk9$pL7"})
	for _, data := range []string{"q7", "xxq7xx", "+a1", "Kw2x.", "Yk9$pL7", jsonText("+a1", true), "%2Ba1", "Yk9%24pL7", "q7\x00"} {
		if len(c.searchBytes("stdout", []byte(data))) == 0 {
			t.Errorf("nothing was found in %q", data)
		}
	}
	for _, data := range []string{"", "q", "q 7", "+ a1", "Kw-2x", "Yk9$ pL7", "Y k 9 $ p L 7"} {
		if leaks := c.searchBytes("stdout", []byte(data)); len(leaks) > 0 {
			t.Errorf("%v was found in %q", leaks, data)
		}
	}
}

func TestCanaryAsksForTheWholePasscode(t *testing.T) {
	c := newCanary([]string{"aa-bb-cc", "-aB3*xYz", "+drkzqAD"})
	for _, data := range []string{"aabbcc", "aa bb cc", "aa-bbcc", "aB3*xYz", "aB3*-xYz", "+drkzqA", "drkzqAD", "+drkxzqAD", "+DRKZQAD", "%2BdrkzqA"} {
		if leaks := c.searchBytes("stdout", []byte(data)); len(leaks) > 0 {
			t.Errorf("%v was found in %q", leaks, data)
		}
	}
}

// gzipped, zipped and tarred pack data under a name.
func gzipped(data string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(data))
	_ = w.Close()
	return b.String()
}

func zipped(name, data string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, n := range []string{"first", name, "last"} {
		f, _ := w.Create(n)
		_, _ = f.Write([]byte(data))
	}
	_ = w.Close()
	return b.String()
}

func tarred(name, data string) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	_ = w.WriteHeader(&tar.Header{Name: "first", Size: 1, Mode: 0o600})
	_, _ = w.Write([]byte("x"))
	_ = w.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o600})
	_, _ = w.Write([]byte(data))
	_ = w.Close()
	return b.String()
}

func TestCanaryOpensArchives(t *testing.T) {
	t.Parallel()
	const code = "+drkzqAD"
	text := strings.Repeat("some text that can be packed ", 20) + code
	random := make([]byte, 3000)
	r := rand.New(rand.NewPCG(7, 8))
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	for name, c := range map[string]struct{ data, place string }{
		"gzip":              {gzipped(text), "f!gzip"},
		"zip":               {zipped("a/b.txt", text), "f!a/b.txt"},
		"tar":               {tarred("a/b.txt", text), "f!a/b.txt"},
		"tar.gz":            {gzipped(tarred("b.txt", text)), "f!gzip!b.txt"},
		"zip in tar":        {tarred("b.zip", zipped("c", text)), "f!b.zip!c"},
		"zip in zip in zip": {zipped("a", zipped("b", zipped("c", text))), "f!a!b!c"},
		"gzip in a file":    {string(random) + gzipped(text) + string(random), "f!gzip"},
		"a second gzip":     {gzipped("nothing") + string(random) + gzipped(text), "f!gzip"},
		"zip after a stub":  {"#!/bin/sh\n" + zipped("a", text), "f!a"},
		"broken gzip":       {gzipped(text + string(random))[:2500], "f!gzip"},
		"encoded in a zip":  {zipped("a", jsonText(url.QueryEscape(code), true)), "f!a"},
		"name in a zip":     {zipped("x/"+code+".txt", text), "f!x/•••"},
		"name in a tar":     {gzipped(tarred("x/"+code+"/y", "")), "f!gzip"},
		"too deep":          {zipped("a", gzipped(gzipped(gzipped(gzipped(text))))), "f!a!gzip!gzip!gzip!gzip"},
		"too large":         {gzipped(strings.Repeat("\x00", maxUnpacked+1)), "f!gzip"},
	} {
		leaks := newCanary([]string{code}).searchBytes("f", []byte(c.data))
		if !slices.ContainsFunc(leaks, func(l leak) bool { return l.place == c.place }) || strings.Contains(fmt.Sprint(leaks), code) {
			t.Errorf("%s: got %v, want one in %s", name, leaks, c.place)
		}
		if strings.HasPrefix(name, "too") {
			continue
		}
		if leaks := newCanary([]string{"absent42"}).searchBytes("f", []byte(c.data)); len(leaks) > 0 {
			t.Errorf("%s: found what is not there: %v", name, leaks)
		}
	}
}

func TestCanarySearchesATree(t *testing.T) {
	const code = "+drkzqAD"
	dir := t.TempDir()
	for name, data := range map[string]string{
		"clean.txt": "nothing", "state/log.jsonl": jsonText(code, true), "state/deep/er/cache": url.QueryEscape(code), "skipped/file": code, "declared.csv": code,
		"cards/" + code + ".html": "nothing", "cards/%2BdrkzqAD/card.html": "a " + code, "cards/+drk/zqAD": "nothing", "run.zip": zipped("result.csv", code+"\n"),
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"cards/•••: in the name, URL", "cards/•••/card.html: in the name, URL", "cards/•••/card.html: literal",
		"cards/•••: in the name, literal", "•••: in the name, separators",
		"run.zip!first: literal", "run.zip!result.csv: literal", "run.zip!last: literal", "state/deep/er/cache: URL", "state/log.jsonl: literal",
	}
	if os.Symlink("/tmp/"+code, filepath.Join(dir, "link")) == nil {
		want = append(want, "link: literal")
	}
	leaks, err := newCanary([]string{code}).searchTree(dir, func(rel string) bool { return rel == "skipped" || rel == "declared.csv" })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range leaks {
		got = append(got, l.String())
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestCanarySaysWhatItCannotRead(t *testing.T) {
	const code = "+drkzqAD"
	if _, err := newCanary([]string{code}).searchTree(filepath.Join(t.TempDir(), "absent"), nil); err == nil {
		t.Error("a tree that is not there should be an error, or a wrong path would find nothing for ever")
	}
	dir := t.TempDir()
	for _, name := range []string{"a-" + code, "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	becomesFolder := func(rel string) bool { // which no user can read as a file, root neither
		if rel == "a-"+code {
			path := filepath.Join(dir, rel)
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
				t.Fatal(err)
			}
		}
		return false
	}
	leaks, err := newCanary([]string{code}).searchTree(dir, becomesFolder)
	if err == nil || !strings.HasPrefix(err.Error(), "searching •••: ") || strings.Contains(err.Error(), code) || !slices.Contains(leaks, leak{"b", "literal"}) {
		t.Errorf("got %v, %v", leaks, err)
	}
}

const (
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	signs   = "+&=!$%@-#*?"
)

// randomText returns n characters of alphabet.
func randomText(r *rand.Rand, n int, alphabet string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

// randomCodes returns n passcodes of 8 to 48 characters; most of them are short, as in life.
func randomCodes(r *rand.Rand, n int) (codes []string) {
	for i := range n {
		codes = append(codes, randomText(r, 8+i%5*i%41, letters+signs))
	}
	return codes
}

// similarText returns n bytes that look like the output of a run, with other passcodes in every dress.
func similarText(r *rand.Rand, n int) []byte {
	var b bytes.Buffer
	for b.Len() < n {
		code := randomText(r, 8+r.IntN(8), letters+signs)
		fmt.Fprintf(&b, "%s\n", encodings[r.IntN(len(encodings))].encode(code))
		fmt.Fprintf(&b, "%s,user%d@contoso.com,\"%s\",2026-11-23T08:00:00+02:00,--------\n", code, r.IntN(1e6), strings.Join(groups(code, 4), " "))
		fmt.Fprintf(&b, "{\"id\":\"%x-%x\",\"token\":\"eyJ%s\"}\n", r.Uint32(), r.Uint64(), base64.RawURLEncoding.EncodeToString([]byte(randomText(r, 200, letters))))
	}
	return b.Bytes()[:n]
}

func TestCanaryFindsNothingInCleanData(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	c := newCanary(randomCodes(r, 200))
	if leaks := c.searchBytes("stdout", similarText(r, 1<<20)); len(leaks) > 0 {
		t.Errorf("found what is not there: %v", leaks)
	}
}

func TestCanaryFindsOneAmongMany(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	codes := randomCodes(r, 200)
	c := newCanary(codes)
	for i, e := range encodings {
		data := similarText(r, 6000)
		data = append(data[:3000:3000], "\n"+e.encode(codes[i])+"\n"+string(data[3000:])...)
		if leaks := c.searchBytes("stdout", data); len(leaks) != 1 {
			t.Errorf("%s: got %v, want one leak", e.name, leaks)
		}
	}
}

func BenchmarkCanary(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	codes := randomCodes(r, 200)
	hostileData, log := similarText(r, 5<<20), bytes.Repeat([]byte(jsonText("an ordinary line of a log, & so on: 2026-11-23T08:00:00Z +2h", true)), 5<<20/100)
	for name, data := range map[string][]byte{"hostile": hostileData, "log": log} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				newCanary(codes).searchBytes("stdout", data)
			}
		})
	}
}
