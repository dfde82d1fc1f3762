package sandbox

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limit permits so many calls in any window of that length: of one kind, or of every kind where Match is "". A part of
// a $batch is a call, the batch itself is none. Refused calls count (graph.md section 7).
type Limit struct {
	Match  string        // as of Fault
	Calls  int           //
	Window time.Duration // by the machine's clock
}

// ParseLimit reads "20/1s", or with a kind of call "POST /users/*/authentication/temporaryAccessPassMethods=20/1s".
func ParseLimit(text string) (Limit, error) {
	var l Limit
	rate := text
	if i := strings.LastIndex(text, "="); i >= 0 {
		l.Match, rate = strings.TrimSpace(text[:i]), text[i+1:]
		if _, err := parsePattern(l.Match); err != nil {
			return l, err
		}
	}
	calls, window, _ := strings.Cut(strings.TrimSpace(rate), "/")
	var errCalls, errWindow error
	l.Calls, errCalls = strconv.Atoi(calls)
	l.Window, errWindow = time.ParseDuration(window)
	if errCalls != nil || errWindow != nil || l.Calls < 1 || l.Window <= 0 {
		return l, fmt.Errorf("%q is no limit: write it like 20/1s or 300/15s", rate)
	}
	return l, nil
}

func (l Limit) check() error { _, err := ParseLimit(l.String()); return err }

func (l Limit) String() string {
	rate := fmt.Sprintf("%d/%s", l.Calls, l.Window)
	if l.Match == "" {
		return rate
	}
	return l.Match + "=" + rate
}

// MarshalText writes it in the form of ParseLimit.
func (l Limit) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads the form of ParseLimit.
func (l *Limit) UnmarshalText(b []byte) (err error) {
	*l, err = ParseLimit(string(b))
	return err
}

// published are the limits that hold until another one for the same kind of call takes their place: reports and audit,
// 5 calls in 10 s each (graph.md sections 6 and 7).
var published = []Limit{
	{Match: "* /reports/**", Calls: 5, Window: 10 * time.Second},
	{Match: "* /auditLogs/**", Calls: 5, Window: 10 * time.Second},
}

// throttle is the body of POST /sandbox/throttle.
type throttle struct {
	Limits     []Limit `json:"limits"`
	RetryAfter string  `json:"retryAfter,omitempty"` // one of retryAfterForms; "": each in turn
}

// retryAfterForms are the forms in which Retry-After was seen (graph.md section 7).
var retryAfterForms = []string{"seconds", "decimal", "date", "absent"}

// throttling is what holds now.
func (x *tx) throttling() throttle {
	set := throttle{Limits: x.opts.Throttle}
	if x.Conditions.Limits != nil {
		set = *x.Conditions.Limits
	}
	var once []Limit
	for _, l := range set.Limits {
		if !slices.Contains(once, l) {
			once = append(once, l)
		}
	}
	set.Limits = once
	for _, p := range published {
		if !slices.ContainsFunc(set.Limits, func(l Limit) bool { return strings.EqualFold(l.Match, p.Match) }) {
			set.Limits = append(set.Limits, p)
		}
	}
	return set
}

// meter is a sliding log for each limit, by its text.
type meter struct {
	logs    map[string][]time.Time
	refused int // how many calls were refused
}

// enter counts a call. It returns how much of the limit is used, and how long until the next call would be permitted:
// 0 where this one is.
func (m *meter) enter(l Limit, now time.Time) (use float64, wait time.Duration) {
	if m.logs == nil {
		m.logs = map[string][]time.Time{}
	}
	key := l.String()
	log := append(m.logs[key], now)
	begin := now.Add(-l.Window)
	first := slices.IndexFunc(log, func(t time.Time) bool { return t.After(begin) })
	log = log[first:]
	if most := 2*l.Calls + 1; len(log) > most { // more decides nothing
		log = log[len(log)-most:]
	}
	m.logs[key] = log
	use = float64(len(log)) / float64(l.Calls)
	if len(log) <= l.Calls {
		return use, 0
	}
	return use, log[len(log)-l.Calls].Add(l.Window).Sub(now)
}

