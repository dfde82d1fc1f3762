package graph

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// Logs and reports let themselves be asked so often in so long, by one application in one tenant; the rest is for what lies between
// us and the service. https://learn.microsoft.com/graph/throttling-limits#identity-and-access-reports-service-limits
const (
	atOnce    = 5
	inSoLong  = 10 * time.Second
	underWay  = 200 * time.Millisecond
	logsWords = "the service lets its logs and reports be asked five times in ten seconds"
)

// pace keeps requests from leaving more often than that.
type pace struct {
	mu   sync.Mutex
	last []time.Time // when the last ones leave, the oldest first
}

// next is when one more may leave, and keeps the place for it.
func (p *pace) next(now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.last) == atOnce {
		if free := p.last[0].Add(inSoLong + underWay); free.After(now) {
			now = free
		}
		p.last = p.last[1:]
	}
	p.last = append(p.last, now)
	return now
}

// paced waits until a request of a log or a report may leave. Each attempt counts: the service counts those that it refuses, too.
func (w *wire) paced(req *http.Request) error {
	path := strings.ToLower(req.URL.Path)
	if !strings.Contains(path, "/auditlogs/") && !strings.Contains(path, "/reports/") {
		return nil
	}
	wait := time.Until(w.logs.next(time.Now()))
	if wait <= 0 {
		return nil
	}
	return w.wait(req.Context(), wait, &errs.Error{Slug: errs.Busy, Why: logsWords})
}
