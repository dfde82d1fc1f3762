package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// raw is a body that is sent as it is.
type raw struct {
	contentType string // "": that of JSON
	bytes       []byte
}

// spoiled is the answer with the body that a fault puts in its place. One that has none (204) stays as it is, but for html.
func (r reply) spoiled(f Fault) reply {
	if f.Body == BodyHTML {
		return page(f.Status)
	}
	if f.Status != 0 {
		r.status = f.Status
	}
	b, contentType, err := r.encode("")
	if err != nil || len(b) == 0 {
		return r
	}
	switch f.Body {
	case BodyTruncated:
		r.body = raw{contentType, b[:len(b)/2]}
	case BodyEmpty:
		r.body = nil
	case BodyOdd:
		r.body = raw{contentType, odd(b)}
	}
	return r
}

// page is what a gateway before Graph says.
func page(status int) reply {
	if status == 0 {
		status = http.StatusBadGateway
	}
	text := fmt.Sprintf("%d %s", status, http.StatusText(status))
	html := "<html>\r\n<head><title>" + text + "</title></head>\r\n<body>\r\n<center><h1>" + text + "</h1></center>\r\n</body>\r\n</html>\r\n"
	return reply{status: status, body: raw{"text/html", []byte(html)}}
}

// odd gives one property of a JSON object a wrong type: lifetimeInMinutes is text, wherever it stands; an object
// without it has a number for its id, or text for its value or its error.
func odd(b []byte) []byte {
	var v any
	if json.Unmarshal(b, &v) != nil {
		return b
	}
	for _, wrong := range []struct {
		name  string
		value any
	}{{"lifetimeInMinutes", "an hour"}, {"id", 42}, {"value", "none"}, {"error", "an error"}} {
		if !replaceAll(v, wrong.name, wrong.value) {
			continue
		}
		if out, err := json.Marshal(v); err == nil {
			return out
		}
	}
	return b
}

// replaceAll sets every property of the name, and says whether there was one.
func replaceAll(v any, name string, value any) (found bool) {
	switch v := v.(type) {
	case map[string]any:
		if _, has := v[name]; has {
			v[name] = value
			return true
		}
		for _, inner := range v {
			found = replaceAll(inner, name, value) || found
		}
	case []any:
		for _, inner := range v {
			found = replaceAll(inner, name, value) || found
		}
	}
	return found
}
