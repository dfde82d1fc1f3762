package policy

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/runner"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// ShowOptions are what `tap policy show` needs.
type ShowOptions struct{ *cmdutil.Factory }

// NewCmdShow returns `tap policy show`. runF replaces the run in tests.
func NewCmdShow(f *cmdutil.Factory, runF func(context.Context, *ShowOptions) error) *cobra.Command {
	o := &ShowOptions{Factory: f}
	return &cobra.Command{
		Use:   "show",
		Short: "Show the policy, with groups by name",
		Long: `Show the policy, with groups by name and object id.

-o yaml prints a policy file, which tap policy set -f and tap policy diff -f read back.`,
		Example: `  tap policy show

  # Keep it in a file, and see later whether somebody changed it
  tap policy show -o yaml >policy.yaml
  tap policy diff -f policy.yaml`,
		Annotations: map[string]string{cmdutil.ManyTenants: "true"},
		Args:        cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmdutil.CheckOutput(f, view{}.policies(), output.Options{}); err != nil {
				return err
			}
			if f.Part != nil && printsFile(f) {
				return errs.Usage("-o yaml is the file of one policy: give one --profile, or -o json for several", "--output json")
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return showRun(cmd.Context(), o)
		},
	}
}

func showRun(ctx context.Context, o *ShowOptions) error {
	t, err := o.Target(ctx)
	if err != nil {
		return err
	}
	s, err := t.Policy.Show(ctx)
	if err != nil {
		return err
	}
	v := view{tenant: t.TenantID, hint: o.Say.Hint}
	switch {
	case printsFile(o.Factory):
		return printFile(o.Factory, s)
	case forPeople(o.Factory):
		rows := standingLines(s, o.Streams.Columns)
		columns := lineColumns("PROPERTY", "VALUE")
		return printAll(cmdutil.Printer(o.Factory, columns, output.Options{Least: output.Widths(columns, rows...)}), rows)
	}
	return printAll(cmdutil.Printer(o.Factory, v.policies(), output.Options{}), []policy.Standing{s})
}

// printsFile reports whether the answer is a policy file, not columns.
func printsFile(f *cmdutil.Factory) bool {
	return f.Globals.Output == output.YAML && len(f.Globals.Columns) == 0
}

// printFile prints the policy as a file: other spellings keep a name from acting on a terminal or a runner, and are read back
// as the same name.
func printFile(f *cmdutil.Factory, s policy.Standing) error {
	b := terminal.EscapeYAML([]byte(policy.YAML(s.Policy, s.Names)))
	if f.Runner != nil {
		b = runner.DefuseJSON(b)
	}
	_, err := f.Streams.Out.Write(b)
	return cmdutil.Written(err)
}
