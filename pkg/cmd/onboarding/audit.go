package onboarding

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/audit"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// AuditOptions are what `tap audit` needs, then what the user said.
type AuditOptions struct {
	*cmdutil.Factory

	Users        []string
	By           string
	Since, Until when.Past
	Local        bool

	refs []person.Ref
}

// NewCmdAudit returns `tap audit`. runF replaces the run in tests.
func NewCmdAudit(f *cmdutil.Factory, runF func(context.Context, *AuditOptions) error) *cobra.Command {
	o := &AuditOptions{Factory: f, Since: when.Ago(7 * 24 * time.Hour)}
	var named []string
	c := &cobra.Command{
		Use:   "audit [<user>...]",
		Short: "Show who created and deleted passes",
		Long: `Show who created passes, for whom, when and from where, by the tenant's audit log: by whatever means it was
done, a portal or another program.

The log does not tell everything. It names a method that an administrator deleted, and not whether that was a pass. It
shows what was done after some minutes, and forgets it after 30 days, after 7 in a tenant without Microsoft Entra ID P1 or
P2. Microsoft Graph has no log in the cloud china. The ids of the entries are in the JSON. Five requests in ten seconds are allowed: much takes a while.

With --local it is what tap itself did on this machine instead: who did what, when, in which tenant, to whom, what
became of it, and the ticket and the reason that were given.

Each write is recorded before it is sent, and what became of it afterwards, in the state folder; so are refusals, and the
openings of encrypted results. A write without an outcome is unknown: tap was killed, or is still at work.
What is recorded stays on this machine, and whoever may write to the folder may change it.`,
		Example: `  # Who created passes in the last 7 days
  tap audit

  # Those that somebody got this month, for a SIEM
  tap audit adele.vance@contoso.com --since 30d -o jsonl

  # What was done here in the last 7 days
  tap create adele.vance@contoso.com --ticket INC-1234 --reason "lost key"
  tap audit --local

  # What was done to somebody, in full
  tap audit adele.vance@contoso.com --local --since 30d -o json`,
		Annotations: map[string]string{cmdutil.ManyTenants: "true"},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Users = append(args, named...)
			if err := o.Validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return auditRun(cmd.Context(), o)
		},
	}
	c.Flags().BoolVar(&o.Local, "local", false, "show what tap did on this machine: no account, no network")
	c.Flags().Var(&o.Since, "since", "from when on: how long ago, such as 24h, or a time")
	c.Flags().Var(&o.Until, "until", "until when, in the same way")
	c.Flags().StringSliceVar(&named, "user", nil, "to whom it was done; the same as naming the user without it")
	c.Flags().StringVar(&o.By, "by", "", "who did it: a user principal name, an object id, or an application's name or id")
	return c
}

// Validate finds what is wrong before anything is read.
func (o *AuditOptions) Validate() error {
	o.refs = nil
	for _, u := range o.Users {
		ref, err := person.ParseRef(u)
		if err != nil {
			return errs.Usage(err.Error(), "tap audit user@contoso.com")
		}
		o.refs = append(o.refs, ref)
	}
	if o.Local && o.Part != nil {
		return errs.Usage("--local is about this machine, whatever the profile: it goes without several", "tap audit --local")
	}
	if o.Local {
		return cmdutil.CheckOutput(o.Factory, localView{}.events(), output.Options{})
	}
	return cmdutil.CheckOutput(o.Factory, logView{}.events(), output.Options{})
}

// query is what was asked for, by a clock.
func (o *AuditOptions) query(now time.Time) (q audit.Query, err error) {
	q = audit.Query{Users: o.refs, By: o.By}
	if q.Since, err = o.Past("since", o.Since, now); err != nil {
		return q, err
	}
	if q.Until, err = o.Past("until", o.Until, now); err != nil {
		return q, err
	}
	if !q.Until.IsZero() && !q.Until.After(q.Since) {
		return q, errs.Usage(fmt.Sprintf("--until %s is no later than --since %s", o.Until.String(), o.Since.String()), "tap audit --help")
	}
	return q, nil
}

func auditRun(ctx context.Context, o *AuditOptions) error {
	if o.Local {
		return o.local()
	}
	return o.tenant(ctx)
}

// tenant prints what the log of the tenant tells, and what it cannot.
func (o *AuditOptions) tenant(ctx context.Context) error {
	if _, err := o.query(time.Now()); err != nil {
		return err // before anybody signs in
	}
	t, err := o.Target(ctx)
	if err != nil {
		return err
	}
	q, err := o.query(t.Desk.Now())
	if err != nil {
		return err
	}
	rows, err := t.Audit.Events(ctx, q)
	if err != nil {
		return err
	}
	columns := logView{tenant: t.TenantID, zone: o.ShowZone()}.events()
	if err := printAll(o.Factory, columns, rows); err != nil {
		return err
	}
	if len(rows) == 0 {
		o.Say.Notice("the audit log tells of nothing like that")
	}
	if slices.ContainsFunc(rows, func(e audit.Event) bool { return !e.Created() }) {
		o.Say.Notice("the log does not tell which kind of method was deleted: it may have been a pass or another")
	}
	o.Say.Notice("the log shows what was done after some minutes, and forgets it after 30 days, after 7 in a tenant without Microsoft Entra ID P1 or P2")
	return nil
}
