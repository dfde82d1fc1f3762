package auth_test

import (
	"encoding/base64"
	"slices"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
)

func TestDescribe(t *testing.T) {
	token := func(claims string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
	}
	const nameless = "a caller whose token tells no name"
	for _, c := range []struct{ token, tenant, id, name string }{
		{token(`{"tid":"t","oid":"o","upn":"adele@contoso.com","appid":"a"}`), "t", "o", "adele@contoso.com"},
		{token(`{"tid":"t","app_displayname":"onboarding","appid":"a"}`), "t", "", "onboarding"},
		{token(`{"tid":"t","appid":"a"}`), "t", "", "a"},
		{token(`not JSON`), "", "", nameless},
		{"opaque", "", "", nameless},
		{"a.!!!.c", "", "", nameless},
		{"", "", "", nameless},
	} {
		if got := auth.Describe(c.token); got.TenantID != c.tenant || got.ID != c.id || got.Name != c.name {
			t.Errorf("Describe(%q) = %+v, want %q, %q, %q", c.token, got, c.tenant, c.id, c.name)
		}
	}
}

func TestDescribePermissions(t *testing.T) {
	token := func(claims string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
	}
	for _, c := range []struct {
		token string
		want  []string // nil: the token does not tell
	}{
		{token(`{"tid":"t","scp":"User.Read Policy.Read.All"}`), []string{"User.Read", "Policy.Read.All"}},
		{token(`{"tid":"t","idtyp":"app","roles":["User.Read.All"]}`), []string{"User.Read.All"}},
		{token(`{"tid":"t","idtyp":"app"}`), []string{}},
		{token(`{"scp":"User.Read"}`), nil},
		{"opaque", nil},
	} {
		if got := auth.Describe(c.token).Permissions; !slices.Equal(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("Describe(%q) carries %q, want %q", c.token, got, c.want)
		}
	}
}
