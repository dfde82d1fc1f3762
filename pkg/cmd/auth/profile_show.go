package auth

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

func newCmdShow(f *cmdutil.Factory) *cobra.Command {
	effective := false
	c := &cobra.Command{
		Use:   "show [<profile>]",
		Short: "Show a profile, or what counts and why",
		Long: `Show what a profile says; without a name, the one that would count.

--effective shows what counts for every setting and where it came from: a flag, a variable, a profile, the
machine settings, a lock in these, or nowhere.`,
		Example: `  tap profile set contoso --tenant contoso.onmicrosoft.com --lifetime 2h
  tap profile show contoso

  # Where does each value come from?
  TAP_TZ=Europe/Helsinki tap profile show --effective`,
		ValidArgsFunction: names(f),
		Args:              cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := alone(cmd, targetFlags()...); err != nil {
				return err
			}
			if len(args) == 1 && cmd.Flags().Changed("profile") {
				return errs.Usage("the profile is named twice: as an argument and by --profile", "tap profile show "+args[0])
			}
			if err := cmdutil.CheckOutput(f, settings(), output.Options{Value: "value"}); err != nil {
				return err
			}
			return showRun(f, strings.Join(args, ""), effective)
		},
	}
	c.Flags().BoolVar(&effective, "effective", false, "every setting that counts, and where it came from")
	return c
}

func showRun(f *cmdutil.Factory, name string, effective bool) error {
	s, err := f.Settings(name)
	if err != nil {
		return err
	}
	if effective {
		return printAll(f, settings(), "value", effectiveRows(s))
	}
	if s.Profile == "" {
		return &errs.Error{Slug: errs.NotFound, What: "showing a profile", Why: "none is named, and none is in use here", Hints: []string{"tap profile list", "--effective"}}
	}
	store, err := f.Profiles()
	if err != nil {
		return err
	}
	all, err := store.Load()
	if err != nil {
		return err
	}
	values, err := all.Find(s.Profile)
	if err != nil {
		return err
	}
	var rows []setting
	for _, k := range auth.Keys() {
		if v, said := values[k.Name]; said {
			rows = append(rows, rowOf(auth.Setting{Key: k, Value: v, Source: auth.FromProfile, From: s.Profile}))
		}
	}
	return printAll(f, settings(), "value", rows)
}

// effectiveRows are all keys, and around them which profile counts and what only the machine settings say.
func effectiveRows(s *cmdutil.Settings) []setting {
	first := setting{key: "profile", value: s.Profile, source: string(s.Source), from: s.From, origin: s.Origin()}
	rows := []setting{first}
	for _, one := range s.All {
		rows = append(rows, rowOf(one))
	}
	guard := setting{key: "guard", source: string(auth.FromDefault), origin: "default"}
	if s.Machine.Strict {
		guard = machine("guard", "strict", s.Machine.File)
	}
	require := setting{key: "require", source: string(auth.FromDefault), origin: "default"}
	if len(s.Machine.Require) > 0 {
		require = machine("require", strings.Join(s.Machine.Require, ","), s.Machine.File)
	}
	return append(rows, guard, require)
}

func machine(key, value, file string) setting {
	return rowOf(auth.Setting{Key: auth.Key{Name: key}, Value: value, Source: auth.FromMachine, From: file})
}
