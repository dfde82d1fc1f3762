package auth

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

func newCmdUse(f *cmdutil.Factory) *cobra.Command {
	none := false
	c := &cobra.Command{
		Use:   "use <profile>",
		Short: "Choose the profile that counts at terminals",
		Long: `Choose the profile that counts at terminals where neither --profile nor TAP_PROFILE names one.

A script or a CI job does not go by it: what somebody chose on this machine must not decide about another's command.`,
		Example: `  tap profile set contoso --tenant contoso.onmicrosoft.com
  tap profile use contoso
  tap profile use --none`,
		ValidArgsFunction: names(f),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := alone(cmd, append(targetFlags(), "profile")...); err != nil {
				return err
			}
			if err := cmdutil.NoAnswer(cmd, cmd.CommandPath()); err != nil {
				return err
			}
			if none && len(args) == 0 {
				return useRun(f, "")
			}
			name, err := one(args, "tap profile list")
			if err == nil && none {
				err = errs.Usage("--none names no profile", "tap profile use --none")
			}
			if err != nil {
				return err
			}
			return useRun(f, name)
		},
	}
	c.Flags().BoolVar(&none, "none", false, "no profile counts unless one is named")
	return c
}

func useRun(f *cmdutil.Factory, name string) error {
	store, err := f.Profiles()
	if err != nil {
		return err
	}
	err = store.Change(func(all *auth.Profiles) error {
		if name != "" {
			if _, err := all.Find(name); err != nil {
				return err
			}
		}
		all.Use = name
		return nil
	})
	switch {
	case err != nil:
		return err
	case name == "":
		f.Say.Notice("no profile is in use")
	default:
		f.Say.Notice(fmt.Sprintf("the profile %s is in use at terminals", name))
	}
	return nil
}
