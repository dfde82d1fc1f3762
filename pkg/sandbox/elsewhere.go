package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// What somebody else does to the tenant while a client works: the control plane plays it, at once or, so that a script
// can make it fall between two calls of one command, directly before the nth read of the policy from now.

// comingPolicy is a policy that was sent and does not show yet.
type comingPolicy struct {
	Policy policy    `json:"policy"`
	Shows  time.Time `json:"shows"`
}

// policyAt is the policy that reads and passes see at a time.
func (s *state) policyAt(now time.Time) policy {
	if s.Coming != nil && !now.Before(s.Coming.Shows) {
		return s.Coming.Policy
	}
	return s.Policy
}

// latestPolicy is the policy that was sent last: a PATCH changes that one, whether it shows or not.
func (s *state) latestPolicy() policy {
	if s.Coming != nil {
		return s.Coming.Policy
	}
	return s.Policy
}

// send changes the policy as a client of Graph does: it shows after Options.PolicyDelay.
func (c *call) send(activity string, p policy) error {
	e := event{Kind: policyChanged, Policy: &p, Audit: auditedPolicy(activity, c.requestID, c.initiator(), c.latestPolicy(), p)}
	if c.opts.PolicyDelay > 0 {
		shows := c.now.Add(c.opts.PolicyDelay)
		e.Shows = &shows
	}
	return c.emit(e)
}

// changePolicy takes one that shows later as the only one that is coming: an earlier one that still does not show never will.
func (s *state) changePolicy(e event) {
	if e.Shows == nil {
		s.Policy, s.Coming = *e.Policy, nil
		return
	}
	s.Policy = s.policyAt(e.At)
	s.Coming = &comingPolicy{Policy: *e.Policy, Shows: *e.Shows}
}

// waiting is an event that happens directly before a read of the policy.
type waiting struct {
	Reads int   `json:"reads"` // how many reads from now
	Event event `json:"event"`
}

// countRead counts a read that begins, and lets happen what waits for it.
func (s *state) countRead(now time.Time) error {
	w := s.Waiting
	if w == nil {
		return nil
	}
	if w.Reads > 1 {
		s.Waiting = &waiting{Reads: w.Reads - 1, Event: w.Event}
		return nil
	}
	s.Waiting = nil
	w.Event.At = now
	return s.apply(w.Event)
}

// happen lets an event happen at once, or before the nth read of the policy where onRead is not nil.
func (x *tx) happen(e event, onRead *int) error {
	if onRead == nil {
		return x.emit(e)
	}
	if *onRead < 1 {
		return invalid("badRequest", "onRead counts reads of the policy from now: 1 is the next one.")
	}
	e.At = x.now
	return x.emit(event{Kind: actionWaits, Waiting: &waiting{Reads: *onRead, Event: e}})
}

// changePolicyElsewhere is POST /sandbox/policy: {"maximumLifetimeInMinutes": 240, "onRead": 2}. It takes Graph's
// properties, shows at once, and answers the policy as it is then.
func changePolicyElsewhere(x *tx, _ *http.Request, body []byte) (reply, error) {
	was := x.latestPolicy()
	p := was
	var onRead *int
	setters := p.setters()
	setters["onRead"] = into(&onRead, "Edm.Int32")
	if err := decodeEntity(body, policyType, setters); err != nil {
		return reply{}, err
	}
	if err := p.check(x.directory, was); err != nil {
		return reply{}, err
	}
	entry := auditedPolicy(policyUpdated, newID(), x.somebodyElse(), was, p)
	if err := x.happen(event{Kind: policyChanged, Policy: &p, Audit: entry}, onRead); err != nil {
		return reply{}, err
	}
	return ok(x.Policy), nil
}

// groupChange is the body of POST /sandbox/groups: Delete, or Group and Add.
type groupChange struct {
	Delete      string    `json:"delete"` // object id
	Group       string    `json:"group"`
	Add         string    `json:"add"`
	Replication *Duration `json:"replication"` // of Add; nil: that of Options
	OnRead      *int      `json:"onRead,omitempty"`
}

// changeGroup is POST /sandbox/groups: {"delete": "OBJECT ID"} or {"group": "OBJECT ID OR NAME", "add": "USER"}. A policy
// that names a deleted group goes on doing so.
func changeGroup(x *tx, _ *http.Request, body []byte) (reply, error) {
	var d groupChange
	if err := decodeControl(body, &d); err != nil {
		return reply{}, err
	}
	if d.Add != "" && d.Delete == "" {
		return x.addMember(d)
	}
	i := slices.IndexFunc(x.groups, func(g *group) bool { return strings.EqualFold(g.ID, d.Delete) })
	if i < 0 {
		return reply{}, refuse(http.StatusNotFound, "notFound", "The sandbox has no group with the id %q.", d.Delete)
	}
	return noContent, x.happen(event{Kind: groupDeleted, Group: x.groups[i].ID}, d.OnRead)
}
