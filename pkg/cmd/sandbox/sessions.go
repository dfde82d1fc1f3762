package sandbox

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// SessionsOptions are what `tap sandbox sessions` needs.
type SessionsOptions struct{ *cmdutil.Factory }

// NewCmdSessions returns `tap sandbox sessions`. runF replaces the run in tests.
func NewCmdSessions(f *cmdutil.Factory, runF func(context.Context, *SessionsOptions) error) *cobra.Command {
	o := &SessionsOptions{Factory: f}
	return &cobra.Command{
		Use:     "sessions",
		Short:   "List who is signed in, and who was",
		Long:    "List who is signed in, and who was, as whom, from where and with what. Microsoft has no such list.",
		Example: "  tap sandbox sessions",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmdutil.CheckOutput(o.Factory, sessionColumns(o), output.Options{}); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return sessionsRun(cmd.Context(), o)
		},
	}
}

// session is a session of the sandbox.
type session struct {
	ID                string     `json:"id"`
	UserID            string     `json:"userId"`
	UserPrincipalName string     `json:"userPrincipalName"`
	State             string     `json:"state"`
	StartedDateTime   time.Time  `json:"startedDateTime"`
	EndedDateTime     *time.Time `json:"endedDateTime"`
	SignedInWith      string     `json:"signedInWith"`
	SignedInWithID    string     `json:"signedInWithId"`
	IPAddress         string     `json:"ipAddress"`
	City              string     `json:"city"`
	CountryOrRegion   string     `json:"countryOrRegion"`
}

func sessionsRun(ctx context.Context, o *SessionsOptions) error {
	var all []session
	if err := call(ctx, o.Factory, http.MethodGet, "/sessions", nil, &all); err != nil {
		return err
	}
	columns := sessionColumns(o)
	p := cmdutil.Printer(o.Factory, columns, output.Options{Least: output.Widths(columns, all...)})
	for _, s := range all {
		if err := p.Row(s); err != nil {
			return cmdutil.Written(err)
		}
	}
	return cmdutil.Written(p.Close())
}

// from is the address with its place, as far as that is known.
func (s session) from() string {
	return strings.Join(strings.Fields(s.IPAddress+" "+s.City+" "+s.CountryOrRegion), " ")
}

func sessionColumns(o *SessionsOptions) output.Schema[session] {
	utc := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	return output.Schema[session]{
		{Name: "id", Type: "string", Doc: "the session's id", Exact: true, Value: func(s session) any { return s.ID }},
		{Name: "userId", Type: "string", Doc: "the object id of the user", Exact: true, Value: func(s session) any { return s.UserID }},
		{
			Name: "userPrincipalName", Type: "string", Doc: "as whom somebody is signed in", Value: func(s session) any { return s.UserPrincipalName },
			Head: "USER", Cell: func(s session) string { return s.UserPrincipalName },
		},
		{
			Name: "state", Type: "string", Doc: "`open`, `revoked`, or `expired` with the pass that it was opened with", Value: func(s session) any { return s.State },
			Head: "STATE", Cell: func(s session) string { return s.State },
		},
		{
			Name: "startedDateTime", Type: "date-time", Doc: "the sign-in", Value: func(s session) any { return utc(s.StartedDateTime) },
			Head: "SINCE", Cell: func(s session) string { return when.Show(s.StartedDateTime, o.ShowZone()) }, Drop: 2,
		},
		{Name: "endedDateTime", Type: "date-time", Doc: "the end, null while the session is open", Value: func(s session) any {
			if s.EndedDateTime == nil {
				return nil
			}
			return utc(*s.EndedDateTime)
		}},
		{
			Name: "signedInWith", Type: "string", Doc: "`temporaryAccessPass`, or the type of a method", Value: func(s session) any { return s.SignedInWith },
			Head: "WITH", Cell: func(s session) string { return s.SignedInWith }, Drop: 1,
		},
		{Name: "signedInWithId", Type: "string", Doc: "the id of the pass or method", Exact: true, Value: func(s session) any { return s.SignedInWithID }},
		{
			Name: "ipAddress", Type: "string", Doc: "the address that the sign-in came from", Value: func(s session) any { return s.IPAddress },
			Head: "FROM", Cell: session.from,
		},
		{Name: "city", Type: "string", Doc: "the city of the address, null where it is not known", Value: func(s session) any { return cmdutil.Optional(s.City) }},
		{Name: "countryOrRegion", Type: "string", Doc: "its country, as in ISO 3166, null where it is not known", Value: func(s session) any { return cmdutil.Optional(s.CountryOrRegion) }},
	}
}
