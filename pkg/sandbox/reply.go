package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// reply is an answer before it is written: handlers run while the folder is held, writing does not.
type reply struct {
	status int
	body   any // JSON; nil: none
	header http.Header
	wait   time.Duration // before it is sent
	cut    bool          // it is not sent: the connection is cut
}

func ok(body any) reply { return reply{status: http.StatusOK, body: body} }

var noContent = reply{status: http.StatusNoContent}

// failure is an error as Graph tells it.
type failure struct {
	status        int
	code, message string
	inner         string // repeated in innerError.message, as the credential service does
	header        http.Header
}

func (f *failure) Error() string { return fmt.Sprintf("%d %s: %s", f.status, f.code, f.message) }

func refuse(status int, code, format string, args ...any) *failure {
	return &failure{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// invalid is a 400 of the directory.
func invalid(code, format string, args ...any) *failure {
	return refuse(http.StatusBadRequest, code, format, args...)
}

// badRequest is a 400 of the credential service: everything wrong is badRequest there (graph.md section 5), and the
// message is repeated inside.
func badRequest(format string, args ...any) *failure {
	f := refuse(http.StatusBadRequest, "badRequest", format, args...)
	f.inner = f.message
	return f
}

// accessDenied is a 403 of the credential service: everything refused is accessDenied there.
func accessDenied(format string, args ...any) *failure {
	return refuse(http.StatusForbidden, "accessDenied", format, args...)
}

func notFound(id string) *failure {
	return refuse(http.StatusNotFound, "Request_ResourceNotFound",
		"Resource '%s' does not exist or one of its queried reference-property objects are not present.", id)
}

type errorBody struct {
	Error errorObject `json:"error"`
}

// errorObject is Graph's error; one of the two spellings of the inner error is set.
type errorObject struct {
	Code       string      `json:"code"`
	Message    string      `json:"message"`
	InnerError *innerError `json:"innerError,omitempty"`
	Innererror *innerError `json:"innererror,omitempty"`
}

type innerError struct {
	Message         string `json:"message,omitempty"`
	Date            string `json:"date"`
	RequestID       string `json:"request-id"`
	ClientRequestID string `json:"client-request-id"`
}

// failed makes the answer for an error. Whether it is spelled innerError or innererror is decided by the request
// id, so that either turns up half of the time: our invention, Graph's services differ.
func failed(err error, now time.Time, requestID, clientRequestID string) reply {
	var f *failure
	switch {
	case errors.As(err, &f):
	case errors.Is(err, ErrBusy):
		f = refuse(http.StatusServiceUnavailable, "serviceNotAvailable", "sandbox: %v", err)
	default:
		f = refuse(http.StatusInternalServerError, "generalException", "sandbox: %v", err)
	}
	inner := &innerError{Message: f.inner, Date: now.Format("2006-01-02T15:04:05"), RequestID: requestID, ClientRequestID: clientRequestID}
	object := errorObject{Code: f.code, Message: f.message}
	if requestID[0]%2 == 0 {
		object.InnerError = inner
	} else {
		object.Innererror = inner
	}
	return reply{status: f.status, body: errorBody{object}, header: f.header}
}

// write sends the answer. The date is the sandbox's, not the machine's.
func (r reply) write(w http.ResponseWriter, now time.Time, contentType string) {
	h := w.Header()
	for name, values := range r.header {
		h[name] = values
	}
	h.Set("Date", now.Format(http.TimeFormat))
	h.Set("Cache-Control", "no-store")
	b, contentType, err := r.encode(contentType)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if len(b) == 0 {
		w.WriteHeader(r.status)
		return
	}
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(r.status)
	_, _ = w.Write(b)
}

// encode returns the body as it is sent, none for nil, and its type: the one given, where the body has no other.
func (r reply) encode(contentType string) ([]byte, string, error) {
	switch body := r.body.(type) {
	case nil:
		return nil, "", nil
	case raw:
		if body.contentType != "" {
			contentType = body.contentType
		}
		return body.bytes, contentType, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(r.body)
	return b.Bytes(), contentType, err
}
