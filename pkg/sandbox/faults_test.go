package sandbox_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

const onCreate = `"match":"POST /users/*/authentication/temporaryAccessPassMethods"`

func (c *client) faults(list string) {
	c.t.Helper()
	c.do("POST", "/sandbox/faults", list).ok(200)
}

// made counts the passcodes that were issued.
func (c *client) made() int {
	c.t.Helper()
	var issued []any
	c.get("/sandbox/issued").ok(200).decode(&issued)
	return len(issued)
}

// log is the request log.
func (c *client) log() []map[string]any {
	c.t.Helper()
	var lines []map[string]any
	c.get("/sandbox/requests").ok(200).decode(&lines)
	return lines
}

// batchOf is a batch that makes a pass for Adele, as part "a", and reads Megan, as part "m".
var batchOf = `{"requests":[{"id":"a","method":"POST","url":"/users/` + adele + `/authentication/temporaryAccessPassMethods",` +
	`"headers":{"Content-Type":"application/json"},"body":{"lifetimeInMinutes":60}},{"id":"m","method":"GET","url":"users/` + megan + `?$select=id"}]}`

// faultCase is a fault with what becomes of a create.
type faultCase struct {
	fault  string // beside match
	cut    bool   // nothing comes back
	status int    // else this
	made   int    // passes when the answer is there
	later  int    // passes a minute afterwards
	body   func(t *testing.T, b []byte, part bool)
	log    map[string]any // of the request log: status, fault, worked
}

var faultCases = []faultCase{
	{fault: `"status":503`, status: 503, body: isError("serviceNotAvailable"), log: map[string]any{"status": 503.0, "fault": "status 503"}},
	{fault: `"status":500,"code":""`, status: 500, body: isError("")},
	{fault: `"status":418`, status: 418, body: isError("UnknownError")},
	{fault: `"drop":"before"`, cut: true, log: map[string]any{"status": 0.0, "fault": "drop before"}},
	{fault: `"drop":"after"`, cut: true, made: 1, later: 1, log: map[string]any{"status": 0.0, "fault": "drop after", "worked": 201.0}},
	{fault: `"drop":"late","after":"50s"`, cut: true, later: 1, log: map[string]any{"status": 0.0, "fault": "drop late"}},
	{fault: `"drop":"late"`, cut: true, later: 1},
	{fault: `"drop":"after","status":504`, status: 504, made: 1, later: 1, body: isError("GatewayTimeout"),
		log: map[string]any{"status": 504.0, "fault": "status 504, drop after", "worked": 201.0}},
	{fault: `"drop":"late","status":502`, status: 502, later: 1, body: isError("BadGateway")},
	{fault: `"body":"html"`, status: 502, made: 1, later: 1, body: isHTML},
	{fault: `"body":"html","status":503`, status: 503, made: 1, later: 1, body: isHTML},
	{fault: `"body":"truncated"`, status: 201, made: 1, later: 1, body: isHalf},
	{fault: `"body":"empty"`, status: 201, made: 1, later: 1, body: isEmpty, log: map[string]any{"status": 201.0, "fault": "body empty", "worked": 201.0}},
	{fault: `"body":"odd"`, status: 201, made: 1, later: 1, body: isOdd},
	{fault: `"latency":"200ms"`, status: 201, made: 1, later: 1},
}

func isError(code string) func(*testing.T, []byte, bool) {
	return func(t *testing.T, b []byte, _ bool) {
		t.Helper()
		var e struct {
			Error struct{ Code, Message string }
		}
		if err := json.Unmarshal(b, &e); err != nil || e.Error.Code != code || !strings.HasSuffix(e.Error.Message, " (a fault of the sandbox)") {
			t.Errorf("error %s, want the code %q", b, code)
		}
	}
}

// text is a body that a batch carries as a JSON text.
func text(t *testing.T, b []byte, part bool) string {
	t.Helper()
	s := string(b)
	if part {
		if err := json.Unmarshal(b, &s); err != nil {
			t.Errorf("%v: %s", err, b)
		}
	}
	return s
}

