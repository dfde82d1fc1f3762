package auth

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// Kind is a way to sign in.
type Kind string

// The kinds of sign-in.
const (
	Auto              Kind = "auto"               // to be decided by Said.Decide, never a credential's
	Browser           Kind = "browser"            // a person, in the browser of this machine
	DeviceCode        Kind = "device-code"        // a person, in a browser anywhere, with a code typed in by hand
	ClientSecret      Kind = "client-secret"      // an application, with its secret
	ClientCertificate Kind = "client-certificate" // an application, with its certificate
	ManagedIdentity   Kind = "managed-identity"   // a machine or a service of Azure
	WorkloadIdentity  Kind = "workload-identity"  // an application, with a token that another issuer wrote into a file
	GitHubActions     Kind = "github-actions"     // an application, with the token of a job
	AzurePipelines    Kind = "azure-pipelines"    // an application, with the token of a job and a service connection
	AzureCLI          Kind = "azure-cli"          // an application or managed identity that is signed in to az
)

// Kinds lists the kinds of sign-in, what decides by itself first.
func Kinds() []Kind {
	return []Kind{
		Auto, Browser, DeviceCode, ClientSecret, ClientCertificate, ManagedIdentity, WorkloadIdentity, GitHubActions, AzurePipelines, AzureCLI,
	}
}

// ParseKind returns the kind of this name, without regard to case.
func ParseKind(s string) (Kind, error) {
	names := make([]string, 0, len(Kinds()))
	for _, k := range Kinds() {
		if strings.EqualFold(string(k), s) {
			return k, nil
		}
		names = append(names, string(k))
	}
	return "", errs.Usage(fmt.Sprintf("no kind of sign-in is called %q: use %s", s, strings.Join(names, ", ")))
}

// Application reports whether an application signs in rather than a person. The
// kind alone decides that: the claims of a token are a hint, never a proof. A person who
// is signed in to az is refused and no caller.
func (k Kind) Application() bool { return !slices.Contains([]Kind{"", Auto, Browser, DeviceCode}, k) }

// needs are the flags that a kind cannot do without, as they stand in a hint.
func (k Kind) needs() []string {
	const tenant, client = "--tenant TENANT", "--client-id CLIENT_ID"
	switch k {
	case ClientSecret, GitHubActions:
		return []string{tenant, client}
	case ClientCertificate:
		return []string{tenant, client, "--client-certificate FILE"}
	case WorkloadIdentity:
		return []string{tenant, client, "--federated-token-file FILE"}
	case AzurePipelines:
		return []string{tenant, client, "--service-connection ID"}
	}
	return nil
}

// line is a hint that signs in by this kind, with the tenant and the client where they are known.
func line(k Kind, tenant, client string) string {
	words := append([]string{"--auth " + string(k)}, k.needs()...)
	text := strings.Join(words, " ")
	if isGUID(tenant) || isDomain(tenant) {
		text = strings.Replace(text, " TENANT", " "+tenant, 1)
	}
	if isGUID(client) {
		text = strings.Replace(text, " CLIENT_ID", " "+client, 1)
	}
	return text
}

// KindFlag is a kind as a flag's value: fs.Var((*auth.KindFlag)(&kind), "auth", …).
type KindFlag Kind

// Set takes a name that ParseKind accepts.
func (f *KindFlag) Set(s string) error {
	k, err := ParseKind(s)
	if err == nil {
		*f = KindFlag(k)
	}
	return err
}

// String returns the kind's name, or nothing where none was set.
func (f *KindFlag) String() string { return string(*f) }

// Type names the value in a command's help.
func (f *KindFlag) Type() string { return "kind" }
