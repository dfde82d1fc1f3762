package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"time"
)

// method is an authentication method that a user has registered.
type method struct {
	ID              string    `json:"id"`
	Type            string    `json:"type"` // fido2, microsoftAuthenticator, …
	DisplayName     string    `json:"displayName"`
	PhoneNumber     string    `json:"phoneNumber,omitempty"`
	EmailAddress    string    `json:"emailAddress,omitempty"`
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

// Ids that a method has with everybody who has it (learn.microsoft.com, phoneAuthenticationMethod, emailAuthenticationMethod).
var sharedIDs = map[string]string{
	"phone": "3179e48a-750b-4051-897c-87b9720928f7", // the mobile one
	"email": "3ddfcfc8-9383-446f-83cc-3ab9be4be18f",
}

// methodObject is a method as Graph sends it; each type has its own properties beside these.
type methodObject struct {
	Type             string  `json:"@odata.type"`
	ID               string  `json:"id"`
	DisplayName      *string `json:"displayName,omitempty"`
	PhoneNumber      *string `json:"phoneNumber,omitempty"`
	PhoneType        string  `json:"phoneType,omitempty"`
	EmailAddress     *string `json:"emailAddress,omitempty"`
	Model            string  `json:"model,omitempty"`
	AAGUID           string  `json:"aaGuid,omitempty"`
	AttestationLevel string  `json:"attestationLevel,omitempty"`
	DeviceTag        string  `json:"deviceTag,omitempty"`
	PhoneAppVersion  string  `json:"phoneAppVersion,omitempty"`
	KeyStrength      string  `json:"keyStrength,omitempty"`
	Platform         string  `json:"platform,omitempty"`
	ConfigurationID  string  `json:"configurationId,omitempty"`
	CreatedDateTime  *string `json:"createdDateTime"`
}

// object has the properties that Microsoft's page of each type shows; the values are those of its samples or of Contoso.
func (m method) object() methodObject {
	created := stamp(m.ID, m.CreatedDateTime)
	o := methodObject{Type: "#" + methodTypeName(m.Type), ID: m.ID, CreatedDateTime: &created}
	if m.DisplayName != "" {
		o.DisplayName = &m.DisplayName
	}
	switch m.Type {
	case "phone":
		o.PhoneNumber, o.PhoneType = &m.PhoneNumber, "mobile"
	case "email":
		o.EmailAddress = &m.EmailAddress
	case "fido2":
		o.Model, o.AAGUID, o.AttestationLevel = "NFC key", "2fc0579f-8113-47ea-b116-555a8db9202a", "attested"
	case "microsoftAuthenticator":
		o.DeviceTag, o.PhoneAppVersion = "SoftwareTokenActivated", "6.2006.4198"
	case "windowsHelloForBusiness":
		o.KeyStrength = "normal"
	case "platformCredential":
		o.KeyStrength, o.Platform = "normal", "macOS"
	case "external":
		o.ConfigurationID = named("externalMethod", "Contoso")
	}
	return o
}

// methodsOf returns what a user has registered beside password and pass, in the order of registration.
func (x *tx) methodsOf(u *user) []method { return u.methodsWith(x.Removed[u.ID], x.Methods[u.ID]) }

// methodsWith are those of the seed but for the removed ones, and those since.
func (u *user) methodsWith(removed []string, since []method) []method {
	seeded := slices.DeleteFunc(slices.Clone(u.methods), func(m method) bool { return slices.Contains(removed, m.ID) })
	return append(seeded, since...)
}

// register makes a method the user's: one whose id it shares gives way.
func (s *state) register(userID string, m method) {
	s.remove(userID, m.ID)
	s.Methods[userID] = append(s.Methods[userID], m)
}

// remove takes a method from a user. That one of the seed is gone has to be remembered: the seed has it again with each start.
func (s *state) remove(userID, methodID string) {
	isIt := func(m method) bool { return m.ID == methodID }
	s.Methods[userID] = slices.DeleteFunc(s.Methods[userID], isIt)
	u := s.directory().byID[userID]
	if u == nil || !slices.ContainsFunc(u.methods, isIt) || slices.Contains(s.Removed[userID], methodID) {
		return
	}
	if s.Removed == nil {
		s.Removed = map[string][]string{}
	}
	s.Removed[userID] = append(s.Removed[userID], methodID)
}

// typeOnceOf is the type of a method that a user had, "" where none has this id.
func (x *tx) typeOnceOf(u *user, id string) string {
	had := u.methods
	for _, h := range x.Was[u.ID] {
		had = slices.Concat(had, h.Methods)
	}
	i := slices.IndexFunc(had, func(m method) bool { return m.ID == id })
	if i < 0 {
		return ""
	}
	return had[i].Type
}

// newMethod is one that a user registers now; "" is the usual name.
func newMethod(u *user, kind, name string, now time.Time) method {
	m := method{ID: newMethodID(kind), Type: kind, DisplayName: registrable[kind], CreatedDateTime: now}
	if name != "" {
		m.DisplayName = name
	}
	switch kind {
	case "phone":
		m.PhoneNumber = u.MobilePhone
	case "email":
		alias, _, _ := strings.Cut(u.UserPrincipalName, "@")
		m.EmailAddress = alias + "@example.org"
	}
	return m
}

// newMethodID is an id as each type has it: that of a passkey is no GUID.
func newMethodID(kind string) string {
	if id := sharedIDs[kind]; id != "" {
		return id
	}
	if kind == "fido2" {
		return passkeyID(newID())
	}
	return newID()
}

// passkeyID has the form of Microsoft's sample, -2_GRUg2-HYz6_1YG4YRAQ2: 16 bytes in base64url, and a digit.
func passkeyID(from string) string {
	sum := sha256.Sum256([]byte(from))
	return base64.RawURLEncoding.EncodeToString(sum[:16]) + "2"
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
