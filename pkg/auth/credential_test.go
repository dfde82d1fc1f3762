package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/pkg/browser"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/auth/entra"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

const permission = "UserAuthenticationMethod.ReadWrite.All"

// get signs in by this configuration and asks for the usual token.
func get(ctx context.Context, t *testing.T, c auth.Config) (azcore.AccessToken, error) {
	t.Helper()
	cred := newCredential(t, c)
	return cred.GetToken(ctx, usual(c))
}

func newCredential(t *testing.T, c auth.Config) azcore.TokenCredential {
	t.Helper()
	cred, err := auth.NewCredential(c)
	if err != nil {
		t.Fatal(err)
	}
	return cred
}

func usual(c auth.Config) policy.TokenRequestOptions {
	return policy.TokenRequestOptions{Scopes: auth.Scopes(c.Kind, c.Cloud, []string{permission})}
}

// wantFields checks one request.
func wantFields(t *testing.T, got []map[string][]string, fields map[string]string) {
	t.Helper()
	if len(got) != 1 {
		t.Fatalf("%d requests, want 1", len(got))
	}
	for k, want := range fields {
		if v := strings.Join(got[0][k], "|"); v != want {
			t.Errorf("%s is %q, want %q", k, v, want)
		}
	}
}

func forms(a *authority, endpoint string) []map[string][]string {
	var out []map[string][]string
	for _, v := range a.Requests(endpoint) {
		out = append(out, v)
	}
	return out
}

func wantPath(t *testing.T, a *authority, want string) {
	t.Helper()
	if _, paths := a.Seen(); !slices.Contains(paths, want) {
		t.Errorf("%s was not asked for, but %q", want, paths)
	}
}

// cae is what tells the authority that this client understands claims challenges.
const cae = `{"access_token":{"xms_cc":{"values":["CP1"]}}}`

func TestClientSecret(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	c := a.config(auth.ClientSecret)
	var reads atomic.Int32
	c.Secret = func(context.Context) (secret.Text, error) {
		reads.Add(1)
		return secret.New(canarySecret), nil
	}
	cred := newCredential(t, c)
	if _, paths := a.Seen(); reads.Load() != 0 || len(paths) != 0 {
		t.Error("NewCredential read the secret or asked the authority")
	}
	for range 3 {
		token, err := cred.GetToken(t.Context(), usual(c))
		if err != nil || token.Token != canaryToken || time.Until(token.ExpiresOn) < 50*time.Minute {
			t.Fatalf("GetToken: %v, expires %v", err, token.ExpiresOn)
		}
	}
	if reads.Load() != 1 {
		t.Errorf("the secret was read %d times, want once", reads.Load())
	}
	wantFields(t, forms(a, "token"), map[string]string{
		"grant_type": "client_credentials", "client_id": clientID, "client_secret": canarySecret, "claims": cae,
	})
	if got := strings.Fields(a.Requests("token")[0].Get("scope")); !slices.Contains(got, "https://graph.microsoft.com/.default") {
		t.Errorf("the scope is %q", got)
	}
	wantPath(t, a, "/"+tenantID+"/oauth2/v2.0/token")
	for _, text := range []string{fmt.Sprintf("%+v", cred), fmt.Sprintf("%#v", cred)} {
		if strings.Contains(text, mark) {
			t.Errorf("the credential shows its secret: %s", text)
		}
	}
}

func TestDeviceCode(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	a.Pending = 1
	c := a.config(auth.DeviceCode)
	c.ClientID, c.Tenant = "", ""
	var said []string
	c.Say = func(s string) { said = append(said, s) }
	cred := newCredential(t, c)
	for range 2 {
		token, err := cred.GetToken(t.Context(), usual(c))
		if err != nil || token.Token != canaryToken+"2" {
			t.Fatalf("GetToken: %v", err)
		}
	}
	if want := "to sign in, open https://microsoft.com/devicelogin and enter the code ABCD1234"; len(said) != 1 || said[0] != want {
		t.Errorf("said %q, want once %q", said, want)
	}
	wantFields(t, forms(a, "devicecode"), map[string]string{"client_id": auth.DefaultClientID, "claims": cae})
	scope := a.Requests("devicecode")[0].Get("scope")
	if !slices.Contains(strings.Fields(scope), "https://graph.microsoft.com/"+permission) || strings.Contains(scope, ".default") {
		t.Errorf("the scope is %q", scope)
	}
	wantPath(t, a, "/organizations/oauth2/v2.0/token")
	if n := len(a.Requests("token")); n != 2 {
		t.Errorf("%d token requests, want 2: one too early, one that brings it", n)
	}
}

