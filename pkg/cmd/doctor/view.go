package doctor

import (
	"sync/atomic"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/doctor"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

// view is what the columns need beside the row: whose tenant, once that is known, and how a command is written.
type view struct {
	tenant *atomic.Pointer[string]
	hint   func(*errs.Error) string
}

// findings is the columns of `tap doctor`, documented in docs/output.md.
func (v view) findings() output.Schema[doctor.Finding] {
	type F = doctor.Finding
	return output.Schema[F]{
		{Name: "tenantId", Type: "string", Doc: "the tenant's id, null where nobody could be signed in", Exact: true, Value: func(F) any { return v.tenantID() }},
		{Name: "id", Type: "string", Doc: "the check, and behind a dot what of it this is about; an id never changes its meaning", Value: func(f F) any { return f.ID }, Head: "CHECK", Cell: func(f F) string { return f.ID }},
		{Name: "status", Type: "string", Doc: "`ok`, `warn` (it works, and should be looked at), `fail` or `skip` (it could not be looked at)", Value: func(f F) any { return string(f.Status) }, Head: "STATUS", Cell: func(f F) string { return string(f.Status) }},
		{Name: "finding", Type: "string", Doc: "what was found, in words", Value: func(f F) any { return f.Words }},
		{Name: "remedy", Type: "string", Doc: "what mends it where that is no command: a click, or whom to ask; null where a command does or nothing is to be mended", Value: func(f F) any { return cmdutil.Optional(f.Remedy) }},
		{Name: "hint", Type: "string", Doc: "the command that mends it or tells more; where it names something in capitals, that has to be chosen; null where none does", Value: func(f F) any { return cmdutil.Optional(v.command(f)) }},
		{Name: "permission", Type: "string", Doc: "the permission for want of which a check was skipped, else null", Value: func(f F) any { return cmdutil.Optional(f.Permission) }},
	}
}

func (v view) tenantID() any {
	if v.tenant == nil {
		return nil
	}
	return v.tenant.Load()
}

// command is the command that mends a finding, as it is typed here; "" where there is none.
func (v view) command(f doctor.Finding) string {
	if f.Command == "" {
		return ""
	}
	return v.hint(&errs.Error{Hints: []string{f.Command}})
}

// print prints what was found; with --quiet only what is not ok.
func (o *Options) print(v view, found []doctor.Finding) error {
	var rows []doctor.Finding
	for _, f := range found {
		if !o.Say.Quiet || f.Status != doctor.OK {
			rows = append(rows, f)
		}
	}
	if o.Globals.Output != output.Table || len(o.Globals.Columns) > 0 {
		return printAll(cmdutil.Printer(o.Factory, v.findings(), output.Options{}), rows)
	}
	if len(rows) == 0 {
		return nil
	}
	lines := v.lines(rows, o.Streams.Columns)
	columns := lineColumns()
	return printAll(cmdutil.Printer(o.Factory, columns, output.Options{Least: output.Widths(columns, lines...)}), lines)
}

func printAll[T any](p output.Printer[T], rows []T) error {
	for _, r := range rows {
		if err := p.Row(r); err != nil {
			return cmdutil.Written(err)
		}
	}
	return cmdutil.Written(p.Close())
}
