package auth_test

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"golang.org/x/sys/unix"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/auth/entra"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// desk is a machine on which people sign in: each process of it has a Memory of its own over the same folders.
type desk struct {
	t      *testing.T
	cache  string
	tokens auth.TokenStore
	warned []string
	a      *authority
}

// newDesk is a machine with the store of this system, emptied in the end. Names in the store follow from the folder, which is the test's.
func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, cache: t.TempDir(), tokens: auth.SystemTokens(), a: newAuthority(t)}
	t.Setenv("XDG_CACHE_HOME", d.cache)
	if _, err := d.tokens.Open("tap-test-" + filepath.Base(d.cache)); err != nil {
		t.Skip("this machine keeps no tokens: ", err)
	}
	t.Cleanup(func() {
		if err := d.memory().ForgetAll(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *desk) memory() *auth.Memory {
	return &auth.Memory{Folder: filepath.Join(d.cache, "tap"), Tokens: d.tokens, Warn: func(s string) { d.warned = append(d.warned, s) }}
}

// config is a sign-in of the next process.
func (d *desk) config(kind auth.Kind) auth.Config {
	c := d.a.config(kind)
	c.Memory = d.memory()
	return c
}

func (d *desk) signIn(c auth.Config) azcore.AccessToken {
	d.t.Helper()
	token, err := auth.SignIn(d.t.Context(), c, usual(c).Scopes)
	if err != nil {
		d.t.Fatal(err)
	}
	return token
}

// canary searches all files of the machine for what must not be in clear.
func (d *desk) canary() {
	d.t.Helper()
	files := 0
	err := filepath.WalkDir(d.cache, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), mark) || strings.Contains(path, mark) {
			d.t.Errorf("%s holds a token in clear", path)
		}
		if i, err := e.Info(); err == nil && i.Mode().Perm() != 0o600 && !strings.HasSuffix(path, ".lockfile") {
			d.t.Errorf("%s has the mode %v", path, i.Mode())
		}
		return err
	})
	if err != nil || files == 0 {
		d.t.Errorf("%d files searched: %v", files, err)
	}
}

func TestASecondProcessAsksNobody(t *testing.T) {
	for _, kind := range []auth.Kind{auth.Browser, auth.DeviceCode} {
		d := newDesk(t)
		useBrowser(t, "")
		first := d.signIn(d.config(kind))
		d.canary()
		asked := len(d.a.Requests("token"))
		c := d.config(kind)
		c.Unattended, c.Say = true, func(s string) { t.Errorf("%s: a person is told %q", kind, s) }
		second, err := get(t.Context(), t, c)
		if err != nil || second.Token != first.Token || len(d.a.Requests("token")) != asked {
			t.Errorf("%s: %v, %d requests for tokens more", kind, err, len(d.a.Requests("token"))-asked)
		}
		if len(d.warned) != 0 {
			t.Errorf("%s: warned %q", kind, d.warned)
		}
	}
}

// What one sign-in brought serves no other tenant, client or kind.
func TestARememberedSignInIsForItselfAlone(t *testing.T) {
	d := newDesk(t)
	d.signIn(d.config(auth.DeviceCode))
	for name, change := range map[string]func(*auth.Config){
		"tenant": func(c *auth.Config) { c.Tenant = "99999999-5b64-4e0f-9a51-0c2f4b1d8e77" },
		"client": func(c *auth.Config) { c.ClientID = "99999999-2222-4333-8444-555555555555" },
		"kind":   func(c *auth.Config) { c.Kind = auth.Browser },
		"cloud":  func(c *auth.Config) { c.Cloud.Name = "usgov" },
	} {
		c := d.config(auth.DeviceCode)
		c.Unattended = true
		change(&c)
		_, err := get(t.Context(), t, c)
		e := wantError(t, err, errs.Auth, "signing in: interaction needed: --auth "+string(c.Kind)+" asks a person, and nobody can be asked here")
		wantHint(t, e, strings.TrimSpace("tap login "+map[auth.Kind]string{auth.DeviceCode: "--auth device-code "}[c.Kind])+" --tenant "+c.Tenant)
		t.Log(name)
	}
	if got := d.memory().Latest(d.config(auth.Browser)); got != auth.DeviceCode {
		t.Errorf("the latest kind is %s", got)
	}
}

// A file that says it is about this sign-in and names another tenant is none.
func TestARecordOfAnotherTenant(t *testing.T) {
	d := newDesk(t)
	d.signIn(d.config(auth.DeviceCode))
	d.spoil(func(b []byte) []byte {
		return []byte(strings.ReplaceAll(string(b), `"tenantId": "`+tenantID, `"tenantId": "99999999-5b64-4e0f-9a51-0c2f4b1d8e77`))
	})
	if a := d.memory().Find(d.config(auth.DeviceCode)); a != nil || len(d.warned) != 1 || !strings.Contains(d.warned[0], "it is about another sign-in") {
		t.Errorf("found %+v, warned %q", a, d.warned)
	}
}

