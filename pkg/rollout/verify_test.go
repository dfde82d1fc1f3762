package rollout_test

import (
	"context"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// reads is a tenant whose passes can be read, or not, by user.
type reads struct {
	rollout.Tenant
	answers map[string]rollout.Answer[pass.Listing]
}

func (r reads) Passes(_ context.Context, users []string) (all []rollout.Answer[pass.Listing]) {
	for _, u := range users {
		all = append(all, r.answers[u])
	}
	return all
}

// pages is a book of what was made.
type pages struct {
	rollout.Book
	made     []journal.Outcome
	recorded map[int]pass.Result
}

func (p *pages) Each(f func(journal.Outcome) error) error {
	for _, o := range p.made {
		if err := f(o); err != nil {
			return err
		}
	}
	return nil
}

func (p *pages) Record(all []journal.Outcome) error {
	for _, o := range all {
		p.recorded[o.Row] = o.Result
	}
	return nil
}

func holds(id string) rollout.Answer[pass.Listing] {
	return rollout.Answer[pass.Listing]{Value: pass.Listing{Passes: []pass.Pass{{ID: id}}}}
}

func refuses(slug errs.Slug) rollout.Answer[pass.Listing] {
	return rollout.Answer[pass.Listing]{Err: &errs.Error{Slug: slug, What: "listing passes", Why: "no", RequestID: "r"}}
}

// bookOf has a row a user, each with the pass p.
func bookOf(users ...string) *pages {
	b := &pages{recorded: map[int]pass.Result{}}
	for n, u := range users {
		b.made = append(b.made, journal.Outcome{Row: n, Result: pass.Result{
			Ref: person.Ref(u), Person: person.Person{ID: u}, Outcome: pass.OutcomeCreated, Pass: pass.Pass{ID: "p"}, Passcode: secret.New("code-" + u),
		}})
	}
	return b
}

// What cannot be read of one user is that row's own: its code stays, with the error beside it. A pass that is another one takes the code away.
func TestVerify(t *testing.T) {
	t.Parallel()
	tenant := reads{answers: map[string]rollout.Answer[pass.Listing]{"same": holds("p"), "other": holds("q"), "gone": refuses(errs.NotFound), "walled": refuses(errs.Denied)}}
	b := bookOf("same", "other", "gone", "walled")
	if err := (&rollout.Desk{Tenant: tenant}).Verify(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if _, changed := b.recorded[0]; changed || len(b.recorded) != 3 {
		t.Errorf("%d rows were changed", len(b.recorded))
	}
	if r := b.recorded[1]; r.Outcome != pass.OutcomeRefused || r.Reason != errs.NoPass || !r.Passcode.IsEmpty() {
		t.Errorf("another pass: %v %v", r.Outcome, r.Err)
	}
	for n, want := range map[int]string{2: "verifying the pass: gone: no", 3: "verifying the pass: walled: no"} {
		r := b.recorded[n]
		if r.Outcome != pass.OutcomeCreated || r.Passcode.IsEmpty() || r.Pass.ID != "p" || r.Err == nil || r.Err.Error() != want || r.RequestID != "r" {
			t.Errorf("row %d: %s, %v, want %s", n, r.Outcome, r.Err, want)
		}
	}
	tenant.answers["walled"] = refuses(errs.Auth)
	if err := (&rollout.Desk{Tenant: tenant}).Verify(t.Context(), bookOf("same", "walled")); errs.Of(err) == nil || errs.Of(err).Slug != errs.Auth {
		t.Errorf("nobody is signed in any more: %v", err)
	}
}
