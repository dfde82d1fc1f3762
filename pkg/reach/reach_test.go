package reach

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/doctor"
)

// network is one in which every address leads to a TLS server, which says what it was sent, and its proxy to another one.
func network(t *testing.T, env map[string]string) (n Network, asked chan *http.Request) {
	t.Helper()
	asked = make(chan *http.Request, 4)
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r
		http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
	}))
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(srv.Close)
	t.Cleanup(proxy.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	return Network{
		Getenv: func(name string) string { return env[name] }, Roots: roots, UserAgent: "tap/test",
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			to := srv.Listener.Addr().String()
			if strings.HasPrefix(address, "proxy.") {
				to = proxy.Listener.Addr().String()
			}
			return (&net.Dialer{}).DialContext(ctx, network, to)
		},
	}, asked
}

func TestTheWayIsAskedOnceAndNothingIsFollowed(t *testing.T) {
	t.Parallel()
	n, asked := network(t, nil)
	r := n.Reach(t.Context(), "https://example.com")
	if r.Broken != "" || !r.TLS || r.Issuer != "Acme Co" || r.Proxy != "" || r.Off.Abs() > 10*time.Second || r.Date.IsZero() {
		t.Errorf("%+v", r)
	}
	req := <-asked
	if len(asked) != 0 || req.Host != "example.com" || req.Header.Get("User-Agent") != "tap/test" || req.Header.Get("Authorization") != "" {
		t.Errorf("%d more; %v", len(asked), req)
	}
}

// TestProxies: the variables in either spelling, hosts without one, and a password that the proxy alone is told.
func TestProxies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  map[string]string
		want doctor.Route
	}{
		"upper case":    {map[string]string{"HTTPS_PROXY": "http://me:hush@proxy.example:8080"}, doctor.Route{TLS: true, Proxy: "proxy.example:8080", Broken: doctor.Through, Why: "the proxy answers 403 Forbidden"}},
		"lower case":    {map[string]string{"https_proxy": "http://me:hush@proxy.example:8080"}, doctor.Route{TLS: true, Proxy: "proxy.example:8080", Broken: doctor.Through, Why: "the proxy answers 403 Forbidden"}},
		"bare":          {map[string]string{"HTTPS_PROXY": "me:hush@proxy.example:8080"}, doctor.Route{TLS: true, Proxy: "proxy.example:8080", Broken: doctor.Through, Why: "the proxy answers 403 Forbidden"}},
		"broken":        {map[string]string{"HTTPS_PROXY": "http://me:hush@[:1"}, doctor.Route{TLS: true, Broken: doctor.Through, Why: "HTTPS_PROXY is no address of a proxy"}},
		"no port":       {map[string]string{"HTTPS_PROXY": "http://me:hush@proxy:port"}, doctor.Route{TLS: true, Broken: doctor.Through, Why: "HTTPS_PROXY is no address of a proxy"}},
		"not this host": {map[string]string{"HTTPS_PROXY": "http://proxy.example:8080", "NO_PROXY": "example.com"}, doctor.Route{TLS: true, Issuer: "Acme Co"}},
	} {
		n, asked := network(t, c.env)
		r := n.Reach(t.Context(), "https://example.com")
		r.Date, r.Off = time.Time{}, 0
		if r != c.want {
			t.Errorf("%s: %+v", name, r)
		}
		if strings.Contains(r.Why+r.Proxy, "hush") {
			t.Errorf("%s: the password shows: %+v", name, r)
		}
		if r.Proxy != "" {
			if req := <-asked; req.Method != http.MethodConnect || !strings.HasPrefix(req.Header.Get("Proxy-Authorization"), "Basic ") {
				t.Errorf("%s: the proxy was asked %s %v", name, req.Method, req.Header)
			}
		}
	}
}

func TestACertificateOfAnotherHostIsNotOneOfAnotherSigner(t *testing.T) {
	t.Parallel()
	n, _ := network(t, nil)
	r := n.Reach(t.Context(), "https://other.test")
	if r.Broken != doctor.Handshake || r.Untrusted || !strings.Contains(r.Why, "not other.test") {
		t.Errorf("%+v", r)
	}
	n.Roots = x509.NewCertPool()
	if r = n.Reach(t.Context(), "https://example.com"); r.Broken != doctor.Handshake || !r.Untrusted || r.Issuer != "Acme Co" {
		t.Errorf("%+v", r)
	}
}

func TestTheLimitOfACheckIsItsWhy(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("no answer within 15s"))
	n, _ := network(t, nil)
	if r := n.Reach(ctx, "https://example.com"); r.Broken == "" || r.Why != "no answer within 15s" {
		t.Errorf("%+v", r)
	}
}

func TestOff(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	for date, want := range map[time.Time]time.Duration{
		began: -500 * time.Millisecond, began.Add(time.Second): 500 * time.Millisecond, began.Add(-time.Minute): -time.Minute - 500*time.Millisecond,
	} {
		if got := off(date, began, began.Add(2*time.Second)); got != want {
			t.Errorf("%s: %s, want %s", date, got, want)
		}
	}
}

func TestSigner(t *testing.T) {
	t.Parallel()
	for want, name := range map[string]pkix.Name{"Zscaler Inc.": {Organization: []string{"Zscaler Inc."}, CommonName: "x"}, "corp-proxy": {CommonName: "corp-proxy"}} {
		if got := signer(&x509.Certificate{Issuer: name}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
