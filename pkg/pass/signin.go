package pass

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// inPlainWords is why a sign-in failed, by its AADSTS number.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes has those below 130000. Those of passes are
// said by https://login.microsoftonline.com/error.
var inPlainWords = map[int]string{
	50034:    "there is no such user",
	50053:    "the account is locked for a while, after too many wrong tries or for the address that they came from",
	50055:    "the password has expired",
	50057:    "the account is disabled",
	50126:    "a wrong password or code",
	50133:    "the session was ended: the user has to sign in again",
	53000:    "the device is not one that the organisation manages and finds in order",
	53001:    "the device has not joined the organisation",
	53002:    "the app is none that conditional access approves",
	53004:    "the sign-in looked risky, so no method may be registered",
	500121:   "the second factor was not given, or not in time",
	130501:   notAllowed,
	130502:   notAllowed,
	130503:   "a wrong code",
	130504:   "the pass had expired",
	130505:   "the pass works once, and had been used",
	notFound: "there was no pass that could be verified: it was deleted, or it was not valid yet",
}

const (
	notAllowed = "the policy does not allow the pass: it does not include the user, or asks for one-time passes"
	// notFound is the number of a sign-in with a pass that is not there, and of one that is not valid yet.
	notFound = 130507
)

// blockedByPolicy is the number of a sign-in that conditional access blocked.
const blockedByPolicy = 53003

// seePolicies is the permission without which the log leaves the names of policies out.
// https://learn.microsoft.com/graph/api/signin-list#permissions
const seePolicies = "Policy.Read.ConditionalAccess"

// interrupts are the numbers of sign-ins that went on: the user was asked for something more.
var interrupts = []int{50058, 50072, 50074, 50076, 50079, 50097, 50125, 50140}

// Interrupt reports whether an entry of the sign-in log is no failure but a step of a sign-in that went on.
func Interrupt(code int) bool { return slices.Contains(interrupts, code) }

// WhyFailed says in plain words why a sign-in of the user failed; where the log leaves open whether a pass was not there or not valid yet, the
// pass that is held may tell. The names of policies, and of a number that is not known the service's own words, are
// untrusted.
func (u Subject) WhyFailed(s person.SignIn) string {
	if p := u.Held(); s.Code == notFound && p != nil && !s.At.Before(p.Created) && s.At.Before(p.Start) {
		return "the pass was not valid yet"
	}
	if s.Code == blockedByPolicy {
		if len(s.Policies) == 0 {
			return "blocked by conditional access; by which policy takes the permission " + seePolicies + " to see"
		}
		return "blocked by conditional access: " + strings.Join(s.Policies, ", ")
	}
	if words, known := inPlainWords[s.Code]; known {
		return words
	}
	return strings.TrimSuffix(fmt.Sprintf("error %d: %s", s.Code, s.Reason), ": ")
}