// spoil changes the one file.
func (d *desk) spoil(change func([]byte) []byte) string {
	d.t.Helper()
	files, err := filepath.Glob(filepath.Join(d.cache, "tap", "*.json"))
	if err != nil || len(files) != 1 {
		d.t.Fatalf("%q, %v", files, err)
	}
	b, err := os.ReadFile(files[0])
	if err == nil {
		err = os.WriteFile(files[0], change(b), 0o600)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return files[0]
}

func TestARecordThatCannotBeUsed(t *testing.T) {
	d := newDesk(t)
	for name, text := range map[string]string{"empty": "", "torn": `{"cloud": "glo`, "nobody": `{}`, "version": `{"record": {"version": "9"}}`} {
		d.warned = nil
		d.signIn(d.config(auth.DeviceCode))
		path := d.spoil(func([]byte) []byte { return []byte(text) })
		c := d.config(auth.DeviceCode)
		c.Unattended = true
		_, err := get(t.Context(), t, c)
		wantHint(t, wantError(t, err, errs.Auth, "interaction needed"), "tap login --auth device-code --tenant "+tenantID)
		if len(d.warned) != 1 || !strings.Contains(d.warned[0], path) {
			t.Errorf("%s: warned %q", name, d.warned)
		}
		d.warned = nil
		d.signIn(d.config(auth.DeviceCode))
		if a := d.memory().Find(d.config(auth.DeviceCode)); a == nil || len(d.warned) != 0 {
			t.Errorf("%s: the sign-in did not mend it: %q", name, d.warned)
		}
	}
}

func TestTheRefreshTokenHasRunOut(t *testing.T) {
	d := newDesk(t)
	d.a.Lifetime = 1 // MSAL takes a token that ends within five minutes for none
	d.a.On("token", func(w http.ResponseWriter, r *http.Request) {
		if r.PostForm.Get("grant_type") == "refresh_token" {
			entra.Refuse(400, "invalid_grant", 700082, "The refresh token has expired due to inactivity.")(w, r)
			return
		}
		d.a.Answer(w, r)
	})
	_, _ = auth.SignIn(t.Context(), d.config(auth.DeviceCode), usual(d.config(auth.DeviceCode)).Scopes)
	c := d.config(auth.DeviceCode)
	c.Unattended = true
	_, err := get(t.Context(), t, c)
	e := wantError(t, err, errs.Auth, "interaction needed: the earlier sign-in has run out: a fresh one is needed (AADSTS700082)")
	wantHint(t, e, "tap login --auth device-code --tenant "+tenantID+" --client-id "+clientID)
}

// Whoever is remembered is asked again by a sign-in, and the authority that is down is no reason to ask.
func TestTheAuthorityIsDown(t *testing.T) {
	d := newDesk(t)
	d.a.Lifetime = 400
	d.signIn(d.config(auth.DeviceCode))
	d.a.On("token", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	c := d.config(auth.DeviceCode)
	c.Unattended, c.Kind = true, auth.DeviceCode
	o := usual(c)
	o.Claims = `{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}`
	_, err := newCredential(t, c).GetToken(t.Context(), o)
	wantError(t, err, errs.Busy, "503")
}

func TestForgetLeavesNothing(t *testing.T) {
	d := newDesk(t)
	other := d.config(auth.DeviceCode)
	other.Tenant = "contoso.example"
	for _, c := range []auth.Config{d.config(auth.DeviceCode), other} {
		d.signIn(c)
	}
	names := d.stored()
	if len(names) != 2 {
		t.Fatalf("stored as %q", names)
	}
	for _, n := range names {
		if !keyIsThere(n + ".cae") {
			t.Errorf("no key %s is in the keyring: it is searched for in the wrong place", n)
		}
	}
	gone, err := d.memory().Forget(d.config(auth.DeviceCode))
	if err != nil || gone == nil || gone.Record.Username != "helpdesk@contoso.com" {
		t.Fatalf("%+v, %v", gone, err)
	}
	if left := d.stored(); len(left) != 1 {
		t.Errorf("%q are left, want the other", left)
	}
	if all, err := d.memory().Accounts(); err != nil || len(all) != 1 || all[0].Tenant != "contoso.example" {
		t.Errorf("%+v, %v", all, err)
	}
	if gone, err := d.memory().Forget(d.config(auth.DeviceCode)); err != nil || gone != nil {
		t.Errorf("a second time: %+v, %v", gone, err)
	}
	if err := d.memory().ForgetAll(); err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if keyIsThere(n + ".cae") {
			t.Errorf("the key %s is still in the keyring", n)
		}
	}
	d.wantEmpty()
}

// stored are the names under which something is kept.
func (d *desk) stored() (names []string) {
	files, _ := filepath.Glob(filepath.Join(d.cache, "tap", "*.json"))
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".json"))
	}
	return names
}

