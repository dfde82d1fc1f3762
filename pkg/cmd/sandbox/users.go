package sandbox

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
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
			if err := cmdutil.CheckOutput(o.Factory, userColumns(), output.Options{}); err != nil {
				return err
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
	p := cmdutil.Printer(o.Factory, columns, output.Options{Least: output.Widths(columns, users...)})
	for _, u := range users {
		if err := p.Row(u); err != nil {
			return cmdutil.Written(err)
		}
	}
	return cmdutil.Written(p.Close())
}

func userColumns() output.Schema[user] {
	return output.Schema[user]{
		{Name: "id", Type: "string", Doc: "the object id", Exact: true, Value: func(u user) any { return u.ID }},
		{
			Name: "userPrincipalName", Type: "string", Doc: "the user principal name", Value: func(u user) any { return u.UserPrincipalName },
			Head: "USER", Cell: func(u user) string { return u.UserPrincipalName },
		},
		{
			Name: "accountEnabled", Type: "boolean", Doc: "whether the user can sign in at all", Value: func(u user) any { return u.AccountEnabled },
			Head: "ENABLED", Cell: func(u user) string { return yes(u.AccountEnabled) },
		},
		{
			Name: "userType", Type: "string", Doc: "`Member` or `Guest`", Value: func(u user) any { return u.UserType },
			Head: "TYPE", Cell: func(u user) string { return u.UserType }, Drop: 1,
		},
		{Name: "jobTitle", Type: "string", Doc: "the job title, null where there is none", Value: func(u user) any { return u.JobTitle }},
		{Name: "department", Type: "string", Doc: "the department, null where there is none", Value: func(u user) any { return u.Department }},
		{
			Name: "displayName", Type: "string", Doc: "the name", Value: func(u user) any { return u.DisplayName },
			Head: "NAME", Cell: func(u user) string { return u.DisplayName }, Cut: true, Drop: 2,
		},
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
