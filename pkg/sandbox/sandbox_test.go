package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Users of the seed that the tests speak of.
const (
	adele     = "adele.vance@contoso.com"
	megan     = "megan.bowen@contoso.com"
	excluded  = "christie.cline@contoso.com"
	newHire   = "nestor.wilke@contoso.com"
	admin     = "mod.admin@contoso.com"
	tier0     = "allan.deyoung@contoso.com"
	owner     = "sofia.papa@contoso.com" // of a role-assignable group
	executive = "lee.gu@contoso.com"     // in a restricted administrative unit
	helpdesk  = "isaiah.langer@contoso.com"
	external  = "maria_fabrikam.com%23EXT%23@contoso.com"
)

// client speaks HTTP to a tenant over its in-memory server, and holds each answer of Graph against the contract.
type client struct {
	t      *testing.T
	tenant *sandbox.Tenant
	http   *http.Client
	as     string // the token is sandbox-AS
	base   string // scheme and host, "" for those in memory
}

func open(t *testing.T, dir string, o sandbox.Options) *client {
	t.Helper()
	tenant, err := sandbox.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: tenant.DialContext, DisableCompression: true}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := tenant.Close(); err != nil {
			t.Error(err)
		}
	})
	return &client{t: t, tenant: tenant, http: &http.Client{Transport: transport}, as: "helpdesk"}
}

func contoso(t *testing.T) *client { t.Helper(); return open(t, t.TempDir(), sandbox.Options{}) }

// caller returns the same client with another token.
func (c *client) caller(name string) *client {
	other := *c
	other.as = name
	return &other
}

// answer is what came back; object is the body if that is a JSON object.
type answer struct {
	t    *testing.T
	what string

	request *http.Request
	status  int
	header  http.Header
	body    []byte
	object  map[string]any
}

// do sends a request; headers are "Name: value". A body is JSON unless a header says otherwise.
func (c *client) do(method, path, body string, headers ...string) answer {
	c.t.Helper()
	a, err := c.send(method, path, body, headers...)
	if err != nil {
		c.t.Fatal(err)
	}
	if bytes.HasPrefix(a.body, []byte("{")) {
		a.decode(&a.object)
	}
	if strings.HasPrefix(strings.ToLower(path), "/beta/") || strings.HasPrefix(strings.ToLower(path), "/v1.0/") {
		checkContract(c.t, a.request, a)
	}
	return a
}

// send is do for an answer that may break the contract or not come at all.
func (c *client) send(method, path, body string, headers ...string) (answer, error) {
	c.t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	base := c.base
	if base == "" {
		base = "http://127.0.0.1:4010"
	}
	req, err := http.NewRequest(method, base+path, r)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.as != "" && !strings.HasPrefix(path, "/sandbox") {
		req.Header.Set("Authorization", "Bearer sandbox-"+c.as)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
		if name == "Host" {
			req.Host = value
		}
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	b, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	return answer{t: c.t, what: method + " " + path, request: req, status: res.StatusCode, header: res.Header, body: b}, err
}

func (c *client) get(path string, headers ...string) answer {
	c.t.Helper()
	return c.do("GET", path, "", headers...)
}

func (a answer) decode(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%s: %v: %s", a.what, err, a.body)
	}
}

// ok fails the test unless the status is this one.
func (a answer) ok(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d: %s", a.what, a.status, status, a.body)
	}
	return a
}

// fails fails the test unless the answer is this error, word for word.
func (a answer) fails(status int, code, message string) {
	a.t.Helper()
	a.ok(status)
	e, _ := a.object["error"].(map[string]any)
	if e["code"] != code || e["message"] != message {
		a.t.Errorf("%s:\n got %v: %v\nwant %s: %s", a.what, e["code"], e["message"], code, message)
	}
}

func (a answer) text(name string) string {
	s, _ := a.object[name].(string)
	return s
}

// values are the elements of a collection.
func (a answer) values() []map[string]any {
	a.t.Helper()
	var body struct{ Value []map[string]any }
	a.ok(200).decode(&body)
	if body.Value == nil {
		a.t.Fatalf("%s: no value: %s", a.what, a.body)
	}
	return body.Value
}

func passesOf(user string) string {
	return "/beta/users/" + user + "/authentication/temporaryAccessPassMethods"
}

func (c *client) create(user, body string) answer {
	c.t.Helper()
	return c.do("POST", passesOf(user), body)
}

// clock sets or advances the sandbox's clock and returns it.
func (c *client) clock(body string) time.Time {
	c.t.Helper()
	now, err := time.Parse(time.RFC3339Nano, c.do("POST", "/sandbox/clock", body).ok(200).text("now"))
	if err != nil {
		c.t.Fatal(err)
	}
	return now
}

func (c *client) signIn(user, code, method string) map[string]any {
	c.t.Helper()
	body, err := json.Marshal(map[string]string{"user": user, "temporaryAccessPass": code, "method": method})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.do("POST", "/sandbox/signin", string(body)).ok(200).object
}

func (c *client) patchPolicy(properties string) answer {
	c.t.Helper()
	return c.caller("privileged").do("PATCH", "/beta/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass",
		`{"@odata.type":"#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration",`+properties+`}`)
}

func (c *client) id(user string) string {
	c.t.Helper()
	return c.get("/v1.0/users/" + user).ok(200).text("id")
}