func TestBrowser(t *testing.T) {
	useBrowser(t, "")
	a := newAuthority(t)
	c := a.config(auth.Browser)
	c.Tenant = "contoso.onmicrosoft.com"
	var said []string
	c.Say = func(s string) { said = append(said, s) }
	cred := newCredential(t, c)
	if browser.Stdout != os.Stderr {
		t.Error("what the browser writes goes to stdout, among the answer")
	}
	for range 2 {
		if token, err := cred.GetToken(t.Context(), usual(c)); err != nil || token.Token != canaryToken+"1" {
			t.Fatalf("GetToken: %v", err)
		}
	}
	if want := "opening a browser to sign in at " + strings.TrimPrefix(a.URL, "https://"); len(said) != 1 || said[0] != want {
		t.Errorf("said %q, want once %q", said, want)
	}
	wantFields(t, forms(a, "authorize"), map[string]string{
		"client_id": clientID, "response_type": "code", "response_mode": "form_post", "code_challenge_method": "S256", "claims": cae,
	})
	wantFields(t, forms(a, "token"), map[string]string{"grant_type": "authorization_code", "client_id": clientID})
	if scope := a.Requests("authorize")[0].Get("scope"); !slices.Contains(strings.Fields(scope), "https://graph.microsoft.com/"+permission) {
		t.Errorf("the scope is %q", scope)
	}
	wantPath(t, a, "/contoso.onmicrosoft.com/oauth2/v2.0/authorize")
}

func TestBrowserRefused(t *testing.T) {
	text := "AADSTS65004: User declined to consent to access the app. Trace ID: " + traceID + " Correlation ID: " + clientID
	useBrowser(t, "")
	a := newAuthority(t)
	a.On("authorize", func(w httpWriter, r httpRequest) {
		entra.FormPost(w, r, map[string]string{"error": "access_denied", "error_description": text, "state": r.Form.Get("state")})
	})
	_, err := get(t.Context(), t, a.config(auth.Browser))
	e := wantError(t, err, errs.Auth, "signing in: "+tenantID+": the permissions were declined at the sign-in (AADSTS65004)")
	wantHint(t, e, a.URL+"/"+tenantID+"/v2.0/adminconsent?client_id="+clientID)
	if e.RequestID != traceID {
		t.Errorf("the request id is %q, want %q", e.RequestID, traceID)
	}
	text = `AADSTS7654321: It's "odd" & new. Trace ID: ` + traceID
	_, err = get(t.Context(), t, a.config(auth.Browser))
	wantError(t, err, errs.Auth, `the authority refused: It's "odd" & new (AADSTS7654321)`)
	a.On("authorize", func(w httpWriter, r httpRequest) {
		entra.FormPost(w, r, map[string]string{"code": canaryOther, "state": "of another sign-in"})
	})
	_, err = get(t.Context(), t, a.config(auth.Browser))
	e = wantError(t, err, errs.Auth, "the browser sent no sign-in back", "state")
	wantHint(t, e, "--auth device-code")
}

