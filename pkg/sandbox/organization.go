package sandbox

// organization is the tenant itself, as far as it is simulated: its id and its name.
// https://learn.microsoft.com/graph/api/resources/organization
type organization struct{}

// displayName is what the tenant is called.
const displayName = "Contoso"

var organizationKind = &kind{name: "microsoft.graph.organization", defaults: []string{"displayName", "id"}}

func (organization) property(name string) (any, bool) {
	switch name {
	case "id":
		return TenantID, true
	case "displayName":
		return displayName, true
	}
	return nil, false
}

// listOrganization answers the one that there is.
func listOrganization(c *call) (reply, error) {
	return c.list(organizationKind, "organization", []entity{organization{}})
}
