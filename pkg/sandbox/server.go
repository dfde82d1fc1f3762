package sandbox

import (
	"compress/gzip"
	"context"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// call is one request to Graph while the folder is held.
type call struct {
	*tx
	op      *operation
	version string // beta or v1.0
	base    string // scheme and host, for links
	path    string // as it came, escaped
	params  map[string]string
	query   url.Values
	header  http.Header
	body    []byte
	caller  *caller
	basic   bool // the caller may see only the basic properties of users
}

func (c *call) context(what string) string {
	return c.base + "/" + c.version + "/$metadata#" + what
}

// theUser is the user in the path; whether the pass path answers an unknown one as the directory does is unknown,
// that it does is our invention.
func (c *call) theUser() (*user, error) {
	u, ok := c.user(c.params["user"])
	if !ok {
		return nil, notFound(c.params["user"])
	}
	return u, nil
}

// request is a line of GET /sandbox/requests. It holds no body and no token.
type request struct {
	Time            string `json:"time"`
	Method          string `json:"method"`
	Path            string `json:"path"`
	Query           string `json:"query,omitempty"`
	Status          int    `json:"status"`
	Caller          string `json:"caller,omitempty"`
	ClientRequestID string `json:"clientRequestId,omitempty"`
	RequestID       string `json:"requestId"`
}

// guard keeps out whoever is led here by a browser: a foreign Host (DNS rebinding) and any Origin.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var err error
		switch {
		case !localHost(r.Host):
			err = refuse(http.StatusForbidden, "accessDenied", "The sandbox answers only to 127.0.0.1, [::1] and localhost.")
		case len(r.Header.Values("Origin")) > 0:
			err = refuse(http.StatusForbidden, "accessDenied", "The sandbox does not answer web pages.")
		default:
			next.ServeHTTP(w, r)
			return
		}
		now := time.Now().UTC()
		failed(err, now, newID(), "").write(w, now, "application/json")
	})
}

func localHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
	}
	return host == "127.0.0.1" || host == "::1" || strings.EqualFold(host, "localhost")
}

func (t *Tenant) serveHTTP(w http.ResponseWriter, r *http.Request) {
	segments := splitPath(r.URL.EscapedPath())
	if len(segments) > 0 && segments[0] == "sandbox" {
		t.serveControl(w, r, segments[1:])
		return
	}
	t.serveGraph(w, r, segments)
}

// jsonBody is how Graph calls its JSON.
const jsonBody = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

func (t *Tenant) serveGraph(w http.ResponseWriter, r *http.Request, segments []string) {
	requestID, clientRequestID := newID(), printable(r.Header.Get("client-request-id"))
	body, bodyErr := readBody(r)
	if !sleep(r.Context(), t.opts.Latency) {
		return
	}
	var answer reply
	now := time.Now().UTC()
	err := t.update(r.Context(), func(x *tx) error {
		c := &call{
			tx: x, base: "http://" + r.Host, path: r.URL.EscapedPath(), query: r.URL.Query(), header: r.Header, body: body,
		}
		rep, err := c.serve(r.Method, segments, bodyErr)
		now = x.now
		if err != nil {
			rep = failed(err, now, requestID, clientRequestID)
		}
		answer = rep
		entry := request{Time: now.Format(time.RFC3339Nano), Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery,
			Status: rep.status, ClientRequestID: clientRequestID, RequestID: requestID}
		if c.caller != nil {
			entry.Caller = c.caller.name
		}
		x.requests = append(x.requests, entry)
		return nil
	})
	if err != nil {
		answer = failed(err, now, requestID, clientRequestID)
	}
	h := w.Header()
	h.Set("request-id", requestID)
	if clientRequestID != "" {
		h.Set("client-request-id", clientRequestID)
	}
	h.Set("OData-Version", "4.0")
	answer.write(w, now, jsonBody)
}

// serve finds the operation, then who calls, then whether that is allowed, then does it.
func (c *call) serve(method string, segments []string, bodyErr error) (reply, error) {
	if len(segments) == 0 || !strings.EqualFold(segments[0], "beta") && !strings.EqualFold(segments[0], "v1.0") {
		return reply{}, notSimulated(method, c.path)
	}
	c.version = strings.ToLower(segments[0])
	var err error
	if c.op, c.params, err = route(method, segments[1:], c.path); err != nil {
		return reply{}, err
	}
	if c.caller, err = c.authenticate(c.header, c.now); err != nil {
		return reply{}, err
	}
	if bodyErr != nil {
		return reply{}, bodyErr
	}
	if err := c.authorize(); err != nil {
		return reply{}, err
	}
	return c.op.handle(c)
}

const largestBody = 1 << 20

// readBody reads the body of a write: bounded, gzip or plain, and JSON by its header.
func readBody(r *http.Request) ([]byte, error) {
	if r.Method == http.MethodGet || r.Method == http.MethodDelete {
		return nil, nil
	}
	if r.Header.Get("Content-Type") == "" {
		return nil, invalid("BadRequest", "Write requests (excluding DELETE) must contain the Content-Type header declaration.")
	}
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		return nil, invalid("BadRequest", "Entity only allows writes with a JSON Content-Type header.")
	}
	var in io.Reader = io.LimitReader(r.Body, largestBody+1)
	switch encoding := r.Header.Get("Content-Encoding"); strings.ToLower(encoding) {
	case "", "identity":
	case "gzip":
		unzipped, err := gzip.NewReader(in)
		if err != nil {
			return nil, invalid("BadRequest", "The body is not gzip, as Content-Encoding says.")
		}
		in = io.LimitReader(unzipped, largestBody+1)
	default:
		return nil, refuse(http.StatusUnsupportedMediaType, "UnsupportedMediaType", "The content encoding '%s' is not supported.", encoding)
	}
	b, err := io.ReadAll(in)
	switch {
	case err != nil:
		return nil, invalid("BadRequest", "The body could not be read.")
	case len(b) > largestBody:
		return nil, refuse(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "The request body is larger than %d bytes.", largestBody)
	}
	return b, nil
}

// printable keeps a header that is echoed to what an id may hold.
func printable(s string) string {
	if len(s) > 128 || strings.ContainsFunc(s, func(r rune) bool { return r < 0x21 || r > 0x7e }) {
		return ""
	}
	return s
}

func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
