package root_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/result"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// The runs that TestGolden looks at. They lie in a year in which no command tidies them up as long as anybody runs it.
const (
	doneRun = "21261123-080000-ab12"
	openRun = "21261124-080000-cd34"
)

// runRows are what became of the rows of a run, one of each outcome and some with names that are not nice.
func runRows() []pass.Result {
	begun := time.Date(2126, 11, 23, 8, 0, 0, 0, time.UTC)
	made := func(upn, name, code string, o pass.Outcome) pass.Result {
		return pass.Result{
			Ref: person.Ref(upn), Person: person.Person{ID: "0a5d4b0c-7b3e-4f0e-8d7a-0b2f6d1c9e11", UserPrincipalName: upn, DisplayName: name}, Outcome: o,
			Pass:     pass.Pass{ID: "6f1967b7-15e8-4935-ac26-d50770ed07a7", Created: begun, Start: begun, Lifetime: 2 * time.Hour},
			Passcode: secret.New(code), At: begun, RequestID: "9d172b41-2a0e-4e38-8a54-a0be45191875",
		}
	}
	failed := func(upn, name string, o pass.Outcome, e *errs.Error) pass.Result {
		return pass.Result{Ref: person.Ref(upn), Person: person.Person{UserPrincipalName: upn, DisplayName: name}, Outcome: o, Err: e.For("creating a pass", upn), Reason: e.Reason, At: begun}
	}
	return []pass.Result{
		made("adele.vance@contoso.com", "Adele Vance", "+drkzqAD", pass.OutcomeCreated),
		made("alex.wilber@contoso.com", "=1+1 \x1b[2J", "nc+&G=xwDKCz", pass.OutcomeReplaced),
		{Ref: "megan.bowen@contoso.com", Person: person.Person{UserPrincipalName: "megan.bowen@contoso.com", DisplayName: "山田 太郎 🦜"}, Outcome: pass.OutcomeSkipped, Reason: errs.HoldsPass, At: begun},
		failed("somebody.in.helsinki@contoso.com", "Somebody", pass.OutcomeRefused, &errs.Error{Slug: errs.Rejected, Reason: errs.NotTargeted, Why: "the policy includes the user in none of its targets"}),
		failed("nobody@contoso.com", "", pass.OutcomeFailed, &errs.Error{Slug: errs.NotFound, Why: "the tenant has no such user ::error::x ##vso[task.complete]"}),
	}
}

// writeRuns makes one run that is done and one that is not, and the result of the first.
func writeRuns(t *testing.T, s *shell) {
	t.Helper()
	rows, begun := runRows(), time.Date(2126, 11, 23, 8, 0, 0, 0, time.UTC)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{doneRun, openRun} {
		dir := filepath.Join(s.dir, "state", "tap", "runs", id)
		check(os.MkdirAll(dir, 0o700))
		job, err := json.Marshal(map[string]any{"cloud": "sandbox", "tenant": sandbox.TenantID, "out": filepath.Join(s.dir, "passes.csv")})
		check(err)
		check(os.WriteFile(filepath.Join(dir, "job.json"), job, 0o600))
		head := journal.Head{Run: id, Identity: id, Begun: begun, Cloud: "sandbox", Tenant: sandbox.TenantID, Command: "tap create --file=new-hires.csv --out=passes.csv"}
		for _, r := range rows {
			head.Users = append(head.Users, string(r.Ref))
		}
		j, err := journal.Begin(journal.OS(), dir, head, nil)
		check(err)
		none := ""
		check(j.Intend([]journal.Intent{{Row: 0, User: "x", Known: &none, At: begun}, {Row: 1, User: "y", Known: &none, At: begun}}))
		done := rows
		if id == openRun {
			done = rows[:1]
		}
		for n, r := range done {
			check(j.Record([]journal.Outcome{{Row: n, Result: r}}))
		}
		if id == doneRun {
			check(j.Complete(journal.Complete{Path: filepath.Join(s.dir, "passes.csv"), Size: 1, SHA256: "0", ExitCode: 3, At: begun.Add(time.Minute)}))
			check(j.Retire())
		}
		check(j.Close())
	}
	table := result.Table{Tenant: sandbox.TenantID, Carried: []string{"department"}}
	for _, r := range rows {
		table.Rows = append(table.Rows, result.Row{Result: r, Carried: []string{"Sales, \"EMEA\""}})
	}
	f, err := os.Create(filepath.Join(s.dir, "passes.csv"))
	check(err)
	check(result.Write(f, result.CSV, table))
	check(f.Close())
}

// runCases are the commands on runs and results.
func runCases() []goldenCase {
	file := "result|show|DIR/passes.csv"
	return []goldenCase{
		{"run.list.many", []string{"run|list"}, writeRuns, []string{"run|list|--columns|run,state,rows,result"}},
		{"run.show.done", []string{"run|show|" + doneRun}, writeRuns, []string{"run|show|" + doneRun + "|--columns|user,outcome,reason"}},
		{"run.show.open", []string{"run|show|" + openRun}, writeRuns, []string{"run|show|" + openRun + "|--columns|user,outcome"}},
		{"run.show.unknown", []string{"run|show|nothing"}, nil, nil},
		{"result.show.many", []string{file}, writeRuns, []string{file + "|adele.vance@contoso.com"}},
	}
}

// TestRosterFitsTheTerminal: what is printed row by row of a roster is as narrow as if all rows had been known, with passes that no
// golden file can hold: the sandbox gives them other ids each time.
func TestRosterFitsTheTerminal(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	roster := filepath.Join(s.dir, "new-hires.csv")
	if err := os.WriteFile(roster, []byte("user\nadele.vance@contoso.com\nalex.wilber@contoso.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := s.tap("--sandbox", "create", "adele.vance@contoso.com"); r.exit != 0 {
		t.Fatal(r.stderr)
	}
	for _, s.columns = range []int{60, 80} {
		for _, line := range [][]string{{"list"}, {"delete", "--dry-run"}, {"delete", "--yes"}} {
			r := s.tap(append(line, "--sandbox", "--file", roster)...)
			if r.exit != 0 || !strings.Contains(r.stdout, "adele.vance@contoso.com") || !strings.Contains(r.stdout, "UNTIL") {
				t.Errorf("%v: %+v", line, r)
			}
			for row := range strings.Lines(r.stdout) {
				if got := output.Width(strings.TrimRight(row, "\n")); got > s.columns {
					t.Errorf("%v: %d columns of %d: %s", line, got, s.columns, row)
				}
			}
			if line[0] == "delete" && line[1] == "--yes" {
				s.tap("--sandbox", "create", "adele.vance@contoso.com")
			}
		}
	}
}
