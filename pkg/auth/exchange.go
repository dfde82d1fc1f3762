package auth

import (
	"context"
	"net/http"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// exchange is what is known of the talk with the authority for one token. azidentity flattens
// network errors to text and puts whole answers into its own, so the witness notes both where they
// still have their types.
type exchange struct {
	scopes []string // what was asked for
	asked  bool     // a person was asked to sign in

	mu      sync.Mutex
	failure error  // why the last request had no answer
	fault   *fault // what the last answer said, where it was a refusal
	waiting bool   // the device code was shown and nobody has entered it yet
}

// exchangeKey is the context's key for an exchange.
type exchangeKey struct{}

// in returns a context whose requests are noted in x.
func (x *exchange) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

// note keeps what the last request ended with.
func (x *exchange) note(resp *http.Response, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.failure, x.fault = err, nil
	if err != nil {
		return
	}
	body, err := runtime.Payload(resp)
	if err != nil {
		x.failure = err
		return
	}
	x.fault = newFault(resp, body)
	x.waiting = x.waiting || x.fault != nil && x.fault.pending()
}

// last returns what the last request ended with.
func (x *exchange) last() (f *fault, waiting bool, failure error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.fault, x.waiting, x.failure
}

// down reports whether the authority could not be reached or could not work, so
// that asking a person would be no use.
func (x *exchange) down() bool {
	f, _, failure := x.last()
	return failure != nil || f != nil && f.down()
}

// witness is a policy of azcore's pipeline that notes each attempt in the exchange of its context.
type witness struct{}

// Do passes the request on unchanged.
func (witness) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if x, ok := req.Raw().Context().Value(exchangeKey{}).(*exchange); ok {
		x.note(resp, err)
	}
	return resp, err
}

var _ policy.Policy = witness{}
