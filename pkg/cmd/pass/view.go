package pass

import (
	"slices"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// view is what the columns need beside the row: whose tenant, which zone, how a hint is written, where a pass is used.
type view struct {
	tenant string
	zone   *time.Location
	hint   func(*errs.Error) string
	signIn string
}

func newView(f *cmdutil.Factory, t *cmdutil.Target) view {
	return view{tenant: t.TenantID, zone: f.ShowZone(), hint: f.Say.Hint, signIn: t.SignIn}
}

// The widths that rows need, so that they can be printed before all of them are known.
const (
	outcomeWidth = len("replaced")
	stateWidth   = len("disabledByPolicy")
	useWidth     = len("many times")
	lifeWidth    = len("29d 23h")

	shortestPasscode = 8
)

func (v view) widths(refs []person.Ref) map[string]int {
	longest := 0
	for _, r := range refs {
		longest = max(longest, len(r))
	}
	at := len(v.time(time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC)))
	return map[string]int{"PASSCODE": shortestPasscode, "USER": longest, "OUTCOME": outcomeWidth, "STATE": stateWidth, "USE": useWidth, "LIFETIME": lifeWidth, "FROM": at, "UNTIL": at}
}

// who is the columns that name a user, the same for every row about one.
func who[T any](v view, of func(T) person.Person) output.Schema[T] {
	return output.Schema[T]{
		{Name: "tenantId", Type: "string", Doc: "the tenant's id", Exact: true, Value: func(T) any { return null(v.tenant) }},
		{Name: "userId", Type: "string", Doc: "the user's object id, null where it was not read", Exact: true, Value: func(r T) any { return null(of(r).ID) }},
		{
			Name: "userPrincipalName", Type: "string", Doc: "the user principal name, null where only an object id is known",
			Value: func(r T) any { return null(of(r).UserPrincipalName) },
			Head:  "USER", Cell: func(r T) string { return user(of(r)) },
		},
		{Name: "displayName", Type: "string", Doc: "the user's name, null where it was not read", Value: func(r T) any { return null(of(r).DisplayName) }},
	}
}

// life is the columns that say how long a pass lives, the same for every row about one.
func life[T any](v view, of func(T) pass.Pass) output.Schema[T] {
	return output.Schema[T]{
		{
			Name: "startDateTime", Type: "date-time", Doc: "when the pass begins to work",
			Value: func(r T) any { return timestamp(of(r).Start) },
			Head:  "FROM", Cell: func(r T) string { return v.time(of(r).Start) }, Drop: 2,
		},
		{
			Name: "endDateTime", Type: "date-time", Doc: "when it ends: `startDateTime` and `lifetimeInMinutes`",
			Value: func(r T) any { return timestamp(end(of(r))) },
			Head:  "UNTIL", Cell: func(r T) string { return v.time(end(of(r))) }, Drop: 1,
		},
		{
			Name: "lifetimeInMinutes", Type: "integer", Doc: "how long it works",
			Value: func(r T) any { return minutes(of(r)) },
			Head:  "LIFETIME", Cell: func(r T) string { return lifetime(of(r)) }, Drop: 4,
		},
		{
			Name: "isUsableOnce", Type: "boolean", Doc: "whether it works once",
			Value: func(r T) any { return oneTime(of(r)) },
			Head:  "USE", Cell: func(r T) string { return use(of(r)) }, Drop: 3,
		},
	}
}

const stateDoc = "`notYetValid`, `usable`, `expired`, `used`, `disabledByPolicy`, by the service's clock; null where the cloud cannot tell"

// results is the columns of `tap create` and `tap delete`, documented in docs/output.md.
func (v view) results() output.Schema[pass.Result] {
	type R = pass.Result
	outcome := output.Schema[R]{
		{
			Name: "outcome", Type: "string", Doc: "`created`, `replaced`, `deleted`, `skipped`, `refused` or `failed`; under `--dry-run` what it would be. With `--replace` it is `created`, for nobody looked",
			Value: func(r R) any { return string(r.Outcome) },
			Head:  "OUTCOME", Cell: func(r R) string { return string(r.Outcome) }, Tone: func(r R) output.Tone { return outcomeTone(r.Outcome) },
		},
		{Name: "dryRun", Type: "boolean", Doc: "whether this is a plan, of which nothing was sent", Value: func(r R) any { return r.DryRun }},
		{Name: "passId", Type: "string", Doc: "the id of the pass that was made, deleted, or is in the way", Exact: true, Value: func(r R) any { return null(r.Pass.ID) }},
		{Name: "temporaryAccessPass", Type: "string", Doc: "the passcode, only in the answer to `tap create`", Exact: true, Value: func(r R) any { return null(r.Passcode.Reveal()) }},
	}
	fate := output.Schema[R]{
		{Name: "state", Type: "string", Doc: stateDoc, Value: func(r R) any { return null(string(r.State())) }},
		{Name: "reason", Type: "string", Doc: "the rule behind `skipped` or `refused`, from a closed list", Value: func(r R) any { return null(string(r.Reason)) }},
		{Name: "error", Type: "string", Doc: "what went wrong, in words", Value: func(r R) any { return null(message(r.Err)) }},
		{Name: "hint", Type: "string", Doc: "a command that mends it", Value: func(r R) any { return null(v.fix(r.Err)) }},
		{Name: "requestId", Type: "string", Doc: "the service's request id", Value: func(r R) any { return null(r.RequestID) }},
	}
	return slices.Concat(who(v, func(r R) person.Person { return r.Person }), outcome, life(v, func(r R) pass.Pass { return r.Pass }), fate)
}

// created is the columns of `tap create`, whose table ends with the passcode.
func (v view) created() output.Schema[pass.Result] {
	return append(v.results(), output.Column[pass.Result]{Head: "PASSCODE", Exact: true, Cell: func(r pass.Result) string { return r.Passcode.Reveal() }})
}

// holding is one row of `tap list`.
type holding struct {
	pass.Holding
	pass pass.Pass
}

func (h holding) state() pass.State { return h.pass.StateAt(h.At) }

// held is the columns of `tap list`, documented in docs/output.md.
func (v view) held() output.Schema[holding] {
	type H = holding
	state := output.Schema[H]{{
		Name: "state", Type: "string", Doc: stateDoc,
		Value: func(h H) any { return null(string(h.state())) },
		Head:  "STATE", Cell: func(h H) string { return stateCell(h.state()) }, Tone: func(h H) output.Tone { return stateTone(h.state()) },
	}}
	history := output.Schema[H]{
		{Name: "createdDateTime", Type: "date-time", Doc: "when it was created", Value: func(h H) any { return timestamp(h.pass.Created) }},
		{Name: "lastUsedDateTime", Type: "date-time", Doc: "when it was last used; null where it was not, or where the cloud does not tell", Value: func(h H) any { return timestamp(h.pass.LastUsed) }},
		{
			Name: "passId", Type: "string", Doc: "the pass's id", Exact: true, Value: func(h H) any { return null(h.pass.ID) },
			Head: "PASS ID", Cell: func(h H) string { return h.pass.ID }, Drop: 5,
		},
	}
	return slices.Concat(who(v, func(h H) person.Person { return h.Person }), state, life(v, func(h H) pass.Pass { return h.pass }), history)
}

func (v view) fix(e *errs.Error) string {
	if e == nil {
		return ""
	}
	return v.hint(e)
}
