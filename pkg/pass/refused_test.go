package pass_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// TestWhoIsRefusedIsTold: those for whom nothing was sent, because of a guard or a read that was refused, and nobody else. What the service
// answers to a create is told by who sends it.
func TestWhoIsRefusedIsTold(t *testing.T) {
	t.Parallel()
	denied := &errs.Error{Slug: errs.Denied, Why: "no"}
	for name, c := range map[string]struct {
		change func(*world, *pass.Order)
		want   string
	}{
		"made":                 {func(*world, *pass.Order) {}, ""},
		"holds a pass":         {func(w *world, _ *pass.Order) { w.passes = []pass.Pass{held[pass.Usable]} }, "holds_pass " + id},
		"privileged":           {func(w *world, _ *pass.Order) { w.roles = []string{"User Administrator"} }, "privileged " + id},
		"not read":             {func(w *world, _ *pass.Order) { w.listErr = denied }, " " + id},
		"planned":              {func(w *world, o *pass.Order) { w.roles, o.DryRun = []string{"x"}, true }, ""},
		"skipped":              {func(w *world, o *pass.Order) { w.passes, o.IfExists = []pass.Pass{held[pass.Usable]}, pass.Skip }, ""},
		"unreachable":          {func(w *world, _ *pass.Order) { w.listErr = &errs.Error{Slug: errs.Busy, Why: "no answer"} }, ""},
		"refused by the other": {func(w *world, _ *pass.Order) { w.madeErr = denied }, ""},
	} {
		w, o := contoso(), pass.Order{IfExists: pass.Refuse}
		w.quick = true
		c.change(w, &o)
		d, told := w.desk(true), ""
		d.Refused = func(r pass.Result) { told += fmt.Sprintf("%s %s", r.Reason, r.Person.ID) }
		d.Create(t.Context(), upn, o)
		if told != c.want {
			t.Errorf("%s: %q, want %q", name, told, c.want)
		}
	}
	d, told := contoso().desk(true), []string{}
	d.Refused = func(r pass.Result) { told = append(told, string(r.Reason)) }
	someone := person.Person{ID: id, UserPrincipalName: string(upn)}
	d.Weigh(upn, someone, []string{"x"}, pass.Listing{At: now}, pass.Order{})
	d.Weigh(upn, someone, []string{"x"}, pass.Listing{At: now}, pass.Order{DryRun: true})
	d.Weigh(upn, someone, nil, pass.Listing{At: now}, pass.Order{})
	if strings.Join(told, " ") != "privileged" {
		t.Errorf("of many: %q", told)
	}
}
