package auth

import (
	"fmt"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// Noun is what a command works on, as far as the clouds differ in it.
type Noun string

// The nouns.
const (
	Passes Noun = "passes"
	Policy Noun = "the policy"
	Logs   Noun = "the audit log"
)

// Reports tells whether Microsoft offers the reports and logs of Entra in the cloud; nil: it does. Else it is a usage error with other ways.
// https://learn.microsoft.com/graph/api/authenticationmethodsroot-list-userregistrationdetails
func (c Cloud) Reports(ways ...string) error {
	if c.Name != "china" {
		return nil
	}
	return errs.Usage(fmt.Sprintf("the cloud %s has no reports and no logs in Microsoft Graph", c.Name), ways...)
}

// Versions lists the API versions of Microsoft Graph.
func Versions() []string { return []string{beta, v1} }

// Version returns the API version for the noun: the asked one, "" for the one that the cloud is called with. A version that
// the cloud does not have the noun in is a usage error.
func (c Cloud) Version(n Noun, asked string) (string, error) {
	if n == Logs && c.Name == "china" { // https://learn.microsoft.com/graph/api/directoryaudit-list names global and US Government
		return "", errs.Usage("Microsoft Graph has no audit log in the cloud china: it is seen in the portal there", "tap audit --local")
	}
	if asked == "" {
		if n == Policy {
			return c.PolicyVersion, nil
		}
		return c.PassVersion, nil
	}
	if !c.has(n, asked) {
		other := Versions()[0]
		if other == asked {
			other = Versions()[1]
		}
		return "", errs.Usage(fmt.Sprintf("the cloud %s has %s in %s only, not in %s", c.Name, n, other, asked), "--api "+other)
	}
	return asked, nil
}

// has reports whether Microsoft's metadata of the cloud has the noun in this version (as of 2026: the national clouds'
// $metadata documents below each Graph root).
func (c Cloud) has(n Noun, version string) bool {
	switch c.Name {
	case "usgov", "usgov-dod":
		return n != Passes || version == v1
	case "china":
		return version == beta
	}
	return true
}
