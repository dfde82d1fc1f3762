package roster

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// column is one that a roster knows; all others are carried.
type column int

const (
	objectID column = iota // those that say who, the strongest first
	user
	mail
	employeeID
	start
	end
	timeZone
	lifetime
	oneTime
	columns // how many there are
)

// known are their names, folded.
var known = map[string]column{
	"objectid": objectID, "user": user, "upn": user, "userprincipalname": user, "mail": mail, "employeeid": employeeID,
	"start": start, "end": end, "timezone": timeZone, "lifetime": lifetime, "onetime": oneTime,
}

const whoColumns = "user (or upn, userPrincipalName), objectId, mail, employeeId"

// folded is a name as names of columns are compared.
func folded(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// table makes a roster of a file's rows.
type table struct {
	names   []string // the carried columns', as written
	full    [][]Row  // rows so far in pieces of rowsAtOnce, which are not copied as they become more
	rows    []Row    // the last piece
	faults  Faults
	header  []string     // the names, without surrounding blanks
	at      [columns]int // where a column stands; -1: nowhere
	carried []int        // where the others stand
	seen    map[Who]int  // the row of everybody so far, in lower case
	zones   map[string]zone
	unknown int // how many of zones are none
	yes, no *bool
	lock    Lock
}

// zone is a time zone that was looked up, or why it is none.
type zone struct {
	at  *time.Location
	why string
}

func newTable() *table {
	yes, no := true, false
	t := &table{seen: map[Who]int{}, zones: map[string]zone{}, yes: &yes, no: &no}
	for i := range t.at {
		t.at[i] = -1
	}
	return t
}

// read takes all rows. Faults are collected; the error is one that ends the reading.
func (t *table) read(src source) error {
	rows, faulty := 0, 0
	for {
		rec, err := src.next()
		var u *unreadable
		switch {
		case errors.Is(err, io.EOF):
			return t.finish(rows)
		case errors.As(err, &u) && !u.ends && t.header != nil && faulty < src.most():
			t.faults.add(u.line, "", "%s", u.why)
			faulty++
			continue
		case err != nil:
			return err
		case blank(rec):
			continue
		case t.header == nil:
			if err := t.readHeader(rec); err != nil {
				return err
			}
			continue
		}
		if rows++; rows > src.most() {
			return &unreadable{line: rec.line, why: fmt.Sprintf("it has more than %d rows: split it", src.most())}
		}
		t.readRow(rec)
	}
}

func (t *table) finish(rows int) error {
	switch {
	case t.header == nil:
		return damaged("it is empty: the first row names the columns, one of them %s", whoColumns)
	case rows == 0 && len(t.faults.All) == 0:
		return damaged("it has a header and no rows")
	}
	return nil
}

func blank(rec record) bool {
	return len(rec.bad) == 0 && !slices.ContainsFunc(rec.cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// used is how many cells there are up to the last one that is not blank.
func used(cells []string) int {
	for n := len(cells); n > 0; n-- {
		if strings.TrimSpace(cells[n-1]) != "" {
			return n
		}
	}
	return 0
}

// readHeader finds the columns. The error says that rows cannot be read by it; other faults are added, and the rows still looked at.
func (t *table) readHeader(rec record) error {
	if i, why := t.badCell(rec); why != "" {
		return &unreadable{line: rec.line, why: t.name(i) + " " + why}
	}
	written := rec.cells[:used(rec.cells)]
	if len(written) > MostColumns {
		return &unreadable{line: rec.line, why: fmt.Sprintf("it has more than %d columns", MostColumns)}
	}
	t.header = make([]string, len(written))
	first := map[string]int{}
	for i, w := range written {
		name := folded(w)
		c, isKnown := known[name]
		t.header[i] = strings.TrimSpace(w)
		before, twice := first[name]
		if isKnown && t.at[c] >= 0 {
			before, twice = t.at[c], true
		}
		switch {
		case name == "":
			t.faults.add(rec.line, "", "column %d has no name", i+1)
		case twice && folded(t.header[before]) != name:
			t.faults.add(rec.line, t.header[i], "the column says the same as %s: keep one of them", label(t.header[before]))
		case twice:
			t.faults.add(rec.line, t.header[i], "the column is there twice")
		case isKnown:
			t.at[c] = i
		default:
			t.carried = append(t.carried, i)
			t.names = append(t.names, w)
		}
		first[name] = i
	}
	return t.checkWho(rec.line)
}

// checkWho sees to it that the header has a column that says who.
func (t *table) checkWho(line int) error {
	if slices.Max(t.at[objectID:start]) >= 0 {
		return nil
	}
	if i := slices.IndexFunc(t.header, func(h string) bool { return strings.Contains(h, "@") }); i >= 0 {
		return &unreadable{line: line, why: fmt.Sprintf("there is no header: the first row names the columns, and here it holds %s", quote(t.header[i]))}
	}
	return &unreadable{line: line, why: "no column says who: name one " + whoColumns}
}

// badCell tells what is wrong with a cell as such, whatever its column: then the row's values mean nothing. One a row is
// enough to find it. "" is nothing wrong.
func (t *table) badCell(rec record) (index int, why string) {
	for i, c := range rec.cells {
		switch {
		case rec.bad[i] != "":
			return i, rec.bad[i]
		case strings.IndexByte(c, 0) >= 0:
			return i, "holds a NUL character: save the file as CSV UTF-8"
		case !utf8.ValidString(c):
			return i, "is not UTF-8: save the file as CSV UTF-8"
		}
	}
	return 0, ""
}

// name is what to call the column with index i.
func (t *table) name(i int) string {
	if i < len(t.header) && t.header[i] != "" {
		return t.header[i]
	}
	return fmt.Sprintf("column %d", i+1)
}

// readRow adds a row. Whatever is wrong with it becomes a fault.
func (t *table) readRow(rec record) {
	if i, why := t.badCell(rec); why != "" {
		t.faults.add(rec.line, t.name(i), "%s", why)
		return
	}
	if n := used(rec.cells); n > len(t.header) {
		t.faults.add(rec.line, "", "it has %s, the header %d: put a cell that holds the separator in quotes", errs.Count(n, "cell"), len(t.header))
		return
	}
	row := Row{Line: rec.line}
	t.readNames(rec, &row)
	row.Zone = t.readZone(rec)
	row.Start = t.readTime(rec, start, row.Zone)
	row.End = t.readTime(rec, end, row.Zone)
	t.readLifetime(rec, &row)
	row.OneTime = t.readOneTime(rec)
	t.holdLock(rec, row)
	row.Carried = t.carry(rec)
	if len(t.faults.All) == 0 { // nobody gets the rows of a roster with faults
		t.keep(row)
	}
}

const rowsAtOnce = 4096

func (t *table) keep(row Row) {
	if len(t.rows) == rowsAtOnce {
		t.full, t.rows = append(t.full, t.rows), make([]Row, 0, rowsAtOnce)
	}
	t.rows = append(t.rows, row)
}

// done is the roster that was read. It keeps nothing of the table alive.
func (t *table) done() *Roster {
	t.seen = nil
	return &Roster{Columns: t.names, Rows: slices.Concat(append(t.full, t.rows)...)}
}

func (t *table) carry(rec record) []string {
	if len(t.carried) == 0 {
		return nil
	}
	cells := make([]string, len(t.carried))
	for n, i := range t.carried {
		if i < len(rec.cells) {
			cells[n] = rec.cells[i]
		}
	}
	return cells
}

// longestCell is the most bytes in a cell that is read here; a user's name has 256 at most.
const longestCell = 256

// cell is the value of a column in a row without surrounding blanks; "" where there is none.
func (t *table) cell(rec record, c column) string {
	i := t.at[c]
	if i < 0 || i >= len(rec.cells) {
		return ""
	}
	v := strings.TrimSpace(rec.cells[i])
	if len(v) > longestCell {
		t.fault(rec, c, "%s is too long", quote(v))
		return ""
	}
	return v
}

// fault adds one for a column.
func (t *table) fault(rec record, c column, format string, args ...any) {
	t.faults.add(rec.line, t.header[t.at[c]], format, args...)
}

// mostUnknown is how many names that are no time zones are looked up: to find what is like one takes a millisecond each.
const mostUnknown = 100

func (t *table) readZone(rec record) *time.Location {
	name := t.cell(rec, timeZone)
	if name == "" {
		return nil
	}
	z, ok := t.zones[name]
	switch {
	case ok:
	case t.unknown == mostUnknown:
		z.why = fmt.Sprintf("%s was not looked up: %d others are not time zones", quote(name), mostUnknown)
	default:
		at, err := when.LoadZone(name)
		if z.at = at; err != nil {
			z.why = err.Error()
			t.unknown++
		}
		t.zones[strings.Clone(name)] = z
	}
	if z.why != "" {
		t.fault(rec, timeZone, "%s", z.why)
	}
	return z.at
}

// readTime reads a point in time. A local one that its own zone skips or has twice is a fault here already.
func (t *table) readTime(rec record, c column, zone *time.Location) when.Time {
	v := t.cell(rec, c)
	if v == "" {
		return when.Time{}
	}
	at, err := when.ParseTime(v)
	if err == nil && zone != nil && at.NeedsZone() && !at.IsRelative() {
		_, err = at.Resolve(time.Time{}, zone)
	}
	if err != nil {
		t.fault(rec, c, "%s", err)
	}
	return at
}
