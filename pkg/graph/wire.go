package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// largest is the size of the largest answer that is read: a page of 999 users is under 2 MB.
const largest = 8 << 20

// patience is how long one attempt may take. The service gives up after 60 s.
const patience = 70 * time.Second

// grace is how long a create under way is waited for after Ctrl-C.
const grace = 4 * time.Second

// Exchange is one attempt, as --debug shows it: an allow-list without bodies and without tokens.
type Exchange struct {
	Method, URL     string
	Status          int // 0: no answer
	Took            time.Duration
	ClientRequestID string
	RequestID       string
	Err             error
}

// wire is the one transport under the SDK: it puts the token on, tells attempts apart, repeats what may be repeated,
// keeps what an answer says about itself, and turns every answer that is no success into an *errs.Error,
// before the SDK sees it: the SDK loses the status of a proxy's HTML and the request id of half the errors.
type wire struct {
	Config
	root *url.URL
	logs pace
}

func newWire(c Config, root *url.URL) *wire {
	if c.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 32
		c.Transport = t
	}
	return &wire{Config: c, root: root}
}

// RoundTrip sends one request, as often as it takes and is allowed.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != w.root.Scheme || req.URL.Host != w.root.Host {
		return nil, &errs.Error{Slug: errs.Internal, Why: fmt.Sprintf("%s is not the configured Graph root %s: nothing was sent there", req.URL.Host, w.root.Host)}
	}
	body, err := drain(req)
	if err != nil {
		return nil, err
	}
	a, err := w.persist(req, body)
	if err != nil {
		return nil, err
	}
	if kept, ok := req.Context().Value(answerKey{}).(*answer); ok {
		*kept = *a
	}
	return &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Header: a.header, Request: req,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}, nil
}

// answer is what came back, read to its end. The SDK does not hand on its Date, its request-id and its bytes.
type answer struct {
	status int
	header http.Header
	body   []byte
	sent   time.Time // when the request left, by this machine's clock
}

// at is the service's time.
func (a answer) at() time.Time {
	t, _ := http.ParseTime(a.header.Get("Date"))
	return t
}

func (a answer) requestID() string { return a.header.Get("request-id") }

type answerKey struct{}

// listen returns a context in which the answer of the next request is kept in a.
func listen(ctx context.Context, a *answer) context.Context {
	return context.WithValue(ctx, answerKey{}, a)
}

// attempt is one attempt's end. Without an answer, written tells whether the service may have seen the request.
type attempt struct {
	*answer
	err     error
	written bool
	sent    time.Time
}

// attempt sends the request once and reads the whole answer: a cut one is no answer.
func (w *wire) attempt(req *http.Request, body []byte, token string) attempt {
	ctx, forget := req.Context(), context.CancelFunc(func() {})
	if creates(req) {
		ctx, forget = outlive(ctx, grace)
	}
	defer forget()
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("no answer within %s", patience))
	defer cancel()
	var written atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { written.Store(true) }})
	out := w.dress(traced, req, body, token)
	began := time.Now()
	a, err := w.exchange(out)
	if w.Trace != nil {
		x := Exchange{Method: out.Method, URL: out.URL.String(), Took: time.Since(began), ClientRequestID: out.Header.Get("client-request-id"), Err: err}
		if a != nil {
			x.Status, x.RequestID = a.status, a.requestID()
		}
		w.Trace(x)
	}
	if a != nil {
		a.sent = began
	}
	return attempt{answer: a, err: err, written: written.Load(), sent: began}
}

// outlive returns a context that ends so long after ctx: a create that is under way may still tell its passcode.
func outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, func() { cancel(context.Cause(ctx)) })
		context.AfterFunc(out, func() { timer.Stop() })
	})
	return out, func() { stop(); cancel(nil) }
}

func (w *wire) exchange(out *http.Request) (*answer, error) {
	resp, err := w.Transport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, largest))
	a := &answer{status: resp.StatusCode, header: resp.Header, body: b}
	switch {
	case err != nil && !readable(a):
		return nil, err
	case reads(out) && a.status == http.StatusOK && !json.Valid(b):
		return nil, errCut
	}
	return a, nil
}

// errCut is an answer to a read that something on the way cut or wrote over.
var errCut = errors.New("the answer is no JSON")

// readable reports whether a cut answer is one all the same: one that made a pass may hold its passcode, and one that
// refuses says so by its status.
func readable(a *answer) bool {
	return a.status == http.StatusCreated && len(a.body) > 0 || a.status >= 400
}

// dress returns the request as it leaves, with a body of its own.
func (w *wire) dress(ctx context.Context, req *http.Request, body []byte, token string) *http.Request {
	out := req.Clone(ctx)
	if body != nil {
		out.Body, out.ContentLength = io.NopCloser(&punctual{bytes.NewReader(body), ctx}), int64(len(body))
	}
	out.Header.Set("Authorization", "Bearer "+token)
	out.Header.Set("client-request-id", uuid.NewString())
	out.Header.Set("User-Agent", w.UserAgent)
	return out
}

// drain reads a request's body, so that each attempt has all of it: kiota's requests cannot be read twice.
func drain(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	defer req.Body.Close()
	return io.ReadAll(req.Body)
}
