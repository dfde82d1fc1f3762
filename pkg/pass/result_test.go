package pass_test

import (
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// TestSum pins product.md, exit code 3: one user's own class, or the one that all share where it is 4, 5, 8 or an interruption.
func TestSum(t *testing.T) {
	t.Parallel()
	const ok errs.Slug = ""
	for _, c := range []struct {
		rows []errs.Slug
		want errs.Slug
		text string
	}{
		{nil, ok, ""},
		{[]errs.Slug{ok}, ok, ""},
		{[]errs.Slug{ok, ok, ok}, ok, ""},

		{[]errs.Slug{errs.Rejected}, errs.Rejected, "rejected of u0"},
		{[]errs.Slug{errs.NotFound}, errs.NotFound, "not_found of u0"},
		{[]errs.Slug{errs.UsageFault}, errs.UsageFault, "usage of u0"},
		{[]errs.Slug{errs.Interrupted}, errs.Interrupted, "interrupted of u0"},

		{[]errs.Slug{errs.Auth, errs.Auth}, errs.Auth, "2 of 2 users were refused or failed"},
		{[]errs.Slug{errs.Denied, errs.Denied, errs.Denied}, errs.Denied, "3 of 3 users were refused or failed"},
		{[]errs.Slug{errs.Busy, errs.Busy}, errs.Busy, "2 of 2 users were refused or failed"},
		{[]errs.Slug{errs.Interrupted, errs.Interrupted}, errs.Interrupted, "2 of 2 users were refused or failed"},

		{[]errs.Slug{errs.Rejected, errs.Rejected}, errs.Partial, "2 of 2 users were refused or failed"},
		{[]errs.Slug{errs.NotFound, errs.NotFound}, errs.Partial, "2 of 2 users were refused or failed"},
		{[]errs.Slug{errs.Internal, errs.Internal}, errs.Partial, "2 of 2 users were refused or failed"},
		{[]errs.Slug{errs.Auth, errs.Denied}, errs.Partial, "2 of 2 users were refused or failed"},
		{[]errs.Slug{errs.Busy, errs.Busy, errs.Rejected}, errs.Partial, "3 of 3 users were refused or failed"},
		{[]errs.Slug{ok, errs.Rejected}, errs.Partial, "1 of 2 users were refused or failed"},
		{[]errs.Slug{errs.Denied, ok, errs.Denied}, errs.Partial, "2 of 3 users were refused or failed"},
		{[]errs.Slug{errs.Busy, ok}, errs.Partial, "1 of 2 users were refused or failed"},
	} {
		var rows []pass.Result
		for n, slug := range c.rows {
			r := pass.Result{}
			if slug != ok {
				r.Err = &errs.Error{Slug: slug, Why: string(slug) + " of u" + string(rune('0'+n))}
			}
			rows = append(rows, r)
		}
		err := pass.Sum(rows)
		if c.want == ok {
			if err != nil {
				t.Errorf("%q: %v", c.rows, err)
			}
			continue
		}
		if e := errs.Of(err); e == nil || e.Slug != c.want || e.Error() != c.text {
			t.Errorf("%q: %v, want %s: %s", c.rows, err, c.want, c.text)
		}
	}
}

func TestResultState(t *testing.T) {
	t.Parallel()
	if got := (pass.Result{At: now}).State(); got != "" {
		t.Errorf("no pass: %q", got)
	}
	if got := (pass.Result{Pass: held[pass.Usable], At: now}).State(); got != pass.Usable {
		t.Errorf("%q", got)
	}
	if got := (pass.Result{Pass: held[pass.Usable], At: held[pass.Usable].End()}).State(); got != pass.Expired {
		t.Errorf("%q", got)
	}
}
