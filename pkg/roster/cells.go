package roster

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// readNames reads everything in a row that says who.
func (t *table) readNames(rec record, row *Row) {
	faults, again, names := len(t.faults.All), 0, 0
	for c := objectID; c <= employeeID; c++ {
		v := t.cell(rec, c)
		if v == "" {
			continue
		}
		who, why := readWho(c, v)
		if why != "" {
			t.fault(rec, c, "%s", why)
			continue
		}
		key := Who{who.Kind, strings.ToLower(who.Value)}
		if line, ok := t.seen[key]; !ok {
			t.seen[key] = rec.line
		} else if line == rec.line {
			continue // a user principal name that is an object id, in both columns
		} else if again == 0 {
			again = line
			t.fault(rec, c, "%s is in row %d already", quote(v), line)
		}
		if names++; names == 1 {
			row.Who = who
		} else {
			row.Also = append(row.Also, who)
		}
	}
	if names == 0 && len(t.faults.All) == faults {
		t.nobody(rec)
	}
}

func (t *table) nobody(rec record) {
	var empty []string
	for c := objectID; c <= employeeID; c++ {
		if t.at[c] >= 0 {
			empty = append(empty, t.header[t.at[c]])
		}
	}
	if len(empty) == 1 {
		t.faults.add(rec.line, empty[0], "is empty")
		return
	}
	t.faults.add(rec.line, "", "names nobody: %s are empty", strings.Join(empty, ", "))
}

// longestEmployeeID is Microsoft's limit, https://learn.microsoft.com/graph/api/resources/user (employeeId), in characters.
const longestEmployeeID = 16

// spreadsheetErrors are what a formula leaves where it cannot be worked out.
var spreadsheetErrors = []string{"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}

// readWho reads one name of a user, or says why it is none.
func readWho(c column, v string) (Who, string) {
	switch c {
	case mail:
		local, host, ok := strings.Cut(v, "@")
		if !ok || local == "" || host == "" || strings.Contains(host, "@") || strings.ContainsFunc(v, noLetter) {
			return Who{}, quote(v) + " is not a mail address such as user@contoso.com"
		}
		return Who{ByMail, v}, ""
	case employeeID:
		switch {
		case slices.Contains(spreadsheetErrors, v):
			return Who{}, quote(v) + " is the error of a formula"
		case len([]rune(v)) > longestEmployeeID:
			return Who{}, fmt.Sprintf("%s is not an employee id: they have at most %d characters", quote(v), longestEmployeeID)
		case strings.ContainsFunc(v, func(r rune) bool { return !unicode.IsPrint(r) }):
			return Who{}, quote(v) + " is not an employee id: it holds a character that cannot be seen"
		}
		return Who{ByEmployeeID, v}, ""
	}
	ref, err := person.ParseRef(v)
	switch {
	case err != nil:
		return Who{}, userFault(v, err)
	case c == objectID && !ref.IsID():
		return Who{}, quote(v) + " is not an object id"
	}
	return Who{ByRef, string(ref)}, ""
}

// userFault is the text of person.ParseRef's error, or a short one where that would repeat a long name.
func userFault(v string, err error) string {
	if len(v) > 80 {
		return quote(v) + " is neither an object id nor a user principal name such as user@contoso.com"
	}
	return err.Error()
}

func noLetter(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }

func (t *table) readLifetime(rec record, row *Row) {
	v := t.cell(rec, lifetime)
	if v == "" {
		return
	}
	if at := t.at[end]; at >= 0 && at < len(rec.cells) && strings.TrimSpace(rec.cells[at]) != "" {
		t.fault(rec, lifetime, "%s and %s both say when the pass ends: give one of them", label(t.header[at]), label(t.header[t.at[lifetime]]))
	}
	d, err := when.ParseDuration(v)
	switch {
	case err != nil:
		t.fault(rec, lifetime, "%s", err)
	case d.Duration() < pass.ShortestLifetime || d.Duration() > pass.LongestLifetime:
		t.fault(rec, lifetime, "a lifetime of %s is outside of what Microsoft Graph knows, 10 minutes to 30 days", d.Human())
	}
	row.Lifetime = d
}

func (t *table) readOneTime(rec record) *bool {
	v := t.cell(rec, oneTime)
	switch strings.ToLower(v) {
	case "true", "yes", "1":
		return t.yes
	case "false", "no", "0":
		return t.no
	case "":
	default:
		t.fault(rec, oneTime, "%s is not true, false, yes, no, 1 or 0", quote(v))
	}
	return nil
}
