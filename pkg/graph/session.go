package graph

import (
	"context"

	abstractions "github.com/microsoft/kiota-abstractions-go"
)

// revoking is the end of the path that ends the sessions of a user. Twice does what once does.
const revoking = "/revokesigninsessions"

// RevokeSessions ends the sessions of a user: what was signed in has to sign in again, at the latest when its access token runs out.
// https://learn.microsoft.com/graph/api/user-revokesigninsessions
func (c *Client) RevokeSessions(ctx context.Context, user string) error {
	info := abstractions.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(
		abstractions.POST, "{+baseurl}/users/{user%2Did}/revokeSignInSessions", map[string]string{"user%2Did": user})
	info.Headers.TryAdd("Accept", "application/json")
	return c.send(ctx, info)
}
