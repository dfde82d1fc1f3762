package keyvault_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/keyvault"
	"github.com/seed-5ddf9a5e/tap/pkg/keyvault/vaultbox"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

const (
	host     = "contoso.vault.azure.net"
	suffix   = "vault.azure.net"
	user     = "0f1e2d3c-aaaa-4bbb-8ccc-000000000001"
	passID   = "5d3e1c7a-1111-4222-8333-444444444444"
	passcode = "canary-Pa55code!<&>"
	babble   = "canary-what-the-service-said"
)

// signIn is a credential whose tokens the box takes.
type signIn struct {
	box  *vaultbox.Box
	life time.Duration
	err  error // in place of a token

	mu     sync.Mutex
	asked  []policy.TokenRequestOptions
	tokens []string
}

func (s *signIn) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, o)
	if s.err != nil {
		return azcore.AccessToken{}, s.err
	}
	token := s.box.Token(s.life)
	s.tokens = append(s.tokens, token)
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(s.life)}, nil
}

// bench is a box and a client of it.
type bench struct {
	*vaultbox.Box
	*signIn
	client *keyvault.Client
	seen   []keyvault.Exchange
}

// setUp makes a bench. change may be nil.
func setUp(t *testing.T, change func(*keyvault.Config)) *bench {
	t.Helper()
	box, err := vaultbox.New(host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(box.Close)
	b := &bench{Box: box, signIn: &signIn{box: box, life: time.Hour}}
	var mu sync.Mutex
	c := keyvault.Config{
		URL: "https://" + host, Suffix: suffix, Credential: b.signIn, UserAgent: "tap/test", Transport: box.Transport(), Pause: time.Millisecond,
		Trace: func(x keyvault.Exchange) { mu.Lock(); defer mu.Unlock(); b.seen = append(b.seen, x) },
	}
	if change != nil {
		change(&c)
	}
	if b.client, err = keyvault.New(c); err != nil {
		t.Fatal(err)
	}
	return b
}

// sample is a secret as a run writes it.
func sample() rollout.Secret {
	return rollout.Secret{
		Name: user, Passcode: secret.New(passcode),
		NotBefore: time.Date(2026, 12, 1, 6, 0, 0, 999, time.UTC), Expires: time.Date(2026, 12, 1, 14, 0, 0, 0, time.UTC),
		Tags: map[string]string{
			rollout.TagPassID: passID, rollout.TagUserID: user, rollout.TagUserPrincipalName: "adele.vance@contoso.com",
			rollout.TagTenantID: vaultbox.Tenant, rollout.TagRun: "20261124-1",
		},
	}
}

// wantError checks slug, words and hints of an error, and that it says nothing that it must not.
func wantError(t *testing.T, err error, slug errs.Slug, words ...string) *errs.Error {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", slug)
	}
	e := errs.Of(err)
	text := strings.Join(append([]string{e.Error()}, e.Hints...), "\n")
	if e.Slug != slug {
		t.Errorf("%s: %s, want %s", e.Slug, text, slug)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q lacks %q", text, w)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		for _, hidden := range []string{passcode, "canary", "said by a fault", "e30."} {
			if s := fmt.Sprintf(verb, err) + text; strings.Contains(s, hidden) {
				t.Errorf("%s shows %q: %s", verb, hidden, s)
			}
		}
	}
	return e
}

func TestPut(t *testing.T) {
	t.Parallel()
	b := setUp(t, nil)
	id, err := b.client.Put(t.Context(), sample())
	if err != nil {
		t.Fatal(err)
	}
	log := b.Log()
	if len(log) != 1 {
		t.Fatalf("%d versions, want 1", len(log))
	}
	v, s := log[0], sample()
	if v.Name != user || v.Value != passcode || !v.Enabled || v.ContentType != "Temporary Access Pass" {
		t.Errorf("%+v", v)
	}
	if !v.NotBefore.Equal(s.NotBefore.Truncate(time.Second)) || !v.Expires.Equal(s.Expires) {
		t.Errorf("from %s to %s", v.NotBefore, v.Expires)
	}
	if fmt.Sprint(v.Tags) != fmt.Sprint(s.Tags) {
		t.Errorf("tags %v, want %v", v.Tags, s.Tags)
	}
	if id != v.ID || strings.Contains(id, passcode) {
		t.Errorf("the address is %s, want %s", id, v.ID)
	}
	s.NotBefore = time.Time{}
	if _, err := b.client.Put(t.Context(), s); err != nil || !b.Log()[1].NotBefore.IsZero() {
		t.Errorf("without a start: %v, %+v", err, b.Log()[1])
	}
}

