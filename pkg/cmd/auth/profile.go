// Package auth holds the commands about targets and sign-in: login, logout, whoami; profile list, show, set, use, delete.
// It must not decide which value counts (pkg/auth does), make a credential, or see a token.
package auth

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

// NewCmdProfile returns `tap profile`.
func NewCmdProfile(f *cmdutil.Factory) *cobra.Command {
	c := &cobra.Command{
		Use:   "profile",
		Short: "Save targets: cloud, tenant, client and kind of sign-in",
		Long: `A profile is a saved target: where to work and as whom, how times are read and answers printed, and what a
new pass is asked to be. It holds no secret, chooses no users and gives no consent.

--profile NAME or TAP_PROFILE names the one that counts. The one that tap profile use names counts at terminals
only. What wins over what: tap help settings.`,
		Args: cobra.ArbitraryArgs,
		RunE: cmdutil.Group,
	}
	c.AddCommand(newCmdList(f), newCmdShow(f), NewCmdSet(f, nil), newCmdUse(f), newCmdDelete(f))
	return c
}

// one is the profile that a command is about.
func one(args []string, example string) (string, error) {
	if len(args) != 1 {
		return "", errs.Usage("one profile is named", example)
	}
	return args[0], nil
}

// alone refuses flags that say nothing to a command about profiles: they would look as if they counted.
func alone(cmd *cobra.Command, flags ...string) error {
	for _, name := range flags {
		if cmd.Flags().Changed(name) {
			return errs.Usage(fmt.Sprintf("%s works on the saved profiles: it goes without --%s", cmd.CommandPath(), name), cmd.CommandPath()+" --help")
		}
	}
	return nil
}

// targetFlags choose what is worked on, which is no tenant here.
func targetFlags() []string {
	return []string{"sandbox", "sandbox-url", "sandbox-as", "api", "ticket", "reason"}
}

// names completes names of profiles; what cannot be read completes to nothing.
func names(f *cmdutil.Factory) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return ProfileNames(f), cobra.ShellCompDirectiveNoFileComp
	}
}

// ProfileNames lists the profiles for completion, none where they cannot be read.
func ProfileNames(f *cmdutil.Factory) []string {
	store, err := f.Profiles()
	if err != nil {
		return nil
	}
	all, err := store.Load()
	if err != nil {
		return nil
	}
	return all.Names()
}

// printAll prints rows and ends the output. value is the column that -o value prints.
func printAll[T any](f *cmdutil.Factory, columns output.Schema[T], value string, rows []T) error {
	p := cmdutil.Printer(f, columns, output.Options{Least: output.Widths(columns, rows...), Value: value})
	for _, r := range rows {
		if err := p.Row(r); err != nil {
			return cmdutil.Written(err)
		}
	}
	return cmdutil.Written(p.Close())
}
