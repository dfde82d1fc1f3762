// Package auth signs in: it makes azidentity's credentials for a kind of sign-in, a tenant and
// a cloud, and turns what the authority answers into errors that a person can act on. It also keeps
// the profiles, reads the machine's settings, and says which of all values counts.
// It must not talk to Graph, print, or know a flag's machinery; no secret, token or answer of the
// authority may leave it but by GetToken. It is the only importer of azidentity.
package auth

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/pkg/browser"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// Scopes returns what to ask a token for. A person asks for the named permissions; an application
// gets what an administrator consented to, whatever it asks for, and must ask for ".default":
// https://learn.microsoft.com/entra/identity-platform/scopes-oidc#the-default-scope.
func Scopes(kind Kind, c Cloud, permissions []string) []string {
	if kind.Application() {
		return []string{c.GraphRoot + "/.default"}
	}
	scopes := make([]string, 0, len(permissions))
	for _, p := range permissions {
		scopes = append(scopes, c.GraphRoot+"/"+p)
	}
	return scopes
}

// NewCredential returns a credential that keeps its tokens in memory, and those of a person where Config.Memory says. It reads no secret and asks
// nobody before the first GetToken, whose errors are *errs.Error. It may be used by many at once.
// For Browser it makes the browser's chatter go to stderr, which is a setting of the whole process.
func NewCredential(c Config) (azcore.TokenCredential, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	switch {
	case c.Kind == ClientSecret && c.Secret == nil:
		return nil, &errs.Error{Slug: errs.Internal, What: "signing in", Why: "nobody said where the client secret is"}
	case c.Kind == DeviceCode && c.Say == nil:
		return nil, &errs.Error{Slug: errs.Internal, What: "signing in", Why: "there is no way to show the device code"}
	case c.Kind == Browser:
		keepStdout()
	}
	return &credential{config: c, turn: make(chan struct{}, 1), kept: map[string]azcore.AccessToken{}}, nil
}

// keepStdout sends what a browser writes to stderr: azidentity has no hook for
// it, and stdout is the answer. The comparison keeps a second credential from writing.
func keepStdout() {
	if browser.Stdout != os.Stderr {
		browser.Stdout = os.Stderr
	}
}

// credential is azidentity's credential with the errors of this house.
type credential struct {
	config Config
	turn   chan struct{} // holds one value while somebody fetches a token, so that a person is asked once

	// Guarded by turn.
	account   *Account                      // who is remembered, nil for nobody
	forgetful string                        // why tokens are not kept for later commands, "" where they are
	fresh     bool                          // a person is asked first, whoever is remembered
	modest    bool                          // less than was wanted had to do
	inner     azcore.TokenCredential        // nil until the first token is needed
	broken    error                         // why there is none; asking again would read stdin or prompt twice
	secrets   []secret.Text                 // all that was shown to somebody, to be cut out of what they answer
	kept      map[string]azcore.AccessToken // what az said last, by scope: it takes a second each time, and azidentity asks it each time
}

// GetToken returns a token for the scopes, from memory where it is there. CAE is always asked for:
// azidentity caches tokens with and without it apart, and two callers would sign in twice.
func (c *credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return azcore.AccessToken{}, c.explain(ctx, ctx.Err(), &exchange{})
	}
	if err := c.open(ctx); err != nil {
		return azcore.AccessToken{}, c.explain(ctx, err, &exchange{})
	}
	if c.config.Kind == AzureCLI {
		return c.fromCLI(ctx, o)
	}
	o.EnableCAE = true
	if p, ok := c.inner.(person); ok {
		return c.ofPerson(ctx, p, o)
	}
	seen := c.exchange(o.Scopes)
	token, err := c.inner.GetToken(seen.in(ctx), o)
	if err != nil {
		return azcore.AccessToken{}, c.explain(ctx, err, seen)
	}
	return token, nil
}

// say shows text to the person, where somebody listens.
func (c *credential) say(text string) {
	if c.config.Say != nil {
		c.config.Say(text)
	}
}

// open makes azidentity's credential, once.
func (c *credential) open(ctx context.Context) error {
	if c.inner != nil || c.broken != nil {
		return c.broken
	}
	c.inner, c.broken = c.newInner(ctx)
	if c.broken != nil {
		c.inner = nil // not a nil pointer in an interface
	}
	return c.broken
}

func (c *credential) newInner(ctx context.Context) (azcore.TokenCredential, error) {
	if err := os.Unsetenv("AZURE_REGIONAL_AUTHORITY_NAME"); err != nil { // azidentity has no option for it, and would ask another host than the cloud's
		return nil, err
	}
	switch c.config.Kind {
	case Browser, DeviceCode:
		return c.newPerson()
	case ClientSecret:
		return c.newClientSecret(ctx)
	case ClientCertificate:
		return c.newClientCertificate(ctx)
	case ManagedIdentity:
		return c.newManagedIdentity()
	case WorkloadIdentity:
		return c.newWorkloadIdentity(ctx)
	case GitHubActions:
		return c.newGitHubActions()
	case AzurePipelines:
		return c.newAzurePipelines()
	case AzureCLI:
		return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: c.config.Tenant})
	}
	return nil, &errs.Error{Slug: errs.Internal, Why: fmt.Sprintf("nobody makes a credential for %q", c.config.Kind)}
}

func (c *credential) newClientSecret(ctx context.Context) (azcore.TokenCredential, error) {
	s, err := c.config.Secret(ctx)
	var known *errs.Error
	if err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled) && !errors.As(err, &known) {
		return nil, errs.Local("asking for the client secret", "", err)
	}
	if err != nil {
		return nil, err
	}
	if s.IsEmpty() {
		return nil, OfClient().missing("the client secret is empty")
	}
	c.secrets = append(c.secrets, s)
	return azidentity.NewClientSecretCredential(c.config.Tenant, c.config.ClientID, s.Reveal(),
		&azidentity.ClientSecretCredentialOptions{
			ClientOptions:            c.options(),
			DisableInstanceDiscovery: c.config.DisableInstanceDiscovery,
		})
}

// options are what all credentials share. Two repetitions, a second or so in all: the authority is
// asked for two or three things in turn, each repeated for itself, and somebody is waiting.
func (c *credential) options() policy.ClientOptions {
	return policy.ClientOptions{
		Cloud:            cloud.Configuration{ActiveDirectoryAuthorityHost: c.config.Cloud.Authority},
		PerRetryPolicies: []policy.Policy{witness{}},
		Retry:            policy.RetryOptions{MaxRetries: 2, RetryDelay: 300 * time.Millisecond, MaxRetryDelay: 5 * time.Second},
		Telemetry:        policy.TelemetryOptions{Disabled: true},
		Transport:        c.config.Transport,
	}
}
