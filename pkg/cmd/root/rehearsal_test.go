package root_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// stage is a sandbox that is served over TLS, and a person at a terminal before it. Nothing stands for the network.
type stage struct {
	t      *testing.T
	url    string
	caFile string
	cache  string
	client *http.Client
}

// newStage serves a sandbox. Tokens are kept by this system, and removed in the end.
func newStage(t *testing.T) *stage {
	t.Helper()
	if _, err := auth.SystemTokens().Open("tap-test"); err != nil {
		t.Skip("this machine keeps no tokens: ", err)
	}
	s := &stage{t: t, caFile: filepath.Join(t.TempDir(), "sandbox.pem"), cache: t.TempDir()}
	box, err := sandbox.Open(t.TempDir(), sandbox.Options{Certificate: s.caFile})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "https://" + l.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- box.Serve(ctx, l) }()
	t.Setenv("XDG_CACHE_HOME", s.cache)
	t.Cleanup(func() {
		if err := (&auth.Memory{Folder: filepath.Join(s.cache, "tap"), Tokens: auth.SystemTokens()}).ForgetAll(); err != nil {
			t.Error(err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		_ = box.Close()
	})
	s.trust()
	s.control("lifetimes", `{"devicePoll":"1s"}`)
	s.control("choice", `{"user":"isaiah.langer@contoso.com","stays":true}`)
	return s
}

// trust waits until the sandbox answers, and trusts its certificate.
func (s *stage) trust() {
	s.t.Helper()
	for {
		roots := x509.NewCertPool()
		own, _ := os.ReadFile(s.caFile)
		roots.AppendCertsFromPEM(own)
		s.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
		resp, err := s.client.Get(s.url + "/sandbox")
		if err == nil {
			_ = resp.Body.Close()
			return
		}
		if s.t.Context().Err() != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *stage) control(path, body string) {
	s.t.Helper()
	resp, err := s.client.Post(s.url+"/sandbox/"+path, "application/json", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if said, _ := io.ReadAll(resp.Body); resp.StatusCode > 299 {
		s.t.Fatalf("%s: %d: %s", path, resp.StatusCode, said)
	}
}

// asked is how often the authority was asked for a token, and how often to let a person sign in.
func (s *stage) asked() (tokens, people int) {
	s.t.Helper()
	resp, err := s.client.Get(s.url + "/sandbox/requests")
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	log, _ := io.ReadAll(resp.Body)
	return strings.Count(string(log), "/oauth2/v2.0/token"), strings.Count(string(log), "/oauth2/v2.0/authorize") + strings.Count(string(log), "/oauth2/v2.0/devicecode")
}

// tap is one command at this sandbox, with its environment's variables, none of which may count.
func (s *stage) tap(args ...string) (int, string) {
	s.t.Helper()
	var out, errOut bytes.Buffer
	code := root.Main(&root.Process{
		Args:    append(args, "--sandbox-url", s.url, "--ca-file", s.caFile),
		Streams: &terminal.Streams{In: strings.NewReader(""), Out: &out, Err: &errOut, InTTY: true, ErrTTY: true},
		Getenv: func(name string) string {
			return map[string]string{
				"XDG_CACHE_HOME": s.cache, "TAP_CLIENT_SECRET": secrets, "TAP_AUTH": "client-secret", "TAP_CLIENT_ID": client, "TAP_TENANT": "fabrikam.com",
				"TAP_CA_FILE": "/no/such/file", "TAP_LEAST_PRIVILEGE": "true",
			}[name]
		},
	})
	said := out.String() + errOut.String()
	if strings.Contains(said, "eyJ") || strings.Contains(said, secrets) {
		s.t.Errorf("a token or a secret shows: %s", said)
	}
	return code, said
}

// must is a command that ends with this code and says this.
func (s *stage) must(code int, words string, args ...string) {
	s.t.Helper()
	if got, said := s.tap(args...); got != code || !strings.Contains(said, words) {
		s.t.Fatalf("%s: exit code %d, want %d with %q:\n%s", args, got, code, words, said)
	}
}

// left are the files that are kept of sign-ins.
func (s *stage) left() (files []string) {
	_ = filepath.WalkDir(s.cache, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, path)
		}
		return err
	})
	return files
}

