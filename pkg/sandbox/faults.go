package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault says what goes wrong with some calls; its JSON is the form of `serve --fault` and POST /sandbox/faults. Faults,
// and the words of their errors, are our invention: what Graph does when it breaks is not published.
//
// A call meets the first fault that matches it, has not struck Times often and wins its draw; the others do not see it.
// What the fault does with the work of the call, and what the client gets:
//
//	                     the work is   the client gets
//	latency alone        done          the answer
//	status               not done      the error
//	drop before          not done      nothing: the connection is cut
//	drop after           done          nothing
//	drop late            done later    nothing
//	drop after, status   done          the error
//	drop late, status    done later    the error
//	body                 done          another body; with a status, that status
//
// In a part of a $batch a status and a body are the part's own; a drop cuts the connection of the whole batch, whose
// other parts are worked on all the same. Latency comes between the work and the answer; a batch waits for its slowest part.
type Fault struct {
	Match       string   `json:"match"`                 // METHOD /path below the version; * is any one, ** at the end any rest
	Status      int      `json:"status,omitempty"`      // 400 to 599; a 401, and a 403 with the code InteractionRequired, carry a claims challenge
	RetryAfter  string   `json:"retryAfter,omitempty"`  // sent as it is; "+3s" is an HTTP date so much ahead of the sandbox's clock
	Times       int      `json:"times,omitempty"`       // how often it strikes; 0: always
	Probability float64  `json:"probability,omitempty"` // 0: always; drawn from the tenant's seed
	Latency     Duration `json:"latency,omitzero"`      // waited before the answer
	Drop        string   `json:"drop,omitempty"`        // before, after, late
	After       Duration `json:"after,omitzero"`        // of drop late: how much later, by the machine's clock; 0: 3 s
	Body        string   `json:"body,omitempty"`        // html (502 unless Status says), truncated, empty, odd
	Code        *string  `json:"code,omitempty"`        // of the error, "" too; nil: one that fits Status
}

// The values of Fault.Drop and Fault.Body.
const (
	DropBefore = "before"
	DropAfter  = "after"
	DropLate   = "late"

	BodyHTML      = "html"
	BodyTruncated = "truncated"
	BodyEmpty     = "empty"
	BodyOdd       = "odd"
)

const defaultLate = 3 * time.Second

var faultKeys = []string{"match", "status", "retryAfter", "times", "probability", "latency", "drop", "after", "body", "code"}

// Duration is a time.Duration that is text in JSON: "200ms".
type Duration time.Duration

// MarshalText writes it as time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration reads, but nothing negative.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no duration: write it like 200ms or 3s", b)
	}
	*d = Duration(v)
	return nil
}

// ParseFault reads one fault from its JSON. It refuses what it does not know, in words.
func ParseFault(text string) (Fault, error) {
	var f Fault
	var keys map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &keys); err != nil || keys == nil {
		return f, errors.New(`a fault is a JSON object like {"match": "POST /users/*/authentication/temporaryAccessPassMethods", "status": 503}`)
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if !slices.Contains(faultKeys, k) {
			return f, fmt.Errorf("a fault has no %q: it knows %s", k, strings.Join(faultKeys, ", "))
		}
		if slices.Contains([]string{"0", `""`, "null"}, string(keys[k])) && k != "code" {
			return f, fmt.Errorf("%q of a fault is %s: leave it out", k, keys[k])
		}
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	if err := d.Decode(&f); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return f, fmt.Errorf("%q of a fault is a %s, not a %s", wrong.Field, kinds[wrong.Type.Kind().String()], wrong.Value)
		}
		return f, err
	}
	if _, has := keys["probability"]; has && f.Probability == 0 {
		return f, errors.New(`"probability" of a fault is 0: leave it out`)
	}
	return f, f.check()
}

// kinds are Go's kinds in JSON's words.
var kinds = map[string]string{"int": "whole number", "float64": "number", "string": "text", "int64": "text"}

// parseFaults reads a list of them.
func parseFaults(body []byte) ([]Fault, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, errors.New(`faults come as a list: [{"match": "GET /users/*", "status": 503}]`)
	}
	faults := make([]Fault, len(list))
	for i, text := range list {
		var err error
		if faults[i], err = ParseFault(string(text)); err != nil {
			return nil, err
		}
	}
	return faults, nil
}

