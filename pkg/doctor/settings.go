package doctor

import (
	"context"
	"fmt"
	"slices"
)

// Settings are what there is on this machine. No value of a variable is in them: some are secrets.
type Settings struct {
	Faults []Fault
	Files  []File
	Set    []string // which of Variables are set
	Differ []Pair   // which of Pairs are both set, and not alike
}

// Fault is what keeps everybody from knowing what is settled.
type Fault struct {
	Of      string // "profiles", "machine", "locked", "credentials", "tenant", or the variable
	Why     string // with the file and the line, where there is one
	Command string // that mends it
	Counts  bool   // how to sign in is not known for it
}

// File is a file or folder that a setting names.
type File struct {
	Of      string // the setting by its name: "ca-file", "SSL_CERT_FILE"
	Setting string // what names it, in words: the variable, the flag, the profile
	Path    string
	Why     string // it cannot be used; "": it can
	Idle    bool   // this sign-in does not open it
	Command string // that mends it
}

// finding is what is wrong with the file.
func (f File) finding() Finding {
	found := Finding{ID: "settings." + f.Of, Status: Fail, Words: fmt.Sprintf("%s names %s, which cannot be used: %s", f.Setting, f.Path, f.Why), Command: f.Command}
	if f.Idle {
		found.Status = Warn
		found.Words += "; this sign-in does not open it"
	}
	return found
}

// Pair are two variables that say the same thing. The first one counts.
type Pair struct{ First, Second string }

// Pairs are the variables that can contradict each other.
func Pairs() []Pair {
	return []Pair{
		{"TAP_CLIENT_SECRET", "AZURE_CLIENT_SECRET"}, {"TAP_CLIENT_CERTIFICATE", "AZURE_CLIENT_CERTIFICATE_PATH"},
		{"TAP_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD"}, {"TAP_FEDERATED_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE"},
		{"TAP_SERVICE_CONNECTION", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"},
		{"TAP_TENANT", "AZURE_TENANT_ID"}, {"TAP_CLIENT_ID", "AZURE_CLIENT_ID"},
		{"HTTPS_PROXY", "https_proxy"}, {"NO_PROXY", "no_proxy"},
	}
}

// beaten are variables that do nothing where another one is set.
func beaten() []Pair {
	return []Pair{
		{"TAP_CLIENT_SECRET_FILE", "TAP_CLIENT_SECRET"}, {"TAP_CLIENT_SECRET_FILE", "AZURE_CLIENT_SECRET"},
		{"TAP_CLIENT_CERTIFICATE_PASSWORD_FILE", "TAP_CLIENT_CERTIFICATE_PASSWORD"}, {"TAP_CLIENT_CERTIFICATE_PASSWORD_FILE", "AZURE_CLIENT_CERTIFICATE_PASSWORD"},
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
	lost := false
	add := func(f Finding) { found = append(found, f) }
	for _, f := range x.Settings.Faults {
		lost = lost || f.Counts
		add(Finding{ID: "settings." + f.Of, Status: Fail, Words: f.Why, Command: f.Command})
	}
	for _, f := range x.Settings.Files {
		if f.Why != "" {
			add(f.finding())
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
	return outcome{found: found, lost: lost}
}
