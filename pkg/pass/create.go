package pass

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

const creating = "creating a pass"

// IfExists is what a create does for a user who holds a pass that is not expired or used.
type IfExists string

// Ask shows the pass and asks, and refuses where nobody can be asked.
const (
	Ask     IfExists = "ask"
	Refuse  IfExists = "refuse"
	Replace IfExists = "replace"
	Skip    IfExists = "skip"
)

// Order is what was asked for one or more users.
type Order struct {
	Wish            Wish
	IfExists        IfExists
	AllowPrivileged bool
	DryRun          bool
	// Wait is how long a user is waited for whom the directory or the pass service does not know yet.
	Wait time.Duration
	// Unconfirmed is told a pass before it is sure that it stays: see Request.
	Unconfirmed func(person.Person, Created)
	// Confirm asks whether the pass that is held may be replaced. Nil: nobody can be asked.
	Confirm func(ctx context.Context, p person.Person, held Pass, now time.Time) (bool, error)
}

// Create issues a pass for one user. It never returns an error: the Result carries it.
//
// With Replace it sends the POST at once, for an application after one read of the user's roles. Else
// it reads the user and the passes side by side first, and posts to the object id that it read.
func (d *Desk) Create(ctx context.Context, ref person.Ref, o Order) Result {
	end := d.Now().Add(o.Wait)
	for pause := shortestPause; ; pause = min(2*pause, longestPause) {
		r := d.createNow(ctx, ref, o)
		left := end.Sub(d.Now())
		switch {
		case !r.unknown():
			return r
		case left <= 0:
			if r.Reason == errs.NotReplicated && o.Wait == 0 {
				r.Err = r.Err.Hint("--wait 60s")
			}
			return r
		}
		d.Notice(fmt.Sprintf("waiting up to %s for %s, whom the service does not know yet", o.Wait, ref))
		if err := d.Pause(ctx, min(pause, left)); err != nil {
			r.fail(creating, err)
			return r
		}
	}
}

// How long a new user is waited for between two tries: a new one was seen to take 4 to 20 s.
const (
	shortestPause = 2 * time.Second
	longestPause  = 8 * time.Second
)

// unknown reports whether waiting may help: new users are seen by and by.
func (r Result) unknown() bool {
	return r.Err != nil && (r.Err.Slug == errs.NotFound || r.Reason == errs.NotReplicated)
}

// createNow creates without waiting for a new user.
func (d *Desk) createNow(ctx context.Context, ref person.Ref, o Order) Result {
	r := Result{Ref: ref, DryRun: o.DryRun, At: d.Now()}
	s, err := d.look(ctx, ref, o)
	r.Person = s.person
	if err == nil {
		r.Warnings = s.warnings()
		if !s.at.IsZero() {
			r.At = s.at
		}
		err = d.issue(ctx, s, o, &r)
	}
	if err != nil {
		r.fail(creating, d.denied(ctx, err, permission.CreatePass, s.person))
	}
	if !s.sent {
		d.tellRefused(r)
	}
	return r
}

// tellRefused tells whoever keeps a record of a user for whom nothing was sent.
func (d *Desk) tellRefused(r Result) {
	if d.Refused != nil && !r.DryRun && r.Err != nil && (r.Err.Slug == errs.Rejected || r.Err.Slug == errs.Denied) {
		d.Refused(r)
	}
}

// sight is what was read before a create.
type sight struct {
	person person.Person
	roles  []string
	held   *Pass
	known  *string // the id of the pass that is there, "" for none; nil: nobody looked
	at     time.Time
	seen   time.Time // when the passes were read, by the target's clock
	sent   bool      // a create was sent
}

// look reads what has to be known before the POST, all of it at the same time.
func (d *Desk) look(ctx context.Context, ref person.Ref, o Order) (*sight, error) {
	s := &sight{person: named(ref)}
	var rolesErr, personErr, listErr error
	var listing Listing
	var seen time.Time
	g := new(errgroup.Group)
	if d.Application && !o.AllowPrivileged {
		g.Go(func() error { s.roles, rolesErr = d.People.Roles(ctx, ref); return nil })
	}
	if o.IfExists != Replace || o.DryRun {
		g.Go(func() error { personErr = d.readPerson(ctx, ref, &s.person); return nil })
		g.Go(func() error { listing, listErr = d.Passes.List(ctx, string(ref)); seen = d.Now(); return nil })
	}
	_ = g.Wait()
	if o.IfExists != Replace || o.DryRun {
		s.see(listing, seen)
	}
	return s, errors.Join(readError(personErr, listErr, s.person.Known()), d.unreadRoles(rolesErr))
}

// unreadRoles lets one user go on whose roles may not be read, unless the guard is strict. An unknown user is told by the POST.
func (d *Desk) unreadRoles(err error) error {
	switch slug := slugOf(err); {
	case slug == errs.Denied && d.Strict:
		return unguarded(err)
	case slug == errs.Denied:
		d.Notice("directory roles may not be read with this sign-in (permission " + permission.ReadRoles.Least + "): whether the user is an administrator is not known")
		return nil
	case slug == errs.NotFound:
		return nil
	}
	return err
}

// see keeps the pass that somebody may hold.
func (s *sight) see(l Listing, seen time.Time) {
	s.at, s.seen, s.known, s.held = l.At, seen, new(string), nil
	for n := range l.Passes {
		*s.known = l.Passes[n].ID
		if l.Passes[n].Held(l.At) {
			s.held = &l.Passes[n]
		}
	}
}

