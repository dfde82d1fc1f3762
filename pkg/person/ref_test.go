package person_test

import (
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

func TestParseRef(t *testing.T) {
	for _, s := range []string{
		"adele.vance@contoso.com", "o'neil@contoso.com", "maria_fabrikam.com#EXT#@contoso.onmicrosoft.com",
		"A-Z_!#^~9@a.b", "6f1967b7-15e8-4935-ac26-d50770ed07a7",
	} {
		if got, err := person.ParseRef(s); err != nil || string(got) != s {
			t.Errorf("ParseRef(%q) = %q, %v", s, got, err)
		}
	}
	if got, _ := person.ParseRef("6F1967B7-15E8-4935-AC26-D50770ED07A7"); got != "6f1967b7-15e8-4935-ac26-d50770ed07a7" {
		t.Errorf("an object id should come out in lower case: %q", got)
	}
	for s, want := range map[string]string{
		"":                 "no user was given",
		"..":               "neither an object id nor",
		"me":               "neither an object id nor",
		"adele":            "neither an object id nor",
		"a@b@contoso.com":  "neither an object id nor",
		"a/b@contoso.com":  "before the @ stand",
		"a b@contoso.com":  "before the @ stand",
		"@contoso.com":     "before the @ stand",
		"..@contoso.com":   "before the @ stand",
		"a.@contoso.com":   "before the @ stand",
		"a%2f@contoso.com": "before the @ stand",
		"é@contoso.com":    "before the @ stand",
		"a@contoso":        "is not a domain",
		"a@contoso..com":   "is not a domain",
		"a@contoso.com/x":  "is not a domain",
		"a@-contoso.com":   "is not a domain",
		"a\n@contoso.com":  `"a\n@contoso.com"`,
		strings.Repeat("a", 300) + "@contoso.com": "before the @ stand",
	} {
		if got, err := person.ParseRef(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseRef(%q) = %q, %v; want an error with %q", s, got, err, want)
		}
	}
}

func FuzzParseRef(f *testing.F) {
	f.Add("adele.vance@contoso.com")
	f.Add("../me")
	f.Fuzz(func(t *testing.T, s string) {
		ref, err := person.ParseRef(s)
		if err == nil && (strings.ContainsAny(string(ref), "/\\?%\n\r \x00\"$()") || strings.HasPrefix(string(ref), ".")) {
			t.Fatalf("ParseRef(%q) = %q is not safe in a path", s, ref)
		}
	})
}

func TestIsExternal(t *testing.T) {
	fed := []person.Identity{{SignInType: "federated", Issuer: "ExternalAzureAD"}}
	for _, c := range []struct {
		creation string
		ids      []person.Identity
		want     bool
	}{
		{"Invitation", nil, true},
		{"invitation", nil, true},
		{"", fed, true},
		{"", nil, false},
		{"", []person.Identity{{SignInType: "federated", Issuer: "google.com"}}, false},
		{"EmailVerified", nil, false},
	} {
		if got := person.IsExternal(c.creation, c.ids); got != c.want {
			t.Errorf("IsExternal(%q, %v) = %v, want %v", c.creation, c.ids, got, c.want)
		}
	}
}
