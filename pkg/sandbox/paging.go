package sandbox

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

// parseOrder reads one property that the kind can be ordered by, with or without asc or desc.
func parseOrder(k *kind, value string) (func(a, b entity) int, error) {
	name, direction, _ := strings.Cut(strings.TrimSpace(value), " ")
	sign := map[string]int{"": 1, "asc": 1, "desc": -1}[direction]
	if sign == 0 || !slices.Contains(k.orderable, name) {
		return nil, invalid("BadRequest", "Invalid orderby clause: '%s'.", value)
	}
	key := func(e entity) string {
		v, _ := e.property(name)
		s, _ := v.(string)
		return strings.ToLower(s)
	}
	return func(a, b entity) int { return sign * strings.Compare(key(a), key(b)) }, nil
}

// skipToken names where the next page begins, and of which moment a log or report shows the state: else what happens
// meanwhile would move the pages.
func skipToken(offset int, moment time.Time) string {
	var nano int64
	if !moment.IsZero() {
		nano = moment.UnixNano()
	}
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "page/%08d/%d", offset, nano))
}

func parseSkipToken(token string) (offset int, moment time.Time, err error) {
	var nano int64
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		_, err = fmt.Sscanf(string(b), "page/%08d/%d", &offset, &nano)
	}
	if err != nil || offset < 0 {
		return 0, moment, invalid("Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request.")
	}
	if nano != 0 {
		moment = time.Unix(0, nano).UTC()
	}
	return offset, moment, nil
}

// asOf is the moment that a log or report shows: that of the first page, behind now by the delay.
func (c *call) asOf(delay time.Duration) (time.Time, error) {
	if token := c.query.Get("$skiptoken"); token != "" {
		_, moment, err := parseSkipToken(token)
		if err != nil || !moment.IsZero() {
			return moment, err
		}
	}
	return c.now.Add(-delay), nil
}
