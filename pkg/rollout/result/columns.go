package result

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// column is one of the result's own columns, declared once for every format.
type column struct {
	name, typ, doc string
	exact          bool                             // CSV keeps it to the byte
	cell           func(*Table, pass.Result) string // nil: the passcode, which is no text, and defused
}

// The columns that are not as the others.
const (
	passcodeColumn = "temporaryAccessPass"
	defusedColumn  = "defused" // in CSV the names of the cells that were changed; empty in XLSX; no property of JSON, where nothing is changed
	rosterProperty = "roster"  // in JSON the roster's own cells
)

// own are the result's own columns in their order. pkg/cmd/pass holds them against those of `tap create`.
var own = []column{
	{name: "tenantId", typ: "string", doc: "the tenant's id", exact: true, cell: func(t *Table, _ pass.Result) string { return t.Tenant }},
	{name: "userId", typ: "string", doc: "the user's object id, null where it was not read", exact: true, cell: func(_ *Table, r pass.Result) string { return r.Person.ID }},
	{name: "userPrincipalName", typ: "string", doc: "the user principal name, null where only an object id is known", cell: func(_ *Table, r pass.Result) string { return r.Person.UserPrincipalName }},
	{name: "displayName", typ: "string", doc: "the user's name, null where it was not read", cell: func(_ *Table, r pass.Result) string { return r.Person.DisplayName }},
	{name: "outcome", typ: "string", doc: "`created`, `replaced`, `skipped`, `refused` or `failed`", cell: func(_ *Table, r pass.Result) string { return string(r.Outcome) }},
	{name: "passId", typ: "string", doc: "the id of the pass that was made, or is in the way", exact: true, cell: func(_ *Table, r pass.Result) string { return r.Pass.ID }},
	{name: passcodeColumn, typ: "string", doc: "the passcode", exact: true},
	{name: "startDateTime", typ: "date-time", doc: "when the pass begins to work", cell: func(_ *Table, r pass.Result) string { return timestamp(r.Pass.Start) }},
	{name: "endDateTime", typ: "date-time", doc: "when it ends: `startDateTime` and `lifetimeInMinutes`", cell: func(_ *Table, r pass.Result) string { return end(r.Pass) }},
	{name: "lifetimeInMinutes", typ: "integer", doc: "how long it works", cell: func(_ *Table, r pass.Result) string { return minutes(r.Pass) }},
	{name: "isUsableOnce", typ: "boolean", doc: "whether it works once", cell: func(_ *Table, r pass.Result) string { return oneTime(r.Pass) }},
	{name: "state", typ: "string", doc: "`notYetValid`, `usable`, `expired`, `used`, `disabledByPolicy`, by the service's clock; null where the cloud cannot tell", cell: func(_ *Table, r pass.Result) string { return string(r.State()) }},
	{name: "reason", typ: "string", doc: "the rule behind `skipped` or `refused`, from a closed list", cell: func(_ *Table, r pass.Result) string { return string(r.Reason) }},
	{name: "error", typ: "string", doc: "what went wrong, in words", cell: func(_ *Table, r pass.Result) string { return message(r) }},
	{name: "hint", typ: "string", doc: "a command that mends it", cell: func(t *Table, r pass.Result) string { return t.hint(r.Err) }},
	{name: "requestId", typ: "string", doc: "the service's request id", cell: func(_ *Table, r pass.Result) string { return r.RequestID }},
	{name: defusedColumn, typ: "string", doc: "the columns whose cells got an apostrophe, apart by spaces, in quotes where a name has one"},
}

// Columns are the result's own columns in their order. The roster's follow them.
func Columns() []string {
	var names []string
	for _, c := range own {
		names = append(names, c.name)
	}
	return names
}

// Schema is the properties of a result's row, for pkg/output: Columns without defused, which is CSV's alone and which pkg/output
// adds itself, and the roster's own cells as an object.
func Schema() output.Schema[Record] {
	var s output.Schema[Record]
	for i, c := range own {
		if c.name != defusedColumn {
			s = append(s, output.Column[Record]{
				Name: c.name, Type: c.typ, Doc: c.doc, Exact: c.exact,
				Value: func(r Record) any { return c.value(r.text(i)) },
			})
		}
	}
	return append(s, output.Column[Record]{
		Name: rosterProperty, Type: "object", Doc: "the roster's own columns by name, each a string or null",
		Value: func(r Record) any { return Cells{r.names, r.carried} },
	})
}

// indexOf is the place of a column of the result's own, without regard to case, or -1.
func indexOf(name string) int {
	return slices.IndexFunc(own, func(c column) bool { return strings.EqualFold(c.name, name) })
}

// text is a cell of the result's own. This and set are where a passcode leaves and comes back.
func (r Record) text(i int) string {
	if own[i].name == passcodeColumn {
		return r.Passcode.Reveal()
	}
	return r.cells[i]
}

// set reads a cell back and reports whether it can be one of that column.
func (r *Record) set(i int, text string) bool {
	if own[i].name == passcodeColumn {
		r.Passcode = secret.New(text)
		return true
	}
	r.cells[i] = text
	switch own[i].typ {
	case "integer":
		n, err := strconv.Atoi(text)
		return text == "" || err == nil && strconv.Itoa(n) == text
	case "boolean":
		return text == "" || text == "true" || text == "false"
	}
	return true
}

// value is a cell as JSON has it.
func (c column) value(text string) any {
	switch {
	case text == "":
		return nil
	case c.typ == "integer":
		n, _ := strconv.Atoi(text) // set has seen that it is one
		return n
	case c.typ == "boolean":
		return text == "true"
	}
	return text
}

// Cells are the roster's, as an object of JSON in the columns' order.
type Cells struct{ Names, Values []string }

// MarshalJSON writes an empty cell as null.
func (c Cells) MarshalJSON() ([]byte, error) {
	b := bytes.NewBufferString("{")
	for i, name := range c.Names {
		key, err := output.Encode(name)
		if err != nil {
			return nil, err
		}
		value := []byte("null")
		if c.Values[i] != "" {
			if value, err = output.Encode(c.Values[i]); err != nil {
				return nil, err
			}
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func message(r pass.Result) string {
	if r.Err == nil {
		return ""
	}
	return r.Err.Error()
}

func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func end(p pass.Pass) string {
	if p.Start.IsZero() || p.Lifetime == 0 {
		return ""
	}
	return timestamp(p.End())
}

func minutes(p pass.Pass) string {
	if p.Lifetime == 0 {
		return ""
	}
	return strconv.Itoa(int(p.Lifetime.Minutes()))
}

func oneTime(p pass.Pass) string {
	if p.ID == "" {
		return ""
	}
	return strconv.FormatBool(p.OneTime)
}
