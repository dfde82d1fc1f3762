package rollout

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/result"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// NewCmdRun returns `tap run` with the commands below it. show prints the rows of a run whose result goes to stdout.
func NewCmdRun(f *cmdutil.Factory, show Printer) *cobra.Command {
	c := &cobra.Command{
		Use:   "run",
		Short: "See, resume and discard runs of many passes",
		Long: `A run is one tap create --file or --group. What it has done is in its journal, so that the same command goes on with it
after a Ctrl-C, a crash or a dead network: no pass that somebody may hold is made anew.`,
		Args: cobra.ArbitraryArgs,
		RunE: cmdutil.Group,
	}
	c.AddCommand(newCmdList(f), newCmdShow(f), newCmdResume(f, show), newCmdDiscard(f))
	return c
}

// journalFlag declares --journal.
func journalFlag(c *cobra.Command, into *string) {
	c.Flags().StringVar(into, "journal", "", "the folder for the run's journal; default: the state folder")
}

func newCmdList(f *cmdutil.Factory) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "list",
		Short: "List the runs that are unfinished or done",
		Example: `  # The runs that are unfinished or done
  tap run list`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := cmdutil.CheckOutput(f, runs(f), output.Options{}); err != nil {
				return err
			}
			return listRun(f, dir)
		},
	}
	journalFlag(c, &dir)
	return c
}

func listRun(f *cmdutil.Factory, dir string) error {
	s, err := openStore(f, dir)
	if err != nil {
		return err
	}
	all, err := s.all()
	if err != nil {
		return err
	}
	p := cmdutil.Printer(f, runs(f), output.Options{Least: output.Widths(runs(f), all...)})
	for _, k := range all {
		if err := p.Row(k); err != nil {
			return cmdutil.Written(err)
		}
	}
	return cmdutil.Written(p.Close())
}

func newCmdShow(f *cmdutil.Factory) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "show <run>",
		Short: "Show what became of the rows of a run",
		Long:  "Show what became of the rows of a run so far, without a passcode.",
		Example: `  # What became of each row of a run
  printf 'user\nadele.vance@contoso.com\n' >new-hires.csv
  tap create --file new-hires.csv --out passes.csv --yes
  tap run show "$(tap run list -o value --columns run)"`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := cmdutil.CheckOutput(f, rows(), output.Options{}); err != nil {
				return err
			}
			return showRun(f, dir, args[0])
		},
	}
	journalFlag(c, &dir)
	return c
}

func showRun(f *cmdutil.Factory, dir, id string) error {
	s, err := openStore(f, dir)
	if err != nil {
		return err
	}
	k, err := s.find(id)
	if err != nil {
		return err
	}
	if k.Err != nil {
		return errs.Local("reading the run", k.ID, k.Err, "tap run discard "+k.ID)
	}
	list, err := s.rows(k)
	if err != nil {
		return errs.Local("reading the run", k.ID, err, "tap run discard "+k.ID)
	}
	p := cmdutil.Printer(f, rows(), output.Options{Least: output.Widths(rows(), list...)})
	for _, r := range list {
		if err := p.Row(r); err != nil {
			return cmdutil.Written(err)
		}
	}
	return cmdutil.Written(p.Close())
}

func newCmdResume(f *cmdutil.Factory, show Printer) *cobra.Command {
	o := &CreateOptions{Factory: f, Print: show}
	c := &cobra.Command{
		Use:   "resume <run>",
		Short: "Go on with a run that is unfinished",
		Long: `Go on with a run that is unfinished, without its roster: what it was asked to do is in its journal. The keys that can open an
encrypted result are those that were given, unless others are now. With --out or --keyvault its passes go there, and no longer
where they were to go.`,
		Example: `  # Go on, wherever the roster is now
  printf 'user\nadele.vance@contoso.com\n' >new-hires.csv
  tap create --file new-hires.csv --out passes.csv --yes
  tap run resume "$(tap run list -o value --columns run)"`,
		Annotations: map[string]string{cmdutil.Run: "true", cmdutil.Writes: "true"},
		Args:        cobra.ExactArgs(1),
		RunE:        func(cmd *cobra.Command, args []string) error { return resumeRun(cmd.Context(), o, args[0]) },
	}
	o.register(c.Flags())
	return c
}

