package root

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// hints are the commands that mend an error, as they are typed: a hint that is only flags stands for the
// command line with those flags, or where the machine locks one of them to something else for its settings, one of "without" and a flag for the command line without it, and the flags that chose the sandbox belong to every command. In the sandbox a
// pass that is in the way can go with everything else. What is wrong in a command line has the command's help, if nothing
// better is known.
func (p *Process) hints(e *errs.Error) []string {
	var out []string
	for _, h := range e.Hints {
		if p.isReal(h) {
			continue
		}
		if line := p.typed(h, e.Whom); line != "" && !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	switch {
	case e.Slug == errs.Auth && len(out) == 0 && p.login.Load() != nil:
		out = append(out, p.typed(*p.login.Load(), ""))
	case e.Slug == errs.Denied:
		out = append(out, "tap help permissions")
	case e.Slug == errs.UsageFault && len(out) == 0:
		out = append(out, p.help())
	}
	switch {
	case !p.flags.isSandbox():
	case e.Reason == errs.HoldsPass:
		out = append(out, "tap sandbox reset")
	case e.Slug == errs.NotFound && e.Reason != errs.NoPass && isUser(e.Whom):
		out = append(out, "tap sandbox users")
	case e.Slug == errs.Denied && p.permitted() != "":
		out = append(out, p.typed("--sandbox-as "+p.permitted(), e.Whom))
	}
	return out
}

// isReal reports whether a hint is flags of a real sign-in, which the sandbox of this command does not take.
func (p *Process) isReal(hint string) bool {
	if p.cmd == nil || !p.flags.isSandbox() {
		return false
	}
	return strings.HasPrefix(hint, "--") && slices.ContainsFunc(strings.Fields(hint), func(word string) bool {
		name, isFlag := strings.CutPrefix(word, "--")
		return isFlag && slices.Contains(signInFlags(), name) && !p.flags.rehearses(name, p.cmd.Name() == "login")
	})
}

// help is the command that tells how this one is used.
func (p *Process) help() string {
	if p.cmd == nil {
		return "tap --help"
	}
	return p.cmd.CommandPath() + " --help"
}

// permitted is a caller of the sandbox who may do what was refused to this one, "" for none.
func (p *Process) permitted() string {
	switch as := p.flags.sandboxAs; {
	case as == "app", as == "privileged":
		return ""
	case strings.HasPrefix(as, "app"):
		return "app"
	case as == defaultCaller, p.cmd != nil && p.cmd.Parent().Name() == "policy":
		return "privileged"
	}
	return defaultCaller
}

// typed is a hint as a whole command line. Flags that the command does not take are for a create of the user whom it is about, or for nobody:
// a run that is resumed asks for what its journal says.
func (p *Process) typed(hint, whom string) string {
	rest, isCommand := strings.CutPrefix(hint, "tap ")
	isLogin := rest == "login" || strings.HasPrefix(rest, "login --")
	file := p.lockOf(hint)
	switch {
	case file != "":
		return auth.EditByAdministrator(file)
	case p.part != nil && isLogin:
		return "tap login --profile " + cmdutil.Quoted(p.part.Name) + p.trusting()
	case p.part != nil && namesSecret(hint):
		return "" // no variable holds a secret for several tenants
	case strings.HasPrefix(hint, "without --") && p.cmd != nil:
		return retyped(p.cmd, hint, whom)
	case strings.HasPrefix(hint, "--") && p.cmd != nil && !takes(p.cmd, hint):
		if !isUser(whom) {
			return ""
		}
		return p.typed("tap create "+cmdutil.Quoted(whom)+" "+hint, whom)
	case strings.HasPrefix(hint, "--") && p.cmd != nil:
		return retyped(p.cmd, hint, whom)
	case isLogin:
		return hint + p.trusting()
	case !isCommand || strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "sandbox ") || strings.HasPrefix(rest, "help ") || strings.HasPrefix(rest, "profile ") || strings.HasSuffix(rest, "--help"):
		return hint
	case p.flags.isSandbox():
		return "tap " + p.flags.sandboxFlags() + p.trusting() + " " + p.ofRun(rest)
	}
	return strings.Join(append(append([]string{"tap"}, p.signIn()...), p.ofRun(rest)), " ")
}

// namesSecret reports whether a command sets a variable that holds a secret.
func namesSecret(command string) bool {
	return slices.ContainsFunc(secretVariables(), func(v string) bool { return strings.Contains(command, v) })
}

// lockOf is the file that locks a key to something else than a hint's flags say, "" for none: the administrator alone changes that.
func (p *Process) lockOf(hint string) string {
	if p.chosen == nil || !strings.HasPrefix(hint, "--") {
		return ""
	}
	words := strings.Fields(hint)
	for n, word := range words[:len(words)-1] {
		s := p.chosen.Find(strings.TrimPrefix(word, "--"))
		if s.Source == auth.FromLock && !strings.EqualFold(s.Value, words[n+1]) {
			return s.From
		}
	}
	return ""
}

