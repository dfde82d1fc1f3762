// Package reach tries the way to a host: its proxy, its name, the connection, the TLS handshake, and an answer. It must not
// send a token, follow where an answer leads, or judge what it finds.
package reach

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpproxy"

	"github.com/seed-5ddf9a5e/tap/pkg/doctor"
)

// Network is how this machine gets to a host.
type Network struct {
	Getenv    func(string) string                                                  // of the proxy's variables; nil: there is none
	Dial      func(ctx context.Context, network, address string) (net.Conn, error) // nil: the system's
	Roots     *x509.CertPool                                                       // whom to trust; nil: whom the system trusts
	UserAgent string
	// Transport is used as it is, in place of all of these: a sandbox's. Nil: there is none.
	Transport http.RoundTripper
}

// Reach asks an address, https or a sandbox's, once, and says how far that went.
func (n Network) Reach(ctx context.Context, address string) doctor.Route {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return doctor.Route{Broken: doctor.Name, Why: err.Error()}
	}
	req.Header.Set("User-Agent", n.UserAgent)
	route := doctor.Route{TLS: req.URL.Scheme == "https"}
	proxy, err := n.proxy(req.URL)
	if err != nil {
		return doctor.Route{Broken: doctor.Through, Why: "HTTPS_PROXY is no address of a proxy", TLS: route.TLS}
	}
	if proxy != nil {
		route.Proxy = proxy.Host
	}
	w := &way{}
	transport, idle := n.transport(proxy, w)
	defer idle()
	began := time.Now()
	resp, err := transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(ctx, w.trace())))
	if err != nil {
		w.broken(&route, proxy != nil, cause(ctx, err))
		return route
	}
	defer resp.Body.Close()
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		route.Issuer = signer(resp.TLS.PeerCertificates[0])
	}
	route.Date, _ = http.ParseTime(resp.Header.Get("Date"))
	if !route.Date.IsZero() {
		route.Off = off(route.Date, began, time.Now())
	}
	return route
}

// off is how far a Date is from the middle of the exchange. It was cut to whole seconds.
func off(date, began, ended time.Time) time.Duration {
	return date.Add(time.Second / 2).Sub(began.Add(ended.Sub(began) / 2))
}

func (n Network) proxy(u *url.URL) (*url.URL, error) {
	if n.Getenv == nil || n.Transport != nil {
		return nil, nil //nolint:nilnil // no proxy is what net/http calls it, too
	}
	either := func(name string) string {
		if v := n.Getenv(name); v != "" {
			return v
		}
		return n.Getenv(strings.ToLower(name))
	}
	c := httpproxy.Config{HTTPSProxy: either("HTTPS_PROXY"), NoProxy: either("NO_PROXY")}
	proxy, err := c.ProxyFunc()(u)
	if err == nil && proxy != nil && (proxy.Hostname() == "" || strings.HasSuffix(proxy.Host, ":")) { // what it makes of "http://["
		err = errors.New("no address")
	}
	return proxy, err
}

func (n Network) transport(proxy *url.URL, w *way) (http.RoundTripper, func()) {
	if n.Transport != nil {
		return n.Transport, func() {}
	}
	t := &http.Transport{
		DialContext:       n.Dial,
		TLSClientConfig:   &tls.Config{RootCAs: n.Roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true,
		DisableKeepAlives: true,
		Proxy:             http.ProxyURL(proxy),
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
			w.answered(resp)
			return nil
		},
	}
	return t, t.CloseIdleConnections
}

// way is how far a request got. The transport tells it from goroutines of its own.
type way struct {
	mu        sync.Mutex
	refusal   string // of the proxy
	connected bool
	proxied   bool // the proxy answered
	secured   bool
}

func (w *way) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		ConnectDone: func(_, _ string, err error) { w.note(func() { w.connected = w.connected || err == nil }) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			w.note(func() { w.secured = err == nil })
		},
	}
}

func (w *way) note(what func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	what()
}

func (w *way) answered(resp *http.Response) {
	w.note(func() {
		w.proxied = true
		if resp.StatusCode != http.StatusOK {
			w.refusal = resp.Status
		}
	})
}

// broken says where the way ended, and why.
func (w *way) broken(r *doctor.Route, proxied bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.Broken, r.Why = doctor.Connection, err.Error()
	var name *net.DNSError
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &untrusted):
		r.Broken, r.Why, r.Untrusted = doctor.Handshake, "its certificate is not trusted here: "+untrusted.Err.Error(), unknownAuthority(untrusted)
		if len(untrusted.UnverifiedCertificates) > 0 {
			r.Issuer = signer(untrusted.UnverifiedCertificates[0])
		}
	case w.refusal != "":
		r.Broken, r.Why = doctor.Through, "the proxy answers "+w.refusal
	case proxied && !w.proxied:
		r.Broken, r.Why = doctor.Through, "the proxy cannot be used: "+inner(err)
	case errors.As(err, &name):
		r.Broken, r.Why = doctor.Name, "its name is not known: "+name.Error()
	case w.secured:
		r.Broken, r.Why = doctor.Answer, "no answer that can be read: "+inner(err)
	case w.connected && r.TLS:
		r.Broken, r.Why = doctor.Handshake, "no TLS: "+inner(err)
	default:
		r.Why = inner(err)
	}
}

func unknownAuthority(err *tls.CertificateVerificationError) bool {
	var unknown x509.UnknownAuthorityError
	return errors.As(err, &unknown)
}

// inner is the innermost words of a network error, which people can act on.
func inner(err error) string {
	var name *net.DNSError
	if errors.As(err, &name) {
		return name.Error()
	}
	for op := (*net.OpError)(nil); errors.As(err, &op) && op.Err != nil; op = nil {
		err = op.Err
	}
	return err.Error()
}

// cause is why a request ended that the context ended.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w", context.Cause(ctx))
	}
	return err
}

// signer is who signed a certificate, by the name that people know: the organisation, else the common name.
func signer(c *x509.Certificate) string {
	if len(c.Issuer.Organization) > 0 {
		return c.Issuer.Organization[0]
	}
	return c.Issuer.CommonName
}
