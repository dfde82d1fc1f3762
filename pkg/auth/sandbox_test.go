package auth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// rehearsal is the sandbox's authority over TLS, with Microsoft's own client before it: MSAL shares no code with either.
type rehearsal struct {
	*httptest.Server
	t      *testing.T
	tenant *sandbox.Tenant
}

func newRehearsal(t *testing.T) *rehearsal {
	t.Helper()
	box, err := sandbox.Open(t.TempDir(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &rehearsal{t: t, tenant: box, Server: httptest.NewUnstartedServer(box.Handler())}
	r.Config.ErrorLog = log.New(io.Discard, "", 0)
	r.StartTLS()
	t.Cleanup(func() { r.Close(); box.Close() })
	return r
}

func (r *rehearsal) control(path, body string) {
	r.t.Helper()
	resp, err := r.Client().Post(r.URL+"/sandbox/"+path, "application/json", strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, _ := io.ReadAll(resp.Body); resp.StatusCode > 299 {
		r.t.Fatalf("%s: %d: %s", path, resp.StatusCode, b)
	}
}

func (r *rehearsal) config(kind auth.Kind, client string) auth.Config {
	return auth.Config{
		Kind: kind, Tenant: sandbox.TenantID, ClientID: client,
		Cloud:                    auth.Cloud{Name: "global", GraphRoot: "https://graph.microsoft.com", Authority: r.URL},
		Secret:                   func(context.Context) (secret.Text, error) { return secret.New(sandbox.AutomationSecret), nil },
		Say:                      func(string) {},
		Transport:                r.Client(),
		DisableInstanceDiscovery: true,
	}
}

func (r *rehearsal) credential(c auth.Config) azcore.TokenCredential {
	r.t.Helper()
	cred, err := auth.NewCredential(c)
	if err != nil {
		r.t.Fatal(err)
	}
	return cred
}

// token signs in, or goes on with the sign-in; claims are those of a challenge.
func (r *rehearsal) token(cred azcore.TokenCredential, claims string, scopes ...string) (string, error) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	tok, err := cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: scopes, Claims: claims, EnableCAE: true})
	return tok.Token, err
}

func (r *rehearsal) must(token string, err error) string {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	return token
}

// create makes a pass with a token, and returns the status and the claims of a challenge.
func (r *rehearsal) create(token string) (int, string) {
	r.t.Helper()
	req, _ := http.NewRequest("POST", r.URL+"/beta/users/adele.vance@contoso.com/authentication/temporaryAccessPassMethods", strings.NewReader("{}"))
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.Client().Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	resp.Body.Close()
	_, claims, _ := strings.Cut(resp.Header.Get("WWW-Authenticate"), `claims="`)
	b, _ := base64.StdEncoding.DecodeString(strings.TrimSuffix(claims, `"`))
	return resp.StatusCode, string(b)
}

func (r *rehearsal) creates(token string) {
	r.t.Helper()
	if status, _ := r.create(token); status != http.StatusCreated {
		r.t.Errorf("a create with the token: %d", status)
	}
}

const (
	graphAll    = "https://graph.microsoft.com/.default"
	graphCreate = "https://graph.microsoft.com/UserAuthenticationMethod.ReadWrite.All"
	graphPolicy = "https://graph.microsoft.com/Policy.ReadWrite.AuthenticationMethod"
)

func TestTheSandboxSignsInByBrowser(t *testing.T) {
	useBrowser(t, "")
	r := newRehearsal(t)
	r.control("choice", `{"user":"isaiah.langer@contoso.com","stays":true}`)
	cred := r.credential(r.config(auth.Browser, ""))
	r.creates(r.must(r.token(cred, "", graphCreate)))

	helpdesk := r.credential(r.config(auth.Browser, sandbox.HelpdeskClientID))
	if _, err := r.token(helpdesk, "", graphPolicy); err == nil || !strings.Contains(err.Error(), "AADSTS65001") {
		t.Errorf("what nobody consented to: %v", err)
	}
	r.control("choice", `{"decline":true}`)
	if _, err := r.token(helpdesk, "", graphCreate); err == nil || !strings.Contains(err.Error(), "AADSTS65004") {
		t.Errorf("declined: %v", err)
	}
}

