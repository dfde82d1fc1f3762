package graph

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// TestLogsArePaced: within any ten seconds no more than five requests of logs and reports leave, whoever asks; others are not held up.
func TestLogsArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		ask := func(ctx context.Context, address string) error {
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
			return w.paced(req)
		}
		var mu sync.Mutex
		var left []time.Time
		var all sync.WaitGroup
		for n := range 17 {
			all.Go(func() {
				address := []string{"https://g/beta/auditLogs/directoryAudits?x=1", "https://g/v1.0/reports/authenticationMethods/userRegistrationDetails"}[n%2]
				if err := ask(t.Context(), address); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				left = append(left, time.Now())
			})
		}
		all.Wait()
		for n := 5; n < len(left); n++ {
			if d := left[n].Sub(left[n-5]); d < 10*time.Second {
				t.Errorf("request %d leaves %s after the fifth before it", n+1, d)
			}
		}
		if took := left[16].Sub(left[0]); len(left) != 17 || took > 31*time.Second {
			t.Errorf("%d requests took %s", len(left), took)
		}
		began := time.Now()
		for range 20 {
			if err := ask(t.Context(), "https://g/beta/users/x/authentication/methods"); err != nil || time.Since(began) > 0 {
				t.Fatal("another request is held up", err)
			}
		}
		brief, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for range 5 {
			if err := ask(brief, "https://g/beta/auditLogs/signIns"); err != nil {
				var e *errs.Error
				if !errors.As(err, &e) || e.Slug != errs.Busy || e.Why != logsWords {
					t.Error(err)
				}
				return
			}
		}
		t.Error("a request waits longer than its command may take")
	})
}
