package root_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/auth/entra"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// application are the flags that name the application.
func application(kind string, more ...string) []string {
	return append([]string{"--auth", kind, "--tenant", sandbox.TenantID, "--client-id", client}, more...)
}

// kindCase is one kind of sign-in: how it is told, what it needs of the city, and what spoils it.
type kindCase struct {
	name  string
	args  func(c *city) []string
	spoil func(c *city)
	words string // of the refusal
	asks  []string
}

// kinds are all kinds of sign-in. Each is told as its users tell it.
func kinds() []kindCase {
	return []kindCase{
		{"browser", func(c *city) []string {
			c.person()
			onPath(c.t, "xdg-open", "")
			c.t.Setenv("TAP_TEST_CITY", c.server.Listener.Addr().String())
			return []string{"--tenant", sandbox.TenantID} // auto at a terminal
		}, func(c *city) {
			c.authority.On("authorize", func(w http.ResponseWriter, r *http.Request) {
				entra.FormPost(w, r, map[string]string{"error": "access_denied", "error_description": "AADSTS65004: " + entra.Secret, "state": r.Form.Get("state")})
			})
		}, "the permissions were declined at the sign-in (AADSTS65004)", nil},
		{"device-code", func(c *city) []string {
			c.person()
			c.authority.Pending = 1
			return []string{"--auth", "device-code"}
		}, func(c *city) {
			c.authority.On("token", entra.Refuse(400, "access_denied", 530033, "Blocked."))
		}, "a Conditional Access policy blocks sign-ins by device code (AADSTS530033)", nil},
		{"client-secret", func(c *city) []string {
			c.env["TAP_CLIENT_SECRET"] = entra.Secret
			return application("client-secret")
		}, func(c *city) { c.env["TAP_CLIENT_SECRET"] = entra.Mark + "wrong" }, "the client secret is wrong", nil},
		{"client-certificate", func(c *city) []string {
			own := c.certificate()
			c.authority.Registered = []entra.Registered{{Certificate: own.Certificate}}
			return application("client-certificate", "--client-certificate", c.file("c.pem", own.PEM()))
		}, func(c *city) { c.authority.Registered = nil }, "the certificate is not one that is registered with the application " + client, nil},
		{"managed-identity", func(c *city) []string {
			platform := &entra.Machine{ClientID: "55555555-2222-4333-8444-555555555555", Header: entra.Mark + "header", Token: c.token}
			service := httptest.NewServer(platform)
			c.t.Cleanup(service.Close)
			c.t.Setenv("IDENTITY_ENDPOINT", service.URL+"/msi/token")
			c.t.Setenv("IDENTITY_HEADER", platform.Header)
			return []string{"--auth", "managed-identity", "--client-id", platform.ClientID, "--tenant", sandbox.TenantID}
		}, func(c *city) { c.t.Setenv("IDENTITY_HEADER", entra.Mark+"wrong") }, "no managed identity with the client id 66666666-2222-4333-8444-555555555555 is assigned", nil},
		{"workload-identity", func(c *city) []string {
			return application("workload-identity", "--federated-token-file", c.file("token", []byte(c.issuer.Sign("api://AzureADTokenExchange"))))
		}, func(c *city) { c.authority.Federated[0].Subject = "other" }, "is for the subject repo:contoso/onboarding:ref:refs/heads/main (AADSTS700213)", nil},
		{"github-actions", func(c *city) []string {
			c.env["ACTIONS_ID_TOKEN_REQUEST_URL"], c.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "https://"+jobs+"/token?api-version=2.0", c.issuer.Bearer
			return application("github-actions")
		}, func(c *city) { c.authority.Federated[0].Issuer = "https://other" }, "is for the issuer https://issuer.example (AADSTS700211)", []string{jobs}},
		{"azure-pipelines", func(c *city) []string {
			c.env["SYSTEM_OIDCREQUESTURI"], c.env["SYSTEM_ACCESSTOKEN"] = "https://"+jobs+"/oidctoken", c.issuer.Bearer
			c.t.Setenv("SYSTEM_OIDCREQUESTURI", c.env["SYSTEM_OIDCREQUESTURI"])
			return application("azure-pipelines", "--service-connection", connection)
		}, func(c *city) { c.env["SYSTEM_ACCESSTOKEN"] = entra.Mark + "ended" }, jobs + " does not accept SYSTEM_ACCESSTOKEN (status 401)", []string{jobs}},
		{"azure-cli", func(c *city) []string {
			onPath(c.t, "az", `echo "{\"accessToken\":\"`+c.token()+`\",\"expires_on\":4102444800}"`)
			return []string{"--auth", "azure-cli", "--tenant", sandbox.TenantID}
		}, func(c *city) {
			c.authority.Claims["idtyp"], c.authority.Claims["upn"] = "user", "debra@contoso.com"
			onPath(c.t, "az", `echo "{\"accessToken\":\"`+c.token()+`\",\"expires_on\":4102444800}"`)
		}, "az is signed in as the person debra@contoso.com, and Microsoft gives az no permission on passes for people", nil},
	}
}

