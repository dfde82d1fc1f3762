package auth

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// furtherCloud is a cloud as the machine settings describe it.
type furtherCloud struct {
	Authority string `toml:"authority"`
	Graph     string `toml:"graph"`
	API       string `toml:"api"`
	SignIn    string `toml:"sign-in"`
	Vaults    string `toml:"vault-suffix"`
}

// CloudKeys are what the machine settings say of a further cloud.
func CloudKeys() []string { return []string{"authority", "graph", "api", "sign-in", "vault-suffix"} }

// cloud checks the description. Neither the name nor an address may be that of a cloud that is known: a known name
// always leads to Microsoft.
func (f furtherCloud) cloud(name string) (Cloud, error) {
	if known, err := ParseCloud(name); err == nil {
		return Cloud{}, fmt.Errorf("this names %s, which stays as it is", known.Name)
	}
	if !profileName.MatchString(name) || name != strings.ToLower(name) {
		return Cloud{}, errors.New("a name is of small letters, digits, - and _")
	}
	if f.API == "" {
		f.API = beta
	}
	if !slices.Contains(Versions(), f.API) {
		return Cloud{}, fmt.Errorf("api: %q is none of %s", f.API, strings.Join(Versions(), ", "))
	}
	for _, a := range []struct{ key, address string }{{"authority", f.Authority}, {"graph", f.Graph}} {
		if err := ownAddress(a.address); err != nil {
			return Cloud{}, fmt.Errorf("%s: %w", a.key, err)
		}
	}
	if f.Vaults != "" && (!isDomain(f.Vaults) || ownAddress("https://"+f.Vaults) != nil) {
		return Cloud{}, fmt.Errorf("vault-suffix: %q is no domain name of your own, such as vault.example.com", f.Vaults)
	}
	if u, err := url.Parse(f.SignIn); f.SignIn != "" && (err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil) {
		return Cloud{}, fmt.Errorf("sign-in: %q is no https address", f.SignIn)
	}
	return Cloud{Name: name, GraphRoot: f.Graph, Authority: f.Authority, PassVersion: f.API, PolicyVersion: f.API, VaultSuffix: f.Vaults, SignIn: f.SignIn, Further: true}, nil
}

// ownAddress takes https and a host, and no host of Microsoft's clouds.
func ownAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%q is no https address of a host alone, such as https://graph.example.com", address)
	}
	for _, theirs := range microsofts() {
		if host := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")); host == theirs || strings.HasSuffix(host, "."+theirs) {
			return fmt.Errorf("%s belongs to Microsoft's clouds, which go by their names", u.Hostname())
		}
	}
	return nil
}

// microsofts are the domains of the clouds that are known: their parts go together as Clouds says, or not at all.
func microsofts() []string {
	return []string{
		"microsoft.com", "microsoftonline.com", "windows.net", "azure.net", "microsoft.us", "microsoftonline.us", "usgovcloudapi.net",
		"chinacloudapi.cn", "azure.cn", "partner.microsoftonline.cn",
	}
}
