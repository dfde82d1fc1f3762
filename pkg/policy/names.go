package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Names are the display names of targets by object id in lower case. An id that is not there was not read; one with an
// empty name does not exist any more.
type Names map[string]string

// Of is the name of a target, "" where it is not known.
func (n Names) Of(t Target) string { return n[strings.ToLower(t.ID)] }

// Missing reports whether the directory was asked and has no such object.
func (n Names) Missing(t Target) bool {
	name, read := n[strings.ToLower(t.ID)]
	return read && name == "" && !t.IsAll()
}

// Name is a target in words, without its id where it has a name.
func (n Names) Name(t Target) string {
	kind := ""
	if t.Type == UserTarget {
		kind = "user "
	}
	switch name := n.Of(t); {
	case t.IsAll():
		return "every user of the tenant"
	case name != "":
		return kind + name
	case n.Missing(t):
		return kind + t.ID + ", which does not exist any more"
	}
	return kind + t.ID
}

// ID is the object id that stands beside Name, "" where Name says it.
func (n Names) ID(t Target) string {
	if n.Of(t) == "" || t.IsAll() {
		return ""
	}
	return t.ID
}

// Full is a target by name and id.
func (n Names) Full(t Target) string {
	if id := n.ID(t); id != "" {
		return fmt.Sprintf("%s (%s)", n.Name(t), id)
	}
	return n.Name(t)
}

// list names targets one after another.
func (n Names) list(targets []Target) string {
	var all []string
	for _, t := range targets {
		all = append(all, n.Full(t))
	}
	return strings.Join(all, ", ")
}

// holds finds the target in a list that means the same as t.
func holds(targets []Target, t Target) (Target, bool) {
	i := slices.IndexFunc(targets, func(o Target) bool { return o.key() == t.key() })
	if i < 0 {
		return Target{}, false
	}
	return targets[i], true
}
