package root

import (
	"slices"
	"testing"

	"github.com/spf13/pflag"

	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// TestVariables: each global flag has a variable, or is one that must have none, because it chooses what is worked on or gives consent.
func TestVariables(t *testing.T) {
	t.Parallel()
	none := []string{"sandbox", "sandbox-url", "sandbox-as", "yes"}
	c := NewCmd(&Process{Streams: &terminal.Streams{}, Getenv: func(string) string { return "" }})
	c.PersistentFlags().VisitAll(func(f *pflag.Flag) {
		has := slices.ContainsFunc(variables(), func(v variable) bool { return v.flag == f.Name })
		if has == slices.Contains(none, f.Name) {
			t.Errorf("--%s: has a variable: %v", f.Name, has)
		}
	})
	for _, v := range variables() {
		if v.flag != "" && c.PersistentFlags().Lookup(v.flag) == nil {
			t.Errorf("%s stands for --%s, which is not there", v.name, v.flag)
		}
	}
}
