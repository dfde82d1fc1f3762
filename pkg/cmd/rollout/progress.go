package rollout

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// progressKind is the value of --progress: text, or jsonl for programs.
type progressKind string

// Set reads the kind as typed.
func (p *progressKind) Set(s string) error {
	if s != "text" && s != "jsonl" {
		return fmt.Errorf("%q is neither text nor jsonl", s)
	}
	*p = progressKind(s)
	return nil
}

// String returns the kind as typed.
func (p *progressKind) String() string {
	if *p == "" {
		return "text"
	}
	return string(*p)
}

// Type names the values in a command's help.
func (p *progressKind) Type() string { return "text|jsonl" }

// How often progress is told: to somebody who looks, and into a log.
const (
	oftenAtATerminal = 200 * time.Millisecond
	oftenElsewhere   = 5 * time.Second
)

// progress tells on stderr how far a run is. A row is told to it only once it is in the journal.
type progress struct {
	f     *cmdutil.Factory
	kind  progressKind
	total int
	each  chan<- pass.Result // is sent every row; nil: nobody listens
	ended <-chan struct{}    // closed when the listener has heard them all
	over  <-chan struct{}    // closed when the command ends

	mu        sync.Mutex
	began     time.Time
	done, bad int
	before    int       // rows that an earlier run had done
	waiting   time.Time // until when the service throttles
	said      time.Time
	stop      chan struct{} // closed at the end
	silent    bool
}

// newProgress begins to tell. each hears every row, one at a time, and holds up nobody but those who end rows: what it writes to may
// be read by nobody.
func newProgress(ctx context.Context, f *cmdutil.Factory, kind progressKind, total, before int, each func(pass.Result)) *progress {
	now := time.Now()
	p := &progress{f: f, kind: kind, total: total, done: before, before: before, began: now, said: now, stop: make(chan struct{}), over: ctx.Done()}
	if each != nil {
		rows, ended := make(chan pass.Result, 64), make(chan struct{})
		p.each, p.ended = rows, ended
		go func() {
			defer close(ended)
			for r := range rows {
				each(r)
			}
		}()
	}
	go p.tick()
	return p
}

// tick tells how far the run is, though nothing happens: a create that was lost is waited for for a minute.
func (p *progress) tick() {
	t := time.NewTicker(p.often())
	defer t.Stop()
	for {
		select {
		case <-t.C:
			p.mu.Lock()
			if !p.silent {
				p.tell()
			}
			p.mu.Unlock()
		case <-p.stop:
			return
		}
	}
}

// often is how often progress is told.
func (p *progress) often() time.Duration {
	if p.f.Streams.ErrTTY {
		return oftenAtATerminal
	}
	return oftenElsewhere
}

// Row counts a row whose outcome is in the journal.
func (p *progress) Row(index int, r pass.Result) {
	if p.each != nil {
		select {
		case p.each <- r:
		case <-p.over:
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if r.Err != nil {
		p.bad++
	}
	if p.kind == "jsonl" {
		p.event(map[string]any{"event": "row", "row": index + 1, "userId": r.Person.ID, "userPrincipalName": r.Person.UserPrincipalName, "outcome": r.Outcome, "reason": r.Reason, "passId": r.Pass.ID})
	}
	p.tell()
}

// kept counts a pass that is in the vault at this address.
func (p *progress) kept(o journal.Outcome, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if p.kind == "jsonl" {
		p.event(map[string]any{"event": "kept", "row": o.Row + 1, "userId": o.Result.Person.ID, "userPrincipalName": o.Result.Person.UserPrincipalName, "passId": o.Result.Pass.ID, "secretId": id})
	}
	p.tell()
}

// Waiting says that the service throttles.
func (p *progress) Waiting(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = time.Now().Add(d)
	if p.kind == "jsonl" {
		p.event(map[string]any{"event": "waiting", "seconds": d.Seconds()})
	}
	p.tell()
}

func (p *progress) event(e map[string]any) {
	b, err := json.Marshal(e)
	if err == nil {
		p.f.Say.Line(string(b))
	}
}

// tell says how far the run is, where it is time to. The lock is held.
func (p *progress) tell() {
	now := time.Now()
	if p.kind == "jsonl" || now.Sub(p.said) < p.often() {
		return
	}
	p.said = now
	text := p.text(now)
	if p.f.Streams.ErrTTY {
		p.f.Say.Status(text)
		return
	}
	p.f.Say.Line("tap: progress: " + text)
}

// text is the line: rows, rate, time left, and the service that throttles.
func (p *progress) text(now time.Time) string {
	rate := float64(p.done-p.before) / max(0.001, now.Sub(p.began).Seconds())
	parts := []string{fmt.Sprintf("%d of %d rows", p.done, p.total)}
	if p.bad > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", p.bad))
	}
	if rate > 0.05 {
		left := time.Duration(float64(p.total-p.done) / rate * float64(time.Second)).Round(time.Second)
		parts = append(parts, fmt.Sprintf("%.1f a second", rate), fmt.Sprintf("%s left", max(left, time.Second)))
	}
	if wait := p.waiting.Sub(now).Round(time.Second); wait > 0 {
		parts = append(parts, fmt.Sprintf("waiting %s, throttled", wait))
	}
	return strings.Join(parts, ", ")
}

// end takes the line away, and returns how many rows are done.
func (p *progress) end() int {
	if p.each != nil {
		close(p.each)
		select {
		case <-p.ended:
		case <-p.over:
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.stop)
	p.silent = true
	if p.f.Streams.ErrTTY && p.kind != "jsonl" {
		p.f.Say.Status("")
	}
	return p.done
}
