package pass_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// day is a tenant in which things happen by the time of the test.
type day struct {
	*world
	begun     time.Time
	start     time.Duration // of the pass, which lives for an hour
	used, key time.Duration // 0: never
	many      bool          // the pass works many times
	noKeys    error         // what reading the methods comes to
	busy      time.Duration // until then the passes cannot be read
	laterBusy bool          // from the second look on they cannot
	reads     atomic.Int64
	burst     atomic.Int64 // the most reads within a second of the clock
	second    sync.Map     // seconds since begun to *atomic.Int64
}

func (d *day) at() time.Time { return now.Add(time.Since(d.begun)) }

func (d *day) happened(after time.Duration) bool { return after != 0 && time.Since(d.begun) >= after }

func (d *day) read() {
	d.reads.Add(1)
	n, _ := d.second.LoadOrStore(int(time.Since(d.begun).Seconds()), new(atomic.Int64))
	if within := n.(*atomic.Int64).Add(1); within > d.burst.Load() {
		d.burst.Store(within)
	}
}

func (d *day) Person(ctx context.Context, ref person.Ref) (person.Person, error) {
	d.read()
	return d.world.Person(ctx, ref)
}

func (d *day) Methods(context.Context, string) ([]person.Method, time.Time, error) {
	d.read()
	if d.happened(d.key) {
		return []person.Method{{ID: "key", Type: "fido2", Name: "Blue key", Created: after(d.key)}}, d.at(), d.noKeys
	}
	return nil, d.at(), d.noKeys
}

func (d *day) List(context.Context, string) (pass.Listing, error) {
	d.read()
	if !d.happened(d.busy) && d.busy > 0 {
		return pass.Listing{}, refusal(errs.Busy, "too many requests")
	}
	if d.laterBusy && time.Since(d.begun) > time.Second {
		return pass.Listing{}, refusal(errs.Busy, "too many requests")
	}
	if d.passes != nil && len(d.passes) == 0 {
		return pass.Listing{At: d.at()}, nil
	}
	p := pass.Pass{ID: "p-1", Created: after(min(0, d.start)), Start: after(d.start), Lifetime: time.Hour, OneTime: !d.many}
	if d.happened(d.used) {
		p.LastUsed = after(d.used)
	}
	return pass.Listing{Passes: []pass.Pass{p}, At: d.at()}, nil
}

func (d *day) desk() *pass.Desk {
	desk := d.world.desk(false)
	desk.Passes, desk.Methods, desk.People = d, d, d
	return desk
}

