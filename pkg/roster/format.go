package roster

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// format is how a workbook shows a number, as far as it changes what the number is.
type format struct {
	date    bool // a point in time
	elapsed bool // hours that may be more than 24
	zeros   int  // leading zeros up to so many digits; 0: none
}

var (
	// What stands in a format code for itself: quoted, escaped, padding, and in brackets a colour, a condition or a language.
	literal      = regexp.MustCompile(`"[^"]*"|\\.|_.|\*.|\[[^\]]*\]`)
	elapsedParts = regexp.MustCompile(`(?i)\[(h+|m+|s+)\]`)
	onlyZeros    = regexp.MustCompile(`^0{2,30}$`)
)

// formatOf is the format of a number format's id and, from 164, its code (ECMA-376 part 1, 18.8.30 and 18.8.31).
func formatOf(id int, code string) format {
	switch {
	case code == "" && id == 46:
		return format{elapsed: true}
	case code == "":
		return format{date: 14 <= id && id <= 22 || 27 <= id && id <= 36 || 45 <= id && id <= 47 || 50 <= id && id <= 58 || 71 <= id && id <= 81}
	case onlyZeros.MatchString(code):
		return format{zeros: len(code)}
	case elapsedParts.MatchString(code):
		return format{elapsed: true}
	case strings.EqualFold(code, "General"):
		return format{}
	}
	positive, _, _ := strings.Cut(literal.ReplaceAllString(code, ""), ";")
	return format{date: strings.ContainsAny(strings.ToLower(positive), "ymdhs")}
}

// lastDay is the day after 9999-12-31, the last that a workbook knows.
const lastDay = 2958466

// number is a number as it is read: a date as a local time, a time without a date as such, and digits without an exponent.
func (f format) number(raw string, from1904 bool) string {
	v, err := strconv.ParseFloat(raw, 64)
	switch {
	case err != nil || math.IsInf(v, 0) || math.IsNaN(v) || math.Abs(v) >= 1e21:
		return raw
	case f.elapsed && v >= 0:
		m := int64(math.Round(v * 24 * 60))
		return fmt.Sprintf("%d:%02d", m/60, m%60)
	case f.date && v >= 0 && v < lastDay:
		at := moment(v, from1904)
		if v < 1 && !from1904 {
			return at.Format("15:04")
		}
		return at.Format("2006-01-02 15:04")
	}
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if missing := f.zeros - len(s); missing > 0 && v >= 0 && v == math.Trunc(v) {
		s = strings.Repeat("0", missing) + s
	}
	return s
}

// moment is a point in time by its days since an epoch, to the second, for no fraction of a day is exact. The first two
// months of 1900 are a day early in Excel's eyes, which knows a 29 February 1900, and not in those of other programs.
func moment(days float64, from1904 bool) time.Time {
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if from1904 {
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	whole, part := math.Modf(days)
	return epoch.AddDate(0, 0, int(whole)).Add(time.Duration(math.Round(part*24*60*60)) * time.Second)
}

// isoDate is a date cell of a strict workbook as a local time; anything else stays.
func isoDate(raw string) string {
	if at, err := time.Parse("2006-01-02T15:04:05", raw); err == nil {
		return at.Format("2006-01-02 15:04")
	}
	return raw
}
