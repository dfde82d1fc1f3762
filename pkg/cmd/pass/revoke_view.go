package pass

import (
	"slices"

	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// deed is one row of `tap revoke`.
type deed struct {
	of pass.Incident
	pass.Act
}

// planned are rows as wide as those that are going to be printed.
func (v view) planned(i pass.Incident, history []pass.Act) []deed {
	rows := []deed{{i, pass.Act{At: i.At, Event: pass.SessionsEnded, Outcome: pass.DeedHappened}}}
	for _, a := range history {
		rows = append(rows, deed{i, a})
	}
	return rows
}

// timeline is the columns of `tap revoke`, documented in docs/output.md.
func (v view) timeline() output.Schema[deed] {
	type D = deed
	when := output.Schema[D]{{
		Name: "eventDateTime", Type: "date-time", Doc: "when it happened or was done, by the service's clock; null for what was not done",
		Value: func(d D) any { return timestamp(d.At) },
		Head:  "WHEN", Cell: func(d D) string { return v.time(d.At) },
	}}
	users := who(v, func(d D) person.Person { return d.of.Person })
	for n := range users {
		users[n].Head = "" // one user, who was typed
	}
	what := output.Schema[D]{
		{
			Name: "event", Type: "string", Doc: "`passCreated`, `passUsed`, `methodRegistered`, `passDeleted`, `sessionsEnded` or `methodDeleted`",
			Value: func(d D) any { return string(d.Event) },
		},
		{
			Name: "outcome", Type: "string", Doc: "`happened` before; `done`, `planned` under `--dry-run`, `kept`, `gone` where it was not there any more, `refused` or `failed`",
			Value: func(d D) any { return string(d.Outcome) },
			Head:  "OUTCOME", Cell: func(d D) string { return string(d.Outcome) }, Tone: deedTone,
		},
		{Head: "WHAT", Cell: func(d D) string { return deedInWords(d) }, Cut: true},
		{Name: "passId", Type: "string", Doc: "the pass that it is about", Exact: true, Value: func(d D) any { return null(orNone(d.Pass).ID) }},
		{Name: "methodId", Type: "string", Doc: "the id of the method that it is about, for `--remove-method`", Exact: true, Value: func(d D) any { return null(orNone(d.Method).ID) },
			Head: "METHOD ID", Cell: func(d D) string { return orNone(d.Method).ID }, Drop: 1},
		{Name: "methodType", Type: "string", Doc: "its type, as Graph names it: `fido2`", Value: func(d D) any { return null(orNone(d.Method).Type) }},
		{Name: "methodName", Type: "string", Doc: "its name or number", Value: func(d D) any { return null(orNone(d.Method).Name) }},
		{Name: "reason", Type: "string", Doc: "the rule behind `refused`, from a closed list", Value: func(d D) any {
			if d.Err == nil {
				return nil
			}
			return null(string(d.Err.Reason))
		}},
		{Name: "error", Type: "string", Doc: "what went wrong, in words", Value: func(d D) any { return null(message(d.Err)) }},
		{Name: "requestId", Type: "string", Doc: "the service's request id of what went wrong", Value: func(d D) any {
			if d.Err == nil {
				return nil
			}
			return null(d.Err.RequestID)
		}},
	}
	return slices.Concat(when, users, what)
}

// orNone is what is there, or the zero value.
func orNone[T any](v *T) T {
	if v == nil {
		return *new(T)
	}
	return *v
}

func deedInWords(d deed) string {
	switch d.Event {
	case pass.PassCreated:
		return "pass issued"
	case pass.PassUsed:
		return "pass used"
	case pass.MethodRegistered:
		return "registered " + inFull(orNone(d.Method))
	case pass.PassDeleted:
		return "delete the pass"
	case pass.SessionsEnded:
		return "end all sessions"
	}
	return "remove " + inFull(orNone(d.Method))
}

// inFull is a method with its name.
func inFull(m person.Method) string {
	if m.Name == "" {
		return m.Words()
	}
	return m.Words() + ", " + m.Name
}

func deedTone(d deed) output.Tone {
	switch d.Outcome {
	case pass.DeedHappened:
		return output.Faint
	case pass.DeedKept, pass.DeedPlanned, pass.DeedGone:
		return output.Doubtful
	case pass.DeedDone:
		return output.Good
	}
	return output.Bad
}
