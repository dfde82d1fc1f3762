package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// The sign-in log: every POST /sandbox/signin, whether somebody was let in or not. It shows after a delay and is kept as long
// as the audit log. https://learn.microsoft.com/graph/api/signin-list

// attempt is an entry of the log.
type attempt struct {
	ID          string        `json:"id"`
	At          time.Time     `json:"at"`
	User        string        `json:"user"`     // object id, that of nobody for who is not known
	UserName    string        `json:"userName"` // user principal name, as typed where nobody has it
	DisplayName string        `json:"displayName,omitempty"`
	By          string        `json:"by"`               // byPass, or the type of a method
	Reason      string        `json:"reason,omitempty"` // a key of failures; "": let in
	Policy      *accessPolicy `json:"policy,omitempty"` // that blocked it
	From        place         `json:"from"`
	Correlation string        `json:"correlation"`
}

// nobody is the user's id where a name is nobody's: our reading of entries seen in the field.
const nobody = "00000000-0000-0000-0000-000000000000"

// aadsts is what the log says of a sign-in that failed.
type aadsts struct {
	code   int
	reason string
}

// failures are by the reasons of a sign-in. Codes and sentences are those of https://login.microsoftonline.com/error. What the log says
// of a pass that is not yet valid is unknown: that it is said not to be found is our invention.
var failures = map[string]aadsts{
	reasonUnknownUser:      {50034, "The user account does not exist in the directory. To sign into this application, the account must be added to the directory."},
	reasonAccountDisabled:  {50057, "The user account is disabled."},
	reasonBlocked:          {53003, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."},
	reasonDisabledByPolicy: {130502, "Temporary Access Pass sign in was blocked due to User Credential Policy."},
	reasonWrongCode:        {130503, "Your Temporary Access Pass is incorrect. If you don't know your pass, contact your administrator."},
	reasonExpired:          {130504, "Your Temporary Access Pass has expired. Contact your administrator to obtain a new pass."},
	reasonUsed:             {130505, "Your one-time Temporary Access Pass has been redeemed. Contact your admin to get a new pass."},
	reasonNoPass:           {130507, "An access pass could not be found or verified for the user."},
	reasonNotYetValid:      {130507, "An access pass could not be found or verified for the user."},
}

// keyFailures are what the log says where a user has no such method, by its type; of the others it speaks of a second factor.
var keyFailures = map[string]aadsts{
	"fido2":                   {135001, "UserPrincipal doesn't have the key ID configured."},
	"windowsHelloForBusiness": {130004, "UserPrincipal doesn't have the NGC key configured."},
	"platformCredential":      {130004, "UserPrincipal doesn't have the NGC key configured."},
}

func (a attempt) failure() aadsts {
	if a.Reason != reasonNoMethod {
		return failures[a.Reason]
	}
	if f, known := keyFailures[a.By]; known {
		return f
	}
	return aadsts{500121, "Authentication failed during strong authentication request."}
}

// stepNames are how the log calls methods; those that it is not known of are called by their type.
var stepNames = map[string]string{
	byPass:                    "Temporary Access Pass",
	"fido2":                   "FIDO2 security key",
	"windowsHelloForBusiness": "Windows Hello for Business",
	"microsoftAuthenticator":  "Passwordless phone sign-in",
}

// defaultSignInDelay is our choice: minutes are usual.
const defaultSignInDelay = 2 * time.Minute

func (x *tx) signInDelay() time.Duration { return delay(x.Delays.SignIns, 0, defaultSignInDelay) }

// note writes a sign-in into the log.
func (x *tx) note(s signIn, res signInResult, by string, from place, blocking *accessPolicy) error {
	a := attempt{
		ID: newID(), At: x.now.Truncate(tick), User: nobody, UserName: s.User, By: by, Reason: res.Reason, Policy: blocking, From: from, Correlation: newID(),
	}
	if u, known := x.user(res.UserID); known {
		a.User, a.UserName, a.DisplayName = u.ID, u.UserPrincipalName, u.DisplayName
	}
	return x.emit(event{Kind: signInNoted, Attempt: &a})
}

// accessPolicy is a conditional access policy that blocks one user. More of them is not simulated.
type accessPolicy struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	User        string `json:"user"` // object id
}

// blocking is the first policy that blocks a user, nil for none.
func (s *state) blocking(userID string) *accessPolicy {
	i := slices.IndexFunc(s.AccessPolicies, func(p accessPolicy) bool { return p.User == userID })
	if i < 0 {
		return nil
	}
	return &s.AccessPolicies[i]
}

// changeAccessPolicies is POST /sandbox/conditionalAccess: {"displayName": "Block everything but the office", "user": "USER"} blocks a user;
// {"user": "USER", "remove": true} takes away all that block this one. It answers those that there are.
func changeAccessPolicies(x *tx, _ *http.Request, body []byte) (reply, error) {
	var c struct {
		DisplayName string `json:"displayName"`
		User        string `json:"user"`
		Remove      bool   `json:"remove"`
	}
	if err := decodeControl(body, &c); err != nil {
		return reply{}, err
	}
	u, known := x.user(c.User)
	switch {
	case !known:
		return reply{}, refuse(http.StatusNotFound, "notFound", "Nobody at Contoso is called %q.", c.User)
	case (strings.TrimSpace(c.DisplayName) == "") != c.Remove:
		return reply{}, invalid("badRequest", "A conditional access policy has a displayName, and one that is removed is named by its user alone.")
	}
	all := slices.DeleteFunc(slices.Clone(x.AccessPolicies), func(p accessPolicy) bool { return c.Remove && p.User == u.ID })
	if !c.Remove {
		all = append(all, accessPolicy{ID: named("accessPolicy", c.DisplayName), DisplayName: c.DisplayName, User: u.ID})
	}
	if err := x.emit(event{Kind: accessPoliciesChanged, AccessPolicies: all}); err != nil {
		return reply{}, err
	}
	return ok(append([]accessPolicy{}, x.AccessPolicies...)), nil
}
