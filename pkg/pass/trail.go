package pass

import (
	"slices"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// Late is how long after a lost answer the service may still carry a create out: it works on a call for up to 60 s.
const Late = 60 * time.Second

// The window around the sending in which a pass that the lost create made was created, by the service's clock.
const (
	windowBefore = 2 * time.Second
	windowAfter  = Late + windowBefore
)

// Trail is what is known of the tries of one create. A create whose answer was lost may have made a pass whose code nobody
// saw, or may still make one: that is settled by reading, by the rules of docs/adr/0006.
type Trail struct {
	Request     // Known is the pass that was there when the passes were last read
	Settled int // how many lost tries are known to have made a pass
}

// Fate is what the passes of a user say of the creates that were lost.
type Fate int

// What can be read of a lost create.
const (
	Pending Fate = iota // nothing came of it so far, and there is no pass
	Kept                // nothing came of it so far, and the known pass is there
	Landed              // it made the pass that is there, whose code nobody saw
	Overrun             // somebody else made the pass that is there
	Unread              // what is there cannot be read whole, so nobody can say whose it is
)

// Read says what the passes of the user tell. sent is when each lost try was sent, by the service's clock. The pass
// that is there is the known one from then on.
func (t *Trail) Read(l Listing, sent []time.Time) Fate {
	if len(l.Unread) > 0 || slices.ContainsFunc(l.Passes, func(p Pass) bool { return p.ID == "" || p.Created.IsZero() }) {
		return Unread
	}
	f, known := Pending, ""
	for _, p := range l.Passes {
		known = p.ID
		switch {
		case t.Known != nil && p.ID == *t.Known:
			f = Kept
		case t.made(p, sent):
			f = Landed
			if t.Known != nil || !p.Created.Before(slices.MinFunc(sent, time.Time.Compare).Add(-time.Second)) {
				t.Settled = min(t.Settled+1, len(sent))
			} // else it may have been there before, when nobody looked, and the lost try may still land; some times have whole seconds
		case t.Known == nil && len(sent) > 0 && p.Created.Before(sent[0].Add(-windowBefore)):
			f = Kept // --replace: nobody looked what was there before the first try
		default:
			return Overrun
		}
	}
	t.Known = &known
	return f
}

// made reports whether a lost try made the pass.
func (t *Trail) made(p Pass, sent []time.Time) bool {
	return t.agrees(p) && slices.ContainsFunc(sent, func(at time.Time) bool {
		return !p.Created.Before(at.Add(-windowBefore)) && !p.Created.After(at.Add(windowAfter))
	})
}

// agrees reports whether a pass has every property that was asked for.
func (t *Trail) agrees(p Pass) bool {
	return (t.Start == nil || p.Start.Equal(t.Start.Truncate(time.Second))) &&
		(t.Lifetime == nil || p.Lifetime == *t.Lifetime) &&
		(t.OneTime == nil || p.OneTime == *t.OneTime)
}

// Overtaken is the error of a create that found a colleague's pass; why says what kept it so long.
func Overtaken(why string) *errs.Error {
	return &errs.Error{
		Slug: errs.Rejected, Reason: errs.HoldsPass,
		Why:   why + ", and meanwhile somebody else made a pass for the user, which was left as it is",
		Hints: []string{"--replace"},
	}
}

// Withdrawn is the error of a create whose pass was gone when it was read again.
func Withdrawn() *errs.Error {
	return &errs.Error{Slug: errs.Rejected, Reason: errs.NoPass, Why: "while it was being confirmed, somebody deleted the new pass", Hints: []string{"--replace"}}
}

// Unconfirmed is the error beside a passcode that is told although a lost try may still end its pass.
func Unconfirmed(err error) *errs.Error {
	e := *errs.Of(err)
	if e.Slug == errs.Internal {
		e.Slug = errs.Busy
	}
	e.Why = "the answer to an earlier try was lost, which may still end this pass for a minute: it could not be confirmed (" + errs.Of(err).Error() + ")"
	e.What, e.Whom, e.Reason, e.Hints = "", "", errs.Unconfirmed, []string{"--replace"}
	return &e
}
