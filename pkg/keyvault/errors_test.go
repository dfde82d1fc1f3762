package keyvault_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/keyvault"
	"github.com/seed-5ddf9a5e/tap/pkg/keyvault/vaultbox"
)

// claims is a challenge of conditional access.
var claims = map[string]string{"WWW-Authenticate": `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="` +
	base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"nbf":{"essential":true}}}`)) + `"`}

// early answers each call with a 401 of this challenge, whatever token it carries.
func early(challenge string) func(*bench) {
	return func(b *bench) {
		b.Fault(vaultbox.Fault{Early: true, Status: 401, Code: "Unauthorized", Header: map[string]string{"WWW-Authenticate": challenge}})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set   func(*bench)
		slug  errs.Slug
		words []string
		calls int // that reach the box, the one without a token included
	}{
		"no role": {func(b *bench) { b.Allow(false) }, errs.Denied, []string{
			"writing the secret: " + host + "/secrets/" + user + `: this needs the role "Key Vault Secrets Officer" on the vault (403 ForbiddenByRbac)`,
			`az role assignment create --role "Key Vault Secrets Officer" --assignee OBJECT_ID --scope "$(az keyvault show --name contoso --query id --output tsv)"`}, 2},
		"no policy": {func(b *bench) { b.Allow(true) }, errs.Denied, []string{"access policy", "az keyvault set-policy --name contoso --object-id OBJECT_ID --secret-permissions get set"}, 2},
		"firewall": {func(b *bench) { b.Wall("ForbiddenByFirewall") }, errs.Denied, []string{
			"the vault's firewall does not let this machine's address in (403 ForbiddenByFirewall)", "az keyvault network-rule add --name contoso --ip-address ADDRESS"}, 2},
		"private": {func(b *bench) { b.Wall("ForbiddenByConnection") }, errs.Denied, []string{"private endpoints", "publicNetworkAccess"}, 2},
		"deleted": {func(b *bench) { b.Delete(user) }, errs.Rejected, []string{
			"can still be recovered", "409 ObjectIsDeletedButRecoverable", "az keyvault secret recover --vault-name contoso --name " + user}, 2},
		"being deleted":   {func(b *bench) { b.Occupy(user, "ObjectIsBeingDeleted") }, errs.Busy, []string{"409 ObjectIsBeingDeleted"}, 2},
		"being recovered": {func(b *bench) { b.Occupy(user, "ObjectIsBeingRecovered") }, errs.Busy, []string{"409 ObjectIsBeingRecovered"}, 2},
		"another tenant": {func(b *bench) { b.life = -time.Hour }, errs.Auth, []string{
			"does not take this sign-in: it belongs to the tenant " + vaultbox.Tenant, "az keyvault show --name contoso --query properties.tenantId"}, 2},
		"claims twice":                      {func(b *bench) { b.Fault(vaultbox.Fault{Status: 401, Code: "Unauthorized", Header: claims}) }, errs.Auth, []string{"conditional access asks for more"}, 3},
		"no such vault":                     {func(b *bench) { b.Fault(vaultbox.Fault{Status: 404, Code: "NotFound"}) }, errs.NotFound, []string{"404 NotFound"}, 2},
		"bad request":                       {func(b *bench) { b.Fault(vaultbox.Fault{Status: 400, Code: "BadParameter"}) }, errs.Rejected, []string{"the vault refused it (400 BadParameter)"}, 2},
		"odd code":                          {func(b *bench) { b.Fault(vaultbox.Fault{Status: 400, Code: babble + " x"}) }, errs.Busy, []string{"something in between"}, 2},
		"proxy":                             {func(b *bench) { b.Fault(vaultbox.Fault{Status: 403, Body: "<html>" + babble}) }, errs.Busy, []string{"something in between answered (status 403)", "curl -sSI https://" + host}, 2},
		"proxy's 401":                       {early(`Basic realm="` + babble + `"`), errs.Busy, []string{"something in between answered (status 401)", "curl -sSI https://" + host}, 1},
		"no challenge":                      {early(""), errs.Busy, []string{"something in between"}, 1},
		"no tenant":                         {early(`Bearer authorization="x", resource="https://vault.azure.net"`), errs.Busy, []string{"something in between"}, 1},
		"another cloud's":                   {early(`Bearer authorization="https://login.evil.example/t", resource="https://azure.net"`), errs.Busy, []string{"something in between"}, 1},
		"two tenants":                       {early(`Bearer authorization="https://login.microsoftonline.com/t", authorization="x", resource="https://vault.azure.net"`), errs.Auth, []string{"belongs to the tenant t"}, 2},
		"claims, and a tenant that is none": {early(`Bearer authorization="x", resource="https://vault.azure.net", claims="e30="`), errs.Auth, []string{"conditional access"}, 2},
		"throttled":                         {func(b *bench) { b.Fault(vaultbox.Fault{Status: 429, Code: "Throttled"}) }, errs.Busy, []string{"the vault is throttled (429 Throttled)"}, 7},
		"throttled for long": {func(b *bench) {
			b.Fault(vaultbox.Fault{Status: 429, Code: "Throttled", Header: map[string]string{"Retry-After": "3600"}})
		}, errs.Busy, []string{"throttled"}, 2},
		"down":       {func(b *bench) { b.Fault(vaultbox.Fault{Status: 503, Code: "ServiceUnavailable"}) }, errs.Busy, []string{"cannot answer at the moment (503 ServiceUnavailable)"}, 7},
		"cut":        {func(b *bench) { b.Fault(vaultbox.Fault{Cut: true}) }, errs.Busy, []string{"the vault cannot be reached: "}, 0},
		"no JSON":    {func(b *bench) { b.Fault(vaultbox.Fault{Status: 200, Body: "<html>" + babble}) }, errs.Busy, []string{"the answer is no JSON"}, 7},
		"no version": {func(b *bench) { b.Fault(vaultbox.Fault{Status: 200, Body: "{}"}) }, errs.Busy, []string{"does not name a version"}, 2},
		"other's": {func(b *bench) {
			b.Fault(vaultbox.Fault{Status: 200, Body: `{"id":"https://evils.vault.example.com/secrets/` + user + `/1"}`})
		}, errs.Busy, []string{"does not name a version"}, 2},
		"odd version": {func(b *bench) {
			b.Fault(vaultbox.Fault{Status: 200, Body: `{"id":"https://` + host + `/secrets/` + user + `/1?` + babble + `"}`})
		}, errs.Busy, []string{"does not name a version"}, 2},
		"wrong type": {func(b *bench) { b.Fault(vaultbox.Fault{Status: 200, Body: `{"id":7,"value":"` + babble + `"}`}) }, errs.Internal, []string{"the SDK cannot use"}, 2},
		"endless":    {func(b *bench) { b.Fault(vaultbox.Fault{Status: 200, Body: `"` + strings.Repeat("x", 1<<20) + `"`}) }, errs.Busy, []string{"too long"}, 7},
		"no sign-in": {func(b *bench) { b.err = &errs.Error{Slug: errs.Auth, What: "signing in", Why: "expired"} }, errs.Auth, []string{"signing in: " + host + "/secrets/" + user + ": expired"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setUp(t, nil)
			c.set(b)
			_, err := b.client.Put(t.Context(), sample())
			e := wantError(t, err, c.slug, c.words...)
			if n := len(b.Requests()); c.calls > 0 && n != c.calls {
				t.Errorf("%d calls, want %d", n, c.calls)
			}
			if last := b.seen[len(b.seen)-1]; e.RequestID != "" && e.RequestID != last.RequestID {
				t.Errorf("the request id is %q, want %q", e.RequestID, last.RequestID)
			}
			if strings.Contains(e.Why, "403 Forbidden") && e.RequestID == "" {
				t.Error("without a request id")
			}
		})
	}
}

