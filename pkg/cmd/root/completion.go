package root

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	authcmd "github.com/seed-5ddf9a5e/tap/pkg/cmd/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// addCompletions completes what is one of a few words, in every command that has the flag, and a file's name only where a
// file is meant. Users and groups are never completed: that would ask the directory at each key.
func addCompletions(c *cobra.Command) {
	words := map[string][]string{
		"api": auth.Versions(), "unset": keys(),
		"output": texts(output.Formats()), "cloud": clouds(), "auth": texts(auth.Kinds()), "sandbox-as": sandbox.Callers(),
		"if-exists": texts([]pass.IfExists{pass.Refuse, pass.Replace, pass.Skip}), "state": texts(pass.States()),
		"method": sandbox.Methods(), "include": {"all"}, "exclude": {"none"},
	}
	dynamic := []string{"profile", "preset"}
	files := []string{"file", "client-secret-file"}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !slices.Contains(files, f.Name) && !slices.Contains(dynamic, f.Name) {
			// The error is that of a flag that is there twice.
			_ = c.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(words[f.Name], cobra.ShellCompDirectiveNoFileComp))
		}
	})
	if c.ValidArgsFunction == nil {
		c.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, sub := range c.Commands() {
		addCompletions(sub)
	}
}

// addAllCompletions also completes what only the files of this machine know. What cannot be read completes to nothing.
func addAllCompletions(c *cobra.Command, f *cmdutil.Factory, machine func() (*auth.Machine, error)) {
	addCompletions(c)
	complete := func(names func() []string) cobra.CompletionFunc {
		return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return names(), cobra.ShellCompDirectiveNoFileComp
		}
	}
	// The errors are those of a flag that is not there.
	_ = c.RegisterFlagCompletionFunc("profile", complete(func() []string { return authcmd.ProfileNames(f) }))
	create, _, err := c.Find([]string{"create"})
	if err == nil {
		_ = create.RegisterFlagCompletionFunc("preset", complete(func() []string {
			m, err := machine()
			if err != nil {
				return nil
			}
			return slices.Sorted(maps.Keys(m.Presets))
		}))
	}
}

func keys() (names []string) {
	for _, k := range auth.Keys() {
		names = append(names, k.Name)
	}
	return names
}

// addCompletionCmd adds Cobra's `tap completion`, which takes a shell that it does not know for a question for help.
func addCompletionCmd(c *cobra.Command) {
	c.InitDefaultCompletionCmd()
	for _, sub := range c.Commands() {
		if sub.Name() == "completion" {
			sub.Args, sub.RunE = cobra.ArbitraryArgs, cmdutil.Group
			for _, shell := range sub.Commands() {
				shell.Example = fmt.Sprintf("  %s >tap.%s", shell.CommandPath(), shell.Name())
			}
		}
	}
}

func texts[T ~string](values []T) []string {
	var out []string
	for _, v := range values {
		out = append(out, string(v))
	}
	return out
}

func clouds() []string {
	var names []string
	for _, c := range auth.Clouds() {
		names = append(names, c.Name)
	}
	return names
}
