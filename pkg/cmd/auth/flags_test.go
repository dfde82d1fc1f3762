package auth

import (
	"io"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// set runs `tap profile set` up to its run, below a root with the flags that it saves.
func set(args ...string) (*SetOptions, error) {
	var got *SetOptions
	root := &cobra.Command{Use: "tap", SilenceErrors: true, SilenceUsage: true}
	for _, k := range auth.Keys() {
		if k.Part != auth.OfRequest && k.Name != "protected" {
			root.PersistentFlags().String(k.Name, "", "a flag that root has")
		}
	}
	root.PersistentFlags().Bool("yes", false, "consent")
	root.PersistentFlags().BoolP("quiet", "q", false, "silence")
	group := &cobra.Command{Use: "profile"}
	group.AddCommand(NewCmdSet(&cmdutil.Factory{}, func(o *SetOptions) error { got = o; return nil }))
	root.AddCommand(group)
	root.SetArgs(append([]string{"profile", "set"}, args...))
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)
	err := root.Execute()
	return got, err
}

func TestSetFlags(t *testing.T) {
	t.Parallel()
	here, _ := filepath.Abs("secret")
	for _, c := range []struct {
		args   []string
		values auth.Values
		unset  []string
	}{
		{[]string{"a", "--tenant", "A.com"}, auth.Values{"tenant": "a.com"}, nil},
		{[]string{"a", "--cloud", "GCC", "--auth", "Browser", "--tz", "UTC", "--output", "json"}, auth.Values{"cloud": "global", "auth": "browser", "tz": "UTC", "output": "json"}, nil},
		{[]string{"--lifetime", "120", "--one-time", "--protected", "a", "-q"}, auth.Values{"lifetime": "2h", "one-time": "true", "protected": "true"}, nil},
		{[]string{"a", "--one-time=false", "--unset", "tz,lifetime", "--unset", "auth"}, auth.Values{"one-time": "false"}, []string{"tz", "lifetime", "auth"}},
		{[]string{"a", "--client-secret-file", "secret"}, auth.Values{"client-secret-file": here}, nil},
		{[]string{"a", "--cloud", "Sovereign"}, auth.Values{"cloud": "sovereign"}, nil},
	} {
		o, err := set(c.args...)
		if err != nil || o.Profile != "a" || !maps.Equal(o.Values, c.values) || !slices.Equal(o.Unset, c.unset) {
			t.Errorf("%q: %v, %+v", c.args, err, o)
		}
	}
	for _, c := range []struct {
		args []string
		why  string
	}{
		{nil, "one profile is named"},
		{[]string{"a", "b", "--tz", "UTC"}, "one profile is named"},
		{[]string{"a"}, "nothing to save was said"},
		{[]string{"a", "-q"}, "nothing to save was said"},
		{[]string{"a", "--yes"}, "--yes chooses users, gives consent or names a destination: it is said with each command"},
		{[]string{"a", "--tenant", "x"}, `--tenant: the tenant "x" is neither a GUID nor a domain name`},
		{[]string{"a", "--client-id", "x"}, `--client-id: "x" is not a GUID`},
		{[]string{"a", "--tz", "UTC", "--unset", "tz"}, "--tz and --unset tz contradict each other: give one of them"},
		{[]string{"a", "--unset", "yes"}, "--unset: yes chooses users, gives consent or names a destination: it is said with each command"},
	} {
		if o, err := set(c.args...); o != nil || errs.Of(err).Error() != c.why || errs.Of(err).Slug != errs.UsageFault {
			t.Errorf("%q: %v, want %s", c.args, err, c.why)
		}
	}
}
