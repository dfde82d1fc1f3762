package sandbox_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

func TestAnswersCarryGraphsHeaders(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.clock(`{"set":"2026-12-01T08:00:00Z"}`)
	a := c.get("/beta/users/"+adele, "client-request-id: 0f3a-mine").ok(200)
	if !strings.HasPrefix(a.header.Get("Date"), "Tue, 01 Dec 2026 08:00:0") {
		t.Errorf("Date %q is not the sandbox's", a.header.Get("Date"))
	}
	if a.header.Get("client-request-id") != "0f3a-mine" || len(a.header.Get("request-id")) != 36 || a.header.Get("OData-Version") != "4.0" {
		t.Errorf("headers: %v", a.header)
	}
	if ct := a.header.Get("Content-Type"); ct != "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8" {
		t.Errorf("Content-Type %q", ct)
	}
	if again := c.get("/beta/users/" + adele); again.header.Get("request-id") == a.header.Get("request-id") {
		t.Error("two answers have one request-id")
	}
}

func TestInnerErrorIsSpelledBothWays(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	seen := map[string]bool{}
	for range 60 {
		a := c.get("/beta/users/nobody", "client-request-id: mine").ok(404)
		e := a.object["error"].(map[string]any)
		for _, spelling := range []string{"innerError", "innererror"} {
			if inner, has := e[spelling].(map[string]any); has {
				seen[spelling] = true
				if inner["request-id"] != a.header.Get("request-id") || inner["client-request-id"] != "mine" || inner["date"] == nil {
					t.Errorf("inner error %v", inner)
				}
			}
		}
	}
	if len(seen) != 2 {
		t.Errorf("spellings seen: %v", seen)
	}
}

func TestForeignHostAndOriginAreRefused(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	for _, path := range []string{"/beta/users", "/sandbox", "/sandbox/issued", "/nowhere"} {
		for _, host := range []string{"evil.example", "127.0.0.1.evil.example:4010", "localhost.evil:80", "[::2]:4010", "0.0.0.0"} {
			c.do("GET", path, "", "Host: "+host).fails(403, "accessDenied", "The sandbox answers only to 127.0.0.1, [::1] and localhost.")
		}
		for _, origin := range []string{"http://localhost:4010", "null", "https://evil.example"} {
			c.do("GET", path, "", "Origin: "+origin).fails(403, "accessDenied", "The sandbox does not answer web pages.")
		}
	}
	for _, host := range []string{"localhost", "LOCALHOST:1", "127.0.0.1", "[::1]", "[::1]:4010"} {
		c.do("GET", "/sandbox", "", "Host: "+host).ok(200)
	}
}

func TestUnknownRoutesAndMethods(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	for _, path := range []string{"/beta/me/messages", "/beta", "/v2.0/users", "/", "/sandbox/nothing", "/beta/users/a/b",
		"/beta/users/" + adele + "/authentication/temporaryAccessPassMethods/$count/x"} {
		c.do("GET", path, "").fails(501, "notImplemented", "The sandbox does not simulate GET "+path+".")
	}
	for path, allow := range map[string]string{"/beta/users": "GET", passesOf(adele): "GET, POST", policyPath: "DELETE, GET, PATCH", "/sandbox/requests": "DELETE, GET",
		"/v1.0/$batch": "POST", "/sandbox/faults": "DELETE, GET, POST"} {
		a := c.do("PUT", path, `{}`)
		a.fails(405, "Request_BadRequest", "Specified HTTP method PUT is not allowed for the request target "+path+".")
		if a.header.Get("Allow") != allow {
			t.Errorf("%s: Allow %q, want %q", path, a.header.Get("Allow"), allow)
		}
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	zipped := func(s string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write([]byte(s))
		_ = w.Close()
		return b.String()
	}
	path := passesOf(adele)
	c.do("POST", path, zipped(`{"lifetimeInMinutes":90}`), "Content-Encoding: gzip").ok(201)
	c.do("POST", path, `{}`, "Content-Type: application/json; charset=utf-8").ok(201)
	c.do("POST", path, `{}`, "Content-Encoding: gzip").fails(400, "BadRequest", "The body is not gzip, as Content-Encoding says.")
	c.do("POST", path, `{}`, "Content-Encoding: br").fails(415, "UnsupportedMediaType", "The content encoding 'br' is not supported.")
	c.do("POST", path, `{}`, "Content-Type: text/plain").fails(400, "BadRequest", "Entity only allows writes with a JSON Content-Type header.")
	c.do("POST", path, "").fails(400, "BadRequest", "Write requests (excluding DELETE) must contain the Content-Type header declaration.")
	bomb := `{"x":"` + strings.Repeat("a", 1<<20) + `"}`
	c.do("POST", path, bomb).fails(413, "RequestEntityTooLarge", "The request body is larger than 1048576 bytes.")
	c.do("POST", path, zipped(bomb), "Content-Encoding: gzip").fails(413, "RequestEntityTooLarge", "The request body is larger than 1048576 bytes.")
}

func TestLatencyIsGraphsAlone(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), sandbox.Options{Latency: 200 * time.Millisecond})
	start := time.Now()
	done := make(chan struct{})
	for range 4 { // side by side: the folder is not held meanwhile
		go func() {
			c.get("/beta/users/" + adele)
			done <- struct{}{}
		}()
	}
	for range 4 {
		<-done
	}
	if took := time.Since(start); took < 200*time.Millisecond || took > 700*time.Millisecond {
		t.Errorf("four requests side by side took %v", took)
	}
	start = time.Now()
	c.get("/sandbox/clock").ok(200)
	if took := time.Since(start); took >= 200*time.Millisecond {
		t.Errorf("the control plane took %v", took)
	}
}

func TestRequestLog(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	secret := c.create(adele, `{}`).ok(201).text("temporaryAccessPass")
	c.caller("app").get("/beta/users/"+adele+"?$select=id", "client-request-id: mine").ok(200)
	c.caller("").get("/beta/nowhere")
	c.do("GET", "/sandbox/passes", "")
	a := c.get("/sandbox/requests").ok(200)
	var log []map[string]any
	a.decode(&log)
	if len(log) != 3 {
		t.Fatalf("%d requests: %s", len(log), a.body)
	}
	if e := log[0]; e["method"] != "POST" || e["path"] != passesOf(adele) || e["status"] != 201.0 || e["caller"] != "helpdesk" || e["requestId"] == "" || e["time"] == "" {
		t.Errorf("first: %v", e)
	}
	if e := log[1]; e["caller"] != "app" || e["query"] != "$select=id" || e["clientRequestId"] != "mine" {
		t.Errorf("second: %v", e)
	}
	if e := log[2]; e["status"] != 501.0 || e["caller"] != nil {
		t.Errorf("third: %v", e)
	}
	if strings.Contains(string(a.body), secret) || strings.Contains(string(a.body), "sandbox-app") {
		t.Error("the request log holds a passcode or a token")
	}
	c.do("DELETE", "/sandbox/requests", "").ok(http.StatusNoContent)
	if left := c.get("/sandbox/requests").ok(200); string(left.body) != "[]\n" {
		t.Errorf("after DELETE: %s", left.body)
	}
}
