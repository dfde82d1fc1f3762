package graph

import "context"

// TenantName is what the tenant is called, "" where it has no name.
// https://learn.microsoft.com/graph/api/organization-list
func (c *Client) TenantName(ctx context.Context) (string, error) {
	info := get("{+baseurl}/organization{?%24select}", map[string]string{}, groupQuery{Select: []string{"id", "displayName"}})
	found, err := everyPage[struct{ DisplayName string }](ctx, c, info, "what the tenant is called")
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0].DisplayName, nil
}
