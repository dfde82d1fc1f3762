package graph

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

func (c *Client) passes(user string) *users.ItemAuthenticationTemporaryAccessPassMethodsRequestBuilder {
	return c.user(user).Authentication().TemporaryAccessPassMethods()
}

// List reads the passes of a user, without query options: the service supports none there.
func (c *Client) List(ctx context.Context, user string) (pass.Listing, error) {
	var a answer
	page, err := c.passes(user).Get(listen(ctx, &a), nil)
	if err != nil {
		return pass.Listing{}, fail(err)
	}
	l := pass.Listing{At: a.at()}
	if page == nil {
		return l, unreadable("a list of passes")
	}
	for _, m := range page.GetValue() {
		l.Passes = append(l.Passes, fromModel(m))
	}
	return l, nil
}

// createOnce posts. The answer tells the passcode once, so it is kept as bytes before the SDK
// decodes it: one odd property would make the SDK throw all of it away.
func (c *Client) createOnce(ctx context.Context, user string, r pass.Request) (pass.Created, error) {
	var a answer
	m, err := c.passes(user).Post(listen(ctx, &a), toModel(r), nil)
	if a.status == 0 && err != nil {
		return pass.Created{}, fail(err)
	}
	made := pass.Created{At: a.at(), RequestID: a.requestID()}
	if err == nil && m != nil && value(m.GetTemporaryAccessPass()) != "" {
		made.Pass, made.Passcode = fromModel(m), secret.New(*m.GetTemporaryAccessPass())
		return made, nil
	}
	return salvage(a, made)
}

// Delete removes one pass.
func (c *Client) Delete(ctx context.Context, user, id string) error {
	return fail(c.passes(user).ByTemporaryAccessPassAuthenticationMethodId(id).Delete(ctx, nil))
}

// toModel sets what was asked and nothing else, @odata.type neither: `{}` leaves all to the policy.
func toModel(r pass.Request) models.TemporaryAccessPassAuthenticationMethodable {
	m := models.NewTemporaryAccessPassAuthenticationMethod()
	m.SetOdataType(nil)
	if r.Start != nil {
		t := r.Start.UTC().Truncate(time.Second)
		m.SetStartDateTime(&t)
	}
	if r.Lifetime != nil {
		n := int32(r.Lifetime.Minutes())
		m.SetLifetimeInMinutes(&n)
	}
	m.SetIsUsableOnce(r.OneTime)
	return m
}

func fromModel(m models.TemporaryAccessPassAuthenticationMethodable) pass.Pass {
	p := pass.Pass{
		ID: value(m.GetId()), Created: value(m.GetCreatedDateTime()).UTC(), Start: value(m.GetStartDateTime()).UTC(),
		Lifetime: time.Duration(value(m.GetLifetimeInMinutes())) * time.Minute,
		OneTime:  value(m.GetIsUsableOnce()), Usability: value(m.GetMethodUsabilityReason()),
	}
	// v1.0's models do not know beta's lastUsedDateTime.
	if s, ok := m.GetAdditionalData()["lastUsedDateTime"].(*string); ok && s != nil {
		p.LastUsed, _ = time.Parse(time.RFC3339Nano, *s)
	}
	return p
}

// salvage takes from an answer, property by property, what can be read of it. Without a passcode it is an error:
// then a pass may exist whose code nobody saw.
func salvage(a answer, made pass.Created) (pass.Created, error) {
	var raw map[string]json.RawMessage
	_ = json.Unmarshal(a.body, &raw)
	var code string
	if json.Unmarshal(raw["temporaryAccessPass"], &code) != nil || code == "" {
		return made, &errs.Error{
			Slug: errs.Internal, RequestID: a.requestID(),
			Why: "the service said that it made a pass and sent no passcode: a pass may exist whose code nobody saw",
		}
	}
	made.Passcode = secret.New(code)
	var odd []string
	read := func(name string, into any) {
		if v, ok := raw[name]; ok && json.Unmarshal(v, into) != nil {
			odd = append(odd, name)
		}
	}
	var minutes int
	p := &made.Pass
	read("id", &p.ID)
	read("createdDateTime", &p.Created)
	read("startDateTime", &p.Start)
	read("lifetimeInMinutes", &minutes)
	read("isUsableOnce", &p.OneTime)
	read("methodUsabilityReason", &p.Usability)
	p.Lifetime = time.Duration(minutes) * time.Minute
	made.Warning = "the service's answer could not be read whole; the passcode could, not so: " + strings.Join(odd, ", ")
	return made, nil
}

func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
