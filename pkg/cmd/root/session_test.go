package root_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/auth/entra"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// counter is a city with a person at a terminal and the cache folder of a machine.
type counter struct {
	*city
	cache string
}

// newCounter is the counter of a helpdesk: a person at a terminal with a browser. With kept the system keeps tokens, which are removed in the end.
func newCounter(t *testing.T, kept bool) *counter {
	t.Helper()
	c := &counter{newCity(t), t.TempDir()}
	c.person()
	c.authority.Claims["appid"] = auth.DefaultClientID
	c.env["XDG_CACHE_HOME"] = c.cache
	t.Setenv("XDG_CACHE_HOME", c.cache)
	onPath(t, "xdg-open", "")
	t.Setenv("TAP_TEST_CITY", c.server.Listener.Addr().String())
	if !kept {
		c.tokens = auth.NoTokens("keyctl is not permitted")
		return c
	}
	if _, err := auth.SystemTokens().Open("tap-test"); err != nil {
		t.Skip("this machine keeps no tokens: ", err)
	}
	t.Cleanup(func() {
		if err := (&auth.Memory{Folder: filepath.Join(c.cache, "tap"), Tokens: auth.SystemTokens()}).ForgetAll(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// asked is how often the authority was asked for a token, and a person to sign in.
func (c *counter) asked() (tokens, people int) {
	return len(c.authority.Requests("token")), len(c.authority.Requests("authorize")) + len(c.authority.Requests("devicecode"))
}

// left are the files in the cache folder, in none of which a token may be in clear.
func (c *counter) left() (files []string) {
	_ = filepath.WalkDir(c.cache, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), entra.Mark) || err != nil {
			c.t.Errorf("%s holds a token in clear, or cannot be read: %v", path, err)
		}
		files = append(files, path)
		return nil
	})
	return files
}

// process runs tap as a process of its own, without a terminal, and returns its exit code and all that it printed.
func (c *counter) process(args ...string) (int, string) {
	c.t.Helper()
	self, err := os.Executable()
	program := filepath.Join(c.t.TempDir(), "tap")
	if err == nil {
		err = os.Symlink(self, program)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	for name, value := range maps.All(c.env) {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		c.t.Fatal(err)
	}
	if strings.Contains(string(out), entra.Mark) {
		c.t.Errorf("a secret shows: %s", out)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func TestLoginLastsUntilLogout(t *testing.T) {
	c := newCounter(t, true)
	code, out, errOut := c.tap("login", "--debug")
	for _, words := range []string{
		"tap: notice: signed in as isaiah.langer@contoso.com to the tenant " + sandbox.TenantID + ", cloud global, by the client Microsoft Graph Command Line Tools (" + auth.DefaultClientID + ")",
		"the token lives for 1h0m, and is renewed without asking", "this client carries every permission that anybody",
	} {
		if code != 0 || out != "" || !strings.Contains(errOut, words) {
			t.Fatalf("exit code %d, %q is missing\n%s\n%s", code, words, out, errOut)
		}
	}
	scope := strings.Fields(c.authority.Requests("authorize")[0].Get("scope"))
	for _, p := range []string{write, read} {
		if !slices.Contains(scope, "https://graph.microsoft.com/"+p) {
			t.Errorf("%s was not asked for: %q", p, scope)
		}
	}
	if code, _, errOut := c.tap("list", "adele.vance@contoso.com", "--debug"); code != 0 || strings.Contains(errOut, "opening a browser") {
		t.Fatalf("exit code %d\n%s", code, errOut)
	}
	if code, out := c.process("list", "adele.vance@contoso.com", "--auth", "browser"); code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if tokens, people := c.asked(); tokens != 1 || people != 1 {
		t.Errorf("%d requests for tokens and %d for people, want one of each", tokens, people)
	}
	if len(c.left()) == 0 {
		t.Error("nothing is kept")
	}
	code, _, errOut = c.tap("logout")
	if code != 0 || !strings.Contains(errOut, "forgotten: helpdesk@contoso.com of the tenant "+sandbox.TenantID) ||
		!strings.Contains(errOut, "the browser's own session is not tap's and stays; it ends at https://"+login+"/common/oauth2/v2.0/logout") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
	if files := c.left(); len(files) != 0 {
		t.Errorf("%q are left", files)
	}
	if code, out := c.process("list", "adele.vance@contoso.com", "--auth", "browser"); code != 4 || !strings.Contains(out, "interaction needed") || !strings.Contains(out, "tap: hint: tap login\n") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, _, errOut := c.tap("whoami"); code != 4 || !strings.Contains(errOut, "tap: error: nobody is signed in\ntap: hint: tap login\n") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
	if code, _, errOut := c.tap("logout"); code != 0 || !strings.Contains(errOut, "nobody is signed in that these flags name") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
}

// A sign-in that a command started is remembered as well.
func TestACommandThatSignsInIsRemembered(t *testing.T) {
	c := newCounter(t, true)
	for range 2 {
		if code, _, errOut := c.tap("list", "adele.vance@contoso.com"); code != 0 {
			t.Fatalf("exit code %d\n%s", code, errOut)
		}
	}
	if tokens, people := c.asked(); tokens != 1 || people != 1 {
		t.Errorf("%d requests for tokens and %d for people, want one of each", tokens, people)
	}
}

// Whoever signed in by a device code goes on without saying so, and is shown no other code than one that was asked for.
func TestADeviceCodeIsRemembered(t *testing.T) {
	c := newCounter(t, true)
	if code, _, errOut := c.tap("login", "--auth", "device-code", "--tenant", sandbox.TenantID); code != 0 || !strings.Contains(errOut, "enter the code ABCD1234") {
		t.Fatalf("exit code %d\n%s", code, errOut)
	}
	if code, _, errOut := c.tap("list", "adele.vance@contoso.com", "--tenant", sandbox.TenantID); code != 0 {
		t.Fatalf("exit code %d\n%s", code, errOut)
	}
	if tokens, people := c.asked(); tokens != 1 || people != 1 {
		t.Errorf("%d requests for tokens and %d for people, want one of each", tokens, people)
	}
	c.authority.On("token", entra.Refuse(400, "invalid_grant", 700082, "The refresh token has expired due to inactivity."))
	c.challenge.Store(true) // so that the token that is kept is not good any more
	code, _, errOut := c.tap("list", "adele.vance@contoso.com", "--tenant", sandbox.TenantID)
	if code != 4 || strings.Contains(errOut, "ABCD1234") || !strings.Contains(errOut, "interaction needed: the earlier sign-in has run out: a fresh one is needed (AADSTS700082)") ||
		!strings.Contains(errOut, "tap: hint: tap login --auth device-code --tenant "+sandbox.TenantID+"\n") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
}

func TestASystemThatKeepsNoTokens(t *testing.T) {
	c := newCounter(t, false)
	const warning = "tap: warning: tokens are kept for this command alone, and the next one asks again: keyctl is not permitted\n"
	if code, _, errOut := c.tap("login"); code != 0 || strings.Count(errOut, warning) != 1 || strings.Contains(errOut, "renewed without asking") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
	if code, _, errOut := c.tap("list", "adele.vance@contoso.com"); code != 0 || strings.Count(errOut, "tap: warning: ") != 1 {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
	if tokens, people := c.asked(); tokens != 2 || people != 2 {
		t.Errorf("%d requests for tokens and %d for people, want two of each", tokens, people)
	}
	if files := c.left(); len(files) != 0 {
		t.Errorf("%q are left", files)
	}
}

func TestAnApplicationIsNotRemembered(t *testing.T) {
	c := newCounter(t, true)
	c.env["TAP_CLIENT_SECRET"] = entra.Secret
	c.authority.Claims = map[string]any{"tid": sandbox.TenantID, "oid": client, "appid": client, "app_displayname": "onboarding", "idtyp": "app", "roles": []string{write, "Mail.Send"}}
	code, _, errOut := c.tap(application("client-secret", "login")...)
	if code != 0 || !strings.Contains(errOut, "signed in as onboarding") || !strings.Contains(errOut, "nothing is remembered of an application") || len(c.left()) != 0 {
		t.Errorf("exit code %d, %q\n%s", code, c.left(), errOut)
	}
	code, out, errOut := c.tap(application("client-secret", "whoami", "-o", "json")...)
	var rows []map[string]any
	if err := json.Unmarshal([]byte(out), &rows); err != nil || code != 0 || len(rows) != 1 {
		t.Fatalf("exit code %d, %v\n%s\n%s", code, err, out, errOut)
	}
	for property, want := range map[string]any{
		"tenantId": sandbox.TenantID, "cloud": "global", "auth": "client-secret", "isApplication": true, "callerName": "onboarding", "clientId": client, "clientName": "onboarding", "roles": nil, "signedInDateTime": nil,
	} {
		if rows[0][property] != want {
			t.Errorf("%s is %v, want %v", property, rows[0][property], want)
		}
	}
	if extra, _ := json.Marshal(rows[0]["surplusPermissions"]); string(extra) != `["Mail.Send"]` {
		t.Errorf("surplus are %s", extra)
	}
	c.env["TAP_CLIENT_SECRET"] = entra.Mark + "wrong"
	if code, _, errOut := c.tap(application("client-secret", "login")...); code != 4 || !strings.Contains(errOut, "AADSTS7000215") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
	if code, _, errOut := c.tap(application("client-secret", "logout")...); code != 2 || !strings.Contains(errOut, "an application is not remembered") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
}

func TestWhoamiOfAPerson(t *testing.T) {
	c := newCounter(t, true)
	c.authority.Claims["scp"] = strings.Join([]string{write, read, roles}, " ")
	if code, _, errOut := c.tap("login"); code != 0 {
		t.Fatalf("exit code %d\n%s", code, errOut)
	}
	c.authority.On("token", func(http.ResponseWriter, *http.Request) { t.Error("a token is asked for") })
	code, out, errOut := c.tap("whoami")
	for _, words := range []string{
		"tenant       " + sandbox.TenantID, "person       isaiah.langer@contoso.com", "sign-in      browser",
		"client       Microsoft Graph Command Line Tools (" + auth.DefaultClientID + ")", "permissions  " + write, "roles        Authentication Administrator", "signed in ", "token ends ",
	} {
		if code != 0 || !strings.Contains(out, words) {
			t.Errorf("exit code %d, %q is missing\n%s\n%s", code, words, out, errOut)
		}
	}
	if code, out, _ := c.tap("whoami", "-o", "value"); code != 0 || out != "isaiah.langer@contoso.com\n" {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// After a restart the key is gone, and the tokens are no good. Who only wants to know is not sent to a browser.
func TestWhoamiAsksNobody(t *testing.T) {
	c := newCounter(t, true)
	if code, _, errOut := c.tap("login"); code != 0 {
		t.Fatalf("exit code %d\n%s", code, errOut)
	}
	files, err := filepath.Glob(filepath.Join(c.cache, ".IdentityService", "tap-*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, f := range files {
		if err := os.WriteFile(f, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, out, errOut := c.tap("whoami")
	if code != 4 || out != "" || !strings.Contains(errOut, "interaction needed: this machine has no tokens of the earlier sign-in any more\ntap: hint: tap login\n") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errOut)
	}
	if _, people := c.asked(); people != 1 {
		t.Errorf("%d people were asked, want one", people)
	}
	if code, _, errOut := c.tap("list", "adele.vance@contoso.com"); code != 0 {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
}

// A sign-in that led elsewhere is not remembered for the tenant that was named.
func TestLoginToAnotherTenant(t *testing.T) {
	c := newCounter(t, true)
	const other = "99999999-5b64-4e0f-9a51-0c2f4b1d8e77"
	code, _, errOut := c.tap("login", "--tenant", other)
	if code != 2 || !strings.Contains(errOut, "the sign-in leads to the tenant "+sandbox.TenantID+", and not to "+other) || len(c.left()) != 0 {
		t.Errorf("exit code %d, %q\n%s", code, c.left(), errOut)
	}
}

func TestLogoutOfOneOfTwo(t *testing.T) {
	c := newCounter(t, true)
	for _, args := range [][]string{{"login"}, {"login", "--tenant", sandbox.TenantID}} {
		if code, _, errOut := c.tap(args...); code != 0 {
			t.Fatalf("exit code %d\n%s", code, errOut)
		}
	}
	code, _, errOut := c.tap("logout", "--tenant", sandbox.TenantID)
	if code != 0 || !strings.Contains(errOut, "still signed in: helpdesk@contoso.com of the tenant "+sandbox.TenantID+" (--auth browser)") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
	if code, _, errOut := c.tap("logout", "--all"); code != 0 || !strings.Contains(errOut, "forgotten: helpdesk@contoso.com") || len(c.left()) != 0 {
		t.Errorf("exit code %d, %q\n%s", code, c.left(), errOut)
	}
}

// Who cannot be asked is told what to type at a terminal.
func TestLoginNeedsSomebody(t *testing.T) {
	c := newCounter(t, true)
	c.terminal = false
	code, _, errOut := c.tap("login", "--auth", "browser", "--tenant", sandbox.TenantID, "--client-id", client)
	if code != 4 || !strings.Contains(errOut, "interaction needed: --auth browser asks a person") || !strings.Contains(errOut, "tap: hint: tap login --tenant "+sandbox.TenantID+" --client-id "+client+"\n") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
	if tokens, people := c.asked(); tokens+people != 0 {
		t.Error("the authority was asked")
	}
}
