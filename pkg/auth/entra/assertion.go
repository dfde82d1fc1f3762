package entra

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the x5t header is a SHA-1 thumbprint by its standard
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"
)

// Registered is a certificate of the application.
type Registered struct{ *x509.Certificate }

// Federated is a federated credential of the application: whose tokens about whom it believes.
type Federated struct {
	Issuer, Subject, Audience string
	Key                       *rsa.PublicKey
}

type refusal struct {
	code int
	text string
}

// jwt is an assertion, taken apart and not believed.
type jwt struct {
	header struct {
		Alg     string `json:"alg"`
		X5T     string `json:"x5t"`
		X5TS256 string `json:"x5t#S256"`
	}
	claims struct {
		Iss string `json:"iss"`
		Sub string `json:"sub"`
		Aud string `json:"aud"`
		JTI string `json:"jti"`
		Exp int64  `json:"exp"`
		NBF int64  `json:"nbf"`
	}
	signed    string
	signature []byte
}

func parse(text string) (*jwt, bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, false
	}
	j := &jwt{signed: parts[0] + "." + parts[1]}
	decode := func(part string, into any) bool {
		b, err := base64.RawURLEncoding.DecodeString(part)
		return err == nil && json.Unmarshal(b, into) == nil
	}
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	j.signature = sig
	return j, err == nil && decode(parts[0], &j.header) && decode(parts[1], &j.claims)
}

// verifies reports whether the key signed it, by RS256 or PS256 as its header says.
func (j *jwt) verifies(key *rsa.PublicKey) bool {
	sum := sha256.Sum256([]byte(j.signed))
	switch j.header.Alg {
	case "RS256":
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], j.signature) == nil
	case "PS256":
		return rsa.VerifyPSS(key, crypto.SHA256, sum[:], j.signature, nil) == nil
	}
	return false
}

// assertion judges the client assertion of a request to the endpoint: https://learn.microsoft.com/entra/identity-platform/certificate-credentials.
func (a *Authority) assertion(f url.Values, endpoint string) (refusal, bool) {
	j, ok := parse(f.Get("client_assertion"))
	switch {
	case f.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", !ok:
		return refusal{50027, "JWT token is invalid or malformed."}, true
	case f.Get("client_id") != a.ClientID:
		return refusal{700016, "Application with identifier '" + f.Get("client_id") + "' was not found in the directory."}, true
	case j.header.X5T != "" || j.header.X5TS256 != "":
		return a.certified(j, endpoint)
	}
	return a.federated(j)
}

// certified judges an assertion that a certificate signed. It may be used once.
func (a *Authority) certified(j *jwt, endpoint string) (refusal, bool) {
	var signer *x509.Certificate
	for _, c := range a.Registered {
		s1, s256 := sha1.Sum(c.Raw), sha256.Sum256(c.Raw) //nolint:gosec // see the import
		if j.header.Alg == "PS256" && same(j.header.X5TS256, s256[:]) || j.header.Alg == "RS256" && same(j.header.X5T, s1[:]) {
			signer = c.Certificate
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	key, isRSA := (*rsa.PublicKey)(nil), false
	if signer != nil {
		key, isRSA = signer.PublicKey.(*rsa.PublicKey)
	}
	switch now := a.now(); {
	case !isRSA || !j.verifies(key):
		return refusal{700027, "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]"}, true
	case now.After(signer.NotAfter):
		return refusal{700027, "The certificate with identifier used to sign the client assertion is expired on application. [Reason - The key used is expired.]"}, true
	case j.claims.Iss != a.ClientID || j.claims.Sub != a.ClientID:
		return refusal{700021, "Client assertion application identifier doesn't match 'client_id' parameter."}, true
	case j.claims.Aud != endpoint:
		return refusal{700023, "Client assertion audience claim does not match Realm issuer."}, true
	case !j.timely(now):
		return untimely(), true
	case j.claims.JTI == "" || a.seenJTI[j.claims.JTI]:
		return refusal{50027, "The assertion was used before, or has no jti."}, true
	}
	a.seenJTI[j.claims.JTI] = true
	return refusal{}, false
}

// federated judges another issuer's token.
func (a *Authority) federated(j *jwt) (refusal, bool) {
	no := refusal{700211, "No matching federated identity record found for presented assertion issuer '" + j.claims.Iss + "'."}
	for _, c := range a.Federated {
		switch {
		case c.Issuer != j.claims.Iss:
		case c.Subject != j.claims.Sub:
			no = refusal{700213, "No matching federated identity record found for presented assertion subject '" + j.claims.Sub + "'."}
		case c.Audience != j.claims.Aud:
			no = refusal{700212, "No matching federated identity record found for presented assertion audience '" + j.claims.Aud + "'."}
		case !j.verifies(c.Key):
			no = refusal{50013, "Assertion failed signature validation."}
		case !j.timely(a.now()):
			no = untimely()
		default:
			return refusal{}, false
		}
	}
	return no, true
}

func untimely() refusal {
	return refusal{700024, "Client assertion is not within its valid time range."}
}

// timely allows for clocks that differ by five minutes, as Entra does.
func (j *jwt) timely(now time.Time) bool {
	const skew = 300
	return j.claims.Exp > now.Unix()-skew && j.claims.NBF < now.Unix()+skew
}

// same compares a thumbprint in either base64, with or without its padding.
func same(header string, sum []byte) bool {
	header = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(header, "="))
	return header == base64.RawURLEncoding.EncodeToString(sum)
}
