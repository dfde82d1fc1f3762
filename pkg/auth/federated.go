package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// audience is whom a foreign issuer's token has to be for. It is the same in every cloud but by the application's own choice:
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust.
const audience = "api://AzureADTokenExchange"

// maxAssertion bounds a token of another issuer, in bytes.
const maxAssertion = 64 << 10

// newAssertion is a credential that shows another issuer's token. get is called for each token of ours.
func (c *credential) newAssertion(get func(context.Context) (secret.Text, error)) (azcore.TokenCredential, error) {
	shown := func(ctx context.Context) (string, error) {
		t, err := get(ctx)
		if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
			x.local, x.bearer = err, bearerOf(t) // MSAL makes a text of the error
		}
		if err != nil {
			return "", err
		}
		c.secrets = append(c.secrets, t)
		return t.Reveal(), nil
	}
	return azidentity.NewClientAssertionCredential(c.config.Tenant, c.config.ClientID, shown,
		&azidentity.ClientAssertionCredentialOptions{ClientOptions: c.options(), DisableInstanceDiscovery: c.config.DisableInstanceDiscovery})
}

// bearer is what an assertion says of the one who shows it: what an application's federated credential has to repeat. All of it is untrusted.
type bearer struct{ issuer, subject, audience string }

func bearerOf(assertion secret.Text) bearer {
	var claims struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience any    `json:"aud"`
	}
	if parts := strings.Split(assertion.Reveal(), "."); len(parts) == 3 {
		if b, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
			_ = json.Unmarshal(b, &claims) // what cannot be read is not told
		}
	}
	b := bearer{issuer: plain(claims.Issuer), subject: plain(claims.Subject)}
	if a, ok := claims.Audience.(string); ok {
		b.audience = plain(a)
	}
	return b
}

// newWorkloadIdentity reads the token once before anybody is asked for anything.
func (c *credential) newWorkloadIdentity(ctx context.Context) (azcore.TokenCredential, error) {
	if _, err := c.fileAssertion(ctx); err != nil {
		return nil, err
	}
	return c.newAssertion(c.fileAssertion)
}

// fileAssertion reads the token that the cluster wrote. It is read anew each time, because it is written anew before it ends.
func (c *credential) fileAssertion(ctx context.Context) (secret.Text, error) {
	file := c.config.TokenFile
	b, err := await(ctx, func() ([]byte, error) { return readBounded(file, maxAssertion) })
	if ctx.Err() != nil {
		return secret.Text{}, ctx.Err()
	}
	var t secret.Text
	if err == nil {
		t, err = oneLine(b)
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if err != nil {
		return secret.Text{}, errs.Local("reading the federated token", file, err, "--federated-token-file FILE")
	}
	return t, nil
}

func (c *credential) newGitHubActions() (azcore.TokenCredential, error) {
	if c.config.Job.URL == "" || c.config.Job.Token.IsEmpty() {
		return nil, &errs.Error{
			Slug: errs.Auth, Why: "this job may not ask GitHub for a token, or is none: ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set; " +
				"the workflow needs `permissions: id-token: write`",
			Hints: []string{"https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments/configuring-openid-connect-in-azure"},
		}
	}
	u, err := c.jobURL("ACTIONS_ID_TOKEN_REQUEST_URL")
	if err != nil {
		return nil, err
	}
	q := u.Query()
	q.Set("audience", audience)
	u.RawQuery = q.Encode()
	options := c.options()
	pipeline := runtime.NewPipeline("tap", "", runtime.PipelineOptions{}, &options)
	c.secrets = append(c.secrets, c.config.Job.Token)
	return c.newAssertion(func(ctx context.Context) (secret.Text, error) { return c.gitHubToken(ctx, pipeline, u.String()) })
}

// gitHubToken asks GitHub which job this is:
// https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token.
func (c *credential) gitHubToken(ctx context.Context, pipeline runtime.Pipeline, address string) (secret.Text, error) {
	req, err := runtime.NewRequest(ctx, http.MethodGet, address)
	if err != nil {
		return secret.Text{}, err
	}
	req.Raw().Header.Set("Accept", "application/json")
	req.Raw().Header.Set("Authorization", "Bearer "+c.config.Job.Token.Reveal())
	resp, err := pipeline.Do(req) //nolint:bodyclose // runtime.Payload closes it
	if err != nil {
		return secret.Text{}, err
	}
	var answer struct {
		Value string `json:"value"`
	}
	body, err := runtime.Payload(resp)
	if err != nil {
		return secret.Text{}, err
	}
	if resp.StatusCode != http.StatusOK || json.Unmarshal(body, &answer) != nil || answer.Value == "" {
		return secret.Text{}, &errs.Error{Slug: errs.Busy, Why: fmt.Sprintf("%s gave this job no token (status %d)", plain(resp.Request.URL.Host), resp.StatusCode)}
	}
	return secret.New(answer.Value), nil
}

func (c *credential) newAzurePipelines() (azcore.TokenCredential, error) {
	job := c.config.Job
	if job.URL == "" || job.Token.IsEmpty() {
		return nil, &errs.Error{
			Slug: errs.Auth, Why: "this job may not ask Azure Pipelines for a token, or is none: SYSTEM_OIDCREQUESTURI and SYSTEM_ACCESSTOKEN are not both set; " +
				"the step needs `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`",
			Hints: []string{"https://learn.microsoft.com/azure/devops/pipelines/build/variables#systemaccesstoken"},
		}
	}
	if _, err := c.jobURL("SYSTEM_OIDCREQUESTURI"); err != nil {
		return nil, err
	}
	c.secrets = append(c.secrets, job.Token)
	return azidentity.NewAzurePipelinesCredential(c.config.Tenant, c.config.ClientID, job.Connection, job.Token.Reveal(),
		&azidentity.AzurePipelinesCredentialOptions{ClientOptions: c.options(), DisableInstanceDiscovery: c.config.DisableInstanceDiscovery})
}

// jobURL is where the job's token is asked for: over TLS, because the request carries a secret.
func (c *credential) jobURL(variable string) (*url.URL, error) {
	u, err := url.Parse(c.config.Job.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, errs.Usage(fmt.Sprintf("the variable %s holds no https address", variable), "unset "+variable)
	}
	return u, nil
}
