package auth

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// Said is what was said of a sign-in: by flags, TAP_ variables, a profile and the machine settings, of each what counts.
type Said struct {
	Kind                                        Kind // "" and Auto: to be decided
	Tenant, ClientID                            string
	SecretFile, Certificate, TokenFile, Service string // --client-secret-file, --client-certificate, --federated-token-file, --service-connection
	PasswordFile                                string // --client-certificate-password-file

	Origin func(key string) Setting // why the value of a key counts: its Source and From
	Getenv func(name string) string // os.Getenv
	CanAsk bool                     // a person is there, at a terminal, and may be asked
}

// Decide returns how to sign in: Kind, Tenant, ClientID and what the kind needs besides; the rest of the Config is the
// caller's. With an error the Config is what is known so far. A kind that is named counts. Without one a credential counts that tap
// was told: by a lock, a flag, a TAP_ variable, a profile, the machine settings, in this order; then, at a terminal, the person;
// without a terminal the credential that AZURE_ variables name. Nothing is probed: no endpoint of the machine, no token of a CI job,
// and no az that happens to be signed in.
func (s Said) Decide() (Config, error) {
	kind, err := s.kind()
	c := Config{Unattended: !s.CanAsk, Kind: kind, Tenant: s.Tenant, ClientID: s.ClientID, Certificate: s.Certificate, TokenFile: s.TokenFile}
	if err == nil {
		err = s.strangers(kind)
	}
	if err != nil {
		return c, err
	}
	if kind == AzureCLI {
		c.ClientID = "" // az has its own
	}
	if kind.Application() {
		s.complete(&c)
	}
	return c, nil
}

// complete takes what nobody told tap from the variables that others set: those of azidentity's
// EnvironmentCredential and of the AKS webhook, and those of the tasks of Azure Pipelines. A person's sign-in has nothing to do with them.
func (s Said) complete(c *Config) {
	isTheirs := c.Kind == ClientSecret && s.SecretFile == "" && s.Getenv("TAP_CLIENT_SECRET") == "" && s.Getenv("AZURE_CLIENT_SECRET") != ""
	fill := func(value *string, names ...string) {
		for _, n := range names {
			if *value == "" {
				*value = s.Getenv(n)
				isTheirs = isTheirs || *value != ""
			}
		}
	}
	switch c.Kind {
	case ClientCertificate:
		fill(&c.Certificate, "AZURE_CLIENT_CERTIFICATE_PATH")
	case WorkloadIdentity:
		fill(&c.TokenFile, "AZURE_FEDERATED_TOKEN_FILE")
	case GitHubActions:
		c.Job = Job{URL: s.Getenv("ACTIONS_ID_TOKEN_REQUEST_URL"), Token: secret.New(s.Getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))}
	case AzurePipelines:
		c.Job = Job{URL: s.Getenv("SYSTEM_OIDCREQUESTURI"), Token: secret.New(s.Getenv("SYSTEM_ACCESSTOKEN")), Connection: s.Service}
		fill(&c.Job.Connection, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID")
	}
	if c.Kind != AzureCLI {
		fill(&c.ClientID, "AZURE_CLIENT_ID")
	}
	tenants := []string{"AZURE_TENANT_ID"}
	if c.Kind == AzurePipelines {
		fill(&c.ClientID, "AZURESUBSCRIPTION_CLIENT_ID")
		tenants = append(tenants, "AZURESUBSCRIPTION_TENANT_ID")
	}
	if isTheirs && c.Tenant != "" {
		c.Beside = s.otherTenant(c.Tenant, tenants)
	}
	fill(&c.Tenant, tenants...)
}

// Beside is a tenant that a variable names beside the one that counts.
type Beside struct{ Variable, Tenant string }

// otherTenant is what the first of the variables that is set says, where that is another tenant than this one.
func (s Said) otherTenant(tenant string, variables []string) Beside {
	for _, v := range variables {
		if said := s.Getenv(v); said != "" {
			if TenantsDiffer(said, tenant) {
				return Beside{v, said}
			}
			return Beside{}
		}
	}
	return Beside{}
}

// TenantsDiffer reports whether two tenants contradict each other: two names or two ids. A name and an id may be one tenant.
func TenantsDiffer(a, b string) bool { return isGUID(a) == isGUID(b) && !strings.EqualFold(a, b) }

// namedBy is where one kind of credential can be named.
type namedBy struct {
	kind       Kind
	flag       string
	value      string // of the flag, or of its variable
	tap, azure string // further variables
}

func (s Said) table() []namedBy {
	return []namedBy{
		{ClientSecret, "client-secret-file", s.SecretFile, "TAP_CLIENT_SECRET", "AZURE_CLIENT_SECRET"},
		{ClientCertificate, "client-certificate", s.Certificate, "", "AZURE_CLIENT_CERTIFICATE_PATH"},
		{WorkloadIdentity, "federated-token-file", s.TokenFile, "", "AZURE_FEDERATED_TOKEN_FILE"},
		{AzurePipelines, "service-connection", s.Service, "", ""},
	}
}

// found is a credential that is named, and what names it.
type found struct {
	kind Kind
	by   string
}

