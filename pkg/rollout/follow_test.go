package rollout_test

import (
	"context"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

// morning is a tenant in which a user signs in with the pass and registers a key right after the first answer about either.
type morning struct {
	rollout.Tenant
	happened *bool
	refused  error // of the methods
	gone     error // of the passes
}

func (m morning) Passes(_ context.Context, users []string) []rollout.Answer[pass.Listing] {
	a := holds("p-1")
	if a.Err = m.gone; *m.happened {
		a.Value.Passes[0].LastUsed = time.Unix(1, 0)
	}
	*m.happened = true
	return []rollout.Answer[pass.Listing]{a}
}

func (m morning) Methods(_ context.Context, users []string) []rollout.Answer[[]person.Method] {
	a := rollout.Answer[[]person.Method]{Err: m.refused}
	if *m.happened {
		a.Value = []person.Method{{ID: "key", Type: "fido2"}}
	}
	*m.happened = true
	return []rollout.Answer[[]person.Method]{a}
}

func TestAMethodIsNeverSeenBeforeTheUse(t *testing.T) {
	t.Parallel()
	broken := func(why string) error { return &errs.Error{Slug: errs.Rejected, Why: why} }
	for _, c := range []struct {
		name          string
		refused, gone error
		want          string
	}{
		{"both are read", nil, nil, ""},
		{"the methods are not", broken("no methods"), nil, "listing methods: u1: no methods"},
		{"the passes are not", nil, broken("no passes"), "listing passes: u1: no passes"},
		{"neither is", broken("no methods"), broken("no passes"), "listing passes: u1: no passes"},
	} {
		d := &rollout.Desk{Pass: &pass.Desk{}, Tenant: morning{happened: new(bool), refused: c.refused, gone: c.gone}}
		u := person.Person{ID: "u1", UserPrincipalName: "adele@contoso.com"}
		got, err := d.Follow(t.Context(), rollout.Job{Items: []rollout.Item{{Key: person.Key{Kind: person.ByRef, Value: "u1"}, Person: u}}})
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %v, %v", c.name, got, err)
		}
		text := ""
		if got[0].Err != nil {
			text = got[0].Err.Error()
		}
		if text != c.want {
			t.Errorf("%s: %q, want %q", c.name, text, c.want)
		}
		if c.want == "" && (len(got[0].Methods) > 0 || len(got[0].Passes) != 1 || got[0].Passes[0].LastUsed.IsZero()) {
			t.Errorf("%s: %+v", c.name, got[0])
		}
	}
}
