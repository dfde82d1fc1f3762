package sandbox

import (
	"maps"
	"slices"
	"time"
)

// method is an authentication method that a user has registered.
type method struct {
	ID              string    `json:"id"`
	Type            string    `json:"type"` // fido2, microsoftAuthenticator, …
	DisplayName     string    `json:"displayName"`
	PhoneNumber     string    `json:"phoneNumber,omitempty"`
	CreatedDateTime time.Time `json:"createdDateTime"`
}

// registrable are the types that a sign-in can register (graph.md section 6), with the name that the new one gets.
var registrable = map[string]string{
	"fido2":                   "Contoso Security Key",
	"windowsHelloForBusiness": "CONTOSO-LAPTOP",
	"microsoftAuthenticator":  "Contoso Phone",
	"platformCredential":      "CONTOSO-MAC",
	"phone":                   "",
	"email":                   "",
	"softwareOath":            "",
	"hardwareOath":            "",
	"qrCodePin":               "",
	"external":                "Contoso External Method",
}

// Methods are the types that a sign-in can register.
func Methods() []string { return slices.Sorted(maps.Keys(registrable)) }

// passwordMethodID is the id that every user's password has (learn.microsoft.com, passwordAuthenticationMethod).
const passwordMethodID = "28c10230-6103-485e-b985-444c60001490"

// methodObject is a method as Graph sends it; each type has its own properties beside these.
type methodObject struct {
	Type            string  `json:"@odata.type"`
	ID              string  `json:"id"`
	DisplayName     *string `json:"displayName,omitempty"`
	PhoneNumber     *string `json:"phoneNumber,omitempty"`
	PhoneType       *string `json:"phoneType,omitempty"`
	CreatedDateTime *string `json:"createdDateTime"`
}

func (m method) object() methodObject {
	created := stamp(m.ID, m.CreatedDateTime)
	o := methodObject{Type: "#microsoft.graph." + m.Type + "AuthenticationMethod", ID: m.ID, CreatedDateTime: &created}
	if m.DisplayName != "" {
		o.DisplayName = &m.DisplayName
	}
	if m.PhoneNumber != "" {
		mobile := "mobile"
		o.PhoneNumber, o.PhoneType = &m.PhoneNumber, &mobile
	}
	return o
}

// methodsOf returns what a user has registered beside password and pass, in the order of registration.
func (x *tx) methodsOf(u *user) []method {
	return append(u.methods[:len(u.methods):len(u.methods)], x.Methods[u.ID]...)
}

func listMethods(c *call) (reply, error) {
	u, err := c.theUser()
	if err != nil {
		return reply{}, err
	}
	all := []any{methodObject{Type: "#microsoft.graph.passwordAuthenticationMethod", ID: passwordMethodID}}
	for _, m := range c.methodsOf(u) {
		all = append(all, m.object())
	}
	if p, has := c.Passes[u.ID]; has {
		o := c.passObject(u.ID, p)
		o.Type = "#" + passType
		all = append(all, o)
	}
	return ok(collection{Context: c.context("users('" + u.ID + "')/authentication/methods"), Value: all}), nil
}
