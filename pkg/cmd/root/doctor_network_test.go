package root_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

const authorityHost = "login.microsoftonline.com"

// unknown is where a host is that has no address.
const unknown = "unknown"

// signer signs certificates of hosts, under an organisation's name.
type signer struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newSigner(t *testing.T, organisation string) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{Organization: []string{organisation}, CommonName: organisation + " Root"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, root, root, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key, cert}
}

func (s signer) sign(t *testing.T, host string) tls.Certificate {
	t.Helper()
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, s.cert, s.key.Public(), s.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: s.key}
}

// wires is the network as a doctor tries it: a TLS server for each host of Microsoft's, under its real name, and what stands between.
type wires struct {
	*world
	microsoft signer
	roots     *x509.CertPool
	skew      time.Duration
	signers   map[string]signer // of hosts that another one signs for
	hosts     map[string]string // where a host and port is; "": it refuses
	env       map[string]string
	secret    string
	args      []string
	machine   auth.MachineFile
	bare      bool // args say how to sign in
	terminal  bool
}

func newWires(t *testing.T) *wires {
	t.Helper()
	n := &wires{
		world: newWorld(t, authorityHost, graphHost, strings.Split(allPermissions, ",")...), secret: secrets, microsoft: newSigner(t, "DigiCert Inc"),
		roots: x509.NewCertPool(), signers: map[string]signer{}, hosts: map[string]string{}, env: map[string]string{},
	}
	n.graph = planning(t)
	n.roots.AddCert(n.microsoft.cert)
	return n
}

// planning is a healthy tenant's Graph.
func planning(t *testing.T) http.Handler {
	t.Helper()
	s := healthy(t)
	box, err := sandbox.Open(s.dir, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	return box.Handler()
}

// open lets a host be where nothing is said of it.
func (n *wires) open() {
	for _, host := range []string{authorityHost, graphHost} {
		if _, said := n.hosts[host+":443"]; said {
			continue
		}
		by, other := n.signers[host]
		if !other {
			by = n.microsoft
		}
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" || r.Host != host {
				n.t.Errorf("%s was sent %v", r.Host, r.Header)
			}
			w.Header().Set("Date", time.Now().Add(n.skew).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusNotFound)
		}))
		srv.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that are broken off are part of the tests
		srv.TLS = &tls.Config{Certificates: []tls.Certificate{by.sign(n.t, host)}}
		srv.StartTLS()
		n.t.Cleanup(srv.Close)
		n.hosts[host+":443"] = srv.Listener.Addr().String()
	}
}

func (n *wires) dial(ctx context.Context, network, address string) (net.Conn, error) {
	to, known := n.hosts[address]
	switch {
	case !known, to == unknown:
		host, _, _ := net.SplitHostPort(address)
		return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
	case to == "":
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	return (&net.Dialer{}).DialContext(ctx, network, to)
}

// proxy is an HTTP proxy that tunnels, or answers every CONNECT with a status.
func (n *wires) proxy(status int) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
		there, err := n.dial(r.Context(), "tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		here, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			n.t.Error(err)
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() { _, _ = io.Copy(there, here); _ = there.Close() }()
		go func() { _, _ = io.Copy(here, there); _ = here.Close() }()
	}))
	n.t.Cleanup(srv.Close)
	n.hosts["proxy.contoso.com:8080"] = srv.Listener.Addr().String()
	n.env["HTTPS_PROXY"] = "http://proxy.contoso.com:8080"
}

// plain lets a host be a server that speaks no TLS.
func (n *wires) plain(host string) {
	srv := httptest.NewServer(http.NotFoundHandler())
	n.t.Cleanup(srv.Close)
	n.hosts[host+":443"] = srv.Listener.Addr().String()
}

// hangsUp lets a host shake hands and say nothing.
func (n *wires) hangsUp(host string) {
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{n.microsoft.sign(n.t, host)}})
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.(*tls.Conn).Handshake()
			_, _ = c.Read(make([]byte, 1))
			_ = c.Close()
		}
	}()
	n.hosts[host+":443"] = l.Addr().String()
}

