// Package keyvault writes passes to Azure Key Vault, and is the only importer of its SDK: azsecrets adds 0.11 MB to the program, two
// calls of our own over azcore's pipeline would add 0.06. It implements rollout.Vault. It must not send a token or a passcode to
// another host than the vault that was named, let the vault say which token it gets, keep a value that it reads, or put an
// answer's text into an error.
package keyvault

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

// Config says which vault it is and who calls.
type Config struct {
	URL        string // https://NAME.SUFFIX, as it was typed
	Suffix     string // what stands behind the name of each vault of the cloud: auth.Cloud.VaultSuffix
	Credential azcore.TokenCredential
	UserAgent  string
	// Transport is nil for the default, with the environment's proxy. It is no http.Client: that would follow a redirect, with the
	// passcode in the body.
	Transport http.RoundTripper
	Trace     func(Exchange) // told of every attempt; nil: nobody
	// Pause is the wait after the first attempt, which grows from attempt to attempt; 0: a second. Tests shorten it.
	Pause time.Duration
}

// Client is a rollout.Vault. It is safe for concurrent use.
type Client struct {
	host, name string // contoso.vault.azure.net, contoso
	secrets    *azsecrets.Client
}

var _ rollout.Vault = (*Client)(nil)

// Five repetitions, which wait a minute in all where the vault does not say how long. It asks for seconds; where it asks for more
// than a minute the call ends, and the run's own order decides what is next.
const (
	mostRetries = 5
	firstPause  = time.Second
	longestWait = time.Minute
)

// New returns a client. It opens no connection and asks for no token. A URL that is no vault of the cloud is an errs.UsageFault.
func New(c Config) (*Client, error) {
	name, err := vaultName(c.URL, c.Suffix)
	if err != nil {
		return nil, err
	}
	host := name + "." + c.Suffix
	if c.Pause == 0 {
		c.Pause = firstPause
	}
	options := &azsecrets.ClientOptions{ClientOptions: policy.ClientOptions{
		Retry: policy.RetryOptions{
			MaxRetries: mostRetries, RetryDelay: c.Pause, MaxRetryDelay: longestWait, ShouldRetry: again,
		},
		Telemetry: policy.TelemetryOptions{Disabled: true},
		Transport: newWire(c, host),
	}}
	secrets, err := azsecrets.NewClient("https://"+host, &audience{c.Credential, c.Suffix}, options)
	if err != nil {
		return nil, &errs.Error{Slug: errs.Internal, What: "opening the vault", Whom: host, Why: "the SDK takes no such vault"}
	}
	return &Client{host: host, name: name, secrets: secrets}, nil
}

// named is how Azure lets people call a vault, besides 3 to 24 characters:
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftkeyvault.
var named = regexp.MustCompile(`^[a-z](-?[a-z0-9])+$`)

// vaultName returns NAME, in lower case, of https://NAME.SUFFIX or https://NAME.SUFFIX/, and of nothing else. The error
// does not repeat what was typed, which may hold a password.
func vaultName(url, suffix string) (string, error) {
	rest, https := strings.CutPrefix(strings.ToLower(url), "https://")
	name, ours := strings.CutSuffix(strings.TrimSuffix(rest, "/"), "."+suffix)
	if !https || !ours || suffix == "" || len(name) < 3 || len(name) > 24 || !named.MatchString(name) {
		return "", errs.Usage("that is not the address of a vault of this cloud: it is https://NAME."+suffix+" and nothing else, NAME having 3 to 24 letters, digits and single hyphens",
			"--keyvault https://NAME."+suffix)
	}
	return name, nil
}

// Address is the one form of a vault's address, https://NAME.SUFFIX in lower case, of what was typed. What is no address of a vault of the
// cloud is an errs.UsageFault.
func Address(url, suffix string) (string, error) {
	name, err := vaultName(url, suffix)
	if err != nil {
		return "", err
	}
	return "https://" + name + "." + suffix, nil
}

// audience asks for tokens for the cloud's vaults, in the tenant of the sign-in, whatever the vault would like to have.
type audience struct {
	azcore.TokenCredential
	suffix string
}

// GetToken returns a token for vaults of this cloud.
func (a *audience) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	o.Scopes, o.TenantID = []string{"https://" + a.suffix + "/.default"}, ""
	return a.TokenCredential.GetToken(ctx, o)
}
