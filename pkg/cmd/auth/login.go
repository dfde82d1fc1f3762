package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
)

// NewCmdLogin returns `tap login`.
func NewCmdLogin(f *cmdutil.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "login",
		Short: "Sign in, and be remembered",
		Long: `Sign in in the browser, with the permissions that the commands on passes need: UserAuthenticationMethod.ReadWrite.All
and User.Read.All; with --least-privilege UserAuthMethod-TAP.ReadWrite.All and User.Read.All.
Who signed in is remembered, and later commands ask nobody until the tenant wants a fresh sign-in. A command that needs
other permissions may ask when it is first used.

Tokens are kept by the system: on Linux in a file that is encrypted with a key in the kernel's keyring, which is gone after
a restart; on Windows in a file that only this user can decrypt. Where a system has no such place (a container that blocks the
keyring, tap on macOS) a sign-in lasts for one command. Nothing is ever kept in clear.

--auth device-code shows a code to type into a browser elsewhere. It is never chosen by itself: thieves send such codes to people who
then sign them in, and so many tenants block it.

The client is Microsoft Graph Command Line Tools unless --client-id names one of your own. It is Microsoft's, every tenant has
it, and it carries whatever permission anybody in the tenant ever consented to for it.

An application (--auth client-secret and the like) gets a token, to see that it can. Nothing is remembered of it.

All of it can be rehearsed: tap sandbox serve --tls is an authority, at which --sandbox-url with --ca-file signs a person in,
by --auth device-code as well. That is remembered apart from real sign-ins; no real credential goes there.`,
		Example: `  # The helpdesk, in the morning
  tap login

  # In a tenant that is not your own, with a client that the tenant knows
  tap login --tenant contoso.onmicrosoft.com --client-id 11111111-2222-3333-4444-555555555555`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmdutil.NoAnswer(cmd, cmd.CommandPath()); err != nil {
				return err
			}
			return loginRun(cmd.Context(), f)
		},
	}
}

func loginRun(ctx context.Context, f *cmdutil.Factory) error {
	s, err := f.SignIn(ctx)
	if err != nil {
		return err
	}
	f.Say.Notice(fmt.Sprintf("signed in as %s to the tenant %s, cloud %s, by the client %s", s.Caller.Name, tenant(s), s.Cloud, client(s)))
	left := time.Until(s.Expires).Round(time.Minute)
	switch {
	case s.Application:
		f.Say.Notice(fmt.Sprintf("the token lives for %s; nothing is remembered of an application: each command gets a token of its own", minutes(left)))
	case s.Account != nil:
		f.Say.Notice(fmt.Sprintf("the token lives for %s, and is renewed without asking until the tenant wants a fresh sign-in; %s forgets it",
			minutes(left), strings.Join(append([]string{"tap logout"}, flagsOf(*s.Account)...), " ")))
	}
	if strings.EqualFold(s.Caller.ClientID, auth.DefaultClientID) {
		f.Say.Notice("this client carries every permission that anybody in the tenant ever consented to for it; --client-id names one of your own")
	}
	return nil
}

// minutes is a duration without seconds.
func minutes(d time.Duration) string { return strings.TrimSuffix(d.String(), "0s") }

// tenant is the tenant for people.
func tenant(s *cmdutil.Session) string {
	switch {
	case s.TenantName != "":
		return fmt.Sprintf("%s (%s)", s.TenantName, s.Caller.TenantID)
	case s.Caller.TenantID == "":
		return "that the token does not tell"
	}
	return s.Caller.TenantID
}

// client is the client for people.
func client(s *cmdutil.Session) string {
	switch {
	case s.Caller.ClientID == "":
		return "that the token does not tell"
	case s.Caller.ClientName == "":
		return s.Caller.ClientID
	}
	return fmt.Sprintf("%s (%s)", s.Caller.ClientName, s.Caller.ClientID)
}
