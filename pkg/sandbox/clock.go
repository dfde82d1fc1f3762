package sandbox

import "time"

// clockMove is the body of POST /sandbox/clock: exactly one of its properties.
type clockMove struct {
	Set     *time.Time `json:"set,omitempty"`
	Advance *string    `json:"advance,omitempty"` // of time.ParseDuration; negative turns it back
	Reset   bool       `json:"reset,omitempty"`   // to the machine's clock
}

// clockReading is the answer of GET and POST /sandbox/clock.
type clockReading struct {
	Now string `json:"now"`
}

func (x *tx) clockReading() clockReading { return clockReading{x.now.Format(time.RFC3339Nano)} }

// moveClock sets or advances the clock, which goes on running from there.
func (x *tx) moveClock(m clockMove) error {
	offset := x.Offset
	switch {
	case m.Set != nil && m.Advance == nil && !m.Reset:
		offset = time.Until(*m.Set)
	case m.Advance != nil && m.Set == nil && !m.Reset:
		d, err := time.ParseDuration(*m.Advance)
		if err != nil {
			return invalid("badRequest", "No duration: %q. Write it like 90m or 36h.", *m.Advance)
		}
		offset += d
	case m.Reset && m.Set == nil && m.Advance == nil:
		offset = 0
	default:
		return invalid("badRequest", `One of {"set": "2026-12-01T08:00:00Z"}, {"advance": "90m"} and {"reset": true} is expected.`)
	}
	return x.emit(event{Kind: clockMoved, Offset: &offset})
}
