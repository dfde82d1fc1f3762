// Package entra plays Microsoft Entra's side of every sign-in for tests: the authority with its browser and device flows,
// secrets, certificates and federated tokens, which it really checks, and the machines and CI systems that say who somebody is. It must not be part of the
// program, nor share code with what it tests.
package entra

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Everything that must not be seen carries the mark. The lengths are those of real ones.
const (
	Mark   = "canary-"
	Secret = Mark + "secret-8Q~1234567890abcdefghijklm" // 40 characters
	Token  = Mark + "token.eyJhdWQiOiJodHRwczovL2dyYXBoLm1pY3Jvc29mdC5jb20ifQ.c2lnbmF0dXJlc2lnbmF0dXJl"
	Other  = Mark + "other-refresh-and-device-codes-are-no-less-secret"

	TraceID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
)

// Authority plays the authority, as a handler, and takes note of what it is asked. It answers for every tenant and host name.
type Authority struct {
	TenantID, ClientID string // GUIDs: of the account that is signed in, and the client id that certificates and federated tokens are for

	Pending  int            // how often the device code is not entered yet
	Expires  int            // how long it lives, in seconds
	Lifetime int            // how long a token lives, in seconds
	Claims   map[string]any // of the tokens; nil: Token, for a person with the number of the answer behind it
	Ahead    time.Duration  // how far the authority's clock is ahead

	Registered []Registered // the certificates of the application
	Federated  []Federated  // its federated credentials

	mux     *http.ServeMux
	mu      sync.Mutex
	instead map[string]http.HandlerFunc // by endpoint: openid, token, devicecode, authorize
	asked   map[string][]url.Values     // likewise
	hosts   []string
	paths   []string
	seenJTI map[string]bool
	issued  int
}

// New returns an authority of this tenant, which knows this client.
func New(tenant, client string) *Authority {
	a := &Authority{
		TenantID: tenant, ClientID: client, Expires: 900, Lifetime: 3599,
		mux: http.NewServeMux(), instead: map[string]http.HandlerFunc{}, asked: map[string][]url.Values{}, seenJTI: map[string]bool{},
	}
	a.mux.HandleFunc("GET /common/discovery/instance", a.instance)
	a.mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", a.at("openid", a.openid))
	a.mux.HandleFunc("GET /{tenant}/oauth2/v2.0/authorize", a.at("authorize", a.authorize))
	a.mux.HandleFunc("POST /{tenant}/oauth2/v2.0/devicecode", a.at("devicecode", a.devicecode))
	a.mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", a.at("token", a.Answer))
	return a
}

// ServeHTTP answers as the authority.
func (a *Authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.hosts, a.paths = append(a.hosts, r.Host), append(a.paths, r.URL.Path)
	a.mu.Unlock()
	w.Header().Set("Date", a.now().UTC().Format(http.TimeFormat))
	a.mux.ServeHTTP(w, r)
}

func (a *Authority) now() time.Time { return time.Now().Add(a.Ahead) }

// On makes the endpoint openid, token, devicecode or authorize answer by h from now on.
func (a *Authority) On(endpoint string, h http.HandlerFunc) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.instead[endpoint] = h
}

// Seen returns the hosts and the paths that were asked for.
func (a *Authority) Seen() (hosts, paths []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.hosts), slices.Clone(a.paths)
}

// Requests returns the forms or queries that were sent to the endpoint.
func (a *Authority) Requests(endpoint string) []url.Values {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.asked[endpoint])
}

func (a *Authority) at(endpoint string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		a.mu.Lock()
		a.asked[endpoint] = append(a.asked[endpoint], maps.Clone(r.Form))
		answer := a.instead[endpoint]
		a.mu.Unlock()
		if answer == nil {
			answer = h
		}
		answer(w, r)
	}
}

func (a *Authority) instance(w http.ResponseWriter, r *http.Request) {
	reply(w, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": "https://" + r.Host + "/common/v2.0/.well-known/openid-configuration",
		"metadata":                  []any{map[string]any{"preferred_network": r.Host, "preferred_cache": r.Host, "aliases": []string{r.Host}}},
	})
}

func (a *Authority) openid(w http.ResponseWriter, r *http.Request) {
	root := "https://" + r.Host + "/" + r.PathValue("tenant")
	reply(w, http.StatusOK, map[string]any{
		"issuer":                        root + "/v2.0",
		"authorization_endpoint":        root + "/oauth2/v2.0/authorize",
		"device_authorization_endpoint": root + "/oauth2/v2.0/devicecode",
		"token_endpoint":                root + "/oauth2/v2.0/token",
	})
}

// authorize shows the page that posts its form by itself: response_mode=form_post.
func (a *Authority) authorize(w http.ResponseWriter, r *http.Request) {
	FormPost(w, r, map[string]string{"code": Other, "state": r.Form.Get("state")})
}

