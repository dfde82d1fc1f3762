package auth_test

import (
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// said is s with the keys that were typed, or of which another source is named: "client-certificate profile". Any other value is a variable's.
func said(s auth.Said, origins ...string) auth.Said {
	s.Origin = func(name string) auth.Setting {
		k, _ := auth.FindKey(name)
		for _, o := range origins {
			switch key, from, _ := strings.Cut(o, " "); {
			case key != name:
			case from == "":
				return auth.Setting{Key: k, Source: auth.FromFlag, From: name}
			default:
				return auth.Setting{Key: k, Source: auth.Source(from), From: "w"}
			}
		}
		return auth.Setting{Key: k, Source: auth.FromVariable, From: "TAP_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))}
	}
	if s.Getenv == nil {
		s.Getenv = env()
	}
	return s
}

func beside(variable, tenant string) func(auth.Config) bool {
	return func(c auth.Config) bool { return c.Beside == auth.Beside{Variable: variable, Tenant: tenant} }
}

func TestDecide(t *testing.T) {
	t.Parallel()
	azure := []string{"AZURE_TENANT_ID", "azure.example", "AZURE_CLIENT_ID", clientID}
	with := func(pairs ...string) func(string) string { return env(append(pairs, azure...)...) }
	const job = "ACTIONS_ID_TOKEN_REQUEST_URL"
	for name, tt := range map[string]struct {
		said   auth.Said
		kind   auth.Kind
		tenant string
		rest   func(auth.Config) bool
	}{
		"terminal":                       {said(auth.Said{CanAsk: true}), auth.Browser, "", nil},
		"no terminal, a person":          {said(auth.Said{Kind: auth.DeviceCode}), auth.DeviceCode, "", func(c auth.Config) bool { return c.Unattended }},
		"terminal, auto":                 {said(auth.Said{Kind: auth.Auto, CanAsk: true}), auth.Browser, "", nil},
		"terminal, AZURE_":               {said(auth.Said{CanAsk: true, Getenv: with("AZURE_CLIENT_SECRET", "x")}), auth.Browser, "", func(c auth.Config) bool { return c.ClientID == "" }},
		"terminal, a flag":               {said(auth.Said{CanAsk: true, Certificate: "f"}, "client-certificate"), auth.ClientCertificate, "", nil},
		"AZURE_ secret":                  {said(auth.Said{Getenv: with("AZURE_CLIENT_SECRET", "x")}), auth.ClientSecret, "azure.example", func(c auth.Config) bool { return c.ClientID == clientID }},
		"AZURE_ certificate":             {said(auth.Said{Getenv: with("AZURE_CLIENT_CERTIFICATE_PATH", "f")}), auth.ClientCertificate, "azure.example", func(c auth.Config) bool { return c.Certificate == "f" }},
		"AZURE_ workload":                {said(auth.Said{Getenv: with("AZURE_FEDERATED_TOKEN_FILE", "f")}), auth.WorkloadIdentity, "azure.example", func(c auth.Config) bool { return c.TokenFile == "f" }},
		"TAP_ over AZURE_":               {said(auth.Said{Tenant: "tap.example", Certificate: "t", Getenv: with("AZURE_CLIENT_SECRET", "x", "AZURE_CLIENT_CERTIFICATE_PATH", "f")}), auth.ClientCertificate, "tap.example", func(c auth.Config) bool { return c.Certificate == "t" }},
		"TAP_ secret over AZURE_":        {said(auth.Said{Getenv: with("TAP_CLIENT_SECRET", "x", "AZURE_CLIENT_CERTIFICATE_PATH", "f")}), auth.ClientSecret, "azure.example", nil},
		"a flag over TAP_":               {said(auth.Said{TokenFile: "f", Getenv: with("TAP_CLIENT_SECRET", "x")}, "federated-token-file"), auth.WorkloadIdentity, "azure.example", nil},
		"TAP_ over a profile's":          {said(auth.Said{Certificate: "f", Getenv: with("TAP_CLIENT_SECRET", "x")}, "client-certificate profile"), auth.ClientSecret, "azure.example", nil},
		"a flag over a profile's":        {said(auth.Said{Certificate: "f", TokenFile: "t"}, "client-certificate profile", "federated-token-file"), auth.WorkloadIdentity, "", nil},
		"a profile's over the machine's": {said(auth.Said{Certificate: "f", TokenFile: "t"}, "client-certificate profile", "federated-token-file machine"), auth.ClientCertificate, "", nil},
		"the machine's over AZURE_":      {said(auth.Said{TokenFile: "t", Getenv: with("AZURE_CLIENT_SECRET", "x")}, "federated-token-file machine"), auth.WorkloadIdentity, "azure.example", nil},
		"a lock over TAP_":               {said(auth.Said{TokenFile: "t", Getenv: with("TAP_CLIENT_SECRET", "x")}, "federated-token-file locked"), auth.WorkloadIdentity, "azure.example", nil},
		"terminal, a profile's":          {said(auth.Said{CanAsk: true, Certificate: "f"}, "client-certificate profile"), auth.ClientCertificate, "", func(c auth.Config) bool { return c.Certificate == "f" }},
		"terminal, TAP_":                 {said(auth.Said{CanAsk: true, Certificate: "f"}), auth.ClientCertificate, "", nil},
		"TAP_'s tenant beside AZURE_'s":  {said(auth.Said{Tenant: "tap.example", Getenv: with("AZURE_CLIENT_SECRET", "x")}), auth.ClientSecret, "tap.example", beside("AZURE_TENANT_ID", "azure.example")},
		"beside AZURE_'s client":         {said(auth.Said{Tenant: "tap.example", Getenv: with("TAP_CLIENT_SECRET", "x")}), auth.ClientSecret, "tap.example", beside("AZURE_TENANT_ID", "azure.example")},
		"beside AZURE_'s secret":         {said(auth.Said{Tenant: "tap.example", ClientID: clientID, Getenv: with("AZURE_CLIENT_SECRET", "x")}), auth.ClientSecret, "tap.example", beside("AZURE_TENANT_ID", "azure.example")},
		"beside the same":                {said(auth.Said{Tenant: "Azure.example", Getenv: with("AZURE_CLIENT_SECRET", "x")}), auth.ClientSecret, "Azure.example", beside("", "")},
		"a name beside an id":            {said(auth.Said{Tenant: clientID, Getenv: with("AZURE_CLIENT_SECRET", "x")}), auth.ClientSecret, clientID, beside("", "")},
		"an id beside another":           {said(auth.Said{Tenant: clientID, Getenv: env("AZURE_CLIENT_SECRET", "x", "AZURE_TENANT_ID", connection)}), auth.ClientSecret, clientID, beside("AZURE_TENANT_ID", connection)},
		"beside what does not count":     {said(auth.Said{Tenant: "tap.example", ClientID: clientID, Getenv: with("TAP_CLIENT_SECRET", "x")}), auth.ClientSecret, "tap.example", beside("", "")},
		"beside a task's":                {said(auth.Said{Kind: auth.AzurePipelines, Tenant: "tap.example", Getenv: env("AZURESUBSCRIPTION_TENANT_ID", "sub.example", "AZURESUBSCRIPTION_CLIENT_ID", clientID)}), auth.AzurePipelines, "tap.example", beside("AZURESUBSCRIPTION_TENANT_ID", "sub.example")},
		"a kind over all":                {said(auth.Said{Kind: auth.ManagedIdentity, Getenv: with("TAP_CLIENT_SECRET", "x")}), auth.ManagedIdentity, "azure.example", func(c auth.Config) bool { return c.ClientID == clientID }},
		"service connection":             {said(auth.Said{Service: connection, Getenv: env("AZURESUBSCRIPTION_TENANT_ID", "sub.example", "AZURESUBSCRIPTION_CLIENT_ID", clientID)}), auth.AzurePipelines, "sub.example", func(c auth.Config) bool { return c.ClientID == clientID && c.Job.Connection == connection }},
		"service connection of a task":   {said(auth.Said{Kind: auth.AzurePipelines, Getenv: env("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", connection)}), auth.AzurePipelines, "", func(c auth.Config) bool { return c.Job.Connection == connection }},
		"az":                             {said(auth.Said{Kind: auth.AzureCLI, ClientID: clientID, Getenv: with()}), auth.AzureCLI, "azure.example", func(c auth.Config) bool { return c.ClientID == "" }},
		"GitHub":                         {said(auth.Said{Kind: auth.GitHubActions, Getenv: with(job, "https://x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t")}), auth.GitHubActions, "azure.example", func(c auth.Config) bool { return c.Job.URL == "https://x" && c.Job.Token.Reveal() == "t" }},
	} {
		c, err := tt.said.Decide()
		if err != nil || c.Kind != tt.kind || c.Tenant != tt.tenant || tt.rest != nil && !tt.rest(c) {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func TestDecideRefuses(t *testing.T) {
	t.Parallel()
	const nothing = "signing in: nobody can be asked here, and nothing names an application to sign in as"
	both := env("AZURE_CLIENT_SECRET", "x", "AZURE_FEDERATED_TOKEN_FILE", "f")
	for name, tt := range map[string]struct {
		said  auth.Said
		slug  errs.Slug
		words string
		hint  string
	}{
		"nothing":            {said(auth.Said{}), errs.Auth, nothing, "--auth client-certificate --tenant TENANT --client-id CLIENT_ID --client-certificate FILE"},
		"a tenant":           {said(auth.Said{Tenant: "contoso.com", Getenv: env("AZURE_CLIENT_ID", clientID)}), errs.Auth, nothing, "--auth client-secret --tenant contoso.com --client-id " + clientID},
		"an odd tenant":      {said(auth.Said{Tenant: "$(reboot)"}), errs.Auth, nothing, "--auth client-secret --tenant TENANT --client-id CLIENT_ID"},
		"GitHub is ambient":  {said(auth.Said{Getenv: env("ACTIONS_ID_TOKEN_REQUEST_URL", "https://x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t")}), errs.Auth, nothing, "--auth github-actions --tenant TENANT --client-id CLIENT_ID"},
		"a pipeline, too":    {said(auth.Said{Getenv: env("TF_BUILD", "True", "SYSTEM_ACCESSTOKEN", "x")}), errs.Auth, nothing, "--auth azure-pipelines --tenant TENANT --client-id CLIENT_ID --service-connection ID"},
		"a machine, too":     {said(auth.Said{Getenv: env("IDENTITY_ENDPOINT", "http://x", "IDENTITY_HEADER", "x")}), errs.Auth, nothing, "--auth managed-identity"},
		"two of AZURE_":      {said(auth.Said{Getenv: both}), errs.UsageFault, "AZURE_CLIENT_SECRET and AZURE_FEDERATED_TOKEN_FILE name two credentials", "--auth workload-identity"},
		"two of TAP_":        {said(auth.Said{Certificate: "f", Getenv: env("TAP_CLIENT_SECRET", "x")}), errs.UsageFault, "TAP_CLIENT_SECRET and TAP_CLIENT_CERTIFICATE name two credentials", "--auth client-secret"},
		"two flags":          {said(auth.Said{SecretFile: "-", Certificate: "f", CanAsk: true}, "client-secret-file", "client-certificate"), errs.UsageFault, "--client-secret-file and --client-certificate name two", "--auth client-certificate"},
		"a flag of another":  {said(auth.Said{Kind: auth.Browser, CanAsk: true, SecretFile: "f"}, "client-secret-file"), errs.UsageFault, "--client-secret-file is for --auth client-secret, not for browser", "--auth client-secret"},
		"two of a profile":   {said(auth.Said{Certificate: "f", TokenFile: "t"}, "client-certificate profile", "federated-token-file profile"), errs.UsageFault, "client-certificate (the profile w) and federated-token-file (the profile w) name two credentials", "--auth client-certificate"},
		"a profile's kind":   {said(auth.Said{Kind: auth.Browser, SecretFile: "f"}, "client-secret-file", "auth profile"), errs.UsageFault, "--client-secret-file is for --auth client-secret, not for browser, which the profile w says", "--auth client-secret"},
		"a locked kind":      {said(auth.Said{Kind: auth.Browser, SecretFile: "f"}, "client-secret-file", "auth locked"), errs.UsageFault, "--client-secret-file is for --auth client-secret, not for browser, to which it is locked by w", "--auth client-secret"},
		"a stray password":   {said(auth.Said{CanAsk: true, PasswordFile: "f"}, "client-certificate-password-file"), errs.UsageFault, "--client-certificate-password-file is for --auth client-certificate, not for browser", ""},
		"az and a client id": {said(auth.Said{Kind: auth.AzureCLI, ClientID: clientID}, "client-id"), errs.UsageFault, "--client-id goes without --auth azure-cli", "--auth client-secret"},
	} {
		_, err := tt.said.Decide()
		t.Log(name)
		wantHint(t, wantError(t, err, tt.slug, tt.words), tt.hint)
	}
}
