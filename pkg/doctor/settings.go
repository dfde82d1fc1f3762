package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Settings are what there is on this machine. No value of a variable is in them: some are secrets.
type Settings struct {
	Files  []File
	Set    []string // which of Variables are set
	Differ []Pair   // which of Pairs are both set, and not alike
}

// File is a file or folder that a setting names.
type File struct {
	Setting string // the variable or flag that names it
	Path    string
	Why     string // it cannot be used; "": it can
	Command string // that mends it
}

// Pair are two variables that say the same thing. The first one counts.
type Pair struct{ First, Second string }

// Pairs are the variables that can contradict each other.
func Pairs() []Pair {
	return []Pair{
		{"TAP_CLIENT_SECRET", "AZURE_CLIENT_SECRET"}, {"TAP_TENANT", "AZURE_TENANT_ID"}, {"TAP_CLIENT_ID", "AZURE_CLIENT_ID"},
		{"HTTPS_PROXY", "https_proxy"}, {"NO_PROXY", "no_proxy"},
	}
}

// beaten are variables that do nothing where another one is set.
func beaten() []Pair {
	return []Pair{
		{"TAP_CLIENT_SECRET_FILE", "TAP_CLIENT_SECRET"}, {"TAP_CLIENT_SECRET_FILE", "AZURE_CLIENT_SECRET"},
		{"TAP_QUIET", "TAP_VERBOSE"}, {"TAP_QUIET", "TAP_DEBUG"},
	}
}

// Variables are those of which it counts whether they are set.
func Variables() []string {
	var names []string
	for _, p := range beaten() {
		names = append(names, p.First, p.Second)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (x *exam) settings(context.Context) outcome {
	var found []Finding
	add := func(f Finding) { found = append(found, f) }
	for _, f := range x.Settings.Files {
		if f.Why != "" {
			add(Finding{ID: "settings." + strings.TrimPrefix(f.Setting, "--"), Status: Fail, Words: fmt.Sprintf("%s names %s, which cannot be used: %s", f.Setting, f.Path, f.Why), Command: f.Command})
		}
	}
	for _, p := range x.Settings.Differ {
		add(Finding{ID: "settings." + p.Second, Status: Warn, Words: fmt.Sprintf("%s and %s contradict each other, and %s counts", p.First, p.Second, p.First), Command: "unset " + p.Second})
	}
	for _, p := range beaten() {
		if slices.Contains(x.Settings.Set, p.First) && slices.Contains(x.Settings.Set, p.Second) {
			add(Finding{ID: "settings." + p.Second, Status: Warn, Words: fmt.Sprintf("%s does nothing while %s is set", p.Second, p.First), Command: "unset " + p.Second})
		}
	}
	if len(found) == 0 {
		add(Finding{ID: "settings", Status: OK, Words: "files can be read, and no variable contradicts another"})
	}
	return said(found...)
}
