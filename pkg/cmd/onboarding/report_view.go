package onboarding

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/onboarding"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/result"
)

// view is what the columns need beside the row: whose tenant, when, in which zone, how a hint is written, and what the roster's columns are called.
type view struct {
	tenant  string
	at      time.Time
	zone    *time.Location
	hint    func(*errs.Error) string
	safe    func(string) string
	columns []string
	by      string // the column of the sums, "" for none
}

// users is the columns of `tap report`, documented in docs/output.md.
func (v view) users() output.Schema[onboarding.Standing] {
	type S = onboarding.Standing
	return slices.Concat(v.who(), v.progress(), output.Schema[S]{
		{Name: "asOfDateTime", Type: "date-time", Doc: "when it was so, by the service's clock", Value: func(S) any { return timestamp(v.at) }},
		{Name: "error", Type: "string", Doc: "why nothing could be read of the user, in words", Value: func(s S) any { return cmdutil.Optional(message(s.Err)) }},
		{Name: "hint", Type: "string", Doc: "a command that mends it", Value: func(s S) any { return cmdutil.Optional(v.fix(s.Err)) }},
		{Name: "requestId", Type: "string", Doc: "the service's request id", Value: func(s S) any { return cmdutil.Optional(requestID(s.Err)) }},
		{Name: "roster", Type: "object", Doc: "the roster's other columns by name, each a string or null; in CSV a column each, called `roster.NAME` where one of ours has the name", Value: func(s S) any { return result.Cells{Names: v.columns, Values: s.Carried} }},
	})
}

func (v view) who() output.Schema[onboarding.Standing] {
	type S = onboarding.Standing
	return output.Schema[S]{
		{Name: "tenantId", Type: "string", Doc: "the tenant's id", Exact: true, Value: func(S) any { return cmdutil.Optional(v.tenant) }},
		{Name: "userId", Type: "string", Doc: "the user's object id, null where it was not read", Exact: true, Value: func(s S) any { return cmdutil.Optional(s.Person.ID) }},
		{
			Name: "userPrincipalName", Type: "string", Doc: "the user principal name, null where it was not read", Value: func(s S) any { return cmdutil.Optional(s.Person.UserPrincipalName) },
			Head: "USER", Cell: func(s S) string { return user(s) },
		},
		{Name: "displayName", Type: "string", Doc: "the user's name, null where it was not read", Value: func(s S) any { return cmdutil.Optional(s.Person.DisplayName) }},
	}
}

func (v view) progress() output.Schema[onboarding.Standing] {
	type S = onboarding.Standing
	of := func(get func(pass.Pass) any) func(S) any {
		return func(s S) any {
			if s.Pass == nil {
				return nil
			}
			return get(*s.Pass)
		}
	}
	return output.Schema[S]{
		{
			Name: "stage", Type: "string", Doc: "how far the user has come: `notIssued`, `issued`, `used` or `registered`; null where nothing could be read",
			Value: func(s S) any { return cmdutil.Optional(string(s.Stage)) }, Head: "STAGE", Cell: stageCell, Tone: func(s S) output.Tone { return stageTone(s.Stage) },
		},
		{Name: "basis", Type: "string", Doc: "what tells since when methods count: `pass`, the one that is there; `roster`, a result that tells of one that is gone; `since`, the flag; null where nothing does", Value: func(s S) any { return cmdutil.Optional(string(s.Basis)) }},
		{Name: "sinceDateTime", Type: "date-time", Doc: "since when methods count: when the pass was created, when the one that is gone began, or what `--since` says", Value: func(s S) any { return timestamp(s.Since) }},
		{Name: "passId", Type: "string", Doc: "the id of the pass that is there", Exact: true, Value: of(func(p pass.Pass) any { return p.ID })},
		{
			Name: "state", Type: "string", Doc: "its state: `notYetValid`, `usable`, `expired`, `used` or `disabledByPolicy`, by the service's clock; null where there is none or the cloud cannot tell",
			Value: func(s S) any { return cmdutil.Optional(string(s.State())) }, Head: "PASS", Cell: passCell, Drop: 2,
		},
		{Name: "startDateTime", Type: "date-time", Doc: "when it begins to work", Value: of(func(p pass.Pass) any { return timestamp(p.Start) })},
		{Name: "endDateTime", Type: "date-time", Doc: "when it ends", Value: of(func(p pass.Pass) any { return timestamp(p.End()) })},
		{
			Name: "lastUsedDateTime", Type: "date-time", Doc: "when it was last used; null where it was not, or where the cloud does not tell", Value: of(func(p pass.Pass) any { return timestamp(p.LastUsed) }),
			Head: "LAST USED", Cell: func(s S) string { return v.time(s.LastUsed()) }, Drop: 3,
		},
		{
			Name: "registeredMethods", Type: "array", Doc: "the methods that were registered since and count: `type`, by Graph's name, `displayName`, `createdDateTime`; null where they may not be read", Value: func(s S) any { return methods(s, s.Registered) },
			Head: "REGISTERED", Cell: func(s S) string { return inWords(s.Registered) }, Drop: 1, Cut: true,
		},
		{
			Name: "otherMethods", Type: "array", Doc: "the methods that do not count, likewise: older ones, those of a time that the service does not tell, and types that need a password", Value: func(s S) any { return methods(s, s.Others) },
			Head: "NOT COUNTED", Cell: func(s S) string { return inWords(s.Others) }, Drop: 4, Cut: true,
		},
	}
}

