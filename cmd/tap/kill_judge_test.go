package main_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

// issuedPass is a pass as the tenant knows it. The ledger has no lifetime.
type issuedPass struct {
	UserPrincipalName, UserID, ID, TemporaryAccessPass string
	CreatedDateTime                                    time.Time
	LifetimeInMinutes                                  int
}

// ledger is every pass that was ever issued, in order.
func (k *killing) ledger(t *testing.T) []issuedPass {
	t.Helper()
	var all []issuedPass
	k.get(t, "issued", &all)
	return all
}

// canary searches all that the run left so far, and what it said, for what was issued since it began. A result in clear, and the
// temporary file that becomes it, may hold passcodes.
func (r *killedRun) canary(t *testing.T, said ...[]byte) {
	t.Helper()
	var codes []string
	for _, i := range r.ledger(t)[r.before:] {
		codes = append(codes, i.TemporaryAccessPass)
	}
	c := newCanary(codes)
	leaks, err := c.searchTree(r.dir, func(rel string) bool {
		if name := filepath.Base(rel); name == "journal" || name == "receipt" {
			r.journals++
		}
		return rel == "box" || strings.HasPrefix(rel, "passes-") && strings.HasSuffix(rel, ".csv") || strings.HasPrefix(rel, ".passes-") && strings.HasSuffix(rel, ".csv.tap-part")
	})
	if err != nil {
		t.Error(err)
	}
	for _, s := range said {
		leaks = append(leaks, c.searchBytes("what the run said", s)...)
	}
	if len(leaks) > 0 {
		t.Errorf("round %d: passcodes leaked: %v", r.n, leaks)
	}
	r.codes += len(codes)
}

// result is the rows of the result, opened where it is encrypted.
func (r *killedRun) result(t *testing.T) [][]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(r.dir, r.out()))
	if err != nil {
		t.Fatal(err)
	}
	in := io.Reader(bytes.NewReader(b))
	if r.encrypted {
		if in, err = age.Decrypt(in, r.identity); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil || len(rows) != len(r.users)+1 {
		t.Fatalf("the result has %d rows: %v", len(rows), err)
	}
	return rows
}

// judge holds the result against the tenant once no lost create can land any more.
func (r *killedRun) judge(t *testing.T, stderr string) {
	t.Helper()
	if r.colleague != nil {
		r.colleague.rest()
		r.colleagues += len(r.colleague.made)
	}
	time.Sleep(2500 * time.Millisecond)
	rows := r.result(t)
	var held []issuedPass
	r.get(t, "passes", &held)
	there := map[string]issuedPass{}
	for _, p := range held {
		there[p.UserPrincipalName] = p
	}
	last := map[string]issuedPass{} // the last pass of a user that is not a colleague's
	for _, p := range r.ledger(t)[r.before:] {
		if !r.theirs(p.ID) {
			last[p.UserPrincipalName] = p
		}
	}
	col := func(name string) int { return slices.Index(rows[0], name) }
	for _, row := range rows[1:] {
		user := row[col("userPrincipalName")]
		r.ends[row[col("outcome")]]++
		fault := judged{row[col("temporaryAccessPass")], row[col("outcome")], row[col("error")], r.reported[user], there[user], last[user]}.fault(r, user)
		if fault != "" {
			t.Errorf("round %d: %s: %s: %v\n%s", r.n, user, fault, row, r.story(t, user, stderr))
		}
	}
	if left, _ := filepath.Glob(filepath.Join(r.dir, ".passes-*")); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}

// story is what is known of a user: the ledger, what was asked, and what the run said.
func (r *killedRun) story(t *testing.T, user, stderr string) string {
	t.Helper()
	var b strings.Builder
	id := user
	for _, p := range r.ledger(t)[r.before:] {
		if p.UserPrincipalName == user {
			id = p.UserID
			fmt.Fprintf(&b, "issued %s at %s, known to be the colleague's: %v\n", p.ID, p.CreatedDateTime.Format(time.RFC3339Nano), r.theirs(p.ID))
		}
	}
	var log []struct {
		Time, Method, Path, Fault string
		Status, Worked            int
	}
	r.get(t, "requests", &log)
	for _, l := range log {
		if strings.Contains(l.Path, id) || strings.Contains(l.Path, user) {
			fmt.Fprintf(&b, "%s %s %s %d (worked %d, fault %q)\n", l.Time, l.Method, l.Path, l.Status, l.Worked, l.Fault)
		}
	}
	for line := range strings.SplitSeq(stderr, "\n") {
		if strings.Contains(line, user) || strings.HasPrefix(line, "tap: ") {
			fmt.Fprintln(&b, line)
		}
	}
	return b.String()
}

// theirs reports whether a pass is one that the colleague knows of.
func (r *killedRun) theirs(id string) bool { return r.colleague != nil && r.colleague.made[id] }

// judged is what the result says of a user, what was reported, and what the tenant holds.
type judged struct {
	code, outcome, why string
	reported           []string // ids
	there, last        issuedPass
}

// fault says what is wrong with the row of a user; "" is nothing. What the colleague makes may end our pass after it was reported; ours never
// ends one that was reported. Of a user for whom the colleague asked for a pass and got no answer nobody can say whose the earlier ones were.
func (j judged) fault(r *killedRun, user string) string {
	asked, vague := false, false
	if r.colleague != nil {
		asked, vague = r.colleague.asked[user], r.colleague.vague[user]
	}
	if asked {
		r.met++
	}
	holder := strings.Contains(j.why, "already holds a pass") || strings.Contains(j.why, "somebody else made a pass") || strings.Contains(j.why, "somebody deleted the new pass")
	doubt := strings.Contains(j.why, "a pass may exist")
	switch {
	case holder && !asked:
		return "a colleague is blamed who did nothing"
	case j.code == "" && !holder && !doubt && j.there.ID != "" && j.there.LifetimeInMinutes != colleagueLives:
		return "it is not said that a pass is there"
	case j.code == "" && len(j.reported) > 0:
		return fmt.Sprintf("the pass %s was reported, and the result has no code", j.reported)
	case j.code != "" && j.code != j.there.TemporaryAccessPass && j.there.LifetimeInMinutes != colleagueLives:
		return "the code of the result is not the tenant's"
	case vague:
		return ""
	case j.code != "" && j.code != j.last.TemporaryAccessPass:
		return "the code of the result was superseded by ours"
	}
	for _, id := range j.reported {
		if id != j.last.ID {
			return "the pass " + id + " was reported, and was superseded by " + j.last.ID
		}
	}
	return ""
}