const (
	isaiah    = `"user":"isaiah.langer@contoso.com"`
	hintLogin = "tap: hint: tap login --auth device-code --sandbox-url "
)

// TestASignInIsRehearsed: login, silence, refresh, expiry, consent that is missing, a role that is missing or not activated, and logout, with
// azidentity at the sandbox's own authority.
func TestASignInIsRehearsed(t *testing.T) {
	s := newStage(t)
	s.must(0, "signed in as isaiah.langer@contoso.com to the tenant Contoso ("+sandbox.TenantID+"), cloud sandbox, by the client Microsoft Graph Command Line Tools", "login", "--auth", "device-code")
	s.must(0, "Temporary Access Pass for Adele Vance", "create", patient)
	s.must(0, "nothing real, signed in as isaiah.langer@contoso.com", "list", patient)
	s.must(0, "sign-in      device-code", "whoami")
	before, people := s.asked()
	code, said := s.process("list", patient)
	if after, more := s.asked(); code != 0 || after != before || more != people || people != 1 || !strings.Contains(said, "signed in as isaiah") {
		t.Errorf("exit code %d, asked for %d tokens and %d people\n%s", code, after-before, more, said)
	}

	s.control("lifetimes", `{"accessToken":"1m","caeToken":"1m"}`) // MSAL takes one that ends in five minutes for expired
	s.control("sessions", `{`+isaiah+`,"revoke":true}`)
	s.must(4, hintLogin+s.url+" --ca-file "+s.caFile+"\ntap: request id", "create", patient, "--replace") // and no flag that is not for a sandbox
	s.must(0, "; tap logout --sandbox-url "+s.url+" forgets it", "login", "--auth", "device-code")
	before, people = s.asked()
	s.must(0, "signed in as isaiah", "list", patient)
	if after, more := s.asked(); after == before || more != people {
		t.Errorf("a token that ends is renewed by %d requests and %d people", after-before, more-people)
	}

	s.control("roles", `{`+isaiah+`,"role":"Authentication Administrator","state":"eligible"}`)
	s.must(5, "Authentication Administrator", "create", patient, "--replace")
	s.must(5, "can be activated", "create", patient, "--replace")
	s.control("roles", `{`+isaiah+`,"role":"Authentication Administrator","state":"none"}`)
	s.must(5, "role", "create", patient, "--replace")
	s.must(9, "fail    roles.none", "doctor")
	s.control("roles", `{`+isaiah+`,"role":"Authentication Administrator","state":"active"}`)
	s.must(0, "Temporary Access Pass for adele.vance@contoso.com", "create", patient, "--replace")

	consent := `{"appId":"` + sandbox.GraphClientID + `","permissions":["UserAuthenticationMethod.ReadWrite.All"]`
	s.control("consents", consent+`,"remove":true}`)
	s.must(4, "AADSTS65001", "create", patient, "--replace")
	s.control("consents", consent+`}`)
	s.must(0, "Temporary Access Pass for adele.vance@contoso.com", "create", patient, "--replace")

	informing := `{"appId":"` + sandbox.GraphClientID + `","permissions":["User.Read.All"]`
	s.control("consents", informing+`,"remove":true}`)
	_, people = s.asked()
	const without = "nobody has consented to all of "
	s.must(0, without+"UserAuthenticationMethod.ReadWrite.All, User.Read.All: going on with what was consented to", "create", patient, "--replace")
	s.must(0, without, "show", patient) // needs nothing: what was consented to is what it works with
	s.must(0, without, "whoami")
	if _, more := s.asked(); more != people {
		t.Errorf("%d people were asked for what only informs", more-people)
	}
	s.must(0, without, "login", "--auth", "device-code")
	s.control("consents", informing+`}`)

	s.control("clock", `{"advance":"2161h"}`) // a refresh token is good for 90 days
	s.must(4, hintLogin+s.url+" --ca-file "+s.caFile, "list", patient)
	s.must(0, "as isaiah.langer@contoso.com", "list", patient, "--sandbox-as", "helpdesk") // a caller that is named signs in nowhere
	s.must(0, "forgotten: ", "logout")
	if files := s.left(); len(files) > 0 {
		t.Errorf("%q are left", files)
	}
	s.must(0, "nothing real, as isaiah.langer@contoso.com", "list", patient)
}

