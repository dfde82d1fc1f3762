package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// $batch, by learn.microsoft.com, Combine multiple HTTP requests using JSON batching. The messages of a batch that is
// refused as a whole are those that were seen, but where a comment says otherwise.

const (
	batchPath   = "$batch"
	partsAtOnce = 20
)

// part is one request of a batch.
type part struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// partAnswer is what came of it.
type partAnswer struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// parseBatch reads the parts, in an order in which each comes behind those that it depends on.
func parseBatch(body []byte) ([]part, error) {
	var batch struct {
		Requests []part `json:"requests"`
	}
	if decodeJSON(body, &batch) != nil || len(batch.Requests) == 0 {
		return nil, malformed()
	}
	if len(batch.Requests) > partsAtOnce {
		return nil, invalid("BadRequest", "Number of requests inside batch exceed the limit.")
	}
	ids := map[string]bool{}
	for _, p := range batch.Requests {
		id := strings.ToLower(p.ID)
		if ids[id] {
			return nil, invalid("BadRequest", "Request Id %s has to be unique in a batch.", p.ID)
		}
		ids[id] = true
		if err := p.check(); err != nil {
			return nil, err
		}
	}
	return inOrder(batch.Requests)
}

func malformed() error { return invalid("BadRequest", "Invalid batch payload format.") }

// check finds what makes the whole batch malformed. That the parts' methods and urls are among it is our reading.
func (p part) check() error {
	if p.ID == "" || p.Method == "" || p.URL == "" {
		return malformed()
	}
	if u, err := url.Parse(p.URL); err != nil || u.IsAbs() || u.Host != "" { // our words
		return invalid("BadRequest", "The url of the request with the id %s is not relative to the version: '%s'.", p.ID, p.URL)
	}
	write := slices.Contains([]string{"POST", "PATCH", "PUT"}, strings.ToUpper(p.Method))
	if (p.hasBody() || write) && (p.header().Get("Content-Type") == "" || !p.hasBody()) {
		return invalid("BadRequest", "Write request id : %s does not contain Content-Type header or body.", p.ID)
	}
	return nil
}

func (p part) hasBody() bool { return len(p.Body) > 0 && string(p.Body) != "null" }

func (p part) header() http.Header {
	h := http.Header{}
	for name, v := range p.Headers {
		h.Set(name, v)
	}
	return h
}

// inOrder puts each part behind those that it depends on, and else keeps their order. The words are our invention.
func inOrder(parts []part) ([]part, error) {
	var ordered []part
	isDone := func(id string) bool {
		return slices.ContainsFunc(ordered, func(p part) bool { return strings.EqualFold(p.ID, id) })
	}
	for _, p := range parts {
		for _, id := range p.DependsOn {
			if !slices.ContainsFunc(parts, func(o part) bool { return strings.EqualFold(o.ID, id) }) {
				return nil, invalid("BadRequest", "The request with the id %s depends on %s, which is not in the batch.", p.ID, id)
			}
		}
	}
	for len(ordered) < len(parts) {
		i := slices.IndexFunc(parts, func(p part) bool {
			return !isDone(p.ID) && !slices.ContainsFunc(p.DependsOn, func(id string) bool { return !isDone(id) })
		})
		if i < 0 {
			return nil, invalid("BadRequest", "Requests of the batch depend on each other in a circle.")
		}
		ordered = append(ordered, parts[i])
	}
	return ordered, nil
}

// answerBatch lets each part be a call of its own, under the token of the batch. A cut connection of one cuts the
// batch's, after all have been worked on; the batch waits for the slowest.
func answerBatch(c *call) (reply, error) {
	parts, err := parseBatch(c.body)
	if err != nil {
		return reply{}, err
	}
	whole := ok(nil)
	statuses := map[string]int{}
	answers := make([]partAnswer, len(parts))
	for i, p := range parts {
		a := c.receivePart(p, statuses)
		statuses[strings.ToLower(p.ID)] = a.status
		whole.cut, whole.wait = whole.cut || a.cut, max(whole.wait, a.wait)
		if answers[i], err = a.asPart(p.ID); err != nil {
			return reply{}, err
		}
	}
	c.shuffle(answers)
	whole.body = struct {
		Responses []partAnswer `json:"responses"`
	}{answers}
	return whole, nil
}

