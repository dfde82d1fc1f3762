package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// arrival is a call to Graph as it came: over HTTP, or as a part of a batch.
type arrival struct {
	method          string
	base            string // scheme and host, for links
	path            string // escaped, with the version
	rawQuery        string
	header          http.Header
	body            []byte
	bodyErr         error
	requestID       string
	clientRequestID string
	address         string  // it comes from
	part            string  // its id in a batch
	caller          *caller // known already; nil: the header has a token
}

// call is one call to Graph while the folder is held.
type call struct {
	*tx
	arrival
	op       *operation
	version  string   // beta or v1.0; "": neither
	segments []string // of the path below the version
	params   map[string]string
	query    url.Values
	basic    bool   // the caller may see only the basic properties of users
	struck   string // the fault that it met
	worked   int    // the status of the work that a fault hid

	callerErr error
}

// request is a line of GET /sandbox/requests. It holds no body and no token.
type request struct {
	Time            string `json:"time"`
	Method          string `json:"method"`
	Path            string `json:"path"`
	Query           string `json:"query,omitempty"`
	Status          int    `json:"status"` // answered; 0: the connection was cut
	Caller          string `json:"caller,omitempty"`
	ClientRequestID string `json:"clientRequestId,omitempty"`
	RequestID       string `json:"requestId"`
	Batch           bool   `json:"batch,omitempty"`  // a $batch: the lines of its parts follow
	Part            string `json:"part,omitempty"`   // the id of a part
	Fault           string `json:"fault,omitempty"`  // that struck
	Worked          int    `json:"worked,omitempty"` // what the work came to that a fault hid
}

func (x *tx) newCall(a arrival) *call {
	c := &call{tx: x, arrival: a, query: queryOf(a.rawQuery)}
	if segments := splitPath(a.path); len(segments) > 0 && isVersion(segments[0]) {
		c.version, c.segments = strings.ToLower(segments[0]), segments[1:]
	}
	if c.caller == nil {
		c.caller, c.callerErr = x.whoCalls(a.header)
	}
	return c
}

func queryOf(raw string) url.Values {
	q, _ := url.ParseQuery(raw) // what cannot be read is left out, as net/http does
	return q
}

// receive is all that happens to a call: limits count it, a fault strikes or none, the work, and a line in the log.
func (x *tx) receive(a arrival) reply {
	c := x.newCall(a)
	line := len(x.requests) // before those of its parts
	x.requests = append(x.requests, c.line())
	answer := c.meet()
	l := &x.requests[line]
	l.Fault, l.Worked = c.struck, c.worked
	if !answer.cut {
		l.Status = answer.status
	}
	return answer
}

func (c *call) line() request {
	l := request{
		Time: c.now.Format(time.RFC3339Nano), Method: c.method, Path: c.path, Query: c.rawQuery,
		ClientRequestID: c.clientRequestID, RequestID: c.requestID, Batch: c.isBatch(), Part: c.part,
	}
	if c.caller != nil {
		l.Caller = c.caller.name
	}
	return l
}

func (c *call) isBatch() bool {
	return c.version != "" && c.method == http.MethodPost && slices.EqualFunc(c.segments, []string{batchPath}, strings.EqualFold)
}

// meet lets the call meet limits first, so that a fault with a number of times is not used up by a call that is refused.
func (c *call) meet() reply {
	if c.version == "" {
		return c.work()
	}
	var told http.Header
	if !c.isBatch() {
		var err error
		if told, err = c.throttle(); err != nil {
			return c.failed(err)
		}
	}
	f, err := c.strike()
	if err != nil {
		return c.failed(err)
	}
	answer := c.suffer(f)
	if len(told) > 0 {
		answer.header = answer.header.Clone()
		if answer.header == nil {
			answer.header = http.Header{}
		}
		for name, v := range told {
			answer.header[name] = v
		}
	}
	return answer
}

// suffer does what a fault does to a call; nil is none. See Fault.
func (c *call) suffer(f *Fault) reply {
	if f == nil {
		return c.work()
	}
	c.struck = f.name()
	answer := reply{}
	switch {
	case f.Drop == DropLate:
		if err := c.putOff(*f); err != nil {
			return c.failed(err)
		}
	case f.works():
		answer = c.work()
		c.worked = answer.status
	}
	wait := max(answer.wait, time.Duration(f.Latency))
	switch {
	case answer.cut: // a batch, by a fault of a part
	case f.Body != "":
		answer = answer.spoiled(*f)
	case f.Status != 0:
		answer = c.failed(f.failure(c.now))
	case f.Drop != "":
		answer.cut = true
	}
	answer.wait = wait
	return answer
}

// work is the call without faults and limits.
func (c *call) work() reply {
	answer, err := c.serve()
	if err != nil {
		return c.failed(err)
	}
	return answer
}

func (c *call) failed(err error) reply { return failed(err, c.now, c.requestID, c.clientRequestID) }

// serve finds the operation, then who calls, then whether that is allowed, then does it.
func (c *call) serve() (reply, error) {
	if c.version == "" {
		return reply{}, notSimulated(c.method, c.path)
	}
	var err error
	if c.op, c.params, err = route(c.method, c.segments, c.path); err != nil {
		return reply{}, err
	}
	if c.op.betaOnly() && c.version != "beta" {
		return reply{}, invalid("BadRequest", "Resource not found for the segment '%s'.", c.segments[len(c.segments)-2])
	}
	if c.callerErr != nil {
		return reply{}, c.callerErr
	}
	if c.bodyErr != nil && !c.op.bodiless() {
		return reply{}, c.bodyErr
	}
	if err := c.authorize(); err != nil {
		return reply{}, err
	}
	if c.op.handle == nil {
		return answerBatch(c)
	}
	return c.op.handle(c)
}

func (c *call) context(what string) string {
	return c.base + "/" + c.version + "/$metadata#" + what
}

// theUser is the user in the path; whether the pass path answers an unknown one as the directory does is unknown,
// that it does is our invention.
func (c *call) theUser() (*user, error) {
	u, ok := c.user(c.params["user"])
	if !ok || c.unseen(u) {
		return nil, notFound(c.params["user"])
	}
	return u, nil
}
