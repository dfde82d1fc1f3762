package auth

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// DefaultClientID is Microsoft Graph Command Line Tools, the client of people who name none.
// It carries whatever anybody in the tenant ever consented for it.
const DefaultClientID = "14d82eec-204b-4c2f-b7e8-296a70dab67e"

// DefaultClientName is what Microsoft calls it.
const DefaultClientName = "Microsoft Graph Command Line Tools"

// organizations stands for "the tenant of whoever signs in", work and school accounts only.
const organizations = "organizations"

// Config says how to sign in, and to what.
type Config struct {
	Kind     Kind
	Tenant   string // a GUID or a domain name; empty for people: the tenant of whoever signs in
	ClientID string // a GUID; empty for people: DefaultClientID
	Cloud    Cloud
	// Less is what a person's sign-in makes do with, nil: with nothing less.
	Less *Less
	// Beside is the tenant that the variables name by which an application signs in, where tap was told another one. The zero value: no such.
	Beside Beside

	// Secret returns the client secret. It is called once, when the first token is needed, and for ClientSecret only.
	Secret func(ctx context.Context) (secret.Text, error)
	// Certificate is the file with the certificate and its RSA key, PEM or PFX, for ClientCertificate.
	Certificate string
	// Password returns the password of a PFX. It is called at most once, and only where the file does not open without.
	Password func(ctx context.Context) (secret.Text, error)
	// TokenFile is the file with another issuer's token, read anew for each token of ours, for WorkloadIdentity.
	TokenFile string
	// Job is where a CI job gets its token, for GitHubActions and AzurePipelines.
	Job Job

	// Say shows a person what to do: the device code, or that a browser opens. Part of the text comes from the authority.
	Say func(text string)

	// Memory remembers a person for later commands. Nil: nobody is remembered.
	Memory *Memory
	// Unattended says that nobody is there to ask: a person signs in from memory or not at all.
	Unattended bool

	Transport policy.Transporter // nil: azcore's own
	// DisableInstanceDiscovery is for tests: it lets an authority be trusted that Microsoft does not list.
	DisableInstanceDiscovery bool
}

// Job is where a CI job gets the token that says which job it is.
type Job struct {
	URL        string      // https; of AzurePipelines it is the variable SYSTEM_OIDCREQUESTURI, which azidentity reads itself
	Token      secret.Text // what the job shows there
	Connection string      // the id of the service connection, for AzurePipelines
}

// Validate finds what is missing and what contradicts itself. It asks nobody.
func (c Config) Validate() error {
	if _, err := ParseKind(string(c.Kind)); err != nil {
		return err
	}
	if c.Kind == Auto {
		return &errs.Error{Slug: errs.Internal, What: "signing in", Why: "nobody decided how"}
	}
	if u, err := url.Parse(c.Cloud.Authority); err != nil || u.Scheme != "https" || u.Host == "" {
		return errs.Usage(fmt.Sprintf("the cloud %q has no https authority", c.Cloud.Name), "--cloud global")
	}
	if c.Kind.Application() {
		if err := c.validateApplication(); err != nil {
			return err
		}
	}
	if c.Kind == ManagedIdentity && c.Tenant != "" && !isGUID(c.Tenant) {
		return errs.Usage(fmt.Sprintf("a managed identity has a tenant of its own, which can be held against an id and not against the name %q", c.Tenant), "--tenant TENANT_ID")
	}
	return c.validateIDs()
}

