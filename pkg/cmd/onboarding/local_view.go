package onboarding

import (
	"cmp"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/record"
)

// localView is what the columns of the local record need beside the row: the zone, and how a hint is written.
type localView struct {
	zone *time.Location
	hint func(*errs.Error) string
}

// events is the columns of `tap audit --local`, documented in docs/output.md.
func (v localView) events() output.Schema[record.Event] {
	type E = record.Event
	opt := func(of func(E) string) func(E) any { return func(e E) any { return cmdutil.Optional(of(e)) } }
	return output.Schema[E]{
		{Name: "id", Type: "string", Doc: "the id of the write; several users of one batch share it", Exact: true, Value: func(e E) any { return e.ID }},
		{
			Name: "activityDateTime", Type: "date-time", Doc: "when it was recorded, before it was sent, by this machine's clock", Value: func(e E) any { return e.Time.UTC().Format(time.RFC3339Nano) },
			Head: "TIME", Cell: func(e E) string { return minute(e.Time, v.zone) },
		},
		{
			Name: "operator", Type: "string", Doc: "who was signed in, by user principal name or the application's name; null where nobody was",
			Value: opt(func(e E) string { return e.Identity.Name }), Head: "OPERATOR", Cell: func(e E) string { return cmp.Or(e.Identity.Name, e.LocalUser) }, Drop: 2,
		},
		{Name: "operatorId", Type: "string", Doc: "the operator's object id", Exact: true, Value: opt(func(e E) string { return e.Identity.ID })},
		{Name: "signIn", Type: "string", Doc: "the kind of sign-in, as `--auth` has it, or `sandbox`", Value: opt(func(e E) string { return e.Identity.Kind })},
		{Name: "localUser", Type: "string", Doc: "who ran `tap` on this machine, as the environment says", Value: opt(func(e E) string { return e.LocalUser })},
		{Name: "profile", Type: "string", Doc: "the profile that counted, null for none", Value: opt(func(e E) string { return e.Profile })},
		{Name: "tenantId", Type: "string", Doc: "the tenant's id", Exact: true, Value: opt(func(e E) string { return e.TenantID }), Head: "TENANT", Cell: func(e E) string { return e.TenantID }, Drop: 6},
		{Name: "cloud", Type: "string", Doc: "the cloud, `sandbox` for a rehearsal; null for what was done to a file", Value: opt(func(e E) string { return e.Cloud })},
		{Name: "command", Type: "string", Doc: "the command, without its arguments", Value: func(e E) any { return e.Command }, Head: "COMMAND", Cell: func(e E) string { return e.Command }, Drop: 5},
		{Name: "act", Type: "string", Doc: "`create`, `delete`, `policy` (it was changed), `deleteMethod`, `endSessions` or `open` (of an encrypted result)", Value: func(e E) any { return string(e.Act) }, Head: "ACT", Cell: done},
		{Name: "userId", Type: "string", Doc: "the object id of the user to whom it was done, null where it was not read", Exact: true, Value: opt(func(e E) string { return e.UserID })},
		{
			Name: "userPrincipalName", Type: "string", Doc: "the user's name, null where only an object id is known, and for what was done to nobody",
			Value: opt(func(e E) string { return e.UserPrincipalName }), Head: "USER", Cell: whom,
		},
		{Name: "passId", Type: "string", Doc: "the id of the pass", Exact: true, Value: opt(func(e E) string { return e.PassID })},
		{Name: "method", Type: "string", Doc: "the type of the method that was deleted, as Graph names it", Value: opt(func(e E) string { return e.Method })},
		{Name: "methodId", Type: "string", Doc: "its id", Exact: true, Value: opt(func(e E) string { return e.MethodID })},
		{Name: "file", Type: "string", Doc: "the result that was opened", Value: opt(func(e E) string { return e.File })},
		{Name: "changes", Type: "string", Doc: "what was changed of the policy, in words", Value: opt(func(e E) string { return strings.Join(e.Changes, "; ") })},
		{
			Name: "outcome", Type: "string", Doc: "`created`, `deleted`, `changed`, `ended`, `opened`, `gone` (it was not there any more: deleted by somebody else, or by a try of this command whose answer was lost), `refused`, `failed`, or `unknown`: no answer came, or `tap` was killed or is still at work",
			Value: func(e E) any { return string(e.Outcome) }, Head: "OUTCOME", Cell: outcome, Tone: func(e E) output.Tone { return tone(e.Outcome) },
		},
		{Name: "slug", Type: "string", Doc: "the class of a failure, as the exit codes have it", Value: opt(func(e E) string { return string(e.Slug) })},
		{Name: "reason", Type: "string", Doc: "the rule behind a refusal, from the closed list", Value: opt(func(e E) string { return string(e.Reason) })},
		{Name: "error", Type: "string", Doc: "what went wrong, in words", Value: opt(func(e E) string { return e.Error })},
		{Name: "hint", Type: "string", Doc: "the command that tells what became of it, where that is not known", Value: opt(v.way)},
		{Name: "requestId", Type: "string", Doc: "the service's request id", Exact: true, Value: opt(func(e E) string { return e.RequestID })},
		{Name: "allowPrivileged", Type: "boolean", Doc: "whether `--allow-privileged` was given", Value: func(e E) any { return e.AllowPrivileged }},
		{Name: "ticketNumber", Type: "string", Doc: "what `--ticket` said", Value: opt(func(e E) string { return e.Ticket }), Head: "TICKET", Cell: func(e E) string { return e.Ticket }, Drop: 3},
		{Name: "justification", Type: "string", Doc: "what `--reason` said", Value: opt(func(e E) string { return e.Justification }), Head: "REASON", Cell: func(e E) string { return e.Justification }, Drop: 4, Cut: true},
	}
}

// way is the command that tells what became of a write, "" where that is known.
func (v localView) way(e record.Event) string {
	if e.Outcome != record.Unknown {
		return ""
	}
	return v.hint(&errs.Error{Hints: []string{findOut(e)}})
}

// done is what was done, in words: to a pass, where it says no more.
func done(e record.Event) string {
	switch e.Act {
	case record.DeleteMethod:
		return "delete method"
	case record.EndSessions:
		return "end sessions"
	}
	return string(e.Act)
}

// whom names to whom or to what it was done.
func whom(e record.Event) string {
	switch {
	case e.Act == record.ChangePolicy:
		return "the policy"
	case e.Act == record.OpenResult && e.UserPrincipalName == "":
		return e.File
	}
	return cmp.Or(e.UserPrincipalName, e.UserID)
}

func outcome(e record.Event) string {
	switch e.Outcome {
	case record.Refused, record.Failed:
		return strings.TrimSpace(string(e.Outcome) + " " + cmp.Or(string(e.Reason), string(e.Slug)))
	}
	return string(e.Outcome)
}

func tone(o record.Outcome) output.Tone {
	switch o {
	case record.Refused, record.Failed, record.Unknown:
		return output.Bad
	case record.Gone:
		return output.Faint
	}
	return output.Good
}

// minute is a time as a table shows it.
func minute(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2006-01-02 15:04 MST")
}
