package sandbox_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// TestServeHTTPS: who trusts the certificate gets an answer, with https links; Served finds the address.
func TestServeHTTPS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "cert.pem")
	tenant, err := sandbox.Open(filepath.Join(dir, "folder"), sandbox.Options{Certificate: file})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- tenant.Serve(ctx, l) }()
	awaitServed(t, filepath.Join(dir, "folder"), "https://"+l.Addr().String())
	pem, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(pem), "PRIVATE") {
		t.Errorf("the certificate: %v\n%s", err, pem)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	for _, h2 := range []bool{false, true} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: h2}
		c := &client{t: t, tenant: tenant, http: &http.Client{Transport: transport}, as: "helpdesk", base: "https://" + l.Addr().String()}
		if link := c.get("/beta/users?$top=1&$select=id").ok(200).text("@odata.nextLink"); !strings.HasPrefix(link, c.base+"/beta/users?") {
			t.Errorf("link %s", link)
		}
		c.faults(`[{"match":"POST /users/*/authentication/temporaryAccessPassMethods","drop":"after","times":1}]`)
		if _, err := c.send("POST", passesOf(adele), `{}`); err == nil {
			t.Error("the connection was not cut")
		}
		transport.CloseIdleConnections()
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
