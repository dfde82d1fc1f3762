package keyvault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// explain turns what the SDK returned into an error that says what to do. err itself, whose text holds the whole
// answer, is left behind.
func (c *Client) explain(ctx context.Context, err error, secret string) *errs.Error {
	var known *errs.Error
	var refusal *azcore.ResponseError
	var silent *unanswered
	switch {
	case ctx.Err() != nil:
		return interrupted(ctx)
	case errors.As(err, &known):
		return known
	case errors.As(err, &refusal):
		return c.refused(refusal.RawResponse, secret)
	case errors.As(err, &silent):
		return c.unreachable(silent.err)
	}
	return &errs.Error{Slug: errs.Internal, Why: "the SDK cannot use the vault's answer"}
}

// interrupted says why the caller did not wait any longer.
func interrupted(ctx context.Context) *errs.Error {
	why := context.Cause(ctx)
	var known *errs.Error
	switch {
	case errors.As(why, &known):
		return known
	case errors.Is(why, context.DeadlineExceeded):
		return &errs.Error{Slug: errs.Busy, Why: "the vault did not answer within the time", Hints: []string{"--timeout 10m"}, Err: context.DeadlineExceeded}
	}
	return &errs.Error{Slug: errs.Interrupted, Why: "interrupted", Err: context.Canceled}
}

// unreachable says why no answer came.
func (c *Client) unreachable(err error) *errs.Error {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return &errs.Error{Slug: errs.NotFound, Why: "there is no vault of this name", Hints: []string{"az keyvault show --name " + c.name}}
	case errors.Is(err, errForeign):
		return c.foreign(http.StatusUnauthorized)
	}
	return &errs.Error{Slug: errs.Busy, Why: "the vault cannot be reached: " + cause(err), Hints: []string{"curl -sSI https://" + c.host}}
}

// foreign says that something else answered.
func (c *Client) foreign(status int) *errs.Error {
	return &errs.Error{Slug: errs.Busy, Hints: []string{"curl -sSI https://" + c.host},
		Why: fmt.Sprintf("not the vault but something in between answered (status %d): a proxy or a captive portal?", status)}
}

// refused says what the vault's refusal means.
// https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
func (c *Client) refused(resp *http.Response, secret string) *errs.Error {
	code, inner := codes(resp)
	if code == "" {
		return c.foreign(resp.StatusCode)
	}
	e := &errs.Error{Slug: errs.Rejected, Reason: errs.ServiceRefused, Why: "the vault refused it"}
	switch status := resp.StatusCode; {
	case status == http.StatusUnauthorized:
		e = c.unauthorized(resp)
	case status == http.StatusForbidden:
		e = c.denied(inner)
	case status == http.StatusNotFound:
		e = &errs.Error{Slug: errs.NotFound, Why: "the vault does not know it"}
	case status == http.StatusConflict:
		e = c.conflict(inner, secret)
	case status == http.StatusTooManyRequests:
		e = &errs.Error{Slug: errs.Busy, Why: "the vault is throttled"}
	case status == http.StatusRequestTimeout, status >= 500:
		e = &errs.Error{Slug: errs.Busy, Why: "the vault cannot answer at the moment"}
	}
	if inner != "" {
		code = inner
	}
	e.Why = fmt.Sprintf("%s (%d %s)", e.Why, resp.StatusCode, code)
	e.RequestID = requestID(resp)
	return e
}

// unauthorized is for a token that the vault does not take: one of another tenant, or one that conditional access wants more of.
func (c *Client) unauthorized(resp *http.Response) *errs.Error {
	e := &errs.Error{Slug: errs.Auth, Why: "the vault does not take this sign-in", Hints: []string{"az keyvault show --name " + c.name + " --query properties.tenantId"}}
	header := resp.Header.Get("WWW-Authenticate")
	if claimsIn.MatchString(header) {
		e.Why, e.Hints = "conditional access asks for more than this sign-in has, such as a second factor or a managed device", nil
	} else if tenant := tenantIn.FindStringSubmatch(header); tenant != nil {
		e.Why += ": it belongs to the tenant " + tenant[2]
	}
	return e
}

// denied is for a caller whom the vault knows.
// https://learn.microsoft.com/azure/key-vault/general/rbac-guide, https://learn.microsoft.com/azure/key-vault/general/network-security
func (c *Client) denied(inner string) *errs.Error {
	e := &errs.Error{Slug: errs.Denied}
	switch inner {
	case "ForbiddenByFirewall":
		e.Why = "the vault's firewall does not let this machine's address in"
		e.Hints = []string{"az keyvault network-rule add --name " + c.name + " --ip-address ADDRESS"}
	case "ForbiddenByConnection":
		e.Why = "the vault takes calls through private endpoints only"
		e.Hints = []string{"az keyvault show --name " + c.name + " --query properties.publicNetworkAccess"}
	case "ForbiddenByPolicy":
		e.Why = "this needs the vault's access policy to allow get and set of secrets"
		e.Hints = []string{"az keyvault set-policy --name " + c.name + " --object-id OBJECT_ID --secret-permissions get set"}
	case "SecretDisabled":
		e.Why = "the secret's latest version is disabled"
	default:
		e.Why = `this needs the role "Key Vault Secrets Officer" on the vault`
		e.Hints = []string{`az role assignment create --role "Key Vault Secrets Officer" --assignee OBJECT_ID --scope "$(az keyvault show --name ` + c.name + ` --query id --output tsv)"`}
	}
	return e
}

// conflict is for a secret that is about to be something else.
// https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
func (c *Client) conflict(inner, secret string) *errs.Error {
	if inner == "ObjectIsDeletedButRecoverable" {
		return &errs.Error{Slug: errs.Rejected, Reason: errs.ServiceRefused, Why: "a deleted secret of this name can still be recovered, and until then the name is taken",
			Hints: []string{"az keyvault secret recover --vault-name " + c.name + " --name " + secret}}
	}
	return &errs.Error{Slug: errs.Busy, Why: "somebody else is changing the secret"}
}

var word = regexp.MustCompile(`^[0-9A-Za-z]{1,64}$`)

// codes reads {"error":{"code":…,"innererror":{"code":…}}}; nothing else of the body is looked at. Any other body has no code.
func codes(resp *http.Response) (code, inner string) {
	var o struct {
		Error struct {
			Code       string
			InnerError struct{ Code string } `json:"innererror"`
		}
	}
	body, err := runtime.Payload(resp)
	if err != nil || json.Unmarshal(body, &o) != nil || !word.MatchString(o.Error.Code) {
		return "", ""
	}
	if word.MatchString(o.Error.InnerError.Code) {
		inner = o.Error.InnerError.Code
	}
	return o.Error.Code, inner
}
