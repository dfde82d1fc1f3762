package graph

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// largest is the size of the largest answer that is read: a page of 999 users is under 2 MB.
const largest = 8 << 20

// Exchange is one attempt, as --debug shows it: an allow-list without bodies and without tokens.
type Exchange struct {
	Method, URL     string
	Status          int // 0: no answer
	Took            time.Duration
	ClientRequestID string
	RequestID       string
	Err             error
}

// wire is the one transport under the SDK: it puts the token on, tells attempts apart, keeps what an
// answer says about itself, and turns every answer that is no success into an *errs.Error,
// before the SDK sees it: the SDK loses the status of a proxy's HTML and the request id of half the errors.
type wire struct {
	Config
	root *url.URL
}

func newWire(c Config, root *url.URL) *wire {
	if c.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 32
		c.Transport = t
	}
	return &wire{Config: c, root: root}
}

// RoundTrip sends one request. A claims challenge is answered once with a new token: the service executed nothing then.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != w.root.Scheme || req.URL.Host != w.root.Host {
		return nil, &errs.Error{Slug: errs.Internal, Why: fmt.Sprintf("%s is not the configured Graph root %s: nothing was sent there", req.URL.Host, w.root.Host)}
	}
	body, err := drain(req)
	if err != nil {
		return nil, err
	}
	resp, err := w.attempt(req, body, "")
	if claims := challenge(resp); err == nil && claims != "" {
		discard(resp)
		resp, err = w.attempt(req, body, claims)
	}
	if err != nil {
		return nil, unreachable(req, err)
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, largest), resp.Body}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, refused(resp)
	}
	return resp, keep(resp)
}

// drain reads a request's body, so that each attempt has all of it: kiota's requests cannot be read twice.
func drain(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	defer req.Body.Close()
	return io.ReadAll(req.Body)
}

func (w *wire) attempt(req *http.Request, body []byte, claims string) (*http.Response, error) {
	token, err := w.Credential.GetToken(req.Context(), policy.TokenRequestOptions{Scopes: w.Scopes, EnableCAE: true, Claims: claims})
	if err != nil {
		return nil, err
	}
	out := w.dress(req, body, token)
	began := time.Now()
	resp, err := w.Transport.RoundTrip(out)
	if w.Trace != nil {
		x := Exchange{Method: out.Method, URL: out.URL.String(), Took: time.Since(began), ClientRequestID: out.Header.Get("client-request-id"), Err: err}
		if resp != nil {
			x.Status, x.RequestID = resp.StatusCode, requestID(resp.Header)
		}
		w.Trace(x)
	}
	return resp, err
}

// dress returns the request as it leaves, with a body of its own.
func (w *wire) dress(req *http.Request, body []byte, token azcore.AccessToken) *http.Request {
	out := req.Clone(req.Context())
	if body != nil {
		out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	out.Header.Set("Authorization", "Bearer "+token.Token)
	out.Header.Set("client-request-id", uuid.NewString())
	out.Header.Set("User-Agent", w.UserAgent)
	return out
}

// answer is what the SDK does not hand on: the answer's Date, its request-id, and its body where wanted.
type answer struct {
	at        time.Time
	requestID string
	wantBody  bool
	body      []byte
}

type answerKey struct{}

// listen returns a context in which the answer of the next request is kept in a.
func listen(ctx context.Context, a *answer) context.Context {
	return context.WithValue(ctx, answerKey{}, a)
}

func keep(resp *http.Response) error {
	a, ok := resp.Request.Context().Value(answerKey{}).(*answer)
	if !ok {
		return nil
	}
	a.requestID = requestID(resp.Header)
	a.at, _ = http.ParseTime(resp.Header.Get("Date"))
	if !a.wantBody {
		return nil
	}
	defer resp.Body.Close()
	var err error
	a.body, err = io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(a.body))
	if err != nil && len(a.body) == 0 {
		return unreachable(resp.Request, err)
	}
	return nil
}

func requestID(h http.Header) string { return h.Get("request-id") }

// discard reads what is left of an answer, so that its connection can be used again.
func discard(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, 1<<16)
	_ = resp.Body.Close()
}
