package sandbox

import (
	"slices"
	"strings"
	"time"
)

// group is a directory group; members are object ids of users and of groups.
type group struct {
	ID              string
	DisplayName     string
	Description     string
	RoleAssignable  bool
	CreatedDateTime time.Time
	members         []string
	owners          []string // object ids of users
	role            *role    // that its members hold through it
}

var groupKind = &kind{
	name: "microsoft.graph.group",
	defaults: []string{"createdDateTime", "description", "displayName", "groupTypes", "id", "isAssignableToRole", "mail",
		"mailEnabled", "mailNickname", "securityEnabled"},
	filterable: []string{"displayName", "id", "mailNickname", "securityEnabled"},
	searchable: []string{"displayName", "description"},
}

func (g *group) property(name string) (any, bool) {
	switch name {
	case "id":
		return g.ID, true
	case "displayName":
		return g.DisplayName, true
	case "description":
		return g.Description, true
	case "createdDateTime":
		return g.CreatedDateTime.Format(time.RFC3339), true
	case "isAssignableToRole":
		return g.RoleAssignable, true
	case "securityEnabled":
		return true, true
	case "mailEnabled":
		return false, true
	case "mailNickname":
		return strings.ReplaceAll(strings.ToLower(g.DisplayName), " ", "-"), true
	case "groupTypes":
		return []string{}, true
	case "mail", "deletedDateTime":
		return nil, true
	}
	return nil, false
}

func listGroups(c *call) (reply, error) {
	all := make([]entity, len(c.groups))
	for i, g := range c.groups {
		all[i] = g
	}
	return c.list(groupKind, "groups", all)
}

func getGroup(c *call) (reply, error) {
	g, err := c.theGroup()
	if err != nil {
		return reply{}, err
	}
	return c.one(groupKind, "groups/$entity", g)
}

// listTransitiveMembers returns users and groups; their types tell them apart.
func listTransitiveMembers(c *call) (reply, error) {
	g, err := c.theGroup()
	if err != nil {
		return reply{}, err
	}
	var members []entity
	for _, id := range c.membersOf(g) {
		if u, ok := c.user(id); ok {
			members = append(members, u)
		} else if nested, ok := c.group(id); ok {
			members = append(members, nested)
		}
	}
	return c.list(objectKind, "directoryObjects", members)
}

func listTransitiveUsers(c *call) (reply, error) {
	g, err := c.theGroup()
	if err != nil {
		return reply{}, err
	}
	var members []entity
	for _, id := range c.membersOf(g) {
		if u, ok := c.user(id); ok {
			members = append(members, u)
		}
	}
	return c.list(userKind, "users", members)
}

func (c *call) theGroup() (*group, error) {
	g, ok := c.group(c.params["group"])
	if !ok {
		return nil, notFound(c.params["group"])
	}
	return g, nil
}

const groupIDsAtOnce = 20 // POST checkMemberGroups, graph.md section 6

// checkMemberGroups says which of the groups asked for the user is in, also through other groups.
func checkMemberGroups(c *call) (reply, error) {
	u, err := c.theUser()
	if err != nil {
		return reply{}, err
	}
	var body struct {
		GroupIDs []string `json:"groupIds"`
	}
	if err := decodeAction(c.body, &body); err != nil {
		return reply{}, err
	}
	if n := len(body.GroupIDs); n == 0 || n > groupIDsAtOnce {
		return reply{}, invalid("Request_BadRequest", "The number of ids in groupIds must be between 1 and %d.", groupIDsAtOnce)
	}
	matches := []string{}
	for _, g := range c.groupsOf(u.ID) {
		if slices.ContainsFunc(body.GroupIDs, func(id string) bool { return strings.EqualFold(id, g.ID) }) {
			matches = append(matches, g.ID)
		}
	}
	return ok(collection{Context: c.context("Collection(Edm.String)"), Value: matches}), nil
}