func isHTML(t *testing.T, b []byte, part bool) {
	t.Helper()
	s := text(t, b, part)
	if part {
		plain, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Error(err)
		}
		s = string(plain)
	}
	if !strings.HasPrefix(s, "<html>") || !strings.Contains(s, "<h1>50") {
		t.Errorf("body %s", s)
	}
}

func isHalf(t *testing.T, b []byte, part bool) {
	t.Helper()
	if s := text(t, b, part); !strings.HasPrefix(s, `{"@odata.context":`) || json.Valid([]byte(s)) {
		t.Errorf("body %s", s)
	}
}

func isEmpty(t *testing.T, b []byte, _ bool) {
	t.Helper()
	if len(b) > 0 {
		t.Errorf("body %s", b)
	}
}

func isOdd(t *testing.T, b []byte, _ bool) {
	t.Helper()
	var p map[string]any
	if err := json.Unmarshal(b, &p); err != nil || p["lifetimeInMinutes"] != "an hour" || p["temporaryAccessPass"] == "" {
		t.Errorf("body %s", b)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, test := range faultCases {
		for _, part := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s part %v", test.fault, part), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { test.run(t, part) })
			})
		}
	}
}

func (f faultCase) run(t *testing.T, part bool) {
	c := contoso(t)
	c.faults(`[{` + onCreate + `,"times":1,` + f.fault + `}]`)
	path, body := passesOf(adele), `{"lifetimeInMinutes":60}`
	if part {
		path, body = "/beta/$batch", batchOf
	}
	a, err := c.send("POST", path, body)
	if (err != nil) != f.cut {
		t.Fatalf("error %v, answer %d %s", err, a.status, a.body)
	}
	if !f.cut && part {
		a = a.ok(200).part("a")
	}
	if !f.cut {
		a.ok(f.status)
	}
	if f.body != nil {
		f.body(t, a.body, part)
	}
	if got := c.made(); got != f.made {
		t.Errorf("%d passes at once, want %d", got, f.made)
	}
	time.Sleep(time.Minute)
	if got := c.made(); got != f.later {
		t.Errorf("%d passes in the end, want %d", got, f.later)
	}
	line := c.log()[0]
	if part {
		line = c.log()[1]
		if other := c.log()[2]; other["part"] != "m" || other["status"] != 200.0 {
			t.Errorf("the other part: %v", other)
		}
	}
	for name, want := range f.log {
		if line[name] != want {
			t.Errorf("the log has %s %v, want %v: %v", name, line[name], want, line)
		}
	}
	c.create(adele, `{}`).ok(201) // it struck once
}

// TestFaultOnTheBatchItself: a drop after has done every part.
func TestFaultOnTheBatchItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := contoso(t)
		c.faults(`[{"match":"POST /$batch","status":503,"retryAfter":"1","times":1},{"match":"POST /$batch","drop":"after","times":1},
			{"match":"POST /$batch","drop":"late","after":"3s","times":1},{"match":"POST /$BATCH","body":"truncated","times":1}]`)
		if a := c.do("POST", "/beta/$batch", batchOf).ok(503); a.header.Get("Retry-After") != "1" || c.made() != 0 {
			t.Errorf("status: %v, %d passes", a.header, c.made())
		}
		if _, err := c.send("POST", "/beta/$batch", batchOf); err == nil || c.made() != 1 {
			t.Errorf("drop after: %v, %d passes", err, c.made())
		}
		if _, err := c.send("POST", "/beta/$batch", batchOf); err == nil || c.made() != 1 {
			t.Errorf("drop late: %v, %d passes", err, c.made())
		}
		time.Sleep(3 * time.Second)
		if a, err := c.send("POST", "/beta/$batch", batchOf); err != nil || a.status != 200 || json.Valid(a.body) || c.made() != 3 {
			t.Errorf("truncated: %v, %d %s, %d passes", err, a.status, a.body, c.made())
		}
	})
}

