package auth

import (
	"context"
	"errors"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Less is what a person's sign-in makes do with where nobody consented to all that it asks for: the authority refuses the whole for the
// sake of a part.
type Less struct {
	Wanted []string // the scopes for which less will do
	Enough []string // scopes
	Told   func()   // is told once that less had to do
}

// errConsent is in the error of a refusal for want of consent.
var errConsent = errors.New("nobody consented")

// unconsented are the names of such a refusal, as those of adviceFor.
func unconsented() []string {
	return []string{"65001", "90094", "90095", "90008", "650056", "consent_required"}
}

func (f *fault) unconsented() bool {
	return slices.Contains(unconsented(), f.code) || f.code == "" && slices.Contains(unconsented(), f.oauth)
}

// unconsented reports whether the authority refused because nobody consented to all that was asked for.
func (x *exchange) unconsented() bool {
	f, _, _ := x.last()
	return f != nil && f.unconsented()
}

// ofPerson returns a person's token for the scopes, or for less. Who is remembered is asked nothing for what is more than enough.
func (c *credential) ofPerson(ctx context.Context, p person, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	less := c.config.Less
	if less == nil || !slices.Equal(o.Scopes, less.Wanted) || slices.Equal(less.Enough, less.Wanted) {
		return c.personal(ctx, p, o, false)
	}
	if !c.modest {
		token, err := c.personal(ctx, p, o, true)
		if !errors.Is(err, errConsent) {
			return token, err
		}
	}
	o.Scopes = less.Enough
	token, err := c.personal(ctx, p, o, false)
	if err == nil && !c.modest {
		c.modest = true
		less.Told()
	}
	return token, err
}
