package sandbox

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// Operation is an operation as tests see it.
type Operation struct {
	Method, Path                string
	Delegated, Own, Application []string
	BetaOnly                    bool
}

func Operations() []Operation {
	var all []Operation
	for _, o := range operations {
		all = append(all, Operation{o.method, o.path, o.access.delegated, o.access.own, o.access.application, o.betaOnly()})
	}
	return all
}

// Canonical spells the path of a request as the contract does; the path is empty where there is no such operation.
func Canonical(method, escaped string) (version, path string) {
	segments := splitPath(escaped)
	version = strings.ToLower(segments[0])
	o, _, err := route(method, segments[1:], escaped)
	if err != nil || o.betaOnly() && version != "beta" {
		return version, ""
	}
	for i, p := range strings.Split(o.path, "/") {
		if strings.HasPrefix(p, "{") {
			p = url.PathEscape(strings.ReplaceAll(segments[i+1], "/", ""))
		}
		path += "/" + p
	}
	return version, path
}

// NewCode makes the nth passcode of a seed.
func NewCode(seed int64, n, length int) string { return newCode(source(seed, n), length) }

func Stamp(id string, t time.Time) string { return stamp(id, t) }

const SnapshotEvery = snapshotEvery

// Suffices says whether a permission is enough for a person (on somebody or oneself) and for an application.
func (o Operation) Suffices(permission string) (person, application bool) {
	return slices.Contains(o.Delegated, permission) || slices.Contains(o.Own, permission), slices.Contains(o.Application, permission)
}

// Retention is how long the audit log keeps an entry in a tenant that has bought a premium plan, or has not.
func Retention(premium bool) time.Duration {
	bought := seedSkus()
	if !premium {
		bought = bought[1:]
	}
	return retention(bought)
}