// Who is interrupted while a token is renewed is not sent to a browser.
func TestBrowserStaysClosedAfterAnInterrupt(t *testing.T) {
	useBrowser(t, "")
	a := newAuthority(t)
	c := a.config(auth.Browser)
	said := 0
	c.Say = func(string) { said++ }
	cred := newCredential(t, c)
	if _, err := cred.GetToken(t.Context(), usual(c)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	a.On("token", func(httpWriter, httpRequest) { cancel(); time.Sleep(20 * time.Millisecond) })
	o := usual(c)
	o.Claims = `{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}`
	_, err := cred.GetToken(ctx, o)
	wantError(t, err, errs.Interrupted, "interrupted")
	if said != 1 {
		t.Errorf("a browser was announced %d times, want once", said)
	}
}

func TestBrowserDoesNotOpen(t *testing.T) {
	for behaviour, words := range map[string]string{"broken": "exit status 3", "missing": "executable file not found"} {
		useBrowser(t, behaviour)
		if behaviour == "missing" {
			t.Setenv("PATH", t.TempDir())
		}
		_, err := get(t.Context(), t, newAuthority(t).config(auth.Browser))
		e := wantError(t, err, errs.Auth, "no browser could be opened", words)
		wantHint(t, e, "--auth device-code")
	}
}

func TestBrowserThatHangs(t *testing.T) {
	useBrowser(t, "hangs")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := get(ctx, t, newAuthority(t).config(auth.Browser))
	e := wantError(t, err, errs.Auth, "nobody signed in within the time")
	wantHint(t, e, "--timeout")
	if d := time.Since(start); d > 3*time.Second {
		t.Errorf("it took %v to give up", d)
	}
}

func TestDeviceCodeRunsOut(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	a.Pending, a.Expires = 1000, 1
	_, err := get(t.Context(), t, a.config(auth.DeviceCode))
	e := wantError(t, err, errs.Auth, "the code ran out before anybody entered it")
	wantHint(t, e, "--auth browser")
}

// A claims challenge (CAE) asks for another token, once, of a person by the refresh token.
func TestClaimsChallenge(t *testing.T) {
	t.Parallel()
	for _, kind := range []auth.Kind{auth.ClientSecret, auth.DeviceCode, auth.ClientCertificate, auth.WorkloadIdentity} {
		a := newAuthority(t)
		c := a.config(kind)
		issuer := newIssuer(t, cluster, workload)
		a.Registered, a.Federated = []entra.Registered{{Certificate: certificate().Certificate}}, []entra.Federated{issuer.Trust()}
		c.Certificate, c.TokenFile = write(t, "c.pem", string(certificate().PEM()), 0o600), write(t, "token", issuer.Sign(audience), 0o600)
		cred := newCredential(t, c)
		if _, err := cred.GetToken(t.Context(), usual(c)); err != nil {
			t.Fatal(err)
		}
		o := usual(c)
		o.Claims = `{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}`
		if _, err := cred.GetToken(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		got := a.Requests("token")
		if len(got) != 2 || !strings.Contains(got[1].Get("claims"), "1700000000") || !strings.Contains(got[1].Get("claims"), "CP1") {
			t.Errorf("%s: %d token requests, the last with the claims %q", kind, len(got), got[len(got)-1].Get("claims"))
		}
		if kind == auth.DeviceCode && got[1].Get("grant_type") != "refresh_token" {
			t.Errorf("a person was asked again: %q", got[1].Get("grant_type"))
		}
	}
}

// Where the refresh token is no good either, the person is asked once, with the claims.
func TestClaimsChallengeAsksThePerson(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	c := a.config(auth.DeviceCode)
	cred := newCredential(t, c)
	if _, err := cred.GetToken(t.Context(), usual(c)); err != nil {
		t.Fatal(err)
	}
	a.On("token", func(w httpWriter, r httpRequest) {
		if r.PostForm.Get("grant_type") == "refresh_token" {
			entra.Refuse(400, "invalid_grant", 70043, "The refresh token has expired.")(w, r)
			return
		}
		a.Answer(w, r)
	})
	o := usual(c)
	o.Claims = `{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}`
	token, err := cred.GetToken(t.Context(), o)
	if err != nil || token.Token != canaryToken+"2" {
		t.Fatalf("GetToken: %v", err)
	}
	got := a.Requests("devicecode")
	if len(got) != 2 || !strings.Contains(got[1].Get("claims"), "1700000000") {
		t.Errorf("the person was asked %d times, the last with the claims %q", len(got), got[len(got)-1].Get("claims"))
	}
	a.On("token", entra.Refuse(503, "temporarily_unavailable", 90033, "Down."))
	_, err = cred.GetToken(t.Context(), o)
	wantError(t, err, errs.Busy, "cannot answer at the moment (AADSTS90033)")
	if n := len(a.Requests("devicecode")); n != 2 {
		t.Error("a person was asked though the authority is down")
	}
}

func TestManyAtOnceSignInOnce(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	c := a.config(auth.DeviceCode)
	cred := newCredential(t, c)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := cred.GetToken(t.Context(), usual(c)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(a.Requests("devicecode")); n != 1 {
		t.Errorf("the person was asked %d times", n)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	for _, kind := range []auth.Kind{auth.ClientSecret, auth.DeviceCode} {
		a := newAuthority(t)
		a.Pending = 1000
		ctx, cancel := context.WithCancel(t.Context())
		c := a.config(kind)
		if kind == auth.DeviceCode {
			c.Say = func(string) { time.AfterFunc(50*time.Millisecond, cancel) }
		} else {
			a.On("token", func(httpWriter, httpRequest) { cancel(); time.Sleep(50 * time.Millisecond) })
		}
		_, err := get(ctx, t, c)
		cancel()
		wantError(t, err, errs.Interrupted, "signing in: "+tenantID+": interrupted")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: context.Canceled is not in the chain of %v", kind, err)
		}
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	a.On("token", func(_ httpWriter, r httpRequest) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := get(ctx, t, a.config(auth.ClientSecret))
	wantHint(t, wantError(t, err, errs.Busy, "did not answer within the time"), "--timeout 10m")

	b := newAuthority(t)
	b.Pending = 1000
	ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = get(ctx, t, b.config(auth.DeviceCode))
	wantHint(t, wantError(t, err, errs.Auth, "nobody signed in within the time"), "--timeout 10m")
}

// Whoever waits for another's sign-in stops waiting when told so.
func TestCancelledWhileWaiting(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	a.Pending = 1000
	c := a.config(auth.DeviceCode)
	shown := make(chan struct{})
	c.Say = func(string) { close(shown) }
	cred := newCredential(t, c)
	first, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = cred.GetToken(first, usual(c))
	}()
	<-shown
	second, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := cred.GetToken(second, usual(c))
	wantError(t, err, errs.Interrupted, "interrupted")
	stop()
	<-ended
}

func TestSecretThatCannotBeRead(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	tests := map[string]struct {
		text  secret.Text
		err   error
		slug  errs.Slug
		words string
	}{
		"an error of ours":    {secret.Text{}, errs.Local("reading the client secret", "f", os.ErrPermission), errs.LocalFault, "reading the client secret: f: permission denied"},
		"an error of another": {secret.Text{}, errors.New("no tty"), errs.LocalFault, "asking for the client secret: no tty"},
		"interrupted":         {secret.Text{}, context.Canceled, errs.Interrupted, "interrupted"},
		"empty":               {secret.Text{}, nil, errs.Auth, "the client secret is empty"},
	}
	for name, tt := range tests {
		c := a.config(auth.ClientSecret)
		calls := 0
		c.Secret = func(context.Context) (secret.Text, error) { calls++; return tt.text, tt.err }
		cred := newCredential(t, c)
		for range 2 {
			_, err := cred.GetToken(t.Context(), usual(c))
			wantError(t, err, tt.slug, tt.words)
		}
		if calls != 1 {
			t.Errorf("%s: asked %d times, want once", name, calls)
		}
	}
	if _, paths := a.Seen(); len(paths) != 0 {
		t.Errorf("the authority was asked: %q", paths)
	}
}

// The real host names, over TLS: nothing goes anywhere else, and the default settings work.
func TestEveryCloud(t *testing.T) {
	t.Parallel()
	for _, cloud := range auth.Clouds() {
		a := newAuthority(t)
		c := a.config(auth.ClientSecret)
		c.Cloud, c.Transport, c.DisableInstanceDiscovery = cloud, a.realHosts(), false
		token, err := get(t.Context(), t, c)
		if err != nil || token.Token != canaryToken {
			t.Fatalf("%s: %v", cloud.Name, err)
		}
		want := strings.TrimPrefix(cloud.Authority, "https://")
		hosts, paths := a.Seen()
		for i, host := range hosts {
			if host != want {
				t.Errorf("%s: %s was asked for %s", cloud.Name, host, paths[i])
			}
		}
		if scope := a.Requests("token")[0].Get("scope"); !strings.Contains(scope, cloud.GraphRoot+"/.default") {
			t.Errorf("%s: the scope is %q", cloud.Name, scope)
		}
		t.Logf("%s: %v", cloud.Name, paths)
	}
}

func TestErrorsKeepTheirFormInJSON(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	a.On("token", entra.Refuse(401, "invalid_client", 7000222, "The provided client secret keys are expired."))
	_, err := get(t.Context(), t, a.config(auth.ClientSecret))
	if b, jsonErr := json.Marshal(errs.Of(err)); jsonErr != nil || !strings.Contains(string(b), traceID) {
		t.Errorf("JSON: %s, %v", b, jsonErr)
	}
}
