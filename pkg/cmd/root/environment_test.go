package root

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// TestVariables: each global flag has a variable, or is one that must have none, because it chooses what is worked on or gives consent.
func TestVariables(t *testing.T) {
	t.Parallel()
	none := []string{"sandbox", "sandbox-url", "sandbox-as", "yes", "ticket", "reason"}
	c := NewCmd(&Process{Streams: &terminal.Streams{}, Getenv: func(string) string { return "" }})
	c.PersistentFlags().VisitAll(func(f *pflag.Flag) {
		has := slices.ContainsFunc(variables(), func(v variable) bool { return v.flag == f.Name })
		if has == slices.Contains(none, f.Name) {
			t.Errorf("--%s: has a variable: %v", f.Name, has)
		}
	})
	for _, v := range variables() {
		if v.flag != "" && c.PersistentFlags().Lookup(v.flag) == nil {
			t.Errorf("%s stands for --%s, which is not there", v.name, v.flag)
		}
	}
}

// TestErrorsAsJSON: whoever asked for JSON gets an error as JSON, also where the flags could not be read.
func TestErrorsAsJSON(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]bool{
		"list --nosuch": false, "list --nosuch -o json": true, "list -o jsonl --nosuch": true, "list --output=jsonl --nosuch": true, "list -ojson --nosuch": true, "list -o=json --nosuch": true,
		"list --nosuch --output json": true, "list --nosuch -o json -o table": false, "list --nosuch -- -o json": false, "list --nosuch -o": false,
		"TAP_OUTPUT=json list --nosuch": true, "TAP_OUTPUT=jsonl nosuch": true, "TAP_OUTPUT=json list --nosuch -o table": false, "TAP_OUTPUT=csv list --nosuch": false,
		"TAP_OUTPUT=json list": true, "TAP_OUTPUT=json --sandbox --auth browser list a@contoso.com": true,
	} {
		words := strings.Fields(args)
		format, isSet := strings.CutPrefix(words[0], "TAP_OUTPUT=")
		if isSet {
			words = words[1:]
		}
		var stderr bytes.Buffer
		code := Main(&Process{Args: words, Streams: &terminal.Streams{Out: io.Discard, Err: &stderr}, Getenv: func(name string) string {
			if name == "TAP_OUTPUT" && isSet {
				return format
			}
			return ""
		}})
		if got := strings.HasPrefix(stderr.String(), `{"error":{"slug":"usage"`); got != want || code != 2 {
			t.Errorf("tap %s: %d, %s", args, code, stderr.String())
		}
	}
}

// TestSecurityTopic: what `tap help security` says of flags and variables is so.
func TestSecurityTopic(t *testing.T) {
	t.Parallel()
	c := NewCmd(&Process{Streams: &terminal.Streams{}, Getenv: func(string) string { return "" }})
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if regexp.MustCompile("secret|passcode|password|token|code$").MatchString(f.Name) && !slices.Contains([]string{"client-secret-file", "client-certificate-password-file", "federated-token-file", "ci-secret", "exit-code"}, f.Name) {
				t.Errorf("%s --%s: no flag takes a secret", c.CommandPath(), f.Name)
			}
		})
		for _, sub := range c.Commands() {
			look(sub)
		}
	}
	look(c)
	var asked []string
	for _, of := range []auth.SecretOf{auth.OfClient(), auth.OfCertificate()} {
		_, _ = auth.SecretSource{Of: of, Getenv: func(name string) string { asked = append(asked, name); return "" }}.Read(t.Context())
	}
	if !slices.Equal(asked, secretVariables()) {
		t.Errorf("secrets are read from %q, the help knows %q", asked, secretVariables())
	}
	text := strings.Join(strings.Fields(securityTopic("Broad.All")), " ")
	for _, must := range []string{"GitHub Actions and Azure Pipelines", "TAP_CLIENT_SECRET, AZURE_CLIENT_SECRET", "--client-secret-file", "--client-certificate-password-file", "--ci-secret", "may be in the log before it is masked", "Broad.All"} {
		if !strings.Contains(text, must) {
			t.Errorf("the text does not say %q", must)
		}
	}
}
