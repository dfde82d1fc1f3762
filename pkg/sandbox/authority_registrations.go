package sandbox

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The applications of the seed. The last is Microsoft's own, the same in every tenant.
const (
	HelpdeskClientID   = "c0117050-5a2d-4b0c-8000-c11e00000001" // people sign in to it; an administrator consented
	AutomationClientID = "c0117050-5a2d-4b0c-8000-c11e00000002" // signs in itself, with AutomationSecret
	GraphClientID      = "14d82eec-204b-4c2f-b7e8-296a70dab67e" // Microsoft Graph Command Line Tools
	AutomationSecret   = "sandbox-automation-secret"            // good at the sandbox alone
)

// registration is an application that the authority knows.
type registration struct {
	AppID        string              `json:"appId"`
	DisplayName  string              `json:"displayName"`
	Disabled     bool                `json:"disabled,omitempty"`
	Public       bool                `json:"public,omitempty"` // for people alone: it has no credentials
	RedirectURIs []string            `json:"redirectUris,omitempty"`
	Secrets      []clientSecret      `json:"secrets,omitempty"`
	Certificates []string            `json:"certificates,omitempty"` // PEM
	Federated    []federated         `json:"federated,omitempty"`
	Application  []string            `json:"applicationPermissions,omitempty"` // that an administrator consented to
	Delegated    map[string][]string `json:"delegatedPermissions,omitempty"`   // by the object id of who consented; "": an administrator, for everybody
}

// clientSecret is kept as its SHA-256 alone.
type clientSecret struct {
	Value  string     `json:"value,omitempty"` // in the control plane's bodies
	SHA256 string     `json:"sha256,omitempty"`
	Ends   *time.Time `json:"ends,omitempty"`
}

// federated is whose tokens prove that a client is the application. A real authority fetches the issuer's keys; the sandbox
// opens no connection, so that its key is told beforehand: our invention.
type federated struct {
	Issuer   string `json:"issuer"`
	Subject  string `json:"subject"`
	Audience string `json:"audience,omitempty"` // empty: api://AzureADTokenExchange
	Key      string `json:"key"`                // PEM: a public key, or a certificate
}

func (f federated) audience() string {
	if f.Audience == "" {
		return "api://AzureADTokenExchange"
	}
	return f.Audience
}

// seedRegistrations are Contoso's. Microsoft's own tools carry whatever was ever consented for them.
func seedRegistrations() []*registration {
	everybody := func(permissions string) map[string][]string {
		return map[string][]string{"": strings.Fields(permissions)}
	}
	return []*registration{
		{
			AppID: HelpdeskClientID, DisplayName: "Contoso Helpdesk", Public: true, RedirectURIs: []string{"http://localhost"},
			Delegated: everybody(helpdeskPermissions + " UserAuthMethod-TAP.ReadWrite.All User.Read"),
		},
		{
			AppID: AutomationClientID, DisplayName: "Contoso Automation", Secrets: []clientSecret{sealed(clientSecret{Value: AutomationSecret})},
			Application: strings.Fields(applicationPermissions),
		},
		{
			AppID: GraphClientID, DisplayName: "Microsoft Graph Command Line Tools", Public: true, RedirectURIs: []string{"http://localhost"},
			Delegated: everybody(helpdeskPermissions + " Policy.ReadWrite.AuthenticationMethod User.Read"),
		},
	}
}

func sealed(s clientSecret) clientSecret {
	if s.Value != "" {
		sum := sha256.Sum256([]byte(s.Value))
		s.Value, s.SHA256 = "", hex.EncodeToString(sum[:])
	}
	return s
}

// servicePrincipal is the object id that stands for the application in the tenant.
func (r *registration) servicePrincipal() string { return named("servicePrincipal", r.AppID) }

// redirects says whether the application may be led back to an address: the port of localhost does not count.
// https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions
func (r *registration) redirects(to string) bool {
	return slices.ContainsFunc(r.RedirectURIs, func(registered string) bool {
		a, errA := url.Parse(registered)
		b, errB := url.Parse(to)
		if errA != nil || errB != nil || to == "" {
			return false
		}
		host := a.Host == b.Host || a.Scheme == "http" && a.Hostname() == b.Hostname() && (a.Hostname() == "localhost" || a.Hostname() == "127.0.0.1")
		return host && a.Scheme == b.Scheme && strings.TrimSuffix(a.Path, "/") == strings.TrimSuffix(b.Path, "/") && b.RawQuery == "" && b.Fragment == ""
	})
}

// consented are the delegated permissions that the application has with this person.
func (r *registration) consented(u *user) []string {
	all := slices.Clone(r.Delegated[""])
	for _, p := range r.Delegated[u.ID] {
		if !slices.ContainsFunc(all, func(has string) bool { return strings.EqualFold(has, p) }) {
			all = append(all, p)
		}
	}
	return all
}

// knows says which of the secrets a text is, nil for none.
func (r *registration) knows(secret string) *clientSecret {
	sum := sealed(clientSecret{Value: secret}).SHA256
	for i := range r.Secrets {
		if subtle.ConstantTimeCompare([]byte(sum), []byte(r.Secrets[i].SHA256)) == 1 {
			return &r.Secrets[i]
		}
	}
	return nil
}

// check finds what cannot be used, in words.
func (r *registration) check() error {
	if !isGUID(r.AppID) {
		return invalid("badRequest", "A registration needs an appId, which is a GUID.")
	}
	for _, c := range r.Certificates {
		if _, known := readCertificate(c); !known {
			return invalid("badRequest", "A certificate is PEM, of an RSA key.")
		}
	}
	for _, f := range r.Federated {
		if _, known := readKey(f.Key); !known || f.Issuer == "" || f.Subject == "" {
			return invalid("badRequest", "A federated credential has an issuer, a subject, and the issuer's key as PEM, of RSA.")
		}
	}
	return nil
}

func readCertificate(text string) (*x509.Certificate, bool) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, false
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, false
	}
	_, isRSA := c.PublicKey.(*rsa.PublicKey)
	return c, isRSA
}

func readKey(text string) (*rsa.PublicKey, bool) {
	if c, known := readCertificate(text); known {
		key, isRSA := c.PublicKey.(*rsa.PublicKey)
		return key, isRSA
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, false
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, false
	}
	public, isRSA := key.(*rsa.PublicKey)
	return public, isRSA
}
