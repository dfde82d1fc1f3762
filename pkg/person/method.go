package person

import "time"

// Method is one of the authentication methods that a user has registered.
// https://learn.microsoft.com/graph/api/resources/authenticationmethods-overview
type Method struct {
	ID string
	// Type is as Graph names it: "fido2" of #microsoft.graph.fido2AuthenticationMethod. New types come without notice.
	Type string
	// Name tells it from others of its type: what the user called it, a phone number, a mail address; "" where the service
	// says none. Untrusted: escape it before it is shown.
	Name    string
	Created time.Time // UTC; zero where the service does not say
}

// The types of methods (graph.md section 6) that are more than words to tap.
const (
	Password            = "password"
	TemporaryAccessPass = "temporaryAccessPass"
)

// kind is what is known of a type of method.
type kind struct {
	words        string
	passwordless bool
}

// kinds are the types that there are. An Authenticator, as Graph lists it, may be set up for sign-in without a password or
// for a second factor alone, so it does not count as passwordless; a passkey in one is listed as fido2.
// https://learn.microsoft.com/entra/identity/authentication/concept-authentication-passwordless
var kinds = map[string]kind{
	"fido2":                   {"passkey (FIDO2)", true},
	"windowsHelloForBusiness": {"Windows Hello for Business", true},
	"platformCredential":      {"platform credential (macOS)", true},
	"microsoftAuthenticator":  {"Microsoft Authenticator", false},
	"phone":                   {"phone", false},
	Password:                  {"password", false},
	"email":                   {"mail address", false},
	"softwareOath":            {"authenticator app (OATH)", false},
	"hardwareOath":            {"hardware token (OATH)", false},
	"qrCodePin":               {"QR code with PIN", false},
	"external":                {"external method", false},
	TemporaryAccessPass:       {"Temporary Access Pass", false},
}

// Words is the type as people call it; one that is not known as Graph names it, which is untrusted.
func (m Method) Words() string {
	if k, known := kinds[m.Type]; known {
		return k.words
	}
	return m.Type
}

// Passwordless reports whether the user can sign in with the method and no password.
func (m Method) Passwordless() bool { return kinds[m.Type].passwordless }

// Registered reports whether it is a method that a user registers: neither the password nor a pass.
func (m Method) Registered() bool { return m.Type != Password && m.Type != TemporaryAccessPass }
