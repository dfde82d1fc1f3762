package sandbox_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

const (
	loginHost = "https://login.microsoftonline.com"
	tokenPath = "/" + sandbox.TenantID + "/oauth2/v2.0/token"
	allGraph  = "https://graph.microsoft.com/.default"
	bearerJWT = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	verifier  = "a-code-verifier-of-43-characters-or-more-000"
)

// fields is a form or a query.
type fields map[string]string

// with is a copy with other fields; an empty value takes one away.
func (f fields) with(more fields) fields {
	all := maps.Clone(f)
	maps.Copy(all, more)
	maps.DeleteFunc(all, func(_, v string) bool { return v == "" })
	return all
}

func (f fields) encode() string {
	v := url.Values{}
	for name, value := range f {
		v.Set(name, value)
	}
	return v.Encode()
}

// ask sends a request to the authority as it is mounted under a real host.
func (c *client) ask(method, path string, f fields) answer {
	c.t.Helper()
	body := f.encode()
	if method == "GET" {
		path, body = path+"?"+body, ""
	}
	r := httptest.NewRequest(method, loginHost+path, strings.NewReader(body))
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	c.tenant.Authority().ServeHTTP(w, r)
	a := answer{t: c.t, what: method + " " + path, status: w.Code, header: w.Header(), body: w.Body.Bytes()}
	if strings.HasPrefix(w.Body.String(), "{") {
		a.decode(&a.object)
	}
	return a
}

func (c *client) redeem(f fields) answer { c.t.Helper(); return c.ask("POST", tokenPath, f) }

// denied fails the test unless the answer is this refusal, in Microsoft's form.
func (a answer) denied(status int, oauth string, code int) {
	a.t.Helper()
	description, _ := a.object["error_description"].(string)
	codes, _ := json.Marshal(a.object["error_codes"])
	number, _ := json.Marshal(code)
	form := regexp.MustCompile(`^AADSTS` + string(number) + `: .+ Trace ID: [0-9a-f-]{36} Correlation ID: [0-9a-f-]{36} Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$`)
	if a.status != status || a.object["error"] != oauth || string(codes) != "["+string(number)+"]" || !form.MatchString(description) {
		a.t.Errorf("%s: want %d %s %d, got %d %s", a.what, status, oauth, code, a.status, a.body)
	}
}

// control changes something by the control plane.
func (c *client) control(path, body string) {
	c.t.Helper()
	if a := c.do("POST", "/sandbox/"+path, body); a.status > 299 {
		c.t.Fatalf("%s: %d: %s", path, a.status, a.body)
	}
}

// as bearer calls Graph with a token of the authority.
func (c *client) with(token string) *client {
	other := *c
	other.as = ""
	other.http = &http.Client{Transport: authorized{c.http.Transport, token}}
	return &other
}

type authorized struct {
	next  http.RoundTripper
	token string
}

func (a authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+a.token)
	return a.next.RoundTrip(r)
}

// key makes a key and a self-signed certificate of it, as PEM.
func newKey(t *testing.T, until time.Time) (*rsa.PrivateKey, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// signed makes a JWT without the sandbox's help.
func signed(t *testing.T, key *rsa.PrivateKey, header, claims map[string]any) string {
	t.Helper()
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	text := base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(c)
	sum := sha256.Sum256([]byte(text))
	sign := func() ([]byte, error) { return rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:]) }
	if header["alg"] == "PS256" {
		sign = func() ([]byte, error) { return rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum[:], nil) }
	}
	signature, err := sign()
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// thumbprints are those of a certificate: SHA-1 as base64url, SHA-256 as base64 with its padding.
func thumbprints(certificate string) (short, long string) {
	block, _ := pem.Decode([]byte(certificate))
	a, b := sha1.Sum(block.Bytes), sha256.Sum256(block.Bytes)
	return base64.RawURLEncoding.EncodeToString(a[:]), base64.StdEncoding.EncodeToString(b[:])
}

func payload(t *testing.T, token string) map[string]any {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	var claims map[string]any
	if err != nil || json.Unmarshal(b, &claims) != nil {
		t.Fatalf("no JWT: %s", token)
	}
	return claims
}
