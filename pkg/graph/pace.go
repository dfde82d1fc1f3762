package graph

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// Of reports and of logs the service takes five calls in ten seconds each, those that it refuses among them.
// https://learn.microsoft.com/graph/throttling-limits#identity-and-access-reports-service-limits
const (
	inWindow = 5
	window   = 10 * time.Second
)

// lane is one kind of call with a limit that is published. free holds for each of the calls that fit into a window when it may
// leave, the earliest first: a window after the last one's answer, for nobody knows when between the two it was counted.
type lane struct {
	segment string // of the path, behind the version
	free    chan time.Time
}

func newLanes() []lane {
	lanes := []lane{{segment: "reports"}, {segment: "auditLogs"}}
	for i := range lanes {
		lanes[i].free = make(chan time.Time, inWindow)
		for range inWindow {
			lanes[i].free <- time.Time{}
		}
	}
	return lanes
}

// lane returns the lane of a request, nil where none is published.
func (w *wire) lane(req *http.Request) *lane {
	segments := strings.SplitN(strings.TrimPrefix(req.URL.Path, "/"), "/", 3)
	for i, l := range w.lanes {
		if len(segments) > 2 && strings.EqualFold(segments[1], l.segment) {
			return &w.lanes[i]
		}
	}
	return nil
}

// inTurn is an attempt that keeps to the limit of its kind, so that the service has nothing to refuse.
func (w *wire) inTurn(req *http.Request, body []byte, token string) attempt {
	l := w.lane(req)
	if l == nil {
		return w.attempt(req, body, token)
	}
	ctx := req.Context()
	var at time.Time
	select {
	case at = <-l.free:
	case <-ctx.Done():
		return attempt{err: context.Cause(ctx)}
	}
	late := &errs.Error{Slug: errs.Busy, Why: fmt.Sprintf("the service takes %d requests for %s in %s", inWindow, l.segment, window)}
	if err := w.wait(ctx, time.Until(at), late); err != nil {
		l.free <- at
		return attempt{err: err}
	}
	defer func() { l.free <- time.Now().Add(window) }()
	return w.attempt(req, body, token)
}
