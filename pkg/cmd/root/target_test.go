package root_test

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/graph/contract"
	"github.com/seed-5ddf9a5e/tap/pkg/keyvault/vaultbox"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

const (
	client  = "11111111-2222-4333-8444-555555555555"
	secrets = "marked-secret-8Q~1234567890"
)

// world is the network: Microsoft's authority and Graph of one cloud, by their host names, with the sandbox behind Graph.
type world struct {
	t         *testing.T
	graph     http.Handler
	roles     []string
	authority string // the only hosts that are there
	root      string
	scopes    []string
	vault     *vaultbox.Box // nil: there is none
	files     journal.FS    // nil: this machine's
	late      time.Duration // how long a lost create may still land; 0: a minute
	claims    []string      // that each token was asked for with
	state     string        // the state folder
	rest      string        // that of a test which does not mind

	lifetime    time.Duration // of a token; 0: an hour
	refusesFrom int           // the token of this number is refused, and those behind it; 0: none

	mu       sync.Mutex
	versions map[string]bool
}

func newWorld(t *testing.T, authority, root string, roles ...string) *world {
	t.Helper()
	return worldOf(t, sandbox.Options{}, authority, root, roles...)
}

func worldOf(t *testing.T, o sandbox.Options, authority, root string, roles ...string) *world {
	t.Helper()
	box, err := sandbox.Open(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	return &world{t: t, graph: box.Handler(), roles: roles, authority: authority, root: root, rest: t.TempDir(), versions: map[string]bool{}}
}

// RoundTrip answers as the host would that is asked for.
func (w *world) RoundTrip(req *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	switch {
	case req.URL.Scheme != "https":
		return nil, fmt.Errorf("%s is not asked over TLS", req.URL)
	case req.URL.Host == w.authority:
		w.authorize(rec, req)
	case req.URL.Host == w.root:
		local := req.Clone(req.Context())
		local.Host, local.RequestURI = "127.0.0.1", req.URL.RequestURI()
		w.mu.Lock()
		w.versions[strings.Split(req.URL.Path, "/")[1]] = true
		w.mu.Unlock()
		w.graph.ServeHTTP(rec, local)
	case w.vault != nil && req.URL.Host == w.vault.Host():
		return w.vault.Transport().RoundTrip(req)
	default:
		return nil, &net.DNSError{Err: "no such host", Name: req.URL.Host, IsNotFound: true}
	}
	resp := rec.Result()
	resp.Request = req
	return resp, nil
}

// authorize plays the authority for client credentials: metadata, and a token that carries the roles.
func (w *world) authorize(rec *httptest.ResponseRecorder, req *http.Request) {
	base := "https://" + req.URL.Host + "/" + sandbox.TenantID
	rec.Header().Set("Content-Type", "application/json")
	write := func(v any) { _ = json.NewEncoder(rec).Encode(v) }
	if !strings.HasSuffix(req.URL.Path, "/token") {
		write(map[string]any{
			"issuer": base + "/v2.0", "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/oauth2/v2.0/token",
			"tenant_discovery_endpoint": base + "/v2.0/.well-known/openid-configuration",
			"metadata":                  []any{map[string]any{"preferred_network": req.URL.Host, "preferred_cache": req.URL.Host, "aliases": []string{req.URL.Host}}},
		})
		return
	}
	_ = req.ParseForm()
	w.scopes = append(w.scopes, req.Form.Get("scope"))
	w.claims = append(w.claims, req.Form.Get("claims"))
	if w.refusesFrom > 0 && len(w.scopes) >= w.refusesFrom || req.Form.Get("client_secret") != secrets || req.Form.Get("client_id") != client {
		rec.WriteHeader(http.StatusUnauthorized)
		write(map[string]any{"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided. Trace ID: t", "error_codes": []int{7000215}})
		return
	}
	lifetime := cmp.Or(w.lifetime, time.Hour)
	claims, _ := json.Marshal(map[string]any{
		"tid": sandbox.TenantID, "oid": client, "appid": client, "idtyp": "app", "roles": w.roles, "aud": strings.Split(req.Form.Get("scope"), "/.default")[0], "exp": time.Now().Add(lifetime).Unix(), "uti": strconv.Itoa(len(w.scopes)),
	})
	token := "e30." + base64.RawURLEncoding.EncodeToString(claims) + ".c2ln"
	write(map[string]any{"token_type": "Bearer", "expires_in": int(lifetime.Seconds()), "access_token": token})
}

// tap runs the program in this world and returns its exit code, stdout and stderr.
func (w *world) tap(secret string, args ...string) (int, string, string) {
	w.t.Helper()
	rules := contract.Load("../../../testdata/graph")
	var out, errOut bytes.Buffer
	args = append(args, "--auth", "client-secret", "--tenant", sandbox.TenantID, "--client-id", client)
	code := root.Main(&root.Process{
		Args:    args,
		Streams: &terminal.Streams{In: strings.NewReader(""), Out: &out, Err: &errOut},
		Getenv: func(name string) string {
			return map[string]string{"TAP_CLIENT_SECRET": secret, "XDG_STATE_HOME": cmp.Or(w.state, w.rest)}[name]
		},
		Network: w,
		Files:   w.files,
		Late:    w.late,
		Wrap: func(next http.RoundTripper) http.RoundTripper {
			return rules.Wrap(next, func(s string) { w.t.Error(s) })
		},
	})
	for _, s := range []string{out.String(), errOut.String()} {
		if strings.Contains(s, secrets) || strings.Contains(s, "e30.") {
			w.t.Errorf("a secret or a token shows: %s", s)
		}
	}
	return code, out.String(), errOut.String()
}

const (
	write = "UserAuthenticationMethod.ReadWrite.All"
	read  = "User.Read.All"
	roles = "RoleManagement.Read.Directory"
)

func TestAnApplicationCreatesAPassInEachCloud(t *testing.T) {
	for _, c := range []struct{ cloud, authority, root, version string }{
		{"global", "login.microsoftonline.com", "graph.microsoft.com", "beta"},
		{"AzureUSGovernment", "login.microsoftonline.us", "graph.microsoft.us", "v1.0"},
		{"usgov-dod", "login.microsoftonline.us", "dod-graph.microsoft.us", "v1.0"},
		{"AzureChinaCloud", "login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn", "beta"},
	} {
		t.Run(c.cloud, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.authority, c.root, write, read, roles)
			code, out, errOut := w.tap(secrets, "create", "adele.vance@contoso.com", "--cloud", c.cloud, "--debug")
			if code != 0 || !strings.Contains(out, "Temporary Access Pass for Adele Vance") {
				t.Fatalf("exit code %d\n%s\n%s", code, out, errOut)
			}
			if len(w.versions) != 1 || !w.versions[c.version] {
				t.Errorf("asked %v, want %s", w.versions, c.version)
			}
			if want := "https://" + c.root + "/.default openid offline_access profile"; len(w.scopes) != 1 || w.scopes[0] != want {
				t.Errorf("asked for %q, want %q", w.scopes, want)
			}
			if want := "tap: target: tenant " + sandbox.TenantID + ", cloud "; !strings.HasPrefix(errOut, want) || !strings.Contains(errOut, "signed in as "+client) {
				t.Errorf("the target is not named: %s", errOut)
			}
		})
	}
}

func TestAWrongSecretIsExit4(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "login.microsoftonline.com", "graph.microsoft.com", write)
	code, out, errOut := w.tap("wrong", "create", "adele.vance@contoso.com")
	if code != 4 || out != "" || !strings.Contains(errOut, "AADSTS7000215") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errOut)
	}
}

func TestAMissingPermissionIsExit5(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "login.microsoftonline.com", "graph.microsoft.com", read, roles)
	code, _, errOut := w.tap(secrets, "create", "adele.vance@contoso.com")
	if code != 5 || !strings.Contains(errOut, "\ntap: why: the application's token carries no permission for this (UserAuthMethod-TAP.ReadWrite.All, "+write+"): an administrator has to consent") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
}

func TestAnAuthorityOutOfReachIsExit8(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "elsewhere", "graph.microsoft.com")
	if code, _, errOut := w.tap(secrets, "list", "adele.vance@contoso.com"); code != 8 {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
}

func TestTheSecretComesFromAFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secrets+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, "login.microsoftonline.com", "graph.microsoft.com", write, read, roles)
	if code, _, errOut := w.tap("wrong", "list", "adele.vance@contoso.com", "--client-secret-file", file); code != 0 {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
}
