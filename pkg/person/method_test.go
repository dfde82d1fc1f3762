package person_test

import (
	"testing"

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
