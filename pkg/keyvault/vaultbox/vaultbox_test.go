package vaultbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/keyvault/vaultbox"
)

const (
	host   = "contoso.vault.azure.net"
	latest = "?api-version=2026-04-01"
)

func open(t *testing.T) *vaultbox.Box {
	t.Helper()
	b, err := vaultbox.New(host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// answer is what came back.
type answer struct {
	status      int
	header      http.Header
	code, inner string
	body        map[string]any
}

// ask sends one request by hand. Without a token it sends none.
func ask(t *testing.T, b *vaultbox.Box, token, method, path, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "https://"+host+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
		if !strings.HasPrefix(body, "{") {
			req.Header.Set("Content-Type", "text/plain")
		}
	}
	resp, err := b.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	a := answer{status: resp.StatusCode, header: resp.Header}
	var e struct {
		Error struct {
			Code       string
			InnerError struct{ Code string } `json:"innererror"`
		}
	}
	if json.Unmarshal(raw, &a.body) != nil || json.Unmarshal(raw, &e) != nil {
		t.Fatalf("no JSON: %s", raw)
	}
	a.code, a.inner = e.Error.Code, e.Error.InnerError.Code
	return a
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	b := open(t)
	token := b.Token(time.Hour)
	put := ask(t, b, token, "PUT", "/secrets/One"+latest, `{"value":"v1","contentType":"c","attributes":{"enabled":true,"nbf":10,"exp":20},"tags":{"a":"b"}}`)
	id, _ := put.body["id"].(string)
	if put.status != 200 || put.body["value"] != "v1" || !strings.HasPrefix(id, "https://"+host+"/secrets/One/") || put.header.Get("x-ms-request-id") == "" {
		t.Fatalf("%+v", put)
	}
	ask(t, b, token, "PUT", "/secrets/one"+latest, `{"value":"v2"}`)
	for path, want := range map[string]string{"/secrets/ONE": "v2", "/secrets/one/": "v2", strings.TrimPrefix(id, "https://"+host): "v1"} {
		got := ask(t, b, token, "GET", path+latest, "")
		if got.status != 200 || got.body["value"] != want {
			t.Errorf("%s: %+v, want %s", path, got, want)
		}
	}
	list := ask(t, b, token, "GET", "/secrets/one/versions"+latest, "")
	items, _ := list.body["value"].([]any)
	first, _ := items[0].(map[string]any)
	attributes, _ := first["attributes"].(map[string]any)
	if len(items) != 2 || first["value"] != nil || first["id"] != id || attributes["nbf"] != 10.0 || attributes["exp"] != 20.0 || attributes["enabled"] != true {
		t.Errorf("%+v", list)
	}
	if log := b.Written("ONE"); len(log) != 2 || log[0].Value != "v1" || !log[0].Expires.Equal(time.Unix(20, 0)) || log[0].Tags["a"] != "b" || len(b.Log()) != 2 {
		t.Errorf("%+v", log)
	}
	if gone := ask(t, b, token, "DELETE", "/secrets/one"+latest, ""); gone.status != 200 || gone.body["recoveryId"] == nil {
		t.Errorf("%+v", gone)
	}
	if taken := ask(t, b, token, "PUT", "/secrets/one"+latest, `{"value":"v3"}`); taken.status != 409 || taken.inner != "ObjectIsDeletedButRecoverable" {
		t.Errorf("%+v", taken)
	}
}

func TestStrict(t *testing.T) {
	t.Parallel()
	b := open(t)
	token := b.Token(time.Hour)
	tags := func(n int) string {
		out := map[string]string{}
		for i := range n {
			out[strings.Repeat("k", i+1)] = "v"
		}
		s, _ := json.Marshal(map[string]any{"value": "x", "tags": out})
		return string(s)
	}
	for _, c := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"PUT", "/secrets/one", `{"value":"x"}`, 400, "BadParameter"},
		{"PUT", "/secrets/one?api-version=7.0", `{"value":"x"}`, 400, "BadParameter"},
		{"PUT", "/secrets/one" + latest, `{}`, 400, "BadParameter"},
		{"PUT", "/secrets/one" + latest, `{"value":1}`, 400, "BadParameter"},
		{"PUT", "/secrets/one" + latest, `{"value":"x","attributes":{"exp":"2026-12-01"}}`, 400, "BadParameter"},
		{"PUT", "/secrets/one" + latest, `{"value":"x","expires":1}`, 400, "BadParameter"},
		{"PUT", "/secrets/one" + latest, `{"value":"` + strings.Repeat("x", 25<<10+1) + `"}`, 400, "BadParameter"},
		{"PUT", "/secrets/one" + latest, tags(16), 400, "BadParameter"},
		{"PUT", "/secrets/one" + latest, tags(15), 200, ""},
		{"PUT", "/secrets/one" + latest, `{"value":"x","tags":{"a":"` + strings.Repeat("é", 257) + `"}}`, 400, "BadParameter"},
		{"PUT", "/secrets/one" + latest, `{"value":"x","tags":{"a":"` + strings.Repeat("é", 256) + `"}}`, 200, ""},
		{"PUT", "/secrets/a_b" + latest, `{"value":"x"}`, 400, "BadParameter"},
		{"PUT", "/secrets/" + strings.Repeat("a", 128) + latest, `{"value":"x"}`, 400, "BadParameter"},
		{"PUT", "/secrets/" + strings.Repeat("a", 127) + latest, `{"value":"x"}`, 200, ""},
		{"PUT", "/secrets/one" + latest, "", 415, "BadParameter"},
		{"PUT", "/secrets/one" + latest, ` {"value":"x"}`, 415, "BadParameter"}, // sent as text/plain
		{"GET", "/secrets/none" + latest, "", 404, "SecretNotFound"},
		{"GET", "/secrets/one/0" + latest, "", 404, "SecretNotFound"},
		{"GET", "/keys/one" + latest, "", 404, "NotFound"},
		{"POST", "/secrets/one" + latest, `{}`, 405, "MethodNotAllowed"},
	} {
		if got := ask(t, b, token, c.method, c.path, c.body); got.status != c.status || got.code != c.code {
			t.Errorf("%s %.60s %.60s: %d %s, want %d %s", c.method, c.path, c.body, got.status, got.code, c.status, c.code)
		}
	}
}

