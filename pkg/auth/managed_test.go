package auth_test

import (
	"net/http"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/auth/entra"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// managed is a sign-in of the machine m. MSAL keeps the tokens of managed identities for the whole process, by client id and
// resource: each test that succeeds has a cloud or a client id of its own.
func managed(t *testing.T, host string, m http.Handler, root, client string) auth.Config {
	t.Helper()
	a := newAuthority(t)
	a.others[host] = m
	c := a.real(auth.ManagedIdentity)
	c.Secret, c.Tenant, c.ClientID, c.Cloud.GraphRoot = nil, "", client, root
	return c
}

const imds = "169.254.169.254"

func machine(client, header string) *entra.Machine {
	return &entra.Machine{ClientID: client, Header: header, Token: func() string { return canaryToken }}
}

func noPlatform(t *testing.T) {
	t.Helper()
	for _, name := range []string{"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET", "IMDS_ENDPOINT", "IDENTITY_SERVER_THUMBPRINT"} {
		t.Setenv(name, "")
	}
}

func TestManagedIdentityOfAMachine(t *testing.T) {
	noPlatform(t)
	for client, root := range map[string]string{"": "https://graph.microsoft.us", "33333333-2222-4333-8444-555555555555": "https://graph.microsoft.com"} {
		m := machine(client, "")
		c := managed(t, imds, m, root, client)
		cred := newCredential(t, c)
		for range 2 {
			if token, err := cred.GetToken(t.Context(), usual(c)); err != nil || token.Token != canaryToken {
				t.Fatalf("%q: %v", client, err)
			}
		}
		if asked := m.Asked(); len(asked) != 1 || asked[0] != root {
			t.Errorf("%q: asked for %q, want %s once", client, asked, root)
		}
		o := usual(c)
		o.Claims = `{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}`
		if _, err := cred.GetToken(t.Context(), o); err != nil || len(m.Asked()) != 2 {
			t.Errorf("%q: a claims challenge asks for no other token: %v", client, err)
		}
	}
}

func TestManagedIdentityOfAService(t *testing.T) {
	noPlatform(t)
	t.Setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:41741/msi/token")
	t.Setenv("IDENTITY_HEADER", mark+"identity-header")
	m := machine("", mark+"identity-header")
	c := managed(t, "127.0.0.1:41741", m, "https://dod-graph.microsoft.us", "")
	if token, err := get(t.Context(), t, c); err != nil || token.Token != canaryToken {
		t.Fatal(err)
	}
	m.Header = "another"
	c.Cloud.GraphRoot = "https://other.example"
	_, err := get(t.Context(), t, c)
	wantError(t, err, errs.Auth, "this machine has no managed identity of its own")
}

func TestManagedIdentityRefused(t *testing.T) {
	noPlatform(t)
	const other = "44444444-2222-4333-8444-555555555555"
	c := managed(t, imds, machine(clientID, ""), "https://refused.example", other)
	_, err := get(t.Context(), t, c)
	wantHint(t, wantError(t, err, errs.Auth, "signing in: no managed identity with the client id "+other+" is assigned to this machine"), "az identity list")
	c = managed(t, imds, machine(clientID, ""), "https://refused.example", "")
	_, err = get(t.Context(), t, c)
	e := wantError(t, err, errs.Auth, "signing in: this machine has no managed identity of its own")
	wantHint(t, e, "--client-id CLIENT_ID")
	wantHint(t, e, "az vm identity assign")
	for status, tt := range map[int]struct {
		slug  errs.Slug
		words string
	}{
		403: {errs.Auth, "this machine may not ask for its managed identity: status 403"},
		503: {errs.Busy, "the managed identity cannot be asked at the moment: status 503"},
	} {
		c = managed(t, imds, http.HandlerFunc(func(w httpWriter, _ httpRequest) { http.Error(w, mark, status) }), "https://refused.example", "")
		_, err = get(t.Context(), t, c)
		wantError(t, err, tt.slug, tt.words)
	}
	c = managed(t, imds, nil, "https://refused.example", "")
	c.Transport = &http.Client{Transport: noNames()}
	_, err = get(t.Context(), t, c)
	e = wantError(t, err, errs.Auth, "nothing here gives a managed identity: ", "is this a machine or a service of Azure? IDENTITY_ENDPOINT, by which a service says where to ask, is not set")
	for _, kind := range []string{"workload-identity", "client-certificate", "client-secret"} {
		wantHint(t, e, "--auth "+kind)
	}
	t.Setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:41741/msi/token")
	t.Setenv("IDENTITY_HEADER", mark+"identity-header")
	c = managed(t, "127.0.0.1:41741", nil, "https://refused.example", "")
	c.Transport = &http.Client{Transport: noNames()}
	_, err = get(t.Context(), t, c)
	wantError(t, err, errs.Auth, "nothing here gives a managed identity: ", "IDENTITY_ENDPOINT says where it was asked for")
}
