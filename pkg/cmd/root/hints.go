package root

import (
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// hints are the commands that mend an error, as they are typed for the target in use: the flags
// that chose the sandbox belong to them, and there a pass that is in the way can go with everything else.
func (fl *flags) hints(e *errs.Error) []string {
	if !fl.isSandbox() {
		return e.Hints
	}
	var out []string
	for _, h := range e.Hints {
		out = append(out, fl.inSandbox(h))
	}
	switch {
	case e.Reason == errs.HoldsPass:
		out = append(out, "tap sandbox reset")
	case e.Slug == errs.NotFound:
		out = append(out, "tap sandbox users")
	}
	return out
}

// inSandbox puts the flags that chose the sandbox into a command, but for one that needs no tenant.
func (fl *flags) inSandbox(hint string) string {
	rest, isCommand := strings.CutPrefix(hint, "tap ")
	if !isCommand || strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "sandbox ") || strings.HasSuffix(rest, "--help") {
		return hint
	}
	return "tap " + fl.sandboxFlags() + " " + rest
}

func (fl *flags) sandboxFlags() string {
	target := "--sandbox"
	if fl.sandboxURL != "" {
		target = "--sandbox-url " + fl.sandboxURL
	}
	if fl.sandboxAs != defaultCaller {
		target += " --sandbox-as " + fl.sandboxAs
	}
	return target
}
