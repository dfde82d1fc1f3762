package root

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// variable is one environment variable that tap reads.
type variable struct {
	name  string
	flag  string // the flag that it stands for; "" for the others
	words string
}

// variables is the table of all of them. Flags that choose victims, give consent or name a destination have
// none: what was set for one command must not decide about another.
func variables() []variable {
	return []variable{
		{"TAP_PROFILE", "profile", ""},
		{"TAP_TENANT", "tenant", ""},
		{"TAP_CLOUD", "cloud", ""},
		{"TAP_AUTH", "auth", ""},
		{"TAP_CLIENT_ID", "client-id", ""},
		{"TAP_CLIENT_SECRET_FILE", "client-secret-file", ""},
		{"TAP_LEAST_PRIVILEGE", "least-privilege", ""},
		{"TAP_API", "api", ""},
		{"TAP_OUTPUT", "output", ""},
		{"TAP_COLUMNS", "columns", ""},
		{"TAP_NO_HEADER", "no-header", ""},
		{"TAP_JQ", "jq", ""},
		{"TAP_TZ", "tz", ""},
		{"TAP_NO_INPUT", "no-input", ""},
		{"TAP_TIMEOUT", "timeout", ""},
		{"TAP_QUIET", "quiet", ""},
		{"TAP_VERBOSE", "verbose", ""},
		{"TAP_DEBUG", "debug", ""},
		{"TAP_CLIENT_SECRET", "", "the client secret"},
		{"AZURE_CLIENT_SECRET", "", "likewise, where TAP_CLIENT_SECRET is not set"},
		{"TAP_SANDBOX_DIR", "", "the folder of the sandbox"},
		{"XDG_STATE_HOME", "", "where the state folder lies, in which the sandbox is"},
		{"XDG_CONFIG_HOME", "", "where the config folder lies, in which the profiles are"},
		{"NO_COLOR", "", "anything: no colour"},
		{"CLICOLOR_FORCE", "", "anything but 0: colour without a terminal, too"},
		{"GITHUB_ACTIONS", "", "true: this is a step of GitHub Actions, which is told of every passcode before it is printed"},
		{"TF_BUILD", "", "True: likewise Azure Pipelines"},
		{"HTTPS_PROXY", "", "the proxy to Microsoft; NO_PROXY names hosts without one. The sandbox uses none"},
	}
}

// secretVariables are those that hold a secret, and not where one is.
func secretVariables() (names []string) {
	for _, v := range variables() {
		if strings.HasSuffix(v.name, "_SECRET") {
			names = append(names, v.name)
		}
	}
	return names
}

// readEnvironment gives flags that were not typed the values of their variables, and returns which these are, by flag. They
// do not count as typed.
func readEnvironment(flags *pflag.FlagSet, getenv func(string) string) (map[string]string, error) {
	read := map[string]string{}
	for _, v := range variables() {
		f := flags.Lookup(v.flag)
		value := getenv(v.name)
		if f == nil || f.Changed || value == "" {
			continue
		}
		if err := f.Value.Set(value); err != nil {
			return nil, errs.Usage(fmt.Sprintf("the variable %s: %v", v.name, err), "unset "+v.name)
		}
		read[v.flag] = v.name
	}
	return read, nil
}

// environmentTopic is `tap help environment`.
func environmentTopic(flags *pflag.FlagSet) string {
	var b strings.Builder
	b.WriteString("A flag wins over its variable, a variable over a profile: tap help settings. Flags that choose users, give consent or name a destination have none.\n\n")
	for _, v := range variables() {
		words := v.words
		if v.flag != "" {
			words = fmt.Sprintf("--%s: %s", v.flag, flags.Lookup(v.flag).Usage)
		}
		fmt.Fprintf(&b, "  %-23s %s\n", v.name, words)
	}
	return b.String()
}
