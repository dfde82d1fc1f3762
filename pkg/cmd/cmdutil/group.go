package cmdutil

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// Group runs a command that only holds others: alone it prints its help, and a word that it does not
// know is a usage error instead of a help text that looks like success.
func Group(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	e := errs.Usage(fmt.Sprintf("%q is no command of %s", args[0], cmd.CommandPath()), cmd.CommandPath()+" --help")
	cmd.SuggestionsMinimumDistance = 2 // Cobra's own default, which it sets only in its own error
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		e.Hints = []string{strings.Join(append([]string{cmd.CommandPath(), near[0]}, args[1:]...), " ")}
	}
	return e
}

// Endless is the annotation of a command that runs until it is stopped: --timeout does not count for it.
const Endless = "endless"

// Run and MayRun are the annotations of commands that are about many passes, always or with --file, --group or --all: they have no --timeout
// but one that was typed.
const (
	Run    = "run"
	MayRun = "may run"
)

// ManyTenants is the annotation of a command that only reads, and prints rows: it works on several profiles, too.
const ManyTenants = "many tenants"

// Page is the annotation of a command whose answer can be a page, by -o html.
const Page = "page"

// Writes is the annotation of a command that changes the tenant, unless --dry-run is given. Requests is that of one whose request flags a
// profile may set.
const (
	Writes   = "writes"
	Requests = "requests"
)
