package root

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/roster"
	"github.com/seed-5ddf9a5e/tap/pkg/runner"
)

// addTopics adds the help topics, made from the tables that the program itself works by.
func addTopics(c *cobra.Command) {
	c.AddGroup(&cobra.Group{ID: TopicGroup, Title: "Help topics:"})
	for _, t := range []struct{ name, short, text string }{
		{"environment", "Variables that tap reads", environmentTopic(c.PersistentFlags())},
		{"exit-codes", "What an exit code means", exitCodesTopic()},
		{"permissions", "Which permission and role a command takes", permissionsTopic()},
		{"settings", "What counts: locks, flags, variables, profiles, the machine's settings", settingsTopic()},
		{"output", "Formats, columns and jq", outputTopic()},
		{"roster", "The columns of a roster", rosterTopic()},
		{"security", "Where a passcode and a secret go", securityTopic(permission.CreatePass.Request(false))},
	} {
		c.AddCommand(newCmdTopic(t.name, t.short, strings.TrimRight(t.text, "\n")))
	}
	c.SetHelpCommand(newCmdHelp(c))
}

// TopicGroup is the group of commands that only tell something.
const TopicGroup = "topic"

// newCmdTopic returns `tap NAME`, which prints the text, as `tap help NAME` does.
func newCmdTopic(name, short, text string) *cobra.Command {
	c := &cobra.Command{
		Use: name, Short: short, Long: text, Example: "  tap help " + name, GroupID: TopicGroup, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cmdutil.NoAnswer(cmd, cmd.CommandPath()); err != nil {
				return err
			}
			return cmdutil.Group(cmd, args)
		},
	}
	c.SetHelpFunc(func(cmd *cobra.Command, _ []string) { cmd.Println(cmd.Long) })
	return c
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
	b.WriteString("\nWith -o json and -o jsonl an error is one object on stderr, {\"error\": {slug, reason, message, hint, exitCode, requestId}}.\nThe reasons:\n\n")
	for _, r := range errs.Reasons() {
		fmt.Fprintf(&b, "  %s\n", r)
	}
	return b.String()
}

func rosterTopic() string {
	var b strings.Builder
	b.WriteString("A roster is CSV (comma, semicolon or tab; UTF-8 or UTF-16) or XLSX, with a header. Each row is one user.\n\nWho:\n")
	for _, r := range [][2]string{
		{"user, upn, userPrincipalName", "the user principal name, or the object id"},
		{"objectId", "the object id"},
		{"mail, employeeId", "looked up: exactly one user has to have it"},
	} {
		fmt.Fprintf(&b, "  %-28s  %s\n", r[0], r[1])
	}
	b.WriteString("\nWhat, each for this row alone; an empty cell leaves it to the flags, then to the policy:\n")
	for _, r := range [][2]string{
		{"start, end", "times such as 2026-12-01 08:00 or \"monday 08:00\""},
		{"timeZone", "where they are read, such as Europe/Helsinki"},
		{"lifetime", "90m, 8h, 3d, PT8H or minutes, instead of an end"},
		{"oneTime", "true or false"},
	} {
		fmt.Fprintf(&b, "  %-28s  %s\n", r[0], r[1])
	}
	fmt.Fprintf(&b, "\nAll other columns are carried over into the result. A row that names its user twice has to name one user, and no user\nmay stand in two rows. At most %d rows of CSV, %d of XLSX.\n", roster.MostRows, roster.MostWorkbookRows)
	return b.String()
}

func outputTopic() string {
	var b strings.Builder
	b.WriteString("The answer goes to stdout, everything else to stderr.\n\n")
	for _, d := range output.Descriptions() {
		fmt.Fprintf(&b, "  %-5s  %s\n", d.Format, hung(d.Doc, 9))
	}
	fmt.Fprintf(&b, "  %-5s  %s\n", output.HTML, hung("of tap report alone: a page that loads nothing, to look at and to print", 9))
	b.WriteString(`
--columns takes property names and gives their order, in every format. --jq runs a jq program over
the JSON, and with -o jsonl over each row. --no-header leaves out the first line of tables and CSV.
Passcodes and ids are exact to the byte, but that a table escapes what acts on a terminal, and that in a
CI job what a runner would obey is parted by a backslash; JSON and YAML are exact then, too. Every
property is listed in docs/output.md.
`)
	return b.String()
}

func securityTopic(broad string) string {
	var lines []string
	for _, paragraph := range []string{
		"A passcode leaves by stdout and nothing else. It is never written to a log, to --debug, or to an error, and no flag or variable takes one.",
		"In " + strings.Join(runner.Names(), " and ") + " each passcode is registered with the runner as a secret before it is printed. The registration goes " +
			"to stderr, and a runner reads stdout and stderr side by side: a passcode that is printed may be in the log before it is masked. " +
			"--ci-secret prints none, and hands it to the later steps.",
		"A client secret or the password of a certificate comes from a variable (" + strings.Join(secretVariables(), ", ") + "), from " +
			"--client-secret-file or --client-certificate-password-file, or from a question, never from a flag's value. Files with a secret or a key must be " +
			"readable by nobody else. A CI job's and a workload's token is shown to the authority alone. " +
			"A token is sent to the configured Graph root and to no other host.",
		"Names and messages that come from a directory or a service are not ours: characters that would act on a terminal, a spreadsheet or a runner are shown, not sent.",
		"An application with " + broad + " reaches every account of the tenant. tap refuses users who hold a directory role unless " +
			"--allow-privileged is given; the service does not.",
	} {
		lines = append(lines, hung(paragraph, 0))
	}
	return strings.Join(lines, "\n\n")
}

// hung is a text in lines, those after the first indented.
func hung(text string, indent int) string {
	return strings.Join(output.Wrap(text, 100-indent, ""), "\n"+strings.Repeat(" ", indent))
}
