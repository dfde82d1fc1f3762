package person

import "time"

// SignIn is one sign-in of a user, as the log of the tenant has it. Every text is untrusted and may be "".
// https://learn.microsoft.com/graph/api/resources/signin
type SignIn struct {
	ID       string // the request id of the sign-in
	At       time.Time
	App      string
	IP       string
	Location string // "Helsinki, FI"
	// Code is status.errorCode, the number of an AADSTS error; 0: it worked.
	Code    int
	Reason  string // status.failureReason
	Details string // status.additionalDetails
	// Policies are the names of the conditional access policies that failed the sign-in.
	Policies []string
	// Method is how the user tried first, such as "Temporary Access Pass"; beta alone says it.
	Method string
}

// Failed reports whether the user was not let in.
func (s SignIn) Failed() bool { return s.Code != 0 }
