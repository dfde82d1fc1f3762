package rollout

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Published is how many writes a second Microsoft lets one application make in one tenant: 3,000 in 150 s.
// https://learn.microsoft.com/graph/throttling-limits
const Published = 20

// Rate is the value of --rate.
type Rate struct {
	text string
	perS float64 // 0: auto or max
}

// Set reads auto, max, or a number of writes a second such as 5/s.
func (r *Rate) Set(s string) error {
	if s == "auto" || s == "max" {
		*r = Rate{text: s}
		return nil
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(s, "/s"), 64)
	if err != nil || !strings.HasSuffix(s, "/s") || !(n >= 0.01 && n <= 10000) {
		return fmt.Errorf("%q is no rate: choose auto, max, or writes a second such as 5/s", s)
	}
	*r = Rate{s, n}
	return nil
}

// String returns the rate as typed.
func (r *Rate) String() string {
	if r.text == "" {
		return "auto"
	}
	return r.text
}

// Type names the value in a command's help.
func (r *Rate) Type() string { return "auto|max|N/s" }

// Clock is the time of this machine. The rules have none of their own.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

// Gate is what all writes of a run pass, at a rate that yields to the service. It is safe for concurrent use.
type Gate struct {
	clock Clock

	mu       sync.Mutex
	rate     float64 // writes a second now
	ceiling  float64
	adapts   bool
	doubling bool      // until the service throttles for the first time
	next     time.Time // when the next write may leave
	left     []leave   // what left not long ago, or will
	raised   time.Time // when the rate was changed last
}

const (
	below     = 0.975           // of a limit that is known, so that jitter on the way does not pass it
	least     = 0.2             // writes a second, below which no throttling takes the rate
	highest   = 5000            // writes a second, no service takes more
	patter    = time.Second / 5 // the time whose writes one batch holds: batches shrink with the rate
	trial     = time.Second / 4 // how long a rate is tried before it is raised
	decrease  = 0.85
	increase  = 1.0 // writes a second, each second
	catchesUp = time.Second / 4
)

// NewGate returns a gate for a rate. auto stays under Published; max doubles until the service throttles.
func NewGate(r Rate, clock Clock) *Gate {
	g := &Gate{clock: clock, rate: below * Published, ceiling: below * Published, adapts: true}
	switch {
	case r.text == "max":
		g.ceiling, g.doubling = highest, true
	case r.perS > 0:
		g.rate, g.ceiling, g.adapts = r.perS, r.perS, false
	}
	g.next, g.raised = clock.Now(), clock.Now()
	return g
}

// Rate is how many writes a second leave now.
func (g *Gate) Rate() float64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.rate
}

// Size is how many writes a batch holds now.
func (g *Gate) Size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	size := 1
	for _, n := range []int{2, 4, 5, 10, 20} { // what divides a limit fills it up to its edge without passing it
		if float64(n) <= g.rate*patter.Seconds()+0.5 {
			size = n
		}
	}
	return size
}

// Take waits until n writes may leave.
func (g *Gate) Take(ctx context.Context, n int) error {
	wait := g.reserve(n)
	if wait <= 0 {
		return ctx.Err()
	}
	select {
	case <-g.clock.After(wait):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g *Gate) reserve(n int) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Now()
	if len(g.left) == 0 {
		g.next = later(g.next, now)
	}
	if g.next.Before(now.Add(-catchesUp)) { // what was not used is saved up for a moment alone
		g.next = now.Add(-catchesUp)
	}
	at := later(g.next, now)
	many := max(n, int(math.Ceil(g.rate)))
	window := time.Duration(float64(many) / g.rate * float64(time.Second))
	g.left = slices.DeleteFunc(g.left, func(l leave) bool { return l.at.Before(now.Add(-window)) })
	for sum, i := n, len(g.left)-1; i >= 0; i-- { // the service counts what came in a window that slides
		if sum += g.left[i].n; sum > many {
			at = later(at, g.left[i].at.Add(window))
			break
		}
	}
	g.left = append(g.left, leave{at, n})
	g.next = g.next.Add(time.Duration(float64(n) / g.rate * float64(time.Second)))
	return at.Sub(now)
}

// leave is when so many writes left, or will.
type leave struct {
	at time.Time
	n  int
}

// Answered tells the gate what the writes of a batch came to: how many were throttled, and how long the service asks to be left alone.
func (g *Gate) Answered(throttled int, after time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Now()
	if throttled > 0 {
		g.next = later(g.next, now.Add(after))
	}
	since := now.Sub(g.raised)
	if !g.adapts || since < trial {
		return
	}
	switch {
	case throttled > 0:
		g.rate, g.doubling = max(least, g.rate*decrease), false
	case g.doubling:
		g.rate = min(g.ceiling, g.rate*2)
	default:
		g.rate = min(g.ceiling, g.rate+increase*since.Seconds())
	}
	g.raised = now
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
