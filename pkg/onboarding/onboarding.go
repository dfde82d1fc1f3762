// Package onboarding holds the rules of what became of new users: who was given a pass, who used it and who registered a method since,
// one by one and in sum. It must not talk to anybody, know a terminal, or look at a clock: times come from the service's answers.
package onboarding

import (
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// Stage is how far a user has come. The empty Stage is that of a user of whom nothing could be read.
type Stage string

// The stages, each further than the one before it.
const (
	NotIssued  Stage = "notIssued"  // no pass is there, and nothing tells of one that was
	Issued     Stage = "issued"     // a pass is there, or the roster tells of one that is gone
	Used       Stage = "used"       // somebody signed in with the pass that is there
	Registered Stage = "registered" // a method that counts was registered since
)

// Stages lists every stage there is, in order.
func Stages() []Stage { return []Stage{NotIssued, Issued, Used, Registered} }

// Basis is what tells since when the methods of a user count.
type Basis string

// The bases. Without one no method counts.
const (
	ByPass   Basis = "pass"   // when the pass that is there was created
	ByRoster Basis = "roster" // when the pass that the roster tells of began to work
	BySince  Basis = "since"  // the time that was given for users of whose pass nothing is known
)

// Told is a pass of which the roster tells, as the result of a run does. The zero value is none.
type Told struct {
	ID    string
	Start time.Time // UTC; nobody can have signed in with it before; zero: not told
}

// User is what was read of one user of a roster or a group.
type User struct {
	Name    string // by which the roster or group names the user
	Person  person.Person
	Passes  []pass.Pass
	At      time.Time // the service's time
	Told    Told
	Methods []person.Method // password and pass among them
	Unseen  bool            // the methods may not be read with this sign-in
	// TellsUse says that the service tells when a pass was used that works many times. Of one that works once it always does.
	TellsUse bool
	Carried  []string    // the cells of the roster's other columns
	Err      *errs.Error // why nothing could be read
}

// Standing is how far a user has come, and what tells it.
type Standing struct {
	User
	Pass       *pass.Pass // the pass that is there, the newest of several; nil: none
	Stage      Stage
	Basis      Basis     // "": none
	Since      time.Time // UTC; zero without a basis
	Registered []person.Method
	Others     []person.Method // that do not count: older, of a time that nobody tells, or of a type that needs a password
}

// Judge tells how far a user has come. since stands for the pass where nothing is known of one; zero: nothing does.
func Judge(u User, since time.Time) Standing {
	s := Standing{User: u}
	if u.Err != nil {
		return s
	}
	for i, p := range u.Passes {
		if s.Pass == nil || p.Created.After(s.Pass.Created) {
			s.Pass = &u.Passes[i]
		}
	}
	s.count(since)
	for _, m := range u.Methods {
		switch {
		case !m.Registered():
		case Counts(m) && s.Basis != "" && !m.Created.IsZero() && m.CameAfter(s.Since):
			s.Registered = append(s.Registered, m)
		default:
			s.Others = append(s.Others, m)
		}
	}
	s.Stage = s.stage()
	return s
}

// count finds since when methods count: from the earlier of the two passes that may be known.
func (s *Standing) count(since time.Time) {
	if s.Pass != nil && !s.Pass.Created.IsZero() {
		s.Basis, s.Since = ByPass, s.Pass.Created
	}
	if told := s.Told; told.ID != "" && !told.Start.IsZero() && (s.Pass == nil || !strings.EqualFold(told.ID, s.Pass.ID) && told.Start.Before(s.Since)) {
		s.Basis, s.Since = ByRoster, told.Start
	}
	if s.Pass == nil && s.Told.ID == "" && !since.IsZero() {
		s.Basis, s.Since = BySince, since
	}
}

func (s *Standing) stage() Stage {
	switch {
	case len(s.Registered) > 0:
		return Registered
	case s.Pass != nil && (!s.LastUsed().IsZero() || s.State() == pass.Used):
		return Used
	case s.Pass != nil || s.Told.ID != "":
		return Issued
	}
	return NotIssued
}

// State is the state of the pass that is there; "" where there is none, or the cloud does not tell.
func (s Standing) State() pass.State {
	if s.Pass == nil {
		return ""
	}
	return s.Pass.StateAt(s.At)
}

// LastUsed is when the pass that is there was last used, zero where it was not or nobody tells.
func (s Standing) LastUsed() time.Time {
	if s.Pass == nil {
		return time.Time{}
	}
	return s.Pass.LastUsed
}

// Unused reports whether a method was registered and the pass that is there shows no use, though it would: somebody may have come in another way.
func (s Standing) Unused() bool {
	return s.Stage == Registered && s.Basis == ByPass && (s.TellsUse || s.Pass.OneTime) && s.LastUsed().IsZero() && s.State() != pass.Used
}

// Counts reports whether a method is one that people register with a pass: one that needs no password, or an Authenticator, of which Graph
// does not tell what it is set up for.
func Counts(m person.Method) bool { return m.Passwordless() || m.Type == "microsoftAuthenticator" }
