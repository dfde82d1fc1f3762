package auth

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// Part says what a key of a profile is about.
type Part int

// The parts of a profile.
const (
	OfTarget  Part = iota // where to work, and as whom: a sandbox has its own
	OfOutput              // how times are read and answers printed
	OfRequest             // what a new pass is asked to be
)

// Key is one key of a profile and of the machine settings. It has the name of the flag that it stands for.
type Key struct {
	Name    string
	Part    Part
	Default string // what counts where nobody says anything; "" where that depends on more than this
	Switch  bool   // it is true or false
	Path    bool   // it is the path of a file
	read    func(string) (string, error)
}

// Keys lists every key that a profile can have, in the order in which they are shown. A flag of a kind of sign-in becomes a
// key by one line here; it must take no secret.
func Keys() []Key {
	return []Key{
		{Name: "cloud", Part: OfTarget, Default: "global", read: readCloud},
		{Name: "tenant", Part: OfTarget, read: readTenant},
		{Name: "auth", Part: OfTarget, read: readKind},
		{Name: "client-id", Part: OfTarget, read: readGUID},
		{Name: "client-secret-file", Part: OfTarget, Path: true, read: readPath},
		{Name: "client-certificate", Part: OfTarget, Path: true, read: readPath},
		{Name: "client-certificate-password-file", Part: OfTarget, Path: true, read: readPath},
		{Name: "federated-token-file", Part: OfTarget, Path: true, read: readPath},
		{Name: "service-connection", Part: OfTarget, read: readGUID},
		{Name: "ca-file", Part: OfTarget, Path: true, read: readPath},
		{Name: "protected", Part: OfTarget, Default: "false", Switch: true, read: readSwitch},
		{Name: "tz", Part: OfOutput, read: readZone},
		{Name: "output", Part: OfOutput, Default: string(output.Table), read: readFormat},
		{Name: "lifetime", Part: OfRequest, read: readLifetime},
		{Name: "one-time", Part: OfRequest, Switch: true, read: readSwitch},
	}
}

// Read returns the value as it is kept and compared: two spellings of one value are the same text.
func (k Key) Read(value string) (string, error) { return k.read(value) }

// FindKey returns the key of this name.
func FindKey(name string) (Key, bool) {
	n := slices.IndexFunc(Keys(), func(k Key) bool { return k.Name == name })
	if n < 0 {
		return Key{}, false
	}
	return Keys()[n], true
}

// Values are texts by the names of their keys, as Key.Read returns them.
type Values map[string]string

// Unkeyed says why a name is no key of a profile.
func Unkeyed(name string) string {
	switch lower := strings.ToLower(name); {
	case slices.Contains(said(), lower):
		return fmt.Sprintf("%s chooses users, gives consent or names a destination: it is said with each command", name)
	case !strings.HasSuffix(lower, "-file") && slices.ContainsFunc(secretWords(), func(w string) bool { return strings.Contains(lower, w) }):
		return fmt.Sprintf("%s would be a secret in a file: a profile says at most in which file one is", name)
	}
	return fmt.Sprintf("%s is no key: there are %s", name, strings.Join(names(), ", "))
}

// said are the flags that are said with each command.
func said() []string {
	return []string{
		"file", "group", "all", "yes", "replace", "if-exists", "allow-privileged", "restart", "out", "recipient", "recipients-file",
		"keyvault", "mail", "sandbox", "sandbox-url", "sandbox-as",
	}
}

func secretWords() []string { return []string{"secret", "password", "passcode", "passphrase", "token"} }

func names() (all []string) {
	for _, k := range Keys() {
		all = append(all, k.Name)
	}
	return all
}

var profileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)

// CheckProfileName refuses what is no name of a profile: letters, digits, hyphens and underscores, 63 at most.
func CheckProfileName(name string) error {
	if profileName.MatchString(name) {
		return nil
	}
	return errs.Usage(fmt.Sprintf("%q is no name for a profile: letters, digits, - and _", name), "tap profile list")
}

// readCloud leaves a name that it does not know as it is: the machine settings may know it.
func readCloud(s string) (string, error) {
	if c, err := ParseCloud(s); err == nil {
		return c.Name, nil
	}
	if !profileName.MatchString(s) {
		return "", fmt.Errorf("%q is no name of a cloud", s)
	}
	return strings.ToLower(s), nil
}

func readTenant(s string) (string, error) {
	err := Config{Tenant: s}.validateIDs()
	if s == "" {
		err = errors.New("a tenant is a GUID or a domain name")
	}
	return strings.ToLower(s), err
}

func readKind(s string) (string, error) {
	k, err := ParseKind(s)
	return string(k), err
}

func readGUID(s string) (string, error) {
	if !isGUID(s) {
		return "", fmt.Errorf("%q is not a GUID", s)
	}
	return strings.ToLower(s), nil
}

// readPath takes no path that means another file in another folder.
func readPath(s string) (string, error) {
	if !filepath.IsAbs(s) {
		return "", fmt.Errorf("%q is no whole path of a file", s)
	}
	return filepath.Clean(s), nil
}

func readZone(s string) (string, error) {
	z, err := when.LoadZone(s)
	if err != nil {
		return "", err
	}
	return z.String(), nil
}

func readFormat(s string) (string, error) {
	var f output.Format
	err := f.Set(s)
	if f == output.HTML {
		return "", fmt.Errorf("html is for tap report alone: choose %s", f.Type())
	}
	return string(f), err
}

func readLifetime(s string) (string, error) {
	d, err := when.ParseDuration(s)
	return d.String(), err
}

func readSwitch(s string) (string, error) {
	if s != "true" && s != "false" {
		return "", fmt.Errorf("%q is neither true nor false", s)
	}
	return s, nil
}
