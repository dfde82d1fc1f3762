package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// issued are the claims of the authority's access tokens that Graph looks at besides those of any token.
type issued struct {
	claims
	Aud          string   `json:"aud"`
	Nbf          float64  `json:"nbf"`
	Capabilities []string `json:"xms_cc"`
	ACRs         []string `json:"acrs"`
	Session      int      `json:"sandbox_session"`
}

// whoCalls is authenticate, and knows the tokens of the authority as well: those are signed.
func (x *tx) whoCalls(h http.Header) (*caller, error) {
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	j, readable := readJWT(token)
	if !strings.EqualFold(scheme, "Bearer") || !readable || j.header.Alg == "" || j.header.Alg == "none" {
		return x.authenticate(h, x.now)
	}
	var c issued
	ours, err := x.open(token, &c)
	switch {
	case err != nil:
		return nil, err
	case !ours:
		return nil, unauthenticated("Access token validation failure. Invalid signature.")
	case !slices.Contains(graphResources, c.Aud):
		return nil, unauthenticated("Access token validation failure. Invalid audience.")
	case c.Exp == nil:
		return nil, unauthenticated("Access token validation failure. The exp claim is missing.")
	case x.now.Add(skew).Before(unixTime(c.Nbf)):
		return nil, unauthenticated("Lifetime validation failed, the token is not yet valid.")
	}
	found, err := x.bearer(c.claims, x.now)
	if err != nil {
		return nil, err
	}
	return found, x.challenge(found, c)
}

// challenge wants another token of a person whose sessions were revoked, or of whom more is demanded.
// https://learn.microsoft.com/entra/identity/conditional-access/concept-continuous-access-evaluation: only a client that declares
// cp1 is told of the former, the token of another lasts until its end. https://learn.microsoft.com/entra/identity-platform/claims-challenge
func (x *tx) challenge(c *caller, token issued) error {
	if c.application || x.Authority == nil {
		return nil
	}
	own := x.Authority.session(c.id)
	switch {
	case slices.Contains(token.Capabilities, "cp1") && token.Session < own.Revoked:
		return challenged("nbf", fmt.Sprint(own.RevokedAt.Unix()))
	case own.Demand != "" && !slices.Contains(token.ACRs, own.Demand):
		return challenged("acrs", own.Demand)
	}
	return nil
}

func challenged(name, value string) error {
	wants, _ := json.Marshal(map[string]any{"access_token": map[string]any{name: map[string]any{"essential": true, "value": value}}})
	f := refuse(http.StatusUnauthorized, "InvalidAuthenticationToken", "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp")
	if name == "acrs" {
		f.message = "The token lacks the authentication context " + value + "."
	}
	f.header = http.Header{"Www-Authenticate": {`Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ` +
		`client_id="00000003-0000-0000-c000-000000000000", error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString(wants) + `"`}}
	return f
}
