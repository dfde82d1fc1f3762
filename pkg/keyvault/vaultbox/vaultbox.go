// Package vaultbox is a key vault in memory for tests, which speaks the REST API of Azure Key Vault's secrets over TLS under
// the vault's own host name. It must not be part of the program, and must not share code with the client: it
// would share its mistakes. The contract: https://learn.microsoft.com/rest/api/keyvault/secrets/operation-groups.
package vaultbox

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// Tenant is the tenant that every box belongs to: Contoso, as the sandbox plays it.
const Tenant = "c0117050-5a2d-4b0c-8000-c0a705000001"

// Box is one vault. It is safe for concurrent use.
type Box struct {
	host      string
	server    *httptest.Server
	transport *http.Transport

	mu       sync.Mutex
	may      []string // what a caller may do: "get", "set", "list", "delete"
	policies bool     // whether access policies decide, and not roles
	closed   string   // the inner code of a network that lets nobody in; else empty
	revoked  map[string]bool
	secrets  map[string]*entry // by name in lower case
	log      []Version
	requests []Request
	faults   []*Fault
	issued   int
}

// Request is one call that reached the box.
type Request struct {
	Method, Path string
	Query        string
	Authorized   bool // it carried a token
	Sized        bool // it carried a body
}

// New returns an empty vault under this host name, such as contoso.vault.azure.net, in which a caller may do everything.
// Close ends it.
func New(host string) (*Box, error) {
	pair, root, err := certify(host)
	if err != nil {
		return nil, err
	}
	b := &Box{host: host, may: []string{"get", "set", "list", "delete"}, revoked: map[string]bool{}, secrets: map[string]*entry{}}
	b.server = httptest.NewUnstartedServer(b)
	b.server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	b.server.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that are cut on purpose
	b.server.StartTLS()
	b.transport = &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: root, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address != host+":443" {
				return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: strings.TrimSuffix(address, ":443"), IsNotFound: true}}
			}
			return new(net.Dialer).DialContext(ctx, network, b.server.Listener.Addr().String())
		},
	}
	return b, nil
}

// Close ends the server, calls under way first.
func (b *Box) Close() {
	b.transport.CloseIdleConnections()
	b.server.Close()
}

// Host is the vault's host name.
func (b *Box) Host() string { return b.host }

// Transport reaches the box under its host name, trusts its certificate alone, and finds no other host.
func (b *Box) Transport() http.RoundTripper { return b.transport }

// suffix is what the cloud's vaults have in common.
func (b *Box) suffix() string {
	_, suffix, _ := strings.Cut(b.host, ".")
	return suffix
}

// Token returns a token that the box takes for so long, unlike all before it.
func (b *Box) Token(life time.Duration) string {
	b.mu.Lock()
	b.issued++
	n := b.issued
	b.mu.Unlock()
	claims, _ := json.Marshal(map[string]any{"aud": "https://" + b.suffix(), "tid": Tenant, "exp": time.Now().Add(life).Unix(), "n": n})
	return "e30." + base64.RawURLEncoding.EncodeToString(claims) + ".c2ln"
}

// Revoke makes the box refuse a token from now on.
func (b *Box) Revoke(token string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.revoked[token] = true
}

// Allow replaces what a caller may do: "get", "set", "list", "delete". With policies the vault's access policies forbid the rest, else its roles.
func (b *Box) Allow(policies bool, may ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.may, b.policies = may, policies
}

// Wall lets nobody in, "ForbiddenByFirewall" or "ForbiddenByConnection", or everybody: "".
func (b *Box) Wall(inner string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = inner
}

// Requests is every call so far, in order.
func (b *Box) Requests() []Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.requests)
}

// certify makes a certificate for the host that nobody else has signed, and those who trust it.
func certify(host string) (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	root := x509.NewCertPool()
	root.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, root, nil
}