func TestWhoAsks(t *testing.T) {
	t.Parallel()
	b := open(t)
	other, err := vaultbox.New("contoso.vault.azure.cn")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	revoked := b.Token(time.Hour)
	b.Revoke(revoked)
	for name, token := range map[string]string{"none": "", "no token": "x", "garbage": "a.b.c", "another cloud's": other.Token(time.Hour), "expired": b.Token(-time.Minute), "revoked": revoked} {
		got := ask(t, b, token, "PUT", "/secrets/one"+latest, `{"value":"x"}`)
		if want := `Bearer authorization="https://login.microsoftonline.com/` + vaultbox.Tenant + `", resource="https://vault.azure.net"`; got.status != 401 || got.header.Get("WWW-Authenticate") != want {
			t.Errorf("%s: %d %v", name, got.status, got.header)
		}
	}
	token := b.Token(time.Hour)
	for want, set := range map[string]func(){
		"ForbiddenByRbac":     func() { b.Allow(false, "get") },
		"ForbiddenByPolicy":   func() { b.Allow(true, "get") },
		"ForbiddenByFirewall": func() { b.Wall("ForbiddenByFirewall") },
	} {
		set()
		if got := ask(t, b, token, "PUT", "/secrets/one"+latest, `{"value":"x"}`); got.status != 403 || got.inner != want {
			t.Errorf("%s: %+v", want, got)
		}
		b.Wall("")
		b.Allow(false, "set")
	}
	if len(b.Log()) != 0 {
		t.Errorf("written: %+v", b.Log())
	}
	if got := ask(t, b, token, "PUT", "/secrets/one"+latest, `{"value":"x","attributes":{"enabled":false}}`); got.status != 200 {
		t.Errorf("%+v", got)
	}
	b.Allow(false, "get")
	if got := ask(t, b, token, "GET", "/secrets/one"+latest, ""); got.status != 403 || got.inner != "SecretDisabled" {
		t.Errorf("%+v", got)
	}
}

// The box is found by its name alone.
func TestHost(t *testing.T) {
	t.Parallel()
	b := open(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://another.vault.azure.net/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Transport().RoundTrip(req); err == nil || !strings.Contains(err.Error(), "no such host") {
		t.Errorf("%v", err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	b := open(t)
	token := b.Token(time.Hour)
	b.Fault(vaultbox.Fault{Method: "PUT", Secret: "two", Skip: 2, Times: 2, Written: true, Status: 503, Code: "ServiceUnavailable", Header: map[string]string{"Retry-After": "1"}})
	var got []int
	for _, name := range []string{"one", "two", "two", "TWO", "two", "two"} {
		got = append(got, ask(t, b, token, "PUT", "/secrets/"+name+latest, `{"value":"x"}`).status)
	}
	if want := []int{200, 200, 200, 503, 503, 200}; len(b.Written("two")) != 5 || len(b.Requests()) != 6 || !slices.Equal(got, want) {
		t.Errorf("%v, want %v; %d versions", got, want, len(b.Written("two")))
	}
	b.Fault(vaultbox.Fault{Status: 429, Code: "Throttled"})
	b.Mend()
	if a := ask(t, b, token, "GET", "/secrets/two"+latest, ""); a.status != 200 {
		t.Errorf("%+v", a)
	}
}