func TestWatch(t *testing.T) {
	t.Parallel()
	const noKeys = "methods may not be read with this sign-in (permission UserAuthenticationMethod.Read.All): it is not seen when one is registered"
	for _, c := range []struct {
		name    string
		set     func(*day)
		watch   pass.Watch
		limit   time.Duration // of the whole command
		want    string
		slug    errs.Slug
		text    string
		notice  string
		took    time.Duration // at most
		atMost  int           // reads
		atLeast int
	}{
		{
			name: "a first day, from the evening before",
			set: func(d *day) {
				d.start, d.used, d.key = 14*time.Hour, 14*time.Hour+4*time.Minute, 14*time.Hour+6*time.Minute
			},
			want: "09:30 issued before, 23:30 usable, 23:34 used, 23:36 registered key", took: 14*time.Hour + 7*time.Minute, atMost: 420, atLeast: 380,
		},
		{
			name: "until it is usable, to the second",
			set:  func(d *day) { d.start = 90 * time.Second }, watch: pass.Watch{Until: pass.UntilUsable},
			want: "09:30 issued before, 09:31 usable", took: 92 * time.Second, atMost: 30,
		},
		{
			name: "at an interval that was asked for",
			set:  func(d *day) { d.start = 10 * time.Minute }, watch: pass.Watch{Until: pass.UntilUsable, Interval: time.Minute},
			want: "09:30 issued before, 09:40 usable", took: 11 * time.Minute, atMost: 24, atLeast: 20,
		},
		{
			name: "expired unused",
			want: "09:30 issued before, 09:30 usable before, 10:30 expired", slug: errs.Findings, text: "watching: adele.vance@contoso.com: the pass expired unused", took: time.Hour + 5*time.Second, atMost: 280,
		},
		{
			name: "out of time", limit: 5 * time.Minute,
			want: "09:30 issued before, 09:30 usable before", slug: errs.Findings, text: "watching: adele.vance@contoso.com: not done within 5m", took: 5 * time.Minute, atMost: 60,
		},
		{
			name: "a key without a use",
			set:  func(d *day) { d.key = 3 * time.Minute },
			want: "09:30 issued before, 09:30 usable before, 09:33 registered key unused", slug: errs.Findings,
			text: "watching: adele.vance@contoso.com: a method was registered without the pass having been used", took: 5 * time.Minute, atMost: 40,
		},
		{
			name: "throttled at first",
			set:  func(d *day) { d.busy, d.used, d.key = time.Minute, 2*time.Minute, 3*time.Minute },
			want: "09:30 issued before, 09:30 usable before, 09:32 used, 09:33 registered key", notice: "listing passes: adele.vance@contoso.com: too many requests: looking again", took: 4 * time.Minute, atMost: 60,
		},
		{
			name: "methods may not be read",
			set:  func(d *day) { d.noKeys, d.used = refusal(errs.Denied, "Request Authorization failed"), 2*time.Minute },
			want: "09:30 issued before, 09:30 usable before, 09:32 used", notice: noKeys, slug: errs.Findings,
			text: "watching: adele.vance@contoso.com: the pass was used, and whether a method was registered may not be read", took: 3 * time.Minute, atMost: 40,
		},
		{
			name: "until it is usable, and it is used up",
			set:  func(d *day) { d.start, d.used = -time.Hour/2, -time.Minute }, watch: pass.Watch{Until: pass.UntilUsable},
			want: "09:00 issued before, 09:00 usable before, 09:29 used before", slug: errs.Findings,
			text: "watching: adele.vance@contoso.com: the pass was used already, and works once", took: time.Second, atMost: 3,
		},
		{
			name: "until it is usable, and it has expired",
			set:  func(d *day) { d.start = -2 * time.Hour }, watch: pass.Watch{Until: pass.UntilUsable},
			want: "07:30 issued before, 08:30 expired before", slug: errs.Findings, text: "watching: adele.vance@contoso.com: the pass expired unused", took: time.Second, atMost: 3,
		},
		{
			name: "a use that is not told",
			set:  func(d *day) { d.many = true }, watch: pass.Watch{Until: pass.UntilUsed},
			want: "09:30 issued before, 09:30 usable before, 10:30 expired", slug: errs.Findings,
			text:   "watching: adele.vance@contoso.com: the pass expired; whether it was used is not told by this cloud",
			notice: "this cloud does not tell when a pass that works many times is used: a use is not seen, nor whether a method came without one", took: time.Hour + 5*time.Second, atMost: 280,
		},
		{
			name: "throttled all the time", limit: 5 * time.Minute,
			set:  func(d *day) { d.busy = time.Hour },
			slug: errs.Busy, text: "watching: adele.vance@contoso.com: not done within 5m", notice: "listing passes: adele.vance@contoso.com: too many requests: looking again", took: 5 * time.Minute, atMost: 60,
		},
		{
			name: "throttled after the first look", limit: 5 * time.Minute,
			set:  func(d *day) { d.laterBusy = true },
			want: "09:30 issued before, 09:30 usable before", slug: errs.Findings,
			text: "watching: adele.vance@contoso.com: not done within 5m", notice: "watching: adele.vance@contoso.com: too many requests: looking again", took: 5 * time.Minute, atMost: 60,
		},
		{
			name: "until it is usable, with a key without a use",
			set:  func(d *day) { d.start, d.key = -time.Hour/2, -time.Minute }, watch: pass.Watch{Until: pass.UntilUsable},
			want: "09:00 issued before, 09:00 usable before, 09:29 registered key unused", slug: errs.Findings,
			text: "watching: adele.vance@contoso.com: a method was registered without the pass having been used", took: 10 * time.Second, atMost: 6,
		},
		{
			name: "until it is usable, with a key whose use shows late",
			set:  func(d *day) { d.start, d.key, d.used = -time.Hour/2, -time.Minute, time.Second }, watch: pass.Watch{Until: pass.UntilUsable},
			want: "09:00 issued before, 09:00 usable before, 09:29 registered key, 09:30 used", took: 10 * time.Second, atMost: 6,
		},
		{
			name: "no pass", set: func(d *day) { d.passes = []pass.Pass{} },
			slug: errs.NotFound, text: "watching: adele.vance@contoso.com: the user holds no pass", atMost: 3,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := &day{world: contoso(), begun: time.Now()}
				d.quick = true
				if c.set != nil {
					c.set(d)
				}
				ctx, stop := t.Context(), context.CancelFunc(func() {})
				if c.limit > 0 {
					ctx, stop = context.WithTimeoutCause(ctx, c.limit, &errs.Error{Slug: errs.Busy, Why: "not done within 5m"})
				}
				defer stop()
				if c.watch.Until == "" {
					c.watch.Until = pass.UntilRegistered
				}
				var events []pass.Sighting
				c.watch.Tell = func(_ person.Person, e pass.Sighting) error { events = append(events, e); return nil }
				r := d.desk().Watch(ctx, []person.Ref{upn}, c.watch)[0]
				if got := story(events); got != c.want {
					t.Errorf("told %q, want %q", got, c.want)
				}
				text := ""
				if r.Err != nil {
					text = r.Err.Error()
				}
				if text != c.text || r.Err != nil && r.Err.Slug != c.slug {
					t.Errorf("%v, want %s %q", r.Err, c.slug, c.text)
				}
				if took := time.Since(d.begun); took > c.took || int(d.reads.Load()) > c.atMost || int(d.reads.Load()) < c.atLeast {
					t.Errorf("took %s and %d reads, want at most %s and %d to %d", took, d.reads.Load(), c.took, c.atLeast, c.atMost)
				}
				if c.notice != "" && (len(d.notices) == 0 || d.notices[0] != c.notice) || c.notice == "" && len(d.notices) > 0 {
					t.Errorf("notices %q, want %q", d.notices, c.notice)
				}
			})
		})
	}
}

