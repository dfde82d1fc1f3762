package keyvault

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

// contentType tells readers of the vault what the value is.
const contentType = "Temporary Access Pass"

// The limits of a secret's tags: https://learn.microsoft.com/azure/key-vault/secrets/about-secrets#secret-tags. Microsoft writes 512 characters today and
// wrote 256 until 2023; 256 are taken everywhere.
const (
	mostTags   = 15
	longestTag = 256
)

// Put writes a new version of the secret. What no vault takes is an errs.UsageFault, and nothing is sent.
func (c *Client) Put(ctx context.Context, s rollout.Secret) (string, error) {
	const what = "writing the secret"
	if err := check(s); err != nil {
		return "", err.For(what, c.host)
	}
	whom := c.host + "/secrets/" + s.Name
	tags := map[string]*string{}
	for k, v := range s.Tags {
		tags[k] = &v
	}
	attributes := &azsecrets.SecretAttributes{Enabled: to.Ptr(true), Expires: whole(s.Expires)}
	if !s.NotBefore.IsZero() {
		attributes.NotBefore = whole(s.NotBefore)
	}
	resp, err := c.secrets.SetSecret(ctx, s.Name, azsecrets.SetSecretParameters{
		Value: to.Ptr(s.Passcode.Reveal()), ContentType: to.Ptr(contentType), SecretAttributes: attributes, Tags: tags,
	}, nil)
	if err != nil {
		return "", c.explain(ctx, err, s.Name).For(what, whom)
	}
	id, e := c.version(resp.ID, s.Name)
	if e != nil {
		return "", e.For(what, whom)
	}
	return id, nil
}

// whole is a time in the vault's whole seconds.
func whole(t time.Time) *time.Time { return to.Ptr(t.UTC().Truncate(time.Second)) }

var (
	secretName    = regexp.MustCompile(`^[0-9A-Za-z-]{1,127}$`) // https://learn.microsoft.com/rest/api/keyvault/secrets/set-secret/set-secret
	secretVersion = regexp.MustCompile(`^[0-9A-Za-z]{1,64}$`)
)

// checkName refuses what cannot be a secret's name, before it becomes part of an address.
func checkName(name string) *errs.Error {
	if !secretName.MatchString(name) {
		return errs.Usage(fmt.Sprintf("%q cannot be the name of a secret: it has 1 to 127 letters, digits and hyphens", name))
	}
	return nil
}

// check refuses what no vault takes, and what nobody would want it to keep.
func check(s rollout.Secret) *errs.Error {
	if err := checkName(s.Name); err != nil {
		return err
	}
	switch {
	case s.Passcode.IsEmpty():
		return errs.Usage("the secret has no value")
	case s.Expires.IsZero():
		return errs.Usage("the secret has no end")
	case len(s.Tags) > mostTags:
		return errs.Usage(fmt.Sprintf("the secret has %d tags, %d are allowed", len(s.Tags), mostTags))
	}
	for k, v := range s.Tags {
		if n := max(utf8.RuneCountInString(k), utf8.RuneCountInString(v)); n > longestTag || k == "" {
			return errs.Usage(fmt.Sprintf("the tag %.40q has %d characters, 1 to %d are allowed", k, n, longestTag))
		}
	}
	return nil
}

// version returns the address of a version as the vault gave it, after a look: it goes into files.
func (c *Client) version(id *azsecrets.ID, name string) (string, *errs.Error) {
	if id != nil {
		begin := "https://" + c.host + "/secrets/" + name + "/"
		if s := string(*id); len(s) > len(begin) && strings.EqualFold(s[:len(begin)], begin) && secretVersion.MatchString(s[len(begin):]) {
			return s, nil
		}
	}
	return "", &errs.Error{Slug: errs.Busy, Why: "the vault's answer does not name a version of it"}
}