// Without a terminal a sign-in of a person says no more than what a sandbox takes, however its address is spelled.
func TestNobodyCanBeAskedAtTheSandbox(t *testing.T) {
	s := newStage(t)
	code, said := s.process("login")
	if want := "tap: hint: tap login --sandbox-url " + s.url + " --ca-file " + s.caFile; code != 4 || !strings.Contains(said, want) || strings.Count(said, "tap: hint: ") != 1 {
		t.Errorf("exit code %d, want 4 with %q alone\n%s", code, want, said)
	}
	s.url = "HTTPS" + strings.TrimPrefix(s.url, "https")
	s.must(0, "signed in as isaiah.langer@contoso.com", "login", "--auth", "device-code")
	s.must(0, "sign-in      device-code", "whoami")
	s.must(0, "forgotten: ", "logout")
	if code, said := s.process("logout", "--all", "--sandbox-as", "helpdesk"); code != 0 {
		t.Errorf("exit code %d\n%s", code, said)
	}
}

// process is one command in a process of its own, without a terminal.
func (s *stage) process(args ...string) (int, string) {
	s.t.Helper()
	c := &counter{city: &city{t: s.t, env: map[string]string{"XDG_CACHE_HOME": s.cache}}}
	return c.process(append(args, "--sandbox-url", s.url, "--ca-file", s.caFile)...)
}

// Who signs in at the sandbox's page in a browser is remembered likewise, and apart from real accounts: neither knows of the other.
func TestARehearsalIsNoRealSignIn(t *testing.T) {
	s := newStage(t)
	onPath(t, "xdg-open", "")
	s.must(0, "signed in as isaiah.langer@contoso.com", "login")
	s.must(0, "sign-in      browser", "whoami")
	c := newCounter(t, true)
	c.env["XDG_CACHE_HOME"], c.cache = s.cache, s.cache
	t.Setenv("XDG_CACHE_HOME", s.cache)
	if code, _, said := c.tap("whoami"); code != 4 || !strings.Contains(said, "nobody is signed in") {
		t.Errorf("exit code %d\n%s", code, said)
	}
	if code, _, said := c.tap("login"); code != 0 {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	s.must(0, "still signed in: helpdesk@contoso.com", "logout")
	s.must(0, "nothing real, as isaiah.langer@contoso.com", "list", patient)
	s.must(0, "nobody is signed in that these flags name", "logout")
	if tokens, _ := c.asked(); tokens != 1 {
		t.Errorf("Microsoft's authority was asked for %d tokens", tokens)
	}
	t.Setenv("TAP_TEST_CITY", "") // the browser goes where the address leads
	s.must(0, "signed in as isaiah.langer@contoso.com", "login")
	if code, _, said := c.tap("logout"); code != 0 || !strings.Contains(said, "still signed in: isaiah.langer@contoso.com of the tenant "+sandbox.TenantID+" (--sandbox-url "+s.url+")") {
		t.Errorf("exit code %d\n%s", code, said)
	}
	if code, _, said := c.tap("logout", "--all"); code != 0 || len(s.left()) > 0 {
		t.Errorf("exit code %d, %q\n%s", code, s.left(), said)
	}
}

// A sign-in at the sandbox goes to no other place, though what answers there says so.
func TestARehearsalGoesNowhereElse(t *testing.T) {
	s := newStage(t)
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s %s was asked", r.Method, r.URL) }))
	t.Cleanup(elsewhere.Close)
	liar := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/sandbox" {
			_, _ = fmt.Fprintf(w, `{"tenantId":%q,"displayName":"Contoso","now":%q}`, sandbox.TenantID, time.Now().Format(time.RFC3339))
			return
		}
		_, _ = fmt.Fprintf(w, `{"issuer":"https://%[2]s/x/v2.0","authorization_endpoint":"%[1]s/a","token_endpoint":"%[1]s/t","device_authorization_endpoint":"%[1]s/d"}`, elsewhere.URL, r.Host)
	}))
	t.Cleanup(liar.Close)
	s.url, s.caFile = liar.URL, filepath.Join(t.TempDir(), "liar.pem")
	if err := os.WriteFile(s.caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: liar.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	s.must(4, "the sign-in led to "+strings.TrimPrefix(elsewhere.URL, "https://")+", which has no part in it: nothing was sent there", "login", "--auth", "device-code")
}

