package sandbox

import (
	"net/http"
	"time"
)

// delays are how long logs and reports take to show what happened, on the sandbox's clock; nil is what Options say.
type delays struct {
	Report  *Duration `json:"report,omitempty"`  // the age of the copy that the registration report shows
	Audit   *Duration `json:"audit,omitempty"`   // until an entry of the audit log shows
	SignIns *Duration `json:"signIns,omitempty"` // until an entry of the sign-in log shows
}

// defaultReportLag is our choice: Microsoft says of the report that it may be a few hours behind.
const defaultReportLag = time.Hour

// defaultAuditDelay is our choice: minutes are usual.
const defaultAuditDelay = 2 * time.Minute

// longestLag is how long the sandbox remembers what users held before.
const longestLag = 7 * 24 * time.Hour

func (x *tx) reportLag() time.Duration {
	return delay(x.Delays.Report, x.opts.ReportLag, defaultReportLag)
}

func (x *tx) auditDelay() time.Duration {
	return delay(x.Delays.Audit, x.opts.AuditDelay, defaultAuditDelay)
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
	report, audit, signIns := Duration(x.reportLag()), Duration(x.auditDelay()), Duration(x.signInDelay())
	return ok(delays{Report: &report, Audit: &audit, SignIns: &signIns}), nil
}

// setDelays is POST /sandbox/delays: {"report": "10m", "audit": "0s", "signIns": "0s"}. What is left out stays as it is.
func setDelays(x *tx, r *http.Request, body []byte) (reply, error) {
	now := x.Delays
	if err := decodeControl(body, &now); err != nil {
		return reply{}, err
	}
	for _, d := range []*Duration{now.Report, now.Audit, now.SignIns} {
		if d != nil && time.Duration(*d) > longestLag {
			return reply{}, invalid("badRequest", "A delay is between 0s and %s.", longestLag)
		}
	}
	if err := x.emit(event{Kind: delaysChanged, Delays: &now}); err != nil {
		return reply{}, err
	}
	return readDelays(x, r, nil)
}
