package errs

// Slug is the class of a failure, as it stands in JSON and in `tap help exit-codes`.
type Slug string

// The slugs of product.md, "Output, outcomes, exit codes". Usage and Local are
// functions, so their slugs carry a longer name in Go.
const (
	Internal    Slug = "internal"
	UsageFault  Slug = "usage"
	Partial     Slug = "partial"
	Auth        Slug = "auth"
	Denied      Slug = "denied"
	NotFound    Slug = "not_found"
	Rejected    Slug = "rejected"
	Busy        Slug = "busy"
	Findings    Slug = "findings"
	LocalFault  Slug = "local"
	Interrupted Slug = "interrupted"
	Terminated  Slug = "terminated"
)

// Code is one row of the table of exit codes.
type Code struct {
	Exit    int    // the process's exit code
	Slug    Slug   // its class
	Meaning string // one line for people
}

// Codes is the table of exit codes, in order. Code 0 is success and has no slug.
func Codes() []Code {
	return []Code{
		{0, "", "done, or nothing to do"},
		{1, Internal, "a defect, or something nobody classified"},
		{2, UsageFault, "a flag, argument, roster or policy file is wrong; nothing was sent"},
		{3, Partial, "several users or tenants, at least one refused or failed"},
		{4, Auth, "no credential, expired, interaction needed"},
		{5, Denied, "signed in, not allowed"},
		{6, NotFound, "no such user, pass, group, profile"},
		{7, Rejected, "policy or state forbids it; the reason says which"},
		{8, Busy, "throttled, unreachable or not yet replicated after all retries; safe to run again"},
		{9, Findings, "a check worked and found something"},
		{10, LocalFault, "a file, folder, keyring or clipboard of this machine cannot be used"},
		{130, Interrupted, "Ctrl-C; nothing lost"},
		{143, Terminated, "SIGTERM; nothing lost"},
	}
}

// Exit returns the exit code of the slug. A slug outside the table is a defect: 1.
func (s Slug) Exit() int {
	for _, c := range Codes() {
		if c.Slug == s && s != "" {
			return c.Exit
		}
	}
	return 1
}

// ExitCode returns the exit code for err: 0 for nil.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	return Of(err).Slug.Exit()
}

// Reason is the rule behind a refusal: a closed list that scripts may switch on.
type Reason string

// The reasons of product.md, exit code 7, and of the guards.
const (
	HoldsPass      Reason = "holds_pass"      // the user already holds a pass that is not expired or used
	NoPass         Reason = "no_pass"         // there is nothing to delete
	OtherState     Reason = "other_state"     // the pass is in a state that was not named
	PolicyDisabled Reason = "policy_disabled" // the policy's state is disabled
	PolicyLifetime Reason = "policy_lifetime" // the lifetime lies outside the policy's range
	PolicyOneTime  Reason = "policy_one_time" // the policy forces one-time passes
	PolicyChanged  Reason = "policy_changed"  // somebody changed the policy since it was read
	NotTargeted    Reason = "not_targeted"    // no includeTarget reaches the user, or an excludeTarget does
	ExternalGuest  Reason = "external_guest"  // an external (B2B) guest cannot hold a pass
	Self           Reason = "self"            // nobody issues a pass for the own account
	Privileged     Reason = "privileged"      // the user holds a directory role and the caller is an application
	StartInPast    Reason = "start_in_past"   // the service says that the start lies in the past
	NotReplicated  Reason = "not_replicated"  // a part of the service does not know the user yet
	WrongCode      Reason = "wrong_code"      // the sandbox's sign-in: another passcode is the user's
	NotUsable      Reason = "not_usable"      // the sandbox's sign-in: the pass is not yet valid, expired, used or switched off
	AccountOff     Reason = "account_off"     // the sandbox's sign-in: the account is disabled
	Ambiguous      Reason = "ambiguous"       // what names the user leads to several, or to two
	OtherRun       Reason = "other_run"       // an unfinished run has the user, too
	Unconfirmed    Reason = "unconfirmed"     // a lost try may still end the pass that was made
	ServiceRefused Reason = "service_refused" // refused by a rule that this version does not know
)

// Reasons lists every reason there is.
func Reasons() []Reason {
	return []Reason{
		HoldsPass, NoPass, OtherState, PolicyDisabled, PolicyLifetime, PolicyOneTime, PolicyChanged, NotTargeted, ExternalGuest,
		Self, Privileged, StartInPast, NotReplicated, WrongCode, NotUsable, AccountOff, Ambiguous, OtherRun, Unconfirmed, ServiceRefused,
	}
}
