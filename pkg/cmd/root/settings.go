package root

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// api is the value of --api.
type api string

func (a *api) Set(s string) error {
	if !slices.Contains(auth.Versions(), s) {
		return fmt.Errorf("%q is none of beta, v1.0", s)
	}
	*a = api(s)
	return nil
}

func (a *api) String() string { return string(*a) }
func (a *api) Type() string   { return "beta|v1.0" }

// files is where settings, runs and results lie.
func (p *Process) files() journal.FS {
	if p.Files != nil {
		return p.Files
	}
	return journal.OS()
}

// profileStore is the file of the profiles.
func (p *Process) profileStore() (auth.ProfileStore, error) {
	dir, err := configFolder(p.Getenv)
	return auth.ProfileStore{Files: p.files(), Path: filepath.Join(dir, "profiles.toml")}, err
}

// profiles reads them. Where no folder can be found for them, there are none.
func (p *Process) profiles() (*auth.Profiles, error) {
	store, err := p.profileStore()
	if err != nil {
		return &auth.Profiles{}, nil //nolint:nilerr // a container without HOME has no profiles, and nothing is wrong
	}
	return store.Load()
}

// clouds are those that the machine settings name.
func (p *Process) clouds() ([]auth.Cloud, error) {
	m, err := p.machine()
	if err != nil {
		return nil, err
	}
	return m.Clouds, nil
}

// readsSettings reports whether a command goes by profiles and machine settings. What only says what tap is reads no file.
func readsSettings(cmd *cobra.Command) bool {
	for c := cmd; c.HasParent(); c = c.Parent() {
		if c.GroupID == TopicGroup || slices.Contains([]string{"version", "help", "completion", cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd}, c.Name()) {
			return false
		}
	}
	return cmd.HasParent() && !cmd.HasSubCommands()
}

// settle gives flags that were not typed what profiles and the machine settings say. They do not count as typed.
func (p *Process) settle(cmd *cobra.Command) error {
	p.flags.Origins = map[string]string{}
	for flag, variable := range p.variables {
		p.flags.Origins[flag] = "the variable " + variable
	}
	if !readsSettings(cmd) {
		return nil
	}
	if err := p.forgive(ofMachine, p.flags.unread); err != nil {
		return err
	}
	s, err := p.readSettings("", cmd.Parent().Name() != profileNoun)
	if err != nil {
		return err
	}
	p.chosen = s
	if err := p.presetRest(s); err != nil {
		return err
	}
	for _, one := range s.All {
		of := ofProfiles
		if one.Source == auth.FromMachine || one.Source == auth.FromLock {
			of = ofMachine
		}
		if err := p.forgive(of, p.apply(one)); err != nil {
			return err
		}
	}
	return nil
}

// profileNoun is the group of commands that work on profiles, and so on no tenant: what they are given is about a profile.
const profileNoun = "profile"

// settings are what counts with the profile of this name, for `tap profile show`.
func (p *Process) settings(profile string) (*cmdutil.Settings, error) {
	return p.readSettings(profile, true)
}

// readSettings puts together what was said about each key. name is a profile in place of the one that the flags name.
func (p *Process) readSettings(name string, withProfile bool) (*cmdutil.Settings, error) {
	m, err := p.machine()
	if err := p.forgive(ofMachine, err); err != nil {
		return nil, err
	}
	if m == nil {
		m = &auth.Machine{}
	}
	s := &cmdutil.Settings{Machine: m, Source: auth.FromDefault}
	layers := auth.Layers{Machine: m, Sandbox: p.flags.isSandbox(), Typed: p.typedKey, Variable: p.variableKey}
	if f := p.cmd.Flags().Lookup("preset"); f != nil && f.Changed {
		layers.Preset = f.Value.String()
		if layers.FromPreset, err = m.Preset(layers.Preset); err != nil {
			return nil, err
		}
		layers.FromPreset = takesBack(p.unlessTyped(layers.FromPreset))
	}
	if withProfile {
		layers.FromProfile, err = p.choose(s, name)
		if err := p.forgive(ofProfiles, err); err != nil {
			return nil, err
		}
		layers.Profile, s.Own = s.Profile, layers.FromProfile
	}
	s.Configured = auth.Values{}
	for _, v := range []auth.Values{m.Values, layers.FromProfile, m.Locked} {
		maps.Copy(s.Configured, v)
	}
	s.All, err = layers.Resolve()
	return s, p.forgive(ofLocks, err)
}

// choose finds the profile that counts: of this name, or that of the flag, of its variable, or at a terminal the one in use.
func (p *Process) choose(s *cmdutil.Settings, name string) (auth.Values, error) {
	all, err := p.profiles()
	if err != nil {
		return nil, err
	}
	variable := p.variables["profile"]
	switch {
	case name != "":
		s.Profile, s.Source, s.From = name, auth.FromFlag, "profile"
	case p.several():
		return nil, nil // each has a run of its own
	case variable != "":
		s.Profile, s.Source, s.From = p.flags.profiles[0], auth.FromVariable, variable
	case len(p.flags.profiles) > 0:
		s.Profile, s.Source, s.From = p.flags.profiles[0], auth.FromFlag, "profile"
	case p.Streams.CanAsk() && all.Use != "":
		s.Profile, s.Source, s.From = all.Use, auth.FromProfile, all.Use
	default:
		return nil, nil
	}
	v, err := all.Find(s.Profile)
	if err != nil && variable != "" && name == "" {
		return nil, errs.Of(err).Hint("unset " + variable)
	}
	return v, err
}

