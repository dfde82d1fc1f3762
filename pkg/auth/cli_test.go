package auth_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/auth/entra"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// useAz puts a program az on PATH that notes how it was called and answers so.
func useAz(t *testing.T, script string) (calls func() []string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a shell script plays az")
	}
	dir := t.TempDir()
	log := filepath.Join(dir, "calls")
	body := "#!/bin/sh\necho \"$@\" >> '" + log + "'\n" + script + "\n"
	if err := os.WriteFile(filepath.Join(dir, "az"), []byte(body), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	return func() []string {
		b, _ := os.ReadFile(log)
		return strings.Split(strings.TrimSpace(string(b)), "\n")
	}
}

func azToken(claims map[string]any) string {
	return `echo '{"accessToken":"` + mark + `az.` + entra.Encoded(claims) + `.c2ln","expires_on":4102444800}'`
}

func fromAz(tenant string) auth.Config {
	return auth.Config{Kind: auth.AzureCLI, Cloud: auth.Clouds()[0], Tenant: tenant}
}

func TestAzureCLI(t *testing.T) {
	calls := useAz(t, azToken(map[string]any{"tid": tenantID, "idtyp": "app", "appid": clientID}))
	cred := newCredential(t, fromAz(tenantID))
	for range 3 {
		if token, err := cred.GetToken(t.Context(), usual(fromAz(""))); err != nil || !strings.HasPrefix(token.Token, mark+"az.") {
			t.Fatal(err)
		}
	}
	if got := calls(); len(got) != 1 || got[0] != "account get-access-token -o json --resource https://graph.microsoft.com --tenant "+tenantID {
		t.Errorf("az was called %q, want once: it takes a second", got)
	}
	vault := policy.TokenRequestOptions{Scopes: []string{"https://vault.azure.net/.default"}}
	useAz(t, azToken(map[string]any{"tid": tenantID, "appid": clientID})) // which tells less of its bearer than Graph's
	for _, o := range []policy.TokenRequestOptions{vault, usual(fromAz("")), vault} {
		if _, err := cred.GetToken(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	o := usual(fromAz(""))
	o.Claims = `{"access_token":{}}`
	_, err := cred.GetToken(t.Context(), o)
	wantHint(t, wantError(t, err, errs.Auth, "signing in: az: the service wants a newer sign-in"), "az login --service-principal --username CLIENT_ID --certificate FILE --tenant "+tenantID)
}

// A person behind az is told why not, by what the token says, whichever of it is missing.
func TestAzureCLIOfAPerson(t *testing.T) {
	for _, claims := range []map[string]any{
		{"tid": tenantID, "idtyp": "user", "appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "upn": "debra@contoso.com", "scp": "User.Read"},
		{"tid": tenantID, "appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "upn": "debra@contoso.com"},
		{"tid": tenantID, "idtyp": "user", "upn": "debra@contoso.com"},
	} {
		useAz(t, azToken(claims))
		_, err := get(t.Context(), t, fromAz(""))
		e := wantError(t, err, errs.Auth, "signing in: az: az is signed in as the person debra@contoso.com, and Microsoft gives az no permission on passes for people: an application or a managed identity behind az works")
		wantHint(t, e, "--auth browser")
		wantHint(t, e, "az login --identity")
	}
}

func TestAzureCLIRefused(t *testing.T) {
	long := strings.Repeat("x", 50)
	for script, words := range map[string]string{
		`echo "Please run 'az login' to setup account." >&2; exit 1`:                            "signing in: az: nobody is signed in to az",
		`echo "AADSTS700016: Application was not found. Trace ID: ` + traceID + `" >&2; exit 1`: "signing in: az: the tenant does not know the application",
		`echo "ERROR: odd ` + mark + long + `" >&2; exit 1`:                                     "signing in: az: ERROR: odd …",
		`echo '{"accessToken":"` + mark + long + `","expiresOn":"never"}'`:                      "signing in: az: error parsing token expiration time",
		`exit 127`: "signing in: az: az is not installed, or not on PATH",
	} {
		useAz(t, script)
		_, err := get(t.Context(), t, fromAz(""))
		wantError(t, err, errs.Auth, words)
	}
}
