package root

import (
	"errors"
	"slices"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/doctor"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// What of the settings cannot be used, as the doctor's findings name it. A variable is named by its name.
const (
	ofProfiles    = "profiles"
	ofMachine     = "machine"
	ofLocks       = "locked"
	ofCredentials = "credentials"
	ofTenant      = "tenant"
)

// unread is what kept settings from being read.
type unread struct {
	of  string
	err *errs.Error
}

// forgive lets a command that works without settings go on where they cannot be used. What it goes without is told: by a doctor as
// a finding, by others as a warning.
func (p *Process) forgive(of string, err error) error {
	if err == nil || !p.worksWithout(of, errs.Of(err)) {
		return err
	}
	if slices.ContainsFunc(p.unread, func(u unread) bool { return u.err.Error() == errs.Of(err).Error() }) {
		return nil // of the machine settings it is told once
	}
	p.unread = append(p.unread, unread{of, errs.Of(err)})
	if !p.examines() {
		p.say.Warning("going without the settings: " + errs.Of(err).Headline())
	}
	return nil
}

// worksWithout reports whether the command needs no settings: a doctor says what is wrong with them, who wants everybody forgotten is
// held up by none, and a sandbox is a target of its own. What the machine locks is locked in the sandbox, too.
func (p *Process) worksWithout(of string, e *errs.Error) bool {
	if all := p.cmd.Flags().Lookup("all"); p.cmd.Name() == "logout" && all.Value.String() == "true" {
		return true
	}
	return p.examines() || of == ofProfiles && p.isSandbox() && e.Slug != errs.NotFound
}

// isSandbox reports whether the command works on a sandbox: by its flags, or as `tap sandbox users` and its like.
func (p *Process) isSandbox() bool {
	return p.flags.isSandbox() || p.cmd.Parent().Name() == "sandbox"
}

// examines reports whether the command is the doctor.
func (p *Process) examines() bool { return p.cmd.Name() == "doctor" }

// faults are what a doctor says of settings that could not be used, and of a sign-in that they do not settle. In the sandbox none of
// it says how to sign in, nor do profiles where none is named or in use.
func (p *Process) faults(signIn error) (all []doctor.Fault) {
	for _, u := range p.unread {
		counts := !p.flags.isSandbox() && p.settles(u.of)
		all = append(all, fault(u.of, u.err, counts))
	}
	if errors.Is(signIn, auth.ErrTwoCredentials) {
		all = append(all, fault(ofCredentials, errs.Of(signIn), true))
	}
	return all
}

// settles reports whether what was not read would have said how to sign in.
func (p *Process) settles(of string) bool {
	for _, v := range variables() {
		if v.name == of {
			return slices.Contains(signInFlags(), v.flag)
		}
	}
	return of != ofProfiles || len(p.flags.profiles) > 0 || p.Streams.CanAsk()
}

func fault(of string, e *errs.Error, counts bool) doctor.Fault {
	f := doctor.Fault{Of: of, Why: e.Headline(), Counts: counts, Command: "tap help settings"}
	if len(e.Hints) > 0 {
		f.Command = e.Hints[0]
	}
	return f
}
