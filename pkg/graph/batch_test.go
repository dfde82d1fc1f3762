package graph_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/graph"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

var _ rollout.Tenant = graph.Batches{}

func TestBatchesOverBothVersions(t *testing.T) {
	for _, version := range []string{"beta", "v1.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			b, ctx := graph.Batches{Client: tenant(t, version, "helpdesk")}, t.Context()
			people := b.Find(ctx, []person.Key{
				{Kind: person.ByRef, Value: adele}, {Kind: person.ByRef, Value: "nobody@contoso.com"}, {Kind: person.ByMail, Value: adele},
				{Kind: person.ByMail, Value: "no'body@contoso.com"}, {Kind: person.ByRef, Value: "maria_fabrikam.com#EXT#@contoso.com"},
			})
			for i, want := range []string{"Adele Vance", "!", "Adele Vance", "", "Maria Fabrikam"} {
				a := people[i]
				switch {
				case want == "!" && (a.Err == nil || errs.Of(a.Err).Slug != errs.NotFound):
					t.Errorf("%d: %+v", i, a)
				case want == "" && (a.Err != nil || len(a.Value) != 0):
					t.Errorf("%d: %+v", i, a)
				case len(want) > 1 && (a.Err != nil || len(a.Value) != 1 || a.Value[0].DisplayName != want):
					t.Errorf("%d: %+v", i, a)
				}
			}
			hour := time.Hour
			made := b.Create(ctx, []rollout.Create{{User: adele, Request: pass.Request{Lifetime: &hour}}, {User: "nobody@contoso.com"}, {User: people[0].Value[0].ID}}, time.Now().Add(time.Minute))
			if made[0].Err != nil || made[2].Err != nil || made[0].Value.Passcode.IsEmpty() || made[0].Value.Pass.Lifetime != hour || made[0].At.IsZero() || made[0].Value.RequestID == "" {
				t.Errorf("made %+v", made)
			}
			if e := errs.Of(made[1].Err); e == nil || e.Slug != errs.NotFound || e.RequestID == "" || errors.Is(e, pass.ErrUnseen) {
				t.Errorf("nobody: %+v", made[1])
			}
			l := b.Passes(ctx, []string{adele, "alex.wilber@contoso.com"})
			if l[0].Err != nil || len(l[0].Value.Passes) != 1 || l[0].Value.Passes[0].ID != made[2].Value.Pass.ID || l[0].Value.At.IsZero() || len(l[1].Value.Passes) != 0 {
				t.Errorf("listed %+v", l)
			}
			roles := b.Roles(ctx, []string{"isaiah.langer@contoso.com", adele})
			if !slices.Equal(roles[0].Value, []string{"Authentication Administrator", "Global Reader"}) || len(roles[1].Value) != 0 || roles[1].Err != nil {
				t.Errorf("roles %+v", roles)
			}
			methods := b.Methods(ctx, []string{adele, "nobody@contoso.com"})
			if methods[0].Err != nil || methods[0].At.IsZero() || !slices.ContainsFunc(methods[0].Value, func(m person.Method) bool { return m.Type == person.Password }) {
				t.Errorf("methods %+v", methods[0])
			}
			if e := errs.Of(methods[1].Err); e == nil || e.Slug != errs.NotFound || len(methods[1].Value) != 0 {
				t.Errorf("methods of nobody %+v", methods[1])
			}
			gone := b.Delete(ctx, []rollout.Delete{{User: adele, PassID: made[2].Value.Pass.ID}, {User: adele, PassID: made[0].Value.Pass.ID}})
			if gone[0].Err != nil || gone[1].Err == nil || errs.Of(gone[1].Err).Slug != errs.NotFound {
				t.Errorf("deleted %+v", gone)
			}
		})
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	b := graph.Batches{Client: tenant(t, "beta", "helpdesk")}
	g, err := b.Members(t.Context(), "Sales and Marketing")
	if err != nil || g.ID == "" || len(g.Users) == 0 || g.Users[0].UserPrincipalName == "" {
		t.Fatalf("%+v, %v", g, err)
	}
	same, err := b.Members(t.Context(), g.ID)
	if err != nil || len(same.Users) != len(g.Users) {
		t.Errorf("%+v, %v", same, err)
	}
	if _, err := b.Members(t.Context(), "No Such Group"); !contains(err, "reading the members: group No Such Group: the tenant has no group of this name") {
		t.Error(err)
	}
}

