package sandbox_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// serve runs Serve on a free port; stop ends it and returns its error.
func serve(t *testing.T, dir string) (address string, stop func() error) {
	t.Helper()
	tenant, err := sandbox.Open(dir, sandbox.Options{})
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
	t.Cleanup(cancel)
	return "http://" + l.Addr().String(), func() error { cancel(); return <-done }
}

func served(t *testing.T, dir string) string {
	t.Helper()
	address, _, err := sandbox.Served(dir)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func awaitServed(t *testing.T, dir, address string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); served(t, dir) != address; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("served %q, want %q", served(t, dir), address)
		}
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if a := served(t, dir); a != "" {
		t.Errorf("served before: %q", a)
	}
	address, stop := serve(t, dir)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Get(address + "/sandbox?as=app")
	if err != nil {
		t.Fatal(err)
	}
	var about struct{ TenantID string }
	if err := json.NewDecoder(res.Body).Decode(&about); err != nil || about.TenantID != sandbox.TenantID {
		t.Errorf("about: %+v, %v", about, err)
	}
	_ = res.Body.Close()
	awaitServed(t, dir, address)
	left, err := os.ReadFile(filepath.Join(dir, "serve.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Errorf("stopped: %v", err)
	}
	if a := served(t, dir); a != "" {
		t.Errorf("served afterwards: %q", a)
	}
	if err := os.WriteFile(filepath.Join(dir, "serve.json"), left, 0o600); err != nil { // as after kill -9
		t.Fatal(err)
	}
	if a := served(t, dir); a != "" {
		t.Errorf("served with a stale address: %q", a)
	}
	address, stop = serve(t, dir) // another one, while the file still names the first
	awaitServed(t, dir, address)
	if err := stop(); err != nil {
		t.Error(err)
	}
	if a := served(t, filepath.Join(dir, "absent")); a != "" {
		t.Errorf("an absent folder is served at %q", a)
	}
}

func TestServeRefusesOtherAddresses(t *testing.T) {
	t.Parallel()
	tenant, err := sandbox.Open(t.TempDir(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	err = tenant.Serve(context.Background(), l)
	if err == nil || !strings.HasSuffix(err.Error(), ": only a loopback address is allowed") {
		t.Errorf("error %v", err)
	}
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		_ = c.Close()
		t.Error("the refused listener is still open")
	}
}

func TestServedFolderIsHeld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	address, stop := serve(t, dir)
	awaitServed(t, dir, address)
	if _, err := sandbox.Open(dir, sandbox.Options{}); err == nil || !strings.Contains(err.Error(), "another process holds the sandbox folder: `tap sandbox serve` at "+address) {
		t.Errorf("opened beside a serve: %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	open(t, dir, sandbox.Options{}).create(adele, `{}`).ok(201)
}