// What a rehearsal does not take is refused before anything is opened.
func TestARehearsalIsOfAPersonAtAnAuthority(t *testing.T) {
	t.Parallel()
	const at = "https://127.0.0.1:9"
	for line, want := range map[string]string{
		"login --sandbox":                                               "nobody signs in to this sandbox or out of it",
		"logout --sandbox":                                              "nobody signs in to this sandbox or out of it",
		"login --sandbox-url http://127.0.0.1:9":                        "tap: hint: tap sandbox serve --tls",
		"login --sandbox-url https://login.microsoftonline.com":         "--sandbox-url takes the address of a sandbox on this machine",
		"logout --sandbox-url https://login.microsoftonline.com":        "--sandbox-url takes the address of a sandbox on this machine",
		"login --auth client-secret --sandbox-url " + at:                "--auth goes without --sandbox",
		"create " + patient + " --auth browser --sandbox-url " + at:     "--auth goes without --sandbox",
		"login --client-id " + client + " --sandbox-url " + at:          "--client-id goes without --sandbox",
		"login --sandbox-as helpdesk --sandbox-url " + at:               "tap: hint: tap --sandbox-url " + at + " login\n",
		"logout --sandbox-as helpdesk --sandbox-url HTTPS://[::1]:9":    "whom --sandbox-as names signs in nowhere",
		"login --ca-file x --auth client-secret --sandbox-url " + at:    "tap: hint: tap login --ca-file x --sandbox-url " + at + "\n",
		"login --auth browser --sandbox":                                "--auth goes without --sandbox",
		"list " + patient + " --ca-file x --sandbox":                    "--ca-file goes without --sandbox",
		"list " + patient + " --ca-file x --sandbox-url http://[::1]:9": "--ca-file goes without --sandbox",
	} {
		var out, errOut bytes.Buffer
		code := root.Main(&root.Process{
			Args: strings.Fields(line), Streams: &terminal.Streams{In: strings.NewReader(""), Out: &out, Err: &errOut, InTTY: true, ErrTTY: true},
			Getenv: func(string) string { return "" },
		})
		if code != 2 || !strings.Contains(errOut.String(), want) {
			t.Errorf("%s: exit code %d, want 2 with %q\n%s", line, code, want, errOut.String())
		}
	}
}

// No variable of a real sign-in counts in a sandbox: whom to trust there is typed.
func TestNoVariableOfASignInCountsInASandbox(t *testing.T) {
	t.Parallel()
	box, err := sandbox.Open(t.TempDir(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	plain, overTLS := httptest.NewServer(box.Handler()), httptest.NewTLSServer(box.Handler())
	t.Cleanup(plain.Close)
	t.Cleanup(overTLS.Close)
	trust := filepath.Join(t.TempDir(), "trust.pem")
	if err := os.WriteFile(trust, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: overTLS.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, at := range []struct {
		url, caFile string
		typed       []string
		code        int
	}{
		{plain.URL, "/no/such/file", nil, 0},
		{overTLS.URL, trust, nil, 8},
		{overTLS.URL, "/no/such/file", []string{"--ca-file", trust}, 0},
	} {
		var out, errOut bytes.Buffer
		code := root.Main(&root.Process{
			Args:    append([]string{"list", patient, "--sandbox-url", at.url}, at.typed...),
			Streams: &terminal.Streams{In: strings.NewReader(""), Out: &out, Err: &errOut},
			Getenv: func(name string) string {
				return map[string]string{"TAP_CA_FILE": at.caFile, "TAP_AUTH": "nonsense", "TAP_CLOUD": "nonsense", "TAP_LEAST_PRIVILEGE": "nonsense"}[name]
			},
		})
		if code != at.code {
			t.Errorf("%s with TAP_CA_FILE=%s: exit code %d, want %d\n%s", at.url, at.caFile, code, at.code, errOut.String())
		}
	}
}
