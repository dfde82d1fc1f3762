package root_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/auth/entra"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/graph/contract"
	"github.com/seed-5ddf9a5e/tap/pkg/keyvault/vaultbox"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// TestMain lets the test binary play the browser that a sign-in starts, and a tap that is a process of its own.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "tap" {
		os.Exit(root.Main(&root.Process{Args: os.Args[1:], Streams: terminal.System(), Getenv: os.Getenv}))
	}
	if slices.Contains([]string{"xdg-open", "open"}, filepath.Base(os.Args[0])) {
		if err := entra.Browse(os.Args[1], os.Getenv("TAP_TEST_CITY")); err != nil {
			_, _ = os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const (
	login      = "login.microsoftonline.com"
	graphHost  = "graph.microsoft.com"
	vaultHost  = "contoso.vault.azure.net"
	jobs       = "pipelines.jobs.example"
	connection = "99999999-2222-4333-8444-555555555555"
)

// city is the network as a company has it: all that is beyond this machine is reached through a proxy, over TLS, with certificates of
// its own authority. Behind it are the authority, Graph (the sandbox) and a CI system, by their real host names.
type city struct {
	t         *testing.T
	authority *entra.Authority
	issuer    *entra.Issuer
	vault     *vaultbox.Box
	server    *httptest.Server
	proxy     *httptest.Server
	caFile    string
	env       map[string]string
	terminal  bool
	columns   int          // of the terminal that the answer goes to; 0: it goes to none
	graphs    http.Handler // stands for the sandbox; nil: the sandbox
	stdin     string
	tokens    auth.TokenStore // nil: this system's
	challenge atomic.Bool     // Graph wants other claims once

	login, graph string // the hosts of the cloud

	mu        sync.Mutex
	connected []string
	versions  map[string]bool // of Graph, that were asked
}

func newCity(t *testing.T, versions ...uint16) *city {
	t.Helper()
	return newCityOf(t, auth.Clouds()[0], versions...)
}

// newCityOf is one whose Microsoft is this cloud.
func newCityOf(t *testing.T, cloud auth.Cloud, versions ...uint16) *city {
	t.Helper()
	box, err := sandbox.Open(t.TempDir(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	c := &city{
		t: t, authority: entra.New(sandbox.TenantID, client), env: map[string]string{}, versions: map[string]bool{},
		login: strings.TrimPrefix(cloud.Authority, "https://"), graph: strings.TrimPrefix(cloud.GraphRoot, "https://"),
	}
	if c.issuer, err = entra.NewIssuer("https://issuer.example", "repo:contoso/onboarding:ref:refs/heads/main"); err != nil {
		t.Fatal(err)
	}
	if c.vault, err = vaultbox.New(vaultHost); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.vault.Close)
	c.authority.Claims = map[string]any{"tid": sandbox.TenantID, "oid": client, "appid": client, "idtyp": "app", "roles": []string{write, read, roles}}
	c.authority.Federated = []entra.Federated{c.issuer.Trust()}
	c.serve(box.Handler(), versions)
	c.proxy = httptest.NewServer(http.HandlerFunc(c.connect))
	t.Cleanup(c.proxy.Close)
	c.env["HTTPS_PROXY"], c.env["TAP_CA_FILE"] = c.proxy.URL, c.caFile
	t.Setenv("AZURE_AUTHORITY_HOST", "https://evil.example")
	t.Setenv("AZURE_REGIONAL_AUTHORITY_NAME", "westeurope")
	return c
}

// serve opens the hosts over TLS.
func (c *city) serve(graph http.Handler, versions []uint16) {
	ca, err := entra.NewCertificate(nil, time.Now().Add(time.Hour))
	if err != nil {
		c.t.Fatal(err)
	}
	host, err := entra.NewCertificate(ca, time.Now().Add(time.Hour), c.login, c.graph, jobs, vaultHost)
	if err != nil {
		c.t.Fatal(err)
	}
	c.caFile = filepath.Join(c.t.TempDir(), "ca.pem")
	if err := os.WriteFile(c.caFile, ca.Public(), 0o600); err != nil {
		c.t.Fatal(err)
	}
	c.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Host {
		case c.login:
			c.authority.ServeHTTP(w, r)
		case vaultHost:
			c.vault.ServeHTTP(w, r)
		case jobs:
			if r.Method == http.MethodPost {
				c.issuer.Pipelines(connection)(w, r)
				return
			}
			c.issuer.GitHub(w, r)
		case c.graph:
			c.mu.Lock()
			c.versions[strings.Split(r.URL.Path, "/")[1]] = true
			c.mu.Unlock()
			if c.challenge.CompareAndSwap(true, false) {
				claims := base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}`))
				w.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="https://`+login+`/common/oauth2/authorize", error="insufficient_claims", claims="`+claims+`"`)
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = w.Write([]byte(`{"error":{"code":"InvalidAuthenticationToken","message":"Continuous access evaluation resulted in challenge."}}`))
				return
			}
			local := r.Clone(r.Context())
			local.Host = "127.0.0.1"
			if c.graphs != nil {
				c.graphs.ServeHTTP(w, local)
				return
			}
			graph.ServeHTTP(w, local)
		default:
			http.NotFound(w, r)
		}
	}))
	c.server.TLS = &tls.Config{Certificates: []tls.Certificate{host.TLS()}}
	if len(versions) > 0 {
		c.server.TLS.MinVersion, c.server.TLS.MaxVersion = versions[0], versions[0]
	}
	c.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	c.server.StartTLS()
	c.t.Cleanup(c.server.Close)
}

