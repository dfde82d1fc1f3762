package policy

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// CheckOptions are what `tap policy check` needs, then what the user said.
type CheckOptions struct {
	*cmdutil.Factory

	Max when.Duration
}

// NewCmdCheck returns `tap policy check`. runF replaces the run in tests.
func NewCmdCheck(f *cmdutil.Factory, runF func(context.Context, *CheckOptions) error) *cobra.Command {
	o := &CheckOptions{Factory: f}
	o.Max, _ = when.ParseDuration(when.Human(policy.UsualMaximum))
	c := &cobra.Command{
		Use:   "check",
		Short: "Judge the policy, and say what mends it",
		Long: `Judge the policy by what is advised: short lifetimes, passes that work once, a group instead of
everybody. Each finding has a severity (error: it does not work; warning: it helps an attacker;
information: it could be better) and the command that mends it.

It ends with 9 where there is any finding, also where all of them are information. Groups within
groups are not looked into: an excluded group may hold an included one, whose members get no pass.`,
		Example: `  # 9 where there is a finding
  tap policy check || echo "the policy needs a look"

  # A lifetime of a day is fine here
  tap policy check --max 1d -o json || echo "the policy needs a look"`,
		Annotations: map[string]string{cmdutil.ManyTenants: "true"},
		Args:        cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.Validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return checkRun(cmd.Context(), o)
		},
	}
	c.Flags().Var(&o.Max, "max", "the longest maximum lifetime that is no finding, 10m to 30d")
	return c
}

// Validate finds what is wrong before anything is read. No command sets a maximum outside of Microsoft's bounds.
func (o *CheckOptions) Validate() error {
	if nearest := max(policy.ShortestLifetime, min(policy.LongestLifetime, o.Max.Duration())); nearest != o.Max.Duration() {
		return errs.Usage(fmt.Sprintf("--max %s is outside of what Microsoft allows, 10m to 30d", o.Max), "--max "+when.Span(nearest).String())
	}
	return cmdutil.CheckOutput(o.Factory, view{}.findings(), output.Options{})
}

func checkRun(ctx context.Context, o *CheckOptions) error {
	t, err := o.Target(ctx)
	if err != nil {
		return err
	}
	s, err := t.Policy.Show(ctx)
	if err != nil {
		return err
	}
	found := policy.Check(s.Policy, s.Names, o.Max.Duration())
	v := view{tenant: t.TenantID, hint: o.Say.Hint}
	if err := printFindings(o, v, found); err != nil {
		return err
	}
	if len(policy.Groups(s.Policy.Include)) > 0 && len(policy.Groups(s.Policy.Exclude)) > 0 {
		o.Say.Notice("groups within groups are not looked into: an excluded group may hold an included one")
	}
	if len(found) == 0 {
		o.Say.Notice("nothing to mend: the policy is as is advised")
		return nil
	}
	return &errs.Error{Slug: errs.Findings, What: "checking the policy", Why: sums(found)}
}

func printFindings(o *CheckOptions, v view, found []policy.Finding) error {
	if !forPeople(o.Factory) {
		return printAll(cmdutil.Printer(o.Factory, v.findings(), output.Options{}), found)
	}
	if len(found) == 0 {
		return nil
	}
	rows, columns := v.findingLines(found, o.Streams.Columns), lineColumns("SEVERITY", "FINDING")
	return printAll(cmdutil.Printer(o.Factory, columns, output.Options{Least: output.Widths(columns, rows...)}), rows)
}

// sums counts findings by severity.
func sums(found []policy.Finding) string {
	var parts []string
	for _, s := range []policy.Severity{policy.Error, policy.Warning} {
		n := 0
		for _, f := range found {
			if f.Severity == s {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, counted(n, string(s)))
		}
	}
	n := 0
	for _, f := range found {
		if f.Severity == policy.Information {
			n++
		}
	}
	if n > 0 {
		parts = append(parts, counted(n, "piece")+" of information")
	}
	return strings.Join(parts, ", ")
}