// throttle counts the call in every limit for its kind. It returns the headers that tell how near the limit is, and an
// error where the call is refused.
func (c *call) throttle() (http.Header, error) {
	var use float64
	var wait time.Duration
	var over Limit
	now, set := time.Now(), c.throttling()
	for _, l := range set.Limits {
		if p, err := parsePattern(l.Match); l.Match != "" && (err != nil || !p.matches(c.method, c.segments)) {
			continue
		}
		u, w := c.local.meter.enter(l, now)
		use = max(use, u)
		if w > wait {
			wait, over = w, l
		}
	}
	h := http.Header{}
	if use > 0.8 { // learn.microsoft.com, Microsoft Graph service-specific throttling limits: 0.8 to 1.8
		h.Set("x-ms-throttle-limit-percentage", strconv.FormatFloat(min(use, 1.8), 'f', 2, 64))
	}
	if wait == 0 {
		return h, nil
	}
	form := set.RetryAfter
	if form == "" {
		form = retryAfterForms[c.local.meter.refused%len(retryAfterForms)]
	}
	c.local.meter.refused++
	e := tooMany()
	e.header = h
	h.Set("x-ms-throttle-scope", c.scope(over))
	if v := retryAfterIn(form, wait, c.now); v != "" {
		h.Set("Retry-After", v)
	}
	return h, e
}

// tooMany is the error that learn.microsoft.com shows, Microsoft Graph throttling guidance.
func tooMany() *failure {
	e := refuse(http.StatusTooManyRequests, "TooManyRequests", "Please retry again later.")
	e.inner = "Please retry after"
	return e
}

// retryAfterIn writes a wait, rounded up to what the form can say.
func retryAfterIn(form string, wait time.Duration, now time.Time) string {
	switch form {
	case "seconds":
		return strconv.Itoa(int(math.Ceil(wait.Seconds())))
	case "decimal":
		return strconv.FormatFloat(math.Ceil(wait.Seconds()*10)/10, 'f', 1, 64)
	case "date":
		return httpDate(now.Add(wait))
	}
	return ""
}

// scope is x-ms-throttle-scope: <Scope>/<Limit>/<ApplicationId>/<TenantId> (learn.microsoft.com, Microsoft Graph
// service-specific throttling limits). The application's id stands for the caller here.
func (c *call) scope(l Limit) string {
	kind := "ReadWrite"
	switch method, _, _ := strings.Cut(l.Match, " "); {
	case strings.EqualFold(method, "GET"):
		kind = "Read"
	case method != "" && method != "*":
		kind = "Write"
	}
	who := "00000000-0000-0000-0000-000000000000"
	if c.caller != nil {
		who = named("application", c.caller.name)
	}
	return "Tenant_Application/" + kind + "/" + who + "/" + TenantID
}

// listLimits is GET /sandbox/throttle: the limits that hold.
func listLimits(x *tx, _ *http.Request, _ []byte) (reply, error) { return ok(x.throttling()), nil }

// setLimits is POST /sandbox/throttle: {"limits": ["20/1s", "GET /users/*=300/15s"], "retryAfter": "decimal"}. It takes
// the place of what was set and of Options, and counts anew.
func setLimits(x *tx, _ *http.Request, body []byte) (reply, error) {
	var t throttle
	if err := decodeControl(body, &t); err != nil {
		return reply{}, err
	}
	if t.RetryAfter != "" && !slices.Contains(retryAfterForms, t.RetryAfter) {
		err := errors.New("retryAfter is " + strings.Join(retryAfterForms, ", ") + ` or "" for each in turn, not "` + t.RetryAfter + `"`)
		return reply{}, invalid("badRequest", "%s.", sentence(err))
	}
	return x.limit(&t)
}

// clearLimits is DELETE /sandbox/throttle: those of Options hold again.
func clearLimits(x *tx, _ *http.Request, _ []byte) (reply, error) {
	_, err := x.limit(nil)
	return noContent, err
}

func (x *tx) limit(t *throttle) (reply, error) {
	x.local.meter = meter{}
	now := x.Conditions
	now.Limits = t
	if err := x.emit(event{Kind: conditionsChanged, Conditions: &now}); err != nil {
		return reply{}, err
	}
	return ok(x.throttling()), nil
}
