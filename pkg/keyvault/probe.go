package keyvault

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// probeName is the secret that Probe writes.
const probeName = "tap-probe"

// Probe proves that secrets may be set by setting one, tap-probe: what a caller may do cannot be read without rights over the
// vault itself, and a request that is wrong on purpose proves nothing, since nobody says in which order they are
// looked at. Each call makes a version, disabled and expired, whose value is no secret. It is not deleted: that needs one more permission, and the name
// of a deleted secret is taken until it is purged.
func (c *Client) Probe(ctx context.Context) error {
	past := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err := c.secrets.SetSecret(ctx, probeName, azsecrets.SetSecretParameters{
		Value:            to.Ptr("Written by tap to find out whether it may write here."),
		SecretAttributes: &azsecrets.SecretAttributes{Enabled: to.Ptr(false), Expires: &past},
	}, nil)
	if err != nil {
		return c.explain(ctx, err, probeName).For("probing the vault", c.host)
	}
	return nil
}
