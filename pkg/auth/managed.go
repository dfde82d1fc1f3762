package auth

import (
	"net/http"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// newManagedIdentity asks the machine, or the service that runs this, who it is. Where to ask is the platform's to say
// (IDENTITY_ENDPOINT, MSI_ENDPOINT), which azidentity reads; without a word of it that is 169.254.169.254.
func (c *credential) newManagedIdentity() (azcore.TokenCredential, error) {
	o := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: c.options()}
	if c.config.ClientID != "" {
		o.ID = azidentity.ClientID(c.config.ClientID)
	}
	inner, err := azidentity.NewManagedIdentityCredential(o)
	if err != nil {
		return nil, errs.Usage("--auth managed-identity: " + plain(err.Error()))
	}
	return inner, nil
}

// asked says where an identity was looked for.
func asked() string {
	for _, name := range []string{"IDENTITY_ENDPOINT", "MSI_ENDPOINT"} {
		if os.Getenv(name) != "" {
			return name + " says where it was asked for"
		}
	}
	return "IDENTITY_ENDPOINT, by which a service says where to ask, is not set"
}

// others are the ways in which an application signs in elsewhere.
func (c *credential) others() (hints []string) {
	for _, k := range []Kind{WorkloadIdentity, ClientCertificate, ClientSecret} {
		hints = append(hints, line(k, c.config.Tenant, ""))
	}
	return hints
}

// noIdentity says why the platform gave no token.
func (c *credential) noIdentity(f *fault, failure error) *errs.Error {
	create := "az vm identity assign --name VM --resource-group GROUP"
	switch {
	case failure != nil:
		why, _ := reason(failure)
		return &errs.Error{Slug: errs.Auth, Why: "nothing here gives a managed identity: " + why + ": is this a machine or a service of Azure? " + asked(), Hints: c.others()}
	case f.status == http.StatusBadRequest && c.config.ClientID != "":
		return &errs.Error{
			Slug: errs.Auth, Why: "no managed identity with the client id " + c.config.ClientID + " is assigned to this machine",
			Hints: []string{`az identity list --query "[].{name:name,clientId:clientId}" -o table`, create + " --identities IDENTITY"},
		}
	case f.status == http.StatusBadRequest:
		return &errs.Error{
			Slug: errs.Auth, Why: "this machine has no managed identity of its own, or more than one, of which none was named",
			Hints: []string{create, "--client-id CLIENT_ID"},
		}
	case f.status == http.StatusUnauthorized || f.status == http.StatusForbidden:
		return &errs.Error{Slug: errs.Auth, Why: "this machine may not ask for its managed identity: " + c.hide(f.said()), Hints: []string{create}}
	}
	return &errs.Error{Slug: errs.Busy, Why: "the managed identity cannot be asked at the moment: " + c.hide(f.said())}
}
