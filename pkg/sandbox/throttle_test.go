package sandbox_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

func (c *client) limits(body string) {
	c.t.Helper()
	c.do("POST", "/sandbox/throttle", body).ok(200)
}

// count makes n calls and returns how many were let through.
func (c *client) count(n int, path string) (through int) {
	c.t.Helper()
	for range n {
		if c.get(path).status != http.StatusTooManyRequests {
			through++
		}
	}
	return through
}

func limit(t *testing.T, text string) sandbox.Limit {
	t.Helper()
	l, err := sandbox.ParseLimit(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestThrottleSlides: no window of the length has more calls than the limit, wherever it begins.
func TestThrottleSlides(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, t.TempDir(), sandbox.Options{Throttle: []sandbox.Limit{limit(t, "20/1s")}})
		me := "/beta/me"
		time.Sleep(900 * time.Millisecond)
		if n := c.count(15, me); n != 15 {
			t.Errorf("%d of the first 15", n)
		}
		time.Sleep(200 * time.Millisecond)
		if n := c.count(5, me); n != 5 {
			t.Errorf("%d of 5 in the next second", n)
		}
		time.Sleep(799 * time.Millisecond)
		if n := c.count(1, me); n != 0 {
			t.Error("a 21st was let through within a second")
		}
		time.Sleep(time.Millisecond)
		if n := c.count(30, me); n != 14 { // 15 are gone, 5 and the refused one are not
			t.Errorf("%d after the first 15 were gone", n)
		}
	})
}

// TestRefusedCallsCount: who goes on asking is never let through; who waits as told is, and not a moment sooner.
func TestRefusedCallsCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := contoso(t)
		c.limits(`{"limits":["20/1s"],"retryAfter":"decimal"}`)
		through := 0
		for range 200 {
			through += c.count(1, "/beta/me")
			time.Sleep(40 * time.Millisecond) // 25 a second
		}
		if through > 25 {
			t.Errorf("%d let through", through)
		}
		wait, err := strconv.ParseFloat(c.get("/beta/me").ok(429).header.Get("Retry-After"), 64)
		if err != nil || wait <= 0 || wait > 1 {
			t.Fatalf("Retry-After %v, %v", wait, err)
		}
		time.Sleep(time.Duration(wait * float64(time.Second)))
		c.get("/beta/me").ok(200)
	})
}

func TestThrottledAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := contoso(t)
		c.limits(`{"limits":["GET /me=10/15s"]}`)
		for i := range 10 {
			h := c.get("/beta/me").ok(200).header
			want := ""
			if i >= 8 {
				want = fmt.Sprintf("%.2f", float64(i+1)/10)
			}
			if got := h.Get("x-ms-throttle-limit-percentage"); got != want {
				t.Errorf("call %d: %q, want %q", i+1, got, want)
			}
		}
		time.Sleep(5500 * time.Millisecond)
		date := time.Now().Add(9500*time.Millisecond + time.Second - 1).Truncate(time.Second).UTC().Format(http.TimeFormat)
		for i, want := range []string{"10", "9.5", date, "", "10"} {
			a := c.get("/beta/me")
			a.fails(429, "TooManyRequests", "Please retry again later.")
			if got := a.header.Get("Retry-After"); got != want {
				t.Errorf("refusal %d: Retry-After %q, want %q", i+1, got, want)
			}
			if got, want := a.header.Get("x-ms-throttle-limit-percentage"), fmt.Sprintf("%.2f", 1.1+float64(i)/10); got != want {
				t.Errorf("refusal %d: %q, want %q", i+1, got, want)
			}
			if s := a.header.Get("x-ms-throttle-scope"); !strings.HasPrefix(s, "Tenant_Application/Read/") || !strings.HasSuffix(s, "/"+sandbox.TenantID) {
				t.Errorf("scope %q", s)
			}
		}
		c.count(10, "/beta/me")
		if got := c.get("/beta/me").header.Get("x-ms-throttle-limit-percentage"); got != "1.80" {
			t.Errorf("far above: %q", got)
		}
		for form, want := range map[string]string{"seconds": "15", "decimal": "15.0", "absent": "", "date": time.Now().Add(15 * time.Second).Add(time.Second - 1).Truncate(time.Second).UTC().Format(http.TimeFormat)} {
			c.limits(`{"limits":["GET /me=1/15s"],"retryAfter":"` + form + `"}`)
			c.count(1, "/beta/me")
			for range 2 {
				if got := c.get("/beta/me").ok(429).header.Get("Retry-After"); got != want {
					t.Errorf("%s: %q, want %q", form, got, want)
				}
			}
		}
	})
}

// TestThrottleByKind: several limits at once, and calls that none is for; a refused create makes no pass.
func TestThrottleByKind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, t.TempDir(), sandbox.Options{Throttle: []sandbox.Limit{
			limit(t, "POST /users/*/authentication/temporaryAccessPassMethods=2/1s"), limit(t, "POST /users/*/authentication/temporaryAccessPassMethods=3/10s"),
		}})
		create := func() int { return c.create(adele, `{}`).status }
		got := []int{create(), create(), create()}
		time.Sleep(2 * time.Second)
		got = append(got, create(), create())
		time.Sleep(9 * time.Second)
		got = append(got, create())
		if fmt.Sprint(got) != "[201 201 429 429 429 201]" || c.made() != 3 {
			t.Errorf("%v, %d passes", got, c.made())
		}
		if n := c.count(50, passesOf(adele)); n != 50 {
			t.Errorf("%d of 50 reads", n)
		}
	})
}