// TestPartsHaveAnswersOfTheirOwn: a part that is throttled, refused or lost says nothing of the others.
func TestPartsHaveAnswersOfTheirOwn(t *testing.T) {
	const post = "POST /users/*/authentication/temporaryAccessPassMethods"
	for _, c := range []struct {
		name  string
		fault sandbox.Fault
		again bool
		lost  bool
		slug  errs.Slug
		after time.Duration
	}{
		{"throttled", sandbox.Fault{Match: post, Status: 429, RetryAfter: "2.5"}, true, false, errs.Busy, 2500 * time.Millisecond},
		{"refused", sandbox.Fault{Match: post, Status: 400}, false, false, errs.Rejected, 0},
		{"denied", sandbox.Fault{Match: post, Status: 403}, false, false, errs.Denied, 0},
		{"503", sandbox.Fault{Match: post, Status: 503, RetryAfter: "7"}, false, true, errs.Busy, 7 * time.Second},
		{"HTML", sandbox.Fault{Match: post, Body: sandbox.BodyHTML}, false, true, errs.Busy, 0},
		{"half a body", sandbox.Fault{Match: post, Body: sandbox.BodyTruncated}, false, true, errs.Busy, 0},
		{"no body", sandbox.Fault{Match: post, Body: sandbox.BodyEmpty}, false, true, errs.Busy, 0},
		{"one odd property", sandbox.Fault{Match: post, Body: sandbox.BodyOdd}, false, false, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.fault.Times = 1
				client, sent, _, _ := broken(t, c.fault)
				got := graph.Batches{Client: client}.Create(t.Context(), []rollout.Create{{User: adele}, {User: "alex.wilber@contoso.com"}, {User: "megan.bowen@contoso.com"}}, time.Now().Add(time.Minute))
				if strings.Join(*sent, " ") != "POST" {
					t.Errorf("sent %v", *sent)
				}
				for i, a := range got[1:] {
					if a.Err != nil || a.Value.Passcode.IsEmpty() {
						t.Errorf("part %d: %+v", i+1, a)
					}
				}
				a := got[0]
				if slug := slugOf(a.Err); slug != c.slug || a.Again != c.again || errors.Is(a.Err, pass.ErrUnseen) != c.lost || a.After != c.after {
					t.Errorf("%+v, %v", a, a.Err)
				}
				if c.slug == "" && a.Value.Passcode.IsEmpty() {
					t.Error("the passcode is lost")
				}
			})
		})
	}
}

func slugOf(err error) errs.Slug {
	if err == nil {
		return ""
	}
	return errs.Of(err).Slug
}

// TestALostBatchIsLostForEach: nobody knows what was executed of it.
func TestALostBatchIsLostForEach(t *testing.T) {
	for _, f := range []sandbox.Fault{{Drop: sandbox.DropAfter}, {Drop: sandbox.DropBefore}, {Status: 504}, {Body: sandbox.BodyTruncated}, {Body: sandbox.BodyEmpty}, {Body: sandbox.BodyHTML}} {
		synctest.Test(t, func(t *testing.T) {
			f.Match, f.Times = "POST /$batch", 1
			client, _, _, _ := broken(t, f)
			b := graph.Batches{Client: client}
			for _, a := range b.Create(t.Context(), []rollout.Create{{User: adele}, {User: "alex.wilber@contoso.com"}}, time.Now().Add(time.Minute)) {
				if !errors.Is(a.Err, pass.ErrUnseen) || a.Again {
					t.Errorf("%+v: %+v", f, a)
				}
			}
			client, _, _, _ = broken(t, f)
			for _, a := range (graph.Batches{Client: client}).Passes(t.Context(), []string{adele}) { // a read is asked again
				if a.Err != nil {
					t.Errorf("%+v: %v", f, a.Err)
				}
			}
		})
	}
}

// TestThrottledReadsOfABatchAreAskedAgain: those alone, after what they ask for.
func TestThrottledReadsOfABatchAreAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, sent, _, _ := broken(t, sandbox.Fault{Match: "GET /users/*/authentication/temporaryAccessPassMethods", Status: 429, RetryAfter: "5", Times: 2})
		began := time.Now()
		for i, a := range (graph.Batches{Client: client}).Passes(t.Context(), []string{adele, "alex.wilber@contoso.com", "megan.bowen@contoso.com"}) {
			if a.Err != nil {
				t.Errorf("%d: %v", i, a.Err)
			}
		}
		if took := time.Since(began); len(*sent) != 2 || took < 5*time.Second || took > 6*time.Second {
			t.Errorf("%v after %s", *sent, took)
		}
	})
}

// TestCreatesDoNotWait: what stands in the book about a create says when it is sent. So a batch that is throttled as a whole is told and
// not kept waiting, and one whose time has passed is not sent.
func TestCreatesDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		two := []rollout.Create{{User: adele}, {User: "alex.wilber@contoso.com"}}
		client, sent, _, _ := broken(t, sandbox.Fault{Match: "POST /$batch", Status: 429, RetryAfter: "62", Times: 1})
		began := time.Now()
		for i, a := range (graph.Batches{Client: client}).Create(t.Context(), two, began.Add(5*time.Second)) {
			if !a.Again || a.After != 62*time.Second || a.At.IsZero() || errors.Is(a.Err, pass.ErrUnseen) || errs.Of(a.Err).Slug != errs.Busy {
				t.Errorf("%d: %+v", i, a)
			}
		}
		if took := time.Since(began); len(*sent) != 1 || took > time.Second {
			t.Errorf("%v after %s", *sent, took)
		}
		*sent = nil
		for i, a := range (graph.Batches{Client: client}).Create(t.Context(), two, began.Add(-time.Second)) {
			if !a.Again || errors.Is(a.Err, pass.ErrUnseen) || errs.Of(a.Err).Slug != errs.Busy {
				t.Errorf("too late, %d: %+v", i, a)
			}
		}
		if len(*sent) != 0 {
			t.Errorf("sent too late: %v", *sent)
		}
	})
}
