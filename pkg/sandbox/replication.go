package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// What one part of the directory knows and another does not yet. A user that was just made is answered with 404 by the
// calls on authentication methods, and a new membership does not count for the policy, for Options.Replication on the
// sandbox's clock (graph.md section 1: 4 to 20 s were seen; how long exactly is our invention).

// newcomer is a user that was made since the seed.
type newcomer struct {
	User  user      `json:"user"`
	Shows time.Time `json:"shows"` // to calls on authentication methods
}

// membership is one that was made since the seed.
type membership struct {
	Group string    `json:"group"` // object id
	User  string    `json:"user"`  // object id
	Shows time.Time `json:"shows"` // to the policy
}

// extend adds to a directory of the seed what came since.
func (s *state) extend(d *directory) {
	for i := range s.Newcomers {
		u := s.Newcomers[i].User
		d.users = append(d.users, &u)
		d.byID[u.ID], d.byUPN[strings.ToLower(u.UserPrincipalName)] = &u, &u
	}
	for _, m := range s.Members {
		if g, known := d.group(m.Group); known {
			g.members = append(g.members, m.User)
		}
	}
}

// unseen says whether the calls on authentication methods do not know the user yet.
func (c *call) unseen(u *user) bool {
	return c.op != nil && strings.HasPrefix(c.op.path, "users/{user}/authentication/") &&
		slices.ContainsFunc(c.Newcomers, func(n newcomer) bool { return n.User.ID == u.ID && c.now.Before(n.Shows) })
}

// counts says whether the policy knows of a membership.
func (x *tx) counts(group, member string) bool {
	return !slices.ContainsFunc(x.Members, func(m membership) bool {
		return m.Group == group && m.User == member && x.now.Before(m.Shows)
	})
}

// newUser is the body of POST /sandbox/users.
type newUser struct {
	UserPrincipalName string    `json:"userPrincipalName"`
	DisplayName       string    `json:"displayName"`
	AccountEnabled    *bool     `json:"accountEnabled"`
	UserType          string    `json:"userType"`
	Mail              string    `json:"mail"`
	GivenName         string    `json:"givenName"`
	Surname           string    `json:"surname"`
	JobTitle          string    `json:"jobTitle"`
	Department        string    `json:"department"`
	EmployeeID        string    `json:"employeeId"`
	MobilePhone       string    `json:"mobilePhone"`
	PreferredLanguage string    `json:"preferredLanguage"`
	Replication       *Duration `json:"replication"` // nil: that of Options
}

// makeUser is POST /sandbox/users: {"userPrincipalName": "new.hire@contoso.com", …}. It answers 201 and the user.
func makeUser(x *tx, _ *http.Request, body []byte) (reply, error) {
	var n newUser
	if err := decodeControl(body, &n); err != nil {
		return reply{}, err
	}
	alias, at, _ := strings.Cut(n.UserPrincipalName, "@")
	if alias == "" || at == "" || strings.ContainsAny(n.UserPrincipalName, " /\\") {
		return reply{}, invalid("badRequest", "%q is no user principal name: it looks like new.hire@contoso.com.", n.UserPrincipalName)
	}
	if _, taken := x.user(n.UserPrincipalName); taken {
		return reply{}, invalid("badRequest", "Another object with the same value for property userPrincipalName already exists.")
	}
	u := n.user(alias, x.now)
	e := event{Kind: userMade, Newcomer: &newcomer{User: u, Shows: x.shows(n.Replication)}}
	return reply{status: http.StatusCreated, body: u}, x.emit(e)
}

func (n newUser) user(alias string, now time.Time) user {
	u := user{
		ID: userID(strings.ToLower(n.UserPrincipalName)), UserPrincipalName: n.UserPrincipalName, DisplayName: n.DisplayName,
		GivenName: n.GivenName, Surname: n.Surname, Mail: n.Mail, AccountEnabled: n.AccountEnabled == nil || *n.AccountEnabled,
		UserType: n.UserType, JobTitle: n.JobTitle, Department: n.Department, BusinessPhones: []string{}, MobilePhone: n.MobilePhone,
		EmployeeID: n.EmployeeID, PreferredLanguage: n.PreferredLanguage, CreatedDateTime: now.Truncate(time.Second),
		Identities: []identity{{"userPrincipalName", "contoso.onmicrosoft.com", n.UserPrincipalName}},
	}
	if u.DisplayName == "" {
		u.DisplayName = alias
	}
	if u.UserType == "" {
		u.UserType = "Member"
	}
	return u
}

// shows is when something that is made now is seen everywhere.
func (x *tx) shows(own *Duration) time.Time {
	if own != nil {
		return x.now.Add(time.Duration(*own))
	}
	return x.now.Add(x.opts.Replication)
}

// addMember is POST /sandbox/groups: {"group": "OBJECT ID OR NAME", "add": "USER"}. It answers 204, as Graph does.
func (x *tx) addMember(g groupChange) (reply, error) {
	i := slices.IndexFunc(x.groups, func(o *group) bool {
		return strings.EqualFold(o.ID, g.Group) || strings.EqualFold(o.DisplayName, g.Group)
	})
	if i < 0 {
		return reply{}, refuse(http.StatusNotFound, "notFound", "The sandbox has no group with the id or name %q.", g.Group)
	}
	u, known := x.user(g.Add)
	if !known {
		return reply{}, refuse(http.StatusNotFound, "notFound", "The sandbox has no user %q.", g.Add)
	}
	if slices.Contains(x.groups[i].members, u.ID) {
		return reply{}, invalid("badRequest", "One or more added object references already exist for the following modified properties: 'members'.")
	}
	m := &membership{Group: x.groups[i].ID, User: u.ID, Shows: x.shows(g.Replication)}
	return noContent, x.happen(event{Kind: memberAdded, Member: m}, g.OnRead)
}
