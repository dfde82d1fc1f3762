package graph

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// method is what is read of an authentication method, whatever its type.
type method struct {
	ID              string `json:"id"`
	Type            string `json:"@odata.type"`
	DisplayName     string `json:"displayName"`
	PhoneNumber     string `json:"phoneNumber"`
	EmailAddress    string `json:"emailAddress"`
	CreatedDateTime moment `json:"createdDateTime"`
}

// What stands around the type's own name.
const (
	typePrefix = "#microsoft.graph."
	typeSuffix = "AuthenticationMethod"
)

func (m method) method() person.Method {
	return person.Method{
		ID: m.ID, Type: strings.TrimSuffix(strings.TrimPrefix(m.Type, typePrefix), typeSuffix),
		Name: cmp.Or(m.DisplayName, m.PhoneNumber, m.EmailAddress), Created: m.CreatedDateTime.UTC(),
	}
}

// Methods lists the methods that a user has, password and pass among them, and tells the service's time of the answer.
func (c *Client) Methods(ctx context.Context, user string) ([]person.Method, time.Time, error) {
	var a answer
	found, err := everyPage[method](listen(ctx, &a), c, methodsRequest(user), "a list of methods")
	if err != nil {
		return nil, time.Time{}, err
	}
	return methods(found), a.at(), nil
}

func methodsRequest(user string) *abstractions.RequestInformation {
	return get("{+baseurl}/users/{user%2Did}/authentication/methods", map[string]string{"user%2Did": user}, groupQuery{})
}

func methods(found []method) (all []person.Method) {
	for _, m := range found {
		all = append(all, m.method())
	}
	return all
}

// collections are where the methods of each type lie. A password cannot be removed, and a pass is removed by Delete.
// https://learn.microsoft.com/graph/api/resources/authenticationmethods-overview
var collections = map[string]string{
	"fido2":                   "fido2Methods/{method%2Did}",
	"windowsHelloForBusiness": "windowsHelloForBusinessMethods/{method%2Did}",
	"microsoftAuthenticator":  "microsoftAuthenticatorMethods/{method%2Did}",
	"platformCredential":      "platformCredentialMethods/{method%2Did}",
	"phone":                   "phoneMethods/{method%2Did}",
	"email":                   "emailMethods/{method%2Did}",
	"softwareOath":            "softwareOathMethods/{method%2Did}",
	"hardwareOath":            "hardwareOathMethods/{method%2Did}",
	"external":                "externalAuthenticationMethods/{method%2Did}",
	"qrCodePin":               "qrCodePinMethod", // a user has at most one
}

// DeleteMethod removes a method of a user. One that is gone already is not_found, one of a type that is not known usage.
func (c *Client) DeleteMethod(ctx context.Context, user string, m person.Method) error {
	at, known := collections[m.Type]
	if !known {
		return &errs.Error{Slug: errs.UsageFault, Why: fmt.Sprintf("a method of the type %q cannot be removed by tap", m.Type)}
	}
	path := map[string]string{"user%2Did": user, "method%2Did": m.ID}
	info := abstractions.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(
		abstractions.DELETE, "{+baseurl}/users/{user%2Did}/authentication/"+at, path)
	info.Headers.TryAdd("Accept", "application/json")
	return c.send(ctx, info)
}
