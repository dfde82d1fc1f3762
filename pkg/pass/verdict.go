package pass

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/denial"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// Answer says whether a pass can be issued.
type Answer string

// Unsure is the answer where something that could speak against it was not seen, and nothing that was does.
const (
	Yes    Answer = "yes"
	No     Answer = "no"
	Unsure Answer = "unsure"
)

// Verdict says whether who is signed in can issue a pass for a user.
type Verdict struct {
	Answer  Answer
	Reason  errs.Reason // the rule behind a No, and HoldsPass where a pass would end another
	Words   []string    // what speaks against it, or has to be known
	Unknown []string    // what cannot be told, each with the permission that it takes
	Command string      // what to type, "" where nothing helps that could be
}

// judge weighs what was seen, what settles it before all else.
func (x *showing) judge() Verdict {
	create := "tap create " + x.Ref.Typed()
	no := func(r ruling) Verdict {
		return Verdict{Answer: No, Reason: r.reason, Words: []string{r.words}, Command: r.hint}
	}
	switch {
	case x.External:
		return no(externalGuest())
	case x.desk.Caller != "" && strings.EqualFold(x.ID, x.desk.Caller):
		return no(oneself())
	case len(x.ahead.Lacks) > 0:
		return Verdict{Answer: No, Words: told(x.ahead.Lacks)}
	case x.new:
		return no(ruling{errs.NotReplicated, "the directory knows this user, the pass service does not yet: new users take some seconds to some minutes", create + " --wait 60s"})
	case x.ruled != nil:
		return no(*x.ruled)
	case x.desk.Application && len(x.Roles) > 0:
		return no(ruling{errs.Privileged, privileged(x.Roles).Error(), create + " --allow-privileged"})
	case len(x.ahead.Keeps) > 0:
		return Verdict{Answer: No, Reason: errs.Privileged, Words: told(x.ahead.Keeps)}
	}
	return x.nothingAgainst(create)
}

// told are causes in words, each with what is to be done.
func told(causes []denial.Cause) []string {
	var words []string
	for _, c := range causes {
		words = append(words, c.Words+": "+c.Remedy)
	}
	return words
}

// nothingAgainst is the verdict where nothing that was seen speaks against a pass.
func (x *showing) nothingAgainst(create string) Verdict {
	v := Verdict{Answer: Yes, Unknown: x.unknown, Command: create}
	cannotTell := func(o *permission.Operation, whether string) {
		v.Unknown = append(v.Unknown, fmt.Sprintf("cannot tell without the %s: %s", x.needs(o), whether))
	}
	if !x.Seen {
		cannotTell(permission.ReadUser, "whether the user is an external guest, or the account is disabled")
	}
	if x.desk.Application && x.Roles == nil {
		cannotTell(permission.ReadRoles, "whether the user is an administrator")
	}
	if x.policy == nil {
		cannotTell(permission.ReadPolicy, "whether the policy reaches the user")
	}
	switch {
	case x.Passes == nil:
		cannotTell(permission.ListPasses, "whether the user holds a pass")
	case x.Held() != nil && x.Held().Held(x.At):
		v.Reason, v.Command = errs.HoldsPass, create+" --replace"
		v.Words = append(v.Words, "the user holds a pass, which a new one ends")
	}
	if x.Disabled {
		v.Words = append(v.Words, "the account is disabled: nobody signs in with a pass before it is enabled")
	}
	if len(v.Unknown) > 0 {
		v.Answer = Unsure
	}
	return v
}

// Code says what a code of the user is good for, and why not, at the service's time, in the zone; "" where that was not seen.
func (s Subject) Code(zone *time.Location) string {
	p := s.Held()
	at := func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04 MST") }
	switch {
	case s.Passes == nil:
		return ""
	case p == nil:
		return "no code works: the user holds no pass"
	case s.Disabled:
		return "no code works: the account is disabled"
	}
	switch p.StateAt(s.At) {
	case NotYetValid:
		return fmt.Sprintf("the code does not work yet: it does from %s on", at(p.Start))
	case Expired:
		return fmt.Sprintf("the code does not work any more: it expired at %s", at(p.End()))
	case Used:
		return "the code does not work any more: it works once, and was used" + used(*p, at)
	case DisabledByPolicy:
		return "the code does not work: the policy has switched it off since it was made, or does not include the user any more"
	case Usable:
		return fmt.Sprintf("the code works until %s; a code from before does not", at(p.End()))
	}
	return "whether the code works is not known: the cloud does not tell"
}

func used(p Pass, at func(time.Time) string) string {
	if p.LastUsed.IsZero() {
		return ""
	}
	return " at " + at(p.LastUsed)
}
