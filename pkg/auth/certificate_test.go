package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/auth/entra"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// certificate is one for all tests, because making a key takes its time.
var certificate = sync.OnceValue(func() *entra.Certificate { return newCertificate(time.Hour) })

func newCertificate(end time.Duration) *entra.Certificate {
	c, err := entra.NewCertificate(nil, time.Now().Add(end), "tap")
	if err != nil {
		panic(err)
	}
	return c
}

// certified is a sign-in with this file at an authority that knows the certificate.
func certified(t *testing.T, file string, known *entra.Certificate) (*authority, auth.Config) {
	t.Helper()
	a := newAuthority(t)
	c := a.config(auth.ClientCertificate)
	c.Secret, c.Certificate = nil, file
	if known != nil {
		a.Registered = []entra.Registered{{Certificate: known.Certificate}}
	}
	return a, c
}

// The authority checks signature, thumbprint, issuer, audience, times and that no assertion comes twice.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	a, c := certified(t, write(t, "c.pem", string(certificate().PEM()), 0o600), certificate())
	a.Lifetime = 200 // less than the five minutes for which MSAL keeps a token
	cred := newCredential(t, c)
	for range 2 {
		if token, err := cred.GetToken(t.Context(), usual(c)); err != nil || token.Token != canaryToken {
			t.Fatal(err)
		}
	}
	sent := a.Requests("token")
	if len(sent) != 2 || sent[0].Get("client_assertion") == sent[1].Get("client_assertion") || sent[0].Get("client_secret") != "" {
		t.Errorf("a token that ran out is not asked for anew, with an assertion of its own: %d requests", len(sent))
	}
}

func TestClientCertificateRefused(t *testing.T) {
	t.Parallel()
	other, old := newCertificate(time.Hour), newCertificate(-time.Hour)
	file := func(c *entra.Certificate) string { return write(t, "c.pem", string(c.PEM()), 0o600) }
	for name, tt := range map[string]struct {
		signs, known *entra.Certificate
		ahead        time.Duration
		words        []string
		hint         string
	}{
		"not registered": {other, certificate(), 0, []string{"the certificate is not one that is registered with the application " + clientID, "AADSTS700027"}, "az ad app credential reset --id " + clientID + " --cert"},
		"out of date":    {old, old, 0, []string{"or no longer valid (AADSTS700027)"}, "az ad app credential list"},
		"slow clock":     {certificate(), certificate(), 30 * time.Minute, []string{"not valid at this time: the clock of this machine is 30m0s behind (AADSTS700024)"}, "date -u"},
		"fast clock":     {certificate(), certificate(), -30 * time.Minute, []string{"the clock of this machine is 30m0s ahead (AADSTS700024)"}, "date -u"},
	} {
		a, c := certified(t, file(tt.signs), tt.known)
		a.Ahead = tt.ahead
		_, err := get(t.Context(), t, c)
		e := wantError(t, err, errs.Auth, tt.words...)
		wantHint(t, e, tt.hint)
		if e.RequestID != traceID {
			t.Errorf("%s: the request id is %q", name, e.RequestID)
		}
		for _, sent := range a.Requests("token") {
			if strings.Contains(err.Error(), sent.Get("client_assertion")) {
				t.Errorf("%s: the assertion shows", name)
			}
		}
	}
	a, c := certified(t, file(certificate()), certificate())
	a.On("token", func(w httpWriter, r httpRequest) {
		entra.Refuse(400, "invalid_request", 8, "The value "+r.PostForm.Get("client_assertion")+" is odd.")(w, r)
	})
	_, err := get(t.Context(), t, c)
	wantError(t, err, errs.Auth, "The value … is odd (AADSTS8)")
	a.On("token", entra.Refuse(401, "invalid_client", 7000222, "Expired."))
	_, err = get(t.Context(), t, c)
	wantError(t, err, errs.Auth, "the certificate has expired (AADSTS7000222)")
}

const pfxPassword = mark + "pfx"

