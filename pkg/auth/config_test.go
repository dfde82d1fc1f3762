package auth_test

import (
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	global := auth.Clouds()[0]
	tests := map[string]struct {
		config auth.Config
		words  string // empty: valid
		hint   string
	}{
		"person, nothing named":   {auth.Config{Kind: auth.Browser, Cloud: global}, "", ""},
		"person, all named":       {auth.Config{Kind: auth.DeviceCode, Cloud: global, Tenant: "contoso.com", ClientID: clientID}, "", ""},
		"person, default client":  {auth.Config{Kind: auth.Browser, Cloud: global, ClientID: auth.DefaultClientID}, "", ""},
		"application":             {auth.Config{Kind: auth.ClientSecret, Cloud: global, Tenant: tenantID, ClientID: clientID}, "", ""},
		"tenant with a long name": {auth.Config{Kind: auth.Browser, Cloud: global, Tenant: "xn--bcher-kva.mail.contoso-2.co.uk"}, "", ""},
		"no kind":                 {auth.Config{Cloud: global}, `no kind of sign-in is called ""`, ""},
		"no cloud":                {auth.Config{Kind: auth.Browser}, `the cloud "" has no https authority`, "--cloud global"},
		"http authority":          {auth.Config{Kind: auth.Browser, Cloud: auth.Cloud{Name: "x", Authority: "http://localhost"}}, "no https authority", "--cloud global"},
		"application, nothing":    {auth.Config{Kind: auth.ClientSecret, Cloud: global}, "--auth client-secret needs --tenant and --client-id", "--auth client-secret --tenant TENANT --client-id CLIENT_ID"},
		"application, no tenant":  {auth.Config{Kind: auth.ClientSecret, Cloud: global, ClientID: clientID}, "--auth client-secret needs --tenant", ""},
		"application, no client":  {auth.Config{Kind: auth.ClientSecret, Cloud: global, Tenant: tenantID}, "--auth client-secret needs --client-id", ""},
		"application, the people's client": {auth.Config{Kind: auth.ClientSecret, Cloud: global, Tenant: tenantID, ClientID: strings.ToUpper(auth.DefaultClientID)},
			"Microsoft Graph Command Line Tools is a client for people", "--client-id CLIENT_ID"},
		"client by name":             {auth.Config{Kind: auth.Browser, Cloud: global, ClientID: "my app"}, `the client id "my app" is not a GUID`, "az ad app list"},
		"client with a wrong letter": {auth.Config{Kind: auth.Browser, Cloud: global, ClientID: strings.Replace(clientID, "1", "g", 1)}, "is not a GUID", ""},
		"client without dashes":      {auth.Config{Kind: auth.Browser, Cloud: global, ClientID: strings.Repeat("1", 36)}, "is not a GUID", ""},
	}
	for _, bad := range []string{"contoso", "..", "a..b", "-a.com", "a-.com", "contoso.com/x", "contoso.com?x", "user@contoso.com", "con toso.com", "contoso.com\n", "ä.com", strings.Repeat("a", 64) + ".com"} {
		tests["tenant "+bad] = struct {
			config auth.Config
			words  string
			hint   string
		}{auth.Config{Kind: auth.Browser, Cloud: global, Tenant: bad}, "is neither a GUID nor a domain name", "--tenant contoso.onmicrosoft.com"}
	}
	for _, bad := range []string{"common", "Organizations", "consumers"} {
		tests["tenant "+bad] = struct {
			config auth.Config
			words  string
			hint   string
		}{auth.Config{Kind: auth.Browser, Cloud: global, Tenant: bad}, `"` + bad + `" is no tenant: leave --tenant out`, ""}
	}
	for name, tt := range tests {
		err := tt.config.Validate()
		if tt.words == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		e := wantError(t, err, errs.UsageFault, tt.words)
		if tt.hint != "" {
			wantHint(t, e, tt.hint)
		}
		if _, err := auth.NewCredential(tt.config); err == nil {
			t.Errorf("%s: NewCredential takes what Validate refuses", name)
		}
	}
}

func TestNewCredentialNeedsItsParts(t *testing.T) {
	t.Parallel()
	global := auth.Clouds()[0]
	_, err := auth.NewCredential(auth.Config{Kind: auth.ClientSecret, Cloud: global, Tenant: tenantID, ClientID: clientID})
	wantError(t, err, errs.Internal, "nobody said where the client secret is")
	_, err = auth.NewCredential(auth.Config{Kind: auth.DeviceCode, Cloud: global})
	wantError(t, err, errs.Internal, "no way to show the device code")
}

func TestScopes(t *testing.T) {
	t.Parallel()
	permissions := []string{"UserAuthenticationMethod.ReadWrite.All", "User.Read.All"}
	for _, c := range auth.Clouds() {
		if got := strings.Join(auth.Scopes(auth.ClientSecret, c, permissions), " "); got != c.GraphRoot+"/.default" {
			t.Errorf("%s: an application asks for %q", c.Name, got)
		}
		want := c.GraphRoot + "/UserAuthenticationMethod.ReadWrite.All " + c.GraphRoot + "/User.Read.All"
		for _, k := range []auth.Kind{auth.Browser, auth.DeviceCode} {
			if got := strings.Join(auth.Scopes(k, c, permissions), " "); got != want {
				t.Errorf("%s: %s asks for %q, want %q", c.Name, k, got, want)
			}
		}
	}
}
