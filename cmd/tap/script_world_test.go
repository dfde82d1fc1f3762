package main_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// world is the network of a script that sets TAP_TEST_WORLD: Microsoft's global authority, which lets in every application with a
// secret, and behind its Graph the script's sandbox. No other host is there.
type world struct {
	dir  string
	turn *sync.Mutex // one process at a time may have the sandbox open, and each request opens it
}

// RoundTrip answers as the host would that is asked for.
func (w world) RoundTrip(req *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	switch {
	case req.URL.Scheme == "https" && req.URL.Host == "login.microsoftonline.com":
		authorize(rec, req)
	case req.URL.Scheme == "https" && req.URL.Host == "graph.microsoft.com":
		w.turn.Lock()
		defer w.turn.Unlock()
		box, err := sandbox.Open(filepath.Join(w.dir, ledgerDir), sandbox.Options{})
		if err != nil {
			return nil, err
		}
		defer box.Close()
		local := req.Clone(req.Context())
		local.Host, local.RequestURI = "127.0.0.1", req.URL.RequestURI()
		box.Handler().ServeHTTP(rec, local)
	default:
		return nil, fmt.Errorf("no such host: %s", req.URL.Host)
	}
	resp := rec.Result()
	resp.Request = req
	return resp, nil
}

// authorize plays the authority for client credentials.
func authorize(rec *httptest.ResponseRecorder, req *http.Request) {
	base := "https://" + req.URL.Host + "/" + sandbox.TenantID
	rec.Header().Set("Content-Type", "application/json")
	answer := map[string]any{
		"issuer": base + "/v2.0", "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/oauth2/v2.0/token",
		"tenant_discovery_endpoint": base + "/v2.0/.well-known/openid-configuration",
		"metadata":                  []any{map[string]any{"preferred_network": req.URL.Host, "preferred_cache": req.URL.Host, "aliases": []string{req.URL.Host}}},
	}
	if strings.HasSuffix(req.URL.Path, "/token") {
		_ = req.ParseForm()
		claims, _ := json.Marshal(map[string]any{
			"tid": sandbox.TenantID, "oid": req.Form.Get("client_id"), "appid": req.Form.Get("client_id"), "idtyp": "app",
			"roles": []string{"UserAuthenticationMethod.ReadWrite.All", "User.Read.All", "RoleManagement.Read.Directory"},
		})
		answer = map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": "e30." + base64.RawURLEncoding.EncodeToString(claims) + ".c2ln"}
	}
	_ = json.NewEncoder(rec).Encode(answer)
}