// TestThrottleCountsParts: a batch is no call, its parts are; a part is refused inside the 200.
func TestThrottleCountsParts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := contoso(t)
		c.limits(`{"limits":["20/1s"],"retryAfter":"seconds"}`)
		batch := batchOfReads(15)
		refused := func() (n int) {
			a := c.do("POST", "/v1.0/$batch", batch).ok(200)
			for i := range 15 {
				if p := a.part(strconv.Itoa(i)); p.status == 429 {
					p.holds(t, "GET", "/v1.0/users/"+adele).fails(429, "TooManyRequests", "Please retry again later.")
					if p.header.Get("Retry-After") != "1" || p.header.Get("x-ms-throttle-limit-percentage") == "" {
						t.Errorf("headers of a refused part: %v", p.header)
					}
					n++
				}
			}
			return n
		}
		if first, second := refused(), refused(); first != 0 || second != 10 {
			t.Errorf("%d and %d parts were refused", first, second)
		}
		if n := c.count(1, "/beta/me"); n != 0 {
			t.Error("a 31st call was let through")
		}
		for range 30 {
			c.do("POST", "/v1.0/$batch", `{}`).ok(400)
		}
		time.Sleep(time.Second)
		c.get("/beta/me").ok(200)
	})
}

func batchOfReads(n int) string {
	var parts []string
	for i := range n {
		parts = append(parts, fmt.Sprintf(`{"id":"%d","method":"GET","url":"/users/%s?$select=id"}`, i, adele))
	}
	return `{"requests":[` + strings.Join(parts, ",") + `]}`
}

// TestReportsAndAuditAreThrottled: 5 calls in 10 s each, until a limit of the same kind takes the place.
func TestReportsAndAuditAreThrottled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := contoso(t)
		reports, audit := "/beta/reports/authenticationMethods/userRegistrationDetails", "/v1.0/auditLogs/directoryAudits"
		status := func(path string) int {
			a, err := c.send("GET", path, "")
			if err != nil {
				t.Fatal(err)
			}
			return a.status
		}
		for _, path := range []string{reports, audit} {
			for range 5 {
				if s := status(path); s == 429 {
					t.Errorf("%s: refused too early", path)
				}
			}
			if s := status(path); s != 429 {
				t.Errorf("%s: the sixth was answered %d", path, s)
			}
		}
		time.Sleep(10 * time.Second)
		if s := status(audit); s == 429 {
			t.Error("refused after 10 s")
		}
		c.limits(`{"limits":["* /REPORTS/**=100/10s"]}`)
		for range 20 {
			if s := status(reports); s == 429 {
				t.Error("refused although the limit was raised")
			}
		}
	})
}

func TestLimits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir, sandbox.Options{Throttle: []sandbox.Limit{limit(t, "1/1h")}})
	const always = `"* /reports/**=5/10s","* /auditLogs/**=5/10s"`
	shows := func(want string) {
		t.Helper()
		if got := strings.TrimSpace(string(c.get("/sandbox/throttle").ok(200).body)); got != want {
			t.Errorf("limits %s, want %s", got, want)
		}
	}
	shows(`{"limits":["1/1h0m0s",` + always + `]}`)
	c.get("/beta/me").ok(200)
	c.get("/beta/me").ok(429)
	open(t, dir, sandbox.Options{}).get("/beta/me").ok(200) // another process
	c.limits(`{"limits":["300/15s","20/1s"],"retryAfter":"date"}`)
	shows(`{"limits":["300/15s","20/1s",` + always + `],"retryAfter":"date"}`)
	c.get("/beta/me").ok(200)
	c.limits(`{"limits":[]}`)
	shows(`{"limits":[` + always + `]}`)
	c.do("DELETE", "/sandbox/throttle", "").ok(204)
	shows(`{"limits":["1/1h0m0s",` + always + `]}`)
	c.get("/beta/me").ok(200)
	for body, want := range map[string]string{
		`{"limits":["20"]}`:                       `The body is not the JSON that is expected here: "20" is no limit: write it like 20/1s or 300/15s.`,
		`{"limits":["0/1s"]}`:                     `The body is not the JSON that is expected here: "0/1s" is no limit: write it like 20/1s or 300/15s.`,
		`{"limits":["20/-1s"]}`:                   `The body is not the JSON that is expected here: "20/-1s" is no limit: write it like 20/1s or 300/15s.`,
		`{"limits":["20/1s"],"retryAfter":"now"}`: `RetryAfter is seconds, decimal, date, absent or "" for each in turn, not "now".`,
		`{"limit":["20/1s"]}`:                     `The body is not the JSON that is expected here: json: unknown field "limit".`,
	} {
		c.do("POST", "/sandbox/throttle", body).fails(400, "badRequest", want)
	}
}

// TestAThrottledCallMeetsNoFault: a fault that strikes once is there for the next call.
func TestAThrottledCallMeetsNoFault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := contoso(t)
		c.limits(`{"limits":["1/1s"]}`)
		c.get("/beta/me").ok(200)
		c.faults(`[{"match":"GET /me","status":503,"times":1}]`)
		c.get("/beta/me").ok(429)
		time.Sleep(time.Second)
		c.get("/beta/me").ok(503)
	})
}
