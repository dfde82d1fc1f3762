package pass

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// states is the value of --state.
type states []pass.State

func (s *states) Set(v string) error {
	for name := range strings.SplitSeq(v, ",") {
		i := slices.IndexFunc(pass.States(), func(k pass.State) bool { return strings.EqualFold(string(k), strings.TrimSpace(name)) })
		if i < 0 {
			return fmt.Errorf("%q is no state of a pass: choose from %s", name, s.all())
		}
		*s = append(*s, pass.States()[i])
	}
	return nil
}

func (s *states) String() string { return join(*s) }
func (s *states) Type() string   { return "state,..." }
func (s *states) all() string    { return join(pass.States()) }

func join(ss []pass.State) string {
	var names []string
	for _, s := range ss {
		names = append(names, string(s))
	}
	return strings.Join(names, ",")
}
