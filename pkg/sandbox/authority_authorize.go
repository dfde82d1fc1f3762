package sandbox

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// authorize is where a client sends a person's browser. Who signs in is said by the control plane's choice, by login_hint, or by
// whoever looks at the page. A refusal goes back to the client (RFC 6749, 4.1.2.1), but where the client cannot be trusted. At
// Microsoft a person sees some of these on a page, and nothing comes back: that it does is our invention, so that the client ends.
func authorize(s *signing) (reply, error) {
	app, err := s.client()
	if err != nil {
		return s.shown(err), nil
	}
	if to := s.form.Get("redirect_uri"); !app.redirects(to) {
		return s.shown(deny(http.StatusBadRequest, "invalid_request", 50011,
			"The redirect URI '%s' specified in the request does not match the redirect URIs configured for the application '%s'.", to, app.AppID)), nil
	}
	w, claims, err := s.checkAuthorize()
	if err != nil {
		return s.back(nil, err)
	}
	u, err := s.whoSignsIn()
	if err != nil {
		return s.back(nil, err)
	}
	if u == nil {
		return peoplePage(s), nil
	}
	if err := s.signedIn(app, u, w); err != nil {
		return s.back(nil, err)
	}
	code, err := s.code(app, u, claims)
	if err != nil {
		return reply{}, err
	}
	return s.back(url.Values{"code": {code}}, nil)
}

func (s *signing) checkAuthorize() (scopes, requested, error) {
	switch s.form.Get("response_mode") {
	case "", "query", "fragment", "form_post":
	default:
		return scopes{}, requested{}, deny(0, "invalid_request", 70007, "The app returned an unsupported value of 'response_mode' when requesting a token.")
	}
	if s.form.Get("response_type") != "code" {
		return scopes{}, requested{}, deny(0, "unsupported_response_type", 70005, "The response type '%s' is not enabled for the app.", s.form.Get("response_type"))
	}
	switch method := s.form.Get("code_challenge_method"); {
	case method != "" && method != "S256" && method != "plain":
		return scopes{}, requested{}, deny(0, "invalid_request", 501491, "Invalid method of Code_Challenge: '%s'.", method)
	case (method == "") != (s.form.Get("code_challenge") == "") && method != "":
		return scopes{}, requested{}, deny(0, "invalid_request", 501491, "Invalid size of Code_Challenge parameter.")
	}
	w, err := readScopes(s.form.Get("scope"))
	if err != nil {
		return w, requested{}, err
	}
	claims, err := readClaims(s.form.Get("claims"))
	return w, claims, err
}

// whoSignsIn is nil where a person has to be asked.
func (s *signing) whoSignsIn() (*user, error) {
	declined := deny(0, "access_denied", 65004, "User declined to consent to access the app.")
	name := s.form.Get("login_hint")
	if c := s.choose(); c != nil {
		if c.Decline {
			return nil, declined
		}
		name = c.User
	}
	if pick := s.form.Get("sandbox_choice"); pick != "" { // of the page
		if name = pick; pick == "decline" {
			return nil, declined
		}
	}
	switch u, known := s.user(name); {
	case known:
		return u, nil
	case name != "":
		return nil, deny(0, "access_denied", 50034, "The user account %s does not exist in the Contoso directory.", name)
	case s.form.Get("prompt") == "none":
		return nil, deny(0, "login_required", 50058, "A silent sign-in request was sent but no user is signed in.")
	}
	return nil, nil
}

// signedIn says whether a person who signs in now is let in, with what the client wants. What a sign-in settles is settled.
func (s *signing) signedIn(app *registration, u *user, w scopes) error {
	own := s.auth.session(u.ID)
	switch {
	case !u.AccountEnabled:
		return deny(0, "access_denied", 50057, "%s", trouble[50057])
	case own.Trouble != 0 && !settled(own.Trouble):
		return deny(0, "access_denied", own.Trouble, "%s", trouble[own.Trouble])
	}
	if _, err := w.grant(app, u); err != nil {
		var r *refusal
		if errors.As(err, &r) {
			r.oauth = "consent_required" // OpenID Connect, 3.1.2.6
		}
		return err
	}
	if own.Trouble != 0 {
		own.Trouble = 0
		s.auth.Sessions[u.ID], s.changed = &own, true
	}
	return nil
}

// code stands for the sign-in until the client redeems it. A sign-in that is asked for an authentication context has it.
func (s *signing) code(app *registration, u *user, claims requested) (string, error) {
	method := s.form.Get("code_challenge_method")
	if method == "" {
		method = "plain" // RFC 7636, 4.3
	}
	return s.sign(sealedGrant{
		Use: useCode, ID: newID(), App: app.AppID, User: u.ID, Scope: s.form.Get("scope"), ACRs: claims.acrs,
		Session: s.auth.session(u.ID).Revoked, Issued: s.now.Unix(), Ends: s.now.Add(time.Duration(s.auth.Lifetimes.Code)).Unix(),
		Redirect: s.form.Get("redirect_uri"), Challenge: s.form.Get("code_challenge"), Method: method, Nonce: s.form.Get("nonce"),
	})
}

// back leads the browser to the client, with a code or a refusal, in the way that the client asked for.
func (s *signing) back(values url.Values, err error) (reply, error) {
	if err != nil {
		var r *refusal
		if !errors.As(err, &r) {
			return reply{}, err
		}
		values = url.Values{"error": {r.oauth}, "error_description": {s.described(r)}}
		if r.suberror != "" {
			values.Set("error_subcode", r.suberror)
		}
	}
	if state := s.form.Get("state"); state != "" {
		values.Set("state", state)
	}
	to := s.form.Get("redirect_uri")
	switch s.form.Get("response_mode") {
	case "form_post":
		return formPost(to, values), nil
	case "fragment":
		return redirect(to + "#" + values.Encode()), nil
	}
	return redirect(to + "?" + values.Encode()), nil
}

// redeemCode checks that whoever brings the code is who sent the browser (RFC 7636), once.
func redeemCode(s *signing, app *registration) (reply, error) {
	var g sealedGrant
	ours, err := s.open(s.form.Get("code"), &g)
	if err != nil {
		return reply{}, err
	}
	switch {
	case s.form.Get("code") == "":
		return reply{}, missing("code")
	case !ours || g.Use != useCode || g.App != app.AppID:
		return reply{}, invalidGrant(70000, "The provided value for the input parameter 'code' is not valid.")
	case s.now.Unix() >= g.Ends:
		return reply{}, invalidGrant(70008, "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.")
	case s.form.Get("redirect_uri") != g.Redirect:
		return reply{}, invalidGrant(500112, "The reply address '%s' does not match the reply address '%s' provided when requesting Authorization code.", s.form.Get("redirect_uri"), g.Redirect)
	case !answersChallenge(g, s.form.Get("code_verifier")):
		return reply{}, invalidGrant(501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request.")
	case !s.spend("code "+g.ID, time.Unix(g.Ends, 0)):
		return reply{}, invalidGrant(54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.")
	}
	return s.redeemPerson(app, g)
}

func answersChallenge(g sealedGrant, verifier string) bool {
	if g.Challenge == "" {
		return verifier == ""
	}
	if g.Method == "S256" {
		sum := sha256.Sum256([]byte(verifier))
		verifier = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return subtle.ConstantTimeCompare([]byte(verifier), []byte(g.Challenge)) == 1
}
