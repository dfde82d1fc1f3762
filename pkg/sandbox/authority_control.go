package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// authorityInfo is the answer of GET /sandbox/authority and of what changes it: no secret and no code is in it.
type authorityInfo struct {
	Registrations []*registration    `json:"registrations"` // in the order of their ids
	Lifetimes     lifetimes          `json:"lifetimes"`
	People        map[string]session `json:"people"` // by user principal name: those about whom something is particular
	Choice        *choice            `json:"choice"`
}

func (x *tx) authorityInfo(a *authority) reply {
	info := authorityInfo{Lifetimes: a.Lifetimes, People: map[string]session{}, Choice: a.Choice}
	for _, r := range a.Registrations {
		info.Registrations = append(info.Registrations, r)
	}
	slices.SortFunc(info.Registrations, func(a, b *registration) int { return strings.Compare(a.AppID, b.AppID) })
	for id, s := range a.Sessions {
		if u, known := x.user(id); known && *s != (session{}) {
			info.People[u.UserPrincipalName] = *s
		}
	}
	return ok(info)
}

// readAuthority is GET /sandbox/authority.
func readAuthority(x *tx, _ *http.Request, _ []byte) (reply, error) {
	return x.authorityInfo(x.authority()), nil
}

// changeAuthority changes what the authority knows, and answers what it is then.
func (x *tx) changeAuthority(change func(*authority) error) (reply, error) {
	a := x.authority()
	if err := change(a); err != nil {
		return reply{}, err
	}
	if err := x.keep(a); err != nil {
		return reply{}, err
	}
	return x.authorityInfo(a), nil
}

// register is POST /sandbox/registrations: {"appId": "GUID", "displayName": "…", "public": true, "redirectUris": […],
// "secrets": [{"value": "…", "ends": "…"}], "certificates": ["PEM"], "federated": [{"issuer", "subject", "audience", "key"}],
// "applicationPermissions": […]}. What it does not name stays as it was. {"appId": "GUID", "remove": true} forgets one.
func register(x *tx, _ *http.Request, body []byte) (reply, error) {
	var which struct {
		*registration
		Remove bool `json:"remove"`
	}
	which.registration = &registration{}
	if err := decodeControl(body, &which); err != nil {
		return reply{}, err
	}
	id := lower(which.AppID)
	return x.changeAuthority(func(a *authority) error {
		if which.Remove {
			delete(a.Registrations, id)
			return nil
		}
		r := a.Registrations[id]
		if r == nil {
			r = &registration{}
		}
		which.registration = r
		if err := decodeControl(body, &which); err != nil {
			return err
		}
		r.AppID = id
		for i := range r.Secrets {
			r.Secrets[i] = sealed(r.Secrets[i])
		}
		a.Registrations[id] = r
		return r.check()
	})
}

// consentChange is the body of POST /sandbox/consents.
type consentChange struct {
	AppID       string   `json:"appId"`
	User        string   `json:"user"` // who consents; empty: an administrator, for everybody
	Permissions []string `json:"permissions"`
	Application bool     `json:"application"` // they are application permissions
	Remove      bool     `json:"remove"`
}

// changeConsent is POST /sandbox/consents: {"appId": "GUID", "user": "USER", "permissions": ["User.Read.All"], "remove": true}.
func changeConsent(x *tx, _ *http.Request, body []byte) (reply, error) {
	var c consentChange
	if err := decodeControl(body, &c); err != nil {
		return reply{}, err
	}
	return x.changeAuthority(func(a *authority) error {
		r := a.Registrations[lower(c.AppID)]
		if r == nil {
			return refuse(http.StatusNotFound, "notFound", "The sandbox has no registration %q.", c.AppID)
		}
		who := ""
		if c.User != "" {
			u, known := x.user(c.User)
			if !known || c.Application {
				return invalid("badRequest", "A user who is known consents to delegated permissions, an administrator to application permissions.")
			}
			who = u.ID
		}
		if c.Application {
			r.Application = c.apply(r.Application)
			return nil
		}
		if r.Delegated == nil {
			r.Delegated = map[string][]string{}
		}
		r.Delegated[who] = c.apply(r.Delegated[who])
		return nil
	})
}

