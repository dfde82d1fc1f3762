package pass

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// TestWatchNarrow: of several users each line says who at any width, of one user when, and no line is wider than the terminal.
func TestWatchNarrow(t *testing.T) {
	t.Parallel()
	v := view{zone: time.UTC}
	key := person.Method{ID: "key", Type: "fido2", Name: strings.Repeat("Contoso Security Key ", 4)}
	all := []person.Ref{"adele.vance@contoso.com", "alex.wilber@contoso.com"}
	for _, width := range []int{60, 80} {
		for users := 1; users <= len(all); users++ {
			var b strings.Builder
			least := v.widths(all[:users])
			least["WHEN"], least["EVENT"] = least["UNTIL"], eventWidth
			p := output.New(output.Table, &b, v.events(users), output.Options{Width: width, Least: least})
			for _, ref := range all[:users] {
				who := person.Person{UserPrincipalName: string(ref)}
				if err := p.Row(happening{who, pass.Sighting{Kind: pass.EventRegistered, At: now, Method: &key, Unused: true}}); err != nil {
					t.Fatal(err)
				}
			}
			for n, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
				if output.Width(line) > width {
					t.Errorf("%d users, %d columns: %q", users, width, line)
				}
				if n == 0 {
					continue
				}
				if told := strings.Contains(line, string(all[n-1])); !told && users > 1 {
					t.Errorf("%d users, %d columns: %q does not say who", users, width, line)
				}
				if !strings.Contains(line, "2026-11-23 09:30 UTC") && users == 1 {
					t.Errorf("%d users, %d columns: %q does not say when", users, width, line)
				}
				if !strings.Contains(line, "not used: registered") {
					t.Errorf("%d users, %d columns: %q does not say what", users, width, line)
				}
			}
		}
	}
}

// TestWatched: users of whom the time ran out are findings, those who could not be looked at among them.
func TestWatched(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		slugs []errs.Slug
		want  errs.Slug
		why   string
	}{
		{[]errs.Slug{"", ""}, "", ""},
		{[]errs.Slug{errs.Findings, ""}, errs.Findings, "1 of 2 users did not come to it"},
		{[]errs.Slug{errs.Findings, errs.Busy, ""}, errs.Findings, "2 of 3 users did not come to it"},
		{[]errs.Slug{errs.Busy, errs.Busy}, errs.Busy, "2 of 2 users were refused or failed"},
		{[]errs.Slug{errs.Busy}, errs.Busy, "why"},
		{[]errs.Slug{errs.Findings, errs.NotFound}, errs.Partial, "2 of 2 users were refused or failed"},
	} {
		var results []pass.Result
		for _, s := range c.slugs {
			r := pass.Result{}
			if s != "" {
				r.Err = &errs.Error{Slug: s, Why: "why"}
			}
			results = append(results, r)
		}
		err := watched(results)
		if (err == nil) != (c.want == "") || err != nil && (errs.Of(err).Slug != c.want || errs.Of(err).Why != c.why) {
			t.Errorf("%v: %v, want %s %q", c.slugs, err, c.want, c.why)
		}
	}
}
