package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// signIn is the body of POST /sandbox/signin: a user types a passcode, or takes a registered method, and registers another one when let in.
type signIn struct {
	User                string `json:"user"`
	TemporaryAccessPass string `json:"temporaryAccessPass"`
	With                string `json:"with,omitempty"`       // the id or the type of a method, in the place of a passcode
	From                string `json:"from,omitempty"`       // an IP address
	Method              string `json:"method,omitempty"`     // to register
	MethodName          string `json:"methodName,omitempty"` // of what is registered
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
	SessionID         string        `json:"sessionId,omitempty"`
	Method            *methodObject `json:"method,omitempty"` // that was registered
}

// The reasons for which nobody is let in.
const (
	reasonUnknownUser      = "unknownUser"
	reasonNoPass           = "noPass"
	reasonWrongCode        = "wrongCode"
	reasonNoMethod         = "noMethod"
	reasonAccountDisabled  = "accountDisabled"
	reasonNotYetValid      = "notYetValid"
	reasonExpired          = "expired"
	reasonUsed             = "used"
	reasonDisabledByPolicy = "disabledByPolicy"
	reasonBlocked          = "blockedByConditionalAccess"
)

// signIn plays the user's side, or a thief's. What a user sees at Microsoft is another matter: the reasons are for whoever tests.
func (x *tx) signIn(s signIn) (signInResult, error) {
	res := signInResult{User: s.User, Now: plainTime(x.now)}
	from, err := placeOf(s.From)
	if err == nil {
		err = checkRegistration(s.Method, s.MethodName)
	}
	if err == nil && s.With != "" && s.TemporaryAccessPass != "" {
		err = invalid("badRequest", "Somebody signs in with a passcode or with a method, not with both.")
	}
	if err != nil {
		return res, err
	}
	res, by, err := x.prove(res, s)
	if err != nil {
		return res, err
	}
	var blocking *accessPolicy
	if res.Reason == "" {
		if blocking = x.blocking(res.UserID); blocking != nil {
			res = res.refused(reasonBlocked, "The conditional access policy %q blocks this sign-in.", blocking.DisplayName)
		}
	}
	if err := x.note(s, res, by.kind, from, blocking); err != nil || res.Reason != "" {
		return res, err
	}
	return x.letIn(res, by, from, s)
}

// proof is what somebody showed to be the user: a pass, or a method.
type proof struct {
	kind string // byPass, or the type of the method
	id   string
	pass *pass
}

// prove finds out whether somebody may be the user: else the result has a reason.
func (x *tx) prove(res signInResult, s signIn) (signInResult, proof, error) {
	by := proof{kind: byPass}
	if s.With != "" {
		by.kind = s.With
	}
	u, known := x.user(s.User)
	if !known {
		return res.refused(reasonUnknownUser, "Nobody at Contoso is called %s.", s.User), by, nil
	}
	res.UserID, res.UserPrincipalName = u.ID, u.UserPrincipalName
	if s.With != "" {
		return x.proveMethod(res, u, s.With)
	}
	p, has := x.Passes[u.ID]
	if !has || p.Passcode != s.TemporaryAccessPass {
		res, err := x.wrongCode(res, u, s.TemporaryAccessPass, has)
		return res, by, err
	}
	res.describe(p)
	by.id, by.pass = p.ID, &p
	return x.provePass(res, u, p), by, nil
}

func (x *tx) provePass(res signInResult, u *user, p pass) signInResult {
	if !u.AccountEnabled {
		return res.refused(reasonAccountDisabled, "The account is disabled.")
	}
	switch x.usability(u.ID, p) {
	case oneTimeUsed:
		return res.refused(reasonUsed, "The pass could be used once and was, at %s.", res.LastUsedDateTime)
	case expired:
		return res.refused(reasonExpired, "The pass expired at %s; it is %s.", res.EndDateTime, res.Now)
	case disabledByPolicy:
		return res.refused(reasonDisabledByPolicy, "The policy does not let this user sign in with this pass any more.")
	case notYetValid:
		return res.refused(reasonNotYetValid, "The pass becomes valid at %s; it is %s.", res.StartDateTime, res.Now)
	}
	return res
}

// proveMethod takes the method with this id, or the one of this type that was registered last. That each of them lets in by
// itself is our simplification: at Microsoft some are a second factor only.
func (x *tx) proveMethod(res signInResult, u *user, with string) (signInResult, proof, error) {
	by := proof{kind: with}
	for _, m := range slices.Backward(x.methodsOf(u)) {
		if m.ID == with || strings.EqualFold(m.Type, with) {
			by = proof{kind: m.Type, id: m.ID}
			break
		}
	}
	switch {
	case by.id == "":
		if _, isType := registrable[with]; !isType { // an id that is gone: of which type it was, the key would say
			by.kind = x.typeOnceOf(u, with)
		}
		return res.refused(reasonNoMethod, "The user has no method %s.", with), by, nil
	case !u.AccountEnabled:
		return res.refused(reasonAccountDisabled, "The account is disabled."), by, nil
	}
	return res, by, nil
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

func (x *tx) letIn(res signInResult, by proof, from place, s signIn) (signInResult, error) {
	u, _ := x.user(res.UserID)
	if p := by.pass; p != nil {
		used := x.now.Truncate(tick)
		p.LastUsed = &used
		if err := x.emit(event{Kind: passUsed, User: u.ID, Pass: p}); err != nil {
			return res, err
		}
		res.describe(*p)
	}
	opened, err := x.sit(u, by, from)
	if err != nil {
		return res, err
	}
	res.OK, res.Message, res.SessionID = true, "Signed in.", opened.ID
	if opened.Once {
		res.Message = "Signed in. The pass is used up; there are 10 minutes to register another method."
	}
	if s.Method == "" {
		return res, nil
	}
	res.Method, err = x.enrol(u, s.Method, s.MethodName, from)
	return res, err
}

func plainTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
