package auth

import (
	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

func newCmdList(f *cmdutil.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the profiles",
		Long:  "List the profiles, and which one is in use at terminals.",
		Example: `  tap profile set contoso --tenant contoso.onmicrosoft.com
  tap profile list`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := alone(cmd, targetFlags()...); err != nil {
				return err
			}
			if err := cmdutil.CheckOutput(f, profiles(), output.Options{Value: "profile"}); err != nil {
				return err
			}
			return listRun(f)
		},
	}
}

func listRun(f *cmdutil.Factory) error {
	store, err := f.Profiles()
	if err != nil {
		return err
	}
	all, err := store.Load()
	if err != nil {
		return err
	}
	var rows []profile
	for _, name := range all.Names() {
		rows = append(rows, profile{name, name == all.Use, all.Named[name]})
	}
	if len(rows) == 0 {
		f.Say.Notice("there are no profiles: tap profile set NAME --tenant TENANT saves one")
	}
	return printAll(f, profiles(), "profile", rows)
}
