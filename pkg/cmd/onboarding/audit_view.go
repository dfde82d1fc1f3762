package onboarding

import (
	"cmp"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/audit"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

// logView is what the columns of the audit log need beside the row: whose tenant, and which zone.
type logView struct {
	tenant string
	zone   *time.Location
}

// events is the columns of `tap audit`, documented in docs/output.md.
func (v logView) events() output.Schema[audit.Event] {
	type E = audit.Event
	opt := func(of func(E) string) func(E) any { return func(e E) any { return cmdutil.Optional(of(e)) } }
	return output.Schema[E]{
		{Name: "tenantId", Type: "string", Doc: "the tenant's id", Exact: true, Value: func(E) any { return cmdutil.Optional(v.tenant) }},
		{Name: "id", Type: "string", Doc: "the id of the entry in the log", Exact: true, Value: func(e E) any { return e.ID }},
		{Name: "correlationId", Type: "string", Doc: "what the service relates entries by", Exact: true, Value: opt(func(e E) string { return e.CorrelationID })},
		{
			Name: "activityDateTime", Type: "date-time", Doc: "when it was done, by the service's clock", Value: func(e E) any { return e.At.Format(time.RFC3339Nano) },
			Head: "TIME", Cell: func(e E) string { return minute(e.At, v.zone) },
		},
		{Name: "activityDisplayName", Type: "string", Doc: "what was done, as the log has it", Value: func(e E) any { return e.Activity }},
		{
			Name: "act", Type: "string", Doc: "`created`, a pass, or `deleted`, a method that may have been a pass or another", Value: func(e E) any { return act(e) },
			Head: "WHAT", Cell: func(e E) string {
				if e.Created() {
					return "pass created"
				}
				return "a method deleted"
			},
		},
		{
			Name: "userPrincipalName", Type: "string", Doc: "to whom", Value: opt(func(e E) string { return e.User.UserPrincipalName }),
			Head: "USER", Cell: func(e E) string { return cmp.Or(e.User.UserPrincipalName, e.User.ID) },
		},
		{Name: "userId", Type: "string", Doc: "the user's object id", Exact: true, Value: opt(func(e E) string { return e.User.ID })},
		{Name: "displayName", Type: "string", Doc: "the user's name", Value: opt(func(e E) string { return e.User.DisplayName })},
		{
			Name: "operator", Type: "string", Doc: "who did it: a user principal name, or an application's name", Value: opt(func(e E) string { return e.By.Name }),
			Head: "BY", Cell: func(e E) string { return cmp.Or(e.By.Name, e.By.ID) },
		},
		{Name: "operatorId", Type: "string", Doc: "the operator's object id", Exact: true, Value: opt(func(e E) string { return e.By.ID })},
		{Name: "appId", Type: "string", Doc: "the application's id, null for a person", Exact: true, Value: opt(func(e E) string { return e.By.AppID })},
		{
			Name: "ipAddress", Type: "string", Doc: "from where, null where the log does not say", Value: opt(func(e E) string { return e.By.Address }),
			Head: "FROM", Cell: func(e E) string { return e.By.Address }, Drop: 2,
		},
		{
			Name: "result", Type: "string", Doc: "`success`, `failure` or `timeout`, as the log has it", Value: opt(func(e E) string { return e.Result }),
			Head: "RESULT", Cell: func(e E) string { return e.Result }, Tone: func(e E) output.Tone { return resultTone(e) }, Drop: 1,
		},
		{Name: "resultReason", Type: "string", Doc: "the log's words about it", Value: opt(func(e E) string { return e.ResultReason })},
	}
}

func act(e audit.Event) string {
	if e.Created() {
		return "created"
	}
	return "deleted"
}

func resultTone(e audit.Event) output.Tone {
	if e.Result == "success" {
		return output.Good
	}
	return output.Bad
}