func (s *sight) warnings() []string {
	if s.person.Disabled {
		return []string{fmt.Sprintf("the account of %s is disabled: the pass works only once it is enabled", s.person.Name())}
	}
	return nil
}

// address is what the POST goes to: the object id where it is known.
func (s *sight) address(ref person.Ref) string {
	if s.person.ID != "" {
		return s.person.ID
	}
	return string(ref)
}

// issue guards the user, settles what becomes of a pass that is held, and posts.
func (d *Desk) issue(ctx context.Context, s *sight, o Order, r *Result) error {
	if len(s.roles) > 0 {
		return privileged(s.roles)
	}
	if _, err := o.Wish.Request(r.At); err != nil {
		return err
	}
	seen := d.Now()
	r.Outcome = OutcomeCreated
	for old := true; old; {
		if s.held != nil {
			if goOn, err := d.overwrite(ctx, s, o, r); !goOn || err != nil {
				return err
			}
		}
		if o.DryRun {
			return d.foresee(ctx, s, o, r)
		}
		var err error
		if old, err = d.lookAgain(ctx, s, r.Ref); err != nil {
			return err
		}
	}
	r.At = r.At.Add(d.Now().Sub(seen)) // a person may have taken time to answer
	req, err := o.Wish.Request(r.At)
	if err != nil {
		return err
	}
	req.Name, req.Known, s.sent = s.person.UserPrincipalName, s.known, true
	if o.Unconfirmed != nil {
		req.Unconfirmed = func(c Created) { o.Unconfirmed(s.person, c) }
	}
	made, err := d.Passes.Create(ctx, s.address(r.Ref), req)
	if err != nil {
		return unseen(err, d.explain(ctx, s, r.Ref, req, errs.Of(err)))
	}
	r.made(made)
	return nil
}

// fresh is how long it counts what passes were read: a colleague may make one meanwhile.
const fresh = 2 * time.Second

// lookAgain reads the passes again where a wait or a question lies between, and reports whether another is there now.
func (d *Desk) lookAgain(ctx context.Context, s *sight, ref person.Ref) (changed bool, err error) {
	if s.known == nil || d.Now().Sub(s.seen) <= fresh {
		return false, nil
	}
	l, err := d.Passes.List(ctx, s.address(ref))
	if err != nil {
		return false, err
	}
	was := *s.known
	s.see(l, d.Now())
	return *s.known != was, nil
}

// unseen adds to what a failed create is told as that it may have made a pass all the same.
func unseen(failed, told error) error {
	if !errors.Is(failed, ErrUnseen) {
		return told
	}
	e := *errs.Of(told)
	e.Why = fmt.Sprintf("%s: %v", cmp.Or(e.Why, fmt.Sprint(e.Err)), ErrUnseen)
	e.Hints = slices.Concat([]string{"--replace"}, e.Hints)
	return &e
}

// overwrite decides about the pass that is held: true goes on with the create.
func (d *Desk) overwrite(ctx context.Context, s *sight, o Order, r *Result) (bool, error) {
	switch o.IfExists {
	case Replace:
		r.Outcome = OutcomeReplaced
		return true, nil
	case Skip:
		r.Outcome, r.Pass, r.Reason = OutcomeSkipped, *s.held, errs.HoldsPass
		return false, nil
	case Ask:
		if o.Confirm != nil && !o.DryRun {
			yes, err := o.Confirm(ctx, s.person, *s.held, s.at)
			if yes || err != nil {
				r.Outcome = OutcomeReplaced
				return yes, err
			}
		}
	}
	r.Pass = *s.held
	return false, holds(r.Ref, *s.held, s.at, o.Wish.Zone)
}

// foresee holds what would be sent against the policy: what it can tell of a refusal is told without a POST. Else the row
// gets what was asked for; what the policy would decide stays empty.
func (d *Desk) foresee(ctx context.Context, s *sight, o Order, r *Result) error {
	req, err := o.Wish.Request(r.At)
	if err != nil {
		return err
	}
	if s.person.ID != "" && strings.EqualFold(s.person.ID, d.Caller) {
		return oneself().refusal()
	}
	rule, ok, hidden := d.byPolicy(ctx, s, r.Ref, req)
	switch {
	case ok:
		return rule.refusal()
	case hidden != nil:
		d.Notice(fmt.Sprintf("%v, so whether it allows this pass is not known", hidden))
	}
	r.Pass = req.planned(r.At)
	return nil
}

func holds(ref person.Ref, held Pass, now time.Time, zone *time.Location) error {
	if zone == nil {
		zone = time.UTC
	}
	return &errs.Error{
		Slug: errs.Rejected, Reason: errs.HoldsPass,
		Why:   fmt.Sprintf("the user already holds a pass (%s), which a new one would end", held.Describe(now, zone)),
		Hints: []string{"--replace", fmt.Sprintf("tap list %s", ref.Typed())},
	}
}

func privileged(roles []string) error {
	return &errs.Error{
		Slug: errs.Rejected, Reason: errs.Privileged,
		Why:   fmt.Sprintf("the user holds the directory role %s, and an application is not held back from administrators by the service", strings.Join(roles, ", ")),
		Hints: []string{"--allow-privileged"},
	}
}

// errStrict says that a strict guard refused, and not the service.
var errStrict = errors.New("the guard of this machine is strict")

// unguarded refuses a user who may be an administrator.
func unguarded(denied error) error {
	e := *errs.Of(denied)
	e.Why = "directory roles may not be read with this sign-in (permission " + permission.ReadRoles.Least + "), and " + errStrict.Error() + ": " + e.Why
	e.Hints, e.Err = []string{"--allow-privileged"}, errors.Join(errStrict, denied)
	return &e
}