// receivePart is the call of a part, or its refusal. The words of the refusals are our invention, but for that of a
// version in the url, which Graph takes for the name of a resource.
func (c *call) receivePart(p part, statuses map[string]int) reply {
	u, _ := url.Parse(p.URL) // checked
	a := arrival{
		method: strings.ToUpper(p.Method), base: c.base, path: "/" + c.version + "/" + strings.Trim(u.EscapedPath(), "/"), rawQuery: u.RawQuery,
		header: p.header(), requestID: newID(), clientRequestID: c.clientRequestID, address: c.address, part: p.ID, caller: c.caller,
	}
	if id := printable(a.header.Get("client-request-id")); id != "" {
		a.clientRequestID = id
	}
	if a.method != http.MethodGet && a.method != http.MethodDelete {
		a.body, a.bodyErr = p.Body, checkContentType(a.header.Get("Content-Type"))
	}
	var refusal error
	failed := slices.IndexFunc(p.DependsOn, func(id string) bool { s := statuses[strings.ToLower(id)]; return s == 0 || s >= 400 })
	first := slices.Concat(splitPath(u.EscapedPath()), []string{""})[0]
	switch {
	case failed >= 0:
		refusal = refuse(http.StatusFailedDependency, "FailedDependency", "The request was not executed: the request with the id %s failed.", p.DependsOn[failed])
	case isVersion(first):
		refusal = invalid("BadRequest", "Resource not found for the segment '%s'.", first)
	case strings.EqualFold(first, batchPath):
		refusal = invalid("BadRequest", "A batch cannot be part of a batch.")
	}
	var answer reply
	if refusal != nil {
		answer = c.refusePart(a, refusal)
	} else {
		answer = c.receive(a)
	}
	return answer.labelled(a)
}

// refusePart answers and logs a part that is not executed: no limit counts it, no fault meets it.
func (c *call) refusePart(a arrival, err error) reply {
	refused := c.newCall(a)
	answer := refused.failed(err)
	l := refused.line()
	l.Status = answer.status
	c.requests = append(c.requests, l)
	return answer
}

// labelled adds the headers that the answer to a call of its own has too.
func (r reply) labelled(a arrival) reply {
	h := r.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("request-id", a.requestID)
	if a.clientRequestID != "" {
		h.Set("client-request-id", a.clientRequestID)
	}
	h.Set("Cache-Control", "no-store")
	h.Set("OData-Version", "4.0")
	r.header = h
	return r
}

// asPart writes the answer into a batch: JSON as it is, anything else as text in base64, and what should be JSON and
// is not as plain text, our invention.
func (r reply) asPart(id string) (partAnswer, error) {
	p := partAnswer{ID: id, Status: r.status, Headers: map[string]string{}}
	b, contentType, err := r.encode(jsonBody)
	if err != nil {
		return p, err
	}
	for name, values := range r.header {
		p.Headers[name] = strings.Join(values, ", ")
	}
	if len(b) == 0 {
		return p, nil
	}
	p.Headers["Content-Type"] = contentType
	switch {
	case json.Valid(b):
		p.Body = b
	case contentType == jsonBody:
		p.Body, err = json.Marshal(string(b))
	default:
		p.Body, err = json.Marshal(base64.StdEncoding.EncodeToString(b))
	}
	return p, err
}

// shuffle puts the answers into another order: the same for the same batch and seed, any one without a seed.
func (c *call) shuffle(answers []partAnswer) {
	h := fnv.New32a()
	_, _ = h.Write(c.body)
	source(c.Population.Seed, int(h.Sum32())).Shuffle(len(answers), func(i, j int) { answers[i], answers[j] = answers[j], answers[i] })
}
