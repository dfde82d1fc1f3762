package sandbox

import (
	"errors"
	"fmt"
	"net/http"
)

// refusal is an error as the authority tells it. The codes are Microsoft's, and so is the form:
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes. The sentences are near to Microsoft's; which
// status and OAuth error go with a code is documented for few of them, and is our invention for the rest.
type refusal struct {
	status   int
	oauth    string // as in RFC 6749, RFC 8628 and OpenID Connect
	code     int    // of AADSTS
	message  string
	suberror string
	claims   string // that a sign-in has to ask for
}

func (r *refusal) Error() string { return fmt.Sprintf("AADSTS%d: %s", r.code, r.message) }

func deny(status int, oauth string, code int, format string, args ...any) *refusal {
	return &refusal{status: status, oauth: oauth, code: code, message: fmt.Sprintf(format, args...)}
}

// invalidGrant refuses what a person brought: a sign-in anew mends it.
func invalidGrant(code int, format string, args ...any) *refusal {
	return deny(http.StatusBadRequest, "invalid_grant", code, format, args...)
}

// invalidClient refuses an application that does not prove who it is.
func invalidClient(code int, format string, args ...any) *refusal {
	return deny(http.StatusUnauthorized, "invalid_client", code, format, args...)
}

func missing(parameter string) *refusal {
	return deny(http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: '%s'.", parameter)
}

// described is the refusal in one line, as it reaches a client that is told by way of a browser.
func (s *signing) described(r *refusal) string {
	return fmt.Sprintf("%s Trace ID: %s Correlation ID: %s Timestamp: %s", r.Error(), s.trace, s.correlation, s.stamp())
}

func (s *signing) stamp() string {
	if s.tx == nil {
		return ""
	}
	return s.now.Format("2006-01-02 15:04:05Z")
}

// refused makes the answer for an error. One that is no refusal is the sandbox's own: its folder is held, or broken.
func (s *signing) refused(err error) reply {
	var r *refusal
	if !errors.As(err, &r) {
		r = deny(http.StatusServiceUnavailable, "temporarily_unavailable", 90033, "sandbox: %v", err)
	}
	body := map[string]any{
		"error": r.oauth, "error_description": s.described(r), "error_codes": []int{r.code}, "timestamp": s.stamp(),
		"trace_id": s.trace, "correlation_id": s.correlation, "error_uri": fmt.Sprintf("%s/error?code=%d", s.base, r.code),
	}
	if r.suberror != "" {
		body["suberror"] = r.suberror
	}
	if r.claims != "" {
		body["claims"] = r.claims
	}
	return reply{status: r.status, body: body}
}

// trouble is what may stand between a person and a token, by its code. The first group is settled by whoever signs in
// anew; the rest is not.
var trouble = map[int]string{
	50072: "The user must enroll in multifactor authentication to access the resource.",
	50076: "Due to a configuration change made by your administrator, the user must use multifactor authentication to access the resource.",
	50079: "The user is required to use multifactor authentication.",

	50053: "The account is locked: too many attempts to sign in with a wrong user id or password.",
	50055: "The password is expired.",
	50057: "The user account is disabled.",
	50105: "The user is not assigned to a role for the application.",
	53000: "The device is not in the required device state: it is not compliant.",
	53001: "The device is not in the required device state: it is not domain joined.",
	53003: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
}

// settled says whether a sign-in in person settles the trouble.
func settled(code int) bool { return code == 50072 || code == 50076 || code == 50079 }
