package auth

import (
	"fmt"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// The API versions of Microsoft Graph, as they stand in its addresses.
const (
	beta = "beta"
	v1   = "v1.0"
)

// Cloud is one deployment of Microsoft's cloud: where it signs in, where its
// Graph is, and which version of Graph to call there. Tokens do not cross clouds.
type Cloud struct {
	Name          string // "global", "usgov", "usgov-dod" or "china", or one that the machine settings name
	GraphRoot     string // an https address without a slash at the end
	Authority     string // an https address without a slash at the end
	PassVersion   string // the API version for passes: "beta" or "v1.0"
	PolicyVersion string // the API version for the policy: "beta" or "v1.0"
	VaultSuffix   string // what stands behind the name of each vault, without a dot in front
	SignIn        string // where a user enters a pass and registers a method; "" where Microsoft names no place
	// Further says that the machine settings name the cloud: Microsoft does not list its authority.
	Further bool
}

// Clouds lists the clouds there are, the most frequent one first. Roots and authorities:
// https://learn.microsoft.com/graph/deployments. The tool calls beta, except where the
// metadata of a cloud has passes in v1.0 only. Suffixes of vaults:
// https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#dns-suffixes-for-base-url.
// The regions of the Department of Defense are Azure Government's and have its addresses:
// https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure#guidance-for-developers.
// Where users sign in: https://learn.microsoft.com/entra/identity/authentication/howto-authentication-temporary-access-pass and,
// for usgov, the origin at which Microsoft's own library lets passkeys be registered:
// https://github.com/AzureAD/microsoft-authentication-library-common-for-android (PasskeyOriginRulesManager.kt).
func Clouds() []Cloud {
	return []Cloud{
		{"global", "https://graph.microsoft.com", "https://login.microsoftonline.com", beta, beta, "vault.azure.net", "https://aka.ms/mysecurityinfo", false},
		{"usgov", "https://graph.microsoft.us", "https://login.microsoftonline.us", v1, beta, "vault.usgovcloudapi.net", "https://mysignins.azure.us", false},
		{"usgov-dod", "https://dod-graph.microsoft.us", "https://login.microsoftonline.us", v1, beta, "vault.usgovcloudapi.net", "", false},
		{"china", "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn", beta, beta, "vault.azure.cn", "", false},
	}
}

// spellings returns the names that az, Az PowerShell, Microsoft Graph PowerShell, CLI for Microsoft 365,
// Terraform and Microsoft's own documents give to the cloud of this name.
func spellings(name string) []string {
	switch name {
	case "global":
		return []string{"public", "AzureCloud", "AzurePublicCloud", "GCC"}
	case "usgov":
		return []string{"AzureUSGovernment", "AzureUSGovernmentCloud", "USGovernment", "usgovernmentl4", "USGovHigh", "gcch", "gcc-high", "l4"}
	case "usgov-dod":
		return []string{"USGovDoD", "usgovernmentl5", "dod", "l5"}
	case "china":
		return []string{"AzureChinaCloud", "21vianet"}
	}
	return nil
}

// aliases returns the other names by which Microsoft's authorities know each other, as their instance discovery lists them.
func aliases(host string) []string {
	switch host {
	case "login.microsoftonline.com":
		return []string{"login.microsoft.com", "login.windows.net"}
	case "login.microsoftonline.us":
		return []string{"login.usgovcloudapi.net"}
	case "login.chinacloudapi.cn":
		return []string{"login.partner.microsoftonline.cn"}
	}
	return nil
}

// ParseCloud returns the cloud of this name or of one of its spellings, without regard to case.
func ParseCloud(s string) (Cloud, error) {
	for _, c := range Clouds() {
		for _, name := range append([]string{c.Name}, spellings(c.Name)...) {
			if strings.EqualFold(name, s) {
				return c, nil
			}
		}
	}
	return Cloud{}, errs.Usage(fmt.Sprintf("no cloud is called %q: use %s", s, cloudNames()))
}

// cloudNames lists every name that ParseCloud accepts, for people.
func cloudNames() string {
	var names []string
	for _, c := range Clouds() {
		names = append(names, fmt.Sprintf("%s (also %s)", c.Name, strings.Join(spellings(c.Name), ", ")))
	}
	return strings.Join(names, "; ")
}

// CloudFlag is a cloud as a flag's value.
type CloudFlag struct {
	*Cloud
	// More tells the clouds that the machine settings name. It is asked for a name that ParseCloud does not know; nil: there are none.
	More func() ([]Cloud, error)
}

// Set takes a name that ParseCloud accepts, or that of a further cloud.
func (f CloudFlag) Set(s string) error {
	c, err := ParseCloud(s)
	if err != nil && f.More != nil {
		more, unread := f.More()
		if unread != nil {
			return unread
		}
		for _, m := range more {
			if strings.EqualFold(m.Name, s) {
				c, err = m, nil
			}
		}
	}
	if err == nil {
		*f.Cloud = c
	}
	return err
}

// String returns the cloud's own name, or nothing where none was set.
func (f CloudFlag) String() string {
	if f.Cloud == nil {
		return ""
	}
	return f.Name
}

// Type names the value in a command's help.
func (f CloudFlag) Type() string { return "cloud" }
