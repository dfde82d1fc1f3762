package pass

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	rolloutcmd "github.com/seed-5ddf9a5e/tap/pkg/cmd/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// requestFlags say what is asked for: with the rows they make a run the one that it is.
func requestFlags() []string {
	return []string{"start", "until", "lifetime", "one-time", "multi-use", "if-exists", "replace", "allow-privileged", "tz", "wait"}
}

// typed returns the request flags as they were typed, or given by a profile, a preset or the machine settings: a run that goes on later
// keeps what it was asked then. The command is for people: its flags' values are not secret.
func (o *CreateOptions) typed(cmd *cobra.Command) (request map[string]string, command string) {
	request = map[string]string{}
	words := strings.Fields(cmd.CommandPath())
	cmd.Flags().Visit(func(f *pflag.Flag) {
		words = append(words, cmdutil.Typed(f)...)
		if slices.Contains(requestFlags(), f.Name) {
			request[f.Name] = f.Value.String()
		}
	})
	for _, name := range requestFlags() {
		if f := cmd.Flags().Lookup(name); f != nil && !f.Changed && o.Globals.Origins[name] != "" && name != "tz" {
			request[name] = f.Value.String()
		}
	}
	return request, strings.Join(words, " ")
}

// createMany hands the users of a roster or a group over to a run.
func createMany(ctx context.Context, o *CreateOptions) error {
	return rolloutcmd.Create(ctx, &rolloutcmd.CreateOptions{
		Factory: o.Factory, Flags: o.Many, Wish: o.Wish, Request: o.Request, Command: o.Command,
		Order: pass.Order{IfExists: manyIfExists(o.IfExists), AllowPrivileged: o.AllowPrivileged, DryRun: o.DryRun, Wait: o.Wait},
		Print: func(t *cmdutil.Target, rows []pass.Result) output.Printer[pass.Result] {
			return PrintResults(o.Factory, t, rows)
		},
	})
}

// PrintResults prints rows as `tap create` does of several users; rows are those that are known already.
func PrintResults(f *cmdutil.Factory, t *cmdutil.Target, rows []pass.Result) output.Printer[pass.Result] {
	v := newView(f, t)
	o := output.Options{Least: v.widths(nil), Value: bareValue}
	if len(rows) > 0 {
		o.Least = output.Widths(v.created(), rows...)
	}
	return cmdutil.Printer(f, v.created(), o)
}

// manyIfExists is what becomes of a user who holds a pass: nobody is asked about one of many.
func manyIfExists(i ifExists) pass.IfExists {
	if i == ifExists(pass.Ask) {
		return pass.Refuse
	}
	return pass.IfExists(i)
}
