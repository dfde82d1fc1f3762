package onboarding

import (
	"fmt"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/onboarding"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// checkOutput finds what the output flags ask of the rows or sums that they do not have.
func (o *ReportOptions) checkOutput(s source) error {
	v := view{columns: s.columns, safe: o.Say.Safe, by: o.By}
	switch {
	case o.Globals.Output == output.HTML:
		return nil
	case o.Sum:
		return cmdutil.CheckOutput(o.Factory, v.sums(), output.Options{})
	}
	return cmdutil.CheckOutput(o.Factory, o.rows(v), output.Options{})
}

// rows are the columns of a user in the format that was asked for.
func (o *ReportOptions) rows(v view) output.Schema[onboarding.Standing] {
	if o.Globals.Output == output.CSV {
		return v.carried()
	}
	return v.users()
}

func (r *report) view() view {
	return view{tenant: r.target.TenantID, at: r.at, zone: r.ShowZone(), hint: r.Say.Hint, safe: r.Say.Safe, columns: r.columns, by: r.byName()}
}

// byName is the column of the sums as the roster writes it.
func (r *report) byName() string {
	if r.by < 0 {
		return ""
	}
	return r.columns[r.by]
}

// sums are those by a column, and that of all last.
func (r *report) sums() []sum {
	var all []sum
	if r.by >= 0 {
		for _, s := range onboarding.By(r.standings, r.by) {
			all = append(all, sum{s, r.byName()})
		}
	}
	return append(all, sum{Sum: onboarding.All(r.standings)})
}

// print prints the page, the rows, the sums, or in a table for people both.
func (r *report) print() error {
	v := r.view()
	if r.Globals.Output == output.HTML {
		return r.page(v)
	}
	r.Say.Notice("as of " + when.Show(r.at, r.ShowZone()) + ", by the service's clock")
	if r.Sum {
		return printAll(r.Factory, v.sums(), r.sums())
	}
	if err := printAll(r.Factory, r.rows(v), r.standings); err != nil {
		return err
	}
	if r.Globals.Output != output.Table || len(r.Globals.Columns) > 0 {
		return nil
	}
	if _, err := fmt.Fprintln(r.Streams.Out); err != nil {
		return err
	}
	return printAll(r.Factory, v.sums(), r.sums())
}

func printAll[T any](f *cmdutil.Factory, s output.Schema[T], rows []T) error {
	p := cmdutil.Printer(f, s, output.Options{Least: output.Widths(s, rows...)})
	for _, r := range rows {
		if err := p.Row(r); err != nil {
			return cmdutil.Written(err)
		}
	}
	return cmdutil.Written(p.Close())
}
