package auth

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
)

// NewCmdLogout returns `tap logout`.
func NewCmdLogout(f *cmdutil.Factory) *cobra.Command {
	all := false
	c := &cobra.Command{
		Use:   "logout",
		Short: "Forget who signed in",
		Long: `Forget who signed in to this tenant, by this client, in this cloud: who it was and the tokens go from your cache folder.
It takes the flags of the sign-in; --all forgets everybody of this folder. What other users of this machine signed in with is theirs, and stays.

The browser has a session of its own, which is not tap's and stays. So do tokens that somebody copied: revoking the sessions of
the user in the tenant ends those.`,
		Example: `  tap logout

  # Everybody who ever signed in from your cache folder
  tap logout --all`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmdutil.NoAnswer(cmd, cmd.CommandPath()); err != nil {
				return err
			}
			return logoutRun(f, all)
		},
	}
	c.Flags().BoolVar(&all, "all", false, "forget everybody of your cache folder, whatever the other flags say")
	return c
}

func logoutRun(f *cmdutil.Factory, all bool) error {
	out, err := f.SignOut(all)
	if err != nil {
		return err
	}
	for _, a := range out.Gone {
		f.Say.Notice("forgotten: " + named(a))
	}
	if len(out.Gone) > 0 {
		f.Say.Notice("the browser's own session is not tap's and stays; it ends at " + out.Logout)
	} else {
		f.Say.Notice("nobody is signed in that these flags name")
	}
	for _, a := range out.Left {
		f.Say.Notice("still signed in: " + named(a))
	}
	return nil
}

// named is a remembered sign-in for people: who, where, and the flags that it was made with.
func named(a auth.Account) string {
	flags := append([]string{"--auth " + string(a.Kind)}, flagsOf(a)...)
	if a.IsSandbox() {
		flags = flags[1:] // of a sandbox the address says all
	}
	return fmt.Sprintf("%s of the tenant %s (%s)", a.Record.Username, a.Record.TenantID, strings.Join(flags, " "))
}

// flagsOf are the flags by which `tap logout` forgets a sign-in, of either kind.
func flagsOf(a auth.Account) (flags []string) {
	if a.Tenant != "" {
		flags = append(flags, "--tenant "+a.Tenant)
	}
	if a.ClientID != auth.DefaultClientID {
		flags = append(flags, "--client-id "+a.ClientID)
	}
	if a.Cloud != "global" {
		flags = append(flags, auth.CloudFlagOf(a.Cloud))
	}
	return flags
}
