package auth

import (
	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

// profile is one row of `tap profile list`.
type profile struct {
	name   string
	inUse  bool
	values auth.Values
}

func (p profile) isProtected() bool { return p.values["protected"] == "true" }

// profiles is the columns of `tap profile list`, documented in docs/output.md.
func profiles() output.Schema[profile] {
	value := func(name, head, key, doc string, drop int) output.Column[profile] {
		return output.Column[profile]{
			Name: name, Type: "string", Doc: doc, Value: func(p profile) any { return cmdutil.Optional(p.values[key]) },
			Head: head, Cell: func(p profile) string { return p.values[key] }, Drop: drop,
		}
	}
	mark := func(yes bool, word string) string {
		if yes {
			return word
		}
		return ""
	}
	return output.Schema[profile]{
		{Name: "profile", Type: "string", Doc: "its name", Exact: true, Value: func(p profile) any { return p.name }, Head: "PROFILE", Cell: func(p profile) string { return p.name }},
		{Name: "isInUse", Type: "boolean", Doc: "whether it counts at terminals", Value: func(p profile) any { return p.inUse }, Head: "USE", Cell: func(p profile) string { return mark(p.inUse, "in use") }},
		value("cloud", "CLOUD", "cloud", "the cloud, null where it does not say", 3),
		value("tenant", "TENANT", "tenant", "the tenant's id or domain, null where it does not say", 0),
		value("auth", "AUTH", "auth", "the kind of sign-in, null where it does not say", 2),
		value("clientId", "CLIENT ID", "client-id", "the client, null where it does not say", 4),
		{
			Name: "isProtected", Type: "boolean", Doc: "whether the tenant is asked for before a write", Value: func(p profile) any { return p.isProtected() },
			Head: "PROTECTED", Cell: func(p profile) string { return mark(p.isProtected(), "protected") }, Drop: 1,
		},
	}
}

// setting is one row of `tap profile show`: a key, or what else is settled.
type setting struct {
	key, value, source, from, origin string
}

// settings is the columns of `tap profile show`, documented in docs/output.md.
func settings() output.Schema[setting] {
	type S = setting
	return output.Schema[S]{
		{Name: "setting", Type: "string", Doc: "its name: that of the flag, or of the key in the machine settings", Value: func(s S) any { return s.key }, Head: "SETTING", Cell: func(s S) string { return s.key }},
		{
			Name: "value", Type: "string", Doc: "what counts, null where nothing is said", Exact: true, Value: func(s S) any { return cmdutil.Optional(s.value) },
			Head: "VALUE", Cell: func(s S) string { return s.value },
		},
		{
			Name: "source", Type: "string", Doc: "`locked`, `flag`, `variable`, `profile`, `machine` or `default`", Value: func(s S) any { return s.source },
			Head: "FROM", Cell: func(s S) string { return s.origin }, Cut: true,
		},
		{Name: "from", Type: "string", Doc: "the flag, variable or profile by its name, or the file; null for a default", Value: func(s S) any { return cmdutil.Optional(s.from) }},
	}
}

func rowOf(s auth.Setting) setting {
	return setting{key: s.Key.Name, value: s.Value, source: string(s.Source), from: s.From, origin: s.Origin()}
}
