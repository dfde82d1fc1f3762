package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// pattern is a kind of call, as faults and limits name it: a method and a path below the version.
type pattern struct {
	method   string // "*": any
	segments []string
	open     bool // further segments may follow
}

var methods = []string{"GET", "POST", "PATCH", "PUT", "DELETE"}

// parsePattern reads "POST /users/*/authentication/temporaryAccessPassMethods". A method or a segment * is any one, a
// last segment ** is any number of segments, none too. It is compared without regard to case.
func parsePattern(s string) (pattern, error) {
	const example = "write it like POST /users/*/authentication/temporaryAccessPassMethods"
	method, path, _ := strings.Cut(strings.TrimSpace(s), " ")
	method, path = strings.ToUpper(method), strings.TrimSpace(path)
	switch {
	case method != "*" && !slices.Contains(methods, method):
		return pattern{}, fmt.Errorf("%q names no call: it begins with %s or *; %s", s, strings.Join(methods, ", "), example)
	case !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?# "):
		return pattern{}, fmt.Errorf("%q names no call: a path follows the method, without a query; %s", s, example)
	}
	p := pattern{method: method, segments: splitPath(path)}
	if last := len(p.segments) - 1; last >= 0 && p.segments[last] == "**" {
		p.segments, p.open = p.segments[:last], true
	}
	switch {
	case slices.Contains(p.segments, "**"):
		return pattern{}, fmt.Errorf("%q names no call: ** stands at the end only", s)
	case slices.Contains(p.segments, ""), p.segments == nil:
		return pattern{}, fmt.Errorf("%q names no call: a segment of its path is empty; %s", s, example)
	case len(p.segments) > 0 && isVersion(p.segments[0]):
		return pattern{}, fmt.Errorf("%q names no call: the path is meant on every version, leave /%s out", s, p.segments[0])
	}
	return p, nil
}

// matches says whether a call with this path below the version is of the kind.
func (p pattern) matches(method string, segments []string) bool {
	if p.method != "*" && p.method != method || len(segments) < len(p.segments) || len(segments) > len(p.segments) && !p.open {
		return false
	}
	for i, s := range p.segments {
		if s != "*" && !strings.EqualFold(canonicalCast(s), canonicalCast(segments[i])) {
			return false
		}
	}
	return true
}

func isVersion(segment string) bool {
	return strings.EqualFold(segment, "beta") || strings.EqualFold(segment, "v1.0")
}
