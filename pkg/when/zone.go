package when

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // Windows and slim containers have no zones of their own
)

// zoneList holds the names that Go 1.26 brings along, one a line; it serves the suggestions only, so it need not be complete.
//
//go:embed zones.txt
var zoneList string

// zoneForm keeps out what lies beside the zones on a disk: right/UTC (off by the leap seconds), posix/UTC, localtime, zone.tab.
var zoneForm = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*)*$`)

// LoadZone returns the zone of an IANA name such as Europe/Helsinki, or UTC. "Local" and "" are refused, and names
// in the wrong case, which some disks would find and others not. The error is a *SyntaxError that names up to
// three zones of a similar name.
func LoadZone(name string) (*time.Location, error) {
	near := nearZones(name)
	known := slices.Contains(near, name)
	wrongCase := !known && slices.ContainsFunc(near, func(n string) bool { return strings.EqualFold(n, name) })
	if zoneForm.MatchString(name) && name != "Local" && name != "Factory" && !wrongCase {
		if zone, err := time.LoadLocation(name); err == nil {
			return zone, nil
		}
	}
	why := "write an IANA name, e.g. Europe/Helsinki"
	if len(near) > 0 {
		why = "did you mean " + strings.Join(near, " or ")
	}
	return nil, &SyntaxError{"time zone", name, why}
}

// nearZones returns up to three names: the same but for case and spaces, else the same city, else all but the same letters.
func nearZones(name string) []string {
	typed := fold(name)
	if typed == "" || len(typed) > 40 {
		return nil
	}
	for _, alike := range []func(zone string) bool{
		func(zone string) bool { return zone == typed },
		func(zone string) bool { return strings.HasSuffix(zone, "/"+typed) },
		func(zone string) bool { return len(typed) > 5 && distance(zone, typed) <= 2 },
		func(zone string) bool {
			return len(typed) > 5 && distance(zone[strings.LastIndexByte(zone, '/')+1:], typed) <= 1
		},
	} {
		var near []string
		for zone := range strings.Lines(zoneList) {
			if zone = strings.TrimSpace(zone); len(near) < 3 && alike(fold(zone)) {
				near = append(near, zone)
			}
		}
		if len(near) > 0 {
			return near
		}
	}
	return nil
}

// fold removes the differences that people make between names of zones.
func fold(s string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimSpace(s), " ", "_"))
}

// distance returns how many bytes must be added, dropped or replaced to make a of b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// zoneName returns what to call zone in a sentence: time.Local has no name of its own.
func zoneName(zone *time.Location) string {
	if zone == time.Local {
		return "this machine's zone"
	}
	return zone.String()
}

// Show returns a point in time in local time and UTC, to show what was understood, e.g.
// "Mon 2026-11-23 08:00 EET (Europe/Helsinki), 06:00 UTC"; UTC comes with its date where that differs. In UTC, or where
// zone is nil, "Mon 2026-11-23 06:00 UTC". Seconds are shown unless they are zero, fractions never.
func Show(t time.Time, zone *time.Location) string {
	const date = "Mon 2006-01-02 "
	clock, utc := "15:04", t.UTC()
	if t.Second() != 0 {
		clock = time.TimeOnly
	}
	if zone == nil || zone.String() == "UTC" {
		return utc.Format(date + clock + " MST")
	}
	local := t.In(zone)
	shown := local.Format(date+clock+" MST") + " (" + zoneName(zone) + "), "
	if local.Format(date) != utc.Format(date) {
		shown += utc.Format(date)
	}
	return shown + utc.Format(clock+" MST")
}