// apply takes the permissions away from a list, or puts them behind it.
func (c consentChange) apply(to []string) []string {
	left := slices.DeleteFunc(slices.Clone(to), func(has string) bool {
		return slices.ContainsFunc(c.Permissions, func(p string) bool { return strings.EqualFold(p, has) })
	})
	if c.Remove {
		return left
	}
	return append(left, c.Permissions...)
}

// setLifetimes is POST /sandbox/lifetimes: {"accessToken": "5m", "refreshToken": "1h"}. What it does not name stays.
func setLifetimes(x *tx, _ *http.Request, body []byte) (reply, error) {
	return x.changeAuthority(func(a *authority) error { return decodeControl(body, &a.Lifetimes) })
}

// sessionChange is the body of POST /sandbox/sessions. What it does not name stays.
type sessionChange struct {
	User    string  `json:"user"`
	Revoke  bool    `json:"revoke"`  // all tokens up to now are worth nothing
	Demand  *string `json:"demand"`  // the authentication context that Graph wants from now on; empty: none
	Trouble *int    `json:"trouble"` // the AADSTS code with which the authority refuses; 0: none
}

// changeSession is POST /sandbox/sessions: {"user": "USER", "revoke": true}, {"user": "USER", "demand": "c1"} or
// {"user": "USER", "trouble": 53003}.
func changeSession(x *tx, _ *http.Request, body []byte) (reply, error) {
	var c sessionChange
	if err := decodeControl(body, &c); err != nil {
		return reply{}, err
	}
	u, known := x.user(c.User)
	switch {
	case !known:
		return reply{}, refuse(http.StatusNotFound, "notFound", "Nobody at Contoso is called %q.", c.User)
	case c.Trouble != nil && *c.Trouble != 0 && trouble[*c.Trouble] == "":
		return reply{}, invalid("badRequest", "The sandbox's authority does not refuse a person with AADSTS%d.", *c.Trouble)
	}
	if c.Revoke {
		if err := x.revoke(u, &audit{ID: newID(), Activity: sessionsEnded, Correlation: newID(), By: x.somebodyElse(), User: u.ID}); err != nil {
			return reply{}, err
		}
	}
	return x.changeAuthority(func(a *authority) error {
		s := a.session(u.ID)
		if c.Demand != nil {
			s.Demand = *c.Demand
		}
		if c.Trouble != nil {
			s.Trouble = *c.Trouble
		}
		a.Sessions[u.ID] = &s
		return nil
	})
}

// setChoice is POST /sandbox/choice: {"user": "USER"} signs in the next time that a person is asked, by whatever flow;
// {"decline": true} declines; "stays": true is for all times to come; {} asks again.
func setChoice(x *tx, _ *http.Request, body []byte) (reply, error) {
	var c choice
	if err := decodeControl(body, &c); err != nil {
		return reply{}, err
	}
	if c.User != "" {
		u, known := x.user(c.User)
		if !known || c.Decline {
			return reply{}, invalid("badRequest", "Either a user of Contoso signs in, or the sign-in is declined.")
		}
		c.User = u.ID
	}
	return x.changeAuthority(func(a *authority) error {
		a.Choice = &c
		if c.User == "" && !c.Decline {
			a.Choice = nil
		}
		return nil
	})
}

// changeRole is POST /sandbox/roles: {"user": "USER", "role": "Authentication Administrator", "state": "eligible"}, or active,
// or none. A role that is eligible has to be activated first (PIM): the change to active does that.
func changeRole(x *tx, _ *http.Request, body []byte) (reply, error) {
	var c roleChange
	if err := decodeControl(body, &c); err != nil {
		return reply{}, err
	}
	u, known := x.user(c.User)
	i := slices.IndexFunc(roles, func(r *role) bool { return strings.EqualFold(r.DisplayName, c.Role) || r.TemplateID == c.Role })
	if !known || i < 0 || !slices.Contains([]string{roleActive, roleEligible, roleNone}, c.State) {
		return reply{}, invalid("badRequest", "A role change has a user and a role of Contoso, and a state: active, eligible or none.")
	}
	c.User, c.Role = u.ID, roles[i].TemplateID
	return noContent, x.emit(event{Kind: roleChanged, Role: &c})
}
