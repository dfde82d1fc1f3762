package graph

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// ServiceError is a refusal as the service wrote it. It stands in the chain of the *errs.Error.
type ServiceError struct {
	Status  int
	Code    string // "badRequest", "accessDenied", …; may be empty
	Message string // may be empty: a proxy's HTML has none
}

// Error returns the service's words, or the status where it had none.
func (e *ServiceError) Error() string {
	switch {
	case e.Message != "":
		return e.Message
	case e.Code != "":
		return fmt.Sprintf("%s (%d %s)", e.Code, e.Status, http.StatusText(e.Status))
	}
	return fmt.Sprintf("the answer was %d %s", e.Status, http.StatusText(e.Status))
}

// refused turns an answer that is no success into an error.
func refused(a *answer) *errs.Error {
	se, id := decodeError(a.status, a.body)
	if h := a.requestID(); h != "" {
		id = h
	}
	e := &errs.Error{Slug: slug(a.status), RequestID: id, Why: se.Error(), Err: se}
	switch {
	case challenge(a) != "":
		e.Slug = errs.Auth
		e.Why = fmt.Sprintf("conditional access asks for more than this sign-in has, such as a second factor or a managed device (the service: %s)", se)
	case e.Slug == errs.Rejected:
		e.Reason = errs.ServiceRefused
	}
	return e
}

// slug classifies by status: the service's codes are two for everything.
func slug(status int) errs.Slug {
	switch {
	case status == http.StatusUnauthorized:
		return errs.Auth
	case status == http.StatusForbidden:
		return errs.Denied
	case status == http.StatusNotFound:
		return errs.NotFound
	case status == http.StatusRequestTimeout, status == http.StatusLocked, status == http.StatusTooManyRequests:
		return errs.Busy
	case status == http.StatusNotImplemented:
		return errs.Internal
	case status >= 500:
		return errs.Busy
	case status >= 400:
		return errs.Rejected
	}
	return errs.Internal
}

// decodeError reads {"error":{…}}, with the key of the inner error in either spelling
// (encoding/json compares names without case). Any other body leaves the status alone.
func decodeError(status int, body []byte) (*ServiceError, string) {
	var o struct {
		Error struct {
			Code, Message string
			InnerError    struct {
				Message   string
				RequestID string `json:"request-id"`
			} `json:"innerError"`
		}
	}
	se := &ServiceError{Status: status}
	if json.Unmarshal(body, &o) != nil {
		return se, ""
	}
	se.Code, se.Message = o.Error.Code, o.Error.Message
	if se.Message == "" {
		se.Message = o.Error.InnerError.Message
	}
	return se, o.Error.InnerError.RequestID
}

// unreachable is the error of a request without an answer.
func unreachable(req *http.Request, err error) *errs.Error {
	why := "%s cannot be reached: %s"
	if errors.Is(err, errCut) {
		why = "%s gives no answer that can be read: %s"
	}
	return &errs.Error{Slug: errs.Busy, Why: fmt.Sprintf(why, req.URL.Host, cause(err)), Err: err}
}

// cause is the innermost words of a network error, which people can act on.
func cause(err error) string {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dns.Error()
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err.Error()
	}
	return err.Error()
}

var claimsIn = regexp.MustCompile(`claims="([^"]+)"`)

// challenge returns the claims that a 401 or 403 asks for, decoded, or "".
// https://learn.microsoft.com/entra/identity-platform/claims-challenge
func challenge(a *answer) string {
	if a == nil || a.status != http.StatusUnauthorized && a.status != http.StatusForbidden {
		return ""
	}
	for _, h := range a.header.Values("WWW-Authenticate") {
		if m := claimsIn.FindStringSubmatch(h); m != nil {
			return decodeClaims(m[1])
		}
	}
	return ""
}

// fail returns what the SDK returned as an *errs.Error.
func fail(err error) error {
	if err == nil {
		return nil
	}
	return errs.Of(err)
}

// decodeClaims reads the claims, which come in base64 of either alphabet, with or without padding.
func decodeClaims(s string) string {
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(b)
}
