package root

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
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
		{"TAP_CLIENT_CERTIFICATE", "client-certificate", ""},
		{"TAP_CLIENT_CERTIFICATE_PASSWORD_FILE", "client-certificate-password-file", ""},
		{"TAP_FEDERATED_TOKEN_FILE", "federated-token-file", ""},
		{"TAP_SERVICE_CONNECTION", "service-connection", ""},
		{"TAP_CA_FILE", "ca-file", ""},
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
		{"AZURE_CLIENT_SECRET", "", "likewise, where neither that nor a file of a profile or of the machine's settings says it"},
		{"TAP_CLIENT_CERTIFICATE_PASSWORD", "", "the password of a PFX"},
		{"AZURE_CLIENT_CERTIFICATE_PASSWORD", "", "likewise, where neither that nor a file of a profile or of the machine's settings says it"},
		{"AZURE_TENANT_ID", "", "the tenant of an application, where no --tenant, TAP_TENANT, profile or setting of the machine says it"},
		{"AZURE_CLIENT_ID", "", "likewise its client id; not for azure-cli"},
		{"AZURE_CLIENT_CERTIFICATE_PATH", "", "likewise the file with its certificate"},
		{"AZURE_FEDERATED_TOKEN_FILE", "", "likewise the file with its workload's token"},
		{"AZURESUBSCRIPTION_TENANT_ID", "", "for azure-pipelines, as its tasks set it; _CLIENT_ID and _SERVICE_CONNECTION_ID likewise"},
		{"ACTIONS_ID_TOKEN_REQUEST_URL", "", "for github-actions, with ACTIONS_ID_TOKEN_REQUEST_TOKEN: where the job gets its token"},
		{"SYSTEM_OIDCREQUESTURI", "", "for azure-pipelines: likewise"},
		{"SYSTEM_ACCESSTOKEN", "", "for azure-pipelines: $(System.AccessToken), which a step has to pass on"},
		{"IDENTITY_ENDPOINT", "", "for managed-identity, with IDENTITY_HEADER: as the platform sets it; MSI_ENDPOINT likewise"},
		{"TAP_SANDBOX_DIR", "", "the folder of the sandbox"},
		{"XDG_CACHE_HOME", "", "where the cache folder lies, in which it is who signed in"},
		{"XDG_STATE_HOME", "", "where the state folder lies, in which the sandbox is"},
		{"XDG_CONFIG_HOME", "", "where the config folder lies, in which the profiles are"},
		{"NO_COLOR", "", "anything: no colour"},
		{"CLICOLOR_FORCE", "", "anything but 0: colour without a terminal, too"},
		{"GITHUB_ACTIONS", "", "true: this is a step of GitHub Actions, which is told of every passcode before it is printed"},
		{"TF_BUILD", "", "True: likewise Azure Pipelines"},
		{"RUNNER_ENVIRONMENT", "", "github-hosted: the disk ends with the job, and a run without --journal warns of it"},
		{"AGENT_ISSELFHOSTED", "", "0: likewise for Azure Pipelines"},
		{"GOGC", "", "how much memory a run of many may take beside what it uses, in per cent; default: 40"},
		{"HTTPS_PROXY", "", "the proxy to Microsoft; NO_PROXY names hosts without one. The sandbox uses none, nor does managed-identity"},
	}
}

// secretVariables are those that hold a secret, and not where one is.
func secretVariables() (names []string) {
	for _, v := range variables() {
		if v.flag == "" && (strings.HasSuffix(v.name, "_SECRET") || strings.HasSuffix(v.name, "_PASSWORD")) {
			names = append(names, v.name)
		}
	}
	return names
}

// readEnvironment gives flags that were not typed, and that take one, the values of their variables, and returns which these are, by flag.
// They do not count as typed. forgive may let a variable go that cannot be read.
func readEnvironment(flags *pflag.FlagSet, getenv func(string) string, takes func(flag string) bool, forgive func(name string, err error) error) (map[string]string, error) {
	read := map[string]string{}
	for _, v := range variables() {
		f := flags.Lookup(v.flag)
		value := getenv(v.name)
		if f == nil || f.Changed || value == "" || !takes(v.flag) {
			continue
		}
		if err := f.Value.Set(value); err != nil {
			if err := forgive(v.name, errs.Usage(fmt.Sprintf("the variable %s: %v", v.name, err), "unset "+v.name)); err != nil {
				return nil, err
			}
			continue
		}
		read[v.flag] = v.name
	}
	return read, nil
}

// takesVariable reports whether a flag may have its value from a variable. Those of a real sign-in say nothing to a sandbox; of a profile
// the keys that are no sign-in's count there, too.
func (fl *flags) takesVariable(flag string) bool {
	return !fl.isSandbox() || flag == "profile" || !slices.Contains(signInFlags(), flag)
}

// environmentTopic is `tap help environment`.
func environmentTopic(flags *pflag.FlagSet) string {
	var b strings.Builder
	b.WriteString("A flag wins over its variable, a variable over a profile: tap help settings. Flags that choose users, give consent or name a destination have none.\n" +
		"Without --auth what names a secret, a certificate, a workload's token or a service connection says how to sign in: a flag, then\n" +
		"TAP_, then a profile, then the machine's settings; without a terminal AZURE_, too. No variable moves a cloud's authority or Graph; AZURE_AUTHORITY_HOST is not read.\n\n" +
		"The kinds of sign-in: " + kindNames() + ".\n\n")
	for _, v := range variables() {
		words := v.words
		if v.flag != "" {
			words = fmt.Sprintf("--%s: %s", v.flag, flags.Lookup(v.flag).Usage)
		}
		fmt.Fprintf(&b, "  %-36s %s\n", v.name, words)
	}
	return b.String()
}

// kindNames are the values of --auth, in lines.
func kindNames() string {
	var names []string
	for _, k := range auth.Kinds() {
		names = append(names, string(k))
	}
	return hung(strings.Join(names, ", "), 2)
}
