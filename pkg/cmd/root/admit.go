package root

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// writes reports whether the command is going to change the tenant.
func (p *Process) writes() bool {
	dry := p.cmd.Flags().Lookup("dry-run")
	return p.cmd.Annotations[cmdutil.Writes] != "" && (dry == nil || dry.Value.String() != "true")
}

// admit finds what keeps a write from the tenant before anything is opened: a ticket that is missing, a tenant that nobody named
// or that two name differently, a protected one that nobody can be asked about. What only reads is always admitted.
func (o *opener) admit() error {
	if !o.process.writes() {
		return nil
	}
	if err := o.required(); err != nil {
		return err
	}
	if o.flags.isSandbox() {
		return nil
	}
	if err := o.named(); err != nil {
		return err
	}
	if err := o.undisputed(); err != nil {
		return err
	}
	if !o.guarded() || o.canAsk() {
		return nil
	}
	s := o.process.chosen
	return errs.Usage(fmt.Sprintf("the target is protected (%s): nobody can be asked for the tenant's name here, and --yes does not give it", s.Find("protected").Origin()),
		"--tenant "+cmp.Or(s.Configured["tenant"], s.Find("tenant").Value, "TENANT"))
}

func (o *opener) canAsk() bool { return o.process.Streams.CanAsk() && !o.flags.NoInput }

// required finds a flag that the machine settings require of each write, in the sandbox as well: that is where it is learned.
func (o *opener) required() error {
	m := o.process.chosen.Machine
	given := map[string]string{"ticket": o.flags.Ticket, "reason": o.flags.Reason}
	example := map[string]string{"ticket": "INC-1234", "reason": "'lost key'"}
	for _, name := range m.Require {
		if given[name] == "" {
			return errs.Usage(fmt.Sprintf("%s requires --%s of each write", m.File, name), "--"+name+" "+example[name])
		}
	}
	return nil
}

// named refuses a write without a terminal that does not say in which tenant: by a profile that has one, by --tenant, or by what stands for them.
// A tenant that is locked is said by the machine. An unlocked setting of the machine says it for nobody in particular. The variables
// that name an application's tenant to Azure's libraries count, too, where the sign-in goes by them.
func (o *opener) named() error {
	if o.process.Streams.CanAsk() {
		return nil
	}
	s := o.process.chosen
	switch s.Find("tenant").Source {
	case auth.FromFlag, auth.FromVariable, auth.FromLock, auth.FromProfile:
		return nil
	case auth.FromDefault:
		if cfg, err := o.signIn(); err == nil && cfg.Tenant != "" {
			return nil
		}
	}
	if s.Profile != "" {
		return errs.Usage(fmt.Sprintf("a write without a terminal says in which tenant: the profile %s names none", s.Profile),
			"--tenant TENANT", "tap profile set "+s.Profile+" --tenant TENANT")
	}
	return errs.Usage("a write without a terminal says in which tenant: nothing here names one", "--tenant TENANT", "--profile NAME")
}

// undisputed refuses a write into the tenant of a variable where a profile that was chosen for this command names another one, and into any that
// is not the one which the variables name by which the application signs in. A tenant that was typed, too, or is locked, is no question.
func (o *opener) undisputed() error {
	s := o.process.chosen
	tenant := s.Find("tenant")
	if tenant.Source == auth.FromFlag || tenant.Source == auth.FromLock {
		return nil
	}
	contradiction := func(other string) error {
		hints := []string{"--tenant " + tenant.Value}
		switch {
		case tenant.Source == auth.FromVariable:
			hints = append(hints, "unset "+tenant.From)
		case tenant.Source == auth.FromProfile && s.Source == auth.FromVariable:
			hints = append(hints, "unset "+s.From)
		case tenant.Source == auth.FromProfile && s.Source == auth.FromFlag:
			hints = append(hints, "without --profile")
		}
		return errs.Usage(fmt.Sprintf("%s %s contradicts %s, and a write goes into one tenant", tenant.Origin(), tenant.Value, other), hints...)
	}
	chosen := s.Source == auth.FromFlag || s.Source == auth.FromVariable
	if own := s.Own["tenant"]; tenant.Source == auth.FromVariable && chosen && own != "" && auth.TenantsDiffer(own, tenant.Value) {
		return contradiction("the tenant " + own + " of the profile " + s.Profile)
	}
	if cfg, err := o.signIn(); err == nil && cfg.Beside != (auth.Beside{}) {
		return contradiction("the variable " + cfg.Beside.Variable + " " + cfg.Beside.Tenant)
	}
	return nil
}

// guarded reports whether the tenant is protected, and the command does not name it itself.
func (o *opener) guarded() bool {
	s := o.process.chosen
	if s.Find("protected").Value != "true" {
		return false
	}
	return !o.process.cmd.Flags().Changed("tenant") || !o.process.isConfigured(s.Find("tenant").Value)
}

// isConfigured reports whether the tenant that was typed is the one that the profile or the machine settings name, or they name none.
func (p *Process) isConfigured(typed string) bool {
	configured := p.chosen.Configured["tenant"]
	return configured == "" || strings.EqualFold(configured, typed)
}

// confirmTenant asks for the name of a protected tenant before anything is sent there. Who is signed in stands above the question.
func (o *opener) confirmTenant(ctx context.Context, t *cmdutil.Target) error {
	if t.Sandbox || !o.process.writes() || !o.guarded() {
		return nil
	}
	name := o.process.chosen.Find("tenant").Value
	if name == "" {
		name = t.TenantID
	}
	o.say.Target(t.Title)
	typed, err := o.process.Streams.Line(ctx, o.say.Safe(fmt.Sprintf("The tenant is protected. Type its name, %s, to go on", name)))
	switch {
	case err != nil:
		return errs.Of(err)
	case name == "" || !strings.EqualFold(typed, name):
		return errs.Usage("the name of the protected tenant was not typed: nothing was changed", "--dry-run")
	}
	return nil
}
