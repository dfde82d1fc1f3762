package auth

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// exchange is what is known of the talk with the authority for one token. azidentity flattens
// network errors to text and puts whole answers into its own, so the witness notes both where they
// still have their types.
type exchange struct {
	scopes []string // what was asked for
	hosts  []string // the only hosts that may be asked, nil: any, for where a managed identity is asked for is the platform's to say
	asked  bool     // a person was asked to sign in
	bearer bearer   // of the assertion that was shown
	local  error    // why there was none to show

	mu      sync.Mutex
	failure error  // why the last request had no answer
	fault   *fault // what the last answer said, where it was a refusal
	host    string // who was asked last
	waiting bool   // the device code was shown and nobody has entered it yet
}

// exchangeKey is the context's key for an exchange.
type exchangeKey struct{}

// exchange begins to take note of a talk.
func (c *credential) exchange(scopes []string) *exchange {
	x := &exchange{scopes: scopes}
	if c.config.Kind == ManagedIdentity {
		return x
	}
	x.hosts = append(aliases(c.config.authority()), c.config.authority())
	if u, err := url.Parse(c.config.Job.URL); err == nil && u.Host != "" {
		x.hosts = append(x.hosts, u.Host)
	}
	return x
}

// in returns a context whose requests are noted in x.
func (x *exchange) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

// note keeps what the last request ended with.
func (x *exchange) note(host string, resp *http.Response, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.host, x.failure, x.fault = host, err, nil
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

// may reports whether a request may go to the host.
func (x *exchange) may(host string) bool { return x.hosts == nil || slices.Contains(x.hosts, host) }

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

// refused reports whether the last request ended with anything but success.
func (x *exchange) refused() bool {
	f, _, failure := x.last()
	return failure != nil || f != nil
}

// witness is a policy of azcore's pipeline that notes each attempt in the exchange of its context.
type witness struct{}

// Do passes the request on unchanged, but to nobody who has no part in this sign-in: what an answer, a file or a variable says,
// a regional authority for one, leads no credential anywhere else.
func (witness) Do(req *policy.Request) (*http.Response, error) {
	host := req.Raw().URL.Host
	x, ok := req.Raw().Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return req.Next()
	}
	if !x.may(host) {
		err := &straysError{host}
		x.note(host, nil, err)
		return nil, err
	}
	resp, err := req.Next()
	x.note(host, resp, err)
	if untrusted := (*tls.CertificateVerificationError)(nil); errors.As(err, &untrusted) {
		err = &lastingError{err}
	}
	return resp, err
}

// lastingError is an error that another try does not mend.
type lastingError struct{ error }

func (e *lastingError) Unwrap() error { return e.error }

// NonRetriable keeps azcore from trying again.
func (*lastingError) NonRetriable() {}

// straysError says that a request was to go to a host that has no part in the sign-in. It is not repeated.
type straysError struct{ host string }

func (e *straysError) Error() string { return "nothing is sent to " + plain(e.host) }

// NonRetriable keeps azcore from trying again.
func (*straysError) NonRetriable() {}

var _ policy.Policy = witness{}
