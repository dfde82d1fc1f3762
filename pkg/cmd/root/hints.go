package root

import (
	"slices"
	"strings"
	"unicode"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// hints are the commands that mend an error, as they are typed: a hint that is only a flag stands for the
// command line with that flag, and the flags that chose the sandbox belong to every command. In the sandbox a
// pass that is in the way can go with everything else.
func (p *Process) hints(e *errs.Error) []string {
	var out []string
	for _, h := range e.Hints {
		if strings.HasPrefix(h, "--") {
			h = retyped(p.Args, h)
		} else if p.flags.isSandbox() {
			h = p.flags.inSandbox(h)
		}
		out = append(out, h)
	}
	switch {
	case !p.flags.isSandbox():
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

// retyped is the command line args with the flags of hint in place of what it said before: the flags come in pairs
// of a name and a value, or alone.
func retyped(args []string, hint string) string {
	words := []string{"tap"}
	for n := 0; n < len(args); n++ {
		name, _, joined := strings.Cut(args[n], "=")
		if !strings.HasPrefix(name, "--") || !slices.Contains(strings.Fields(hint), name) {
			words = append(words, quoted(args[n]))
		} else if !joined && n+1 < len(args) && !strings.HasPrefix(args[n+1], "-") {
			n++ // its value
		}
	}
	return strings.Join(append(words, hint), " ")
}

// quoted is an argument as a shell reads it.
func quoted(arg string) string {
	plain := func(r rune) bool {
		return strings.ContainsRune("@%+=:,./-_", r) || unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	if arg != "" && strings.IndexFunc(arg, func(r rune) bool { return !plain(r) }) < 0 {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
