package sandbox_test

import (
	"errors"
	"net"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// TestNobodyDialsAClosedTenant: a dial that comes late starts no server that nobody ends.
func TestNobodyDialsAClosedTenant(t *testing.T) {
	tenant, err := sandbox.Open(t.TempDir(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := tenant.Close(); err != nil {
		t.Fatal(err)
	}
	if conn, err := tenant.DialContext(t.Context(), "", ""); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v, %v", conn, err)
	}
}
