package root

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/net/http/httpproxy"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// maxRoots bounds a file of certificates, in bytes. All that Mozilla trusts are 200 kB.
const maxRoots = 4 << 20

// network is the one way out, for the authority, Graph and whatever else a command talks to: TLS 1.2 at least, the roots of
// this machine and those of --ca-file, and the environment's proxy. It is made once.
func (o *opener) network() (http.RoundTripper, error) {
	if o.process.Network != nil || o.way != nil {
		if o.way == nil {
			o.way = o.process.Network
		}
		return o.way, nil
	}
	roots, err := trusted(o.flags.caFile)
	if err != nil {
		return nil, err
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
	t.MaxIdleConnsPerHost = 32
	t.Proxy = proxy(o.process.Getenv)
	o.way = t
	return t, nil
}

// client is the network for those who want a client. It follows no redirect: an authority sends none, and nobody else is to say
// where a credential goes.
func client(way http.RoundTripper) *http.Client {
	return &http.Client{Transport: way, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// proxy reads the variables anew, where net/http reads them once a process, and sends nothing for this machine or its metadata
// service (link-local, http://169.254.169.254) to one.
func proxy(getenv func(string) string) func(*http.Request) (*url.URL, error) {
	first := func(names ...string) string {
		for _, n := range names {
			if v := getenv(n); v != "" {
				return v
			}
		}
		return ""
	}
	find := (&httpproxy.Config{
		HTTPProxy: first("HTTP_PROXY", "http_proxy"), HTTPSProxy: first("HTTPS_PROXY", "https_proxy"), NoProxy: first("NO_PROXY", "no_proxy"),
	}).ProxyFunc()
	return func(req *http.Request) (*url.URL, error) {
		if ip := net.ParseIP(req.URL.Hostname()); ip != nil && (ip.IsLinkLocalUnicast() || ip.IsLoopback()) {
			return nil, nil
		}
		return find(req.URL)
	}
}

// trusted are the roots of this machine and those of the file; nil, which is the former, without a file.
func trusted(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, errs.Local("reading the trusted certificates", "", err)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, errs.Local("reading the certificates to trust", file, err, "--ca-file FILE")
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxRoots))
	switch {
	case err != nil:
	case bytes.Contains(data, []byte("PRIVATE KEY-----")):
		err = errors.New("it holds a private key, which is not what to trust is written in")
	case !roots.AppendCertsFromPEM(data):
		err = errors.New("it holds no certificate in PEM")
	}
	if err != nil {
		return nil, errs.Local("reading the certificates to trust", file, err, "openssl x509 -in CERTIFICATE -out ca.pem")
	}
	return roots, nil
}
