package root_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// rehearsed is the network with the sandbox behind both of Microsoft's hosts: whoever is wrong about the protocol is found.
type rehearsed struct{ box *sandbox.Tenant }

func newRehearsed(t *testing.T) rehearsed {
	t.Helper()
	box, err := sandbox.Open(t.TempDir(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	return rehearsed{box}
}

func (r rehearsed) RoundTrip(req *http.Request) (*http.Response, error) {
	local, rec := req.Clone(req.Context()), httptest.NewRecorder()
	local.Host, local.RequestURI = req.URL.Host, req.URL.RequestURI()
	switch {
	case req.URL.Scheme == "https" && req.URL.Host == "login.microsoftonline.com":
		r.box.Authority().ServeHTTP(rec, local)
	case req.URL.Scheme == "https" && req.URL.Host == "graph.microsoft.com":
		local.Host = "127.0.0.1"
		r.box.Handler().ServeHTTP(rec, local)
	default:
		return nil, &net.DNSError{Err: "no such host", Name: req.URL.Host, IsNotFound: true}
	}
	resp := rec.Result()
	resp.Request = req
	return resp, nil
}

func (r rehearsed) control(t *testing.T, path, body string) {
	t.Helper()
	req := httptest.NewRequest("POST", "http://127.0.0.1/sandbox/"+path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	if r.box.Handler().ServeHTTP(rec, req); rec.Code > 299 {
		t.Fatalf("%s: %d: %s", path, rec.Code, rec.Body)
	}
}

// tap runs the program at a terminal; kind is how it signs in.
func (r rehearsed) tap(kind, client string) (int, string) {
	var out, errOut bytes.Buffer
	code := root.Main(&root.Process{
		Args:    []string{"create", "adele.vance@contoso.com", "--yes", "--auth", kind, "--tenant", sandbox.TenantID, "--client-id", client},
		Streams: &terminal.Streams{In: strings.NewReader(""), Out: &out, Err: &errOut, InTTY: true, ErrTTY: true},
		Getenv: func(name string) string {
			if name == "TAP_CLIENT_SECRET" {
				return sandbox.AutomationSecret
			}
			return ""
		},
		Network: r,
	})
	return code, out.String() + errOut.String()
}

func TestSignInsAreRehearsed(t *testing.T) {
	t.Parallel()
	const isaiah = `"user":"isaiah.langer@contoso.com"`
	for _, tc := range []struct {
		name, kind string
		path, body string // of the control plane
		code       int
		says       string
	}{
		{name: "an application", kind: "client-secret", code: 0, says: "Temporary Access Pass for Adele Vance"},
		{name: "its secret was replaced", kind: "client-secret", path: "registrations", body: `{"appId":"` + sandbox.AutomationClientID + `","secrets":[{"value":"newer"}]}`, code: 4, says: "AADSTS7000215"},
		{name: "it was removed", kind: "client-secret", path: "registrations", body: `{"appId":"` + sandbox.AutomationClientID + `","remove":true}`, code: 4, says: "AADSTS700016"},
		{name: "its permission was taken away", kind: "client-secret", path: "consents", body: `{"appId":"` + sandbox.AutomationClientID + `","application":true,"remove":true,"permissions":["UserAuthenticationMethod.ReadWrite.All"]}`, code: 5, says: "UserAuthenticationMethod.ReadWrite.All"},
		{name: "a person", kind: "device-code", code: 0, says: "Temporary Access Pass for Adele Vance"},
		{name: "nobody consented", kind: "device-code", path: "consents", body: `{"appId":"` + sandbox.HelpdeskClientID + `","remove":true,"permissions":["UserAuthenticationMethod.ReadWrite.All"]}`, code: 4, says: "AADSTS65001"},
		{name: "the sign-in is blocked", kind: "device-code", path: "sessions", body: `{` + isaiah + `,"trouble":53003}`, code: 4, says: "AADSTS53003"},
		{name: "the sign-in is declined", kind: "device-code", path: "choice", body: `{"decline":true}`, code: 4, says: "declined"},
		{name: "the role is not activated", kind: "device-code", path: "roles", body: `{` + isaiah + `,"role":"Authentication Administrator","state":"eligible"}`, code: 5, says: "role"},
		{name: "more is demanded", kind: "device-code", path: "sessions", body: `{` + isaiah + `,"demand":"c1"}`, code: 0, says: "Temporary Access Pass for Adele Vance"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r, client := newRehearsed(t), sandbox.AutomationClientID
			if tc.kind == "device-code" {
				client = sandbox.HelpdeskClientID
				r.control(t, "lifetimes", `{"devicePoll":"1s"}`)
				r.control(t, "choice", `{`+isaiah+`,"stays":true}`)
			}
			if tc.path != "" {
				r.control(t, tc.path, tc.body)
			}
			code, said := r.tap(tc.kind, client)
			if code != tc.code || !strings.Contains(said, tc.says) {
				t.Errorf("exit code %d, want %d with %q:\n%s", code, tc.code, tc.says, said)
			}
			if strings.Contains(said, "eyJ") || strings.Contains(said, sandbox.AutomationSecret) {
				t.Errorf("a token or a secret shows: %s", said)
			}
		})
	}
}
