package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// enrolment is the body of POST /sandbox/register: whoever is in as the user registers a method.
type enrolment struct {
	User       string `json:"user"`
	Method     string `json:"method"`
	MethodName string `json:"methodName,omitempty"`
	From       string `json:"from,omitempty"` // in the session from this address; "": in the one that was opened last
}

// The reasons for which nothing is registered.
const (
	reasonNoSession = "noSession"
	reasonTooLate   = "tooLate"
)

// graceOfOneTime is how long after a sign-in with a one-time pass a method can be registered: after one with another pass, as long
// as the session lasts (learn.microsoft.com, howto-authentication-temporary-access-pass, limitations).
const graceOfOneTime = 10 * time.Minute

// checkRegistration finds what is wrong with a method that somebody wants to register; "" is none.
func checkRegistration(kind, name string) error {
	usual, known := registrable[kind]
	switch {
	case kind == "" && name != "":
		return invalid("badRequest", "A methodName comes with a method.")
	case kind != "" && !known:
		return invalid("badRequest", "No such method: %q. A sign-in can register %s.", kind, strings.Join(Methods(), ", "))
	case name != "" && usual == "":
		return invalid("badRequest", "A method of the type %s has no name.", kind)
	}
	return nil
}

// enrol registers a method as a user's own.
func (x *tx) enrol(u *user, kind, name string, from place) (*methodObject, error) {
	m := newMethod(u, kind, name, x.now.Truncate(tick))
	o := m.object()
	return &o, x.emit(event{
		Kind: methodRegistered, User: u.ID, Method: &m, Audit: auditedOwn(userRegistered, registeredReason(kind), u, from.Address),
	})
}

// playRegistration is POST /sandbox/register. The answer has the form of a sign-in's.
func playRegistration(x *tx, _ *http.Request, body []byte) (reply, error) {
	var e enrolment
	if err := decodeControl(body, &e); err != nil {
		return reply{}, err
	}
	if err := checkRegistration(e.Method, e.MethodName); err != nil {
		return reply{}, err
	}
	if e.Method == "" {
		return reply{}, invalid("badRequest", "Which method is registered? There are %s.", strings.Join(Methods(), ", "))
	}
	res, err := x.registerIn(e)
	return ok(res), err
}

func (x *tx) registerIn(e enrolment) (signInResult, error) {
	res := signInResult{User: e.User, Now: plainTime(x.now)}
	u, known := x.user(e.User)
	if !known {
		return res.refused(reasonUnknownUser, "Nobody at Contoso is called %s.", e.User), nil
	}
	res.UserID, res.UserPrincipalName = u.ID, u.UserPrincipalName
	i := -1
	for n, s := range slices.Backward(x.Sittings) {
		if s.User == u.ID && s.stateAt(x.now) == sessionOpen && (e.From == "" || s.From.Address == e.From) {
			i = n
			break
		}
	}
	switch {
	case i < 0:
		return res.refused(reasonNoSession, "Nobody is signed in as this user: whoever was, has to sign in again."), nil
	case x.Sittings[i].Once && x.now.Sub(x.Sittings[i].Began) > graceOfOneTime:
		return res.refused(reasonTooLate, "The sign-in with the one-time pass was at %s: there were 10 minutes to register a method.", plainTime(x.Sittings[i].Began)), nil
	}
	in := x.Sittings[i]
	o, err := x.enrol(u, e.Method, e.MethodName, in.From)
	res.OK, res.Message, res.SessionID, res.Method = true, "Registered.", in.ID, o
	return res, err
}
