package root_test

import (
	"fmt"
	"os"
	"os/signal"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// TestATokenIsRevokedInsideABatch: as TestATokenIsRevokedInTheMiddle, while the service answers each batch, and refuses every part of it.
func TestATokenIsRevokedInsideABatch(t *testing.T) {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // its goroutine must not belong to a bubble
	for _, after := range []int{1, 4} {
		t.Run(fmt.Sprintf("after %d batches", after), func(t *testing.T) { revoke(t, after, true) })
	}
}

// TestTheLineThatResumesSignsInLikewise: the line that is told can be typed where the run was begun.
func TestTheLineThatResumesSignsInLikewise(t *testing.T) {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // its goroutine must not belong to a bubble
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.graph = &revoked{Handler: o.graph, after: 4, old: map[string]bool{}}
		o.refusesFrom = 2
		e := o.create("20/s")
		line := resumeLine(e)
		for _, word := range []string{"--auth", "client-secret", "--tenant", sandbox.TenantID, "--client-id", client} {
			if !slices.Contains(line, word) {
				t.Errorf("the line lacks %s: %q", word, line)
			}
		}
	})
}

// TestA401InsideABatchForGood: whoever is refused in every part of every batch is told that the sign-in is not good any more.
func TestA401InsideABatchForGood(t *testing.T) {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // its goroutine must not belong to a bubble
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, crashRows)
		s.control(t, "faults", `[{"match": "POST /users/*/authentication/temporaryAccessPassMethods", "status": 401}]`)
		if e := s.create("--replace", "--timeout", "5m"); e.exit != 4 || resumeLine(e) == nil {
			t.Errorf("exit code %d\n%s", e.exit, last(e.stderr))
		}
	})
}