// connect is the proxy: it notes who is asked for, and leads to the one server that plays them all.
func (c *city) connect(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.connected = append(c.connected, r.Method+" "+r.Host)
	c.mu.Unlock()
	out, err := (&net.Dialer{}).DialContext(context.WithoutCancel(r.Context()), "tcp", c.server.Listener.Addr().String())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusOK)
	in, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = out.Close()
		return
	}
	go func() {
		_, _ = io.Copy(out, buffered)
		_ = out.Close()
	}()
	_, _ = io.Copy(in, out)
	_ = in.Close()
}

// hosts are those that the proxy was asked for.
func (c *city) hosts() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	sorted := slices.Sorted(slices.Values(c.connected))
	return slices.Compact(sorted)
}

// person makes the one who signs in a person of the sandbox's helpdesk, at a terminal.
func (c *city) person() {
	c.t.Helper()
	req := httptest.NewRequest(http.MethodGet, "https://"+c.graph+"/v1.0/users/isaiah.langer@contoso.com", nil)
	req.Header.Set("Authorization", "Bearer sandbox-helpdesk")
	rec := httptest.NewRecorder()
	c.server.Config.Handler.ServeHTTP(rec, req)
	var user struct{ ID string }
	if err := json.Unmarshal(rec.Body.Bytes(), &user); err != nil || user.ID == "" {
		c.t.Fatalf("%s: %v", rec.Body, err)
	}
	c.terminal = true
	c.authority.Claims = map[string]any{"tid": sandbox.TenantID, "oid": user.ID, "upn": "isaiah.langer@contoso.com", "idtyp": "user", "scp": write + " " + read}
}

// onPath puts a program on PATH, alone with the shell's.
func onPath(t *testing.T, name, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("shell scripts and links play other programs")
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err == nil && script == "" {
		err = os.Symlink(self, filepath.Join(dir, name))
	} else if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
}

// file writes a file that nobody else may read.
func (c *city) file(name string, content []byte) string {
	path := filepath.Join(c.t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}

// tap runs the program in this city and returns its exit code, stdout and stderr, in which nothing secret may be.
func (c *city) tap(args ...string) (code int, stdout, stderr string) {
	c.t.Helper()
	rules := contract.Load("../../../testdata/graph")
	var out, errOut bytes.Buffer
	env := maps.Clone(c.env)
	code = root.Main(&root.Process{
		Args:    args,
		Streams: &terminal.Streams{In: strings.NewReader(c.stdin), Out: &out, Err: &errOut, InTTY: c.terminal, ErrTTY: c.terminal, OutTTY: c.columns > 0, Columns: c.columns},
		Getenv:  func(name string) string { return env[name] },
		Tokens:  c.tokens,
		Wrap: func(next http.RoundTripper) http.RoundTripper {
			return rules.Wrap(next, func(s string) { c.t.Error(s) })
		},
	})
	for _, s := range []string{out.String(), errOut.String()} {
		if strings.Contains(s, entra.Mark) {
			c.t.Errorf("a secret shows: %s", s)
		}
		for _, token := range c.issuer.Tokens() {
			if strings.Contains(s, token[len(token)-40:]) {
				c.t.Errorf("an assertion shows: %s", s)
			}
		}
	}
	for _, host := range c.hosts() {
		if !slices.Contains([]string{c.login, c.graph, jobs, vaultHost}, strings.TrimSuffix(strings.TrimPrefix(host, "CONNECT "), ":443")) {
			c.t.Errorf("%s: nobody has to go there", host)
		}
	}
	return code, out.String(), errOut.String()
}