// validateApplication finds what an application must name and a person need not.
func (c Config) validateApplication() error {
	given := map[string]string{
		"--tenant": c.Tenant, "--client-id": c.ClientID, "--client-certificate": c.Certificate,
		"--federated-token-file": c.TokenFile, "--service-connection": c.Job.Connection,
	}
	var missing []string
	for _, need := range c.Kind.needs() {
		if flag, _, _ := strings.Cut(need, " "); given[flag] == "" {
			missing = append(missing, flag)
		}
	}
	if len(missing) > 0 {
		return errs.Usage(fmt.Sprintf("--auth %s needs %s", c.Kind, strings.Join(missing, " and ")), line(c.Kind, c.Tenant, c.ClientID))
	}
	if strings.EqualFold(c.ClientID, DefaultClientID) {
		return errs.Usage("Microsoft Graph Command Line Tools is a client for people and no application of yours: "+
			"register an application of your own", "--client-id CLIENT_ID")
	}
	if c.Kind == AzurePipelines && !isGUID(c.Job.Connection) {
		return errs.Usage(fmt.Sprintf("the service connection %q is not a GUID", c.Job.Connection),
			"az devops service-endpoint list --query \"[].{name:name,id:id}\" -o table")
	}
	return nil
}

// validateIDs checks the forms. What passes is safe in an address and in a command line.
func (c Config) validateIDs() error {
	switch strings.ToLower(c.Tenant) {
	case organizations, "common", "consumers":
		return errs.Usage(fmt.Sprintf("%q is no tenant: leave --tenant out to use the tenant of whoever signs in", c.Tenant))
	}
	if c.Tenant != "" && !isGUID(c.Tenant) && !isDomain(c.Tenant) {
		return errs.Usage(fmt.Sprintf("the tenant %q is neither a GUID nor a domain name", c.Tenant), "--tenant contoso.onmicrosoft.com")
	}
	if c.ClientID != "" && !isGUID(c.ClientID) {
		return errs.Usage(fmt.Sprintf("the client id %q is not a GUID", c.ClientID), "az ad app list --show-mine --query \"[].{name:displayName,clientId:appId}\" -o table")
	}
	return nil
}

// authority returns the authority's host name, for people.
func (c Config) authority() string { return strings.TrimPrefix(c.Cloud.Authority, "https://") }

// tenant returns the tenant as the authority's addresses spell it.
func (c Config) tenant() string {
	if c.Tenant == "" {
		return organizations
	}
	return c.Tenant
}

// client returns the client id that is sent.
func (c Config) client() string {
	if c.ClientID == "" {
		return DefaultClientID
	}
	return c.ClientID
}

// Login is the command that signs a person in again likewise. All of it was checked by Validate.
func (c Config) Login() string {
	words := []string{"tap login"}
	if c.Kind == DeviceCode {
		words = append(words, "--auth", string(c.Kind))
	}
	for _, f := range [][2]string{{"--tenant", c.Tenant}, {"--client-id", c.ClientID}} {
		if f[1] != "" {
			words = append(words, f[0], f[1])
		}
	}
	if c.Cloud.Name != "" && c.Cloud.Name != "global" {
		words = append(words, CloudFlagOf(c.Cloud.Name))
	}
	return strings.Join(words, " ")
}

// isGUID reports whether s is a GUID in its usual form, 8-4-4-4-12 hexadecimal digits.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", rune(s[i])) {
			return false
		}
	}
	return true
}

// isDomain reports whether s is a domain name of two labels or more (RFC 1123, 2.1).
func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	if len(s) > 253 || len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.Trim(l, "-") == "" || !isLDH(l) {
			return false
		}
	}
	return true
}

// isLDH reports whether s holds ASCII letters, digits and hyphens only.
func isLDH(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) < 0
}

// Led finds that a sign-in led to another tenant than the one that was named by its id: a managed identity and az have one of their own.
func (c Config) Led(tenant string) error {
	if !isGUID(c.Tenant) || strings.EqualFold(c.Tenant, tenant) {
		return nil
	}
	if tenant == "" {
		return errs.Usage("the sign-in does not say to which tenant it leads: nothing was changed")
	}
	return errs.Usage(fmt.Sprintf("the sign-in leads to the tenant %s, and not to %s: nothing was changed", tenant, c.Tenant), "--tenant "+tenant)
}