func (c *city) token() string {
	return entra.Mark + "token." + entra.Encoded(c.authority.Claims) + ".c2ln"
}

func (c *city) certificate() *entra.Certificate {
	own, err := entra.NewCertificate(nil, time.Now().Add(time.Hour), "tap")
	if err != nil {
		c.t.Fatal(err)
	}
	return own
}

// Each kind of sign-in creates a pass, through a proxy and by the roots of --ca-file.
func TestEachKindCreatesAPass(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			c := newCity(t)
			code, out, errOut := c.tap(append([]string{"create", "adele.vance@contoso.com", "--debug"}, k.args(c)...)...)
			if code != 0 || !strings.Contains(out, "Temporary Access Pass for Adele Vance") {
				t.Fatalf("exit code %d\n%s\n%s", code, out, errOut)
			}
			want := []string{"CONNECT " + graphHost + ":443"}
			if k.name != "managed-identity" && k.name != "azure-cli" {
				want = append(want, "CONNECT "+login+":443")
			}
			for _, h := range k.asks {
				want = append(want, "CONNECT "+h+":443")
			}
			slices.Sort(want)
			if got := c.hosts(); !slices.Equal(got, want) {
				t.Errorf("the proxy was asked for %q, want %q", got, want)
			}
		})
	}
}

// Each kind of sign-in is refused with exit code 4, and Graph is not asked.
func TestEachKindIsRefused(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			c := newCity(t)
			args := k.args(c)
			k.spoil(c)
			if k.name == "managed-identity" {
				args[slices.Index(args, "--client-id")+1] = "66666666-2222-4333-8444-555555555555" // MSAL remembers the other for the whole process
			}
			code, out, errOut := c.tap(append([]string{"create", "adele.vance@contoso.com", "--debug"}, args...)...)
			if code != 4 || out != "" || !strings.Contains(errOut, k.words) || !strings.Contains(errOut, "tap: hint: ") {
				t.Fatalf("exit code %d\n%s\n%s", code, out, errOut)
			}
			if slices.Contains(c.hosts(), "CONNECT "+graphHost+":443") {
				t.Error("Graph was asked")
			}
		})
	}
}

