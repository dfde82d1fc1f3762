package pass

import (
	"slices"

	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// happening is one row of `tap watch`.
type happening struct {
	who person.Person
	pass.Sighting
}

const eventWidth = len("not used: registered passkey (FIDO2)")

// events is the columns of `tap watch`, documented in docs/output.md. Where one user is watched, who that is was typed, and a narrow terminal
// loses it first; where several are, it loses the time instead.
func (v view) events(users int) output.Schema[happening] {
	type H = happening
	when := output.Schema[H]{{
		Name: "eventDateTime", Type: "date-time", Doc: "when it happened, by what the service says of it; null where that only shows that it did",
		Value: func(h H) any { return timestamp(h.At) },
		Head:  "WHEN", Cell: v.when,
	}}
	named := who(v, func(h H) person.Person { return h.who })
	spared := when
	if users == 1 {
		spared = named
	}
	for n := range spared {
		spared[n].Drop = 1
	}
	what := output.Schema[H]{
		{Name: "seenDateTime", Type: "date-time", Doc: "the service's time when it was seen", Value: func(h H) any { return timestamp(h.Seen) }},
		{
			Name: "event", Type: "string", Doc: "`issued`, `usable`, `used`, `expired`, `disabledByPolicy`, `replaced`, `deleted`, `registered` or `methodDeleted`",
			Value: func(h H) any { return string(h.Kind) },
			Head:  "EVENT", Cell: v.inWords, Tone: eventTone, Cut: true,
		},
		{Name: "before", Type: "boolean", Doc: "whether it was so when the watch began", Value: func(h H) any { return h.Before }},
		{Name: "passUnused", Type: "boolean", Doc: "of `registered`: the pass had not been used, so the user, or somebody else, has another way in", Value: func(h H) any { return h.Unused }},
		{Name: "passId", Type: "string", Doc: "the id of the pass then, null where there was none", Exact: true, Value: func(h H) any { return null(h.Pass.ID) }},
		{Name: "methodId", Type: "string", Doc: "the id of the method that came or went", Exact: true, Value: func(h H) any { return null(orNone(h.Method).ID) }},
		{Name: "methodType", Type: "string", Doc: "its type, as Graph names it: `fido2`", Value: func(h H) any { return null(orNone(h.Method).Type) }},
		{Name: "methodName", Type: "string", Doc: "its name or number", Value: func(h H) any { return null(orNone(h.Method).Name) }},
	}
	return slices.Concat(when, named, what)
}

// when is the time in a table: where the service does not say it, the time by which it had happened.
func (v view) when(h happening) string {
	if h.At.IsZero() {
		return v.time(h.Seen)
	}
	return v.time(h.At)
}

// inWords is what happened, in a few words.
func (v view) inWords(h happening) string {
	named := inFull(orNone(h.Method))
	switch h.Kind {
	case pass.EventIssued:
		return "has a pass until " + v.time(end(h.Pass))
	case pass.EventUsable:
		return "usable"
	case pass.EventReplaced:
		return "replaced by another pass"
	case pass.EventDisabled:
		return "switched off by the policy"
	case pass.EventRegistered:
		if h.Unused {
			return "not used: registered " + named
		}
		return "registered " + named
	case pass.EventRemoved:
		return "removed " + named
	}
	return string(h.Kind)
}

func eventTone(h happening) output.Tone {
	switch h.Kind {
	case pass.EventUsable, pass.EventUsed:
		return output.Good
	case pass.EventRegistered:
		if h.Unused {
			return output.Bad
		}
		return output.Good
	case pass.EventIssued:
		return output.Doubtful
	case pass.EventExpired:
		return output.Faint
	}
	return output.Bad
}
