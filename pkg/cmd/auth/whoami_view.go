package auth

import (
	"slices"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// sessions is the columns of `tap whoami`, documented in docs/output.md.
func sessions() output.Schema[*cmdutil.Session] {
	type S = *cmdutil.Session
	text := func(name, doc string, exact bool, value func(S) string) output.Column[S] {
		return output.Column[S]{
			Name: name, Type: "string", Doc: doc, Exact: exact,
			Value: func(s S) any { return cmdutil.Optional(value(s)) }, Head: name, Cell: value,
		}
	}
	return output.Schema[S]{
		text("tenantId", "the tenant's id, null where the token does not tell it", true, func(s S) string { return s.Caller.TenantID }),
		text("tenantDisplayName", "the tenant's name, null where it is not known", false, func(s S) string { return s.TenantName }),
		text("cloud", "the cloud; `sandbox` for one", false, func(s S) string { return s.Cloud }),
		text("auth", "the kind of sign-in; null for a caller of the sandbox", false, func(s S) string { return string(s.Kind) }),
		{Name: "isApplication", Type: "boolean", Doc: "whether an application is signed in, by the kind of sign-in", Value: func(s S) any { return s.Application }},
		text("callerId", "the object id of the person, or of the application's service principal; null where the token does not tell it", true, func(s S) string { return s.Caller.ID }),
		text("callerName", "the person's user principal name, or the application's name or id", false, func(s S) string { return s.Caller.Name }),
		text("clientId", "the client id; null for a caller of the sandbox and where the token does not tell it", true, func(s S) string { return s.Caller.ClientID }),
		text("clientName", "the client's name, null where it is not known", false, func(s S) string { return s.Caller.ClientName }),
		{Name: "permissions", Type: "array", Doc: "the permissions that the token carries, null where it does not tell them", Value: func(s S) any { return list(s.Caller.Permissions) }},
		{Name: "surplusPermissions", Type: "array", Doc: "those that serve no command of tap, null likewise", Value: func(s S) any { return list(permission.Surplus(s.Application, s.Caller.Permissions)) }},
		{Name: "roles", Type: "array", Doc: "the person's active directory roles; null where they could not be read, and for applications", Value: func(s S) any { return list(s.Roles) }},
		{Name: "signedInDateTime", Type: "date-time", Doc: "when the person signed in on this machine, null for others", Value: func(s S) any { return moment(signedIn(s)) }},
		{Name: "expiresDateTime", Type: "date-time", Doc: "when the token ends; a person's is renewed without asking", Value: func(s S) any { return moment(s.Expires) }},
	}
}

// list is a list as JSON has it: null where nothing is known.
func list(all []string) any {
	if all == nil {
		return nil
	}
	return all
}

func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

func signedIn(s *cmdutil.Session) time.Time {
	if s.Account == nil {
		return time.Time{}
	}
	return s.Account.SignedIn
}

// line is one line of the table.
type line struct{ property, value string }

func sessionColumns() output.Schema[line] {
	return output.Schema[line]{
		{Name: "property", Type: "string", Value: func(l line) any { return l.property }, Head: "PROPERTY", Cell: func(l line) string { return l.property }},
		{Name: "value", Type: "string", Value: func(l line) any { return l.value }, Head: "VALUE", Cell: func(l line) string { return l.value }},
	}
}

// sessionLines are what people read, each permission and role on a line of its own.
func sessionLines(s *cmdutil.Session, zone *time.Location) []line {
	who := "person"
	if s.Application {
		who = "application"
	}
	lines := []line{{"tenant", tenant(s)}, {"cloud", s.Cloud}, {who, s.Caller.Name}}
	if s.Caller.ID != "" {
		lines = append(lines, line{"object id", s.Caller.ID})
	}
	if s.Kind != "" {
		lines = append(lines, line{"sign-in", string(s.Kind)}, line{"client", client(s)})
	}
	extra := permission.Surplus(s.Application, s.Caller.Permissions)
	lines = append(lines, several("permissions", s.Caller.Permissions, func(p string) string {
		if slices.Contains(extra, p) {
			return p + " (surplus)"
		}
		return p
	})...)
	if !s.Application {
		lines = append(lines, several("roles", s.Roles, func(r string) string { return r })...)
	}
	if at := signedIn(s); !at.IsZero() {
		lines = append(lines, line{"signed in", at.In(zone).Format("2006-01-02 15:04 -0700")})
	}
	if !s.Expires.IsZero() {
		lines = append(lines, line{"token ends", s.Expires.In(zone).Format("2006-01-02 15:04 -0700")})
	}
	return lines
}

// several are the lines of a list, of which the first is named.
func several(name string, values []string, say func(string) string) []line {
	switch {
	case values == nil:
		return []line{{name, "not known"}}
	case len(values) == 0:
		return []line{{name, "none"}}
	}
	var lines []line
	for _, v := range values {
		lines = append(lines, line{name, say(v)})
		name = ""
	}
	return lines
}
