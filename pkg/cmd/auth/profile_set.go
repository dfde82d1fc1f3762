package auth

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// SetOptions are what `tap profile set` needs, then what the user said.
type SetOptions struct {
	*cmdutil.Factory

	Profile string
	Values  auth.Values // what is to be saved
	Unset   []string    // the keys that go
}

// NewCmdSet returns `tap profile set`. runF replaces the run in tests.
func NewCmdSet(f *cmdutil.Factory, runF func(*SetOptions) error) *cobra.Command {
	o := &SetOptions{Factory: f}
	c := &cobra.Command{
		Use:   "set <profile>",
		Short: "Save a profile, or change what one says",
		Long: `Save what the flags say as a profile. One that is there already keeps what is not named.

A profile holds: cloud, tenant, client, kind of sign-in and the files that it needs, --protected, --tz, --output,
--lifetime and --one-time. It never holds a secret, users, consent or a destination.

--protected asks for the tenant's name before each write, at a terminal. Elsewhere the command itself has to name the
tenant with --tenant: --yes does not answer this.`,
		Example: `  # A tenant, and how passes are made there
  tap profile set contoso --tenant contoso.onmicrosoft.com --lifetime 2h --one-time --tz Europe/Helsinki

  # One in which nothing is to happen by mistake
  tap profile set prod --cloud usgov --tenant fabrikam.us --protected
  tap profile set prod --unset cloud`,
		ValidArgsFunction: names(f),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Profile, err = one(args, "tap profile set NAME --tenant contoso.onmicrosoft.com"); err != nil {
				return err
			}
			if err := o.read(cmd.Flags()); err != nil {
				return err
			}
			if runF != nil {
				return runF(o)
			}
			return setRun(o)
		},
	}
	fl := c.Flags()
	fl.Bool("protected", false, "the tenant's name is asked for before a write")
	fl.Var(new(when.Duration), "lifetime", "how long a pass works, 10m to 30d, where --lifetime and --until are not given")
	fl.Bool("one-time", false, "a pass works once, where --multi-use is not given")
	fl.StringSliceVar(&o.Unset, "unset", nil, "a key to take out, such as tz; repeated")
	return c
}

// read takes the values out of the flags that were typed. What is no key of a profile is refused: it would seem to be saved.
func (o *SetOptions) read(flags *pflag.FlagSet) (err error) {
	if err = auth.CheckProfileName(o.Profile); err != nil {
		return err
	}
	o.Values = auth.Values{}
	flags.Visit(func(f *pflag.Flag) {
		k, isKey := auth.FindKey(f.Name)
		switch {
		case err != nil, slices.Contains([]string{"unset", "quiet", "verbose", "debug", "no-input", "timeout"}, f.Name):
		case !isKey:
			err = errs.Usage("--"+auth.Unkeyed(f.Name), "tap profile set --help")
		default:
			value := f.Value.String()
			if k.Path && value != "-" {
				if value, err = filepath.Abs(value); err != nil {
					err = errs.Local("finding the file", f.Value.String(), err)
					return
				}
			}
			if o.Values[f.Name], err = k.Read(value); err != nil {
				err = errs.Usage(fmt.Sprintf("--%s: %v", f.Name, err), "tap profile set --help")
			}
		}
	})
	for _, name := range o.Unset {
		_, isKey := auth.FindKey(name)
		switch _, set := o.Values[name]; {
		case err != nil:
		case !isKey:
			err = errs.Usage("--unset: "+auth.Unkeyed(name), "tap profile set --help")
		case set:
			err = errs.Usage(fmt.Sprintf("--%s and --unset %s contradict each other: give one of them", name, name), "tap profile set --help")
		}
	}
	if err == nil && len(o.Values)+len(o.Unset) == 0 {
		err = errs.Usage("nothing to save was said", fmt.Sprintf("tap profile set %s --tenant contoso.onmicrosoft.com", o.Profile))
	}
	return err
}

func setRun(o *SetOptions) error {
	store, err := o.Profiles()
	if err != nil {
		return err
	}
	err = store.Change(func(all *auth.Profiles) error {
		values := all.Named[o.Profile]
		if values == nil {
			values = auth.Values{}
			all.Named[o.Profile] = values
		}
		for name, value := range o.Values {
			values[name] = value
		}
		for _, name := range o.Unset {
			delete(values, name)
		}
		return nil
	})
	if err == nil {
		o.Say.Notice(fmt.Sprintf("the profile %s is saved in %s", o.Profile, store.Path))
	}
	return err
}
