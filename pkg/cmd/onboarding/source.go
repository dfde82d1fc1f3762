package onboarding

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/onboarding"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/result"
	"github.com/seed-5ddf9a5e/tap/pkg/roster"
)

// source is whom the report is about: a roster, which may be the result of a run, or a group, of which the roster is nil.
type source struct {
	roster  *roster.Roster
	columns []string // that are carried
	kept    []int    // where they stand among the roster's carried columns
	by      int      // of columns; -1: no sums by one
	id      int      // where the roster tells of a pass; -1: it does not
	start   int
}

// The columns of a result that tell of a pass, and the one that nobody may see again.
const (
	passID   = "passId"
	begins   = "startDateTime"
	passcode = "temporaryAccessPass"
)

// readSource reads the roster. Of a result the columns of its own are not carried: they say how it was then. A passcode is forgotten at once.
func (o *ReportOptions) readSource() (source, error) {
	s := source{by: -1, id: -1, start: -1}
	r, err := o.Users.Read(o.Factory, roster.Lock{})
	if err != nil || r == nil {
		return s, err
	}
	s.roster = r
	isResult := place(r.Columns, passID) >= 0
	if isResult {
		s.id, s.start = place(r.Columns, passID), place(r.Columns, begins)
	}
	for i, name := range r.Columns {
		switch {
		case same(name, passcode):
			for _, row := range r.Rows {
				row.Carried[i] = ""
			}
			o.Say.Notice("the roster has passcodes in it, which a report does not repeat")
		case isResult && place(result.Columns(), name) >= 0:
		default:
			s.columns, s.kept = append(s.columns, name), append(s.kept, i)
		}
	}
	if o.By == "" {
		return s, nil
	}
	if s.by = place(s.columns, o.By); s.by < 0 {
		if len(s.columns) == 0 {
			return s, errs.Usage("--by sums by a column of the roster, which has none but those that name the user", "tap help roster")
		}
		return s, errs.Usage("the roster has no column "+o.By+" to sum by: choose from "+strings.Join(s.columns, ", "), "--by "+cmdutil.Quoted(s.columns[0]))
	}
	return s, nil
}

// same compares names of columns as a roster does.
func same(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

// place is where a column stands, -1: nowhere.
func place(columns []string, name string) int {
	return slices.IndexFunc(columns, func(c string) bool { return same(c, name) })
}

// told is the pass of which the roster tells in the nth row.
func (s source) told(n int) onboarding.Told {
	if s.id < 0 {
		return onboarding.Told{}
	}
	t := onboarding.Told{ID: strings.TrimSpace(s.roster.Rows[n].Carried[s.id])}
	if s.start >= 0 {
		if at, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(s.roster.Rows[n].Carried[s.start])); err == nil {
			t.Start = at.UTC()
		}
	}
	return t
}

// cells are what the nth row carries.
func (s source) cells(n int) []string {
	var cells []string
	for _, i := range s.kept {
		cells = append(cells, s.roster.Rows[n].Carried[i])
	}
	return cells
}
