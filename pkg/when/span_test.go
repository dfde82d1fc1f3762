package when_test

import (
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

func TestSpan(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]struct {
		d     time.Duration
		shown string
	}{
		"480": {8 * time.Hour, "8h"}, "1d": {24 * time.Hour, "1d"}, "PT8H": {8 * time.Hour, "8h"}, "P1DT12H": {36 * time.Hour, "1d12h"}, "90m": {90 * time.Minute, "1h30m"},
		"30s": {30 * time.Second, "30s"}, "2m0s": {2 * time.Minute, "2m"}, "1m30s": {90 * time.Second, "1m30s"}, "1.5s": {1500 * time.Millisecond, "1.5s"}, "250ms": {250 * time.Millisecond, "250ms"},
		"0": {0, "0"}, "0s": {0, "0"},
	} {
		var s when.Span
		if err := s.Set(in); err != nil || s.Duration() != want.d || s.String() != want.shown {
			t.Errorf("%s: %v, %v, %q, want %v", in, err, s.Duration(), s.String(), want)
		}
		if back, err := when.ParseSpan(s.String()); err != nil || back != s {
			t.Errorf("%s: %q comes back as %v, %v", in, s.String(), back, err)
		}
	}
	for _, in := range []string{"", "-5s", "+5s", "1 h", "1h 30m", "8H", "PT30S", "99999999999d", "monday", "s"} {
		s := when.Span(time.Hour)
		err := s.Set(in)
		if want := `"` + in + `" is not a duration: write 30s, 90m, 8h, 3d, PT8H or 480 (minutes)`; err == nil || err.Error() != want || s.Duration() != time.Hour {
			t.Errorf("%s: %v, %v", in, err, s)
		}
	}
}
