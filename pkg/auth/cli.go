package auth

import (
	"context"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// azureCLI is the client id of az. Microsoft gives it none of the permissions on passes, and nobody can consent to them:
// https://learn.microsoft.com/troubleshoot/azure/entra/entra-id/governance/verify-first-party-apps-sign-in.
const azureCLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

// fromCLI returns a token of the application or managed identity that is signed in to az. A person's is no use.
func (c *credential) fromCLI(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	scope := strings.Join(o.Scopes, " ")
	if kept, ok := c.kept[scope]; ok && o.Claims == "" && time.Until(kept.ExpiresOn) > 5*time.Minute {
		return kept, nil
	}
	if o.Claims != "" {
		return azcore.AccessToken{}, c.cliError("the service wants a newer sign-in than the one that az has", c.cliLogin()...)
	}
	token, err := c.inner.GetToken(ctx, o)
	if err != nil {
		return azcore.AccessToken{}, c.explainCLI(ctx, err)
	}
	if who := Describe(token.Token); who.ClientID == azureCLI || strings.HasPrefix(scope, c.config.Cloud.GraphRoot+"/") && who.person() {
		return azcore.AccessToken{}, c.cliError("az is signed in as the person "+plain(who.Name)+", and Microsoft gives az no permission on passes for people: "+
			"an application or a managed identity behind az works", append([]string{"--auth browser"}, c.cliLogin()...)...)
	}
	c.kept[scope] = token
	return token, nil
}

// explainCLI says why az gave no token. What az prints is untrusted, and may hold the authority's answer.
func (c *credential) explainCLI(ctx context.Context, err error) error {
	text := err.Error()
	switch f := faultFromText(text); {
	case ctx.Err() != nil:
		return c.explain(ctx, err, c.exchange(nil))
	case strings.Contains(text, "executable not found"):
		return c.cliError("az is not installed, or not on PATH", line(ClientCertificate, c.config.Tenant, ""))
	case f.code != "":
		return c.refused(f, c.exchange(nil)).For("signing in", "az")
	case strings.Contains(text, "az login"):
		return c.cliError("nobody is signed in to az", c.cliLogin()...)
	default:
		return c.cliError(c.hide(plain(strings.TrimPrefix(text, "AzureCLICredential: "))), c.cliLogin()...)
	}
}

func (c *credential) cliError(why string, hints ...string) error {
	return &errs.Error{Slug: errs.Auth, What: "signing in", Whom: "az", Why: why, Hints: hints}
}

// cliLogin are the commands that sign an application in to az.
func (c *credential) cliLogin() []string {
	tenant := "TENANT"
	if c.config.Tenant != "" {
		tenant = c.config.Tenant
	}
	return []string{"az login --service-principal --username CLIENT_ID --certificate FILE --tenant " + tenant, "az login --identity"}
}
