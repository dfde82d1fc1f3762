package root

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// TestAskedPermissions: the sandbox's caller nopolicy is a person with what tap asks for, and nothing more.
func TestAskedPermissions(t *testing.T) {
	t.Parallel()
	box, err := sandbox.Open(t.TempDir(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	rec := httptest.NewRecorder()
	box.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, embedded+"/sandbox?as=nopolicy", nil))
	var a struct {
		Caller struct{ Permissions []string }
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a.Caller.Permissions, permissions()) {
		t.Errorf("nopolicy holds %q, a person is asked for %q", a.Caller.Permissions, permissions())
	}
}
