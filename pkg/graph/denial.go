package graph

import (
	"context"
	"strings"

	abstractions "github.com/microsoft/kiota-abstractions-go"

	"github.com/seed-5ddf9a5e/tap/pkg/denial"
)

// What explains a refusal. The SDK's package rolemanagement is as large as groups, so these requests are written by hand, too.

// Active lists the roles of a user over the whole tenant, through groups too.
func (c *Client) Active(ctx context.Context, user string) ([]denial.Role, error) {
	roles, err := c.rolesOf(ctx, user)
	var all []denial.Role
	for _, r := range roles {
		all = append(all, denial.Role{Template: r.RoleTemplateID, Name: r.DisplayName})
	}
	return all, err
}

// Assigned lists the roles that a principal holds itself.
func (c *Client) Assigned(ctx context.Context, principal string) ([]denial.Holding, error) {
	return c.holdings(ctx, "roleAssignments", principal)
}

// Eligible lists the roles that a principal may activate.
func (c *Client) Eligible(ctx context.Context, principal string) ([]denial.Holding, error) {
	return c.holdings(ctx, "roleEligibilityScheduleInstances", principal)
}

// holdings reads a collection of roles with their scopes. The definition of a built-in role has the id of its template.
// https://learn.microsoft.com/graph/api/resources/unifiedroleassignment
func (c *Client) holdings(ctx context.Context, collection, principal string) ([]denial.Holding, error) {
	filter := "principalId eq " + quoted(principal)
	info := get("{+baseurl}/roleManagement/directory/"+collection+"{?%24filter}", map[string]string{}, groupQuery{Filter: &filter})
	found, err := everyPage[struct{ RoleDefinitionID, DirectoryScopeID string }](ctx, c, info, "a list of assignments")
	if err != nil {
		return nil, err
	}
	var all []denial.Holding
	for _, h := range found {
		unit := strings.TrimPrefix(h.DirectoryScopeID, "/")
		all = append(all, denial.Holding{Template: h.RoleDefinitionID, Unit: strings.TrimPrefix(unit, "administrativeUnits/")})
	}
	return all, nil
}

// Groups lists the groups that a user is in, through groups too.
func (c *Client) Groups(ctx context.Context, user string) ([]denial.Group, error) {
	return c.groupsBy(ctx, "transitiveMemberOf", user)
}

// Owned lists the groups that a user owns.
func (c *Client) Owned(ctx context.Context, user string) ([]denial.Group, error) {
	return c.groupsBy(ctx, "ownedObjects", user)
}

func (c *Client) groupsBy(ctx context.Context, relation, user string) ([]denial.Group, error) {
	info := get("{+baseurl}/users/{user%2Did}/"+relation+"/graph.group{?%24select}", map[string]string{"user%2Did": user},
		groupQuery{Select: []string{"id", "displayName", "isAssignableToRole"}})
	found, err := everyPage[struct {
		DisplayName        string
		IsAssignableToRole bool
	}](ctx, c, info, "a list of groups")
	if err != nil {
		return nil, err
	}
	var all []denial.Group
	for _, g := range found {
		all = append(all, denial.Group{Name: g.DisplayName, Assignable: g.IsAssignableToRole})
	}
	return all, nil
}

// Units lists the administrative units that a user is in.
func (c *Client) Units(ctx context.Context, user string) ([]denial.Unit, error) {
	info := get("{+baseurl}/users/{user%2Did}/transitiveMemberOf/graph.administrativeUnit{?%24select}", map[string]string{"user%2Did": user},
		groupQuery{Select: []string{"id", "displayName", "isMemberManagementRestricted"}})
	found, err := everyPage[struct {
		ID, DisplayName              string
		IsMemberManagementRestricted bool
	}](ctx, c, info, "a list of administrative units")
	if err != nil {
		return nil, err
	}
	var all []denial.Unit
	for _, u := range found {
		all = append(all, denial.Unit{ID: u.ID, Name: u.DisplayName, Restricted: u.IsMemberManagementRestricted})
	}
	return all, nil
}

// get is a request for JSON, by a URL template of the SDK's form. q is a struct of query options with uriparametername tags.
func get(template string, path map[string]string, q any) *abstractions.RequestInformation {
	info := abstractions.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(abstractions.GET, template, path)
	info.AddQueryParameters(q)
	info.Headers.TryAdd("Accept", "application/json")
	return info
}
