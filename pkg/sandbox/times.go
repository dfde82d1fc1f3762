package sandbox

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"strings"
	"time"
)

// tick is the resolution of a Graph time stamp: seven fractional digits.
const tick = 100 * time.Nanosecond

// stamp formats a time with 0, 3, 6 or 7 fractional digits and Z, as real tenants were seen to (graph.md section 1).
// How many depends on the id of the object alone, so that two reads of it agree.
func stamp(id string, t time.Time) string {
	h := fnv.New32a()
	h.Write([]byte(id))
	digits := []int{0, 3, 6, 7}[h.Sum32()%4]
	layout := "2006-01-02T15:04:05"
	if digits > 0 {
		layout += "." + strings.Repeat("0", digits)
	}
	return t.UTC().Format(layout) + "Z"
}

// fullStamp has all seven digits, as Microsoft's examples of logs and reports do.
func fullStamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

// dateTimeOffset is Edm.DateTimeOffset as the contract's pattern has it: the zone is not optional.
var dateTimeOffset = regexp.MustCompile(`^[0-9]{4,}-(0[1-9]|1[012])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,12})?(Z|[+-][0-9][0-9]:[0-9][0-9])$`)

func parseDateTimeOffset(s string) (time.Time, error) {
	if !dateTimeOffset.MatchString(s) {
		return time.Time{}, fmt.Errorf("%q is not an Edm.DateTimeOffset", s)
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.UTC().Truncate(tick), err
}