// opposites are flags of which each takes back what the other would have said.
func opposites() map[string]string {
	return map[string]string{"lifetime": "until", "until": "lifetime", "one-time": "multi-use", "multi-use": "one-time"}
}

// typedKey is the value of a flag that was typed, and its name. The opposite of a request flag takes it back.
func (p *Process) typedKey(key string) (value, name string) {
	k, _ := auth.FindKey(key)
	if k.Part == auth.OfRequest && p.cmd.Annotations[cmdutil.Requests] == "" && p.cmd.Parent().Name() != profileNoun {
		return "", "" // a flag of this name says something else here
	}
	f := p.cmd.Flags().Lookup(key)
	if f != nil && f.Changed {
		return whole(k, f.Value.String()), key
	}
	opposite := p.cmd.Flags().Lookup(opposites()[key])
	if opposite == nil || !opposite.Changed {
		return "", ""
	}
	if key == "one-time" {
		return "false", opposite.Name
	}
	return "", opposite.Name
}

// variableKey is the value of the variable that stands for a flag which was not typed, and its name.
func (p *Process) variableKey(key string) (value, name string) {
	if name = p.variables[key]; name == "" {
		return "", ""
	}
	k, _ := auth.FindKey(key)
	return whole(k, p.cmd.Flags().Lookup(key).Value.String()), name
}

// whole is a value as a profile has it: the whole path of a file.
func whole(k auth.Key, value string) string {
	if path, err := filepath.Abs(value); k.Path && value != "-" && err == nil {
		return path
	}
	return value
}

// unlessTyped is a preset without what flags that were typed, or their opposites, say instead.
func (p *Process) unlessTyped(preset auth.Values) auth.Values {
	left := auth.Values{}
	for name, value := range preset {
		f, opposite := p.cmd.Flags().Lookup(name), p.cmd.Flags().Lookup(opposites()[name])
		if f != nil && !f.Changed && (opposite == nil || !opposite.Changed) {
			left[name] = value
		}
	}
	return left
}

// takesBack adds to a preset what its flags take back of the keys: an end is no lifetime, many times is not once.
func takesBack(preset auth.Values) auth.Values {
	if _, ends := preset["until"]; ends {
		preset["lifetime"] = ""
	}
	if preset["multi-use"] == "true" {
		preset["one-time"] = "false"
	}
	return preset
}

// presetRest sets the flags of a preset that are no keys of a profile.
func (p *Process) presetRest(s *cmdutil.Settings) error {
	f := p.cmd.Flags().Lookup("preset")
	if f == nil || !f.Changed {
		return nil
	}
	preset, err := s.Machine.Preset(f.Value.String())
	if err != nil {
		return err
	}
	for name, value := range p.unlessTyped(preset) {
		if _, isKey := auth.FindKey(name); isKey || value == "false" {
			continue
		}
		if err := p.set(name, value, "the preset "+f.Value.String()); err != nil {
			return err
		}
	}
	return nil
}

// apply gives a flag that was not typed its value, if it is this command's to have.
func (p *Process) apply(s auth.Setting) error {
	isProfile := p.cmd.Parent().Name() == profileNoun
	switch {
	case s.Value == "" || s.Source == auth.FromFlag || s.Source == auth.FromVariable || s.Source == auth.FromDefault,
		s.Key.Switch && s.Value == "false",
		s.Key.Name == "output" && !p.flags.JQ.IsZero(),
		s.Key.Part == auth.OfRequest && p.cmd.Annotations[cmdutil.Requests] == "",
		isProfile && s.Key.Part != auth.OfOutput:
		return nil
	}
	return p.set(s.Key.Name, s.Value, s.Origin())
}

// set gives a flag a value that was not typed.
func (p *Process) set(flag, value, origin string) error {
	f := p.cmd.Flags().Lookup(flag)
	if f == nil || f.Changed {
		return nil
	}
	if err := f.Value.Set(value); err != nil {
		return errs.Usage(fmt.Sprintf("%s: %s: %v", origin, flag, err), "tap profile show --effective")
	}
	p.flags.Origins[flag] = origin
	return nil
}

// profileTitle begins the title of a target with the profile that counts.
func (o *opener) profileTitle() string {
	if name := o.process.chosen.Profile; name != "" {
		return "profile " + name + ", "
	}
	return ""
}

// version is the API version that the command calls in the cloud.
func (o *opener) version(c auth.Cloud) (string, error) {
	noun := auth.Passes
	switch {
	case o.process.cmd.Parent().Name() == "policy":
		noun = auth.Policy
	case o.process.cmd.Name() == "audit":
		noun = auth.Logs
	}
	return c.Version(noun, string(o.flags.api))
}