// TestWatchShares has many users share what the service bears, and an answer that cannot be written ends the watch of all.
func TestWatchShares(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &day{world: contoso(), begun: time.Now(), start: 10 * time.Hour}
		d.quick = true
		var refs []person.Ref
		for n := range 40 {
			refs = append(refs, person.Ref(fmt.Sprintf("user%d@contoso.com", n)))
		}
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute)
		defer stop()
		d.desk().Watch(ctx, refs, pass.Watch{Until: pass.UntilUsable, Interval: time.Second, Tell: func(person.Person, pass.Sighting) error { return nil }})
		if perSecond := float64(d.reads.Load()) / time.Since(d.begun).Seconds(); perSecond > 4.5 || perSecond < 3 {
			t.Errorf("%.1f reads a second", perSecond)
		}
		if n := d.burst.Load(); n > 6 {
			t.Errorf("%d reads within a second", n)
		}
		torn := errors.New("broken pipe")
		for _, r := range d.desk().Watch(t.Context(), refs, pass.Watch{Until: pass.UntilUsable, Tell: func(person.Person, pass.Sighting) error { return torn }}) {
			if r.Err == nil || !strings.Contains(r.Err.Error(), "broken pipe") {
				t.Fatalf("%s ended with %v", r.Ref, r.Err)
			}
		}
	})
}

// TestWatchPassless: who cannot be given a pass is no reason to try.
func TestWatchPassless(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set  func(*day, *pass.Desk)
		text string
		hint []string
	}{
		"a user":  {func(*day, *pass.Desk) {}, "the user holds no pass", []string{"tap create adele.vance@contoso.com"}},
		"a guest": {func(d *day, _ *pass.Desk) { d.person.External = true }, "the user holds no pass: an external guest signs in at the home organisation, which alone can issue a pass", nil},
		"oneself": {func(_ *day, desk *pass.Desk) { desk.Caller = strings.ToUpper(id) }, "the user holds no pass: nobody can issue a pass for the own account: ask a colleague", nil},
	} {
		d := &day{world: contoso(), begun: time.Now()}
		d.quick, d.passes = true, []pass.Pass{}
		desk := d.desk()
		c.set(d, desk)
		r := desk.Watch(t.Context(), []person.Ref{upn}, pass.Watch{Until: pass.UntilUsable, Tell: func(person.Person, pass.Sighting) error { return nil }})[0]
		if r.Err == nil || r.Err.Why != c.text || r.Err.Slug != errs.NotFound || !slices.Equal(r.Err.Hints, c.hint) {
			t.Errorf("%s: %+v", name, r.Err)
		}
	}
}
