package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// person is what azidentity's credentials for people add.
type person interface {
	azcore.TokenCredential
	Authenticate(ctx context.Context, o *policy.TokenRequestOptions) (azidentity.AuthenticationRecord, error)
}

// SignIn asks a person to sign in, whoever is remembered, and remembers who did. An application gets a token and nothing is remembered.
func SignIn(ctx context.Context, c Config, scopes []string) (azcore.AccessToken, error) {
	made, err := NewCredential(c)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	made.(*credential).fresh = true
	return made.GetToken(ctx, policy.TokenRequestOptions{Scopes: scopes})
}

// newPerson makes azidentity's credential of a person, with whoever is remembered.
func (c *credential) newPerson() (azcore.TokenCredential, error) {
	m := c.config.Memory
	if !c.fresh {
		c.account = m.Find(c.config)
	}
	if c.config.Unattended && c.account == nil {
		return nil, c.unattended()
	}
	var tokens azidentity.Cache
	var record azidentity.AuthenticationRecord
	if c.account != nil {
		record = c.account.Record
	}
	if m != nil {
		var err error
		if tokens, err = m.Tokens.Open(m.name(accountOf(c.config))); err != nil {
			tokens, c.forgetful = azidentity.Cache{}, plain(err.Error())
		}
	}
	if c.config.Kind == DeviceCode {
		return c.newDeviceCode(tokens, record)
	}
	return c.newBrowser(tokens, record)
}

// personal returns a person's token, from memory where that does, and else asks; with less to fall back on not for want of consent.
func (c *credential) personal(ctx context.Context, p person, o policy.TokenRequestOptions, orLess bool) (azcore.AccessToken, error) {
	var token azcore.AccessToken
	var err error = &azidentity.AuthenticationRequiredError{}
	seen := c.exchange(o.Scopes)
	if !c.fresh {
		token, err = c.recall(seen.in(ctx), p, o, seen)
	}
	var required *azidentity.AuthenticationRequiredError
	if errors.As(err, &required) && ctx.Err() == nil && !seen.down() && !(orLess && seen.unconsented()) {
		if c.config.Unattended {
			return azcore.AccessToken{}, c.ended(ctx, err, seen)
		}
		seen = c.exchange(o.Scopes)
		seen.asked = true
		token, err = c.ask(seen.in(ctx), p, o, seen)
	}
	if err != nil {
		return azcore.AccessToken{}, c.explain(ctx, err, seen)
	}
	c.fresh = false
	return token, nil
}

// ask signs a person in and returns the token that came of it.
func (c *credential) ask(ctx context.Context, p person, o policy.TokenRequestOptions, seen *exchange) (azcore.AccessToken, error) {
	if c.config.Kind == Browser {
		c.say(fmt.Sprintf("opening a browser to sign in at %s", c.config.authority()))
	}
	undo := c.prepare()
	record, err := authenticate(ctx, p, o)
	if err != nil {
		undo()
		return azcore.AccessToken{}, err
	}
	c.remember(record)
	o.Claims = "" // the new token satisfies them, and with claims MSAL passes its cache by
	return c.recall(ctx, p, o, seen)
}

// prepare makes the store ready for what a sign-in brings. undo takes that back where it brings nothing.
func (c *credential) prepare() (undo func()) {
	m := c.config.Memory
	if m == nil || c.forgetful != "" {
		return func() {}
	}
	name := m.name(accountOf(c.config))
	made, err := m.Tokens.Prepare(name)
	if err != nil {
		m.Warn("the next command may ask for a sign-in again: " + err.Error())
	}
	return func() {
		if made {
			_ = m.Tokens.Delete(name)
		}
	}
}

