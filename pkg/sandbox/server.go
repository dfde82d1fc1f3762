package sandbox

import (
	"compress/gzip"
	"context"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// guard keeps out whoever is led here by a browser: a foreign Host (DNS rebinding) and any Origin.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var err error
		switch {
		case !localHost(r.Host):
			err = refuse(http.StatusForbidden, "accessDenied", "The sandbox answers only to 127.0.0.1, [::1] and localhost.")
		case len(r.Header.Values("Origin")) > 0 && !ownPage(r):
			err = refuse(http.StatusForbidden, "accessDenied", "The sandbox does not answer web pages.")
		default:
			next.ServeHTTP(w, r)
			return
		}
		now := time.Now().UTC()
		failed(err, now, newID(), "").write(w, now, "application/json")
	})
}

// ownPage says whether a page of the authority sends its own form.
func ownPage(r *http.Request) bool {
	return r.TLS != nil && ofAuthority(splitPath(r.URL.EscapedPath())) && slices.Equal(r.Header.Values("Origin"), []string{"https://" + r.Host})
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
	if !ofAuthority(segments) {
		t.serveGraph(w, r)
		return
	}
	if r.TLS == nil { // no client would take it
		now := time.Now().UTC()
		failed(invalid("badRequest", "The authority is served over TLS alone: tap sandbox serve --tls."), now, newID(), "").write(w, now, "application/json")
		return
	}
	t.serveAuthority(w, r)
}

// jsonBody is how Graph calls its JSON.
const jsonBody = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

func (t *Tenant) serveGraph(w http.ResponseWriter, r *http.Request) {
	a := arrive(r)
	if !sleep(r.Context(), t.opts.Latency) {
		return
	}
	var answer reply
	var ahead time.Duration // of the sandbox's clock
	err := t.update(r.Context(), func(x *tx) error {
		answer, ahead = x.receive(a), x.Offset
		return nil
	})
	if err != nil {
		answer = failed(err, time.Now().UTC(), a.requestID, a.clientRequestID)
	}
	if !sleep(r.Context(), answer.wait) {
		return
	}
	if answer.cut {
		panic(http.ErrAbortHandler) //nolint:forbidigo // how net/http is told to cut a connection
	}
	h := w.Header()
	h.Set("request-id", a.requestID)
	if a.clientRequestID != "" {
		h.Set("client-request-id", a.clientRequestID)
	}
	h.Set("OData-Version", "4.0")
	answer.write(w, time.Now().Add(ahead).UTC(), jsonBody)
}

func arrive(r *http.Request) arrival {
	a := arrival{
		method: r.Method, base: "http://" + r.Host, path: r.URL.EscapedPath(), rawQuery: r.URL.RawQuery, header: r.Header,
		requestID: newID(), clientRequestID: printable(r.Header.Get("client-request-id")), address: ownAddress,
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		a.address = host
	}
	if r.TLS != nil {
		a.base = "https://" + r.Host
	}
	a.body, a.bodyErr = readBody(r)
	return a
}

const largestBody = 1 << 20

// readBody reads the body of a write: bounded, gzip or plain, and JSON by its header.
func readBody(r *http.Request) ([]byte, error) {
	if r.Method == http.MethodGet || r.Method == http.MethodDelete {
		return nil, nil
	}
	if err := checkContentType(r.Header.Get("Content-Type")); err != nil {
		return nil, err
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

func checkContentType(given string) error {
	if given == "" {
		return invalid("BadRequest", "Write requests (excluding DELETE) must contain the Content-Type header declaration.")
	}
	if mediaType, _, err := mime.ParseMediaType(given); err != nil || mediaType != "application/json" {
		return invalid("BadRequest", "Entity only allows writes with a JSON Content-Type header.")
	}
	return nil
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
