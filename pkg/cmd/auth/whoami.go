package auth

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

// NewCmdWhoami returns `tap whoami`.
func NewCmdWhoami(f *cmdutil.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "whoami",
		Short: "Show who is signed in, and with what",
		Long: `Show who a command would work as, with these flags: the tenant, the person or application, the client, the permissions,
the tenant's name and the directory roles where they may be read, and how long the token lives. It asks nobody
to sign in: where nobody is signed in it ends with exit code 4.

Most of it is what the token says, which is a hint: the service decides. A permission is surplus where it serves no command of tap.`,
		Example: `  tap whoami

  # The permissions alone
  tap whoami -o json --jq '.[0].permissions'`,
		Annotations: map[string]string{cmdutil.ManyTenants: "true"},
		Args:        cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmdutil.CheckOutput(f, sessions(), output.Options{Value: "callerName"}); err != nil {
				return err
			}
			return whoamiRun(cmd.Context(), f)
		},
	}
}

func whoamiRun(ctx context.Context, f *cmdutil.Factory) error {
	s, err := f.WhoAmI(ctx)
	if err != nil {
		return err
	}
	if f.Globals.Output == output.Table && len(f.Globals.Columns) == 0 {
		if !s.Sandbox {
			f.Say.Notice("permissions and names are what the token says, which is a hint: the service decides")
		}
		return printAll(f, sessionColumns(), "", sessionLines(s, f.ShowZone()))
	}
	return printAll(f, sessions(), "callerName", []*cmdutil.Session{s})
}