func TestTheSandboxSignsInByDeviceCode(t *testing.T) {
	t.Parallel()
	r := newRehearsal(t)
	r.control("lifetimes", `{"devicePoll":"1s","accessToken":"1m","caeToken":"1m"}`) // MSAL takes one that ends in five minutes for expired
	config := r.config(auth.DeviceCode, sandbox.HelpdeskClientID)
	asked := 0
	config.Say = func(text string) {
		asked++
		words := strings.Fields(text)
		form := strings.NewReader("user=isaiah.langer%40contoso.com&otc=" + words[len(words)-1])
		req, _ := http.NewRequest("POST", words[4], form) // "to sign in, open ADDRESS and enter the code CODE"
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", r.URL)
		if resp, err := r.Client().Do(req); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("the page of the device: %v, %v", resp, err)
		}
	}
	cred := r.credential(config)
	first := r.must(r.token(cred, "", graphCreate))
	second := r.must(r.token(cred, "", graphCreate))
	r.creates(second)
	if asked != 1 || first == second {
		t.Errorf("asked %d times; refreshed: %t", asked, first != second)
	}
	r.control("clock", `{"advance":"2161h"}`) // a refresh token is good for 90 days
	r.creates(r.must(r.token(cred, "", graphCreate)))
	if asked != 2 {
		t.Errorf("asked %d times, though the refresh token had expired", asked)
	}
}

func TestTheSandboxEndsSessions(t *testing.T) {
	t.Parallel()
	r := newRehearsal(t)
	r.control("lifetimes", `{"devicePoll":"1s"}`)
	r.control("choice", `{"user":"isaiah.langer@contoso.com","stays":true}`)
	asked := 0
	config := r.config(auth.DeviceCode, sandbox.HelpdeskClientID)
	config.Say = func(string) { asked++ }
	cred := r.credential(config)
	token := r.must(r.token(cred, "", graphCreate))
	r.creates(token)
	for i, change := range []string{`"revoke":true`, `"demand":"c1"`} {
		r.control("sessions", `{"user":"isaiah.langer@contoso.com",`+change+`}`)
		status, claims := r.create(token)
		if status != http.StatusUnauthorized || !strings.Contains(claims, `"essential":true`) {
			t.Fatalf("%s: %d, challenged with %q", change, status, claims)
		}
		token = r.must(r.token(cred, claims, graphCreate))
		r.creates(token)
		if asked != i+2 {
			t.Errorf("%s: asked %d times", change, asked)
		}
	}
}

func TestTheSandboxSignsInApplications(t *testing.T) {
	t.Parallel()
	r := newRehearsal(t)
	r.creates(r.must(r.token(r.credential(r.config(auth.ClientSecret, sandbox.AutomationClientID)), "", graphAll)))

	wrong := r.config(auth.ClientSecret, sandbox.AutomationClientID)
	wrong.Secret = func(context.Context) (secret.Text, error) { return secret.New("another"), nil }
	if _, err := r.token(r.credential(wrong), "", graphAll); err == nil || !strings.Contains(err.Error(), "AADSTS7000215") {
		t.Errorf("a wrong secret: %v", err)
	}

	cert, key, text := selfSigned(t)
	options := &azidentity.ClientCertificateCredentialOptions{DisableInstanceDiscovery: true, ClientOptions: policy.ClientOptions{
		Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: r.URL}, Transport: r.Client(), Retry: policy.RetryOptions{MaxRetries: -1},
	}}
	cred, err := azidentity.NewClientCertificateCredential(sandbox.TenantID, sandbox.AutomationClientID, []*x509.Certificate{cert}, key, options)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.token(cred, "", graphAll); err == nil || !strings.Contains(err.Error(), "AADSTS700027") {
		t.Errorf("a certificate that is not registered: %v", err)
	}
	body, _ := json.Marshal(map[string]any{"appId": sandbox.AutomationClientID, "certificates": []string{text}})
	r.control("registrations", string(body))
	r.creates(r.must(r.token(cred, "", graphAll)))

	r.control("consents", `{"appId":"`+sandbox.AutomationClientID+`","application":true,"remove":true,"permissions":["UserAuthenticationMethod.ReadWrite.All"]}`)
	late, _ := azidentity.NewClientCertificateCredential(sandbox.TenantID, sandbox.AutomationClientID, []*x509.Certificate{cert}, key, options)
	if status, _ := r.create(r.must(r.token(late, "", graphAll))); status != http.StatusForbidden {
		t.Errorf("a create without its permission: %d", status)
	}
	r.control("clock", `{"advance":"2h"}`)
	other, _ := azidentity.NewClientCertificateCredential(sandbox.TenantID, sandbox.AutomationClientID, []*x509.Certificate{cert}, key, options)
	if _, err := r.token(other, "", graphAll); err == nil || !strings.Contains(err.Error(), "AADSTS700024") {
		t.Errorf("with clocks two hours apart: %v", err)
	}
}

// selfSigned makes a self-signed one, as PEM as well.
func selfSigned(t *testing.T) (*x509.Certificate, *rsa.PrivateKey, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "automation"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, _ := x509.ParseCertificate(der)
	var b bytes.Buffer
	pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	return cert, key, b.String()
}