// openssl runs the command in a folder of its own and returns the folder.
func openssl(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("openssl", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

// encodings makes one file of each kind that is about, by the program that makes most of them.
func encodings(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil && os.Getenv("CI") == "" {
		t.Skip("no openssl")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "plain.pem"), certificate().PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	pass := "pass:" + pfxPassword
	old := []string{"-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"}
	openssl(t, dir, slices.Concat([]string{"pkcs12", "-export", "-in", "plain.pem", "-out", "old.pfx", "-passout", pass}, old)...)
	openssl(t, dir, slices.Concat([]string{"pkcs12", "-export", "-in", "plain.pem", "-out", "open.pfx", "-passout", "pass:"}, old)...)
	openssl(t, dir, "pkcs12", "-export", "-in", "plain.pem", "-out", "new.pfx", "-passout", pass, "-keypbe", "AES-256-CBC", "-certpbe", "AES-256-CBC", "-macalg", "sha256")
	openssl(t, dir, "pkcs12", "-export", "-in", "plain.pem", "-out", "mixed.pfx", "-passout", pass, "-keypbe", "AES-256-CBC", "-certpbe", "AES-256-CBC", "-macalg", "sha1")
	openssl(t, dir, "pkcs12", "-in", "old.pfx", "-passin", pass, "-passout", pass, "-out", "encrypted.pem")
	openssl(t, dir, "rsa", "-in", "plain.pem", "-aes256", "-passout", pass, "-traditional", "-out", "traditional.key")
	key, _ := os.ReadFile(filepath.Join(dir, "traditional.key"))
	_ = os.WriteFile(filepath.Join(dir, "traditional.pem"), append(certificate().Public(), key...), 0o600)
	return dir
}

func TestEncodingsOfCertificates(t *testing.T) {
	t.Parallel()
	dir := encodings(t)
	for name, tt := range map[string]struct{ password, words, hint string }{
		"plain.pem": {}, "old.pfx": {password: pfxPassword}, "open.pfx": {},
		"new.pfx":         {pfxPassword, "it is a PFX with AES or SHA-256, as OpenSSL 3 and newer Windows write it", "(umask 077; openssl pkcs12 -in "},
		"mixed.pfx":       {pfxPassword, "it is a PFX with AES or SHA-256", "(umask 077; openssl pkcs12 -in "},
		"encrypted.pem":   {pfxPassword, "its key is encrypted, which is not read from PEM", "(umask 077; openssl pkcs12 -export -in "},
		"traditional.pem": {pfxPassword, "its key is encrypted, which is not read from PEM", "(umask 077; openssl pkcs12 -export -in "},
	} {
		file := filepath.Join(dir, name)
		_, c := certified(t, file, certificate())
		c.Password = prompt(tt.password)
		_, err := get(t.Context(), t, c)
		if tt.words == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		e := wantError(t, err, errs.LocalFault, "reading the client certificate: "+file+": "+tt.words)
		wantHint(t, e, tt.hint)
		mended := mend(t, e.Hints[0], file)
		_, c = certified(t, mended, certificate())
		c.Password = prompt("new")
		if _, err := get(t.Context(), t, c); err != nil {
			t.Errorf("%s: after %s: %v", name, e.Hints[0], err)
		}
	}
}

// mend runs the hint with the passwords that a person would be asked for, and returns the file that it wrote.
func mend(t *testing.T, hint, file string) string {
	t.Helper()
	with := " -passin pass:" + pfxPassword
	if strings.Contains(hint, "-export") {
		with += " -passout pass:new"
	}
	dir := t.TempDir()
	cmd := exec.Command("sh", "-c", strings.Replace(hint, " -in "+file, " -in "+file+with, 1))
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "tap.*"))
	if len(files) != 1 {
		t.Fatalf("%s wrote %q", hint, files)
	}
	return files[0]
}

func TestCertificatesThatCannotSignIn(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sec1, _ := x509.MarshalECPrivateKey(key)
	pkcs8, _ := x509.MarshalPKCS8PrivateKey(key)
	public := string(certificate().Public())
	block := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	foreign := string(newCertificate(time.Hour).PEM())
	_, foreignKey, _ := strings.Cut(foreign, "-----END CERTIFICATE-----\n")
	for name, tt := range map[string]struct {
		content string
		mode    os.FileMode
		words   string
		hint    string
	}{
		"EC, SEC 1":        {public + block("EC PRIVATE KEY", sec1), 0o600, "its key is not RSA, and no other can sign in", "openssl req -x509"},
		"EC, PKCS 8":       {public + block("PRIVATE KEY", pkcs8), 0o600, "its key is not RSA", "openssl req -x509"},
		"no key":           {public, 0o600, "it holds no certificate with its key", "(umask 077; cat "},
		"no certificate":   {foreignKey, 0o600, "it holds no certificate with its key", "(umask 077; cat "},
		"of somebody else": {public + foreignKey, 0o600, "its key belongs to none of its certificates", "(umask 077; cat "},
		"something else":   {mark + "not a certificate", 0o600, "it is neither PEM nor a PFX", "(umask 077; openssl pkcs12"},
		"empty":            {"", 0o600, "it is neither PEM nor a PFX", "(umask 077; openssl pkcs12"},
		"open to others":   {string(certificate().PEM()), 0o644, "others on this machine can read it (mode 0644)", "chmod 600 "},
	} {
		a, c := certified(t, write(t, "c.pem", tt.content, tt.mode), certificate())
		_, err := get(t.Context(), t, c)
		t.Log(name)
		wantHint(t, wantError(t, err, errs.LocalFault, tt.words), tt.hint)
		if _, paths := a.Seen(); len(paths) > 0 {
			t.Errorf("%s: the authority was asked", name)
		}
	}
}

func TestPasswordOfACertificate(t *testing.T) {
	t.Parallel()
	dir := encodings(t)
	_, c := certified(t, filepath.Join(dir, "old.pfx"), certificate())
	c.Password = prompt(mark + "wrong")
	_, err := get(t.Context(), t, c)
	e := wantError(t, err, errs.Auth, "old.pfx: the password does not open it")
	wantHint(t, e, "read -rs TAP_CLIENT_CERTIFICATE_PASSWORD && export TAP_CLIENT_CERTIFICATE_PASSWORD")
	wantHint(t, e, "--client-certificate-password-file FILE")
	c.Password = auth.SecretSource{Of: auth.OfCertificate()}.Read
	_, err = get(t.Context(), t, c)
	wantError(t, err, errs.Auth, "there is no certificate's password")
	for _, source := range []auth.SecretSource{
		{Getenv: env("TAP_CLIENT_CERTIFICATE_PASSWORD", pfxPassword, "AZURE_CLIENT_CERTIFICATE_PASSWORD", "other")},
		{Getenv: env("AZURE_CLIENT_CERTIFICATE_PASSWORD", pfxPassword)},
		{File: write(t, "p", pfxPassword+"\n", 0o600)},
		{File: "-", Stdin: strings.NewReader(pfxPassword + "\n")},
	} {
		source.Of = auth.OfCertificate()
		c.Password = source.Read
		if _, err := get(t.Context(), t, c); err != nil {
			t.Error(err)
		}
	}
}
