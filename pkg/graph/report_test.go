package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/graph"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

// book is a report of so many pages with a row each, that logs when each request arrived. The first takes its time to.
func book(pages int, first time.Duration, arrived *[]time.Time) act {
	return func(req *http.Request) (*http.Response, error) {
		if len(*arrived) == 0 {
			time.Sleep(first)
		}
		*arrived = append(*arrived, time.Now())
		n, next := len(*arrived), ""
		if n < pages {
			next = fmt.Sprintf(`,"@odata.nextLink":"`+root+`/beta/reports/authenticationMethods/userRegistrationDetails?$skiptoken=%d"`, n)
		}
		return says(200, fmt.Sprintf(`{"value":[{"id":"u%d","userPrincipalName":"u%d@contoso.com","methodsRegistered":["email"],"lastUpdatedDateTime":"2026-11-23T06:00:00.1234567Z"}]%s}`, n, n, next))(req)
	}
}

// TestReportsKeepToTheirLimit: of reports no six requests arrive within ten seconds, however long one is on its way, and what else is asked
// does not wait.
func TestReportsKeepToTheirLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var arrived []time.Time
		var told []string
		network := &play{acts: []act{book(13, 400*time.Millisecond, &arrived)}}
		c, err := graph.New(graph.Config{
			Root: root, Version: "beta", Credential: token("x"), Transport: network,
			Waiting: func(d time.Duration, why error) {
				told = append(told, fmt.Sprintf("%s: %v", d.Round(time.Second), why))
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		began := time.Now()
		if err := c.Registrations(t.Context(), func(r rollout.Registration) error {
			rows++
			if want := time.Date(2026, 11, 23, 6, 0, 0, 123456700, time.UTC); !r.Updated.Equal(want) || r.HoldsPass() || !r.Person.Known() {
				t.Errorf("%+v", r)
			}
			return nil
		}); err != nil || rows != 13 {
			t.Fatalf("%d rows, %v", rows, err)
		}
		for i := 5; i < len(arrived); i++ {
			if apart := arrived[i].Sub(arrived[i-5]); apart < 10*time.Second {
				t.Errorf("requests %d to %d within %s", i-4, i+1, apart)
			}
		}
		if took := time.Since(began); took > 22*time.Second {
			t.Errorf("13 pages took %s", took)
		}
		if len(told) == 0 || told[0] != "10s: the service takes 5 requests for reports in 10s" {
			t.Errorf("waits were told as %q", told)
		}
		network.acts, began = []act{says(200, empty)}, time.Now()
		if _, err := c.List(t.Context(), adele); err != nil || time.Since(began) > 0 {
			t.Errorf("a list of passes waited %s, %v", time.Since(began), err)
		}
	})
}

// TestReportsEndInTime: a report that cannot be read in time ends as busy at once, without a request too many, and Ctrl-C ends a wait.
func TestReportsEndInTime(t *testing.T) {
	t.Parallel()
	none := func(rollout.Registration) error { return nil }
	synctest.Test(t, func(t *testing.T) {
		var arrived []time.Time
		c := over(t, &play{acts: []act{book(13, 0, &arrived)}})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		err := c.Registrations(ctx, none)
		if errs.Of(err).Slug != errs.Busy || len(arrived) != 5 || time.Since(began) > 0 {
			t.Errorf("%d requests in %s: %v", len(arrived), time.Since(began), err)
		}
		for n := 1; n < 8; n++ {
			ctx, interrupt := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { interrupt(&errs.Error{Slug: errs.Interrupted, Why: "interrupted"}) })
			if err := c.Registrations(ctx, none); errs.Of(err).Slug != errs.Interrupted || time.Since(began) != time.Duration(n)*time.Second {
				t.Errorf("after %s: %v", time.Since(began), err)
			}
		}
		if err := c.Registrations(t.Context(), none); err != nil || time.Since(began) > 20*time.Second {
			t.Errorf("those that ended early do not count: %s, %v", time.Since(began), err)
		}
	})
}

func TestRegistrationsAreReadStrictly(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"value":[{"userPrincipalName":"a@contoso.com"}]}`: "without whom a row of the report is about",
		`{"values":[]}`: "without a registration report",
	} {
		c := over(t, &play{acts: []act{says(200, body)}})
		if err := c.Registrations(t.Context(), func(rollout.Registration) error { return nil }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
	}
	enough := errors.New("enough")
	c := over(t, &play{acts: []act{says(200, `{"value":[{"id":"u1"},{"id":"u2"}],"@odata.nextLink":"`+root+`/beta/x"}`)}})
	if err := c.Registrations(t.Context(), func(rollout.Registration) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("what was told ends it: %v", err)
	}
}

func TestEverybody(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"beta", "v1.0"} {
		c := tenant(t, version, "helpdesk")
		seen := map[string]person.Person{}
		if err := c.Everybody(t.Context(), func(p person.Person) error { seen[p.UserPrincipalName] = p; return nil }); err != nil {
			t.Fatal(err)
		}
		if !seen[adele].Known() || !seen["maria_fabrikam.com#EXT#@contoso.com"].External {
			t.Errorf("%d users: %+v", len(seen), seen)
		}
	}
}