// TestLatencyComesAfterTheWork: alone, of the slowest part, before an error and before a cut.
func TestLatencyComesAfterTheWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := contoso(t)
		c.faults(`[{` + onCreate + `,"latency":"5s"},{"match":"GET /users/*","latency":"7s"},{"match":"DELETE /**","latency":"1s","status":503},{"match":"PATCH /**","latency":"2s","drop":"before"}]`)
		took := func(want time.Duration, f func()) {
			t.Helper()
			begin := time.Now()
			if f(); time.Since(begin) != want {
				t.Errorf("took %v, want %v", time.Since(begin), want)
			}
		}
		begin := time.Now()
		took(5*time.Second, func() {
			a := c.create(adele, `{}`).ok(201)
			if at, err := time.Parse(time.RFC3339Nano, a.text("createdDateTime")); err != nil || !at.Equal(begin) {
				t.Errorf("created %v, want %v: %v", at, begin, err)
			}
			if date, err := http.ParseTime(a.header.Get("Date")); err != nil || !date.Equal(begin.Add(5*time.Second)) {
				t.Errorf("Date %v: %v", date, err)
			}
		})
		took(7*time.Second, func() { c.do("POST", "/beta/$batch", batchOf).ok(200) })
		took(time.Second, func() { c.do("DELETE", passesOf(adele)+"/"+sandbox.TenantID, "").ok(503) })
		took(2*time.Second, func() {
			if _, err := c.send("PATCH", policyPath, `{}`); err == nil {
				t.Error("the connection was not cut")
			}
		})
	})
}

// TestFaultsStrikeInTurn: the first that still can; a path is compared without case and version, and by whole segments.
func TestFaultsStrikeInTurn(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.faults(`[{"match":"get /USERS/*","status":503,"times":2},{"match":"GET /users/` + adele + `","status":500,"times":1}]`)
	c.faults(`[{"match":"* /users/*","status":502,"times":1}]`)
	user := "/v1.0/Users('" + adele + "')"
	for _, want := range []int{503, 503, 500, 502, 200} {
		c.get(user).ok(want)
	}
	c.get("/beta/users").ok(200)
	var all []map[string]any
	c.get("/sandbox/faults").ok(200).decode(&all)
	want := []map[string]any{
		{"match": "get /USERS/*", "status": 503.0, "times": 2.0, "drawn": 2.0, "struck": 2.0},
		{"match": "GET /users/" + adele, "status": 500.0, "times": 1.0, "drawn": 1.0, "struck": 1.0},
		{"match": "* /users/*", "status": 502.0, "times": 1.0, "drawn": 1.0, "struck": 1.0},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
	c.do("DELETE", "/sandbox/faults", "").ok(204)
	if left := c.get("/sandbox/faults").ok(200); string(left.body) != "[]\n" {
		t.Errorf("after DELETE: %s", left.body)
	}
}

// TestFaultsAreDrawnFromTheSeed: the same calls are struck again, and about as many as the probability says.
func TestFaultsAreDrawnFromTheSeed(t *testing.T) {
	t.Parallel()
	struck := func(seed int64) string {
		c := open(t, t.TempDir(), sandbox.Options{Seed: seed, Faults: []sandbox.Fault{{Match: "GET /users/*", Status: 503, Probability: 0.25}}})
		var b strings.Builder
		for range 200 {
			b.WriteString(map[int]string{200: ".", 503: "x"}[c.get("/beta/users/"+adele+"?$select=id").status])
		}
		return b.String()
	}
	seven := struck(7)
	if n := strings.Count(seven, "x"); n < 30 || n > 70 || len(seven) != 200 {
		t.Errorf("%d of %d struck: %s", n, len(seven), seven)
	}
	if again := struck(7); again != seven {
		t.Errorf("the same seed:\n%s\n%s", seven, again)
	}
	if other := struck(8); other == seven {
		t.Errorf("another seed: %s", other)
	}
}

// TestFaultsOfOptionsAndOfTheFolder: the first are this process's, the others everybody's until a reset.
func TestFaultsOfOptionsAndOfTheFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir, sandbox.Options{Faults: []sandbox.Fault{{Match: "GET /me", Status: 500, Times: 1}}})
	first.faults(`[{"match":"GET /me","status":503,"times":2}]`)
	second := open(t, dir, sandbox.Options{})
	second.get("/beta/me").ok(503)
	first.get("/beta/me").ok(500)
	first.get("/beta/me").ok(503)
	second.get("/beta/me").ok(200)
	first.do("POST", "/sandbox/reset", "").ok(204)
	first.get("/beta/me").ok(500)
	first.get("/beta/me").ok(200)
	if _, err := sandbox.Open(t.TempDir(), sandbox.Options{Faults: []sandbox.Fault{{Match: "GET /me"}}}); err == nil || !strings.HasSuffix(err.Error(), "it does nothing: give status, drop, body or latency") {
		t.Errorf("opened with a fault that is wrong: %v", err)
	}
}

func TestRetryAfterOfFaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := contoso(t)
		now := c.clock(`{"set":"2026-12-01T08:00:00Z"}`)
		for given, want := range map[string]string{
			"3": "3", "2.5": "2.5", "Tue, 01 Dec 2026 08:00:09 GMT": "Tue, 01 Dec 2026 08:00:09 GMT",
			"+3s": now.Add(3 * time.Second).Format(http.TimeFormat),
		} {
			c.do("DELETE", "/sandbox/faults", "").ok(204)
			c.faults(`[{"match":"GET /me","status":429,"retryAfter":"` + given + `"}]`)
			a := c.get("/beta/me").ok(429)
			if got := a.header.Get("Retry-After"); got != want {
				t.Errorf("%s: Retry-After %q, want %q", given, got, want)
			}
			p := c.do("POST", "/beta/$batch", `{"requests":[{"id":"1","method":"GET","url":"me"}]}`).ok(200).part("1").ok(429)
			if got := p.header.Get("Retry-After"); got != want {
				t.Errorf("%s: Retry-After %q of a part, want %q", given, got, want)
			}
		}
		c.do("DELETE", "/sandbox/faults", "").ok(204)
		c.faults(`[{"match":"GET /me","status":401,"times":1},{"match":"GET /me","status":429}]`)
		if a := c.get("/beta/me").ok(401); !strings.Contains(a.header.Get("WWW-Authenticate"), `error="insufficient_claims", claims="`) {
			t.Errorf("401: %v", a.header)
		}
		if a := c.get("/beta/me").ok(429); len(a.header.Values("Retry-After")) > 0 {
			t.Errorf("absent: %v", a.header)
		}
	})
}

// TestSpoiltBodies: of answers that are no pass.
func TestSpoiltBodies(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	id := c.create(adele, `{}`).ok(201).text("id")
	c.faults(`[{"match":"* /**","body":"odd"}]`)
	for path, want := range map[string]string{
		passesOf(adele):            `"lifetimeInMinutes":"an hour"`,
		"/beta/users/" + adele:     `"id":42`,
		passesOf(megan):            `"value":"none"`,
		passesOf("nobody"):         `"error":"an error"`,
		passesOf(adele) + "/" + id: `"lifetimeInMinutes":"an hour"`,
	} {
		if a, err := c.send("GET", path, ""); err != nil || !strings.Contains(string(a.body), want) {
			t.Errorf("%s: %v, %s", path, err, a.body)
		}
	}
	if a, err := c.send("DELETE", passesOf(adele)+"/"+id, ""); err != nil || a.status != 204 || len(a.body) > 0 {
		t.Errorf("DELETE: %v, %d %s", err, a.status, a.body)
	}
}

