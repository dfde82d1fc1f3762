package keyvault

import (
	"context"
	"errors"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

// Holds reads the latest version of the secret: of the list of its versions nobody says which one that is. Its value comes along and is dropped.
// A disabled version cannot be read, which is an error, too.
func (c *Client) Holds(ctx context.Context, name, passID string) (string, error) {
	const what = "reading the secret"
	if err := checkName(name); err != nil {
		return "", err.For(what, c.host)
	}
	resp, err := c.secrets.GetSecret(ctx, name, "", nil)
	var refusal *azcore.ResponseError
	if errors.As(err, &refusal) {
		if code, _ := codes(refusal.RawResponse); code == "SecretNotFound" { // a 404 alone may be about something else
			return "", nil
		}
	}
	if err != nil {
		return "", c.explain(ctx, err, name).For(what, c.host+"/secrets/"+name)
	}
	if tag := resp.Tags[rollout.TagPassID]; passID == "" || tag == nil || *tag != passID {
		return "", nil
	}
	id, e := c.version(resp.ID, name)
	if e != nil {
		return "", e.For(what, c.host+"/secrets/"+name)
	}
	return id, nil
}
