package auth

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// fault is what the authority said when it refused (RFC 6749, 5.2; the further members:
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes). Texts are untrusted.
type fault struct {
	status  int           // 0: it came by way of the browser
	foreign bool          // the answer is not of the form that an authority uses
	oauth   string        // "invalid_client"
	code    string        // the digits of AADSTS7000215, or nothing
	text    string        // the first sentence of its description, cleaned
	request string        // its trace id
	skew    time.Duration // how far this machine's clock is ahead of the answer's Date; 0 where that is not told
}

// newFault reads an answer of the authority. It returns nil where that is no refusal.
func newFault(resp *http.Response, body []byte) *fault {
	var b struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Codes       []int  `json:"error_codes"`
		Trace       string `json:"trace_id"`
		Correlation string `json:"correlation_id"`
	}
	good := resp.StatusCode >= 200 && resp.StatusCode < 300
	err := json.Unmarshal(body, &b)
	if good && json.Valid(body) && b.Error == "" {
		return nil
	}
	if err != nil || b.Error == "" {
		return &fault{status: resp.StatusCode, foreign: true}
	}
	f := faultFromText(b.Description)
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		f.skew = time.Since(date)
	}
	f.status, f.oauth = resp.StatusCode, b.Error
	if len(b.Codes) > 0 {
		f.code = strconv.Itoa(b.Codes[0])
	}
	f.request = firstGUID(b.Trace, f.request, resp.Header.Get("x-ms-request-id"), b.Correlation)
	return f
}

// faultFromText reads "AADSTS50105: what is wrong. Trace ID: … Correlation ID: …".
func faultFromText(text string) *fault {
	f := &fault{text: plain(text)}
	if _, rest, ok := strings.Cut(text, "AADSTS"); ok {
		if end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' }); end > 0 {
			f.code = rest[:end]
			f.text = plain(strings.TrimLeft(rest[end:], ": "))
		}
	}
	f.request = firstGUID(wordAfter(text, "Trace ID:"), wordAfter(text, "Correlation ID:"))
	return f
}

// pending reports whether the authority waits for a person to enter the device code (RFC 8628, 3.5).
func (f *fault) pending() bool { return f.oauth == "authorization_pending" || f.oauth == "slow_down" }

// down reports whether the authority cannot work at the moment, or something else answered for it.
func (f *fault) down() bool {
	return f.foreign || f.status >= 500 || f.status == http.StatusTooManyRequests ||
		f.oauth == "temporarily_unavailable" || f.oauth == "server_error"
}

// name returns what the refusal is called, to be looked up: "AADSTS7000215", "invalid_client" or nothing.
func (f *fault) name() string {
	if f.code != "" {
		return "AADSTS" + f.code
	}
	return plain(f.oauth)
}

// said returns what the refusal says, in the words it came with.
func (f *fault) said() string {
	if f.text != "" {
		return f.text
	}
	return fmt.Sprintf("status %d", f.status)
}

// explain turns a failed GetToken into an error that says what to do. err itself, whose text may
// hold the authority's whole answer, is left behind.
func (c *credential) explain(ctx context.Context, err error, x *exchange) error {
	var known *errs.Error
	if errors.As(err, &known) {
		return known
	}
	f, waiting, failure := x.last()
	var e *errs.Error
	switch {
	case ctx.Err() != nil || errors.Is(err, context.Canceled):
		e = c.interrupted(ctx, x)
	case c.elsewhere(x) && (f != nil || failure != nil):
		e = c.helpless(x)
	case errors.As(x.local, &known):
		e = known
	case waiting && (f != nil && f.pending() || errors.Is(failure, context.DeadlineExceeded)):
		e = c.refused(&fault{oauth: "expired_token"}, x) // MSAL stops by its own clock
	case failure != nil:
		e = c.unreachable(failure)
	case f != nil:
		e = c.refused(f, x)
	default:
		e = c.unclassified(err, x)
	}
	return e.For("signing in", c.config.Tenant)
}

// interrupted says that the caller did not want to wait any longer.
func (c *credential) interrupted(ctx context.Context, x *exchange) *errs.Error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &errs.Error{Slug: errs.Interrupted, Why: "interrupted", Err: context.Canceled}
	}
	if x.asked {
		return &errs.Error{Slug: errs.Auth, Why: "nobody signed in within the time", Hints: []string{"--timeout 10m"}, Err: context.DeadlineExceeded}
	}
	return &errs.Error{Slug: errs.Busy, Why: c.config.authority() + " did not answer within the time", Hints: []string{"--timeout 10m", "curl -sSI " + c.config.Cloud.Authority}, Err: context.DeadlineExceeded}
}

// unreachable says why no answer came.
func (c *credential) unreachable(err error) *errs.Error {
	e := &errs.Error{
		Slug:  errs.Busy,
		Hints: []string{"curl -sSI " + c.config.Cloud.Authority},
	}
	why, cause := reason(err)
	e.Why, e.Err = "cannot reach "+c.config.authority()+": "+why, cause
	if cert := (*tls.CertificateVerificationError)(nil); errors.As(err, &cert) {
		e.Hints = append([]string{"--ca-file FILE"}, e.Hints...)
	}
	return e
}

