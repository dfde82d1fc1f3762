package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// sealedGrant is what a code or a refresh token stands for. Clients see it as an opaque text.
type sealedGrant struct {
	Use       string   `json:"use"` // code or refresh: neither is taken for the other, or for an access token
	ID        string   `json:"jti"`
	App       string   `json:"app"`
	User      string   `json:"user"` // object id
	Scope     string   `json:"scope"`
	ACRs      []string `json:"acrs,omitempty"`
	Session   int      `json:"session"` // how often the person's sessions had been revoked
	Issued    int64    `json:"iat"`
	Ends      int64    `json:"exp"`
	Redirect  string   `json:"redirect,omitempty"` // of a code, like the following
	Challenge string   `json:"challenge,omitempty"`
	Method    string   `json:"method,omitempty"`
	Nonce     string   `json:"nonce,omitempty"`
}

const (
	useCode    = "code"
	useRefresh = "refresh"
)

// redeem is the token endpoint.
func redeem(s *signing) (reply, error) {
	app, err := s.client()
	if err != nil {
		return reply{}, err
	}
	grants := map[string]func(*signing, *registration) (reply, error){
		"client_credentials": redeemClient, "authorization_code": redeemCode, "refresh_token": redeemRefresh,
		"device_code": redeemDevice, "urn:ietf:params:oauth:grant-type:device_code": redeemDevice,
	}
	kind := s.form.Get("grant_type")
	grant := grants[kind]
	switch {
	case kind == "":
		return reply{}, missing("grant_type")
	case grant == nil:
		return reply{}, deny(http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '%s'.", kind)
	}
	if err := s.prove(app); err != nil {
		return reply{}, err
	}
	return grant(s, app)
}

// redeemClient gives an application a token with what an administrator consented to.
func redeemClient(s *signing, app *registration) (reply, error) {
	if app.Public {
		return reply{}, invalidClient(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	}
	switch splitPath(s.request.URL.EscapedPath())[0] {
	case "common", "organizations":
		return reply{}, deny(http.StatusBadRequest, "invalid_request", 50059, "No tenant-identifying information found in either the request or implied by any provided credentials.")
	}
	w, err := readScopes(s.form.Get("scope"))
	if err != nil {
		return reply{}, err
	}
	if !w.all {
		return reply{}, deny(http.StatusBadRequest, "invalid_scope", 1002012, "The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", s.form.Get("scope"))
	}
	claims, err := readClaims(s.form.Get("claims"))
	if err != nil {
		return reply{}, err
	}
	token := s.accessClaims(app, w, claims)
	token["oid"], token["sub"], token["idtyp"] = app.servicePrincipal(), app.servicePrincipal(), "app"
	if w.ofGraph() {
		token["roles"] = app.Application
	}
	signed, err := s.sign(token)
	if err != nil {
		return reply{}, err
	}
	return s.tokenReply(signed, claims, nil), nil
}

// accessClaims are those that the access tokens of people and of applications share, in version 1.0, as Graph's are.
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
func (s *signing) accessClaims(app *registration, w scopes, claims requested) map[string]any {
	proof := "1" // appidacr: 0 for a public client, 1 for a secret, 2 for a certificate
	switch {
	case app.Public:
		proof = "0"
	case s.form.Get("client_assertion") != "":
		proof = "2"
	}
	c := map[string]any{
		"aud": w.resource, "iss": "https://sts.windows.net/" + TenantID + "/", "tid": TenantID, "ver": "1.0", "uti": newID(),
		"iat": s.now.Unix(), "nbf": s.now.Unix(), "exp": s.now.Add(s.auth.lifetime(claims.capable)).Unix(),
		"appid": app.AppID, "app_displayname": app.DisplayName, "appidacr": proof,
	}
	if claims.capable {
		c["xms_cc"] = []string{"cp1"}
	}
	return c
}

// tokenReply is the answer of the token endpoint; more is what a person's has besides.
func (s *signing) tokenReply(access string, claims requested, more map[string]any) reply {
	seconds := int(s.auth.lifetime(claims.capable) / time.Second)
	body := map[string]any{"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": access}
	for name, value := range more {
		body[name] = value
	}
	return ok(body)
}

// redeemPerson gives a client the tokens of a person, for the scope of the request or, where that has none, of the grant.
func (s *signing) redeemPerson(app *registration, g sealedGrant) (reply, error) {
	u, err := s.admit(g)
	if err != nil {
		return reply{}, err
	}
	scope := s.form.Get("scope")
	if scope == "" {
		scope = g.Scope
	}
	w, err := readScopes(scope)
	if err != nil {
		return reply{}, err
	}
	claims, err := readClaims(s.form.Get("claims"))
	if err != nil {
		return reply{}, err
	}
	if !covers(g.ACRs, claims.acrs) {
		return reply{}, stepUp(s.form.Get("claims"))
	}
	permissions, err := w.grant(app, u)
	if err != nil {
		return reply{}, err
	}
	more := map[string]any{"scope": w.granted(permissions)}
	signed, err := s.sign(s.personClaims(app, u, w, claims, permissions, g))
	if err == nil && w.offline {
		more["refresh_token"], err = s.refreshToken(app, u, scope, g)
	}
	if err == nil && w.openID {
		more["id_token"], err = s.idToken(app, u, g.Nonce)
	}
	if err != nil {
		return reply{}, err
	}
	if s.form.Get("client_info") != "" {
		info, _ := json.Marshal(map[string]string{"uid": u.ID, "utid": TenantID})
		more["client_info"] = base64.RawURLEncoding.EncodeToString(info)
	}
	return s.tokenReply(signed, claims, more), nil
}

func (s *signing) personClaims(app *registration, u *user, w scopes, claims requested, permissions []string, g sealedGrant) map[string]any {
	c := s.accessClaims(app, w, claims)
	c["oid"], c["sub"], c["idtyp"] = u.ID, named("subject", app.AppID+u.ID), "user"
	c["upn"], c["unique_name"], c["name"] = u.UserPrincipalName, u.UserPrincipalName, u.DisplayName
	c["scp"] = strings.Join(permissions, " ")
	if len(g.ACRs) > 0 {
		c["acrs"] = g.ACRs
	}
	// Which of the person's revocations the token came after: seconds are too coarse to tell. A real token has no such claim.
	c["sandbox_session"] = g.Session
	return c
}

func (s *signing) refreshToken(app *registration, u *user, scope string, g sealedGrant) (string, error) {
	return s.sign(sealedGrant{
		Use: useRefresh, ID: newID(), App: app.AppID, User: u.ID, Scope: scope, ACRs: g.ACRs, Session: g.Session,
		Issued: s.now.Unix(), Ends: s.now.Add(time.Duration(s.auth.Lifetimes.RefreshToken)).Unix(),
	})
}

// idToken tells the client who signed in: https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference.
func (s *signing) idToken(app *registration, u *user, nonce string) (string, error) {
	c := map[string]any{
		"aud": app.AppID, "iss": s.issuer(), "tid": TenantID, "ver": "2.0", "oid": u.ID, "sub": named("subject", app.AppID+u.ID),
		"name": u.DisplayName, "preferred_username": u.UserPrincipalName, "email": u.Mail,
		"iat": s.now.Unix(), "nbf": s.now.Unix(), "exp": s.now.Add(time.Hour).Unix(),
	}
	if nonce != "" {
		c["nonce"] = nonce
	}
	return s.sign(c)
}

// redeemRefresh goes on with a sign-in of before.
func redeemRefresh(s *signing, app *registration) (reply, error) {
	var g sealedGrant
	ours, err := s.open(s.form.Get("refresh_token"), &g)
	if err != nil {
		return reply{}, err
	}
	switch {
	case s.form.Get("refresh_token") == "":
		return reply{}, missing("refresh_token")
	case !ours || g.Use != useRefresh || g.App != app.AppID:
		return reply{}, invalidGrant(70000, "The provided value for the input parameter 'refresh_token' or 'assertion' is not valid.")
	case s.now.Unix() >= g.Ends:
		r := invalidGrant(700082, "The refresh token has expired due to inactivity. The token was issued on %s and was inactive for %s.",
			time.Unix(g.Issued, 0).UTC().Format(time.RFC3339), time.Duration(g.Ends-g.Issued)*time.Second)
		r.suberror = "bad_token"
		return reply{}, r
	}
	return s.redeemPerson(app, g)
}

// admit says whether the person of a grant may have a token still, without anybody being asked.
func (s *signing) admit(g sealedGrant) (*user, error) {
	u, known := s.user(g.User)
	if !known {
		return nil, invalidGrant(50034, "The user account does not exist in the Contoso directory.")
	}
	own := s.auth.session(u.ID)
	switch {
	case !u.AccountEnabled:
		return nil, invalidGrant(50057, "%s", trouble[50057])
	case g.Session < own.Revoked:
		r := invalidGrant(50173, "The provided grant has expired due to it being revoked, a fresh auth token is needed. The grant was issued on '%s' and the TokensValidFrom date for this user is '%s'.",
			time.Unix(g.Issued, 0).UTC().Format(time.RFC3339), own.RevokedAt.Format(time.RFC3339))
		r.suberror = "bad_token"
		return nil, r
	case own.Trouble != 0:
		r := invalidGrant(own.Trouble, "%s", trouble[own.Trouble])
		r.suberror = "message_only"
		if settled(own.Trouble) {
			r.suberror = "basic_action"
		}
		return nil, r
	}
	return u, nil
}

func covers(has, want []string) bool {
	return !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(has, w) })
}

// stepUp asks for a sign-in in which the person does what an authentication context demands.
func stepUp(claims string) *refusal {
	r := invalidGrant(50076, "%s", trouble[50076])
	r.suberror, r.claims = "basic_action", claims
	return r
}
