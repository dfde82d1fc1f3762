package sandbox

import (
	"net/http"
	"slices"
	"time"
)

// lateCall is a call whose work is put off by a fault: the client has long been cut off when it is done. It is kept in
// the state, with who called but without the token, and done by whoever looks at the tenant first after its time has
// come, dated by that time. So nobody can tell that it was not done on the minute, no goroutine waits for it, and a
// process that ends leaves it to the next one.
type lateCall struct {
	Due      time.Time   `json:"due"` // by the machine's clock
	Method   string      `json:"method"`
	Base     string      `json:"base"`
	Path     string      `json:"path"`
	RawQuery string      `json:"rawQuery,omitempty"`
	Header   http.Header `json:"header,omitempty"` // what a handler looks at
	Body     []byte      `json:"body,omitempty"`
	ID       string      `json:"requestId"`
	Address  string      `json:"address,omitempty"`
	Caller   lateCaller  `json:"caller"`
}

type lateCaller struct {
	Name        string   `json:"name"`
	Application bool     `json:"application"`
	ID          string   `json:"id"`
	Permissions []string `json:"permissions"`
	Roles       []string `json:"roles"`
}

// putOff keeps the call for later. One without a good token or a body that can be read is never done.
func (c *call) putOff(f Fault) error {
	if c.callerErr != nil || c.bodyErr != nil {
		return nil
	}
	after := time.Duration(f.After)
	if after == 0 {
		after = defaultLate
	}
	who := c.caller
	return c.emit(event{Kind: callPutOff, Late: &lateCall{
		Due: time.Now().Add(after).UTC(), Method: c.method, Base: c.base, Path: c.path, RawQuery: c.rawQuery,
		Header: http.Header{"Consistencylevel": c.header.Values("ConsistencyLevel")}, Body: c.body, ID: c.requestID, Address: c.address,
		Caller: lateCaller{who.name, who.application, who.id, who.permissions, who.roles},
	}})
}

// overdue is the first call that was put off until now or before, nil for none.
func (s *state) overdue() *lateCall {
	var first *lateCall
	for i := range s.Late {
		if l := &s.Late[i]; !time.Now().Before(l.Due) && (first == nil || l.Due.Before(first.Due)) {
			first = l
		}
	}
	return first
}

// takeUp forgets the call, which is done now.
func (s *state) takeUp(l *lateCall) {
	s.Late = slices.DeleteFunc(s.Late, func(o lateCall) bool { return o.ID == l.ID })
}

// catchUp does what was put off until now, each at its own time, and writes it down. It has no line in the request log:
// it came when it came.
func (x *tx) catchUp() error {
	if x.overdue() == nil {
		return nil
	}
	for l := x.overdue(); l != nil; l = x.overdue() {
		late := *l
		x.at = late.Due.Add(x.Offset).UTC()
		if err := x.emit(event{Kind: callTakenUp, Late: &late}); err != nil {
			return err
		}
		who := &caller{
			name: late.Caller.Name, application: late.Caller.Application, id: late.Caller.ID,
			permissions: late.Caller.Permissions, roles: late.Caller.Roles,
		}
		who.user = x.byID[who.id]
		x.newCall(arrival{
			method: late.Method, base: late.Base, path: late.Path, rawQuery: late.RawQuery, header: late.Header, body: late.Body,
			requestID: late.ID, address: late.Address, caller: who,
		}).work()
		x.at = time.Time{}
		x.look()
	}
	err := x.store.commit(x)
	x.events, x.issued, x.requests = nil, nil, nil
	return err
}

// look reads the clock, which stands while a late call is done.
func (x *tx) look() {
	x.now = x.state.now()
	if !x.at.IsZero() {
		x.now = x.at
	}
	x.Policy = x.state.policyAt(x.now)
}
