// Package roster reads the list of users that passes are made for: CSV in three dialects and four encodings, XLSX, or users
// named otherwise. It tells everything that is wrong with it at once, by row and column.
// It must not look anybody up, write a file (not even a temporary one), look at a clock, or guess what a cell means.
package roster

import (
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// The limits of a roster. Beyond them it is refused: it can be split.
const (
	MostRows         = 100_000   // of CSV, and of users named otherwise
	MostWorkbookRows = 20_000    // of XLSX
	MostColumns      = 256       // of either
	LargestFile      = 64 << 20  // bytes of the file
	LargestWorkbook  = 128 << 20 // bytes of all that an XLSX file holds, unpacked
)

// Roster is a roster as it was read: every row names one user, and no user stands in two rows under the same name.
type Roster struct {
	Columns []string // the carried columns' names, in the file's order, as written
	Rows    []Row
}

// Row is one user and what was asked for this user alone.
type Row struct {
	Line     int            // the row in the file, counted as a spreadsheet does: the first is 1, empty ones count; of users named otherwise, the position
	Who      Who            // the strongest name in the row: object id, else user principal name, else mail, else employee id
	Also     []Who          // the row's weaker names, which must turn out to be the same user; nil: none
	Start    when.Time      // zero: not given
	End      when.Time      // zero: not given
	Lifetime when.Duration  // zero: not given; never beside End
	OneTime  *bool          // nil: not given; rows share what it points to
	Zone     *time.Location // nil: not given; rows share it
	Carried  []string       // the cells of Roster.Columns, byte for byte; as many as there are columns
}

// Kind is by what a row names its user.
type Kind int

// The kinds of name, the strongest first.
const (
	ByRef        Kind = iota // an object id or a user principal name that person.ParseRef accepts
	ByMail                   // a mail address, to be looked up
	ByEmployeeID             // an employee id, to be looked up
)

// Who is a user as a row names it, without surrounding blanks.
type Who struct {
	Kind  Kind
	Value string // of ByRef: a person.Ref
}

// String is the name as people read it: "ada@contoso.com", "mail ada@contoso.com", "employeeId 0042".
func (w Who) String() string {
	switch w.Kind {
	case ByMail:
		return "mail " + w.Value
	case ByEmployeeID:
		return "employeeId " + w.Value
	}
	return w.Value
}

// Wish returns what is asked for this row: its own values over those of base, which come from the flags. A row's End
// takes base's lifetime away, a row's Lifetime base's end.
func (r Row) Wish(base pass.Wish) pass.Wish {
	if !r.Start.IsZero() {
		base.Start = r.Start
	}
	if !r.End.IsZero() {
		base.Until, base.Lifetime = r.End, when.Duration{}
	}
	if !r.Lifetime.IsZero() {
		base.Lifetime, base.Until = r.Lifetime, when.Time{}
	}
	if r.OneTime != nil {
		base.OneTime = r.OneTime
	}
	if r.Zone != nil {
		base.Zone = r.Zone
	}
	return base
}

// FromUsers makes a roster of users that were named otherwise, by arguments or as members of a group: object ids or user
// principal names. A user named twice becomes one row. The error is an *errs.Error of slug usage with *Faults in its chain.
func FromUsers(users []string) (*Roster, error) {
	out, faults, seen := &Roster{}, &Faults{}, map[person.Ref]bool{}
	for i, u := range users {
		ref, err := person.ParseRef(u)
		switch {
		case err != nil:
			faults.add(0, "", "user %d: %s", i+1, userFault(u, err))
		case !seen[ref.Key()]:
			seen[ref.Key()] = true
			out.Rows = append(out.Rows, Row{Line: i + 1, Who: Who{ByRef, string(ref)}})
		}
	}
	switch {
	case len(users) == 0:
		faults.add(0, "", "no user was named")
	case len(out.Rows) > MostRows:
		faults.add(0, "", "more than %d users: take them in parts", MostRows)
	}
	if len(faults.All) > 0 {
		return nil, &errs.Error{Slug: errs.UsageFault, Err: faults}
	}
	return out, nil
}