// Without a terminal and without --auth the variables of azidentity are enough.
func TestVariablesAloneCreateAPass(t *testing.T) {
	for name, set := range map[string]func(c *city){
		"secret": func(c *city) { c.env["AZURE_CLIENT_SECRET"] = entra.Secret },
		"certificate": func(c *city) {
			own := c.certificate()
			c.authority.Registered = []entra.Registered{{Certificate: own.Certificate}}
			c.env["AZURE_CLIENT_CERTIFICATE_PATH"] = c.file("c.pem", own.PEM())
		},
		"workload": func(c *city) {
			c.env["AZURE_FEDERATED_TOKEN_FILE"] = c.file("token", []byte(c.issuer.Sign("api://AzureADTokenExchange")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCity(t)
			c.env["AZURE_TENANT_ID"], c.env["AZURE_CLIENT_ID"] = sandbox.TenantID, client
			set(c)
			if code, out, errOut := c.tap("create", "adele.vance@contoso.com"); code != 0 || !strings.Contains(out, "Temporary Access Pass for Adele Vance") {
				t.Fatalf("exit code %d\n%s\n%s", code, out, errOut)
			}
		})
	}
}

// Nobody is trusted who is trusted by neither this machine nor --ca-file, and no TLS before 1.2 is spoken.
func TestWhoIsTrusted(t *testing.T) {
	c := newCity(t)
	c.env["TAP_CLIENT_SECRET"] = entra.Secret
	list := append([]string{"list", "adele.vance@contoso.com"}, application("client-secret")...)
	if code, _, errOut := c.tap(list...); code != 0 {
		t.Fatalf("exit code %d\n%s", code, errOut)
	}
	delete(c.env, "TAP_CA_FILE")
	c.mu.Lock()
	c.connected = nil
	c.mu.Unlock()
	code, _, errOut := c.tap(list...)
	c.mu.Lock()
	if len(c.connected) > 2 { // azidentity asks for what is remembered, then for a token
		t.Errorf("a certificate does not become good by asking again: %q", c.connected)
	}
	c.mu.Unlock()
	if code != 8 || !strings.Contains(errOut, "cannot reach "+login+": its certificate is not trusted here: x509: certificate signed by unknown authority (issued by CN=tap test)") ||
		!strings.Contains(errOut, "--ca-file FILE") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
	if code, _, errOut := c.tap(append(list, "--ca-file", c.caFile)...); code != 0 {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
	for file, words := range map[string]string{
		"none":                                   "reading the certificates to trust: none: no such file or directory",
		c.file("text", []byte("x")):              "it holds no certificate in PEM",
		c.file("key.pem", c.certificate().PEM()): "it holds a private key",
	} {
		if code, _, errOut := c.tap(append(list, "--ca-file", file)...); code != 10 || !strings.Contains(errOut, words) {
			t.Errorf("exit code %d\n%s", code, errOut)
		}
	}
	old := newCity(t, tls.VersionTLS11)
	old.env["TAP_CLIENT_SECRET"] = entra.Secret
	if code, _, errOut := old.tap(list...); code != 8 || !strings.Contains(errOut, "protocol version") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
}

// A proxy that is not there, and its password, which is no part of the error.
func TestAProxyThatIsNotThere(t *testing.T) {
	c := newCity(t)
	c.env["TAP_CLIENT_SECRET"] = entra.Secret
	c.env["HTTPS_PROXY"] = "http://user:" + entra.Mark + "password@127.0.0.1:1"
	code, _, errOut := c.tap(append([]string{"list", "adele.vance@contoso.com"}, application("client-secret")...)...)
	if code != 8 || !strings.Contains(errOut, "cannot reach "+login+": ") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
}

// The password of a PFX comes from its variable, from a file or from stdin, and shows nowhere, whether it opens the file or not.
func TestThePasswordOfAPFX(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil && os.Getenv("CI") == "" {
		t.Skip("no openssl")
	}
	const password = entra.Mark + "pfx password"
	c := newCity(t)
	own := c.certificate()
	c.authority.Registered = []entra.Registered{{Certificate: own.Certificate}}
	pfx := filepath.Join(t.TempDir(), "c.pfx")
	if out, err := exec.Command("openssl", "pkcs12", "-export", "-in", c.file("c.pem", own.PEM()), "-out", pfx, "-passout", "pass:"+password,
		"-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	list := append([]string{"list", "adele.vance@contoso.com", "--debug"}, application("client-certificate", "--client-certificate", pfx)...)
	from := append(list, "--client-certificate-password-file", c.file("p", []byte(password+"\n")))
	for name, tt := range map[string]struct {
		variable string
		args     []string
		code     int
		words    string
	}{
		"a variable": {password, list, 0, ""},
		"a file":     {entra.Mark + "wrong", from, 0, ""},
		"wrong":      {entra.Mark + "wrong", list, 4, "c.pfx: the password does not open it"},
		"none":       {"", list, 4, "there is no certificate's password"},
	} {
		c.env["TAP_CLIENT_CERTIFICATE_PASSWORD"] = tt.variable
		if code, _, errOut := c.tap(tt.args...); code != tt.code || !strings.Contains(errOut, tt.words) {
			t.Errorf("%s: exit code %d\n%s", name, code, errOut)
		}
	}
	c.env["TAP_CLIENT_CERTIFICATE_PASSWORD"], c.stdin = "", password+"\n"
	if code, _, errOut := c.tap(append(list, "--client-certificate-password-file", "-")...); code != 0 {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
}

// A claims challenge of Graph (continuous access evaluation) brings a second token with these claims, for an application and for a person.
func TestAClaimsChallengeIsAnswered(t *testing.T) {
	for _, k := range []string{"device-code", "client-certificate", "github-actions"} {
		n := slices.IndexFunc(kinds(), func(c kindCase) bool { return c.name == k })
		c := newCity(t)
		args := append([]string{"list", "adele.vance@contoso.com"}, kinds()[n].args(c)...)
		c.challenge.Store(true)
		if code, _, errOut := c.tap(args...); code != 0 {
			t.Errorf("%s: exit code %d\n%s", k, code, errOut)
		}
		sent := c.authority.Requests("token")
		if last := sent[len(sent)-1]; !strings.Contains(last.Get("claims"), "1700000000") || c.challenge.Load() {
			t.Errorf("%s: the last token was asked for with the claims %q", k, last.Get("claims"))
		}
	}
}

// A vault is reached by the same way: the proxy, and the roots of --ca-file.
func TestAVaultBehindTheProxy(t *testing.T) {
	c := newCity(t)
	c.env["TAP_CLIENT_SECRET"], c.env["XDG_STATE_HOME"] = entra.Secret, t.TempDir()
	args := append([]string{"create", "--file", c.file("roster.csv", []byte("user\nadele.vance@contoso.com\n")), "--keyvault", "https://" + vaultHost, "--yes"}, application("client-secret")...)
	if code, _, errOut := c.tap(args...); code != 0 || len(c.vault.Log()) == 0 {
		t.Fatalf("exit code %d\n%s", code, errOut)
	}
	if !slices.Contains(c.hosts(), "CONNECT "+vaultHost+":443") {
		t.Errorf("the proxy was asked for %q", c.hosts())
	}
}

// A sign-in that has a tenant of its own is held against the one that was named.
func TestAnotherTenantThanTheOneNamed(t *testing.T) {
	c := newCity(t)
	onPath(t, "az", `echo "{\"accessToken\":\"`+c.token()+`\",\"expires_on\":4102444800}"`)
	other := "11111111-2222-4333-8444-999999999999"
	code, out, errOut := c.tap("create", "adele.vance@contoso.com", "--auth", "azure-cli", "--tenant", other)
	if code != 2 || out != "" || !strings.Contains(errOut, "the sign-in leads to the tenant "+sandbox.TenantID+", and not to "+other) {
		t.Errorf("exit code %d\n%s\n%s", code, out, errOut)
	}
}

// Each cloud is reached by its own hosts over TLS, at the version of Graph that it has, and nobody else is asked.
func TestEachCloudOverTLS(t *testing.T) {
	version := map[string]string{"global": "beta", "usgov": "v1.0", "usgov-dod": "v1.0", "china": "beta"}
	for _, cloud := range auth.Clouds() {
		t.Run(cloud.Name, func(t *testing.T) {
			c := newCityOf(t, cloud)
			c.env["TAP_CLIENT_SECRET"] = entra.Secret
			line := []string{"create", "adele.vance@contoso.com", "--cloud", cloud.Name, "--auth", "client-secret", "--tenant", sandbox.TenantID, "--client-id", client}
			code, out, errOut := c.tap(line...)
			if code != 0 || !strings.Contains(out, "Temporary Access Pass for Adele Vance") {
				t.Fatalf("exit code %d\n%s\n%s", code, out, errOut)
			}
			want := []string{"CONNECT " + c.graph + ":443", "CONNECT " + c.login + ":443"}
			slices.Sort(want)
			if got := c.hosts(); !slices.Equal(got, want) {
				t.Errorf("the proxy was asked for %q, want %q", got, want)
			}
			if len(c.versions) != 1 || !c.versions[version[cloud.Name]] {
				t.Errorf("asked %v, want %s", c.versions, version[cloud.Name])
			}
			c.env["TAP_CLIENT_SECRET"] = entra.Mark + "wrong"
			if code, _, errOut := c.tap(line...); code != 4 || !strings.Contains(errOut, "AADSTS7000215") {
				t.Errorf("a wrong secret: exit code %d\n%s", code, errOut)
			}
		})
	}
}

// A write is let go by a variable that names the tenant only where the sign-in goes by it, and a managed identity takes no tenant by name.
func TestATenantThatDoesNotCountIsNotNamed(t *testing.T) {
	for name, v := range map[string]struct {
		variable string
		args     []string
		says     string
	}{
		"a person":           {"AZURE_TENANT_ID", []string{"--auth", "browser"}, "a write without a terminal says in which tenant"},
		"another's variable": {"AZURESUBSCRIPTION_TENANT_ID", []string{"--auth", "managed-identity"}, "a write without a terminal says in which tenant"},
		"a name":             {"", []string{"--auth", "managed-identity", "--tenant", "contoso.com"}, "a managed identity has a tenant of its own"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCity(t)
			c.env[v.variable] = "contoso.com"
			if code, _, errOut := c.tap(append([]string{"create", "adele.vance@contoso.com"}, v.args...)...); code != 2 || !strings.Contains(errOut, v.says) || len(c.hosts()) > 0 {
				t.Errorf("exit code %d, asked %q\n%s", code, c.hosts(), errOut)
			}
		})
	}
}
