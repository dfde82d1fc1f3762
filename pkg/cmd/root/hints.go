package root

import (
	"slices"
	"strings"
	"unicode"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// hints are the commands that mend an error, as they are typed: a hint that is only a flag stands for the
// command line with that flag, and the flags that chose the sandbox belong to every command. In the sandbox a
// pass that is in the way can go with everything else.
func (p *Process) hints(e *errs.Error) []string {
	var out []string
	for _, h := range e.Hints {
		if strings.HasPrefix(h, "--") {
			h = retyped(p.Args, h, e.Whom)
		} else if p.flags.isSandbox() {
			h = p.flags.inSandbox(h)
		}
		out = append(out, h)
	}
	if e.Slug == errs.Denied {
		out = append(out, "tap help permissions")
	}
	switch {
	case !p.flags.isSandbox():
	case e.Reason == errs.HoldsPass:
		out = append(out, "tap sandbox reset")
	case e.Slug == errs.NotFound && isUser([]string{e.Whom}, 0):
		out = append(out, "tap sandbox users")
	case e.Slug == errs.Denied:
		out = append(out, retyped(p.Args, "--sandbox-as "+p.permitted(), e.Whom))
	}
	return out
}

// permitted is a caller of the sandbox who may do what was refused.
func (p *Process) permitted() string {
	if slices.Contains(p.Args, "policy") {
		return "privileged"
	}
	return defaultCaller
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

// retyped is the command line args with the flags of hint in place of what they contradict. Of several users it
// keeps whom it is about: the others may have been served already.
func retyped(args []string, hint, whom string) string {
	words := []string{"tap"}
	for n := 0; n < len(args); n++ {
		name, _, joined := strings.Cut(args[n], "=")
		switch {
		case args[n] == "--":
			continue // users stay users without it
		case contradicts(hint, name):
			if !joined && takesValue(hint, name) {
				n++
			}
		case slices.Contains(args, whom) && args[n] != whom && isUser(args, n):
		default:
			words = append(words, quoted(args[n]))
		}
	}
	return strings.Join(append(words, hint), " ")
}

// contradicts reports whether a flag goes when the hint's flags come.
func contradicts(hint, flag string) bool {
	gone := strings.Fields(hint)
	for flag, other := range map[string]string{"--lifetime": "--until", "--one-time": "--multi-use", "--replace": "--if-exists"} {
		if slices.Contains(gone, flag) {
			gone = append(gone, other)
		}
	}
	return strings.HasPrefix(flag, "--") && slices.Contains(gone, flag)
}

// takesValue reports whether the next argument is the flag's value.
func takesValue(hint, flag string) bool {
	if flag == "--until" || flag == "--if-exists" {
		return true
	}
	words := strings.Fields(hint)
	next := slices.Index(words, flag) + 1
	return next > 0 && next < len(words) && !strings.HasPrefix(words[next], "--")
}

// isUser reports whether an argument names a user and is no flag's value.
func isUser(args []string, n int) bool {
	_, err := person.ParseRef(args[n])
	return err == nil && (n == 0 || !strings.HasPrefix(args[n-1], "--"))
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
