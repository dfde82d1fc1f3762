package auth_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/auth/entra"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

const (
	cluster    = "https://oidc.cluster.example/1"
	workload   = "system:serviceaccount:tap:tap"
	github     = "https://token.actions.githubusercontent.com"
	repository = "repo:contoso/onboarding:ref:refs/heads/main"
	jobs       = "pipelines.jobs.example"
	connection = "99999999-2222-4333-8444-555555555555"
	audience   = "api://AzureADTokenExchange"
)

func newIssuer(t *testing.T, url, subject string) *entra.Issuer {
	t.Helper()
	i, err := entra.NewIssuer(url, subject)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// wantHidden searches an error for each token that the issuer signed, and what the job shows.
func wantHidden(t *testing.T, err error, i *entra.Issuer) {
	t.Helper()
	for _, token := range append(i.Tokens(), i.Bearer) {
		if strings.Contains(err.Error(), token[max(0, len(token)-40):]) {
			t.Errorf("an assertion shows: %v", err)
		}
	}
}

func TestWorkloadIdentity(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t, cluster, workload)
	a := newAuthority(t)
	a.Federated, a.Lifetime = []entra.Federated{issuer.Trust()}, 200
	c := a.config(auth.WorkloadIdentity)
	c.TokenFile = write(t, "token", issuer.Sign(audience)+"\n", 0o644) // a cluster's files may be read by others
	cred := newCredential(t, c)
	if token, err := cred.GetToken(t.Context(), usual(c)); err != nil || token.Token != canaryToken {
		t.Fatal(err)
	}
	second := issuer.Sign(audience)
	if err := os.WriteFile(c.TokenFile, []byte(second), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := cred.GetToken(t.Context(), usual(c)); err != nil {
		t.Fatal(err)
	}
	if sent := a.Requests("token"); len(sent) != 2 || sent[1].Get("client_assertion") != second {
		t.Error("the token that the cluster wrote anew is not the one that is shown")
	}
}

func TestWorkloadIdentityRefused(t *testing.T) {
	t.Parallel()
	const list = "az ad app federated-credential list --id " + clientID
	for name, tt := range map[string]struct {
		spoil func(a *authority, i *entra.Issuer) (aud string)
		words string
		hint  string
	}{
		"another subject": {func(_ *authority, i *entra.Issuer) string {
			i.Subject = "system:serviceaccount:default:default"
			return audience
		},
			"no federated credential of the application " + clientID + " is for the subject system:serviceaccount:default:default (AADSTS700213)", list},
		"another issuer": {func(_ *authority, i *entra.Issuer) string { i.URL = "https://other.example"; return audience },
			"is for the issuer https://other.example (AADSTS700211)", list},
		"another audience": {func(*authority, *entra.Issuer) string { return "https://kubernetes.default" },
			"is for the audience https://kubernetes.default (AADSTS700212)", list},
		"nothing is trusted": {func(a *authority, _ *entra.Issuer) string { a.Federated = nil; return audience }, "is for the issuer " + cluster, list},
		"run out":            {func(_ *authority, i *entra.Issuer) string { i.Expired = time.Hour; return audience }, "it has run out, or a clock is wrong, and not this machine's against the authority's (AADSTS700024)", "date -u"},
		"another key": {func(a *authority, i *entra.Issuer) string {
			a.Federated[0].Key = &certificate().Key.PublicKey
			return audience
		},
			"does not accept what was signed", "date -u"},
		"no token at all": {func(a *authority, i *entra.Issuer) string {
			a.On("token", func(w httpWriter, r httpRequest) {
				entra.Refuse(400, "invalid_request", 50027, "JWT "+r.PostForm.Get("client_assertion")+" is malformed.")(w, r)
			})
			return audience
		}, "the authority refused: JWT … is malformed (AADSTS50027)", "AUTHORITY/error?code=50027"},
	} {
		issuer := newIssuer(t, cluster, workload)
		a := newAuthority(t)
		a.Federated = []entra.Federated{issuer.Trust()}
		c := a.config(auth.WorkloadIdentity)
		c.TokenFile = write(t, "token", issuer.Sign(tt.spoil(a, issuer)), 0o600)
		_, err := get(t.Context(), t, c)
		t.Log(name)
		wantHint(t, wantError(t, err, errs.Auth, tt.words), strings.ReplaceAll(tt.hint, "AUTHORITY", a.URL))
		wantHidden(t, err, issuer)
	}
}

func TestWorkloadTokenThatCannotBeRead(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	for file, words := range map[string]string{
		t.TempDir() + "/none":                                     "no such file or directory",
		write(t, "empty", "\n", 0o600):                            "it is empty",
		write(t, "long", mark+strings.Repeat("x", 70_000), 0o600): "it holds more than 65536 bytes",
	} {
		c := a.config(auth.WorkloadIdentity)
		c.TokenFile = file
		_, err := get(t.Context(), t, c)
		wantHint(t, wantError(t, err, errs.LocalFault, "reading the federated token: "+file+": "+words), "--federated-token-file FILE")
	}
	if _, paths := a.Seen(); len(paths) > 0 {
		t.Error("the authority was asked")
	}
}

// gitHub is a sign-in of a job of GitHub Actions, by the real host names.
func gitHub(t *testing.T) (*authority, *entra.Issuer, auth.Config) {
	t.Helper()
	issuer := newIssuer(t, github, repository)
	a := newAuthority(t)
	a.Federated = []entra.Federated{issuer.Trust()}
	a.others[jobs] = http.HandlerFunc(issuer.GitHub)
	c := a.real(auth.GitHubActions)
	c.Job = auth.Job{URL: "https://" + jobs + "/token?api-version=2.0", Token: secret.New(issuer.Bearer)}
	return a, issuer, c
}

func TestGitHubActions(t *testing.T) {
	t.Parallel()
	a, issuer, c := gitHub(t)
	a.Lifetime = 200
	cred := newCredential(t, c)
	for range 2 {
		if token, err := cred.GetToken(t.Context(), usual(c)); err != nil || token.Token != canaryToken {
			t.Fatal(err)
		}
	}
	if n := len(issuer.Tokens()); n != 2 {
		t.Errorf("%d tokens of the job, want a fresh one for each of ours", n)
	}
	for _, form := range a.Requests("token") {
		if strings.Contains(form.Encode(), issuer.Bearer) {
			t.Error("the authority is shown what is for GitHub alone")
		}
	}
}

func TestGitHubActionsRefused(t *testing.T) {
	t.Parallel()
	a, issuer, c := gitHub(t)
	issuer.Subject = "repo:contoso/onboarding:pull_request"
	_, err := get(t.Context(), t, c)
	wantError(t, err, errs.Auth, "is for the subject repo:contoso/onboarding:pull_request (AADSTS700213)")
	wantHidden(t, err, issuer)

	_, issuer, c = gitHub(t)
	issuer.Bearer = mark + "of-another-job"
	_, err = get(t.Context(), t, c)
	wantError(t, err, errs.Auth, jobs+" refuses this job a token (status 403): its workflow needs `permissions: id-token: write`")
	wantHidden(t, err, issuer)

	a.others[jobs] = http.HandlerFunc(func(w httpWriter, _ httpRequest) { http.Error(w, mark, http.StatusServiceUnavailable) })
	c = a.real(auth.GitHubActions)
	c.Job = auth.Job{URL: "https://" + jobs, Token: secret.New(mark)}
	_, err = get(t.Context(), t, c)
	wantError(t, err, errs.Busy, jobs+" gives this job no token at the moment (status 503)")
	a.others[jobs] = http.HandlerFunc(func(w httpWriter, _ httpRequest) { _, _ = w.Write([]byte(`{"value":""}`)) })
	_, err = get(t.Context(), t, c)
	wantError(t, err, errs.Busy, jobs+" gave this job no token (status 200)")

	for _, job := range []auth.Job{{}, {URL: "https://" + jobs}, {Token: secret.New(mark)}} {
		c.Job = job
		_, err = get(t.Context(), t, c)
		wantError(t, err, errs.Auth, "ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set")
	}
	for _, url := range []string{"http://" + jobs, "https://", "https://u:p@" + jobs, "x"} {
		c.Job = auth.Job{URL: url, Token: secret.New(mark)}
		_, err = get(t.Context(), t, c)
		wantError(t, err, errs.UsageFault, "the variable ACTIONS_ID_TOKEN_REQUEST_URL holds no https address")
	}
}

// azurePipelines is a sign-in of a job of Azure Pipelines. azidentity reads the address from the environment by itself.
func azurePipelines(t *testing.T) (*authority, *entra.Issuer, auth.Config) {
	t.Helper()
	issuer := newIssuer(t, "https://vstoken.dev.azure.com/1", "sc://contoso/onboarding/tap")
	a := newAuthority(t)
	a.Federated = []entra.Federated{issuer.Trust()}
	a.others[jobs] = issuer.Pipelines(connection)
	c := a.real(auth.AzurePipelines)
	c.Job = auth.Job{URL: "https://" + jobs + "/oidctoken", Token: secret.New(issuer.Bearer), Connection: connection}
	t.Setenv("SYSTEM_OIDCREQUESTURI", c.Job.URL)
	return a, issuer, c
}

func TestAzurePipelines(t *testing.T) {
	_, issuer, c := azurePipelines(t)
	if token, err := get(t.Context(), t, c); err != nil || token.Token != canaryToken {
		t.Fatal(err)
	}
	if n := len(issuer.Tokens()); n != 1 {
		t.Errorf("%d tokens of the job, want 1", n)
	}
}

func TestAzurePipelinesRefused(t *testing.T) {
	a, issuer, c := azurePipelines(t)
	a.Federated[0].Subject = "sc://contoso/onboarding/other"
	_, err := get(t.Context(), t, c)
	wantError(t, err, errs.Auth, "is for the subject that was presented (AADSTS700213)")
	wantHidden(t, err, issuer)

	c.Job.Token = secret.New(mark + "of-another-job")
	_, err = get(t.Context(), t, c)
	wantError(t, err, errs.Auth, jobs+" does not accept SYSTEM_ACCESSTOKEN (status 401)")

	c.Job.Token, c.Job.Connection = secret.New(issuer.Bearer), "88888888-2222-4333-8444-555555555555"
	_, err = get(t.Context(), t, c)
	wantHint(t, wantError(t, err, errs.Auth, jobs+" knows no service connection 88888888-2222-4333-8444-555555555555 that this pipeline may use (status 404)"), "az devops service-endpoint list")

	a.others[jobs] = http.HandlerFunc(func(w httpWriter, _ httpRequest) { http.Error(w, mark, http.StatusInternalServerError) })
	_, err = get(t.Context(), t, c)
	wantError(t, err, errs.Busy, "gives this job no token at the moment (status 500)")
}

// What an answer or a variable says leads no credential to a host that has no part in the sign-in.
func TestNothingGoesElsewhere(t *testing.T) {
	t.Setenv("AZURE_AUTHORITY_HOST", "https://evil.example")
	t.Setenv("AZURE_REGIONAL_AUTHORITY_NAME", "westeurope")
	t.Setenv("REGION_NAME", "westeurope")
	a := newAuthority(t)
	evil := false
	for _, host := range []string{"evil.example", "westeurope.login.microsoft.com"} {
		a.others[host] = http.HandlerFunc(func(httpWriter, httpRequest) { evil = true })
	}
	c := a.real(auth.ClientSecret)
	if _, err := get(t.Context(), t, c); err != nil {
		t.Fatal(err)
	}
	hosts, _ := a.Seen()
	for _, h := range hosts {
		if h != "login.microsoftonline.com" {
			t.Errorf("%s was asked", h)
		}
	}
	a.On("openid", func(w httpWriter, _ httpRequest) {
		_, _ = w.Write([]byte(`{"issuer":"https://login.microsoftonline.com/` + tenantID + `/v2.0","authorization_endpoint":"https://evil.example/a","token_endpoint":"https://evil.example/t"}`))
	})
	_, err := get(t.Context(), t, c)
	wantError(t, err, errs.Auth, "the sign-in led to evil.example, which has no part in it: nothing was sent there")
	if evil {
		t.Error("another host was asked")
	}
}
