package onboarding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/record"
)

// local prints what tap did on this machine.
func (o *AuditOptions) local() error {
	q, err := o.query(time.Now())
	if err != nil {
		return err
	}
	if _, err := o.StateDir(); err != nil {
		return err
	}
	all, unread, err := o.Record().Read()
	if err != nil {
		return err
	}
	rows := q.Local(all)
	columns := localView{zone: o.ShowZone(), hint: o.Say.Hint}.events()
	if err := printAll(o.Factory, columns, rows); err != nil {
		return err
	}
	if len(rows) == 0 {
		o.Say.Notice("nothing like that is recorded on this machine")
	}
	if unread > 0 {
		o.Say.Warning(fmt.Sprintf("%s of the record could not be read: a process was killed in the middle of it, or a later tap wrote it", errs.Count(unread, "line")))
	}
	o.open(rows)
	return nil
}

// open says of what the outcome is not known, and how it is found out.
func (o *AuditOptions) open(rows []record.Event) {
	var ways []string
	n := 0
	for _, e := range rows {
		if e.Outcome == record.Unknown {
			n++
			if way := findOut(e); !slices.Contains(ways, way) {
				ways = append(ways, way)
			}
		}
	}
	if n == 0 {
		return
	}
	text := fmt.Sprintf("it is not known what became of %s: tap was killed, got no answer, or is still at work. What there is now:", errs.Count(n, "write"))
	for _, way := range ways[:min(len(ways), mostWays)] {
		text += " " + o.Say.Hint(&errs.Error{Hints: []string{way}}) + ";"
	}
	o.Say.Warning(strings.TrimSuffix(text, ";"))
}

// mostWays is how many commands a warning names.
const mostWays = 5

// findOut is the command that tells what became of a write.
func findOut(e record.Event) string {
	user := person.Ref(cmp.Or(e.UserPrincipalName, e.UserID)).Typed()
	switch e.Act {
	case record.ChangePolicy:
		return "tap policy show"
	case record.DeleteMethod, record.EndSessions:
		return "tap show " + user
	}
	return "tap list " + user
}
