package graph_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/graph"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

func contains(err error, words string) bool {
	return err != nil && strings.Contains(err.Error(), words)
}

// memory is a network on which one server answers as the handler does.
type memory struct{ http.Handler }

// RoundTrip tells, as a connection would, that the request was written.
func (m memory) RoundTrip(req *http.Request) (*http.Response, error) {
	if t := httptrace.ContextClientTrace(req.Context()); t != nil && t.WroteHeaders != nil {
		t.WroteHeaders()
	}
	rec := httptest.NewRecorder()
	m.ServeHTTP(rec, req)
	resp := rec.Result()
	resp.Request = req
	return resp, nil
}

const root = "https://graph.example"

// served is a client of a server that answers as handle does.
func served(t *testing.T, handle http.HandlerFunc) *graph.Client {
	t.Helper()
	return over(t, memory{handle})
}

// over is a client on a network.
func over(t *testing.T, network http.RoundTripper) *graph.Client {
	t.Helper()
	c, err := graph.New(graph.Config{Root: root, Version: "beta", Credential: token("marked-token"), UserAgent: "tap/test", Transport: network})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("request-id", "from-the-header")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const js = "application/json"

func TestCreateSendsOnlyWhatWasAsked(t *testing.T) {
	hour, no := time.Hour, false
	start := time.Date(2026, 12, 1, 8, 0, 0, 999, time.FixedZone("", 7200))
	for want, r := range map[string]pass.Request{
		`{}`: {},
		`{"isUsableOnce":false,"lifetimeInMinutes":60,"startDateTime":"2026-12-01T06:00:00Z"}`: {Start: &start, Lifetime: &hour, OneTime: &no},
	} {
		var got, kind, encoding string
		c := served(t, func(w http.ResponseWriter, req *http.Request) {
			b, _ := io.ReadAll(req.Body)
			got, kind, encoding = string(b), req.Header.Get("Content-Type"), req.Header.Get("Content-Encoding")
			answer(201, js, `{"id":"1","temporaryAccessPass":"x"}`)(w, req)
		})
		if _, err := c.Create(t.Context(), adele, r); err != nil {
			t.Fatal(err)
		}
		if sorted(got) != want || kind != js || encoding != "" {
			t.Errorf("sent %s as %s (%s), want %s", got, kind, encoding, want)
		}
	}
}

// sorted writes the properties of a flat object in order: the SDK's order is its own.
func sorted(object string) string {
	parts := strings.Split(strings.Trim(object, "{}"), ",")
	for i := range parts {
		for j := i + 1; j < len(parts); j++ {
			if parts[j] < parts[i] {
				parts[i], parts[j] = parts[j], parts[i]
			}
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func TestAnOddAnswerKeepsItsPasscode(t *testing.T) {
	const good = `"id":"7","temporaryAccessPass":"+drkzqAD","lifetimeInMinutes":60,"isUsableOnce":false,"startDateTime":"2026-12-01T08:00:00Z"`
	for name, body := range map[string]string{
		"createdDateTime":   "{" + good + `,"createdDateTime":"2026-12-01 08:00:00"}`,
		"lifetimeInMinutes": "{" + strings.Replace(good, ":60", `:"sixty"`, 1) + "}",
		"isUsableOnce":      "{" + strings.Replace(good, ":false", `:"no"`, 1) + "}",
		"startDateTime":     "{" + strings.Replace(good, `"2026-12-01T08:00:00Z"`, `1234`, 1) + "}",
	} {
		made, err := served(t, answer(201, js, body)).Create(t.Context(), adele, pass.Request{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if made.Passcode.Reveal() != "+drkzqAD" || made.Pass.ID != "7" {
			t.Errorf("%s: %+v", name, made)
		}
		if !strings.Contains(made.Warning, name) {
			t.Errorf("%s: the warning does not name it: %q", name, made.Warning)
		}
	}
}

func TestACutAnswerKeepsItsPasscode(t *testing.T) {
	for body, want := range map[string]string{
		`{"id":"7","temporaryAccessPass":"+drk\u0026\"D","lifetimeInM`: `+drk&"D`,
		`{"temporaryAccessPass": 12345678, "id": "7"}`:                 `12345678`,
	} {
		made, err := served(t, answer(201, js, body)).Create(t.Context(), adele, pass.Request{})
		if err != nil || made.Passcode.Reveal() != want {
			t.Errorf("%s: %q, %v", body, made.Passcode.Reveal(), err)
		}
		if cut := !strings.HasSuffix(body, "}"); cut != strings.Contains(made.Warning, "all else") {
			t.Errorf("%s: warning %q", body, made.Warning)
		}
	}
}

func TestAListIsReadAsFarAsItCanBe(t *testing.T) {
	const body = `{"value":[{"id":"7","createdDateTime":"2026-12-01 08:00:00","startDateTime":"2026-12-01T08:00:00Z","lifetimeInMinutes":2147483647,"isUsableOnce":"no"}]}`
	l, err := served(t, answer(200, js, body)).List(t.Context(), adele)
	if err != nil || len(l.Passes) != 1 {
		t.Fatalf("%+v, %v", l, err)
	}
	if p := l.Passes[0]; p.ID != "7" || p.Lifetime != 0 || !p.Held(time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", p)
	}
	for _, body := range []string{"{}", "[]", `{"value":5}`} {
		if _, err := served(t, answer(200, js, body)).List(t.Context(), adele); !contains(err, "the service answered without") {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// TestAnAnswerThatIsNoJSON is asked for again, as one that was cut.
func TestAnAnswerThatIsNoJSON(t *testing.T) {
	for _, body := range []string{"", `{"value":[`, "<html>"} {
		synctest.Test(t, func(t *testing.T) {
			p := &play{acts: []act{says(200, body), says(200, body), says(200, empty)}}
			if _, err := over(t, p).List(t.Context(), adele); err != nil || len(p.seen) != 3 {
				t.Errorf("%q: %v after %v", body, err, p.seen)
			}
			p = &play{acts: []act{says(200, body)}}
			if _, err := over(t, p).List(t.Context(), adele); !contains(err, "graph.example gives no answer that can be read") || errs.Of(err).Slug != errs.Busy {
				t.Errorf("%q: %v", body, err)
			}
		})
	}
}

func TestAnAnswerWithoutAPasscodeIsAnError(t *testing.T) {
	for _, body := range []string{"", "{}", "null", "[]", `{"temporaryAccessPass":null}`, `{"temporaryAccessPass":"a\u001b[2J"}`, `{"temporaryAccessPass":"a\nb"}`, `{"temporaryAccessPass":"a b"}`, `{"temporaryAccessPass":true}`, `{"temporaryAccessPass":""}`, `{"id":"7","tempor`, "<html>"} {
		synctest.Test(t, func(t *testing.T) {
			_, err := served(t, answer(201, js, body)).Create(t.Context(), adele, pass.Request{})
			if !errors.Is(err, pass.ErrUnseen) || errs.Of(err).Slug != errs.Busy || errs.Of(err).RequestID != "from-the-header" {
				t.Errorf("%q: %v", body, err)
			}
		})
	}
}

func TestRefusalsAreClassified(t *testing.T) {
	odata := func(code, message, inner string) string {
		return fmt.Sprintf(`{"error":{"code":%q,"message":%q,%q:{"request-id":"inside","message":"m"}}}`, code, message, inner)
	}
	for _, c := range []struct {
		status    int
		kind      string
		body      string
		slug      errs.Slug
		words, id string
	}{
		{400, js, odata("badRequest", "Invalid LifetimeInMinutes specified.", "innerError"), errs.Rejected, "Invalid LifetimeInMinutes specified.", "from-the-header"},
		{403, js, odata("accessDenied", "Request Authorization failed", "innererror"), errs.Denied, "Request Authorization failed", "from-the-header"},
		{404, js, odata("Request_ResourceNotFound", "Resource 'x' does not exist", "innerError"), errs.NotFound, "Resource 'x' does not exist", "from-the-header"},
		{401, js, odata("InvalidAuthenticationToken", "Access token is empty.", "innerError"), errs.Auth, "Access token is empty.", "from-the-header"},
		{429, js, odata("", "", "innerError"), errs.Busy, "m", "from-the-header"},
		{502, "text/html", "<html><h1>Bad Gateway</h1></html>", errs.Busy, "the answer was 502 Bad Gateway", "from-the-header"},
		{503, js, "", errs.Busy, "the answer was 503 Service Unavailable", "from-the-header"},
		{501, js, odata("notImplemented", "", "x"), errs.Internal, "notImplemented (501 Not Implemented)", "from-the-header"},
		{302, "text/html", "", errs.Internal, "the answer was 302 Found", "from-the-header"},
	} {
		var err error
		synctest.Test(t, func(t *testing.T) { _, err = served(t, answer(c.status, c.kind, c.body)).List(t.Context(), adele) })
		e := errs.Of(err)
		if e == nil || e.Slug != c.slug || e.Why != c.words || e.RequestID != c.id {
			t.Errorf("%d %s: %+v", c.status, c.body, e)
		}
		var se *graph.ServiceError
		if !errors.As(err, &se) || se.Status != c.status {
			t.Errorf("%d: the status is lost: %v", c.status, err)
		}
	}
}

func TestTheRequestIDOfABody(t *testing.T) {
	for _, key := range []string{"innerError", "innererror"} {
		c := served(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			_, _ = fmt.Fprintf(w, `{"error":{"code":"badRequest","message":"no","%s":{"request-id":"inside"}}}`, key)
		})
		if _, err := c.List(t.Context(), adele); errs.Of(err).RequestID != "inside" {
			t.Errorf("%s: %+v", key, errs.Of(err))
		}
	}
}

func TestATokenStaysWithItsHost(t *testing.T) {
	stolen := make(chan string, 1)
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { stolen <- req.Header.Get("Authorization") }))
	defer thief.Close()
	c := served(t, answer(200, js, `{"value":[],"@odata.nextLink":"`+thief.URL+`/beta/next"}`))
	_, err := c.Roles(t.Context(), adele)
	if !contains(err, "is not the configured Graph root") {
		t.Errorf("a foreign next link: %v", err)
	}
	c = served(t, func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, thief.URL, http.StatusTemporaryRedirect)
	})
	if _, err := c.List(t.Context(), adele); !contains(err, "307") {
		t.Errorf("a redirect: %v", err)
	}
	select {
	case got := <-stolen:
		t.Errorf("the other host was asked, with %q", got)
	default:
	}
}

func TestEachAttemptHasItsOwnID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := map[string]int{}
		var traced []graph.Exchange
		c, err := graph.New(graph.Config{
			Root: root, Version: "beta", Credential: token("marked-token"), UserAgent: "tap/test", Trace: func(x graph.Exchange) { traced = append(traced, x) },
			Transport: memory{http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				seen[req.Header.Get("client-request-id")]++
				if req.Header.Get("User-Agent") != "tap/test" || req.Header.Get("Authorization") != "Bearer marked-token" {
					t.Errorf("headers %v", req.Header)
				}
				if len(seen) < 3 {
					answer(503, js, "")(w, req)
					return
				}
				answer(200, js, `{"value":[]}`)(w, req)
			})},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.List(t.Context(), adele); err != nil {
			t.Fatal(err)
		}
		if len(seen) != 3 || seen[""] != 0 || len(traced) != 3 {
			t.Errorf("ids %v, traced %d", seen, len(traced))
		}
		for n, x := range traced {
			if want := []int{503, 503, 200}[n]; seen[x.ClientRequestID] != 1 || x.RequestID != "from-the-header" || x.Status != want {
				t.Errorf("traced %+v", x)
			}
			if strings.Contains(fmt.Sprintf("%+v", x), "marked-token") {
				t.Errorf("the trace shows the token: %+v", x)
			}
		}
	})
}

func TestAClaimsChallengeIsAnsweredOnce(t *testing.T) {
	var asked, sent int
	c := served(t, func(w http.ResponseWriter, req *http.Request) {
		asked++
		b, _ := io.ReadAll(req.Body)
		sent += len(b)
		w.Header().Set("WWW-Authenticate", `Bearer realm="", error="insufficient_claims", claims="eyJhIjoxfQ=="`)
		answer(401, js, `{"error":{"code":"InvalidAuthenticationToken","message":"Continuous access evaluation"}}`)(w, req)
	})
	_, err := c.Create(t.Context(), adele, pass.Request{})
	if asked != 2 || sent != 2*len("{}") || errs.Of(err).Slug != errs.Auth {
		t.Errorf("asked %d times, sent %d bytes, %v", asked, sent, err)
	}
}
