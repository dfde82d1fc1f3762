package graph

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	abstractions "github.com/microsoft/kiota-abstractions-go"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

// The SDK's package groups is 1,478 files for two requests, so these are written by hand: the URL templates are the SDK's,
// the answers are read here as those of users are.

// group is what is read of a group.
type group struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
}

// groupQuery are the query options of a request for groups.
type groupQuery struct {
	Select []string `uriparametername:"%24select"`
	Filter *string  `uriparametername:"%24filter"`
}

// manyGroups is how many ids one $filter may name: the directory takes 15 clauses.
const manyGroups = 15

func groupRequest(template string, path map[string]string, filter string) *abstractions.RequestInformation {
	info := abstractions.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(abstractions.GET, template, path)
	q := groupQuery{Select: []string{"id", "displayName"}}
	if filter != "" {
		q.Filter = &filter
	}
	info.AddQueryParameters(q)
	info.Headers.TryAdd("Accept", "application/json")
	return info
}

// Group reads one group.
func (c *Client) Group(ctx context.Context, id string) (policy.Group, error) {
	info := groupRequest("{+baseurl}/groups/{group%2Did}{?%24select}", map[string]string{"group%2Did": id}, "")
	var g group
	if err := c.read(ctx, info, &g); err != nil {
		return policy.Group{}, err
	}
	if g.ID == "" {
		return policy.Group{}, unreadable("a group")
	}
	return policy.Group(g), nil
}

// GroupsNamed lists the groups with a display name, which the directory compares without case.
func (c *Client) GroupsNamed(ctx context.Context, name string) ([]policy.Group, error) {
	return c.groups(ctx, "displayName eq "+quoted(name))
}

// groups lists the groups that a filter lets through.
func (c *Client) groups(ctx context.Context, filter string) ([]policy.Group, error) {
	info := groupRequest("{+baseurl}/groups{?%24filter,%24select}", map[string]string{}, filter)
	all, err := everyPage[group](ctx, c, info, "a list of groups")
	if err != nil {
		return nil, err
	}
	var found []policy.Group
	for _, g := range all {
		found = append(found, policy.Group(g))
	}
	return found, nil
}

// everyPage follows every page of a collection: one may be empty and still have a next.
func everyPage[T any](ctx context.Context, c *Client, info *abstractions.RequestInformation, what string) ([]T, error) {
	return somePages[T](ctx, c, info, what, math.MaxInt)
}

// somePages follows pages until there are at least n entries, and returns no more.
func somePages[T any](ctx context.Context, c *Client, info *abstractions.RequestInformation, what string, n int) ([]T, error) {
	var all []T
	for {
		var page struct {
			Value []T
			Next  string `json:"@odata.nextLink"`
		}
		if err := c.read(ctx, info, &page); err != nil {
			return nil, err
		}
		if page.Value == nil {
			return nil, unreadable(what)
		}
		all = append(all, page.Value...)
		if page.Next == "" || len(all) >= n {
			return all[:min(n, len(all))], nil
		}
		info = abstractions.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(abstractions.GET, "{+request-raw-url}", map[string]string{"request-raw-url": page.Next})
	}
}

// quoted is a text as $filter takes it.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Names reads the names of groups, many in one request, and of the users, whom a policy rarely names. What may not be read
// is left out, and the error returned.
func (c *Client) Names(ctx context.Context, targets []policy.Target) (policy.Names, error) {
	names := policy.Names{}
	var refused error
	for ids := range slices.Chunk(policy.Groups(targets), manyGroups) {
		found, err := c.groupNames(ctx, ids)
		if err != nil {
			refused = err
			break
		}
		maps.Copy(names, found)
	}
	for _, t := range targets {
		if t.Type != policy.UserTarget || t.IsAll() {
			continue
		}
		name, err := c.userName(ctx, t.ID)
		if err != nil {
			refused = err
			continue
		}
		names[strings.ToLower(t.ID)] = name
	}
	return names, refused
}

func (c *Client) groupNames(ctx context.Context, ids []string) (policy.Names, error) {
	names := policy.Names{}
	var clauses []string
	for _, id := range ids {
		names[strings.ToLower(id)] = ""
		clauses = append(clauses, "id eq "+quoted(id))
	}
	found, err := c.groups(ctx, strings.Join(clauses, " or "))
	if err != nil {
		return nil, err
	}
	for _, g := range found {
		names[strings.ToLower(g.ID)] = g.DisplayName
	}
	return names, nil
}

// userName is the name of a user and the user principal name, "" for one who does not exist.
func (c *Client) userName(ctx context.Context, id string) (string, error) {
	p, err := c.Person(ctx, person.Ref(id))
	switch {
	case err == nil && p.DisplayName == "":
		return p.UserPrincipalName, nil
	case err == nil:
		return fmt.Sprintf("%s <%s>", p.DisplayName, p.UserPrincipalName), nil
	case errs.Of(err).Slug == errs.NotFound:
		return "", nil
	}
	return "", err
}
