package auth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/auth/entra"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

type (
	httpWriter  = http.ResponseWriter
	httpRequest = *http.Request
)

// wantError checks an error's slug and words, and that it shows nothing that is marked.
func wantError(t *testing.T, err error, slug errs.Slug, words ...string) *errs.Error {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s: %q", slug, words)
	}
	var e *errs.Error
	if !errors.As(err, &e) {
		t.Fatalf("%T is no *errs.Error: %v", err, err)
	}
	if e.Slug != slug {
		t.Errorf("the slug is %q, want %q: %v", e.Slug, slug, err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is missing in %q", w, err)
		}
	}
	wantNoMark(t, err)
	return e
}

// wantNoMark searches every way in which an error and its causes can be shown.
func wantNoMark(t *testing.T, err error) {
	t.Helper()
	var texts []string
	for e := err; e != nil; e = errors.Unwrap(e) {
		js, _ := json.Marshal(e)
		var logged bytes.Buffer
		slog.New(slog.NewJSONHandler(&logged, nil)).Error("x", "err", e)
		texts = append(texts, e.Error(), fmt.Sprintf("%v %+v %#v %q", e, e, e, e), string(js), logged.String())
	}
	for _, text := range texts {
		if strings.Contains(text, mark) || strings.Contains(text, "proxy-password") || strings.Contains(text, "RESPONSE") {
			t.Errorf("the error shows what it must not: %s", text)
		}
	}
}

func wantHint(t *testing.T, e *errs.Error, start string) {
	t.Helper()
	for _, h := range e.Hints {
		if strings.HasPrefix(h, start) {
			return
		}
	}
	t.Errorf("no hint begins with %q: %q", start, e.Hints)
}

