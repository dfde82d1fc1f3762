package onboarding

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/onboarding"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// hostile is markup, a way out of an attribute, what acts on a terminal, and a slot of the page itself.
const hostile = `<script>alert(1)</script>"'&` + "\x1b[2J\u202e{{script}}"

var monday = time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)

// rendered is the page of these users, all of whose texts are hostile.
func rendered(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	f := &cmdutil.Factory{
		Streams: &terminal.Streams{Out: &out, Err: io.Discard}, Say: &cmdutil.Say{W: io.Discard},
		Globals: &cmdutil.Globals{Output: output.HTML, Zone: time.UTC},
	}
	method := func(kind string, at time.Time) person.Method {
		return person.Method{Type: kind, Name: hostile, Created: at}
	}
	r := &report{
		ReportOptions: &ReportOptions{Factory: f},
		source:        source{columns: []string{hostile, "site"}, by: 0},
		target:        &cmdutil.Target{TenantID: hostile, Title: hostile},
		at:            monday.Add(time.Hour),
	}
	r.Users.Group = hostile
	for _, u := range []onboarding.User{
		{
			Person: person.Person{UserPrincipalName: hostile, DisplayName: hostile}, Passes: []pass.Pass{{ID: hostile, Created: monday, Start: monday, Lifetime: time.Hour, Usability: hostile}},
			Methods: []person.Method{method("fido2", monday.Add(time.Minute)), method(hostile, monday.Add(-time.Minute))},
		},
		{Name: hostile, Err: &errs.Error{Why: hostile}},
		{Name: "unseen", Unseen: true},
	} {
		u.At, u.Carried = r.at, []string{hostile, "Helsinki"}
		r.standings = append(r.standings, onboarding.Judge(u, time.Time{}))
	}
	if err := r.print(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestPageShowsTextsAsText: whatever comes from elsewhere is a text wherever it stands.
func TestPageShowsTextsAsText(t *testing.T) {
	page := rendered(t)
	const shown = `&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;\u{001b}[2J\u{202e}{{script}}`
	if n := strings.Count(page, shown); n < 15 {
		t.Errorf("the hostile text stands %d times in the page", n)
	}
	rest := strings.ReplaceAll(page, shown, "")
	for _, bad := range []string{"alert(1)", "\x1b", "\u202e", "{{"} {
		if strings.Contains(rest, bad) {
			t.Errorf("%q stands in the page otherwise", bad)
		}
	}
	if n := strings.Count(page, "<script"); n != 1 {
		t.Errorf("%d scripts", n)
	}
	if n := strings.Count(page, "<tr data-stage="); n != 3 {
		t.Errorf("%d rows of users", n)
	}
	if !strings.Contains(page, "<td>not seen</td>") || !strings.Contains(page, `data-stage="failed"`) {
		t.Error("who is not seen and who failed are not told")
	}
}

// TestPageLetsNothingIn: its policy has the hashes of what stands in it, and no address is anywhere.
func TestPageLetsNothingIn(t *testing.T) {
	page := rendered(t)
	for _, tag := range []string{"style", "script"} {
		inside := regexp.MustCompile("(?s)<" + tag + ">(.*?)</" + tag + ">").FindStringSubmatch(page)
		if inside == nil {
			t.Fatalf("there is no %s", tag)
		}
		sum := sha256.Sum256([]byte(inside[1]))
		want := tag + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		if !strings.Contains(page, want) {
			t.Errorf("the policy lacks %s", want)
		}
	}
	if !strings.Contains(page, `content="default-src 'none'; `) {
		t.Error("the policy lets in what it does not name")
	}
	if found := regexp.MustCompile(`(?i)https?:|//[a-z]|\b(src|href|srcset|action|style|on[a-z]+)=["']|url\(|@import`).FindAllString(strings.ReplaceAll(page, `http-equiv`, ""), -1); len(found) > 0 {
		t.Errorf("the page may load something: %q", found)
	}
}

// TestNoSecretIsReported: no type of what a report tells can hold a passcode.
func TestNoSecretIsReported(t *testing.T) {
	for _, v := range []any{onboarding.Standing{}, sum{}, source{}} {
		if path := holds(reflect.TypeOf(v), map[reflect.Type]bool{}); path != "" {
			t.Errorf("%T%s is a secret", v, path)
		}
	}
	if holds(reflect.TypeOf(struct{ A []*pass.Created }{}), map[reflect.Type]bool{}) == "" {
		t.Error("a secret is not found where there is one")
	}
}

// holds is the path to a secret in a type, "" where there is none.
func holds(typ reflect.Type, seen map[reflect.Type]bool) string {
	if typ == reflect.TypeFor[secret.Text]() {
		return " "
	}
	if seen[typ] || typ == reflect.TypeFor[time.Time]() {
		return ""
	}
	seen[typ] = true
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return holds(typ.Elem(), seen)
	case reflect.Struct:
		for i := range typ.NumField() {
			if path := holds(typ.Field(i).Type, seen); path != "" {
				return "." + typ.Field(i).Name + path
			}
		}
	}
	return ""
}
