package when

import "time"

// farthest is more than the distance of any zone from UTC.
const farthest = 26 * time.Hour

// onWall returns the point in time at which clocks in zone show wall, which is given as if in UTC.
// The error is a *ClockChangeError where there is none, or more than one.
func onWall(wall time.Time, zone *time.Location, typed string) (time.Time, error) {
	points, change := pointsOf(wall, zone)
	if len(points) == 1 {
		return points[0], nil
	}
	err := &ClockChangeError{Typed: typed, Zone: zoneName(zone)}
	if len(points) == 0 {
		err.Skipped, err.First, err.Second = true, change.Add(-time.Minute), change
	} else {
		err.First, err.Second = points[0], points[1]
	}
	return time.Time{}, err
}

// hasPassed reports whether clocks in zone have shown wall for the last time, or skipped it, by the time at.
func hasPassed(wall, at time.Time, zone *time.Location) bool {
	points, last := pointsOf(wall, zone)
	if len(points) > 0 {
		last = points[len(points)-1]
	}
	return !last.After(at)
}

// pointsOf returns, in order, the points in time at which clocks in zone show wall, which is given as if in
// UTC; where a change of the clocks skips it, none and the moment of that change.
func pointsOf(wall time.Time, zone *time.Location) (points []time.Time, change time.Time) {
	// From one change of the offset to the next: in between each offset gives one candidate.
	for t := wall.Add(-farthest).In(zone); !t.After(wall.Add(farthest)); {
		start, end := t.ZoneBounds()
		candidate := before(wall, t)
		begun, ended := !candidate.Before(start), !end.IsZero() && !candidate.Before(end)
		if begun && !ended {
			points = append(points, candidate)
		}
		if end.IsZero() {
			break
		}
		if ended && before(wall, end).Before(end) {
			change = end
		}
		t = end
	}
	return points, change
}

// before returns wall, given as if in UTC, by the offset and in the zone that t has.
func before(wall, t time.Time) time.Time {
	_, offset := t.Zone()
	return wall.Add(-time.Duration(offset) * time.Second).In(t.Location())
}
