package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// authority is what the authority knows. It is kept as a whole: a sign-in is rare beside calls to Graph. Codes, refresh
// tokens and access tokens are not in it: they carry what they stand for, signed.
type authority struct {
	Registrations map[string]*registration `json:"registrations"` // by application id, lower case
	Lifetimes     lifetimes                `json:"lifetimes"`
	Sessions      map[string]*session      `json:"sessions"`          // by the object id of a person
	Choice        *choice                  `json:"choice,omitempty"`  // of who signs in next
	Devices       map[string]*device       `json:"devices,omitempty"` // by device code
	Spent         map[string]time.Time     `json:"spent,omitempty"`   // codes and assertions, until when they would be good
}

// lifetimes say how long what the authority issues is good. The defaults are Microsoft's:
// https://learn.microsoft.com/entra/identity-platform/access-tokens#token-lifetime (an hour of its 60 to 90 minutes, and of
// the up to 28 hours of clients that can be told to sign in again, a day), refresh-tokens#token-lifetime, v2-oauth2-device-code.
type lifetimes struct {
	AccessToken  Duration `json:"accessToken"`
	CAEToken     Duration `json:"caeToken"` // where the client declares cp1
	RefreshToken Duration `json:"refreshToken"`
	Code         Duration `json:"code"`
	DeviceCode   Duration `json:"deviceCode"`
	DevicePoll   Duration `json:"devicePoll"` // how often a device may ask, whole seconds
}

// session is what is particular about a person's sign-ins.
type session struct {
	Revoked   int       `json:"revoked,omitempty"` // how often; tokens from before are worth nothing
	RevokedAt time.Time `json:"revokedAt,omitzero"`
	Demand    string    `json:"demand,omitempty"` // the authentication context that Graph wants of a token (acrs), such as c1
	Trouble   int       `json:"trouble,omitempty"`
}

// choice is who signs in next where a page would ask.
type choice struct {
	User    string `json:"user,omitempty"` // object id; empty: nobody, the sign-in is declined
	Decline bool   `json:"decline,omitempty"`
	Stays   bool   `json:"stays,omitempty"` // for all that come
}

func newAuthority() *authority {
	a := &authority{
		Registrations: map[string]*registration{}, Sessions: map[string]*session{}, Devices: map[string]*device{}, Spent: map[string]time.Time{},
		Lifetimes: lifetimes{
			AccessToken: Duration(time.Hour), CAEToken: Duration(24 * time.Hour), RefreshToken: Duration(90 * 24 * time.Hour),
			Code: Duration(10 * time.Minute), DeviceCode: Duration(15 * time.Minute), DevicePoll: Duration(5 * time.Second),
		},
	}
	for _, r := range seedRegistrations() {
		a.Registrations[r.AppID] = r
	}
	return a
}

// authority is a copy of what the authority knows.
func (s *state) authority() *authority {
	fresh := newAuthority()
	if s.Authority == nil {
		return fresh
	}
	b, err := json.Marshal(s.Authority)
	if err != nil {
		return fresh
	}
	clear(fresh.Registrations)
	_ = json.Unmarshal(b, fresh) // what was just written can be read
	return fresh
}

// keep makes a the authority, without what ran out.
func (x *tx) keep(a *authority) error {
	for key, until := range a.Spent {
		if x.now.After(until) {
			delete(a.Spent, key)
		}
	}
	for code, d := range a.Devices {
		if x.now.After(d.Ends.Add(time.Hour)) { // that it expired is still told meanwhile
			delete(a.Devices, code)
		}
	}
	return x.emit(event{Kind: authorityChanged, Authority: a})
}

// session is what is particular about a person, nothing by default.
func (a *authority) session(userID string) session {
	if s := a.Sessions[userID]; s != nil {
		return *s
	}
	return session{}
}

// revoke makes the tokens of a person up to now worth nothing.
func (a *authority) revoke(userID string, now time.Time) {
	s := a.session(userID)
	s.Revoked, s.RevokedAt = s.Revoked+1, now.Truncate(time.Second)
	a.Sessions[userID] = &s
}

// spend uses something up that is good once; false says that it was used up before.
func (s *signing) spend(key string, until time.Time) bool {
	if _, before := s.auth.Spent[key]; before {
		return false
	}
	s.auth.Spent[key], s.changed = until, true
	return true
}

// choose takes the choice that was made beforehand, nil where there is none.
func (s *signing) choose() *choice {
	c := s.auth.Choice
	if c != nil && !c.Stays {
		s.auth.Choice, s.changed = nil, true
	}
	return c
}

// lifetime is how long an access token is good.
func (a *authority) lifetime(cae bool) time.Duration {
	if cae {
		return time.Duration(a.Lifetimes.CAEToken)
	}
	return time.Duration(a.Lifetimes.AccessToken)
}

// roleChange is a role that a person holds, may activate, or holds no more.
type roleChange struct {
	User  string `json:"user"` // object id
	Role  string `json:"role"` // template
	State string `json:"state"`
}

// The states of a role.
const (
	roleActive   = "active"
	roleEligible = "eligible" // it has to be activated first (PIM)
	roleNone     = "none"
)

// assign makes the roles of the directory those that were changed to. Who may activate a role does not hold it; who activated it
// may still.
func (s *state) assign(d *directory) {
	for _, c := range s.Roles {
		changed := roles[slices.IndexFunc(roles, func(r *role) bool { return r.TemplateID == c.Role })]
		d.roles[c.User] = slices.DeleteFunc(slices.Clone(d.roles[c.User]), func(r *role) bool { return r == changed })
		if c.State == roleActive {
			d.roles[c.User] = append(d.roles[c.User], changed)
			continue
		}
		d.eligible = slices.DeleteFunc(d.eligible, func(a *assignment) bool { return a.principal == c.User && a.role == changed })
		if c.State == roleEligible {
			d.eligible = append(d.eligible, &assignment{principal: c.User, role: changed})
		}
	}
}

func lower(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
