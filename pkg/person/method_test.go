package person_test

import (
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

func TestMethodWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, words              string
		passwordless, registered bool
	}{
		{"fido2", "passkey (FIDO2)", true, true},
		{"windowsHelloForBusiness", "Windows Hello for Business", true, true},
		{"platformCredential", "platform credential (macOS)", true, true},
		{"microsoftAuthenticator", "Microsoft Authenticator", false, true},
		{"phone", "phone", false, true},
		{"password", "password", false, false},
		{"temporaryAccessPass", "Temporary Access Pass", false, false},
		{"holographic", "holographic", false, true},
	} {
		m := person.Method{Type: c.kind}
		if m.Words() != c.words || m.Passwordless() != c.passwordless || m.Registered() != c.registered {
			t.Errorf("%s is %q, passwordless %v, registered %v", c.kind, m.Words(), m.Passwordless(), m.Registered())
		}
	}
}

func TestCameAfter(t *testing.T) {
	t.Parallel()
	pass := time.Date(2026, 11, 23, 9, 30, 0, 700_000_000, time.UTC)
	for _, c := range []struct {
		created time.Time
		want    bool
	}{
		{time.Time{}, true},
		{pass.Add(time.Second), true},
		{pass.Truncate(time.Second), true}, // in whole seconds it came with the pass
		{pass.Truncate(time.Second).Add(-1), false},
	} {
		if got := (person.Method{Created: c.created}).CameAfter(pass); got != c.want {
			t.Errorf("%s came after: %v", c.created, got)
		}
	}
}
