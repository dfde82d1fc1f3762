package auth

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
)

func newCmdDelete(f *cmdutil.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "delete <profile>",
		Short: "Delete a profile",
		Long:  "Delete a profile. Nothing in the tenant changes.",
		Example: `  tap profile set contoso --tenant contoso.onmicrosoft.com
  tap profile delete contoso --yes`,
		ValidArgsFunction: names(f),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := alone(cmd, append(targetFlags(), "profile")...); err != nil {
				return err
			}
			if err := cmdutil.NoAnswer(cmd, cmd.CommandPath()); err != nil {
				return err
			}
			name, err := one(args, "tap profile list")
			if err != nil {
				return err
			}
			return deleteRun(cmd.Context(), f, name)
		},
	}
}

func deleteRun(ctx context.Context, f *cmdutil.Factory, name string) error {
	store, err := f.Profiles()
	if err != nil {
		return err
	}
	all, err := store.Load()
	if err != nil {
		return err
	}
	if _, err := all.Find(name); err != nil {
		return err
	}
	if err := f.Confirm(ctx, fmt.Sprintf("Delete the profile %s?", name)); err != nil {
		return err
	}
	err = store.Change(func(all *auth.Profiles) error {
		delete(all.Named, name)
		if all.Use == name {
			all.Use = ""
		}
		return nil
	})
	if err == nil {
		f.Say.Notice(fmt.Sprintf("the profile %s is deleted", name))
	}
	return err
}