// reason is why no answer came, in words that hold no secret, and the cause where it holds none either.
func reason(err error) (string, error) {
	var sent *url.Error
	if errors.As(err, &sent) {
		err = sent.Err
	}
	var name *net.DNSError
	var wire *net.OpError
	var cert *tls.CertificateVerificationError
	var slow interface{ Timeout() bool }
	switch {
	case errors.As(err, &cert):
		return "its certificate is not trusted here: " + plain(cert.Err.Error()) + issuer(cert), cert.Err
	case errors.As(err, &name):
		return "its name is not known: " + plain(name.Error()), name
	case errors.As(err, &slow) && slow.Timeout():
		return "no answer in time", context.DeadlineExceeded
	case errors.As(err, &wire):
		return plain(wire.Error()), wire
	}
	return plain(err.Error()), nil
}

// issuer names who signed the certificate that was shown, which betrays a proxy that reads along.
func issuer(err *tls.CertificateVerificationError) string {
	if len(err.UnverifiedCertificates) == 0 {
		return ""
	}
	return " (issued by " + plain(err.UnverifiedCertificates[0].Issuer.String()) + ")"
}

// refused says what the authority's refusal means.
func (c *credential) refused(f *fault, x *exchange) *errs.Error {
	e := &errs.Error{Slug: errs.Auth, RequestID: f.request}
	fill := c.placeholders(x, f.skew)
	a, known := adviceFor(f)
	switch {
	case f.foreign:
		e.Slug = errs.Busy
		e.Why = fmt.Sprintf("not %s but something in between answered (status %d): a proxy or a captive portal?", c.config.authority(), f.status)
		e.Hints = []string{"curl -sSI " + c.config.Cloud.Authority}
		return e
	case known:
		e.Why = fill.Replace(a.why)
		e.Hints = c.typed(a.hints, fill)
		if a.slug != "" {
			e.Slug = a.slug
		}
		if f.unconsented() {
			e.Err = errConsent
		}
	case f.down():
		e.Slug = errs.Busy
		e.Why = fmt.Sprintf("%s cannot answer at the moment (status %d)", c.config.authority(), f.status)
	default:
		e.Why = "the authority refused: " + c.hide(f.text)
	}
	if f.name() != "" {
		e.Why += " (" + f.name() + ")"
	}
	if len(e.Hints) == 0 && f.code != "" {
		e.Hints = []string{c.config.Cloud.Authority + "/error?code=" + f.code}
	}
	return e
}

// unclassified is for what went wrong without a refusal: a browser that does not start, an answer
// that MSAL cannot use, what the browser was told.
func (c *credential) unclassified(err error, x *exchange) *errs.Error {
	text := html.UnescapeString(err.Error()) // MSAL escapes what the browser was told
	if strings.Contains(text, "declined scopes") {
		return c.refused(&fault{oauth: "consent_required"}, x)
	}
	if c.config.Kind != Browser {
		return &errs.Error{Slug: errs.Internal, Why: "the sign-in came to nothing: " + c.hide(plain(text))}
	}
	if f := faultFromText(text); f.code != "" {
		return c.refused(f, x)
	}
	e := &errs.Error{Slug: errs.Auth, Hints: []string{"--auth device-code"}}
	if strings.Contains(text, "exec:") || strings.Contains(text, "exit status") {
		e.Why = "no browser could be opened: " + plain(text)
	} else {
		e.Why = "the browser sent no sign-in back: " + c.hide(plain(text))
	}
	return e
}

// hide takes what is secret out of a text, should somebody have repeated it.
func (c *credential) hide(text string) string {
	for _, s := range c.secrets {
		if !s.IsEmpty() {
			text = strings.ReplaceAll(text, s.Reveal(), s.String())
		}
	}
	return text
}

// plain makes a foreign text fit for an error: its first line without ids and control characters, without
// what may be a secret (long runs of token characters, the password in an address), and not too long.
func plain(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	text, _, _ = strings.Cut(text, "Trace ID:")
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	for i, w := range words {
		words[i] = withoutSecrets(w)
	}
	runes := []rune(strings.TrimRight(strings.Join(words, " "), ". "))
	if len(runes) > 200 {
		return strings.TrimSpace(string(runes[:200])) + "…"
	}
	return string(runes)
}

// withoutSecrets replaces runs of 40 or more characters of which tokens and client secrets are
// made (40 is how long Microsoft's client secrets are), and what stands before the @ of an address.
func withoutSecrets(word string) string {
	if before, after, ok := strings.Cut(word, "//"); ok {
		if i := strings.LastIndex(after, "@"); i >= 0 {
			word = before + "//…" + after[i:]
		}
	}
	var out, run strings.Builder
	flush := func() {
		if run.Len() >= 40 {
			out.WriteString("…")
		} else {
			out.WriteString(run.String())
		}
		run.Reset()
	}
	for _, r := range word {
		if strings.ContainsRune("-_~.+=", r) || r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			run.WriteRune(r)
			continue
		}
		flush()
		out.WriteRune(r)
	}
	flush()
	return out.String()
}

// firstGUID returns the first of the texts that is a GUID, or nothing.
func firstGUID(texts ...string) string {
	for _, t := range texts {
		if isGUID(t) {
			return t
		}
	}
	return ""
}

// wordAfter returns the word that follows the label, or nothing.
func wordAfter(text, label string) string {
	if _, rest, ok := strings.Cut(text, label); ok {
		if words := strings.Fields(rest); len(words) > 0 {
			return words[0]
		}
	}
	return ""
}
