package sandbox

import (
	"net/http"
	"time"
)

// What a sign-in opens and revokeSignInSessions ends. Graph has no list of it: GET /sandbox/sessions has one, for whoever
// wants to know whether a thief is still in.

// sitting is a sign-in session: somebody is in as the user.
type sitting struct {
	ID      string     `json:"id"`
	User    string     `json:"user"` // object id
	Began   time.Time  `json:"began"`
	By      string     `json:"by"`            // byPass, or the type of a method
	With    string     `json:"with"`          // the id of the pass or method
	Once    bool       `json:"once,omitzero"` // by a one-time pass
	From    place      `json:"from"`
	Expires time.Time  `json:"expires,omitzero"` // with the pass, zero: not by itself
	Ended   *time.Time `json:"ended,omitempty"`  // revoked
}

const byPass = "temporaryAccessPass"

// The states of a session.
const (
	sessionOpen    = "open"
	sessionExpired = "expired"
	sessionRevoked = "revoked"
)

func (s sitting) stateAt(now time.Time) string {
	switch {
	case s.Ended != nil:
		return sessionRevoked
	case !s.Expires.IsZero() && !now.Before(s.Expires):
		return sessionExpired
	}
	return sessionOpen
}

// sit opens a session. One by a pass lasts as long as the pass would have, also where that is used up or deleted meanwhile
// (learn.microsoft.com, howto-authentication-temporary-access-pass: "limited to the Temporary Access Pass lifetime").
func (x *tx) sit(u *user, by proof, from place) (sitting, error) {
	s := sitting{ID: newID(), User: u.ID, Began: x.now.Truncate(tick), By: by.kind, With: by.id, From: from}
	if by.pass != nil {
		s.Once, s.Expires = by.pass.Once, by.pass.end()
	}
	return s, x.emit(event{Kind: sessionOpened, Session: &s})
}

func (s *state) applySignIns(e event) {
	switch e.Kind {
	case signInNoted:
		for len(s.SignIns) > 0 && e.At.Sub(s.SignIns[0].At) > retention(seedSkus()) {
			s.SignIns = s.SignIns[1:]
		}
		s.SignIns = append(s.SignIns, *e.Attempt)
	case accessPoliciesChanged:
		s.AccessPolicies = e.AccessPolicies
	case sessionOpened:
		s.Sittings = append(s.Sittings, *e.Session)
	case sessionsRevoked:
		s.end(e.User, e.At)
	}
}

// end ends the open sessions of a user.
func (s *state) end(userID string, at time.Time) {
	for i := range s.Sittings {
		if c := &s.Sittings[i]; c.User == userID && c.stateAt(at) == sessionOpen {
			c.Ended = &at
		}
	}
}

// revoke makes all that was opened as a user up to now worth nothing, the tokens of the authority too.
func (x *tx) revoke(u *user, entry *audit) error {
	a := x.authority()
	a.revoke(u.ID, x.now)
	if err := x.keep(a); err != nil {
		return err
	}
	return x.emit(event{Kind: sessionsRevoked, User: u.ID, Audit: entry})
}

// revokeSignInSessions does it at once: Microsoft speaks of a few minutes at most, and of external users who are not
// reached, as their sessions are their own tenant's.
func revokeSignInSessions(c *call) (reply, error) {
	u, err := c.theUser()
	if err != nil {
		return reply{}, err
	}
	if !c.onSelf() && !c.caller.application && !c.withinReach(u, mayRevoke) {
		return reply{}, insufficient()
	}
	if !u.external() {
		if err := c.revoke(u, c.audited(sessionsEnded, "", u)); err != nil {
			return reply{}, err
		}
	}
	return ok(struct {
		Context string `json:"@odata.context"`
		Value   bool   `json:"value"`
	}{c.context("Edm.Boolean"), true}), nil
}

// sittingInfo is an element of GET /sandbox/sessions.
type sittingInfo struct {
	ID                string     `json:"id"`
	UserID            string     `json:"userId"`
	UserPrincipalName string     `json:"userPrincipalName"`
	State             string     `json:"state"`
	StartedDateTime   time.Time  `json:"startedDateTime"`
	EndedDateTime     *time.Time `json:"endedDateTime"` // null while it is open
	SignedInWith      string     `json:"signedInWith"`  // temporaryAccessPass, or the type of a method
	SignedInWithID    string     `json:"signedInWithId"`
	IPAddress         string     `json:"ipAddress"`
	City              string     `json:"city,omitempty"`
	CountryOrRegion   string     `json:"countryOrRegion,omitempty"`
}

// listSessions is GET /sandbox/sessions: all since the seed, the oldest first.
func listSessions(x *tx, _ *http.Request, _ []byte) (reply, error) {
	all := []sittingInfo{}
	for _, s := range x.Sittings {
		info := sittingInfo{
			ID: s.ID, UserID: s.User, State: s.stateAt(x.now), StartedDateTime: s.Began, EndedDateTime: s.Ended, SignedInWith: s.By,
			SignedInWithID: s.With, IPAddress: s.From.Address, City: s.From.City, CountryOrRegion: s.From.Country,
		}
		if u, known := x.user(s.User); known {
			info.UserPrincipalName = u.UserPrincipalName
		}
		if info.State == sessionExpired {
			info.EndedDateTime = &s.Expires
		}
		all = append(all, info)
	}
	return ok(all), nil
}
