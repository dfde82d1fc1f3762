// Package doctor holds `tap doctor`, which says what is missing and what mends it. It must not decide what is wrong (pkg/doctor
// does), nor write anything to the tenant or to this machine.
package doctor

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/doctor"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// Options are what `tap doctor` needs, then what the user said.
type Options struct {
	*cmdutil.Factory

	Users []string

	ref person.Ref
}

// NewCmdDoctor returns `tap doctor`. runF replaces the run in tests.
func NewCmdDoctor(f *cmdutil.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	c := &cobra.Command{
		Use:   "doctor [<user>]",
		Short: "Find out what is missing, and what mends it",
		Long: `Look at everything that a pass takes, and say of each thing whether it is there: settings, the way to
the authority and to Graph, the clock, the sign-in, its permissions and roles, the policy, the plans
of the tenant. With a user also: whether one like that exists, is enabled, is no guest, can be
reached with your role, is one of those whom the policy includes, is known to the pass service, and
which pass and methods that user has.

A check is ok, warn (it works, and should be looked at), fail (it does not work) or skip (it could
not be looked at, and why). Below stands what mends it: a command, a click, or whom to ask. Nothing is
written, to the tenant or to this machine.

It ends with 9 where a check failed, with 0 where there are warnings alone. -q prints only what is not
ok. What the token says of its permissions is a hint: the service alone knows.`,
		Example: `  # Why does nothing work?
  tap doctor

  # Why can this user not be given a pass?
  tap doctor adele.vance@contoso.com

  # In a script: what failed
  tap doctor -o json --jq '.[] | select(.status == "fail") | .id'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Users = args
			if err := o.Validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return doctorRun(cmd.Context(), o)
		},
	}
	return c
}

// Validate finds what is wrong before anything is looked at.
func (o *Options) Validate() error {
	switch len(o.Users) {
	case 0:
	case 1:
		var err error
		if o.ref, err = person.ParseRef(o.Users[0]); err != nil {
			return errs.Usage(err.Error(), "tap doctor user@contoso.com")
		}
	default:
		return errs.Usage(fmt.Sprintf("one user at a time, not %d", len(o.Users)), "tap doctor user@contoso.com")
	}
	return cmdutil.CheckOutput(o.Factory, view{}.findings(), output.Options{})
}

func doctorRun(ctx context.Context, o *Options) error {
	s, err := o.Surroundings(ctx)
	if err != nil {
		return err
	}
	v := view{tenant: new(atomic.Pointer[string]), hint: o.Say.Hint}
	found := doctor.Case{
		Network: s.Network, Authority: s.Authority, Graph: s.Graph, Settings: s.Settings, User: o.ref,
		Open: func(ctx context.Context) (*doctor.Tenant, error) { return o.open(ctx, s, v) },
	}.Examine(ctx)
	if err := o.print(v, found); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return errs.Of(context.Cause(ctx))
	}
	return failures(found, string(o.ref))
}

// open signs in.
func (o *Options) open(ctx context.Context, s *cmdutil.Surroundings, v view) (*doctor.Tenant, error) {
	t, err := o.Target(ctx)
	if err != nil {
		return nil, err
	}
	v.tenant.Store(&t.TenantID)
	return &doctor.Tenant{
		Title: t.Title, Kind: s.Kind, Application: t.Desk.Application, Caller: t.Desk.Caller, Permissions: t.Desk.Permissions,
		People: t.Desk.People, Directory: t.Desk.Directory, Policy: &t.Policy, Passes: t.Desk.Passes, Records: t.Records,
	}, nil
}

// failures is the error of what was found, nil where nothing failed.
func failures(found []doctor.Finding, user string) error {
	n := map[doctor.Status]int{}
	for _, f := range found {
		n[f.Status]++
	}
	if n[doctor.Fail] == 0 {
		return nil
	}
	return &errs.Error{Slug: errs.Findings, What: "looking for faults", Whom: user, Why: fmt.Sprintf("%s failed, %s, %d skipped", errs.Count(n[doctor.Fail], "check"), errs.Count(n[doctor.Warn], "warning"), n[doctor.Skip])}
}
