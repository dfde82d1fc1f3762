package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
)

// conditions are the faults and limits that calls meet. Those of Options are this process's own and lie in memory;
// those of the control plane are part of the tenant's state, so that they are met by whoever has the folder open, until
// DELETE or a reset. The own ones come first.
type conditions struct {
	Faults []armed   `json:"faults,omitempty"`
	Limits *throttle `json:"limits,omitempty"` // nil: those of Options
}

// armed is a fault with what it has done so far.
type armed struct {
	Fault
	Drawn  int `json:"drawn"`  // how many calls it matched
	Struck int `json:"struck"` // how many of these it struck
}

func arm(faults []Fault) []armed {
	all := make([]armed, len(faults))
	for i, f := range faults {
		all[i] = armed{Fault: f}
	}
	return all
}

// meet lets the first of the faults strike that can, and says whether any matched: its count has changed then.
func meet(faults []armed, method string, segments []string, draw func(i, n int) float64) (struck *Fault, matched bool) {
	for i := range faults {
		a := &faults[i]
		p, err := parsePattern(a.Match)
		if err != nil || !p.matches(method, segments) || a.Times > 0 && a.Struck >= a.Times {
			continue
		}
		matched = true
		a.Drawn++
		if a.Probability > 0 && draw(i, a.Drawn) >= a.Probability {
			continue
		}
		a.Struck++
		f := a.Fault
		return &f, true
	}
	return nil, matched
}

// strike is the fault that this call meets, nil for none.
func (c *call) strike() (*Fault, error) {
	drawFrom := func(list string) func(i, n int) float64 {
		return func(i, n int) float64 { return chance(c.Population.Seed, list, i, n) }
	}
	if f, _ := meet(c.local.faults, c.method, c.segments, drawFrom("own")); f != nil {
		return f, nil
	}
	if len(c.Conditions.Faults) == 0 {
		return nil, nil
	}
	now := c.Conditions
	now.Faults = slices.Clone(now.Faults)
	f, matched := meet(now.Faults, c.method, c.segments, drawFrom("set"))
	if !matched {
		return nil, nil
	}
	return f, c.emit(event{Kind: conditionsChanged, Conditions: &now})
}

// chance is the nth draw of the ith fault: a number from 0 up to 1, the same for the same seed, any one without (0).
func chance(seed int64, list string, i, n int) float64 {
	if seed == 0 {
		return rand.Float64()
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%d/%s/%d/%d", seed, list, i, n))
	return float64(binary.LittleEndian.Uint64(key[:])>>11) / (1 << 53)
}

// local is what a process has of its own beside the folder; whoever uses it holds the folder.
type local struct {
	faults []armed
	meter  meter
}

// begin puts back what Options say, with nothing counted.
func (l *local) begin(o Options) { *l = local{faults: arm(o.Faults)} }

func checkOptions(o Options) error {
	for _, f := range o.Faults {
		if err := f.check(); err != nil {
			return err
		}
	}
	for _, l := range o.Throttle {
		if err := l.check(); err != nil {
			return err
		}
	}
	return nil
}

// listFaults is GET /sandbox/faults: all that are there, with how often each matched and struck.
func listFaults(x *tx, _ *http.Request, _ []byte) (reply, error) {
	all := append([]armed{}, x.local.faults...)
	return ok(append(all, x.Conditions.Faults...)), nil
}

// addFaults is POST /sandbox/faults: a list, put behind those that are there; it answers all of them.
func addFaults(x *tx, r *http.Request, body []byte) (reply, error) {
	faults, err := parseFaults(body)
	if err != nil {
		return reply{}, invalid("badRequest", "%s.", sentence(err))
	}
	now := x.Conditions
	now.Faults = slices.Concat(now.Faults, arm(faults))
	if err := x.emit(event{Kind: conditionsChanged, Conditions: &now}); err != nil {
		return reply{}, err
	}
	return listFaults(x, r, nil)
}

// clearFaults is DELETE /sandbox/faults: no fault is left, of Options neither.
func clearFaults(x *tx, _ *http.Request, _ []byte) (reply, error) {
	x.local.faults = nil
	now := x.Conditions
	now.Faults = nil
	return noContent, x.emit(event{Kind: conditionsChanged, Conditions: &now})
}

// sentence begins with a capital.
func sentence(err error) string {
	s := err.Error()
	return strings.ToUpper(s[:1]) + s[1:]
}
