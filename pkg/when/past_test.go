package when_test

import (
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

func TestPast(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)
	helsinki, _ := when.LoadZone("Europe/Helsinki")
	for _, c := range []struct {
		typed, want, text string
		zone              *time.Location
		err               string
	}{
		{typed: "7d", want: "2026-11-16T09:30:00Z", text: "7d"},
		{typed: "90s", want: "2026-11-23T09:28:30Z", text: "1m30s"},
		{typed: "2026-11-20T08:00:00Z", want: "2026-11-20T08:00:00Z", text: "2026-11-20T08:00:00Z"},
		{typed: "2026-11-20 08:00", zone: helsinki, want: "2026-11-20T06:00:00Z", text: "2026-11-20 08:00"},
		{typed: "2026-11-20 08:00", err: `"2026-11-20 08:00": ` + when.ErrNoZone.Error(), text: "2026-11-20 08:00"},
		{typed: "2026-11-24T08:00:00Z", err: `"2026-11-24T08:00:00Z" is not a time: it is not over yet`, text: "2026-11-24T08:00:00Z"},
	} {
		var p when.Past
		if err := p.Set(c.typed); err != nil {
			t.Errorf("%s: %v", c.typed, err)
			continue
		}
		got, err := p.Resolve(now, c.zone)
		if c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("%s: %v, want %q", c.typed, err, c.err)
			}
		} else if err != nil || got.UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%s is %s, %v, want %s", c.typed, got, err, c.want)
		}
		if p.String() != c.text || p.IsZero() {
			t.Errorf("%s is written %s", c.typed, p)
		}
	}
	for _, wrong := range []string{"", "0", "+2h", "monday 08:00", "now", "yesterday", "-2h"} {
		p := when.Past{}
		if err := p.Set(wrong); err == nil || !p.IsZero() {
			t.Errorf("%q is read as %s", wrong, p)
		}
	}
}
