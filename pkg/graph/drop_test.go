package graph_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/seed-5ddf9a5e/tap/pkg/graph"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counted is a network into a sandbox that counts its connections.
type counted struct {
	box          *sandbox.Tenant
	opened, open atomic.Int64
}

func (c *counted) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.box.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.opened.Add(1)
	c.open.Add(1)
	return &countedConn{Conn: conn, of: c}, nil
}

type countedConn struct {
	net.Conn
	of     *counted
	closed atomic.Bool
}

func (c *countedConn) Close() error {
	if !c.closed.Swap(true) {
		c.of.open.Add(-1)
	}
	return c.Conn.Close()
}

const onPasses = "* /users/*/authentication/temporaryAccessPassMethods"

// broken is a client of a sandbox with faults, the methods that it sends, and its connections.
func broken(t *testing.T, faults ...sandbox.Fault) (*graph.Client, *[]string, *counted, *http.Transport) {
	t.Helper()
	box, err := sandbox.Open(t.TempDir(), sandbox.Options{Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	network := &counted{box: box}
	wire := &http.Transport{DialContext: network.dial}
	sent := &[]string{}
	c, err := graph.New(graph.Config{
		Root: "http://127.0.0.1", Version: "beta", Credential: token("sandbox-helpdesk"), Transport: wire,
		Trace: func(x graph.Exchange) { *sent = append(*sent, x.Method) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		wire.CloseIdleConnections()
		_ = box.Close()
	})
	return c, sent, network, wire
}

// TestDrops: what is sent for an answer that is lost before the work, after it, or while it is done later, and that the
// code that is told in the end is the one that works.
func TestDrops(t *testing.T) {
	late := func(d time.Duration) sandbox.Fault {
		return sandbox.Fault{Drop: sandbox.DropLate, After: sandbox.Duration(d)}
	}
	for _, c := range []struct {
		name  string
		fault sandbox.Fault
		sent  string
		least time.Duration
	}{
		{"after", sandbox.Fault{Drop: sandbox.DropAfter}, "POST GET POST", 0},
		{"before", sandbox.Fault{Drop: sandbox.DropBefore}, "POST GET POST GET", time.Minute},
		{"late by 3 s", late(3 * time.Second), "POST GET POST GET POST", time.Minute},
		{"late by 50 s", late(50 * time.Second), "POST GET POST GET POST", time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.fault.Match, c.fault.Times = strings.Replace(onPasses, "*", "POST", 1), 1
				client, sent, _, _ := broken(t, c.fault)
				none, began := "", time.Now()
				made, err := client.Create(t.Context(), adele, pass.Request{Known: &none})
				if err != nil || made.Passcode.IsEmpty() || made.Warning != "" {
					t.Fatalf("%+v, %v", made, err)
				}
				if got := strings.Join(*sent, " "); got != c.sent {
					t.Errorf("sent %s, want %s", got, c.sent)
				}
				if took := time.Since(began); took < c.least || took > c.least+2*time.Second {
					t.Errorf("took %s, want %s", took, c.least)
				}
				time.Sleep(time.Hour / 2)
				l, err := client.List(t.Context(), adele)
				if err != nil || len(l.Passes) != 1 || l.Passes[0].ID != made.Pass.ID {
					t.Errorf("told of %s, the tenant holds %+v, %v", made.Pass.ID, l.Passes, err)
				}
			})
		})
	}
}

// TestUnavailableIsAskedOnANewConnection: another one may lead to a server that works.
func TestUnavailableIsAskedOnANewConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, sent, network, _ := broken(t, sandbox.Fault{Match: strings.Replace(onPasses, "*", "GET", 1), Status: 503, Times: 3})
		if _, err := client.List(t.Context(), adele); err != nil || len(*sent) != 4 || network.opened.Load() != 4 {
			t.Errorf("%v: %v over %d connections", err, *sent, network.opened.Load())
		}
	})
}

// TestConnections: every answer is read to its end, whatever it is, so that its connection serves the next request; a cut
// one is closed; none is left behind.
func TestConnections(t *testing.T) {
	post := strings.Replace(onPasses, "*", "POST", 1)
	whole := []sandbox.Fault{
		{Match: post, Status: 400, Times: 20}, {Match: post, Status: 403, Times: 20}, {Match: post, Status: 429, RetryAfter: "0.1", Times: 20},
		{Match: post, Body: sandbox.BodyHTML, Times: 20}, {Match: post, Body: sandbox.BodyEmpty, Times: 20}, {Match: post, Body: sandbox.BodyTruncated, Times: 20},
		{Match: post, Body: sandbox.BodyOdd, Times: 20}, {Match: post, Status: 503, Times: 20},
	}
	for _, c := range []struct {
		name   string
		faults []sandbox.Fault
		most   int64
	}{
		{"whole answers share one connection", whole, 1},
		{"a cut one is replaced", []sandbox.Fault{{Match: post, Drop: sandbox.DropAfter, Times: 7}, {Match: post, Drop: sandbox.DropBefore, Times: 5}}, 13},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, sent, network, wire := broken(t, c.faults...)
				for range 200 {
					_, _ = client.Create(t.Context(), adele, pass.Request{})
				}
				wire.CloseIdleConnections()
				synctest.Wait()
				if opened, open := network.opened.Load(), network.open.Load(); opened > c.most || open != 0 {
					t.Errorf("%d requests opened %d connections, at most %d are needed; %d are left", len(*sent), opened, c.most, open)
				}
			})
		})
	}
}
