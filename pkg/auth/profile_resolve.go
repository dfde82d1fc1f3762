package auth

import (
	"fmt"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// Source is what a value comes from. A source that stands before another wins over it.
type Source string

// The sources.
const (
	FromLock     Source = "locked"
	FromFlag     Source = "flag"
	FromPreset   Source = "preset"
	FromVariable Source = "variable"
	FromProfile  Source = "profile"
	FromMachine  Source = "machine"
	FromDefault  Source = "default"
)

// Setting is what counts for a key, and why.
type Setting struct {
	Key    Key
	Value  string // "" where nobody says anything, or where a flag takes it back
	Source Source
	From   string // the flag, variable, preset or profile by its name, or the file; "" for a default
}

// Origin is where the value comes from, in words.
func (s Setting) Origin() string {
	switch s.Source {
	case FromLock:
		return "locked by " + s.From
	case FromFlag:
		return "--" + s.From
	case FromMachine:
		return "the machine settings " + s.From
	case FromDefault:
		return "default"
	}
	return fmt.Sprintf("the %s %s", s.Source, s.From)
}

// Layers are all that was said about the keys.
type Layers struct {
	// Typed and Variable return the value of a flag and of a variable, and the name of either; "" for the name where there is none.
	Typed, Variable func(key string) (value, name string)
	Preset, Profile string // their names
	FromPreset      Values
	FromProfile     Values
	Machine         *Machine
	// Sandbox takes the target out of all that is not typed: a sandbox is one.
	Sandbox bool
}

// Resolve returns what counts for each key, in their order. A value that another source contradicts is an error where it is locked: the first
// such is returned, with all that counts.
func (l Layers) Resolve() (all []Setting, first error) {
	for _, k := range Keys() {
		s, err := l.resolve(k)
		if first == nil {
			first = err
		}
		all = append(all, s)
	}
	return all, first
}

func (l Layers) resolve(k Key) (Setting, error) {
	none := Setting{Key: k, Value: k.Default, Source: FromDefault}
	said := l.said(k)
	if k.Part == OfTarget && l.Sandbox {
		return none, nil
	}
	if has(l.Machine.Locked, k) {
		locked := Setting{k, l.Machine.Locked[k.Name], FromLock, l.Machine.File}
		return locked, locked.contradicted(said)
	}
	if has(l.Machine.Values, k) {
		said = append(said, Setting{k, l.Machine.Values[k.Name], FromMachine, l.Machine.File})
	}
	return append(said, none)[0], nil
}

// said is what a person says about a key, the first before the others.
func (l Layers) said(k Key) (all []Setting) {
	spoken := func(value string) string { // as it is compared; what is wrong in it is the flag's to tell
		if read, err := k.Read(value); err == nil {
			return read
		}
		return value
	}
	if value, name := l.Typed(k.Name); name != "" {
		all = append(all, Setting{k, spoken(value), FromFlag, name})
	}
	if has(l.FromPreset, k) {
		all = append(all, Setting{k, l.FromPreset[k.Name], FromPreset, l.Preset})
	}
	if value, name := l.Variable(k.Name); name != "" {
		all = append(all, Setting{k, spoken(value), FromVariable, name})
	}
	if has(l.FromProfile, k) {
		all = append(all, Setting{k, l.FromProfile[k.Name], FromProfile, l.Profile})
	}
	return all
}

func has(v Values, k Key) bool {
	_, ok := v[k.Name]
	return ok
}

// contradicted finds the first that says something else than what is locked.
func (s Setting) contradicted(said []Setting) error {
	for _, other := range said {
		if other.Value != s.Value {
			words := other.Origin()
			if other.Value != "" && (other.Source != FromFlag || other.From == s.Key.Name && !s.Key.Switch) {
				words += " " + other.Value
			}
			return errs.Usage(fmt.Sprintf("%s contradicts %s = %s, which is locked by %s", words, s.Key.Name, s.Value, s.From), other.mends(s.Value)...)
		}
	}
	return nil
}

// mends are the commands that take a value back, in favour of another where that is known. "without --flag" is the command line without it.
func (s Setting) mends(other string) []string {
	switch {
	case s.Source == FromVariable:
		return []string{"unset " + s.From}
	case s.Source == FromProfile:
		return []string{fmt.Sprintf("tap profile set %s --unset %s", s.From, s.Key.Name)}
	case s.Source == FromPreset:
		return []string{"without --preset"}
	case s.From == s.Key.Name && !s.Key.Switch && other != "":
		return []string{"--" + s.Key.Name + " " + other}
	}
	return []string{"without --" + s.From}
}
