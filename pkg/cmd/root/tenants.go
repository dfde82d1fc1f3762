package root

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// profiles is the value of --profile: a name each time that it is typed. It is no list in one word, so that its variable stays one name.
type profiles []string

func (p *profiles) Set(s string) error           { *p = append(*p, s); return nil }
func (p *profiles) String() string               { return strings.Join(*p, " ") }
func (p *profiles) Type() string                 { return "string" }
func (p *profiles) Append(s string) error        { return p.Set(s) }
func (p *profiles) Replace(names []string) error { *p = names; return nil }
func (p *profiles) GetSlice() []string           { return *p }
func (p *profiles) shortest() string {
	if len(*p) == 0 {
		return ""
	}
	return slices.MinFunc(*p, func(a, b string) int { return len(a) - len(b) })
}

// addTenants gives --all-profiles to the commands that work on several profiles, and lets them.
func addTenants(c *cobra.Command, f *cmdutil.Factory, o *opener) {
	if c.Annotations[cmdutil.ManyTenants] != "" {
		cmdutil.SwitchVar(c.Flags(), &o.flags.allProfiles, "all-profiles", "every saved target; a row names its profile, and one that fails is a row")
		run := c.RunE
		c.RunE = func(cmd *cobra.Command, args []string) error {
			if !o.process.several() {
				return run(cmd, args)
			}
			return o.tenants(cmd.Context(), f)
		}
	}
	for _, sub := range c.Commands() {
		addTenants(sub, f, o)
	}
}

// several reports whether more than one profile is worked on: --all-profiles counts as several, however many there are.
func (p *Process) several() bool { return len(p.flags.profiles) > 1 || p.flags.allProfiles }

// oneTenant refuses several profiles to a command that does not read them, and what would be said of all their tenants at once: each profile
// says by itself where to work, and no secret of one is shown to another.
func (p *Process) oneTenant(cmd *cobra.Command) error {
	typed := cmd.Flags().Changed
	switch {
	case !p.several():
		return nil
	case cmd.Annotations[cmdutil.ManyTenants] == "":
		return errs.Usage(fmt.Sprintf("%s works on one tenant: give one --profile", cmd.CommandPath()), "--profile "+cmdutil.Quoted(p.flags.profiles[0]))
	case typed("profile") && typed("all-profiles"):
		return errs.Usage("--all-profiles names every profile: give no --profile with it", "without --profile")
	}
	for _, name := range signInFlags() {
		switch variable := p.variables[name]; {
		case slices.Contains([]string{"profile", "all-profiles", "ca-file", "least-privilege"}, name):
		case typed(name):
			return errs.Usage(fmt.Sprintf("each of several profiles says how to sign in, and to what: --%s goes with one", name), "without --"+name)
		case variable != "":
			return errs.Usage(fmt.Sprintf("each of several profiles says how to sign in, and to what: %s goes with one", variable), "unset "+variable)
		}
	}
	for _, name := range secretVariables() {
		if strings.HasPrefix(name, "TAP_") && p.Getenv(name) != "" {
			return errs.Usage(fmt.Sprintf("%s would be shown to the tenants of all profiles: it goes with one", name), "unset "+name)
		}
	}
	return nil
}

// narrow makes the flags of a run for one of several profiles say that one. Nobody is asked, for the others ask at the same time.
func (p *Process) narrow(cmd *cobra.Command) {
	if p.part == nil {
		return
	}
	_ = cmd.Flags().Set("profile", p.part.Name) // counts as typed from now on
	delete(p.variables, "profile")
	if all := cmd.Flags().Lookup("all-profiles"); all != nil {
		all.Changed = false
	}
	p.flags.profiles, p.flags.allProfiles = profiles{p.part.Name}, false
	p.couldAsk = p.Streams.CanAsk() && !p.flags.NoInput
	p.flags.NoInput = true
}

// dress lays the answer of one of several profiles out as that of all: what the profile says of it does not count.
func (p *Process) dress() {
	if p.part != nil {
		p.flags.Output, p.flags.zone = p.format.Output, p.format.zone
	}
}

// eachProfile lists the profiles that are worked on, each once.
func (p *Process) eachProfile() ([]string, error) {
	all, err := p.profiles()
	if err != nil {
		return nil, err
	}
	if p.flags.allProfiles {
		if len(all.Names()) == 0 {
			return nil, errs.Usage("there are no profiles", "tap profile set NAME --tenant TENANT")
		}
		return all.Names(), nil
	}
	var names []string
	for _, name := range p.flags.profiles {
		if _, err := all.Find(name); err != nil {
			return nil, err // nobody was asked yet: a name that was mistyped is no tenant that failed
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}