// trusting is whom a sign-in trusts, where that was typed: it takes the same way.
func (p *Process) trusting() string {
	if p.cmd == nil || !p.cmd.Flags().Changed("ca-file") {
		return ""
	}
	return " " + strings.Join(cmdutil.Typed(p.cmd.Flags().Lookup("ca-file")), " ")
}

// ofRun is a command about a run, tap left out, with what was typed for the run where that command takes it, too: which journal it is, and
// how it is worked on. Any other command stays what it is.
func (p *Process) ofRun(rest string) string {
	if p.cmd == nil || !strings.HasPrefix(rest, "run ") {
		return rest
	}
	next, _, err := p.cmd.Root().Find(strings.Fields(rest))
	if err != nil {
		return rest
	}
	words := []string{rest}
	p.cmd.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains(runFlags(), f.Name) && next.Flags().Lookup(f.Name) != nil {
			words = append(words, cmdutil.Typed(f)...)
		}
	})
	return strings.Join(words, " ")
}

// runFlags are the flags of a run that its resume needs again: the journal does not say them.
func runFlags() []string {
	return []string{"journal", "rate", "concurrency", "max-failures", "verify", "progress"}
}

// takes reports whether a command has the flag that a hint begins with.
func takes(cmd *cobra.Command, hint string) bool {
	name, _, _ := strings.Cut(strings.TrimPrefix(hint, "--"), " ")
	return cmd.Flags().Lookup(name) != nil
}

// signIn is the flags that were typed to sign in, as they are typed: who types the next command means the same tenant.
func (p *Process) signIn() (words []string) {
	if p.cmd == nil {
		return nil
	}
	p.cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Changed && slices.Contains(signInFlags(), f.Name) {
			words = append(words, cmdutil.Typed(f)...)
		}
	})
	return words
}

// sandboxFlag is the flag that chose the sandbox.
func (fl *flags) sandboxFlag() string {
	if fl.sandboxURL != "" {
		return "--sandbox-url " + fl.sandboxURL
	}
	return "--sandbox"
}

func (fl *flags) sandboxFlags() string {
	target := fl.sandboxFlag()
	if fl.sandboxAs != defaultCaller {
		target += " --sandbox-as " + fl.sandboxAs
	}
	return target
}

// retyped is the command line of cmd with the hint's flags in place of what they contradict. Of several users it
// keeps whom it is about: the others may have been served already.
func retyped(cmd *cobra.Command, hint, whom string) string {
	gone := contradicted(hint)
	var target, flags []string
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch {
		case !f.Changed, slices.Contains(gone, f.Name):
		case strings.HasPrefix(f.Name, "sandbox"):
			target = append(target, cmdutil.Typed(f)...)
		default:
			flags = append(flags, cmdutil.Typed(f)...)
		}
	})
	if strings.HasPrefix(hint, "without ") {
		hint = ""
	}
	words := append([]string{cmd.Root().Name()}, target...)
	words = append(words, strings.Fields(cmd.CommandPath())[1:]...)
	args, dashed := positional(cmd.Flags().Args(), whom)
	if !dashed {
		return strings.TrimSpace(strings.Join(slices.Concat(words, args, flags, []string{hint}), " "))
	}
	return strings.Join(slices.Concat(words, flags, strings.Fields(hint), []string{"--"}, args), " ")
}

// contradicted lists the flags that go when the hint's flags come, the hint's own among them.
func contradicted(hint string) []string {
	var names []string
	for _, w := range strings.Fields(hint) {
		if name, ok := strings.CutPrefix(w, "--"); ok {
			names = append(names, name)
		}
	}
	if slices.Contains(names, "sandbox") || slices.Contains(names, "sandbox-url") {
		names = append(names, slices.DeleteFunc(signInFlags(), func(name string) bool {
			return name == "ca-file" && isHTTPS(strings.TrimPrefix(hint, "--sandbox-url "))
		})...)
	}
	for _, pair := range [][2]string{{"lifetime", "until"}, {"one-time", "multi-use"}, {"replace", "if-exists"}, {"dry-run", "expect"}} {
		if slices.Contains(names, pair[0]) {
			names = append(names, pair[1])
		}
	}
	return names
}

// positional is the users as they are typed, all of them or whom alone, and whether one begins like a flag.
func positional(args []string, whom string) (out []string, dashed bool) {
	about := func(a string) bool { return person.Ref(a).Key() == person.Ref(whom).Key() }
	for _, a := range args {
		if about(a) || !slices.ContainsFunc(args, about) {
			out = append(out, cmdutil.Quoted(a))
			dashed = dashed || strings.HasPrefix(a, "-")
		}
	}
	return out, dashed
}

func isUser(s string) bool {
	_, err := person.ParseRef(s)
	return err == nil
}
