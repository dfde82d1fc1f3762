package sandbox

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// UsersOptions are what `tap sandbox users` needs.
type UsersOptions struct{ *cmdutil.Factory }

// NewCmdUsers returns `tap sandbox users`. runF replaces the run in tests.
func NewCmdUsers(f *cmdutil.Factory, runF func(context.Context, *UsersOptions) error) *cobra.Command {
	o := &UsersOptions{Factory: f}
	return &cobra.Command{
		Use:     "users",
		Short:   "List who is there",
		Example: "  tap sandbox users",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Globals.Output == output.Value {
				return errs.Usage("-o value prints one property, and a user has many", "tap sandbox users -o json")
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return usersRun(cmd.Context(), o)
		},
	}
}

// user is a user of the sandbox, with Graph's names.
type user struct {
	ID                string  `json:"id"`
	UserPrincipalName string  `json:"userPrincipalName"`
	DisplayName       string  `json:"displayName"`
	AccountEnabled    bool    `json:"accountEnabled"`
	UserType          string  `json:"userType"`
	JobTitle          *string `json:"jobTitle"`
	Department        *string `json:"department"`
}

func usersRun(ctx context.Context, o *UsersOptions) error {
	var users []user
	if err := call(ctx, o.Factory, http.MethodGet, "/users", nil, &users); err != nil {
		return err
	}
	columns := userColumns()
	least := output.Widths(columns, users...)
	least["NAME"] = min(least["NAME"], 24) // one very long name must not cost all names their column
	p := output.New(o.Globals.Output, o.Streams.Out, columns, output.Options{Width: o.Streams.Columns, Least: least})
	for _, u := range users {
		if err := p.Row(u); err != nil {
			return errs.Local("writing the answer", "stdout", err)
		}
	}
	return p.Close()
}

func userColumns() output.Schema[user] {
	return output.Schema[user]{
		{Name: "id", Value: func(u user) any { return u.ID }},
		{
			Name: "userPrincipalName", Value: func(u user) any { return u.UserPrincipalName },
			Head: "USER", Cell: func(u user) string { return terminal.Escape(u.UserPrincipalName) },
		},
		{Name: "accountEnabled", Value: func(u user) any { return u.AccountEnabled }, Head: "ENABLED", Cell: func(u user) string { return yes(u.AccountEnabled) }},
		{Name: "userType", Value: func(u user) any { return u.UserType }, Head: "TYPE", Cell: func(u user) string { return u.UserType }, Drop: 1},
		{Name: "jobTitle", Value: func(u user) any { return u.JobTitle }},
		{Name: "department", Value: func(u user) any { return u.Department }},
		{
			Name: "displayName", Value: func(u user) any { return u.DisplayName },
			Head: "NAME", Cell: func(u user) string { return terminal.Escape(u.DisplayName) }, Drop: 2,
		},
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
