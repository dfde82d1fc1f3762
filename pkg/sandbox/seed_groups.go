package sandbox

// seedPolicy is Contoso's policy: enabled, the documented defaults (graph.md section 2), for everybody but the members
// of the group "No Temporary Access Pass".
func seedPolicy() policy {
	p := defaultPolicy()
	p.State = stateEnabled
	p.ExcludeTargets = []exclude{{TargetType: "group", ID: groupID("No Temporary Access Pass")}}
	return p
}

func seedGroups() []*group {
	users := func(aliases ...string) []string {
		var ids []string
		for _, a := range aliases {
			ids = append(ids, userID(a+"@"+domain))
		}
		return ids
	}
	groups := []*group{
		newGroup("Helpdesk", "Issues Temporary Access Passes", users("isaiah.langer", "patti.fernandez", "grady.archie")...),
		newGroup("New Hires", "Start on Monday; their accounts are disabled until then", users("nestor.wilke", "henrietta.mueller", "pradeep.gupta")...),
		newGroup("Marketing EMEA", "", users("alex.wilber", "party.parrot", "markup.script")...),
		newGroup("Sales and Marketing", "Has another group in it", append(users("adele.vance", "miriam.graham"), groupID("Marketing EMEA"))...),
		newGroup("No Temporary Access Pass", "Excluded from the policy", users("christie.cline")...),
		newGroup("Empty", "Has no members"),
	}
	for _, place := range []string{"Berlin", "London"} { // two groups of one name
		g := newGroup("Project Falcon", "In "+place, users("lee.gu")...)
		g.ID = groupID("Project Falcon " + place)
		groups = append(groups, g)
	}
	tier0 := newGroup("Tier 0 Administrators", "Role-assignable: its members are User Administrators through it", users("allan.deyoung")...)
	tier0.RoleAssignable, tier0.role, tier0.owners = true, roleNamed("User Administrator"), users("sofia.papa")
	return append(groups, tier0)
}

func newGroup(name, description string, members ...string) *group {
	return &group{ID: groupID(name), DisplayName: name, Description: description, CreatedDateTime: seedTime, members: members}
}