// carried is the columns with each of the roster's as one of its own, for CSV.
func (v view) carried() output.Schema[onboarding.Standing] {
	s := v.users()
	s = s[:len(s)-1]
	ours := s.Names()
	for i, name := range v.columns {
		heading := result.Heading(strings.ToValidUTF8(name, "\uFFFD"), func(n string) bool { return place(ours, n) >= 0 })
		s = append(s, output.Column[onboarding.Standing]{Name: result.Quoted(heading), Value: func(s onboarding.Standing) any { return cmdutil.Optional(s.Carried[i]) }})
	}
	return s
}

// user names a person in a table.
func user(s onboarding.Standing) string {
	if s.Person.UserPrincipalName != "" {
		return s.Person.UserPrincipalName
	}
	return s.Name
}

func stageCell(s onboarding.Standing) string {
	if s.Stage == "" {
		return "failed"
	}
	return string(s.Stage)
}

func passCell(s onboarding.Standing) string {
	switch {
	case s.Stage == "":
		return ""
	case s.Pass == nil && s.Told.ID != "":
		return "gone"
	case s.Pass == nil:
		return "none"
	case s.State() == "":
		return "unknown"
	}
	return string(s.State())
}

func stageTone(s onboarding.Stage) output.Tone {
	switch s {
	case "":
		return output.Bad
	case onboarding.NotIssued:
		return output.Faint
	case onboarding.Registered:
		return output.Good
	}
	return output.Doubtful
}

// method is a method as JSON has it.
type method struct {
	Type            string  `json:"type"`
	DisplayName     *string `json:"displayName"`
	CreatedDateTime any     `json:"createdDateTime"`
}

func methods(s onboarding.Standing, of []person.Method) any {
	if s.Unseen || s.Err != nil {
		return nil
	}
	all := []method{}
	for _, m := range of {
		all = append(all, method{m.Type, cmdutil.Optional(m.Name), timestamp(m.Created)})
	}
	return all
}

// inWords is the methods as people read them, with the names that their users gave them.
func inWords(methods []person.Method) string {
	var all []string
	for _, m := range methods {
		words := m.Words()
		if m.Name != "" {
			words += " “" + m.Name + "”"
		}
		all = append(all, words)
	}
	return strings.Join(all, ", ")
}

func (v view) time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(v.zone).Format("2006-01-02 15:04 MST")
}

func timestamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func message(e *errs.Error) string {
	if e == nil {
		return ""
	}
	return e.Error()
}

func requestID(e *errs.Error) string {
	if e == nil {
		return ""
	}
	return e.RequestID
}

func (v view) fix(e *errs.Error) string {
	if e == nil {
		return ""
	}
	return v.hint(e)
}
