package sandbox

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// address is the content of addressFile: where a serve answers, and an id by which it can be told from another one
// that has the port later.
type address struct {
	Address     string `json:"address"`
	Instance    string `json:"instance"`
	Certificate string `json:"certificate,omitempty"` // the file with that of an https address
}

const (
	shutdownPatience = 5 * time.Second
	answerPatience   = 2 * time.Second // for GET /sandbox of a serve that is said to be there
)

// Serve answers on l until ctx ends, then lets running requests finish. It keeps the folder for itself meanwhile and
// leaves its address there for Served. It refuses, and closes, a listener that is not on loopback.
func (t *Tenant) Serve(ctx context.Context, l net.Listener) error {
	defer l.Close()
	if a, isTCP := l.Addr().(*net.TCPAddr); !isTCP || !a.IP.IsLoopback() {
		return fmt.Errorf("serving the sandbox on %s: only a loopback address is allowed", l.Addr())
	}
	server := newServer(t.Handler())
	scheme, run := "http://", server.Serve
	if file := t.opts.Certificate; file != "" {
		var err error
		if server.TLSConfig, err = selfSigned(file); err != nil {
			return fmt.Errorf("serving the sandbox on %s: %w", l.Addr(), err)
		}
		scheme, run = "https://", func(l net.Listener) error { return server.ServeTLS(l, "", "") }
	}
	if err := t.holdFolder(ctx, scheme+l.Addr().String()); err != nil {
		return fmt.Errorf("serving the sandbox folder %s: %w", t.dir, err)
	}
	defer t.releaseFolder()
	stopped := make(chan error, 1)
	go func() { stopped <- run(l) }()
	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownPatience)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		_ = server.Close()
	}
	<-stopped
	return nil
}

func newServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
}

func (t *Tenant) holdFolder(ctx context.Context, url string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.serving {
		return errors.New("it is served already")
	}
	if err := t.acquire(ctx, true); err != nil {
		return err
	}
	a := address{Address: url, Instance: newID(), Certificate: t.opts.Certificate}
	err := t.store.refresh(true)
	if err == nil {
		var b []byte
		b, err = json.Marshal(a)
		err = errors.Join(err, replaceFile(filepath.Join(t.dir, addressFile), b))
	}
	if err != nil {
		return errors.Join(err, t.lock.Unlock())
	}
	t.serving, t.instance = true, a.Instance
	return nil
}

func (t *Tenant) releaseFolder() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.serving, t.instance = false, ""
	_ = os.Remove(filepath.Join(t.dir, addressFile)) // one that stays is found stale by Served
	_ = t.lock.Unlock()
}

// Served returns the base address (http://127.0.0.1:PORT, or https) of a Serve that is alive on this folder, "" if there is
// none, and what a client trusts there, nil for http. An address that a killed one left behind does no harm: its lock is gone, or nobody with its id answers.
func Served(dir string) (base string, trust *tls.Config, err error) {
	b, err := os.ReadFile(filepath.Join(dir, addressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("looking for a served sandbox: %w", err)
	}
	var a address
	if json.Unmarshal(b, &a) != nil {
		return "", nil, nil
	}
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	free, err := lock.TryRLock()
	if err != nil {
		return "", nil, fmt.Errorf("looking for a served sandbox: %w", err)
	}
	if free {
		return "", nil, lock.Unlock()
	}
	trust = trusting(a.Certificate)
	if !answers(a, trust) {
		return "", nil, nil
	}
	return a.Address, trust, nil
}

func answers(a address, trust *tls.Config) bool {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: trust}, Timeout: answerPatience}
	res, err := client.Get(a.Address + "/sandbox")
	if err != nil {
		return false
	}
	defer res.Body.Close()
	var info tenantInfo
	return json.NewDecoder(res.Body).Decode(&info) == nil && info.Instance == a.Instance
}
