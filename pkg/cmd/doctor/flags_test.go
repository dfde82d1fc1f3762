package doctor

import (
	"context"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

func TestArguments(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]struct{ ref, why string }{
		"":                                     {"", ""},
		"adele.vance@contoso.com":              {"adele.vance@contoso.com", ""},
		"6F1967B7-15E8-4935-AC26-D50770ED07A7": {"6f1967b7-15e8-4935-ac26-d50770ed07a7", ""},
		"me":                                   {"", "neither an object id nor"},
		"a@contoso.com b@contoso.com":          {"", "one user at a time, not 2"},
	} {
		ran := false
		c := NewCmdDoctor(&cmdutil.Factory{Globals: &cmdutil.Globals{Output: output.Table}, Streams: &terminal.Streams{}}, func(_ context.Context, o *Options) error {
			ran = true
			if string(o.ref) != want.ref {
				t.Errorf("%q: %q", line, o.ref)
			}
			return nil
		})
		c.SetArgs(strings.Fields(line))
		c.SilenceUsage, c.SilenceErrors = true, true
		err := c.Execute()
		if want.why == "" {
			if err != nil || !ran {
				t.Errorf("%q: %v", line, err)
			}
			continue
		}
		if e := errs.Of(err); ran || e == nil || e.Slug != errs.UsageFault || !strings.Contains(e.Why, want.why) || len(e.Hints) == 0 {
			t.Errorf("%q: %v", line, err)
		}
	}
}