// wantEmpty searches for any file.
func (d *desk) wantEmpty() {
	d.t.Helper()
	_ = filepath.WalkDir(d.cache, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			d.t.Errorf("%s is left", path)
		}
		return err
	})
}

// keyIsThere looks into the user's keyring and the persistent one.
func keyIsThere(name string) bool {
	user, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, false)
	if err != nil {
		return false
	}
	_, err = unix.KeyctlSearch(user, "user", name, 0) // which has a link to the persistent one
	return err == nil
}

func TestASystemWithoutAStore(t *testing.T) {
	d := &desk{t: t, cache: t.TempDir(), tokens: auth.NoTokens("keyctl is not permitted"), a: newAuthority(t)}
	d.signIn(d.config(auth.DeviceCode))
	want := []string{"tokens are kept for this command alone, and the next one asks again: keyctl is not permitted"}
	if !slices.Equal(d.warned, want) {
		t.Errorf("warned %q, want %q", d.warned, want)
	}
	d.wantEmpty()
	cred := newCredential(t, d.config(auth.DeviceCode))
	for range 2 {
		if _, err := cred.GetToken(t.Context(), usual(d.config(auth.DeviceCode))); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(d.a.Requests("devicecode")); n != 2 {
		t.Errorf("%d people asked, want one in each process", n)
	}
}

// Many processes that sign in at once leave one whole file.
func TestManySignInAtOnce(t *testing.T) {
	d := newDesk(t)
	var wg sync.WaitGroup
	for range 8 {
		c := d.config(auth.DeviceCode)
		c.Memory.Warn = func(s string) { t.Error(s) }
		wg.Go(func() {
			if _, err := auth.SignIn(context.Background(), c, usual(c).Scopes); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if names := d.stored(); len(names) != 1 {
		t.Errorf("stored %q", names)
	}
	if parts, _ := filepath.Glob(filepath.Join(d.cache, "tap", ".*")); len(parts) != 0 {
		t.Errorf("%q are left", parts)
	}
	if a := d.memory().Find(d.config(auth.DeviceCode)); a == nil || time.Since(a.SignedIn) > time.Minute {
		t.Errorf("found %+v", a)
	}
}

// A part that a crash left goes with everything else, and a folder that is none is said to be.
func TestForgetAllSweeps(t *testing.T) {
	d := newDesk(t)
	d.signIn(d.config(auth.DeviceCode))
	name := d.stored()[0]
	if err := os.WriteFile(filepath.Join(d.cache, "tap", "."+name+".json-123"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.spoil(func([]byte) []byte { return nil })
	other := d.config(auth.DeviceCode)
	other.Tenant = "contoso.example"
	d.signIn(other)
	for _, n := range d.stored() {
		if n != name {
			_ = os.Remove(filepath.Join(d.cache, "tap", n+".json")) // as if somebody had emptied the folder
		}
	}
	if err := d.memory().ForgetAll(); err != nil {
		t.Fatal(err)
	}
	d.wantEmpty()
	m := d.memory()
	m.Folder = filepath.Join(d.cache, "file")
	if err := os.WriteFile(m.Folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var e *errs.Error
	if err := m.ForgetAll(); !errors.As(err, &e) || e.Slug != errs.LocalFault {
		t.Errorf("%v", err)
	}
}

// A sign-in that comes to nothing leaves nothing, and takes nothing from one that did.
func TestARefusedSignInLeavesNothing(t *testing.T) {
	d := newDesk(t)
	refused := entra.Refuse(400, "access_denied", 530033, "Blocked.")
	d.a.On("token", refused)
	c := d.config(auth.DeviceCode)
	if _, err := auth.SignIn(t.Context(), c, usual(c).Scopes); err == nil {
		t.Fatal("nothing was refused")
	}
	d.wantEmpty()
	d.a.On("token", nil)
	d.signIn(d.config(auth.DeviceCode))
	d.a.On("token", refused)
	if _, err := auth.SignIn(t.Context(), d.config(auth.DeviceCode), usual(c).Scopes); err == nil {
		t.Fatal("nothing was refused")
	}
	c = d.config(auth.DeviceCode)
	c.Unattended = true
	if _, err := get(t.Context(), t, c); err != nil {
		t.Error(err)
	}
}
