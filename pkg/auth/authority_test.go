package auth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// Everything that must not be seen carries the mark. The lengths are those of real ones.
const (
	mark         = "canary-"
	canarySecret = mark + "secret-8Q~1234567890abcdefghijklm" // 40 characters
	canaryToken  = mark + "token.eyJhdWQiOiJodHRwczovL2dyYXBoLm1pY3Jvc29mdC5jb20ifQ.c2lnbmF0dXJlc2lnbmF0dXJl"
	canaryOther  = mark + "other-refresh-and-device-codes-are-no-less-secret"

	tenantID = "7a3d9c1e-5b64-4e0f-9a51-0c2f4b1d8e77"
	clientID = "11111111-2222-4333-8444-555555555555"
	traceID  = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
)

// authority plays Microsoft Entra's side of the protocols over TLS and takes note of what it is asked.
type authority struct {
	*httptest.Server
	pending int // how often the device code is not entered yet
	expires int // how long it lives, in seconds

	mu      sync.Mutex
	instead map[string]http.HandlerFunc // by endpoint: openid, token, devicecode, authorize
	asked   map[string][]url.Values     // likewise
	hosts   []string
	paths   []string
	issued  int
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{expires: 900, instead: map[string]http.HandlerFunc{}, asked: map[string][]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /common/discovery/instance", a.instance)
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", a.at("openid", a.openid))
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/authorize", a.at("authorize", a.authorize))
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/devicecode", a.at("devicecode", a.devicecode))
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", a.at("token", a.token))
	a.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		a.hosts, a.paths = append(a.hosts, r.Host), append(a.paths, r.URL.Path)
		a.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	a.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that clients break off are part of the tests
	a.StartTLS()
	t.Cleanup(a.Close)
	return a
}

// config is a sign-in of this kind at the fake authority.
func (a *authority) config(kind auth.Kind) auth.Config {
	return auth.Config{
		Kind: kind, Tenant: tenantID, ClientID: clientID,
		Cloud:                    auth.Cloud{Name: "global", GraphRoot: "https://graph.microsoft.com", Authority: a.URL},
		Secret:                   func(context.Context) (secret.Text, error) { return secret.New(canarySecret), nil },
		Say:                      func(string) {},
		Transport:                a.Client(),
		DisableInstanceDiscovery: true,
	}
}

// on makes the endpoint answer by h from now on.
func (a *authority) on(endpoint string, h http.HandlerFunc) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.instead[endpoint] = h
}

// seen returns the hosts and the paths that were asked for.
func (a *authority) seen() (hosts, paths []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.hosts), slices.Clone(a.paths)
}

// requests returns the forms or queries that were sent to the endpoint.
func (a *authority) requests(endpoint string) []url.Values {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.asked[endpoint])
}

func (a *authority) at(endpoint string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		a.mu.Lock()
		a.asked[endpoint] = append(a.asked[endpoint], r.Form)
		answer := a.instead[endpoint]
		a.mu.Unlock()
		if answer == nil {
			answer = h
		}
		answer(w, r)
	}
}

func (a *authority) instance(w http.ResponseWriter, r *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": "https://" + r.Host + "/common/v2.0/.well-known/openid-configuration",
		"metadata":                  []any{map[string]any{"preferred_network": r.Host, "preferred_cache": r.Host, "aliases": []string{r.Host}}},
	})
}

func (a *authority) openid(w http.ResponseWriter, r *http.Request) {
	root := "https://" + r.Host + "/" + r.PathValue("tenant")
	answer(w, http.StatusOK, map[string]any{
		"issuer":                        root + "/v2.0",
		"authorization_endpoint":        root + "/oauth2/v2.0/authorize",
		"device_authorization_endpoint": root + "/oauth2/v2.0/devicecode",
		"token_endpoint":                root + "/oauth2/v2.0/token",
	})
}

// authorize shows the page that posts its form by itself: response_mode=form_post.
func (a *authority) authorize(w http.ResponseWriter, r *http.Request) {
	formPost(w, r, map[string]string{"code": canaryOther, "state": r.Form.Get("state")})
}

func formPost(w http.ResponseWriter, r *http.Request, fields map[string]string) {
	page := template.Must(template.New("").Parse(
		`<form method="POST" action="{{.To}}">{{range $k, $v := .Fields}}<input type="hidden" name="{{$k}}" value="{{$v}}"/>{{end}}</form>`))
	_ = page.Execute(w, map[string]any{"To": r.Form.Get("redirect_uri"), "Fields": fields})
}

func (a *authority) devicecode(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"user_code": "ABCD1234", "device_code": canaryOther, "verification_uri": "https://microsoft.com/devicelogin",
		"expires_in": a.expires, "interval": 1, "message": "as the authority puts it",
	})
}

func (a *authority) token(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.issued++
	n, early := a.issued, a.issued <= a.pending
	a.mu.Unlock()
	f := r.PostForm
	switch grant := f.Get("grant_type"); {
	case grant == "client_credentials" && f.Get("client_secret") != canarySecret:
		refuse(401, "invalid_client", 7000215, "Invalid client secret provided.")(w, r)
	case grant == "client_credentials":
		answer(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": canaryToken})
	case grant == "device_code" && early:
		refuse(400, "authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending.")(w, r)
	case grant == "device_code", grant == "refresh_token", grant == "authorization_code" && a.proven(f):
		a.person(w, r, n)
	default:
		refuse(400, "invalid_grant", 501481, "The Code_Verifier does not match the code_challenge.")(w, r)
	}
}

// proven checks the code against what the browser was sent with (RFC 7636).
func (a *authority) proven(f url.Values) bool {
	q := a.requests("authorize")[0]
	sum := sha256.Sum256([]byte(f.Get("code_verifier")))
	return f.Get("code") == canaryOther && q.Get("code_challenge") == base64.RawURLEncoding.EncodeToString(sum[:]) &&
		q.Get("redirect_uri") == f.Get("redirect_uri")
}

// person answers with a token for a person. The account is known by id_token and client_info.
func (a *authority) person(w http.ResponseWriter, r *http.Request, n int) {
	claims := map[string]any{
		"iss": "https://" + r.Host + "/" + tenantID + "/v2.0", "aud": clientID, "tid": tenantID,
		"oid": clientID, "sub": "sub", "preferred_username": "helpdesk@contoso.com",
	}
	answer(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": 3599, "scope": r.PostForm.Get("scope"),
		"access_token": fmt.Sprint(canaryToken, n), "refresh_token": canaryOther,
		"id_token":    "e30." + encoded(claims) + ".c2ln",
		"client_info": encoded(map[string]any{"uid": clientID, "utid": tenantID}),
	})
}

func encoded(v any) string {
	b, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(b)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// refuse answers in the form that Entra has. The mark stands where nothing is to be shown from.
func refuse(status int, oauth string, code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		answer(w, status, map[string]any{
			"error": oauth, "error_codes": []int{code},
			"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: 2026-12-01 08:00:00Z", code, text, traceID, clientID),
			"trace_id":          traceID, "correlation_id": clientID, "timestamp": "2026-12-01 08:00:00Z",
			"error_uri": "https://" + mark + "uri", "suberror": mark + "suberror", "claims": mark + "claims",
		})
	}
}

// realHosts is a transport that takes any https host to this authority, which shows a certificate for it.
func (a *authority) realHosts() policy.Transporter {
	own := a.Client().Transport.(*http.Transport)
	tr := own.Clone()
	tr.TLSClientConfig.ServerName = "example.com" // a name in httptest's certificate
	tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, strings.TrimPrefix(a.URL, "https://"))
	}
	return &http.Client{Transport: tr}
}
