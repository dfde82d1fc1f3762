package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Authority returns the authority alone: Microsoft Entra's side of a sign-in, as it is mounted in tests under the host name
// of a real one. It keeps out no host and no web page: whoever mounts it says who may reach it. Handler has it as well,
// where it is served over TLS. Its addresses, forms and codes are Microsoft's:
// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc,
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow,
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code,
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow.
func (t *Tenant) Authority() http.Handler { return http.HandlerFunc(t.serveAuthority) }

// endpoint is one address of the authority, below the tenant.
type endpoint struct {
	method, path string
	handle       func(*signing) (reply, error)
}

func endpoints() []endpoint {
	return []endpoint{
		{"GET", "discovery/instance", instanceDiscovery},
		{"GET", "v2.0/.well-known/openid-configuration", openIDMetadata},
		{"GET", "discovery/v2.0/keys", publishedKeys},
		{"GET", "oauth2/v2.0/authorize", authorize},
		{"POST", "oauth2/v2.0/token", redeem},
		{"POST", "oauth2/v2.0/devicecode", beginDevice},
		{"GET", "oauth2/deviceauth", devicePage},
		{"POST", "oauth2/deviceauth", decideDevice},
		{"GET", "oauth2/v2.0/logout", logout},
	}
}

// ofAuthority says whether the path is one of the authority, and not Graph's or the control plane's.
func ofAuthority(segments []string) bool {
	return len(segments) > 1 && !isVersion(segments[0]) &&
		slices.ContainsFunc(endpoints(), func(e endpoint) bool { return e.path == strings.Join(segments[1:], "/") })
}

// signing is one request to the authority while the folder is held.
type signing struct {
	*tx
	request *http.Request
	base    string // https and the host by which it was asked
	form    url.Values
	auth    *authority // changed by handlers, and kept where changed says so
	changed bool

	trace, correlation string
}

func (t *Tenant) serveAuthority(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, largestBody)
	s := &signing{request: r, base: "https://" + r.Host, trace: newID(), correlation: r.Header.Get("client-request-id")}
	if !isGUID(s.correlation) {
		s.correlation = newID()
	}
	now := time.Now().UTC()
	var answer reply
	readable := r.ParseForm() == nil
	s.form = r.Form
	err := t.update(r.Context(), func(x *tx) error {
		s.tx, s.auth, now = x, x.authority(), x.now
		var err error
		if answer, err = s.answer(readable); err != nil {
			answer = s.refused(err)
		}
		x.requests = append(x.requests, request{
			Time: now.Format(time.RFC3339Nano), Method: r.Method, Path: r.URL.EscapedPath(), Status: answer.status, RequestID: s.trace,
			ClientRequestID: printable(r.Header.Get("client-request-id")), // neither query nor body: codes and secrets are there
		})
		if s.changed {
			return x.keep(s.auth)
		}
		return nil
	})
	if err != nil {
		answer = s.refused(err)
	}
	w.Header().Set("x-ms-request-id", s.trace)
	answer.write(w, now, "application/json; charset=utf-8")
}

// answer finds the tenant, then the endpoint, then does what is asked there.
func (s *signing) answer(readable bool) (reply, error) {
	segments := splitPath(s.request.URL.EscapedPath())
	if !readable || len(segments) < 2 {
		return reply{}, deny(http.StatusBadRequest, "invalid_request", 9002313, "Invalid request. Request is malformed or invalid.")
	}
	if !isTenant(segments[0]) {
		return reply{}, deny(http.StatusBadRequest, "invalid_tenant", 90002, "Tenant '%s' not found. Check the tenant's id, and the cloud that is signed in to.", segments[0])
	}
	path := strings.Join(segments[1:], "/")
	for _, e := range endpoints() {
		if e.path == path && e.method == s.request.Method {
			return e.handle(s)
		}
	}
	return reply{}, deny(http.StatusNotFound, "invalid_request", 900561, "The endpoint does not take a %s request.", s.request.Method)
}

// isTenant knows Contoso by its id and its domains. The names that stand for anybody's tenant are Contoso, too.
func isTenant(name string) bool {
	switch strings.ToLower(name) {
	case TenantID, domain, "contoso.onmicrosoft.com", "organizations", "common":
		return true
	}
	return false
}

// instanceDiscovery tells MSAL that the host by which it asks is an authority. A real one lists its aliases.
func instanceDiscovery(s *signing) (reply, error) {
	asked, err := url.Parse(s.form.Get("authorization_endpoint"))
	if err != nil || !strings.EqualFold(asked.Host, s.request.Host) {
		return reply{}, deny(http.StatusBadRequest, "invalid_instance", 50049, "Unknown or invalid instance.")
	}
	return ok(map[string]any{
		"tenant_discovery_endpoint": s.base + "/" + TenantID + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata":                  []any{map[string]any{"preferred_network": asked.Host, "preferred_cache": asked.Host, "aliases": []string{asked.Host}}},
	}), nil
}

func openIDMetadata(s *signing) (reply, error) {
	root := s.base + "/" + splitPath(s.request.URL.EscapedPath())[0]
	return ok(map[string]any{
		"issuer":                                s.issuer(),
		"authorization_endpoint":                root + "/oauth2/v2.0/authorize",
		"token_endpoint":                        root + "/oauth2/v2.0/token",
		"device_authorization_endpoint":         root + "/oauth2/v2.0/devicecode",
		"end_session_endpoint":                  root + "/oauth2/v2.0/logout",
		"jwks_uri":                              root + "/discovery/v2.0/keys",
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
		"code_challenge_methods_supported":      []string{"S256", "plain"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
	}), nil
}

// issuer is who issues id tokens, and what a client's assertion may be addressed to.
func (s *signing) issuer() string { return s.base + "/" + TenantID + "/v2.0" }

// logout ends no session: the sandbox's authority remembers none. It leads back to where the client wants.
func logout(s *signing) (reply, error) {
	back := s.form.Get("post_logout_redirect_uri")
	for _, app := range s.auth.Registrations {
		if app.redirects(back) {
			return redirect(back), nil
		}
	}
	return htmlPage(http.StatusOK, "Signed out", "<p>You are signed out of Contoso.</p>"), nil
}

func redirect(to string) reply {
	return reply{status: http.StatusFound, header: http.Header{"Location": {to}}}
}
