package graph

import (
	"context"
	"encoding/json"
	"fmt"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// The SDK's models of directory objects refer to all of Graph, and the linker keeps what they refer to:
// 20 MB of the program. So their requests are the SDK's and their answers are read here.

// user is what is read of a user.
type user struct {
	ID                string `json:"id"`
	UserPrincipalName string `json:"userPrincipalName"`
	DisplayName       string `json:"displayName"`
	AccountEnabled    *bool  `json:"accountEnabled"`
	CreationType      string `json:"creationType"`
	Identities        []struct {
		SignInType string `json:"signInType"`
		Issuer     string `json:"issuer"`
	} `json:"identities"`
}

// userProperties is the $select that fills a user.
func userProperties() []string {
	return []string{"id", "displayName", "userPrincipalName", "accountEnabled", "identities", "creationType"}
}

// Person reads a user. One that is not there is not_found, in words.
func (c *Client) Person(ctx context.Context, ref person.Ref) (person.Person, error) {
	info, err := c.personRequest(ctx, ref)
	if err != nil {
		return person.Person{}, err
	}
	var u user
	if err := c.read(ctx, info, &u); err != nil {
		return person.Person{}, noSuchUser(err)
	}
	return u.person()
}

// noSuchUser says in words that a user is not there.
func noSuchUser(err error) error {
	e := *errs.Of(err)
	if e.Slug == errs.NotFound {
		e.Why = fmt.Sprintf("the tenant has no such user (the service: %s)", e.Why)
	}
	return &e
}

func (c *Client) personRequest(ctx context.Context, ref person.Ref) (*abstractions.RequestInformation, error) {
	return c.user(string(ref)).ToGetRequestInformation(ctx, &users.UserItemRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.UserItemRequestBuilderGetQueryParameters{Select: userProperties()},
	})
}

func (u user) person() (person.Person, error) {
	if u.ID == "" {
		return person.Person{}, unreadable("a user")
	}
	var ids []person.Identity
	for _, i := range u.Identities {
		ids = append(ids, person.Identity{SignInType: i.SignInType, Issuer: i.Issuer})
	}
	return person.Person{
		ID: u.ID, UserPrincipalName: u.UserPrincipalName, DisplayName: u.DisplayName,
		Disabled: u.AccountEnabled != nil && !*u.AccountEnabled,
		External: person.IsExternal(u.CreationType, ids),
	}, nil
}

// rolePage is a page of the roles of a user.
type rolePage struct {
	Value []directoryRole
	Next  string `json:"@odata.nextLink"`
}

// directoryRole is what is read of a role.
type directoryRole struct{ DisplayName, RoleTemplateID string }

func (p rolePage) names() []string { return roleNames(p.Value) }

func roleNames(roles []directoryRole) (names []string) {
	for _, r := range roles {
		names = append(names, r.DisplayName)
	}
	return names
}

// Roles lists the names of the roles that a user holds.
func (c *Client) Roles(ctx context.Context, ref person.Ref) ([]string, error) {
	roles, err := c.rolesOf(ctx, string(ref))
	return roleNames(roles), err
}

// rolesOf follows every page: one may be empty and still have a next.
func (c *Client) rolesOf(ctx context.Context, user string) ([]directoryRole, error) {
	roles := c.user(user).TransitiveMemberOf().GraphDirectoryRole()
	var all []directoryRole
	for {
		info, err := roles.ToGetRequestInformation(ctx, nil)
		if err != nil {
			return nil, err
		}
		var page rolePage
		if err := c.read(ctx, info, &page); err != nil {
			return nil, err
		}
		if page.Value == nil {
			return nil, unreadable("a list of roles")
		}
		all = append(all, page.Value...)
		if page.Next == "" {
			return all, nil
		}
		roles = roles.WithUrl(page.Next)
	}
}

// MemberOf asks which of the groups the user belongs to.
func (c *Client) MemberOf(ctx context.Context, ref person.Ref, groups []string) ([]string, error) {
	body := users.NewItemCheckMemberGroupsPostRequestBody()
	body.SetGroupIds(groups)
	info, err := c.user(string(ref)).CheckMemberGroups().ToPostRequestInformation(ctx, body, nil)
	if err != nil {
		return nil, err
	}
	var found struct{ Value []string }
	err = c.read(ctx, info, &found)
	return found.Value, err
}

// read sends a request of the SDK and decodes its answer into v.
func (c *Client) read(ctx context.Context, info *abstractions.RequestInformation, v any) error {
	body, err := c.adapter.SendPrimitive(ctx, info, "[]byte", nil)
	if err != nil {
		return fail(err)
	}
	b, _ := body.([]byte)
	if err := json.Unmarshal(b, v); err != nil {
		return unreadable("what was asked for")
	}
	return nil
}

// unreadable is an answer of success that does not hold what it should.
func unreadable(what string) error {
	return &errs.Error{Slug: errs.Internal, Why: "the service answered without " + what}
}
