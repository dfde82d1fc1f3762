package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// signIn is the body of POST /sandbox/signin: a user types a passcode, and registers a method when let in.
type signIn struct {
	User                string `json:"user"`
	TemporaryAccessPass string `json:"temporaryAccessPass"`
	Method              string `json:"method,omitempty"`
}

// signInResult says whether the user was let in, else why not.
type signInResult struct {
	OK                bool          `json:"ok"`
	Reason            string        `json:"reason,omitempty"`
	Message           string        `json:"message"`
	Now               string        `json:"now"`
	User              string        `json:"user"` // as it was typed
	UserID            string        `json:"userId,omitempty"`
	UserPrincipalName string        `json:"userPrincipalName,omitempty"`
	StartDateTime     string        `json:"startDateTime,omitempty"`
	EndDateTime       string        `json:"endDateTime,omitempty"`
	IsUsableOnce      *bool         `json:"isUsableOnce,omitempty"`
	LastUsedDateTime  string        `json:"lastUsedDateTime,omitempty"`
	Method            *methodObject `json:"method,omitempty"` // that was registered
}

// The reasons for which nobody is let in.
const (
	reasonUnknownUser      = "unknownUser"
	reasonNoPass           = "noPass"
	reasonWrongCode        = "wrongCode"
	reasonAccountDisabled  = "accountDisabled"
	reasonNotYetValid      = "notYetValid"
	reasonExpired          = "expired"
	reasonUsed             = "used"
	reasonDisabledByPolicy = "disabledByPolicy"
)

// signIn plays the user's side. What a user sees at Microsoft is another matter: the reasons are for whoever tests.
func (x *tx) signIn(s signIn) (signInResult, error) {
	res := signInResult{User: s.User, Now: plainTime(x.now)}
	if _, known := registrable[s.Method]; s.Method != "" && !known {
		return res, invalid("badRequest", "No such method: %q. A sign-in can register %s.", s.Method, strings.Join(slices.Sorted(maps.Keys(registrable)), ", "))
	}
	u, known := x.user(s.User)
	if !known {
		return res.refused(reasonUnknownUser, "Nobody at Contoso is called %s.", s.User), nil
	}
	res.UserID, res.UserPrincipalName = u.ID, u.UserPrincipalName
	p, has := x.Passes[u.ID]
	if !has || p.Passcode != s.TemporaryAccessPass {
		return x.wrongCode(res, u, s.TemporaryAccessPass, has)
	}
	res.describe(p)
	if !u.AccountEnabled {
		return res.refused(reasonAccountDisabled, "The account is disabled."), nil
	}
	switch x.usability(u.ID, p) {
	case oneTimeUsed:
		return res.refused(reasonUsed, "The pass could be used once and was, at %s.", res.LastUsedDateTime), nil
	case expired:
		return res.refused(reasonExpired, "The pass expired at %s; it is %s.", res.EndDateTime, res.Now), nil
	case disabledByPolicy:
		return res.refused(reasonDisabledByPolicy, "The policy does not let this user sign in with this pass any more."), nil
	case notYetValid:
		return res.refused(reasonNotYetValid, "The pass becomes valid at %s; it is %s.", res.StartDateTime, res.Now), nil
	}
	return x.letIn(res, u, p, s.Method)
}

func (r signInResult) refused(reason, format string, args ...any) signInResult {
	r.Reason, r.Message = reason, fmt.Sprintf(format, args...)
	return r
}

func (r *signInResult) describe(p pass) {
	once := p.Once
	r.StartDateTime, r.EndDateTime, r.IsUsableOnce = plainTime(p.Start), plainTime(p.end()), &once
	if p.LastUsed != nil {
		r.LastUsedDateTime = plainTime(*p.LastUsed)
	}
}

// wrongCode tells a code that never was from one that no longer is.
func (x *tx) wrongCode(res signInResult, u *user, code string, has bool) (signInResult, error) {
	issued, err := x.store.everIssued()
	if err != nil {
		return res, err
	}
	before := slices.ContainsFunc(issued, func(i issue) bool { return i.UserID == u.ID && i.TemporaryAccessPass == code })
	switch {
	case has && before:
		return res.refused(reasonWrongCode, "This passcode was replaced by a newer one."), nil
	case has:
		return res.refused(reasonWrongCode, "This is not the passcode of the user's Temporary Access Pass."), nil
	case before:
		return res.refused(reasonNoPass, "The user has no Temporary Access Pass: the one with this passcode was deleted."), nil
	}
	return res.refused(reasonNoPass, "The user has no Temporary Access Pass."), nil
}

func (x *tx) letIn(res signInResult, u *user, p pass, register string) (signInResult, error) {
	used := x.now.Truncate(tick)
	p.LastUsed = &used
	if err := x.emit(event{Kind: passUsed, User: u.ID, Pass: &p}); err != nil {
		return res, err
	}
	res.describe(p)
	res.OK, res.Message = true, "Signed in."
	if p.Once {
		res.Message = "Signed in. The pass is used up; there are 10 minutes to register another method."
	}
	if register == "" {
		return res, nil
	}
	m, err := newMethod(u, register, "", used)
	if err != nil {
		return res, err
	}
	o := m.object()
	res.Method = &o
	return res, x.emit(event{Kind: methodRegistered, User: u.ID, Method: &m})
}

func plainTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
