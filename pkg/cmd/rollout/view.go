package rollout

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// runs is the columns of `tap run list`, documented in docs/output.md.
func runs(f *cmdutil.Factory) output.Schema[*known] {
	show := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(f.ShowZone()).Format("2006-01-02 15:04 MST")
	}
	stamp := func(t time.Time) any {
		if t.IsZero() {
			return nil
		}
		return t.UTC().Format(time.RFC3339)
	}
	return output.Schema[*known]{
		{Name: "run", Type: "string", Doc: "the run's id", Exact: true, Value: func(k *known) any { return k.ID }, Head: "RUN", Cell: func(k *known) string { return k.ID }},
		{
			Name: "state", Type: "string", Doc: "`unfinished`; `done`; `abandoned`, which `--restart` began anew; `expired`, whose passes have all ended; or `unreadable`", Value: func(k *known) any { return k.state() },
			Head: "STATE", Cell: func(k *known) string { return k.state() },
		},
		{Name: "begun", Type: "date-time", Doc: "when it was begun", Value: func(k *known) any { return stamp(k.Head.Begun) }, Head: "BEGUN", Cell: func(k *known) string { return show(k.Head.Begun) }, Drop: 2},
		{Name: "finished", Type: "date-time", Doc: "when its result was whole", Value: func(k *known) any { return stamp(k.finished()) }},
		{Name: "rows", Type: "integer", Doc: "how many users it has", Value: func(k *known) any { return len(k.Head.Users) }, Head: "ROWS", Cell: func(k *known) string { return fmt.Sprint(len(k.Head.Users)) }, Drop: 1},
		{Name: "tenantId", Type: "string", Doc: "the tenant's id", Exact: true, Value: func(k *known) any { return k.Head.Tenant }},
		{Name: "result", Type: "string", Doc: "where its result is, or will be", Value: func(k *known) any { return k.result() }, Head: "RESULT", Cell: (*known).result, Drop: 3, Cut: true},
		{Name: "command", Type: "string", Doc: "what was typed", Value: func(k *known) any { return k.Head.Command }},
	}
}

func (k *known) state() string {
	switch {
	case k.Err != nil:
		return "unreadable"
	case k.Complete != nil:
		return "done"
	case k.Expired:
		return "expired"
	case k.Anew != "":
		return "abandoned"
	}
	return "unfinished"
}

func (k *known) finished() time.Time {
	if k.Complete == nil {
		return time.Time{}
	}
	return k.Complete.At
}

func (k *known) result() string {
	if k.Complete != nil {
		return k.Complete.Path
	}
	if k.Job == nil {
		return ""
	}
	return k.Job.place()
}

// runRow is a row of `tap run show`. It has no passcode.
type runRow struct {
	row     int
	user    string
	outcome string
	passID  string
	secret  string // its address in a vault
	reason  string
	error   string
}

// rows is the columns of `tap run show`, documented in docs/output.md.
func rows() output.Schema[runRow] {
	text := func(of func(runRow) string) func(runRow) any {
		return func(r runRow) any {
			if s := of(r); s != "" {
				return s
			}
			return nil
		}
	}
	return output.Schema[runRow]{
		{Name: "row", Type: "integer", Doc: "the row's number", Value: func(r runRow) any { return r.row }, Head: "ROW", Cell: func(r runRow) string { return fmt.Sprint(r.row) }},
		{Name: "user", Type: "string", Doc: "the user's object id, or name where no id is known", Value: func(r runRow) any { return r.user }, Head: "USER", Cell: func(r runRow) string { return r.user }},
		{Name: "outcome", Type: "string", Doc: "what became of it; `open` where nothing did so far, `under way` where a create was sent", Value: func(r runRow) any { return r.outcome }, Head: "OUTCOME", Cell: func(r runRow) string { return r.outcome }},
		{Name: "passId", Type: "string", Doc: "the id of the pass that was made", Exact: true, Value: text(func(r runRow) string { return r.passID })},
		{Name: "secretId", Type: "string", Doc: "where its passcode is in a vault, once the run is done", Exact: true, Value: text(func(r runRow) string { return r.secret })},
		{Name: "reason", Type: "string", Doc: "the rule behind it, from a closed list", Value: text(func(r runRow) string { return r.reason })},
		{Name: "error", Type: "string", Doc: "what went wrong, in words", Value: text(func(r runRow) string { return r.error }), Head: "WHY", Cell: func(r runRow) string { return r.error }, Drop: 1, Cut: true},
	}
}

// rows tells what became of each row of a run so far.
func (s store) rows(k *known) ([]runRow, error) {
	list, err := s.ended(k)
	if err != nil || k.Complete != nil {
		return list, err
	}
	story, err := journal.Peek(s.fs, s.path(k.ID))
	if errors.Is(err, journal.ErrFinished) { // meanwhile
		return s.ended(k)
	}
	if err != nil {
		return nil, err
	}
	for n := range story.Intents {
		if n < len(list) {
			list[n].outcome = "under way"
		}
	}
	return list, nil
}

// ended tells of the rows that have come to an end.
func (s store) ended(k *known) ([]runRow, error) {
	list := make([]runRow, len(k.Head.Users))
	for n, u := range k.Head.Users {
		list[n] = runRow{row: n + 1, user: u, outcome: "open"}
	}
	return list, journal.Rows(s.fs, s.path(k.ID), func(r journal.ReceiptRow) error {
		if r.Row >= len(list) {
			return fmt.Errorf("row %d of %d", r.Row+1, len(list))
		}
		list[r.Row] = runRow{r.Row + 1, cmp.Or(r.UserPrincipalName, list[r.Row].user), string(r.Outcome), r.PassID, r.SecretID, string(r.Reason), r.Error}
		return nil
	})
}
