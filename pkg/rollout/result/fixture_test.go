package result_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/result"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

var formats = []result.Format{result.CSV, result.JSON, result.XLSX}

const tenant = "7c4e1b0a-9d1f-4b6e-8a53-2f9d10c6e5b7"

func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

func made(n int, o pass.Outcome, name, code string) pass.Result {
	upn := fmt.Sprintf("user%d@contoso.com", n)
	return pass.Result{
		Ref: person.Ref(upn), Person: person.Person{ID: id(n), UserPrincipalName: upn, DisplayName: name}, Outcome: o, At: noon,
		Pass:     pass.Pass{ID: id(1000 + n), Start: noon.Add(time.Hour), Lifetime: 8 * time.Hour, OneTime: true},
		Passcode: secret.New(code), RequestID: id(2000 + n),
	}
}

// every is a small table with every outcome, hostile cells and colliding columns.
func every() result.Table {
	skipped := made(3, pass.OutcomeSkipped, "Skip", "")
	skipped.Reason, skipped.Pass.OneTime, skipped.Pass.Start = errs.HoldsPass, false, noon.Add(-1500*time.Millisecond)
	refused := pass.Result{
		Person: person.Person{ID: id(4), UserPrincipalName: "-dash@contoso.com", DisplayName: "=HYPERLINK(\"http://evil.example\",\"x\")"}, Outcome: pass.OutcomeRefused, At: noon,
		Reason: errs.PolicyLifetime, Err: &errs.Error{Slug: errs.Rejected, Reason: errs.PolicyLifetime, What: "creating a pass", Whom: "-dash@contoso.com", Why: "at most 8h <are> allowed & no more", Hints: []string{"tap policy show", "tap policy set"}},
		RequestID: id(2004),
	}
	failed := pass.Result{Person: person.Person{UserPrincipalName: "gone@contoso.com"}, Outcome: pass.OutcomeFailed, Err: &errs.Error{Slug: errs.NotFound, Why: "there is no such user"}, Reason: ""}
	return result.Table{
		Tenant:  tenant,
		Carried: []string{"Job Title", "State", "roster.state", "=cmd", "'=cmd", `a"b`},
		Rows: []result.Row{
			{Result: made(1, pass.OutcomeCreated, "Ada & <Co>", "=1+1&<b>"), Carried: []string{"@boss", "", "CA", "+1", "'=1", "plain"}},
			{Result: made(2, pass.OutcomeReplaced, "Zoë \u202eevil", "+drkzqAD"), Carried: []string{"a,\"b\"", "x\r\ny", "\r", "", "'", "\t"}},
			{Result: skipped, Carried: []string{"", "", "", "", "", ""}},
			{Result: refused, Carried: []string{"_x0041_x0042_", "\x01\uFFFF", "_xABCD\x01", " lead", "trail\n", "1e3"}},
			{Result: failed, Carried: []string{"-", "--", "=", "@", "'@", "+"}},
		},
	}
}

// write is a table in a format.
func write(t interface{ Fatal(...any) }, f result.Format, table result.Table) []byte {
	var b bytes.Buffer
	if err := result.Write(&b, f, table); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// row is a record's cells, the passcode among them, in clear.
func row(r result.Record) []string {
	var out []string
	for _, c := range result.Columns() {
		if c == "temporaryAccessPass" {
			out = append(out, r.Passcode.Reveal())
			continue
		}
		out = append(out, r.Get(c))
	}
	return append(out, r.Carried()...)
}

// wanted is a table's row as it must be read back, written down without the package's help.
func wanted(t result.Table, r result.Row) []string {
	at := func(x time.Time) string {
		if x.IsZero() {
			return ""
		}
		return x.Format(time.RFC3339Nano)
	}
	var end, minutes, once, message, hint string
	if r.Pass.ID != "" {
		end, minutes, once = at(r.Pass.Start.Add(r.Pass.Lifetime)), fmt.Sprint(int(r.Pass.Lifetime.Minutes())), fmt.Sprint(r.Pass.OneTime)
	}
	if r.Err != nil {
		message = r.Err.Error()
		if len(r.Err.Hints) > 0 {
			hint = r.Err.Hints[0]
		}
	}
	return append([]string{
		t.Tenant, r.Person.ID, r.Person.UserPrincipalName, r.Person.DisplayName, string(r.Outcome), r.Pass.ID, r.Passcode.Reveal(),
		at(r.Pass.Start), end, minutes, once, string(r.State()), string(r.Reason), message, hint, r.RequestID, "",
	}, r.Carried...)
}

// sameAs says how a file that was read differs from the table that was written.
func sameAs(t result.Table, f *result.File) string {
	if !slices.Equal(t.Carried, f.Carried) {
		return cmp.Diff(t.Carried, f.Carried)
	}
	var want, got [][]string
	for _, r := range t.Rows {
		want = append(want, wanted(t, r))
	}
	for _, r := range f.Rows {
		got = append(got, row(r))
	}
	return cmp.Diff(want, got)
}

// usage asserts an error of slug usage with this text, which may be a part.
func usage(t *testing.T, err error, want string) {
	t.Helper()
	fault(t, err, errs.UsageFault, want)
}

func fault(t *testing.T, err error, slug errs.Slug, want string) {
	t.Helper()
	var e *errs.Error
	if !errors.As(err, &e) || e.Slug != slug || !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want %s with %q", err, slug, want)
	}
}
