package auth

import (
	"fmt"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// Kind is a way to sign in.
type Kind string

// The kinds of sign-in.
const (
	Browser      Kind = "browser"       // a person, in the browser of this machine
	DeviceCode   Kind = "device-code"   // a person, in a browser anywhere, with a code typed in by hand
	ClientSecret Kind = "client-secret" // an application, with its secret
)

// Kinds lists the kinds of sign-in.
func Kinds() []Kind { return []Kind{Browser, DeviceCode, ClientSecret} }

// ParseKind returns the kind of this name, without regard to case.
func ParseKind(s string) (Kind, error) {
	names := make([]string, 0, len(Kinds()))
	for _, k := range Kinds() {
		if strings.EqualFold(string(k), s) {
			return k, nil
		}
		names = append(names, string(k))
	}
	return "", errs.Usage(fmt.Sprintf("no kind of sign-in is called %q: use %s", s, strings.Join(names, ", ")))
}

// Application reports whether an application signs in rather than a person. The
// kind alone decides that: the claims of a token are a hint, never a proof.
func (k Kind) Application() bool { return k == ClientSecret }

// Unattended says why this kind cannot sign in where nobody is there to ask. It is nil for applications.
func Unattended(k Kind) error {
	if k.Application() {
		return nil
	}
	return &errs.Error{
		Slug: errs.Auth,
		What: "signing in",
		Why:  fmt.Sprintf("interaction needed: --auth %s asks a person, and nobody can be asked here", k),
		Hints: []string{
			"--auth client-secret --tenant TENANT --client-id CLIENT_ID",
		},
	}
}

// KindFlag is a kind as a flag's value: fs.Var((*auth.KindFlag)(&kind), "auth", …).
type KindFlag Kind

// Set takes a name that ParseKind accepts.
func (f *KindFlag) Set(s string) error {
	k, err := ParseKind(s)
	if err == nil {
		*f = KindFlag(k)
	}
	return err
}

// String returns the kind's name, or nothing where none was set.
func (f *KindFlag) String() string { return string(*f) }

// Type names the value in a command's help.
func (f *KindFlag) Type() string { return "kind" }
