package sandbox

import (
	"net/http"
	"time"
)

// delays are how long logs and reports take to show what happened, on the sandbox's clock; nil is what Options say.
type delays struct {
	Report *Duration `json:"report,omitempty"` // the age of the copy that the registration report shows
}

// defaultReportLag is our choice: Microsoft says of the report that it may be a few hours behind.
const defaultReportLag = time.Hour

// longestLag is how long the sandbox remembers what users held before.
const longestLag = 7 * 24 * time.Hour

func (x *tx) reportLag() time.Duration {
	return delay(x.Delays.Report, x.opts.ReportLag, defaultReportLag)
}

func delay(set *Duration, option, otherwise time.Duration) time.Duration {
	switch {
	case set != nil:
		return time.Duration(*set)
	case option != 0:
		return option
	}
	return otherwise
}

// readDelays is GET /sandbox/delays: those that hold.
func readDelays(x *tx, _ *http.Request, _ []byte) (reply, error) {
	report := Duration(x.reportLag())
	return ok(delays{Report: &report}), nil
}

// setDelays is POST /sandbox/delays: {"report": "10m"}. What is left out stays as it is.
func setDelays(x *tx, r *http.Request, body []byte) (reply, error) {
	now := x.Delays
	if err := decodeControl(body, &now); err != nil {
		return reply{}, err
	}
	for _, d := range []*Duration{now.Report} {
		if d != nil && time.Duration(*d) > longestLag {
			return reply{}, invalid("badRequest", "A delay is between 0s and %s.", longestLag)
		}
	}
	if err := x.emit(event{Kind: delaysChanged, Delays: &now}); err != nil {
		return reply{}, err
	}
	return readDelays(x, r, nil)
}