func TestParseFault(t *testing.T) {
	t.Parallel()
	const of = `the fault of "GET /me": `
	for given, want := range map[string]string{
		`503`:                                                  `a fault is a JSON object like {"match": "POST /users/*/authentication/temporaryAccessPassMethods", "status": 503}`,
		`{"match":"GET /me","statuz":503}`:                     `a fault has no "statuz": it knows match, status, retryAfter, times, probability, latency, drop, after, body, code`,
		`{"match":"GET /me","Status":503}`:                     `a fault has no "Status": it knows match, status, retryAfter, times, probability, latency, drop, after, body, code`,
		`{"match":"GET /me","status":"503"}`:                   `"status" of a fault is a whole number, not a string`,
		`{"match":"GET /me","status":503,"retryAfter":3}`:      `"retryAfter" of a fault is a text, not a number`,
		`{"match":"GET /me","latency":200}`:                    `"latency" of a fault is a text, not a number`,
		`{"match":"GET /me","latency":"soon"}`:                 `"soon" is no duration: write it like 200ms or 3s`,
		`{"match":"GET /me","latency":"-1s"}`:                  `"-1s" is no duration: write it like 200ms or 3s`,
		`{"match":"GET /me","status":503,"times":0}`:           `"times" of a fault is 0: leave it out`,
		`{"match":"GET /me","status":503,"times":-1}`:          of + `times is 1 or more, not -1`,
		`{"match":"GET /me","status":503,"probability":0.0}`:   `"probability" of a fault is 0: leave it out`,
		`{"match":"GET /me","status":503,"probability":1.5}`:   of + `probability lies between 0 and 1, not 1.5`,
		`{"match":"GET /me"}`:                                  of + `it does nothing: give status, drop, body or latency`,
		`{"status":503}`:                                       `"" names no call: it begins with GET, POST, PATCH, PUT, DELETE or *; write it like POST /users/*/authentication/temporaryAccessPassMethods`,
		`{"match":"GET me","status":503}`:                      `"GET me" names no call: a path follows the method, without a query; write it like POST /users/*/authentication/temporaryAccessPassMethods`,
		`{"match":"GET /me?$select=id","status":503}`:          `"GET /me?$select=id" names no call: a path follows the method, without a query; write it like POST /users/*/authentication/temporaryAccessPassMethods`,
		`{"match":"GET /beta/me","status":503}`:                `"GET /beta/me" names no call: the path is meant on every version, leave /beta out`,
		`{"match":"GET /**/me","status":503}`:                  `"GET /**/me" names no call: ** stands at the end only`,
		`{"match":"GET /users//x","status":503}`:               `"GET /users//x" names no call: a segment of its path is empty; write it like POST /users/*/authentication/temporaryAccessPassMethods`,
		`{"match":"GET /me","status":200}`:                     of + `status is 400 to 599, not 200`,
		`{"match":"GET /me","drop":"soon"}`:                    of + `drop is before, after or late, not "soon"`,
		`{"match":"GET /me","body":"xml"}`:                     of + `body is html, truncated, empty or odd, not "xml"`,
		`{"match":"GET /me","status":503,"drop":"before"}`:     of + `drop before sends no answer: leave status out, a status alone is refused before the work`,
		`{"match":"GET /me","drop":"after","body":"odd"}`:      of + `drop and body contradict each other`,
		`{"match":"GET /me","drop":"after","after":"3s"}`:      of + `after goes with drop late`,
		`{"match":"GET /me","drop":"after","retryAfter":"3"}`:  of + `retryAfter goes with status`,
		`{"match":"GET /me","drop":"after","code":"x"}`:        of + `code goes with status, and not with body`,
		`{"match":"GET /me","status":503,"retryAfter":"soon"}`: of + `retryAfter is text: seconds ("3", "2.5"), an HTTP date, or "+3s" for one that is ahead; not "soon"`,
	} {
		if _, err := sandbox.ParseFault(given); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", given, err, want)
		}
	}
	c := contoso(t)
	c.do("POST", "/sandbox/faults", `{"match":"GET /me","status":503}`).fails(400, "badRequest", `Faults come as a list: [{"match": "GET /users/*", "status": 503}].`)
	c.do("POST", "/sandbox/faults", `[{"match":"GET /me"}]`).fails(400, "badRequest", `The fault of "GET /me": it does nothing: give status, drop, body or latency.`)
	c.do("POST", "/sandbox/faults", `[]`, "Content-Type: text/plain").ok(415)
	c.do("POST", "/sandbox/faults", `[]`, "Origin: http://localhost").ok(403)
}

func TestMatchMaySpellAnyRest(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.faults(`[{"match":"GET /groups/**","status":503},{"match":"GET /users/*/transitiveMemberOf/graph.directoryRole","status":502}]`)
	c.get("/beta/groups").ok(503)
	c.get("/beta/groups/x/transitiveMembers").ok(503)
	c.get("/beta/users/" + adele + "/transitiveMemberOf/microsoft.graph.directoryRole").ok(502)
	c.get("/beta/users/" + adele).ok(200)
	c.get("/sandbox/users").ok(200)
}
