package pass

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/result"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// A run's result file has the properties of `tap create -o json`: the same names in the same order, types, and values. Only the
// latter knows dry runs, only the former carries a roster.
func TestResultFileAgrees(t *testing.T) {
	v := view{tenant: "t-1", zone: time.UTC, hint: func(e *errs.Error) string { return "hint: " + e.Why }}
	type facts struct {
		Name, Type string
		Exact      bool
	}
	docs := map[string]string{}
	var want, got []facts
	for _, c := range v.results() {
		if c.Name != "dryRun" {
			want = append(want, facts{c.Name, c.Type, c.Exact})
		}
		docs[c.Name] = c.Doc
	}
	for _, c := range result.Schema() {
		switch c.Name {
		case "roster":
			continue
		case "outcome", "passId", "temporaryAccessPass": // tap delete shares the columns of tap create, and no file
		default:
			if c.Doc != docs[c.Name] {
				t.Errorf("%s is %q there and %q here", c.Name, c.Doc, docs[c.Name])
			}
		}
		got = append(got, facts{c.Name, c.Type, c.Exact})
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, r := range resultsOfEveryKind() {
		var printed, written bytes.Buffer
		p := output.New(output.JSON, &printed, v.results(), output.Options{})
		if err := p.Row(r); err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if err := result.Write(&written, result.JSON, result.Table{Tenant: v.tenant, Hint: v.hint, Rows: []result.Row{{Result: r}}}); err != nil {
			t.Fatal(err)
		}
		want, got := only(t, printed.Bytes()), only(t, written.Bytes())
		delete(want, "dryRun")
		delete(got, "roster")
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", r.Outcome, d)
		}
	}
}

func resultsOfEveryKind() []pass.Result {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	ada := person.Person{ID: "u-1", UserPrincipalName: "ada@contoso.com", DisplayName: "Ada & <Co>"}
	held := pass.Pass{ID: "p-1", Start: at.Add(1500 * time.Millisecond).In(time.FixedZone("", 3600)), Lifetime: 90*time.Minute + time.Second}
	return []pass.Result{
		{Person: ada, Outcome: pass.OutcomeCreated, Pass: held, Passcode: secret.New("+1<&>=é"), At: at, RequestID: "r-1"},
		{Person: ada, Outcome: pass.OutcomeReplaced, Pass: pass.Pass{ID: "p-2", OneTime: true}, Passcode: secret.New("1e3"), At: at},
		{Person: ada, Outcome: pass.OutcomeSkipped, Pass: pass.Pass{ID: "p-3", Start: at.Add(-time.Hour), Lifetime: time.Minute}, At: at, Reason: errs.HoldsPass},
		{Outcome: pass.OutcomeRefused, Reason: errs.PolicyLifetime, Err: &errs.Error{Slug: errs.Rejected, What: "creating", Why: "too long", Hints: []string{"x"}}},
		{Outcome: pass.OutcomeFailed, Err: &errs.Error{Slug: errs.Busy, Why: "later"}, At: at},
	}
}

// only is the one row of an array.
func only(t *testing.T, b []byte) map[string]any {
	t.Helper()
	var rows []map[string]any
	if err := json.Unmarshal(b, &rows); err != nil || len(rows) != 1 {
		t.Fatalf("%v: %s", err, b)
	}
	return rows[0]
}
