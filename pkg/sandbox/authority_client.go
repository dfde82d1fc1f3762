package sandbox

import (
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// skew is how far the clocks of a client and of the authority may be apart.
const skew = 5 * time.Minute

// client finds the application that a request names.
func (s *signing) client() (*registration, error) {
	id := lower(s.form.Get("client_id"))
	app := s.auth.Registrations[id]
	switch {
	case id == "":
		return nil, missing("client_id")
	case app == nil:
		return nil, deny(http.StatusBadRequest, "unauthorized_client", 700016,
			"Application with identifier '%s' was not found in the directory 'Contoso'.", id)
	case app.Disabled:
		return nil, deny(http.StatusBadRequest, "unauthorized_client", 7000112, "Application '%s'(%s) is disabled.", app.AppID, app.DisplayName)
	}
	return app, nil
}

// prove checks that the client is the application: by its secret or an assertion. An application for people has neither.
func (s *signing) prove(app *registration) error {
	secret, assertion := s.form.Get("client_secret"), s.form.Get("client_assertion")
	switch {
	case app.Public && (secret != "" || assertion != ""):
		return invalidClient(700025, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.")
	case app.Public:
		return nil
	case assertion != "":
		return s.proveByAssertion(app, assertion)
	case secret == "":
		return invalidClient(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	}
	known := app.knows(secret)
	switch {
	case known == nil:
		return invalidClient(7000215, "Invalid client secret provided. It is the secret's value that has to be sent for app '%s', not its id.", app.AppID)
	case known.Ends != nil && !s.now.Before(*known.Ends):
		return invalidClient(7000222, "The provided client secret keys for app '%s' are expired.", app.AppID)
	}
	return nil
}

// assertionClaims are those of a client's assertion:
// https://learn.microsoft.com/entra/identity-platform/certificate-credentials#claims-payload.
type assertionClaims struct {
	Aud any      `json:"aud"` // a text, or a list
	Iss string   `json:"iss"`
	Sub string   `json:"sub"`
	JTI string   `json:"jti"`
	Exp *float64 `json:"exp"`
	Nbf float64  `json:"nbf"`
}

func (c assertionClaims) addressed(to ...string) bool {
	for _, want := range to {
		switch aud := c.Aud.(type) {
		case string:
			if aud == want {
				return true
			}
		case []any:
			if slices.Contains(aud, any(want)) {
				return true
			}
		}
	}
	return false
}

// proveByAssertion takes an assertion that the client signed itself, or another's: a federated one has no thumbprint.
func (s *signing) proveByAssertion(app *registration, assertion string) error {
	if kind := s.form.Get("client_assertion_type"); kind != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return deny(http.StatusBadRequest, "invalid_request", 900144, "The request body must contain 'client_assertion_type' of JWT bearer.")
	}
	var c assertionClaims
	j, readable := readJWT(assertion)
	if !readable || json.Unmarshal(j.payload, &c) != nil {
		return invalidClient(50027, "Invalid JWT token. The client assertion cannot be read.")
	}
	if j.header.X5t == "" && j.header.X5tS256 == "" && c.Iss != app.AppID {
		return s.proveFederated(app, j, c)
	}
	return s.proveByCertificate(app, j, c)
}

func (s *signing) proveByCertificate(app *registration, j *jwt, c assertionClaims) error {
	if !strings.EqualFold(c.Iss, app.AppID) || !strings.EqualFold(c.Sub, app.AppID) {
		return invalidClient(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
	}
	key, err := s.certificate(app, j)
	if err != nil {
		return err
	}
	if !j.signedBy(key) {
		return invalidClient(700027, "Client assertion failed signature validation. [Reason - The provided signature value did not match the expected signature value.]")
	}
	root := s.base + "/" + splitPath(s.request.URL.EscapedPath())[0]
	if !c.addressed(root+"/oauth2/v2.0/token", s.base+"/"+TenantID+"/oauth2/v2.0/token", s.issuer()) {
		return invalidClient(700023, "Client assertion audience claim does not match Realm issuer.")
	}
	if err := s.inTime(c); err != nil {
		return err
	}
	// A real authority lets an assertion be used again while it is good, at least for a while: that it does not is our invention,
	// so that a client that repeats one is found.
	if c.JTI == "" || !s.spend("assertion "+app.AppID+" "+c.JTI, unixTime(*c.Exp).Add(skew)) {
		return invalidClient(50012, "Client assertion contains no jti, or one that was used before.")
	}
	return nil
}

// certificate is the key of the certificate that the assertion's header names by its thumbprint.
func (s *signing) certificate(app *registration, j *jwt) (*rsa.PublicKey, error) {
	for _, text := range app.Certificates {
		cert, _ := readCertificate(text)
		short, long := sha1.Sum(cert.Raw), sha256.Sum256(cert.Raw)
		if !sameBytes(j.header.X5t, short[:]) && !sameBytes(j.header.X5tS256, long[:]) {
			continue
		}
		if s.now.Before(cert.NotBefore) || s.now.After(cert.NotAfter) {
			return nil, invalidClient(700027, "The certificate used to sign the client assertion is not within its valid time range. [Reason - The key used is expired.]")
		}
		key, _ := cert.PublicKey.(*rsa.PublicKey)
		return key, nil
	}
	return nil, invalidClient(700027, "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]")
}

// inTime says whether the assertion is good now. Without an end it never is.
func (s *signing) inTime(c assertionClaims) error {
	from, until := unixTime(c.Nbf), time.Time{}
	if c.Exp != nil {
		until = unixTime(*c.Exp)
	}
	if c.Exp == nil || s.now.Add(skew).Before(from) || s.now.Add(-skew).After(until) {
		return invalidClient(700024, "Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, expiry time of assertion %s.",
			s.now.Format(time.RFC3339), from.Format(time.RFC3339), until.Format(time.RFC3339))
	}
	return nil
}

func unixTime(seconds float64) time.Time { return time.Unix(int64(seconds), 0).UTC() }

// proveFederated checks another's token: issuer, subject and audience are compared as they are, case and all.
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation. It may be used again, as the token in a pod's file is.
func (s *signing) proveFederated(app *registration, j *jwt, c assertionClaims) error {
	const advice = "Please check your federated identity credential Subject, Audience and Issuer against the presented assertion."
	found := slices.Clone(app.Federated)
	for _, step := range []struct {
		code        int
		what, shown string
		fits        func(federated) bool
	}{
		{700211, "issuer", c.Iss, func(f federated) bool { return f.Issuer == c.Iss }},
		{700213, "subject", c.Sub, func(f federated) bool { return f.Subject == c.Sub }},
		{700212, "audience", fmt.Sprint(c.Aud), func(f federated) bool { return c.addressed(f.audience()) }},
	} {
		found = slices.DeleteFunc(found, func(f federated) bool { return !step.fits(f) })
		if len(found) == 0 {
			return invalidClient(step.code, "No matching federated identity record found for presented assertion %s '%s'. %s", step.what, step.shown, advice)
		}
	}
	if !slices.ContainsFunc(found, func(f federated) bool {
		key, known := readKey(f.Key)
		return known && j.signedBy(key)
	}) {
		return invalidClient(50013, "Assertion failed signature validation.")
	}
	return s.inTime(c)
}