// examine runs `tap doctor` in this network, as an application.
func (n *wires) examine(args ...string) ended {
	n.t.Helper()
	n.open()
	var out, errOut bytes.Buffer
	all := []string{"doctor", "-o", "json"}
	if !n.bare {
		all = append(all, "--auth", "client-secret", "--tenant", sandbox.TenantID, "--client-id", client)
	}
	code := root.Main(&root.Process{
		Args:    append(append(all, n.args...), args...),
		Streams: &terminal.Streams{In: strings.NewReader(""), Out: &out, Err: &errOut, InTTY: n.terminal, ErrTTY: n.terminal},
		Machine: n.machine,
		Getenv: func(name string) string {
			if name == "TAP_CLIENT_SECRET" {
				return n.secret
			}
			return n.env[name]
		},
		Network: n.world, Dial: n.dial, Roots: n.roots,
	})
	for _, s := range []string{out.String(), errOut.String()} {
		if strings.Contains(s, secrets) || strings.Contains(s, "e30.") {
			n.t.Errorf("a secret or a token shows: %s", s)
		}
	}
	return ended{out.String(), errOut.String(), code}
}

func TestDoctorFindsNothingInAHealthyNetwork(t *testing.T) {
	t.Parallel()
	for name, plant := range map[string]func(*wires){"direct": func(*wires) {}, "through a proxy": func(n *wires) { n.proxy(http.StatusOK) }} {
		n := newWires(t)
		plant(n)
		r := n.examine(patient)
		all, faults := diagnoses(t, r.stdout)
		if r.exit != 0 || faults != "" {
			t.Errorf("%s: exit code %d\n%s\n%s", name, r.exit, faults, r.stderr)
		}
		want := "graph.microsoft.com answers, with a certificate by DigiCert Inc"
		if name != "direct" {
			want = "graph.microsoft.com answers through the proxy proxy.contoso.com:8080, with a certificate by DigiCert Inc"
		}
		if all[2].Finding != want || all[1].Finding != strings.Replace(want, graphHost, authorityHost, 1) {
			t.Errorf("%s: %v", name, all[:3])
		}
	}
}

// TestDoctorFindsFaultsOfANetwork plants one fault at a time on the way to a healthy tenant.
func TestDoctorFindsFaultsOfANetwork(t *testing.T) {
	t.Parallel()
	for _, c := range faultsOfANetwork() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := newWires(t)
			c.plant(n)
			r := n.examine()
			_, faults := diagnoses(t, r.stdout)
			faults = anywhere(faults)
			faults = strings.ReplaceAll(faults, " --auth client-secret --client-id "+client+" --output json --tenant "+sandbox.TenantID, "")
			if want := strings.TrimPrefix(c.want, "\n"); faults != want || r.exit != c.exit {
				t.Errorf("exit code %d, want %d\n%s\nwant\n%s", r.exit, c.exit, faults, want)
			}
		})
	}
}

// missing is the path of a file that is not there.
var missing = filepath.Join(os.TempDir(), "no", "such", "file")

// anywhere is what is said with what another system says otherwise taken out.
func anywhere(s string) string {
	_, err := os.Open(missing)
	var at *os.PathError
	_ = errors.As(err, &at)
	return strings.NewReplacer(missing, "FILE", at.Err.Error(), "NOT THERE",
		"w32tm /resync", "SET", "sudo sntp -sS time.apple.com", "SET", "sudo timedatectl set-ntp true", "SET").Replace(s)
}

// broken is a fault of a network, and what is to be said of it.
type broken struct {
	name  string
	plant func(*wires)
	exit  int
	want  string
}