// check finds what is wrong or contradicts itself.
func (f Fault) check() error {
	if _, err := parsePattern(f.Match); err != nil {
		return err
	}
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("the fault of %q: "+format, append([]any{f.Match}, args...)...)
	}
	switch {
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return wrong("status is 400 to 599, not %d", f.Status)
	case f.Drop != "" && !slices.Contains([]string{DropBefore, DropAfter, DropLate}, f.Drop):
		return wrong("drop is before, after or late, not %q", f.Drop)
	case f.Body != "" && !slices.Contains([]string{BodyHTML, BodyTruncated, BodyEmpty, BodyOdd}, f.Body):
		return wrong("body is html, truncated, empty or odd, not %q", f.Body)
	case f.Times < 0:
		return wrong("times is 1 or more, not %d", f.Times)
	case f.Probability < 0 || f.Probability > 1:
		return wrong("probability lies between 0 and 1, not %v", f.Probability)
	case f.Latency < 0 || f.After < 0:
		return wrong("latency and after are not negative")
	}
	return f.contradiction(wrong)
}

func (f Fault) contradiction(wrong func(string, ...any) error) error {
	switch {
	case f.Status == 0 && f.Drop == "" && f.Body == "" && f.Latency == 0:
		return wrong("it does nothing: give status, drop, body or latency")
	case f.Drop == DropBefore && f.Status != 0:
		return wrong("drop before sends no answer: leave status out, a status alone is refused before the work")
	case f.Drop != "" && f.Body != "":
		return wrong("drop and body contradict each other")
	case f.After != 0 && f.Drop != DropLate:
		return wrong("after goes with drop late")
	case f.RetryAfter != "" && f.Status == 0:
		return wrong("retryAfter goes with status")
	case f.Code != nil && (f.Status == 0 || f.Body != ""):
		return wrong("code goes with status, and not with body")
	}
	if _, err := retryAfter(f.RetryAfter, time.Time{}); err != nil {
		return wrong("%v", err)
	}
	return nil
}

var seconds = regexp.MustCompile(`^[0-9]+([.][0-9]+)?$`)

// retryAfter is the header's value: seconds, a decimal or an HTTP date as given, "+3s" as an HTTP date.
func retryAfter(given string, now time.Time) (string, error) {
	if ahead, isAhead := strings.CutPrefix(given, "+"); isAhead {
		if d, err := time.ParseDuration(ahead); err == nil && d >= 0 {
			return httpDate(now.Add(d)), nil
		}
	}
	if _, err := http.ParseTime(given); err == nil || given == "" || seconds.MatchString(given) {
		return given, nil
	}
	return "", fmt.Errorf(`retryAfter is text: seconds ("3", "2.5"), an HTTP date, or "+3s" for one that is ahead; not %q`, given)
}

// httpDate is a time in the form of the Date header, rounded up to its second.
func httpDate(t time.Time) string {
	return t.Add(time.Second - time.Nanosecond).Truncate(time.Second).UTC().Format(http.TimeFormat)
}

// name says in a line of the request log what struck.
func (f Fault) name() string {
	var words []string
	if f.Status != 0 {
		words = append(words, "status "+strconv.Itoa(f.Status))
	}
	if f.Drop != "" {
		words = append(words, "drop "+f.Drop)
	}
	if f.Body != "" {
		words = append(words, "body "+f.Body)
	}
	if f.Latency != 0 {
		words = append(words, "latency "+time.Duration(f.Latency).String())
	}
	return strings.Join(words, ", ")
}

// works says whether the work of the call is done before it is answered or cut.
func (f Fault) works() bool {
	return f.Drop == DropAfter || f.Drop == "" && (f.Status == 0 || f.Body != "")
}

// errorCodes are the codes of the errors of a fault. That of 429 is Microsoft's, some of the others were seen.
var errorCodes = map[int]string{
	400: "badRequest", 401: "InvalidAuthenticationToken", 403: "accessDenied", 404: "Request_ResourceNotFound", 408: "RequestTimeout",
	409: "Request_Conflict", 429: "TooManyRequests", 500: "InternalServerError", 502: "BadGateway", 503: "serviceNotAvailable", 504: "GatewayTimeout",
}

// interaction is the code of a 403 that asks for more claims. Our invention: what Graph's body says then is unknown.
const interaction = "InteractionRequired"

// claimsChallenge is how a token is sent back for one with more claims (learn.microsoft.com, Claims challenges).
const claimsChallenge = `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ` +
	`error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNjA0MTA2NjUxIn19fQ=="`

// failure is the error that a fault with a status answers.
func (f Fault) failure(now time.Time) *failure {
	code, known := errorCodes[f.Status]
	if !known {
		code = "UnknownError"
	}
	if f.Code != nil {
		code = *f.Code
	}
	e := refuse(f.Status, code, "%s (a fault of the sandbox)", strings.TrimSpace(http.StatusText(f.Status)))
	e.header = http.Header{}
	if v, err := retryAfter(f.RetryAfter, now); err == nil && v != "" {
		e.header.Set("Retry-After", v)
	}
	if f.Status == http.StatusUnauthorized || f.Status == http.StatusForbidden && code == interaction {
		e.header.Set("Www-Authenticate", claimsChallenge)
	}
	return e
}
