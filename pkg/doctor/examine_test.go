package doctor

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

func told(found []Finding) string {
	var lines []string
	for _, f := range found {
		lines = append(lines, string(f.Status)+" "+f.ID+": "+f.Words)
	}
	return strings.Join(lines, "\n")
}

// takes is a check that looks for so long.
func takes(id string, d time.Duration, status Status, after ...string) check {
	return check{id, after, time.Minute, func(ctx context.Context) outcome {
		select {
		case <-time.After(d):
		case <-ctx.Done():
			return broken(failed(id, errs.Of(context.Cause(ctx))))
		}
		return outcome{[]Finding{{ID: id, Status: status, Words: "looked"}}, status == Fail}
	}}
}

func TestChecksRunSideBySideAndAreToldInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		found := examine(t.Context(), []check{takes("a", 3*time.Second, OK), takes("b", time.Second, Warn), takes("c", 3*time.Second, OK, "b")})
		if want := "ok a: looked\nwarn b: looked\nok c: looked"; told(found) != want {
			t.Errorf("%s", told(found))
		}
		if took := time.Since(began); took != 4*time.Second { // b, then c; a beside them
			t.Errorf("it took %s", took)
		}
	})
}

func TestWhatBuildsOnAFailureIsSkippedAndNamesIt(t *testing.T) {
	t.Parallel()
	found := examine(t.Context(), []check{takes("a", 0, Fail), takes("b", 0, OK), takes("c", 0, OK, "b", "a"), takes("d", 0, OK, "c")})
	if want := "fail a: looked\nok b: looked\nskip c: it builds on a, which failed\nskip d: it builds on c, which was skipped"; told(found) != want {
		t.Errorf("%s", told(found))
	}
}

// TestACheckHasItsOwnLimit: one that heeds it and one that does not.
func TestACheckHasItsOwnLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		deaf := check{"deaf", nil, time.Second, func(context.Context) outcome {
			time.Sleep(time.Hour)
			return said(Finding{ID: "deaf", Status: OK})
		}}
		began := time.Now()
		found := examine(t.Context(), []check{takes("slow", time.Hour, OK), deaf, takes("after", 0, OK, "deaf")})
		if want := "fail slow: no answer within 1m0s\nfail deaf: no answer within 1s\nskip after: it builds on deaf, which failed"; told(found) != want {
			t.Errorf("%s", told(found))
		}
		if found[0].Command != "--debug" || time.Since(began) != time.Minute {
			t.Errorf("%+v after %s", found[0], time.Since(began))
		}
		time.Sleep(time.Hour) // or it sleeps on when the test has ended
	})
}

func TestWhatIsKnownIsToldWhenTheCommandEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, cause := range []error{&errs.Error{Slug: errs.Interrupted, Why: "interrupted"}, &errs.Error{Slug: errs.Busy, Why: "not done within 2s"}, errors.New("else")} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(2*time.Second, func() { cancel(cause) })
			endless := takes("endless", time.Hour, OK)
			endless.limit = 0
			found := examine(ctx, []check{takes("quick", time.Second, OK), takes("slow", 3*time.Second, OK), endless, takes("after", 0, OK, "slow")})
			const unknown = ": not known: the command ended before"
			if want := "ok quick: looked\nskip slow" + unknown + "\nskip endless" + unknown + "\nskip after" + unknown; told(found) != want {
				t.Errorf("%v: %s", cause, told(found))
			}
		}
	})
}

// TestTheLimitOfTheCommandIsNoChecks: what was not done by then has not failed.
func TestTheLimitOfTheCommandIsNoChecks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, &errs.Error{Slug: errs.Busy, Why: "not done within 2s"})
		defer cancel()
		if found := examine(ctx, []check{takes("slow", 3*time.Second, OK)}); told(found) != "skip slow: not known: the command ended before" {
			t.Errorf("%s", told(found))
		}
	})
}

func TestClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	for off, want := range map[time.Duration]Status{
		0: OK, 59 * time.Second: OK, -59 * time.Second: OK, time.Minute: Warn, -time.Minute: Warn, 5*time.Minute - time.Second: Warn,
		5 * time.Minute: Fail, -5 * time.Minute: Fail, 26 * time.Hour: Fail,
	} {
		x := &exam{graph: Route{Date: now, Off: off}}
		if got := x.clock(t.Context()).found[0]; got.Status != want {
			t.Errorf("%s off: %+v", off, got)
		}
	}
	if got := (&exam{}).clock(t.Context()).found[0]; got.Status != Skip {
		t.Errorf("without a Date: %+v", got)
	}
}

func TestIntercepted(t *testing.T) {
	t.Parallel()
	for issuer, want := range map[string]bool{
		"Microsoft Corporation": false, "DigiCert Inc": false, "digicert inc": false, "DigiCert, Inc.": false, "": false,
		"Zscaler Inc.": true, "Microsoft": true, "DigiCert Inc Ltd": true,
	} {
		if got := (Route{TLS: true, Issuer: issuer}).intercepted(); got != want {
			t.Errorf("%q: %v", issuer, got)
		}
	}
}

func TestAnOpaqueTokenIsNotJudged(t *testing.T) {
	t.Parallel()
	x := &exam{tenant: &Tenant{}}
	for id, look := range map[string]func(context.Context) outcome{"permissions": x.permissions, "roles": x.roles} {
		if found := look(t.Context()).found; len(found) != 1 || found[0].Status != Skip || found[0].ID != id {
			t.Errorf("%s: %+v", id, found)
		}
	}
}
