package pass

import (
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

func (v view) time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(v.zone).Format("2006-01-02 15:04 MST")
}

// user names a person in a table: by user principal name where there is one.
func user(p person.Person) string {
	if p.UserPrincipalName != "" {
		return p.UserPrincipalName
	}
	return p.ID
}

func message(e *errs.Error) string {
	if e == nil {
		return ""
	}
	return e.Error()
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func timestamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func end(p pass.Pass) time.Time {
	if p.Start.IsZero() || p.Lifetime == 0 {
		return time.Time{}
	}
	return p.End()
}

func minutes(p pass.Pass) any {
	if p.Lifetime == 0 {
		return nil
	}
	return int(p.Lifetime.Minutes())
}

func lifetime(p pass.Pass) string {
	if p.Lifetime == 0 {
		return ""
	}
	return when.Human(p.Lifetime)
}

func oneTime(p pass.Pass) any {
	if p.ID == "" {
		return nil
	}
	return p.OneTime
}

func use(p pass.Pass) string {
	switch {
	case p.ID == "":
		return ""
	case p.OneTime:
		return "once"
	}
	return "many times"
}

// stateCell says in a table that a state is not known, instead of leaving it empty.
func stateCell(s pass.State) string {
	if s == "" {
		return "unknown"
	}
	return string(s)
}

func stateTone(s pass.State) output.Tone {
	switch s {
	case pass.Usable:
		return output.Good
	case pass.NotYetValid:
		return output.Doubtful
	case pass.DisabledByPolicy:
		return output.Bad
	}
	return output.Faint
}

func outcomeTone(o pass.Outcome) output.Tone {
	switch o {
	case pass.OutcomeRefused, pass.OutcomeFailed:
		return output.Bad
	case pass.OutcomeSkipped:
		return output.Doubtful
	}
	return output.Good
}
