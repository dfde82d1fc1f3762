package keyvault

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// largest is the size of the largest answer that is read: a value has at most 25 KB.
const largest = 1 << 20

// patience is how long one attempt may take.
const patience = 30 * time.Second

// Exchange is one attempt, as --debug shows it: an allow-list without bodies and without tokens.
type Exchange struct {
	Method, URL     string
	Status          int // 0: no answer
	Took            time.Duration
	ClientRequestID string
	RequestID       string
	Err             error
}

// wire is what lies under the SDK: it sends to one host alone, follows no redirect, bounds an attempt in time and size, and keeps from
// the SDK what would make it panic or quote.
type wire struct {
	Config
	host string
}

func newWire(c Config, host string) *wire {
	if c.Transport == nil {
		c.Transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	return &wire{Config: c, host: host}
}

// unanswered is a request without an answer that can be used.
type unanswered struct{ err error }

func (u *unanswered) Error() string { return u.err.Error() }
func (u *unanswered) Unwrap() error { return u.err }

// What an answer may be instead of a vault's.
var (
	errCut     = errors.New("the answer is no JSON")
	errForeign = errors.New("the answer is not that of a vault")
	errLong    = errors.New("the answer is too long")
)

// Do sends one attempt and reads its whole answer: a cut one is none.
func (w *wire) Do(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" || req.URL.Host != w.host {
		return nil, &errs.Error{Slug: errs.Internal, Why: fmt.Sprintf("%s is not the vault %s: nothing was sent there", req.URL.Host, w.host)}
	}
	ctx, cancel := context.WithTimeoutCause(req.Context(), patience, fmt.Errorf("no answer within %s", patience))
	defer cancel()
	out := req.Clone(ctx)
	out.Header.Set("x-ms-client-request-id", uuid.NewString())
	out.Header.Set("User-Agent", w.UserAgent)
	began := time.Now()
	resp, err := w.exchange(out)
	if w.Trace != nil {
		x := Exchange{Method: out.Method, URL: out.URL.String(), Took: time.Since(began), ClientRequestID: out.Header.Get("x-ms-client-request-id"), Err: err}
		if resp != nil {
			x.Status, x.RequestID = resp.StatusCode, requestID(resp)
		}
		w.Trace(x)
	}
	if err != nil {
		return nil, &unanswered{err}
	}
	return resp, nil
}

func (w *wire) exchange(out *http.Request) (*http.Response, error) {
	resp, err := w.Transport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, largest+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > largest:
		return nil, errLong
	case resp.StatusCode == http.StatusOK && !json.Valid(body):
		return nil, errCut
	case resp.StatusCode == http.StatusUnauthorized && !w.challenges(resp):
		return nil, errForeign
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

var (
	tenantIn   = regexp.MustCompile(`authorization="(https://[0-9A-Za-z.-]+/([0-9A-Za-z.-]+))"`)
	resourceIn = regexp.MustCompile(`resource="https://([0-9A-Za-z.-]+)/?"`)
	claimsIn   = regexp.MustCompile(`claims="[0-9A-Za-z+/=]+"`)
)

// challenges reports whether a 401 says what a vault of this cloud says, and leaves nothing else in it: the SDK panics at other words.
// https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses#authentication
func (w *wire) challenges(resp *http.Response) bool {
	const name = "WWW-Authenticate"
	header := resp.Header.Get(name)
	if claims := claimsIn.FindString(header); claims != "" {
		resp.Header.Set(name, `Bearer error="insufficient_claims", `+claims)
		return true
	}
	tenant, resource := tenantIn.FindStringSubmatch(header), resourceIn.FindStringSubmatch(header)
	if tenant == nil || resource == nil || !strings.EqualFold(resource[1], w.Suffix) {
		return false
	}
	resp.Header.Set(name, fmt.Sprintf(`Bearer authorization="%s", resource="https://%s"`, tenant[1], w.Suffix))
	return true
}

func requestID(resp *http.Response) string { return resp.Header.Get("x-ms-request-id") }

// again reports whether an attempt is repeated. Writing twice makes two versions of one pass, which does no harm.
func again(resp *http.Response, err error) bool {
	var known *errs.Error
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	switch {
	case err == nil:
		return resp.StatusCode == http.StatusRequestTimeout || resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500
	case errors.As(err, &known), errors.As(err, &cert), errors.Is(err, errForeign):
		return false
	case errors.As(err, &dns):
		return !dns.IsNotFound
	}
	return true
}

// cause is the innermost words of a network error, which people can act on. It has no address in it.
func cause(err error) string {
	var sent *url.Error
	if errors.As(err, &sent) {
		err = sent.Err
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		err = op.Err
	}
	var cert *tls.CertificateVerificationError
	if errors.As(err, &cert) {
		return "its certificate is not trusted here: " + cert.Err.Error()
	}
	return err.Error()
}
