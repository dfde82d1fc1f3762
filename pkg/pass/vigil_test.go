package pass_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

func clock(t time.Time) string {
	if t.IsZero() {
		return "?"
	}
	return t.Format("15:04")
}

// story is the events as one text.
func story(events []pass.Sighting) string {
	var all []string
	for _, e := range events {
		s := fmt.Sprintf("%s %s", clock(e.At), e.Kind)
		if e.Method != nil {
			s += " " + e.Method.ID
		}
		if e.Unused {
			s += " unused"
		}
		if e.Before {
			s += " before"
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

// look is a glance so long after now: p "" is no pass, methods are ids, those of "old" before the pass and all others a minute before the look.
func look(at time.Duration, p *pass.Pass, methods ...string) pass.Glance {
	g := pass.Glance{Listing: pass.Listing{At: after(at)}}
	if p != nil {
		g.Passes = []pass.Pass{*p}
	}
	for _, id := range methods {
		m := person.Method{ID: id, Type: "fido2", Created: after(at - time.Minute)}
		if id == "old" {
			m.Created = after(-time.Hour)
		}
		g.Methods = append(g.Methods, m)
	}
	g.Methods = append(g.Methods, person.Method{ID: "pw", Type: person.Password}, person.Method{ID: "tap", Type: person.TemporaryAccessPass, Created: now})
	return g
}

func TestVigil(t *testing.T) {
	t.Parallel()
	const min = time.Minute
	made := func(change func(*pass.Pass)) *pass.Pass { // at 09:30, from 09:40 to 10:40, once
		p := &pass.Pass{ID: "p-1", Created: now, Start: after(10 * min), Lifetime: time.Hour, OneTime: true}
		if change != nil {
			change(p)
		}
		return p
	}
	fresh := made(nil)
	used := made(func(p *pass.Pass) { p.LastUsed = after(12 * min) })
	off := made(func(p *pass.Pass) { p.Usability = "DisabledByPolicy" })
	many := made(func(p *pass.Pass) { p.OneTime = false })
	again := func(at time.Duration) *pass.Pass {
		return made(func(p *pass.Pass) { p.OneTime, p.LastUsed = false, after(at) })
	}
	next := made(func(p *pass.Pass) { p.ID, p.Created, p.Start = "p-2", after(20*min), after(20*min) })
	quiet := made(func(p *pass.Pass) { p.Usability = "OneTimeUsed" }) // v1.0 says no more
	for _, c := range []struct {
		name    string
		tells   bool
		glances []pass.Glance
		want    []string // a glance each
		reached string
		over    string
		flagged bool
	}{
		{
			name:    "a first day",
			glances: []pass.Glance{look(0, fresh, "old"), look(11*min, fresh, "old"), look(13*min, used, "old"), look(15*min, used, "old", "key")},
			want:    []string{"09:30 issued before", "09:40 usable", "09:42 used", "09:44 registered key"},
			reached: "usable used registered",
		},
		{
			name:    "all of it between two looks, and before the first",
			glances: []pass.Glance{look(0, fresh), look(15*min, used, "key")},
			want:    []string{"09:30 issued before", "09:40 usable, 09:42 used, 09:44 registered key"}, reached: "usable used registered",
		},
		{
			name:    "begun late",
			glances: []pass.Glance{look(15*min, used, "old", "key")},
			want:    []string{"09:30 issued before, 09:40 usable before, 09:42 used before, 09:44 registered key before"}, reached: "used registered",
		},
		{
			name:    "a method without a use is told after one more look",
			glances: []pass.Glance{look(11*min, fresh), look(13*min, fresh, "evil"), look(14*min, fresh, "evil")},
			want:    []string{"09:30 issued before, 09:40 usable before", "", "09:43 registered evil unused"}, reached: "usable registered", flagged: true,
		},
		{
			name:    "the use shows later than the method",
			glances: []pass.Glance{look(11*min, fresh), look(13*min, fresh, "key"), look(14*min, used, "key")},
			want:    []string{"09:30 issued before, 09:40 usable before", "", "09:42 used, 09:43 registered key"}, reached: "usable used registered",
		},
		{
			name:    "where no use would show, none is missed",
			glances: []pass.Glance{look(11*min, many), look(13*min, many, "key")},
			want:    []string{"09:30 issued before, 09:40 usable before", "09:42 registered key"}, reached: "usable registered",
		},
		{
			name: "where it would, it is", tells: true,
			glances: []pass.Glance{look(11*min, many), look(13*min, many, "evil"), look(14*min, many, "evil")},
			want:    []string{"09:30 issued before, 09:40 usable before", "", "09:43 registered evil unused"}, reached: "usable registered", flagged: true,
		},
		{
			name:    "each use",
			glances: []pass.Glance{look(11*min, many), look(13*min, again(12*min)), look(14*min, again(12*min)), look(16*min, again(15*min))},
			want:    []string{"09:30 issued before, 09:40 usable before", "09:42 used", "", "09:45 used"}, reached: "usable used",
		},
		{
			name:    "expired unused",
			glances: []pass.Glance{look(11*min, fresh), look(70*min, fresh)},
			want:    []string{"09:30 issued before, 09:40 usable before", "10:40 expired"}, reached: "usable", over: "the pass expired unused",
		},
		{
			name:    "nobody looked while it was usable",
			glances: []pass.Glance{look(0, fresh), look(70*min, fresh)},
			want:    []string{"09:30 issued before", "10:40 expired"}, reached: "", over: "the pass expired unused",
		},
		{
			name:    "a method without a use, seen when the pass has expired",
			glances: []pass.Glance{look(11*min, fresh), look(72*min, fresh, "evil")},
			want:    []string{"09:30 issued before, 09:40 usable before", "10:40 expired, 10:41 registered evil unused"}, reached: "usable registered", over: "the pass expired unused", flagged: true,
		},
		{
			name:    "the same before the first look",
			glances: []pass.Glance{look(72*min, fresh, "old", "evil")},
			want:    []string{"09:30 issued before, 10:40 expired before, 10:41 registered evil unused before"}, reached: "registered", over: "the pass expired unused", flagged: true,
		},
		{
			name:    "the same when it has been deleted",
			glances: []pass.Glance{look(11*min, fresh), look(13*min, nil, "evil")},
			want:    []string{"09:30 issued before, 09:40 usable before", "09:42 registered evil unused, ? deleted"}, reached: "usable registered", over: "the pass was deleted", flagged: true,
		},
		{
			name:    "deleted where no use would show",
			glances: []pass.Glance{look(11*min, many), look(13*min, nil, "key")},
			want:    []string{"09:30 issued before, 09:40 usable before", "09:42 registered key, ? deleted"}, reached: "usable registered", over: "the pass was deleted",
		},
		{
			name:    "expired, and nobody tells whether it was used",
			glances: []pass.Glance{look(11*min, many), look(72*min, many)},
			want:    []string{"09:30 issued before, 09:40 usable before", "10:40 expired"}, reached: "usable", over: "the pass expired; whether it was used is not told by this cloud",
		},
		{
			name: "the same where it is told", tells: true,
			glances: []pass.Glance{look(11*min, many), look(72*min, many)},
			want:    []string{"09:30 issued before, 09:40 usable before", "10:40 expired"}, reached: "usable", over: "the pass expired unused",
		},
		{
			name:    "used, and nothing came of it",
			glances: []pass.Glance{look(13*min, used), look(22*min, used)},
			want:    []string{"09:30 issued before, 09:40 usable before, 09:42 used before", ""}, reached: "used", over: "the pass was used, and no method was registered",
		},
		{
			name:    "deleted",
			glances: []pass.Glance{look(11*min, fresh, "old"), look(12*min, nil, "old")},
			want:    []string{"09:30 issued before, 09:40 usable before", "? deleted"}, reached: "usable", over: "the pass was deleted",
		},
		{
			name:    "replaced: what happened to the first does not count",
			glances: []pass.Glance{look(13*min, used), look(21*min, next)},
			want:    []string{"09:30 issued before, 09:40 usable before, 09:42 used before", "09:50 replaced, 09:50 usable"}, reached: "usable",
		},
		{
			name:    "switched off and on again",
			glances: []pass.Glance{look(11*min, fresh), look(12*min, off), look(13*min, fresh)},
			want:    []string{"09:30 issued before, 09:40 usable before", "? disabledByPolicy", "? usable"}, reached: "usable",
		},
		{
			name:    "off at first, and on later",
			glances: []pass.Glance{look(11*min, off), look(13*min, fresh), look(14*min, fresh)},
			want:    []string{"09:30 issued before, ? disabledByPolicy before", "? usable", ""}, reached: "usable",
		},
		{
			name:    "off at first, and used later",
			glances: []pass.Glance{look(11*min, off), look(13*min, used)},
			want:    []string{"09:30 issued before, ? disabledByPolicy before", "09:42 used"}, reached: "usable used",
		},
		{
			name:    "used, and usable all the same",
			glances: []pass.Glance{look(13*min, again(12*min))},
			want:    []string{"09:30 issued before, 09:40 usable before, 09:42 used before"}, reached: "usable used",
		},
		{
			name:    "a use without a time",
			glances: []pass.Glance{look(11*min, fresh), look(13*min, quiet)},
			want:    []string{"09:30 issued before, 09:40 usable before", "? used"}, reached: "usable used",
		},
		{
			name:    "a method goes",
			glances: []pass.Glance{look(11*min, fresh, "old"), look(12*min, fresh)},
			want:    []string{"09:30 issued before, 09:40 usable before", "? methodDeleted old"}, reached: "usable",
		},
		{
			name:    "no pass at first",
			glances: []pass.Glance{look(-5*min, nil, "old"), look(1*min, fresh, "old")},
			want:    []string{"", "09:30 issued"},
		},
	} {
		v := pass.Vigil{TellsUse: c.tells}
		var at time.Time
		for i, g := range c.glances {
			if got := story(v.See(g)); got != c.want[i] {
				t.Errorf("%s: look %d tells %q, want %q", c.name, i+1, got, c.want[i])
			}
			at = g.At
		}
		if got := v.Over(at); got != c.over {
			t.Errorf("%s: over %q, want %q", c.name, got, c.over)
		}
		var reached []string
		for _, g := range pass.Goals() {
			if v.Reached(g) {
				reached = append(reached, string(g))
			}
		}
		if got := strings.Join(reached, " "); got != c.reached {
			t.Errorf("%s: reached %q, want %q", c.name, got, c.reached)
		}
		if v.Flagged() != c.flagged {
			t.Errorf("%s: flagged %v", c.name, v.Flagged())
		}
	}
}