// recall returns a token without asking anybody. The store writes its file in place: who reads it meanwhile finds nothing, and looks again
// unless the authority was asked and refused.
func (c *credential) recall(ctx context.Context, p person, o policy.TokenRequestOptions, seen *exchange) (azcore.AccessToken, error) {
	for tries := 1; ; tries++ {
		token, err := p.GetToken(ctx, o)
		if err == nil || tries == 5 || c.account == nil || c.forgetful != "" || seen.refused() {
			return token, err
		}
		select {
		case <-time.After(time.Duration(tries) * 20 * time.Millisecond):
		case <-ctx.Done():
			return token, err
		}
	}
}

// remember keeps who signed in for later commands. That it cannot is no reason to refuse this one.
func (c *credential) remember(record azidentity.AuthenticationRecord) {
	m := c.config.Memory
	if m == nil {
		return
	}
	if c.forgetful != "" {
		m.Warn("tokens are kept for this command alone, and the next one asks again: " + c.forgetful)
		return
	}
	a := accountOf(c.config)
	a.Record, a.SignedIn = record, time.Now().UTC().Truncate(time.Second)
	c.account = &a
	if err := m.remember(a); err != nil {
		m.Warn("the next command asks for a sign-in again: " + err.Error())
	}
}

// unattended says that a person is to sign in and nobody is there.
func (c *credential) unattended() error {
	return &errs.Error{
		Slug:  errs.Auth,
		What:  "signing in",
		Why:   fmt.Sprintf("interaction needed: --auth %s asks a person, and nobody can be asked here", c.config.Kind),
		Hints: []string{c.config.Login(), line(ClientSecret, c.config.Tenant, c.config.ClientID)},
	}
}

// ended says why who is remembered has to sign in again, where nobody is asked.
func (c *credential) ended(ctx context.Context, err error, x *exchange) error {
	e := errs.Error{Slug: errs.Auth, What: "signing in", Whom: c.config.Tenant, Why: "this machine has no tokens of the earlier sign-in any more"}
	if x.refused() {
		e = *errs.Of(c.explain(ctx, err, x))
	}
	e.Why = "interaction needed: " + e.Why
	e.Hints = append([]string{c.config.Login()}, e.Hints...)
	return &e
}

// authenticate ends with ctx even where the browser's launcher does not: pkg/browser waits for
// xdg-open, which may wait for the browser itself.
func authenticate(ctx context.Context, p person, o policy.TokenRequestOptions) (azidentity.AuthenticationRecord, error) {
	var record azidentity.AuthenticationRecord
	done := make(chan error, 1)
	go func() {
		r, err := p.Authenticate(ctx, &o)
		record = r
		done <- err
	}()
	select {
	case err := <-done:
		return record, err
	case <-ctx.Done():
		return azidentity.AuthenticationRecord{}, ctx.Err()
	}
}

func (c *credential) newBrowser(tokens azidentity.Cache, record azidentity.AuthenticationRecord) (azcore.TokenCredential, error) {
	return azidentity.NewInteractiveBrowserCredential(&azidentity.InteractiveBrowserCredentialOptions{
		AuthenticationRecord:           record,
		Cache:                          tokens,
		ClientOptions:                  c.options(),
		ClientID:                       c.config.client(),
		TenantID:                       c.config.tenant(),
		DisableAutomaticAuthentication: true,
		DisableInstanceDiscovery:       c.config.DisableInstanceDiscovery,
		LoginHint:                      record.Username,
	})
}

func (c *credential) newDeviceCode(tokens azidentity.Cache, record azidentity.AuthenticationRecord) (azcore.TokenCredential, error) {
	return azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		AuthenticationRecord:           record,
		Cache:                          tokens,
		ClientOptions:                  c.options(),
		ClientID:                       c.config.client(),
		TenantID:                       c.config.tenant(),
		DisableAutomaticAuthentication: true,
		DisableInstanceDiscovery:       c.config.DisableInstanceDiscovery,
		UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error {
			c.say(fmt.Sprintf("to sign in, open %s and enter the code %s", m.VerificationURL, m.UserCode))
			return nil
		},
	})
}