// What is asked for is a token for the cloud's vaults in the tenant of the sign-in, and the first call carries neither it nor the passcode.
func TestSignIn(t *testing.T) {
	t.Parallel()
	b := setUp(t, nil)
	if _, err := b.client.Put(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	if len(b.asked) != 1 || !slices.Equal(b.asked[0].Scopes, []string{"https://" + suffix + "/.default"}) || b.asked[0].TenantID != "" || !b.asked[0].EnableCAE {
		t.Errorf("asked for %+v", b.asked)
	}
	calls := b.Requests()
	if len(calls) != 2 || calls[0].Authorized || calls[0].Sized || !calls[1].Authorized || !calls[1].Sized {
		t.Errorf("%+v", calls)
	}
	if calls[1].Method != http.MethodPut || calls[1].Path != "/secrets/"+user || calls[1].Query != "api-version=2026-04-01" {
		t.Errorf("%+v", calls[1])
	}
	if _, err := b.client.Put(t.Context(), sample()); err != nil || len(b.Requests()) != 3 || len(b.asked) != 1 {
		t.Errorf("the second call: %v, %+v, %+v", err, b.Requests(), b.asked)
	}
	if len(b.seen) != 3 || b.seen[2].Status != 200 || b.seen[2].RequestID == "" || b.seen[2].ClientRequestID == "" || b.seen[0].Status != 401 {
		t.Errorf("told of %+v", b.seen)
	}
}

// Many at once share a token, and each gets the address of its own version.
func TestMany(t *testing.T) {
	t.Parallel()
	b := setUp(t, nil)
	if err := b.client.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 40 {
		group.Go(func() {
			s := sample()
			s.Name, s.Passcode = fmt.Sprintf("user-%d", i), secret.New(fmt.Sprintf("%s-%d", passcode, i))
			id, err := b.client.Put(t.Context(), s)
			if log := b.Written(s.Name); err != nil || len(log) != 1 || log[0].ID != id || log[0].Value != s.Passcode.Reveal() {
				t.Errorf("%d: %q, %v, %+v", i, id, err, log)
			}
		})
	}
	group.Wait()
	if len(b.tokens) != 1 || len(b.Log()) != 41 {
		t.Errorf("%d tokens, %d versions", len(b.tokens), len(b.Log()))
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	b := setUp(t, nil)
	b.Allow(false, "set")
	for range 2 {
		if err := b.client.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	log := b.Written("tap-probe")
	if len(log) != 2 || len(b.Log()) != 2 {
		t.Fatalf("%+v", b.Log())
	}
	if v := log[1]; v.Enabled || v.Expires.IsZero() || v.Expires.After(time.Now()) || v.Value == "" {
		t.Errorf("%+v", v)
	}
	b.Allow(false, "get", "list")
	wantError(t, b.client.Probe(t.Context()), errs.Denied, "probing the vault: "+host+": ", "Key Vault Secrets Officer")
	b.Allow(false, "set")
	b.Delete("tap-probe")
	wantError(t, b.client.Probe(t.Context()), errs.Rejected, "az keyvault secret recover --vault-name contoso --name tap-probe")
}

func TestHolds(t *testing.T) {
	t.Parallel()
	b := setUp(t, nil)
	holds := func(name, pass, want string) {
		t.Helper()
		if id, err := b.client.Holds(t.Context(), name, pass); err != nil || id != want {
			t.Errorf("Holds(%s, %s) = %q, %v; want %q", name, pass, id, err, want)
		}
	}
	holds(user, passID, "")
	id, err := b.client.Put(t.Context(), sample())
	if err != nil {
		t.Fatal(err)
	}
	holds(user, passID, id)
	holds(strings.ToUpper(user), passID, id)
	holds(user, "another", "")
	holds(user, "", "")
	later := sample()
	later.Tags[rollout.TagPassID] = "another"
	other, err := b.client.Put(t.Context(), later)
	if err != nil {
		t.Fatal(err)
	}
	holds(user, passID, "") // the latest counts
	holds(user, "another", other)
	untagged := sample()
	untagged.Tags = nil
	if _, err := b.client.Put(t.Context(), untagged); err != nil {
		t.Fatal(err)
	}
	holds(user, "another", "")
	holds(user, "", "")
	untagged.Tags = map[string]string{rollout.TagPassID: ""}
	if _, err := b.client.Put(t.Context(), untagged); err != nil {
		t.Fatal(err)
	}
	holds(user, "", "")
	b.Delete(user)
	holds(user, passID, "")

	if err := b.client.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = b.client.Holds(t.Context(), "tap-probe", passID)
	wantError(t, err, errs.Denied, "reading the secret: "+host+"/secrets/tap-probe: ", "disabled")
}

// What cannot be told is an error, never "it is not there".
func TestHoldsCannotTell(t *testing.T) {
	t.Parallel()
	b := setUp(t, nil)
	if _, err := b.client.Put(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	b.Allow(true, "set")
	_, err := b.client.Holds(t.Context(), user, passID)
	wantError(t, err, errs.Denied, "ForbiddenByPolicy", "az keyvault set-policy --name contoso")
	b.Allow(true, "set", "get")
	for _, f := range []vaultbox.Fault{
		{Status: 404, Body: "<html>canary-html</html>"},
		{Status: 404, Code: "NotFound"},
	} {
		b.Fault(f)
		if id, err := b.client.Holds(t.Context(), user, passID); err == nil {
			t.Errorf("%+v: %q without an error", f, id)
		}
		b.Mend()
	}
	for _, name := range []string{"", "a/b", "..", "a_b", strings.Repeat("a", 128)} {
		before := len(b.Requests())
		_, err := b.client.Holds(t.Context(), name, passID)
		wantError(t, err, errs.UsageFault, "cannot be the name of a secret")
		if len(b.Requests()) != before {
			t.Errorf("%q was sent", name)
		}
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"https://contoso.vault.azure.net", "https://contoso.vault.azure.net/", "HTTPS://Contoso.Vault.Azure.Net", "https://a-1.vault.azure.net", "https://a" + strings.Repeat("b", 23) + ".vault.azure.net"} {
		if _, err := keyvault.New(keyvault.Config{URL: url, Suffix: suffix}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{
		"", "contoso", "contoso.vault.azure.net", "http://contoso.vault.azure.net", "https://contoso.vault.azure.net:443", "https://contoso.vault.azure.net/secrets",
		"https://contoso.vault.azure.net//", "https://contoso.vault.azure.net/?x", "https://contoso.vault.azure.net#x", "https://canary@contoso.vault.azure.net",
		"https://u:canary@contoso.vault.azure.net", "https://evil.example/.vault.azure.net", "https://evil.example?.vault.azure.net", "https://evil.example#.vault.azure.net",
		`https://evil.example\.vault.azure.net`, "https://x@evil.example", "https://contoso.vault.azure.net.evil.example", "https://contosovault.azure.net",
		"https://a.b.vault.azure.net", "https://.vault.azure.net", "https://vault.azure.net", "https://ab.vault.azure.net", "https://1ab.vault.azure.net", "https://ab-.vault.azure.net",
		"https://a--b.vault.azure.net", "https://a_b.vault.azure.net", "https://" + strings.Repeat("a", 25) + ".vault.azure.net", "https://contoso.vault.azure.cn",
		"https://contoso.managedhsm.azure.net", "https://contoso.vault.azure.net\n", " https://contoso.vault.azure.net", "https://cont%6fso.vault.azure.net", "https://contos\u00f6.vault.azure.net",
	} {
		_, err := keyvault.New(keyvault.Config{URL: url, Suffix: suffix})
		wantError(t, err, errs.UsageFault, "https://NAME.vault.azure.net and nothing else", "--keyvault https://NAME.vault.azure.net")
	}
	if _, err := keyvault.New(keyvault.Config{URL: "https://contoso."}); err == nil {
		t.Error("a cloud without vaults has one")
	}
	if _, err := keyvault.New(keyvault.Config{URL: "https://contoso.vault.azure.cn", Suffix: "vault.azure.cn"}); err != nil {
		t.Error(err)
	}
}

// What no vault takes is not sent.
func TestWhatIsNotSent(t *testing.T) {
	t.Parallel()
	b := setUp(t, nil)
	for want, spoil := range map[string]func(*rollout.Secret){
		"cannot be the name of a secret":    func(s *rollout.Secret) { s.Name = "adele.vance@contoso.com" },
		"1 to 127 letters":                  func(s *rollout.Secret) { s.Name = strings.Repeat("a", 128) },
		"no value":                          func(s *rollout.Secret) { s.Passcode = secret.Text{} },
		"no end":                            func(s *rollout.Secret) { s.Expires = time.Time{} },
		"has 16 tags, 15 are allowed":       func(s *rollout.Secret) { s.Tags = tags(16) },
		`"long" has 257 characters`:         func(s *rollout.Secret) { s.Tags["long"] = strings.Repeat("é", 257) },
		"has 257 characters, 1 to 256":      func(s *rollout.Secret) { s.Tags[strings.Repeat("k", 257)] = "" },
		`the tag "" has 1 characters, 1`:    func(s *rollout.Secret) { s.Tags[""] = "x" },
		"writing the secret: " + host + ":": func(s *rollout.Secret) { s.Name = "" },
	} {
		s := sample()
		spoil(&s)
		_, err := b.client.Put(t.Context(), s)
		wantError(t, err, errs.UsageFault, want)
	}
	if len(b.Requests()) != 0 {
		t.Errorf("sent: %+v", b.Requests())
	}
	s := sample()
	s.Name, s.Tags = strings.Repeat("a", 127), tags(15)
	s.Tags["k0"] = strings.Repeat("é", 256)
	if _, err := b.client.Put(t.Context(), s); err != nil {
		t.Error(err)
	}
}

func tags(n int) map[string]string {
	out := map[string]string{}
	for i := range n {
		out[fmt.Sprintf("k%d", i)] = "v"
	}
	return out
}

// redirect answers each call with one.
type redirect struct{ hosts []string }

func (r *redirect) RoundTrip(req *http.Request) (*http.Response, error) {
	r.hosts = append(r.hosts, req.URL.Host)
	return &http.Response{StatusCode: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"https://evil.example/"}}, Body: io.NopCloser(strings.NewReader("")), Request: req}, nil
}

func TestNothingFollowsARedirect(t *testing.T) {
	t.Parallel()
	r := &redirect{}
	b := setUp(t, func(c *keyvault.Config) { c.Transport = r })
	_, err := b.client.Put(t.Context(), sample())
	wantError(t, err, errs.Busy, "something in between answered (status 307)")
	if !slices.Equal(r.hosts, []string{host}) || len(b.asked) != 0 {
		t.Errorf("asked %v, and for %v tokens", r.hosts, len(b.asked))
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"https://contoso.vault.azure.net", "https://contoso.vault.azure.net/", "HTTPS://Contoso.Vault.Azure.NET/"} {
		if got, err := keyvault.Address(typed, "vault.azure.net"); err != nil || got != "https://contoso.vault.azure.net" {
			t.Errorf("%s: %s, %v", typed, got, err)
		}
	}
	if _, err := keyvault.Address("https://contoso.vault.azure.cn", "vault.azure.net"); errs.ExitCode(err) != 2 {
		t.Errorf("a vault of another cloud: %v", err)
	}
}
