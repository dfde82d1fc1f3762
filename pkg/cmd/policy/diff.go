package policy

import (
	"context"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

// DiffOptions are what `tap policy diff` needs, then what the user said.
type DiffOptions struct {
	*cmdutil.Factory

	File     string
	ExitCode bool
}

// NewCmdDiff returns `tap policy diff`. runF replaces the run in tests.
func NewCmdDiff(f *cmdutil.Factory, runF func(context.Context, *DiffOptions) error) *cobra.Command {
	o := &DiffOptions{Factory: f}
	c := &cobra.Command{
		Use:   "diff -f <file>",
		Short: "Compare the policy with a file",
		Long: `Compare the tenant's policy with a policy file, as tap policy show -o yaml prints one.

What the file leaves out is not compared, and the order of groups does not matter.`,
		Example: `  tap policy show -o yaml >policy.yaml
  tap policy diff -f policy.yaml
  # For a job that watches over the policy: 9 where it differs
  tap policy diff -f policy.yaml --exit-code`,
		Annotations: map[string]string{cmdutil.ManyTenants: "true"},
		Args:        cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.Validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return diffRun(cmd.Context(), o)
		},
	}
	c.Flags().StringVarP(&o.File, "file", "f", "", "the policy file, - for stdin")
	c.Flags().BoolVar(&o.ExitCode, "exit-code", false, "end with 9 where there is a difference")
	return c
}

// Validate finds what is wrong before anything is read.
func (o *DiffOptions) Validate() error {
	if o.File == "" {
		return errs.Usage("no file to compare with was given", "--file policy.yaml")
	}
	return cmdutil.CheckOutput(o.Factory, view{}.differences(), output.Options{})
}

func diffRun(ctx context.Context, o *DiffOptions) error {
	file, err := readFile(o.Factory, o.File)
	if err != nil {
		return err
	}
	t, err := o.Target(ctx)
	if err != nil {
		return err
	}
	differences, err := t.Policy.Compare(ctx, file)
	if err != nil {
		return err
	}
	if err := printDifferences(o.Factory, t, differences, "TENANT -> FILE"); err != nil {
		return err
	}
	n := len(differences)
	if n == 0 {
		o.Say.Notice("no difference: the policy is as the file says")
	}
	if n == 0 || !o.ExitCode {
		return nil
	}
	drift := &errs.Error{Slug: errs.Findings, What: "comparing the policy", Whom: file.Name, Why: counted(n, "difference")}
	if o.File != "-" {
		drift.Hints = []string{"tap policy set -f " + word(o.File)}
	}
	return drift
}

// word is a file's name as a shell reads it.
func word(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_./-", r)
	}) {
		return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
	}
	return name
}

// printDifferences prints the answer of the commands that compare.
func printDifferences(f *cmdutil.Factory, t *cmdutil.Target, ds []policy.Difference, head string) error {
	if forPeople(f) {
		if len(ds) == 0 {
			return nil
		}
		rows, columns := differenceLines(ds, f.Streams.Columns), lineColumns("PROPERTY", head)
		return printAll(cmdutil.Printer(f, columns, output.Options{Least: output.Widths(columns, rows...)}), rows)
	}
	v := view{tenant: t.TenantID, hint: f.Say.Hint}
	return printAll(cmdutil.Printer(f, v.differences(), output.Options{}), ds)
}
