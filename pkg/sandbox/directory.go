package sandbox

import (
	"slices"
	"strings"
)

// directory is who and what is in the tenant: it follows from the population and is never changed.
type directory struct {
	users  []*user // in a fixed order
	groups []*group
	byID   map[string]*user   // lower case
	byUPN  map[string]*user   // lower case
	roles  map[string][]*role // of the whole tenant, by the object id of who holds them and no group

	units    []*unit
	scoped   []*assignment // roles over one administrative unit
	eligible []*assignment // roles that have to be activated first
}

func newDirectory(p population) *directory {
	d := &directory{
		users: seedUsers(), groups: seedGroups(), units: seedUnits(), scoped: seedScoped(), eligible: seedEligible(),
		byID: map[string]*user{}, byUPN: map[string]*user{}, roles: map[string][]*role{},
	}
	d.users = append(d.users, generatedUsers(p, d.users)...)
	for _, u := range d.users {
		d.byID[u.ID] = u
		d.byUPN[strings.ToLower(u.UserPrincipalName)] = u
	}
	for _, u := range d.users {
		if u.ManagerID != "" {
			u.manager = d.byID[u.ManagerID]
		}
	}
	for upn, names := range seedRoles {
		for _, name := range names {
			id := userID(upn)
			d.roles[id] = append(d.roles[id], roleNamed(name))
		}
	}
	return d
}

// user finds a user by object id or user principal name, either without regard to case.
func (d *directory) user(key string) (*user, bool) {
	key = strings.ToLower(key)
	if u, ok := d.byID[key]; ok {
		return u, true
	}
	u, ok := d.byUPN[key]
	return u, ok
}

func (d *directory) group(id string) (*group, bool) {
	i := slices.IndexFunc(d.groups, func(g *group) bool { return strings.EqualFold(g.ID, id) })
	if i < 0 {
		return nil, false
	}
	return d.groups[i], true
}

// groupsOf returns the groups that the user or group with this id belongs to, directly or through other groups.
func (d *directory) groupsOf(id string) []*group {
	return d.groupsWhere(id, func(string, string) bool { return true })
}

// groupsWhere is groupsOf by those direct memberships that count.
func (d *directory) groupsWhere(id string, counts func(group, member string) bool) []*group {
	var found []*group
	for todo := []string{id}; len(todo) > 0; todo = todo[1:] {
		for _, g := range d.groups {
			if slices.Contains(g.members, todo[0]) && !slices.Contains(found, g) && counts(g.ID, todo[0]) {
				found = append(found, g)
				todo = append(todo, g.ID)
			}
		}
	}
	return found
}

// membersOf returns the object ids of all that belong to a group, directly or through other groups, once each.
func (d *directory) membersOf(g *group) []string {
	var found []string
	seen := map[string]bool{g.ID: true}
	for todo := []*group{g}; len(todo) > 0; todo = todo[1:] {
		for _, id := range todo[0].members {
			if seen[id] {
				continue
			}
			seen[id] = true
			found = append(found, id)
			if nested, ok := d.group(id); ok {
				todo = append(todo, nested)
			}
		}
	}
	return found
}

// inGroup says whether the policy knows that a user is in the group with this id, directly or through other groups.
func (x *tx) inGroup(userID, groupID string) bool {
	return slices.ContainsFunc(x.groupsWhere(userID, x.counts), func(g *group) bool { return strings.EqualFold(g.ID, groupID) })
}

// rolesOf returns the directory roles that a user holds, as a person or through a role-assignable group.
func (d *directory) rolesOf(userID string) []*role {
	held := slices.Clone(d.roles[userID])
	for _, g := range d.groupsOf(userID) {
		if g.role != nil && !slices.Contains(held, g.role) {
			held = append(held, g.role)
		}
	}
	return held
}
