package when_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

func TestLoadZone(t *testing.T) {
	names, err := os.ReadFile("zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(names)) {
		if z, err := when.LoadZone(name); err != nil || z.String() != name {
			t.Errorf("LoadZone(%q) = %v, %v", name, z, err)
		}
	}
	if n := len(strings.Fields(string(names))); n < 500 {
		t.Errorf("zones.txt holds %d names only", n)
	}
}

func TestLoadZoneRefuses(t *testing.T) {
	const example = "write an IANA name, e.g. Europe/Helsinki"
	for name, why := range map[string]string{
		"": example, "Local": example, "local": example, "Factory": example, "Mars/Olympus_Mons": example,
		"right/UTC": example, "posix/Europe/Helsinki": example, "localtime": example, "posixrules": example, "zone.tab": example,
		"../etc/passwd": example, "/etc/localtime": example, "Europe/../UTC": example, "+02:00": example, "UTC+2": example, "\x00": example,
		"FLE Standard Time":      example,
		strings.Repeat("x", 1e6): example,
		"europe/helsinki":        "did you mean Europe/Helsinki",
		"EUROPE/HELSINKI":        "did you mean Europe/Helsinki",
		"America/New York":       "did you mean America/New_York",
		"utc":                    "did you mean UTC",
		"helsinki":               "did you mean Europe/Helsinki",
		"New York":               "did you mean America/New_York",
		"indianapolis":           "did you mean America/Indiana/Indianapolis or America/Indianapolis",
		"Europe/Helsinky":        "did you mean Europe/Helsinki",
		"Europe/Helsingi":        "did you mean Europe/Helsinki",
		"Helsinky":               "did you mean Europe/Helsinki",
		" Europe/Helsinki":       "did you mean Europe/Helsinki",
	} {
		z, err := when.LoadZone(name)
		checkSyntax(t, "time zone", name, why, err)
		if z != nil {
			t.Errorf("LoadZone(%q) = %v beside its error", name, z)
		}
	}
}

func TestShow(t *testing.T) {
	for _, c := range []struct{ at, zone, want string }{
		{"2026-11-23T06:00:00Z", "Europe/Helsinki", "Mon 2026-11-23 08:00 EET (Europe/Helsinki), 06:00 UTC"},
		{"2026-07-01T08:00:00+03:00", "Europe/Helsinki", "Wed 2026-07-01 08:00 EEST (Europe/Helsinki), 05:00 UTC"},
		{"2026-11-22T22:30:00Z", "Europe/Helsinki", "Mon 2026-11-23 00:30 EET (Europe/Helsinki), Sun 2026-11-22 22:30 UTC"},
		{"2026-11-23T06:00:00Z", "Asia/Kathmandu", "Mon 2026-11-23 11:45 +0545 (Asia/Kathmandu), 06:00 UTC"},
		{"2026-11-23T06:00:30.9Z", "Europe/Helsinki", "Mon 2026-11-23 08:00:30 EET (Europe/Helsinki), 06:00:30 UTC"},
		{"2026-11-23T08:00:00+02:00", "UTC", "Mon 2026-11-23 06:00 UTC"},
		{"2026-11-23T08:00:00+02:00", "", "Mon 2026-11-23 06:00 UTC"},
	} {
		var z *time.Location
		if c.zone != "" {
			z = zone(t, c.zone)
		}
		if got := when.Show(point(t, c.at), z); got != c.want {
			t.Errorf("Show(%s, %s) = %q, want %q", c.at, c.zone, got, c.want)
		}
	}
	if got := when.Show(point(t, "2026-11-23T06:00:00Z"), time.Local); !strings.HasSuffix(got, "(this machine's zone), 06:00 UTC") && time.Local.String() == "Local" {
		t.Errorf("Show in the machine's zone = %q", got)
	}
}
