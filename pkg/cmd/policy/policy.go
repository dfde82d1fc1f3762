// Package policy holds the commands that work on the tenant's Temporary Access Pass policy: show, set, diff, check.
// It must not decide what a change does or whether a policy is good (pkg/policy does), nor know how Graph is reached.
package policy

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

// NewCmd returns `tap policy`.
func NewCmd(f *cmdutil.Factory) *cobra.Command {
	c := &cobra.Command{
		Use:   "policy",
		Short: "Show, change and judge the tenant's policy of Temporary Access Passes",
		Long: `The policy of a tenant says whether there are Temporary Access Passes, how long they live, whether
they work once, and who can be given one. A pass follows the policy of the day: one that is
held stops working when its user is no longer included.`,
		Args: cobra.ArbitraryArgs,
		RunE: cmdutil.Group,
	}
	c.AddCommand(NewCmdShow(f, nil), NewCmdSet(f, nil), NewCmdDiff(f, nil), NewCmdCheck(f, nil))
	return c
}

// readFile reads a policy file, - from stdin.
func readFile(f *cmdutil.Factory, name string) (*policy.File, error) {
	in, shown := f.Streams.In, "stdin"
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, errs.Local("reading the policy file", "", err)
		}
		defer file.Close()
		in, shown = file, name
	}
	b, err := io.ReadAll(io.LimitReader(in, policy.LargestFile+1))
	if err != nil {
		return nil, errs.Local("reading the policy file", shown, err)
	}
	return policy.ParseFile(shown, b)
}

// forPeople reports whether the answer is laid out for somebody who reads it, not as columns that were chosen.
func forPeople(f *cmdutil.Factory) bool {
	return f.Globals.Output == output.Table && len(f.Globals.Columns) == 0
}

// printAll prints rows and ends the output.
func printAll[T any](p output.Printer[T], rows []T) error {
	for _, r := range rows {
		if err := p.Row(r); err != nil {
			return cmdutil.Written(err)
		}
	}
	return cmdutil.Written(p.Close())
}

// counted is a number of things in words.
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
