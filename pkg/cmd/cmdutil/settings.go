package cmdutil

import "github.com/seed-5ddf9a5e/tap/pkg/auth"

// Settings are what counts for each key of a profile, and why.
type Settings struct {
	Profile string      // the profile that counts, "" for none
	Source  auth.Source // why it does; a profile that is in use is from itself
	From    string      // the variable by its name, "profile" for the flag or the argument; "" for none
	All     []auth.Setting
	// Own are the values that the profile gives, whatever counts instead.
	Own auth.Values
	// Configured are the values that the profile, else the machine settings give, whatever counts instead.
	Configured auth.Values
	Machine    *auth.Machine
}

// Origin is why the profile counts, in words.
func (s *Settings) Origin() string {
	if s.Source == auth.FromProfile {
		return "tap profile use"
	}
	return auth.Setting{Source: s.Source, From: s.From}.Origin()
}

// Find returns what counts for the key of this name.
func (s *Settings) Find(key string) auth.Setting {
	for _, one := range s.All {
		if one.Key.Name == key {
			return one
		}
	}
	return auth.Setting{}
}
