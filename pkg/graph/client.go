// Package graph talks to Microsoft Graph, and is the only importer of its SDK. It implements
// what the rules declare, in the rules' types. It must not decide what a refusal means for a
// person, print anything, or let a token leave for another host than the configured root.
package graph

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/microsoft/kiota-abstractions-go/authentication"
	khttp "github.com/microsoft/kiota-http-go"
	kjson "github.com/microsoft/kiota-serialization-json-go"
	"github.com/microsoftgraph/msgraph-sdk-go/policies"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// Config says where Graph is and who calls.
type Config struct {
	Root       string   // the cloud's Graph root, e.g. https://graph.microsoft.com
	Version    string   // "beta" or "v1.0"
	Scopes     []string // what a token is asked for
	Credential azcore.TokenCredential
	UserAgent  string
	Transport  http.RoundTripper // nil: the default, with the environment's proxy
	Trace      func(Exchange)    // told of every attempt; nil: nobody
	// Waiting is told before a wait of more than two seconds, and why; nil: nobody.
	Waiting func(d time.Duration, why error)
	// Late is how long after a lost answer the service may still carry a create out; 0: a minute. Tests shorten it.
	Late time.Duration
}

// Client is a pass.Service, a person.Directory and a policy.Reader. It is safe for concurrent use.
type Client struct {
	adapter *khttp.NetHttpRequestAdapter
	wire    *wire
	late    time.Duration // how long a lost create may still land
}

// New returns a client. It opens no connection and asks for no token.
func New(c Config) (*Client, error) {
	root, err := url.Parse(c.Root)
	if err != nil || root.Host == "" {
		return nil, fmt.Errorf("graph root %q is not an address", c.Root)
	}
	// One handler of the SDK's six, named here: its default list has a random order and would retry.
	// It writes "$select" where the URL template has "%24select".
	names := khttp.NewParametersNameDecodingHandler()
	w := newWire(c, root)
	hc := &http.Client{
		Transport:     khttp.NewCustomTransportWithParentTransport(w, names),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	adapter, err := khttp.NewNetHttpRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		// The wire puts the token on: the SDK's provider drops it without a word for a host that it does not know.
		&authentication.AnonymousAuthenticationProvider{},
		kjson.NewJsonParseNodeFactory(), kjson.NewJsonSerializationWriterFactory(), hc)
	if err != nil {
		return nil, err
	}
	adapter.SetBaseUrl(c.Root + "/" + c.Version)
	if c.Late == 0 {
		c.Late = pass.Late
	}
	return &Client{adapter: adapter, wire: w, late: c.Late}, nil
}

// The builders of the sub-packages are used alone: the SDK's root package compiles all of Graph.

func (c *Client) user(id string) *users.UserItemRequestBuilder {
	return users.NewUsersRequestBuilderInternal(nil, c.adapter).ByUserId(id)
}

func (c *Client) policies() *policies.PoliciesRequestBuilder {
	return policies.NewPoliciesRequestBuilderInternal(nil, c.adapter)
}