// FormPost shows a page whose form goes to the request's redirect_uri with these fields.
func FormPost(w http.ResponseWriter, r *http.Request, fields map[string]string) {
	page := template.Must(template.New("").Parse(
		`<form method="POST" action="{{.To}}">{{range $k, $v := .Fields}}<input type="hidden" name="{{$k}}" value="{{$v}}"/>{{end}}</form>`))
	_ = page.Execute(w, map[string]any{"To": r.Form.Get("redirect_uri"), "Fields": fields})
}

func (a *Authority) devicecode(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{
		"user_code": "ABCD1234", "device_code": Other, "verification_uri": "https://microsoft.com/devicelogin",
		"expires_in": a.Expires, "interval": 1, "message": "as the authority puts it",
	})
}

// Answer is the token endpoint.
func (a *Authority) Answer(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.issued++
	n, early := a.issued, a.issued <= a.Pending
	a.mu.Unlock()
	f := r.PostForm
	switch grant := f.Get("grant_type"); {
	case grant == "client_credentials":
		a.application(w, r)
	case grant == "device_code" && early:
		Refuse(400, "authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending.")(w, r)
	case grant == "device_code", grant == "refresh_token", grant == "authorization_code" && a.proven(f):
		a.Person(w, r, n)
	default:
		Refuse(400, "invalid_grant", 501481, "The Code_Verifier does not match the code_challenge.")(w, r)
	}
}

// application answers an application, which shows a secret or an assertion. Entra sends no id_token and no client_info then.
func (a *Authority) application(w http.ResponseWriter, r *http.Request) {
	f := r.PostForm
	refused := f.Get("client_secret") != Secret
	no := refusal{7000215, "Invalid client secret provided."}
	if f.Get("client_assertion") != "" {
		no, refused = a.assertion(f, "https://"+r.Host+r.URL.Path)
	}
	if refused {
		Refuse(http.StatusUnauthorized, "invalid_client", no.code, no.text)(w, r)
		return
	}
	reply(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": a.Lifetime, "access_token": a.token("", f.Get("scope"))})
}

// token is for the resource of the scope, without its last part.
func (a *Authority) token(number, scope string) string {
	if a.Claims == nil {
		return Token + number
	}
	claims := maps.Clone(a.Claims)
	first, _, _ := strings.Cut(scope, " ")
	claims["exp"] = a.now().Add(time.Duration(a.Lifetime) * time.Second).Unix()
	if scheme, rest, ok := strings.Cut(first, "://"); ok {
		claims["aud"] = scheme + "://" + path.Dir(rest)
	}
	return Mark + "token." + Encoded(claims) + ".c2lnbmF0dXJlc2lnbmF0dXJl"
}

// proven checks the code against what the browser was sent with (RFC 7636).
func (a *Authority) proven(f url.Values) bool {
	all := a.Requests("authorize")
	q := all[len(all)-1]
	sum := sha256.Sum256([]byte(f.Get("code_verifier")))
	return f.Get("code") == Other && q.Get("code_challenge") == base64.RawURLEncoding.EncodeToString(sum[:]) &&
		q.Get("redirect_uri") == f.Get("redirect_uri")
}

// Person answers with token number n for a person. The account is known by id_token and client_info.
func (a *Authority) Person(w http.ResponseWriter, r *http.Request, n int) {
	claims := map[string]any{
		"iss": "https://" + r.Host + "/" + a.TenantID + "/v2.0", "aud": r.PostForm.Get("client_id"), "tid": a.TenantID,
		"oid": a.ClientID, "sub": "sub", "preferred_username": "helpdesk@contoso.com",
	}
	reply(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": a.Lifetime, "scope": r.PostForm.Get("scope"),
		"access_token": a.token(fmt.Sprint(n), r.PostForm.Get("scope")), "refresh_token": Other,
		"id_token":    "e30." + Encoded(claims) + ".c2ln",
		"client_info": Encoded(map[string]any{"uid": a.ClientID, "utid": a.TenantID}),
	})
}

// Encoded is v as JSON in the base64 of tokens.
func Encoded(v any) string {
	b, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(b)
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// Refuse answers in the form that Entra has. The mark stands where nothing is to be shown from.
func Refuse(status int, oauth string, code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		const correlation = "11111111-2222-4333-8444-555555555555"
		reply(w, status, map[string]any{
			"error": oauth, "error_codes": []int{code},
			"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: 2026-12-01 08:00:00Z", code, text, TraceID, correlation),
			"trace_id":          TraceID, "correlation_id": correlation, "timestamp": "2026-12-01 08:00:00Z",
			"error_uri": "https://" + Mark + "uri", "suberror": Mark + "suberror", "claims": Mark + "claims",
		})
	}
}