// kind is the kind that counts.
func (s Said) kind() (Kind, error) {
	if s.Kind != "" && s.Kind != Auto {
		return s.Kind, s.lockedOut()
	}
	for _, from := range []Source{FromLock, FromFlag, FromVariable, FromProfile, FromMachine} {
		if k, err := one(s.told(from)); err != nil || k != "" {
			return k, err
		}
	}
	if s.CanAsk {
		return Browser, nil // or how the account was signed in that is remembered: Memory.Latest
	}
	if k, err := one(s.azures()); err != nil || k != "" {
		return k, err
	}
	return "", s.nothingNamed()
}

// lockedOut finds a kind that goes round a credential which is locked. A kind that is locked, too, is the administrator's own.
func (s Said) lockedOut() error {
	said, locked := s.Origin("auth"), s.told(FromLock)
	if said.Source == FromLock || len(locked) == 0 || slices.ContainsFunc(locked, func(f found) bool { return f.kind == s.Kind }) {
		return nil
	}
	hints := said.mends(string(locked[0].kind))
	if said.Source == FromMachine {
		hints = []string{EditByAdministrator(said.From)}
	}
	return errs.Usage(fmt.Sprintf("%s %s goes round %s", said.Origin(), s.Kind, locked[0].by), hints...)
}

// told are the credentials that one source names. A secret itself is said by a variable, whoever says in which file another is.
func (s Said) told(from Source) (all []found) {
	for _, n := range s.table() {
		said := s.Origin(n.flag)
		switch {
		case n.value != "" && said.Source == from:
			all = append(all, found{n.kind, said.spelled()})
		case from == FromVariable && n.tap != "" && s.Getenv(n.tap) != "":
			all = append(all, found{n.kind, n.tap})
		}
	}
	return all
}

// spelled is a key as whoever said it spelled it.
func (s Setting) spelled() string {
	switch s.Source {
	case FromFlag:
		return "--" + s.From
	case FromVariable:
		return s.From
	}
	return fmt.Sprintf("%s (%s)", s.Key.Name, s.Origin())
}

// azures are the credentials that AZURE_ variables name.
func (s Said) azures() (all []found) {
	for _, n := range s.table() {
		if n.azure != "" && s.Getenv(n.azure) != "" {
			all = append(all, found{n.kind, n.azure})
		}
	}
	return all
}

// ErrTwoCredentials is in the error of Said.Decide where two credentials are named.
var ErrTwoCredentials = errors.New("two credentials are named")

// one is the one kind that is named, "" for none. More than one is for the caller to decide.
func one(all []found) (Kind, error) {
	if len(all) == 0 {
		return "", nil
	}
	if len(all) == 1 {
		return all[0].kind, nil
	}
	e := errs.Usage(fmt.Sprintf("%s and %s name two credentials, and one can sign in", all[0].by, all[1].by),
		"--auth "+string(all[0].kind), "--auth "+string(all[1].kind))
	e.Err = ErrTwoCredentials
	return "", e
}

// strangers finds flags that were typed and say nothing to this kind.
func (s Said) strangers(kind Kind) error {
	for _, f := range []struct {
		flag string
		kind Kind
	}{
		{"client-secret-file", ClientSecret}, {"client-certificate", ClientCertificate},
		{"client-certificate-password-file", ClientCertificate}, {"federated-token-file", WorkloadIdentity}, {"service-connection", AzurePipelines},
	} {
		if f.kind != kind && s.typed(f.flag) {
			return errs.Usage(fmt.Sprintf("--%s is for --auth %s, not for %s%s", f.flag, f.kind, kind, s.because(kind)), s.without(f.flag, f.kind)...)
		}
	}
	if kind == AzureCLI && s.typed("client-id") {
		return errs.Usage("az is signed in already, as an application of its own: --client-id goes without --auth azure-cli",
			s.without("client-id", ClientSecret)...)
	}
	return nil
}

// without are the hints that mend a flag which is for another kind: that kind, and where none can be chosen first the command without the flag.
func (s Said) without(flag string, kind Kind) []string {
	hints := []string{line(kind, s.Tenant, s.ClientID)}
	if s.Origin("auth").Source == FromLock {
		return append([]string{"without --" + flag}, hints...)
	}
	return hints
}

func (s Said) typed(flag string) bool { return s.Origin(flag).Source == FromFlag }

// because says who named the kind, where that is not to be seen in the command.
func (s Said) because(kind Kind) string {
	said := s.Origin("auth")
	switch {
	case s.Kind != kind || said.Source == FromFlag || said.Source == "" || said.Source == FromDefault:
		return ""
	case said.Source == FromLock:
		return ", to which it is " + said.Origin()
	}
	return ", which " + said.Origin() + " says"
}

// nothingNamed says that nobody can be asked and nothing names an application, and what would.
func (s Said) nothingNamed() error {
	tenant, client := cmp.Or(s.Tenant, s.Getenv("AZURE_TENANT_ID")), cmp.Or(s.ClientID, s.Getenv("AZURE_CLIENT_ID"))
	kinds := []Kind{ClientCertificate, ClientSecret, ManagedIdentity}
	switch {
	case s.Getenv("ACTIONS_ID_TOKEN_REQUEST_URL") != "" || s.Getenv("GITHUB_ACTIONS") == "true":
		kinds = []Kind{GitHubActions}
	case s.Getenv("TF_BUILD") != "":
		kinds = []Kind{AzurePipelines}
	}
	e := &errs.Error{Slug: errs.Auth, What: "signing in", Why: "nobody can be asked here, and nothing names an application to sign in as"}
	for _, k := range kinds {
		e.Hints = append(e.Hints, line(k, tenant, client))
	}
	return e
}
