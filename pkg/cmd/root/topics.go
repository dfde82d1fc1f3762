package root

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// addTopics adds the help topics, made from the tables that the program itself works by.
func addTopics(c *cobra.Command) {
	for _, t := range []struct{ name, short, text string }{
		{"environment", "Variables that tap reads", environmentTopic(c.PersistentFlags())},
		{"exit-codes", "What an exit code means", exitCodesTopic()},
		{"permissions", "Which permission and role a command takes", permissionsTopic()},
		{"output", "Formats, columns and jq", outputTopic},
		{"security", "Where a passcode and a secret go", securityTopic},
	} {
		c.AddCommand(&cobra.Command{Use: t.name, Short: t.short, Long: strings.TrimRight(t.text, "\n")})
	}
	c.SetHelpCommand(newCmdHelp(c))
}

// newCmdHelp returns `tap help`. Cobra's own takes a word that it does not know for the root.
func newCmdHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "help [command | topic]",
		Short:   "Help about a command or a topic",
		Example: "  tap help exit-codes",
		RunE: func(_ *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 && len(args) > 0 {
				return cmdutil.Group(root, args)
			}
			c.InitDefaultHelpFlag()
			return c.Help()
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			c, _, err := root.Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var names []cobra.Completion
			for _, sub := range c.Commands() {
				names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

func exitCodesTopic() string {
	var b strings.Builder
	b.WriteString("  code  slug         meaning\n")
	for _, c := range errs.Codes() {
		fmt.Fprintf(&b, "  %4d  %-11s  %s\n", c.Exit, c.Slug, c.Meaning)
	}
	b.WriteString("\nWith -o json an error is one object on stderr, {\"error\": {slug, reason, message, hint, exitCode, requestId}}.\nThe reasons:\n\n")
	for _, r := range errs.Reasons() {
		fmt.Fprintf(&b, "  %s\n", r)
	}
	return b.String()
}

// permissionsTopic is the table of docs: Microsoft's least permission, and the role of a person.
// https://learn.microsoft.com/graph/permissions-reference
func permissionsTopic() string {
	var b strings.Builder
	b.WriteString("A person needs the permission and, active now, the role. An application needs the permission alone.\n")
	for _, r := range []struct{ does, permission, role string }{
		{"list passes", "UserAuthMethod-TAP.Read.All", "Global Reader or Authentication Administrator"},
		{"create and delete passes", "UserAuthMethod-TAP.ReadWrite.All, or the broader\n    UserAuthenticationMethod.ReadWrite.All, which tap asks for", "Authentication Administrator; for users who hold an admin role Privileged\n    Authentication Administrator; nobody for the own account"},
		{"read who a user is", "User.Read.All", ""},
		{"read a user's roles, before an application creates", "RoleManagement.Read.Directory", ""},
		{"read a user's groups, to explain a refusal", "GroupMember.Read.All", ""},
		{"read the policy", "Policy.Read.AuthenticationMethod", "Global Reader or Authentication Policy Administrator"},
		{"change the policy", "Policy.ReadWrite.AuthenticationMethod", "Authentication Policy Administrator"},
	} {
		fmt.Fprintf(&b, "\n  %s\n    %s\n", r.does, r.permission)
		if r.role != "" {
			fmt.Fprintf(&b, "    role: %s\n", r.role)
		}
	}
	return b.String()
}

const outputTopic = `The answer goes to stdout, everything else to stderr.

  table  for people; a terminal that is too narrow loses the columns that matter least, never a passcode
  json   one array, with Graph's property names
  jsonl  an object a line, as soon as it is known
  yaml   a list, every text in quotes
  csv    a header and rows; a cell that a spreadsheet would run as a formula begins with an apostrophe
         and is named in the last column, defused; passcodes and ids are exact
  value  bare values, a line a row: of tap create the passcode, else what --columns names

--columns takes property names and gives their order, in every format. --jq runs a jq program over
the JSON, and with -o jsonl over each row. --no-header leaves out the first line of tables and CSV.
Every property is listed in docs/output.md.`

const securityTopic = `A passcode leaves by stdout and nothing else. It is never written to a log, to --debug, or to an error, and no
flag or variable takes one. In GitHub Actions and Azure Pipelines each passcode is registered with the
runner as a secret before it is printed, and --ci-secret hands it to the later steps without printing it.

A client secret comes from TAP_CLIENT_SECRET, from --client-secret-file, or from a question, never
from a flag's value. A token is sent to the configured Graph root and to no other host.

Names and messages that come from a directory or a service are not ours: characters that would act
on a terminal, a spreadsheet or a runner are shown, not sent.

An application with UserAuthenticationMethod.ReadWrite.All reaches every account of the tenant. tap
refuses users who hold a directory role unless --allow-privileged is given; the service does not.`
