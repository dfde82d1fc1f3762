package graph

import (
	"context"
	"encoding/json"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

// Batches is a rollout.Tenant over a Client: the same calls, up to 20 in one request.
type Batches struct{ *Client }

// Find looks people up: by reference one or an error, by mail or employee id all who match.
func (b Batches) Find(ctx context.Context, people []person.Key) []rollout.Answer[[]person.Person] {
	parts, err := partsOf(b.Client, people, func(k person.Key) (*abstractions.RequestInformation, error) {
		if k.Kind == person.ByRef {
			return b.personRequest(ctx, person.Ref(k.Value))
		}
		filter := string(k.Kind) + " eq " + quoted(k.Value)
		return users.NewUsersRequestBuilderInternal(nil, b.adapter).ToGetRequestInformation(ctx, &users.UsersRequestBuilderGetRequestConfiguration{
			QueryParameters: &users.UsersRequestBuilderGetQueryParameters{Select: userProperties(), Filter: &filter},
		})
	})
	if err != nil {
		return all[[]person.Person](len(people), err)
	}
	return repeated(ctx, b.Client, parts, readPeople)
}

// readPeople reads one user, or a list of them.
func readPeople(a *answer) ([]person.Person, error) {
	var page struct {
		user
		Value *[]user `json:"value"`
	}
	if json.Unmarshal(a.body, &page) != nil {
		return nil, unreadable("a user")
	}
	if page.Value == nil {
		p, err := page.person()
		return []person.Person{p}, err
	}
	found := []person.Person{}
	for _, u := range *page.Value {
		p, err := u.person()
		if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	return found, nil
}

// Passes lists the passes of each user.
func (b Batches) Passes(ctx context.Context, ids []string) []rollout.Answer[pass.Listing] {
	parts, err := partsOf(b.Client, ids, func(id string) (*abstractions.RequestInformation, error) {
		return b.passes(id).ToGetRequestInformation(ctx, nil)
	})
	if err != nil {
		return all[pass.Listing](len(ids), err)
	}
	return repeated(ctx, b.Client, parts, readListing)
}

// Roles lists the directory roles of each user. What does not fit on the first page is read page by page.
func (b Batches) Roles(ctx context.Context, ids []string) []rollout.Answer[[]string] {
	parts, err := partsOf(b.Client, ids, func(id string) (*abstractions.RequestInformation, error) {
		return b.user(id).TransitiveMemberOf().GraphDirectoryRole().ToGetRequestInformation(ctx, nil)
	})
	if err != nil {
		return all[[]string](len(ids), err)
	}
	type page struct {
		names []string
		more  bool
	}
	pages := repeated(ctx, b.Client, parts, func(a *answer) (page, error) {
		var p rolePage
		if json.Unmarshal(a.body, &p) != nil || p.Value == nil {
			return page{}, unreadable("a list of roles")
		}
		return page{p.names(), p.Next != ""}, nil
	})
	out := make([]rollout.Answer[[]string], len(pages))
	for i, p := range pages {
		out[i] = rollout.Answer[[]string]{Value: p.Value.names, At: p.At, Err: p.Err}
		if p.Err == nil && p.Value.more {
			out[i].Value, out[i].Err = b.Client.Roles(ctx, person.Ref(ids[i]))
		}
	}
	return out
}

// Methods lists the methods of each user, password and pass among them. What does not fit on the first page is read page by page.
func (b Batches) Methods(ctx context.Context, ids []string) []rollout.Answer[[]person.Method] {
	parts, err := partsOf(b.Client, ids, func(id string) (*abstractions.RequestInformation, error) { return methodsRequest(id), nil })
	if err != nil {
		return all[[]person.Method](len(ids), err)
	}
	type page struct {
		Value []method
		Next  string `json:"@odata.nextLink"`
	}
	pages := repeated(ctx, b.Client, parts, func(a *answer) (page, error) {
		var p page
		if json.Unmarshal(a.body, &p) != nil || p.Value == nil {
			return page{}, unreadable("a list of methods")
		}
		return p, nil
	})
	out := make([]rollout.Answer[[]person.Method], len(pages))
	for i, p := range pages {
		out[i] = rollout.Answer[[]person.Method]{Value: methods(p.Value.Value), At: p.At, Err: p.Err}
		if p.Err == nil && p.Value.Next != "" {
			out[i].Value, out[i].At, out[i].Err = b.Client.Methods(ctx, ids[i])
		}
	}
	return out
}

// Create makes passes. None is repeated here: what is throttled or lost is told, and so is what could not be sent by the time.
func (b Batches) Create(ctx context.Context, creates []rollout.Create, by time.Time) []rollout.Answer[pass.Created] {
	parts, err := partsOf(b.Client, creates, func(c rollout.Create) (*abstractions.RequestInformation, error) {
		return b.passes(c.User).ToPostRequestInformation(ctx, toModel(c.Request), nil)
	})
	if err != nil {
		return all[pass.Created](len(creates), err)
	}
	out := make([]rollout.Answer[pass.Created], len(creates))
	for i, p := range b.sendBatch(context.WithValue(ctx, sendByKey{}, by), parts, false) {
		out[i] = answerOf(p, true, readCreated)
	}
	return out
}

// Delete removes passes.
func (b Batches) Delete(ctx context.Context, deletes []rollout.Delete) []rollout.Answer[struct{}] {
	parts, err := partsOf(b.Client, deletes, func(d rollout.Delete) (*abstractions.RequestInformation, error) {
		return b.passes(d.User).ByTemporaryAccessPassAuthenticationMethodId(d.PassID).ToDeleteRequestInformation(ctx, nil)
	})
	if err != nil {
		return all[struct{}](len(deletes), err)
	}
	return repeated(ctx, b.Client, parts, func(*answer) (struct{}, error) { return struct{}{}, nil })
}
