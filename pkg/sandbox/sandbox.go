// Package sandbox is a Microsoft Graph simulator: the Contoso tenant, kept in a folder and served over HTTP in
// Graph's wire format (/beta and /v1.0), with a control plane under /sandbox for whatever Graph itself has no
// call for: moving the clock, playing the user who signs in, reading the ledger of issued passcodes. Over TLS it is the
// authority, too, which issues the tokens.
//
// It is as strict as Microsoft's published contract. Where Microsoft does not say how a real tenant answers, the
// comment says "our invention".
//
// It must import nothing of this module and share no code with the client: a simulator that does shares the
// client's mistakes. It never listens on anything but loopback, answers no foreign Host and no Origin, opens no
// connection to the outside, and takes no real credential.
package sandbox

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// TenantID is the object id of the Contoso tenant, the same in every sandbox.
const TenantID = "c0117050-5a2d-4b0c-8000-c0a705000001"

// Options say how a tenant behaves; the zero value is the default tenant.
type Options struct {
	Users      int           // generated users beside the named ones; 0 keeps what the folder has
	Seed       int64         // makes generated users and passcodes repeatable; 0 keeps what the folder has
	Undeclared bool          // beta also sends isUsable and methodUsabilityReason, which v1.0 always does
	Latency    time.Duration // waited before each Graph answer, not on the control plane
	// PolicyDelay is how long a PATCH of the policy takes to show, on the sandbox's clock: reads and passes see the old
	// policy until then. How long a real tenant takes is unknown.
	PolicyDelay time.Duration
	// Replication is how long a new user is unknown to the calls on authentication methods, and a new membership to the
	// policy, on the sandbox's clock.
	Replication time.Duration
	// ReportLag is how old the copy is that the registration report shows, on the sandbox's clock; 0 is an hour.
	ReportLag time.Duration
	// AuditDelay is how long the audit log takes to show an entry, on the sandbox's clock; 0 is two minutes.
	AuditDelay  time.Duration
	Faults      []Fault // met by calls to Graph while this Tenant is open
	Throttle    []Limit
	Certificate string // a file: Serve speaks HTTPS then, and leaves there, as PEM, the certificate that it makes
}

// Tenant is one simulated tenant over one folder. Several Tenants, in one process or in many, may have the same
// folder open. Its methods may be called from any goroutine.
type Tenant struct {
	opts Options
	dir  string

	mu       sync.Mutex // held while the state is looked at or changed
	lock     *flock.Flock
	serving  bool // Serve holds the folder: no locking per request, nobody else appends
	instance string
	store    store
	local    local

	memory memoryServer
}

// Open opens the tenant kept in the folder dir, which is made (0700, its files 0600) when absent; an empty one is
// seeded with Contoso.
func Open(dir string, o Options) (*Tenant, error) {
	if err := checkOptions(o); err != nil {
		return nil, fmt.Errorf("opening the sandbox folder %s: %w", dir, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the sandbox folder %s: %w", dir, err)
	}
	t := &Tenant{
		opts:  o,
		dir:   dir,
		lock:  flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600)),
		store: newStore(dir),
	}
	t.local.begin(o)
	if err := t.update(context.Background(), func(x *tx) error { return x.populate(o.Users, o.Seed) }); err != nil {
		return nil, fmt.Errorf("opening the sandbox folder %s: %w", dir, err)
	}
	return t, nil
}

// Handler returns Graph (/beta, /v1.0), the control plane (/sandbox…) and, over TLS, the authority (/TENANT/…) as one handler.
func (t *Tenant) Handler() http.Handler { return guard(http.HandlerFunc(t.serveHTTP)) }

// DialContext returns an in-memory connection to an HTTP server over Handler: for embedded use, where no port is
// opened. Network and address are ignored. It has the shape of http.Transport.DialContext.
func (t *Tenant) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	return t.memory.dial(ctx, t.Handler())
}

// Close ends the in-memory server. The state needs no closing: each request leaves it on disk.
func (t *Tenant) Close() error { return t.memory.close() }