func faultsOfANetwork() []broken {
	interceptor := func(n *wires) signer { return newSigner(n.t, "Zscaler Inc.") }
	return []broken{
		{"the authority has no name", func(n *wires) { n.hosts[authorityHost+":443"] = unknown }, 9, `
fail authority: login.microsoftonline.com cannot be reached: its name is not known: lookup login.microsoftonline.com: no such host
	check the name server of this machine, and --cloud
	curl -sSI https://login.microsoftonline.com`},
		{"Graph refuses connections", func(n *wires) { n.hosts[graphHost+":443"] = "" }, 9, `
fail graph: graph.microsoft.com cannot be reached: connect: connection refused
	a firewall has to let graph.microsoft.com:443 through, or HTTPS_PROXY has to name the proxy that does
	curl -sSI https://graph.microsoft.com`},
		{"Graph speaks no TLS", func(n *wires) { n.plain(graphHost) }, 9, `
fail graph: graph.microsoft.com cannot be reached: no TLS: tls: first record does not look like a TLS handshake
	a firewall has to let graph.microsoft.com:443 through, or HTTPS_PROXY has to name the proxy that does
	curl -sSI https://graph.microsoft.com`},
		{"a proxy refuses", func(n *wires) { n.proxy(http.StatusProxyAuthRequired) }, 9, `
fail authority: login.microsoftonline.com cannot be reached through the proxy proxy.contoso.com:8080: the proxy answers 407 Proxy Authentication Required
	check HTTPS_PROXY, and ask whoever runs the proxy to let login.microsoftonline.com:443 through; or go without it where that is possible
	export NO_PROXY=login.microsoftonline.com
fail graph: graph.microsoft.com cannot be reached through the proxy proxy.contoso.com:8080: the proxy answers 407 Proxy Authentication Required
	check HTTPS_PROXY, and ask whoever runs the proxy to let graph.microsoft.com:443 through; or go without it where that is possible
	export NO_PROXY=graph.microsoft.com`},
		{"a proxy is not there", func(n *wires) { n.env["HTTPS_PROXY"] = "http://proxy.contoso.com:8080" }, 9, `
fail authority: login.microsoftonline.com cannot be reached through the proxy proxy.contoso.com:8080: the proxy cannot be used: lookup proxy.contoso.com: no such host
	check HTTPS_PROXY, and ask whoever runs the proxy to let login.microsoftonline.com:443 through; or go without it where that is possible
	export NO_PROXY=login.microsoftonline.com
fail graph: graph.microsoft.com cannot be reached through the proxy proxy.contoso.com:8080: the proxy cannot be used: lookup proxy.contoso.com: no such host
	check HTTPS_PROXY, and ask whoever runs the proxy to let graph.microsoft.com:443 through; or go without it where that is possible
	export NO_PROXY=graph.microsoft.com`},
		{"a proxy's address is none", func(n *wires) { n.env["HTTPS_PROXY"] = "http://[" }, 9, `
fail authority: login.microsoftonline.com cannot be reached: HTTPS_PROXY is no address of a proxy
	it looks like http://proxy.contoso.com:8080
	unset HTTPS_PROXY
fail graph: graph.microsoft.com cannot be reached: HTTPS_PROXY is no address of a proxy
	it looks like http://proxy.contoso.com:8080
	unset HTTPS_PROXY`},
		{"TLS is intercepted, and the machine trusts who does", func(n *wires) {
			by := interceptor(n)
			n.roots.AddCert(by.cert)
			n.signers[graphHost] = by
		}, 0, `
warn graph: graph.microsoft.com answers with a certificate by Zscaler Inc., who does not sign for Microsoft: somebody in between can read tokens and passcodes
	ask whoever runs this network to exempt graph.microsoft.com from TLS inspection`},
		{"TLS is intercepted by somebody unknown", func(n *wires) { n.signers[authorityHost] = interceptor(n) }, 9, `
fail authority: login.microsoftonline.com cannot be reached: its certificate is not trusted here: x509: certificate signed by unknown authority (signed by Zscaler Inc.)
	if Zscaler Inc. inspects your own network's TLS, trust its root certificate; if not, do not sign in here
	export SSL_CERT_FILE=CERTIFICATE`},
		{"the clock is behind", func(n *wires) { n.skew = 6 * time.Minute }, 9, `
fail clock: this machine's clock is 6 min behind the service's
	set this machine's clock
	SET`},
		{"the clock is ahead a little", func(n *wires) { n.skew = -70 * time.Second }, 0, `
warn clock: this machine's clock is 70 s ahead of the service's
	set this machine's clock
	SET`},
		{"the secret is wrong", func(n *wires) { n.secret = "wrong" }, 9, `
fail sign-in: signing in: c0117050-5a2d-4b0c-8000-c0a705000001: the client secret is wrong: it is the secret's value that is needed, not its id (AADSTS7000215)
	read -rs TAP_CLIENT_SECRET && export TAP_CLIENT_SECRET`},
		{"there is no secret", func(n *wires) { n.secret = "" }, 9, `
fail sign-in: signing in: there is no client secret
	read -rs TAP_CLIENT_SECRET && export TAP_CLIENT_SECRET`},
		{"nobody can be asked", func(n *wires) { n.args = []string{"--auth", "browser"} }, 9, `
fail sign-in: signing in: interaction needed: --auth browser asks a person, and nobody can be asked here
	tap login --tenant c0117050-5a2d-4b0c-8000-c0a705000001 --client-id 11111111-2222-4333-8444-555555555555`},
		{"the authority hangs up", func(n *wires) { n.hangsUp(authorityHost) }, 9, `
fail authority: login.microsoftonline.com cannot be reached: no answer that can be read: EOF
	something on the way hangs up: try again, then ask whoever runs this network
	curl -sSI https://login.microsoftonline.com`},
		{"the client id is none", func(n *wires) { n.args = []string{"--client-id", "tap"} }, 9, `
fail sign-in: the client id "tap" is not a GUID
	az ad app list --show-mine --query "[].{name:displayName,clientId:appId}" -o table`},
		{"the file with the secret is not there", func(n *wires) { n.args = []string{"--client-secret-file", missing} }, 9, `
fail settings.client-secret-file: --client-secret-file names FILE, which cannot be used: NOT THERE
	tap doctor --client-secret-file FILE
fail sign-in: reading the client secret: FILE: NOT THERE
	tap doctor --client-secret-file FILE`},
		{"two secrets", func(n *wires) { n.env["AZURE_CLIENT_SECRET"] = "another" }, 0, `
warn settings.AZURE_CLIENT_SECRET: TAP_CLIENT_SECRET and AZURE_CLIENT_SECRET contradict each other, and TAP_CLIENT_SECRET counts
	unset AZURE_CLIENT_SECRET`},
		{"two tenants", func(n *wires) { n.env["TAP_TENANT"], n.env["AZURE_TENANT_ID"] = "contoso.com", "fabrikam.com" }, 0, `
warn settings.AZURE_TENANT_ID: TAP_TENANT and AZURE_TENANT_ID contradict each other, and TAP_TENANT counts
	unset AZURE_TENANT_ID`},
		{"a tenant by name and by id", func(n *wires) {
			n.env["TAP_TENANT"], n.env["AZURE_TENANT_ID"] = "contoso.com", "22222222-2222-4333-8444-555555555555"
		}, 0, ""},
		{"quiet and loud", func(n *wires) { n.env["TAP_QUIET"], n.env["TAP_DEBUG"] = "true", "true" }, 0, `
warn settings.TAP_DEBUG: TAP_DEBUG does nothing while TAP_QUIET is set
	unset TAP_DEBUG`},
		{"certificates that are not there", func(n *wires) { n.env["SSL_CERT_FILE"] = missing }, 9, `
fail settings.SSL_CERT_FILE: SSL_CERT_FILE names FILE, which cannot be used: NOT THERE
	unset SSL_CERT_FILE`},
		{"too few permissions", func(n *wires) {
			n.world.roles = []string{"UserAuthenticationMethod.Read.All", "LicenseAssignment.Read.All", "Policy.Read.All", "User.Read.All", "Group.Read.All", "RoleManagement.Read.Directory", "Mail.Send"}
		}, 9, `
fail permissions.create: tap create cannot create a pass: no UserAuthMethod-TAP.ReadWrite.All (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as application permission UserAuthMethod-TAP.ReadWrite.All, then grant admin consent
	tap help permissions
fail permissions.delete: tap delete cannot delete a pass: no UserAuthMethod-TAP.ReadWrite.All (by the token's claims, which are a hint)
	Entra admin center, App registrations, API permissions: add as application permission UserAuthMethod-TAP.ReadWrite.All, then grant admin consent
	tap help permissions`},
	}
}
