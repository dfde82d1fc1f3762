package policy

import (
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

// view is what the columns need beside the row: whose tenant, and how a command is written.
type view struct {
	tenant string
	hint   func(*errs.Error) string
}

func tenant[T any](v view) output.Column[T] {
	return output.Column[T]{Name: "tenantId", Type: "string", Doc: "the tenant's id", Exact: true, Value: func(T) any { return null(v.tenant) }}
}

// targetObject is a target as JSON has it.
type targetObject struct {
	ID           string  `json:"id"`
	DisplayName  *string `json:"displayName"`
	TargetType   string  `json:"targetType"`
	Registration *bool   `json:"isRegistrationRequired,omitempty"`
}

func objects(targets []policy.Target, names policy.Names, included bool) []targetObject {
	out := []targetObject{}
	for _, t := range targets {
		o := targetObject{ID: t.ID, TargetType: t.Type}
		if name := names.Of(t); name != "" {
			o.DisplayName = &name
		}
		if included {
			o.Registration = &t.RegistrationRequired
		}
		out = append(out, o)
	}
	return out
}

// policies is the columns of `tap policy show`, documented in docs/output.md.
func (v view) policies() output.Schema[policy.Standing] {
	type S = policy.Standing
	columns := output.Schema[S]{tenant[S](v)}
	for _, p := range policy.Properties() {
		columns = append(columns, output.Column[S]{Name: p.Name, Type: p.Type, Doc: p.Doc, Value: func(s S) any { return p.Value(s.Policy) }})
	}
	return append(columns,
		output.Column[S]{
			Name: policy.IncludeTargets, Type: "array", Value: func(s S) any { return objects(s.Policy.Include, s.Names, true) },
			Doc: "who can be given a pass: `id` (an object id, or `all_users`), `displayName` (null where it is not known), `targetType` (`group` or `user`), `isRegistrationRequired`",
		},
		output.Column[S]{
			Name: policy.ExcludeTargets, Type: "array", Value: func(s S) any { return objects(s.Policy.Exclude, s.Names, false) },
			Doc: "who cannot, although included: `id`, `displayName`, `targetType`",
		},
	)
}

// differences is the columns of `tap policy diff` and `tap policy set`, documented in docs/output.md.
func (v view) differences() output.Schema[policy.Difference] {
	type D = policy.Difference
	return output.Schema[D]{
		tenant[D](v),
		{Name: "property", Type: "string", Doc: "the property that differs, by Graph's name", Value: func(d D) any { return d.Property }, Head: "PROPERTY", Cell: func(d D) string { return d.Property }},
		{Name: "change", Type: "string", Doc: "`changed`, or for a target of a list `added` or `removed`", Value: func(d D) any { return string(d.Kind) }, Head: "CHANGE", Cell: func(d D) string { return string(d.Kind) }},
		{Name: "from", Type: "string, integer or boolean", Doc: "what the tenant has; null for a target that is added or removed", Value: func(d D) any { return d.From }},
		{Name: "to", Type: "string, integer or boolean", Doc: "what the file says, or what it is changed to; null likewise", Value: func(d D) any { return d.To }},
		{Name: "targetId", Type: "string", Doc: "the target's object id, or `all_users`; null where it is about none", Exact: true, Value: func(d D) any { return null(d.Target.ID) }},
		{Name: "targetType", Type: "string", Doc: "`group` or `user`; null where it is about none", Value: func(d D) any { return null(d.Target.Type) }},
		{Name: "displayName", Type: "string", Doc: "the target's name, null where it is not known", Value: func(d D) any { return null(d.Name) }},
		{Name: "effect", Type: "string", Doc: "whom it reaches, and whether passes that are held stop working, in words; null where that is plain", Value: func(d D) any { return null(d.Effect) }},
	}
}

// findings is the columns of `tap policy check`, documented in docs/output.md.
func (v view) findings() output.Schema[policy.Finding] {
	type F = policy.Finding
	return output.Schema[F]{
		tenant[F](v),
		{Name: "severity", Type: "string", Doc: "`error`, `warning` or `information`", Value: func(f F) any { return string(f.Severity) }, Head: "SEVERITY", Cell: func(f F) string { return string(f.Severity) }},
		{Name: "reason", Type: "string", Doc: "the rule behind it, from a closed list", Value: func(f F) any { return string(f.Fault) }, Head: "REASON", Cell: func(f F) string { return string(f.Fault) }},
		{Name: "property", Type: "string", Doc: "the property that it is about, by Graph's name", Value: func(f F) any { return f.Property }},
		{Name: "targetId", Type: "string", Doc: "the target's object id, or `all_users`; null where it is about none", Exact: true, Value: func(f F) any { return null(f.Target.ID) }},
		{Name: "displayName", Type: "string", Doc: "the target's name, null where it is not known", Value: func(f F) any { return null(f.Name) }},
		{Name: "message", Type: "string", Doc: "what is wrong, in words", Value: func(f F) any { return f.Words }},
		{Name: "hint", Type: "string", Doc: "the command that mends it; where it names `GROUP`, a group has to be chosen", Value: func(f F) any { return v.command(f) }},
	}
}

// command is the command that mends a finding, as it is typed here.
func (v view) command(f policy.Finding) string {
	return v.hint(&errs.Error{Hints: []string{f.Command}})
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}