func TestWrongSecret(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	c := a.config(auth.ClientSecret)
	c.ClientID = strings.ToUpper(clientID)
	a.On("token", entra.Refuse(401, "invalid_client", 7000215, "Invalid client secret provided: "+canarySecret))
	_, err := get(t.Context(), t, c)
	e := wantError(t, err, errs.Auth, "signing in: "+tenantID+": the client secret is wrong", "(AADSTS7000215)")
	wantHint(t, e, "az ad app credential reset --id "+clientID+" --append")
	wantHint(t, e, "read -rs TAP_CLIENT_SECRET")
	if e.RequestID != traceID {
		t.Errorf("the request id is %q, want the trace id", e.RequestID)
	}
	if n := len(a.Requests("token")); n != 1 {
		t.Errorf("a refusal was repeated: %d requests", n)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const secretKind, codeKind = auth.ClientSecret, auth.DeviceCode
	tests := []struct {
		kind  auth.Kind
		oauth string
		code  int
		slug  errs.Slug
		words string
		hint  string
	}{
		{secretKind, "invalid_client", 7000222, errs.Auth, "the client secret has expired", "az ad app credential reset"},
		{secretKind, "unauthorized_client", 700016, errs.Auth, "the tenant does not know the application " + clientID, "--client-id CLIENT_ID"},
		{secretKind, "unauthorized_client", 7000112, errs.Auth, "is disabled in the tenant", "az ad sp update"},
		{secretKind, "invalid_request", 90002, errs.Auth, "no tenant " + tenantID + " is known", "--tenant TENANT"},
		{secretKind, "invalid_request", 90038, errs.Auth, "belongs to another cloud than global", "--cloud usgov"},
		{secretKind, "invalid_grant", 65001, errs.Auth, "nobody has consented that the application " + clientID + " may use the permissions it needs", "AUTHORITY/" + tenantID + "/adminconsent?client_id=" + clientID},
		{secretKind, "invalid_grant", 53003, errs.Auth, "a Conditional Access policy blocks this sign-in", "AUTHORITY/error?code=53003"},
		{secretKind, "invalid_request", 50196, errs.Busy, "wait five minutes", ""},
		{secretKind, "invalid_client", 700026, errs.Auth, "has no certificate and no secret", "az ad app credential reset --id " + clientID + " --cert"},
		{secretKind, "invalid_client", 50013, errs.Auth, "does not accept what was signed", "date -u"},
		{secretKind, "invalid_client", 70021, errs.Auth, "is for the subject that was presented", "az ad app federated-credential list"},
		{secretKind, "invalid_client", 700222, errs.Auth, "cannot stand for another issuer's", "az ad app federated-credential list"},
		{codeKind, "access_denied", 530033, errs.Auth, "a Conditional Access policy blocks sign-ins by device code", "--auth browser"},
		{codeKind, "invalid_grant", 65001, errs.Auth, "may use " + permission, "AUTHORITY/" + tenantID + "/v2.0/adminconsent?client_id=" + clientID + "&redirect_uri=http%3A%2F%2Flocalhost&scope=https%3A%2F%2Fgraph.microsoft.com%2F" + permission},
		{codeKind, "access_denied", 50105, errs.Auth, "this user is not assigned to the application " + clientID, "az ad sp show --id"},
		{codeKind, "invalid_grant", 53003, errs.Auth, "a Conditional Access policy blocks this sign-in", "--auth browser"},
		{codeKind, "invalid_grant", 70043, errs.Auth, "a fresh one is needed", "--auth browser"},
		{codeKind, "invalid_grant", 50078, errs.Auth, "second factor", "--auth browser"},
		{codeKind, "interaction_required", 50076, errs.Auth, "second factor", "--auth browser"},
		{codeKind, "invalid_client", 7000218, errs.Auth, "public client flows are not enabled", "az ad app update --id " + clientID + " --is-fallback-public-client true"},
		{codeKind, "invalid_request", 50059, errs.Auth, "nothing says which tenant", "--tenant TENANT"},
		{codeKind, "expired_token", 70020, errs.Auth, "the code ran out", "--auth browser"},
		{codeKind, "authorization_declined", 1234567, errs.Auth, "the sign-in was declined", "AUTHORITY/error?code=1234567"},
		{codeKind, "invalid_grant", 7654321, errs.Auth, "the authority refused: As the authority puts it", "AUTHORITY/error?code=7654321"},
	}
	for _, tt := range tests {
		a := newAuthority(t)
		a.On("token", entra.Refuse(400, tt.oauth, tt.code, "As the authority puts it."))
		_, err := get(t.Context(), t, a.config(tt.kind))
		e := wantError(t, err, tt.slug, tt.words, fmt.Sprintf("(AADSTS%d)", tt.code))
		wantHint(t, e, strings.ReplaceAll(tt.hint, "AUTHORITY", a.URL))
		if e.RequestID != traceID {
			t.Errorf("%d: the request id is %q", tt.code, e.RequestID)
		}
		if tt.kind.Application() && slices.Contains(e.Hints, "--auth browser") {
			t.Errorf("%d: an application is told to use a browser", tt.code)
		}
	}
}

// Refusals come from all endpoints, and are noticed at each.
func TestRefusedElsewhere(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	a.On("openid", entra.Refuse(400, "invalid_tenant", 90002, "Tenant not found."))
	_, err := get(t.Context(), t, a.config(auth.ClientSecret))
	wantError(t, err, errs.Auth, "no tenant "+tenantID+" is known at", "(AADSTS90002)")

	b := newAuthority(t)
	b.On("devicecode", entra.Refuse(401, "invalid_client", 7000218, "Must contain client_assertion or client_secret."))
	_, err = get(t.Context(), t, b.config(auth.DeviceCode))
	wantError(t, err, errs.Auth, "public client flows are not enabled", "(AADSTS7000218)")
}

func TestConsentForAPart(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	a.On("token", func(w httpWriter, r httpRequest) {
		r.PostForm.Set("scope", "https://graph.microsoft.com/User.Read")
		a.Person(w, r, 1)
	})
	_, err := get(t.Context(), t, a.config(auth.DeviceCode))
	e := wantError(t, err, errs.Auth, "nobody has consented", permission)
	wantHint(t, e, a.URL+"/"+tenantID+"/v2.0/adminconsent")
}

// A short secret looks like any other word, and is known all the same.
func TestShortSecretRepeated(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	a.On("token", entra.Refuse(400, "invalid_request", 7, "The value "+mark+"short is odd."))
	c := a.config(auth.ClientSecret)
	c.Secret = prompt(mark + "short")
	_, err := get(t.Context(), t, c)
	wantError(t, err, errs.Auth, "The value •••••••• is odd (AADSTS7)")
}

// The authority repeats the secret, hands out a token in an answer that cannot be used, and so on.
func TestNothingSecretIsShown(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	raw := func(status int, body string) http.HandlerFunc {
		return func(w httpWriter, _ httpRequest) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	tests := map[string]struct {
		answer http.HandlerFunc
		slug   errs.Slug
		words  string
	}{
		"secret repeated":         {entra.Refuse(400, "invalid_request", 1, "Parameter client_secret="+canarySecret+" is odd."), errs.Auth, "is odd (AADSTS1)"},
		"token repeated":          {entra.Refuse(400, "invalid_request", 2, "The assertion "+canaryToken+" is odd."), errs.Auth, "The assertion … is odd (AADSTS2)"},
		"address with password":   {entra.Refuse(400, "invalid_request", 3, "See https://user:"+mark+"pw@proxy/."), errs.Auth, "See https://…@proxy/ (AADSTS3)"},
		"many lines":              {entra.Refuse(400, "invalid_request", 4, "One.\r\n\x1b[31m"+mark+"two"), errs.Auth, "One (AADSTS4)"},
		"long":                    {entra.Refuse(400, "invalid_request", 5, strings.Repeat("word ", 80)+mark), errs.Auth, "word…"},
		"refusal in no form":      {raw(403, "<html>"+canarySecret+long), errs.Busy, "something in between answered (status 403)"},
		"page of a portal":        {raw(200, "<html>"+canaryToken), errs.Busy, "something in between answered (status 200)"},
		"token of the wrong type": {raw(200, `{"access_token":"`+canaryToken+`","expires_in":[]}`), errs.Internal, "the sign-in came to nothing"},
		"token without an end":    {raw(200, `{"token_type":"Bearer","access_token":"`+canaryToken+`"}`), errs.Internal, "the sign-in came to nothing"},
		"token and an odd time":   {raw(200, `{"access_token":"x","expires_on":"`+canaryToken+`"}`), errs.Internal, "the sign-in came to nothing"},
		"broken":                  {raw(500, canaryToken), errs.Busy, "something in between answered (status 500)"},
		"unwell":                  {entra.Refuse(503, "temporarily_unavailable", 6, canaryToken), errs.Busy, "cannot answer at the moment (status 503) (AADSTS6)"},
	}
	configs := map[string]auth.Config{}
	for name, tt := range tests {
		a := newAuthority(t)
		a.On("token", tt.answer)
		configs[name] = a.config(auth.ClientSecret)
	}
	for name, err := range failures(t, configs) {
		e := wantError(t, err, tests[name].slug, tests[name].words)
		if len(e.Error()) > 400 {
			t.Errorf("%s: %d characters are too long for an error", name, len(e.Error()))
		}
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "https://" + closed.Addr().String()
	_ = closed.Close()
	untrusted := newAuthority(t)
	slow := &http.Client{Timeout: 20 * time.Millisecond, Transport: untrusted.Client().Transport}
	tests := map[string]struct {
		authority string
		client    *http.Client
		words     []string
	}{
		"refused":     {refused, &http.Client{}, []string{"cannot reach 127.0.0.1:", "connect"}},
		"no name":     {"https://login.invalid", &http.Client{Transport: noNames()}, []string{"cannot reach login.invalid: its name is not known", "no such host"}},
		"certificate": {untrusted.URL, &http.Client{}, []string{"its certificate is not trusted here: x509", "issued by O=Acme Co"}},
		"slow":        {untrusted.URL, slow, []string{"no answer in time"}},
		"proxy":       {untrusted.URL, &http.Client{Transport: badProxy()}, []string{"cannot reach", "…@proxy"}},
	}
	untrusted.On("openid", func(httpWriter, httpRequest) { time.Sleep(100 * time.Millisecond) })
	configs := map[string]auth.Config{}
	for name, tt := range tests {
		for _, kind := range []auth.Kind{auth.ClientSecret, auth.DeviceCode} {
			c := untrusted.config(kind)
			c.Cloud.Authority, c.Transport = tt.authority, tt.client
			configs[name+"/"+string(kind)] = c
		}
	}
	for name, err := range failures(t, configs) {
		name, _, _ = strings.Cut(name, "/")
		e := wantError(t, err, errs.Busy, tests[name].words...)
		wantHint(t, e, "curl -sSI "+tests[name].authority)
		if name == "certificate" {
			wantHint(t, e, "--ca-file FILE")
		}
		if strings.Contains(e.Error(), "openid-configuration") {
			t.Errorf("%s: the error names an address that nobody asked for: %v", name, e)
		}
	}
}

// failures signs in by all configurations at the same time, since they spend theirs waiting to repeat.
func failures(t *testing.T, configs map[string]auth.Config) map[string]error {
	t.Helper()
	out := map[string]error{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for name, c := range configs {
		cred := newCredential(t, c)
		all.Go(func() {
			_, err := cred.GetToken(t.Context(), usual(c))
			mu.Lock()
			defer mu.Unlock()
			out[name] = err
		})
	}
	all.Wait()
	return out
}

func noNames() *http.Transport {
	return &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "login.invalid", IsNotFound: true}}
	}}
}

func badProxy() *http.Transport {
	return &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New(`invalid proxy address "http://user:proxy-password@proxy:x"`)
	}}
}
