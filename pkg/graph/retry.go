package graph

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// What may be repeated, and how often (docs/adr/0002-who-retries.md). The total time is the context's.
const (
	mostAttempts = 6               // of a request that was throttled or whose answer was lost
	mostDials    = 3               // of one that never reached the service
	firstWait    = 1 * time.Second // doubles from attempt to attempt, give or take half
	longestWait  = 30 * time.Second
	aWhile       = 2 * time.Second // from here on a wait is told, and what was read before it is old
)

// LostError is a create whose answer was lost: it may have made a pass whose code nobody saw.
type LostError struct {
	Sent time.Time // by this machine's clock
	At   time.Time // when it was known to be lost, likewise
	Err  error     // what came instead of an answer
	// after is how long the service asked to be left alone; 0: it did not.
	after time.Duration
}

// Error says what came instead of an answer.
func (e *LostError) Error() string { return "the answer was lost: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *LostError) Unwrap() error { return e.Err }

// persist sends the request until there is an answer that counts.
func (w *wire) persist(req *http.Request, body []byte) (*answer, error) {
	claims, _ := req.Context().Value(claimsKey{}).(string)
	looked := time.Now()
	for n := 1; ; n++ {
		if ctx := req.Context(); ctx.Err() != nil {
			return nil, errs.Of(context.Cause(ctx))
		}
		token, err := w.Credential.GetToken(req.Context(), policy.TokenRequestOptions{Scopes: w.Scopes, EnableCAE: true, Claims: claims})
		if err != nil {
			return nil, errs.Of(err)
		}
		changes := n > 1 && req.Method == http.MethodPatch // what was lost may have been done
		if look, ok := req.Context().Value(repeatKey{}).(func() error); ok && (changes || time.Since(looked) > aWhile) {
			if err := look(); err != nil {
				return nil, err
			}
			looked = time.Now()
		}
		if late(req.Context(), 0) {
			return nil, &errs.Error{Slug: errs.Busy, Why: "the request could not be sent in time"}
		}
		if err := w.paced(req); err != nil {
			return nil, err
		}
		a := w.attempt(req, body, token.Token)
		if asked := challenge(a.answer); asked != "" && claims == "" {
			claims = asked // the service executed nothing, and asks for another token
			n--
			continue
		}
		again, err := verdict(req, a)
		switch {
		case err == nil, timed(req.Context()) && a.answer != nil && a.status == http.StatusTooManyRequests:
			return a.answer, nil
		case !again && a.maybeExecuted() && creates(req):
			return nil, lost(err, a.sent, a.answer)
		case !again || n >= limit(a) || late(req.Context(), firstWait):
			return nil, err
		}
		if err := w.wait(req.Context(), pause(a.answer, n), err); err != nil {
			return nil, err
		}
		if idle, ok := w.Transport.(interface{ CloseIdleConnections() }); ok && a.answer != nil && a.status == http.StatusServiceUnavailable {
			idle.CloseIdleConnections() // another connection may lead to a server that works
		}
	}
}

// sendByKey is of the time after which a request is not sent any more: what is written down about it would not be true.
type sendByKey struct{}

// timed reports whether a request has such a time. Then it is not kept waiting either: who throttles it is told.
func timed(ctx context.Context) bool { return ctx.Value(sendByKey{}) != nil }

// late reports whether it has passed, or will have after so long.
func late(ctx context.Context, after time.Duration) bool {
	by, ok := ctx.Value(sendByKey{}).(time.Time)
	return ok && time.Now().Add(after).After(by)
}

// punctual is a request's body that is not sent too late: a connection may take its time.
type punctual struct {
	io.Reader
	ctx context.Context
}

func (p *punctual) Read(b []byte) (int, error) {
	if late(p.ctx, 0) {
		return 0, errLate
	}
	return p.Reader.Read(b)
}

var errLate = errors.New("the connection came too late")

// claimsKey is of claims that a token has to have.
type claimsKey struct{}

type repeatKey struct{}

// beforeRepeat returns a context in which look is called before the next request is sent again after a while, a change each time. An error of look ends it.
func beforeRepeat(ctx context.Context, look func() error) context.Context {
	return context.WithValue(ctx, repeatKey{}, look)
}

// verdict says what an attempt came to: nil for a success; else the error, and whether the request may be sent again.
func verdict(req *http.Request, a attempt) (again bool, err error) {
	var known *errs.Error
	switch {
	case a.err != nil && req.Context().Err() != nil:
		return false, errs.Of(context.Cause(req.Context()))
	case errors.As(a.err, &known):
		return false, known // no token
	case a.err != nil:
		return !a.written || !creates(req), unreachable(req, a.err)
	case a.status >= 200 && a.status <= 299:
		return false, nil
	case a.status == http.StatusTooManyRequests:
		return true, refused(a.answer)
	}
	return a.maybeExecuted() && !creates(req), refused(a.answer)
}

// maybeExecuted reports whether the service may have done what was asked although it did not say so.
func (a attempt) maybeExecuted() bool {
	if a.answer == nil {
		return a.written
	}
	switch a.status {
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// creates reports whether doing the request twice makes two things. checkMemberGroups only reads, and so do some batches; to end
// sessions twice ends them once.
func creates(req *http.Request) bool {
	path := strings.ToLower(req.URL.Path)
	return req.Method == http.MethodPost && !reads(req) && !strings.HasSuffix(path, "/checkmembergroups") && !strings.HasSuffix(path, revoking)
}

// reads reports whether all that counts is the answer: a GET, or a batch whose parts may be sent twice.
func reads(req *http.Request) bool {
	batch, _ := req.Context().Value(readsKey{}).(bool)
	return batch || req.Method == http.MethodGet
}

func limit(a attempt) int {
	if a.answer == nil && !a.written {
		return mostDials
	}
	return mostAttempts
}

func lost(err error, sent time.Time, a *answer) error {
	e := *errs.Of(err)
	l := &LostError{Sent: sent, At: time.Now(), Err: err}
	if a != nil {
		l.after = retryAfter(a.header)
	}
	e.Err = l
	return &e
}

// pause is how long to wait after the n-th attempt: what the service asks for, else longer from time to time,
// never the same for two callers.
func pause(a *answer, n int) time.Duration {
	if a != nil {
		if d := retryAfter(a.header); d > 0 { // a time that has come already says nothing
			return asked(d)
		}
	}
	return backoff(n)
}

// asked is a wait that the service asks for, a little longer by chance.
func asked(d time.Duration) time.Duration { return d + rand.N(d/10+time.Millisecond) }

// backoff is the wait after the n-th attempt where the service asks for none.
func backoff(n int) time.Duration {
	d := min(firstWait<<(n-1), longestWait)
	return d/2 + rand.N(d)
}

// retryAfter reads Retry-After: whole or decimal seconds, or a time, which counts from the answer's own Date; 0 where
// there is none, and where it has come already.
func retryAfter(h http.Header) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(v, 64); err == nil && s >= 0 && s <= 1e6 {
		return time.Duration(s * float64(time.Second))
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(0, at.Sub(now))
}

// wait waits, and tells so where it takes longer than two seconds. Where the time of the whole command would run out, it does
// not begin to, and gives the refusal back.
func (w *wire) wait(ctx context.Context, d time.Duration, refusal error) error {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return refusal
	}
	if d > aWhile && w.Waiting != nil {
		w.Waiting(d, refusal)
	}
	return w.waitQuietly(ctx, d, refusal)
}

// waitQuietly waits without a word.
func (w *wire) waitQuietly(ctx context.Context, d time.Duration, refusal error) error {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return refusal
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return errs.Of(context.Cause(ctx))
	}
}