func resumeRun(ctx context.Context, o *CreateOptions, id string) error {
	o.collect()
	s, err := openStore(o.Factory, o.Journal)
	if err != nil {
		return err
	}
	k, err := s.find(id)
	switch {
	case err != nil:
		return err
	case k.Err != nil:
		return errs.Local("reading the run", k.ID, k.Err, "tap run discard "+k.ID)
	}
	job, err := s.job(k.ID, math.MaxInt)
	if err != nil {
		return errs.Local("reading the run", k.ID, err, "tap run discard "+k.ID)
	}
	if o.Wish, err = job.wish(o.ReadZone()); err != nil {
		return err
	}
	o.Order = pass.Order{IfExists: job.IfExists, AllowPrivileged: job.Reach, Wait: job.Wait}
	if err := o.destination(job); err != nil {
		return err
	}
	recipients, err := recipientsOf(o.Flags)
	if err != nil {
		return err
	}
	t, err := o.Target(ctx)
	if err != nil {
		return err
	}
	if t.TenantID != job.Tenant || t.Cloud != job.Cloud {
		return errs.Usage(fmt.Sprintf("the run %s is of the tenant %s, cloud %s", k.ID, job.Tenant, job.Cloud), "--tenant "+job.Tenant)
	}
	o.Say.Target(t.Title)
	t.Record.AllowPrivileged = job.Reach
	o.warn()
	r := &run{CreateOptions: o, target: t, job: job, desk: deskOf(t, o.Rate), recipients: recipients, store: s}
	if r.job.Out, err = absolute(o.Out); err != nil {
		return err
	}
	r.job.Keyvault = o.Keyvault
	return r.resume(ctx, k)
}

// destination is where a run's result goes now: where it was to go and to whom, unless something else was typed.
func (o *CreateOptions) destination(job *savedJob) error {
	switch {
	case o.Out == "" && o.Keyvault == "":
		o.Out, o.Keyvault = job.Out, job.Keyvault
	case o.Keyvault == "" && job.Keyvault != "":
		o.Say.Warning("the passes do not go into the vault " + job.Keyvault + " any more: --keyvault beside --out keeps it")
	case o.Out == "" && job.Out != "":
		o.Say.Warning("the result does not go to " + job.Out + " any more: --out beside --keyvault keeps it")
	}
	if _, encrypted, err := result.FormatOf(o.Out); err == nil && encrypted && len(o.Recipients) == 0 && o.RecipientsFile == "" {
		o.Recipients = job.Recipient
	}
	if err := o.limits(); err != nil {
		return err
	}
	if err := o.checkOut(); err != nil {
		return err
	}
	return o.address()
}

// wish is what the request flags of the job say.
func (j *savedJob) wish(zone *time.Location) (pass.Wish, error) {
	w := pass.Wish{Zone: zone}
	for name, into := range map[string]interface{ Set(string) error }{"start": &w.Start, "until": &w.Until, "lifetime": &w.Lifetime} {
		if text := j.Request[name]; text != "" {
			if err := into.Set(text); err != nil {
				return w, errs.Usage(err.Error())
			}
		}
	}
	if name := j.Request["tz"]; name != "" {
		z, err := when.LoadZone(name)
		if err != nil {
			return w, errs.Usage(err.Error())
		}
		w.Zone = z
	}
	once, many := j.Request["one-time"] == "true", j.Request["multi-use"] == "true"
	if once || many {
		w.OneTime = &once
	}
	return w, nil
}

func newCmdDiscard(f *cmdutil.Factory) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "discard <run>",
		Short: "Remove a run and what is known of it",
		Long: `Remove a run and what is known of it: its key first, so that no passcode in it can be read any more. Passes that it made stay, and
their passcodes are lost unless a result was written.`,
		Example: `  # Forget what became of a roster
  printf 'user\nadele.vance@contoso.com\n' >new-hires.csv
  tap create --file new-hires.csv --out passes.csv --yes
  tap run discard "$(tap run list -o value --columns run)" --yes`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return discardRun(cmd.Context(), f, dir, args[0])
		},
	}
	journalFlag(c, &dir)
	return c
}

func discardRun(ctx context.Context, f *cmdutil.Factory, dir, id string) error {
	s, err := openStore(f, dir)
	if err != nil {
		return err
	}
	k, err := s.find(id)
	if err != nil {
		return err
	}
	if err := f.Confirm(ctx, fmt.Sprintf("Remove the run %s?", k.ID)); err != nil {
		return err
	}
	if err := s.discard(k.ID); err != nil {
		return err
	}
	f.Say.Notice("the run " + k.ID + " is removed")
	return nil
}