// Wherever it breaks, the secret is there in the end, and its latest version is the pass.
func TestRepeated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault    vaultbox.Fault
		versions int
	}{
		"before writing": {vaultbox.Fault{Times: 2, Status: 503, Code: "ServiceUnavailable"}, 1},
		"after writing":  {vaultbox.Fault{Times: 2, Status: 503, Code: "ServiceUnavailable", Written: true}, 3},
		"cut before":     {vaultbox.Fault{Times: 1, Cut: true}, 1},
		"lost answer":    {vaultbox.Fault{Times: 1, Cut: true, Written: true}, 2},
		"throttled":      {vaultbox.Fault{Times: 1, Status: 429, Code: "Throttled"}, 1},
		"timed out":      {vaultbox.Fault{Times: 1, Status: 408, Code: "Timeout"}, 1},
		"written over":   {vaultbox.Fault{Times: 1, Status: 200, Body: "<html>", Written: true}, 2},
		"claims":         {vaultbox.Fault{Times: 1, Status: 401, Code: "Unauthorized", Header: claims}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setUp(t, nil)
			b.Fault(c.fault)
			id, err := b.client.Put(t.Context(), sample())
			if err != nil {
				t.Fatal(err)
			}
			log := b.Written(user)
			if len(log) != c.versions || log[len(log)-1].ID != id || log[0].Value != passcode {
				t.Errorf("%d versions, want %d; %s", len(log), c.versions, id)
			}
			if held, err := b.client.Holds(t.Context(), user, passID); err != nil || held != id {
				t.Errorf("Holds = %q, %v; want %q", held, err, id)
			}
			if name == "claims" && (len(b.asked) != 2 || !strings.Contains(b.asked[1].Claims, "essential")) {
				t.Errorf("asked for %+v", b.asked)
			}
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	b := setUp(t, nil)
	b.Fault(vaultbox.Fault{Times: 1, Status: 429, Code: "Throttled", Header: map[string]string{"Retry-After": "1"}})
	began := time.Now()
	if _, err := b.client.Put(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < time.Second {
		t.Errorf("came again after %s", took)
	}
}

// A token that is refused half-way is replaced, and the passcode sent again.
func TestExpiredToken(t *testing.T) {
	t.Parallel()
	b := setUp(t, nil)
	if _, err := b.client.Put(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	b.Revoke(b.tokens[0])
	if _, err := b.client.Put(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	if len(b.tokens) != 2 || len(b.Log()) != 2 || b.Log()[1].Value != passcode {
		t.Errorf("%d tokens, %d versions", len(b.tokens), len(b.Log()))
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	signal := &errs.Error{Slug: errs.Terminated, Why: "terminated"}
	for name, c := range map[string]struct {
		cause error
		slug  errs.Slug
		words string
	}{
		"Ctrl-C":  {nil, errs.Interrupted, "interrupted"},
		"SIGTERM": {signal, errs.Terminated, "terminated"},
		"time":    {context.DeadlineExceeded, errs.Busy, "did not answer within the time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setUp(t, nil)
			hold := make(chan struct{})
			defer close(hold)
			b.Fault(vaultbox.Fault{Hold: hold, Status: 503, Code: "ServiceUnavailable"})
			ctx, cancel := context.WithCancelCause(t.Context())
			done := make(chan error)
			go func() { _, err := b.client.Put(ctx, sample()); done <- err }()
			for len(b.Requests()) < 2 {
				time.Sleep(time.Millisecond) // until it waits for its answer
			}
			cancel(c.cause)
			err := <-done
			wantError(t, err, c.slug, c.words)
			if c.cause == nil && !errors.Is(err, context.Canceled) {
				t.Errorf("%v does not wrap the cause", err)
			}
		})
	}
}

// A wait for the vault ends with the command.
func TestAWaitIsInterrupted(t *testing.T) {
	t.Parallel()
	b := setUp(t, nil)
	b.Fault(vaultbox.Fault{Status: 429, Code: "Throttled", Header: map[string]string{"Retry-After": "30"}})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := b.client.Put(ctx, sample())
	wantError(t, err, errs.Interrupted)
}

// failing is a network that does not work.
type failing struct {
	err   error
	calls int
}

func (f *failing) RoundTrip(*http.Request) (*http.Response, error) {
	f.calls++
	return nil, f.err
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err   error
		slug  errs.Slug
		words []string
		calls int
	}{
		"no name":     {&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}, errs.NotFound, []string{"there is no vault of this name", "az keyvault show --name contoso"}, 1},
		"no resolver": {&net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", Name: host, IsTemporary: true}}, errs.Busy, []string{"server misbehaving"}, 6},
		"refused":     {&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}, errs.Busy, []string{"the vault cannot be reached: connection refused"}, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &failing{err: c.err}
			b := setUp(t, func(k *keyvault.Config) { k.Transport = f })
			_, err := b.client.Put(t.Context(), sample())
			wantError(t, err, c.slug, c.words...)
			if f.calls != c.calls {
				t.Errorf("%d calls, want %d", f.calls, c.calls)
			}
		})
	}
}

// silent is a network in which nobody answers.
type silent struct{ calls int }

func (s *silent) RoundTrip(req *http.Request) (*http.Response, error) {
	s.calls++
	<-req.Context().Done()
	return nil, context.Cause(req.Context())
}

func TestPatience(t *testing.T) {
	t.Parallel()
	s := &silent{}
	b := setUp(t, func(c *keyvault.Config) { c.Transport, c.Pause = s, 0 })
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := b.client.Put(t.Context(), sample())
		wantError(t, err, errs.Busy, "the vault cannot be reached: no answer within 30s")
		// six attempts, and between them 1, 3, 7, 15 and 31 s, give or take some
		if took := time.Since(began); s.calls != 6 || took < (180+45)*time.Second || took > (180+75)*time.Second {
			t.Errorf("%d calls in %s", s.calls, took)
		}
	})
}

func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	var stranger *vaultbox.Box
	b := setUp(t, func(c *keyvault.Config) {
		var err error
		if stranger, err = vaultbox.New(host); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stranger.Close)
		trusts := c.Transport.(*http.Transport).Clone() // of the one box
		trusts.DialContext = stranger.Transport().(*http.Transport).DialContext
		c.Transport = trusts
	})
	_, err := b.client.Put(t.Context(), sample())
	wantError(t, err, errs.Busy, "its certificate is not trusted here")
	if len(stranger.Requests()) != 0 || len(b.seen) != 1 {
		t.Errorf("%d calls after %d tries", len(stranger.Requests()), len(b.seen))
	}
}
