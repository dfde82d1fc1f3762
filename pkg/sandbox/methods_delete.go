package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// removable is a path below users/{user}/authentication whose methods can be removed, one at a time. Which there are is
// Microsoft's (learn.microsoft.com, the delete page of each method, and msgraph-sdk-go): a password cannot be removed, a QR
// code has no id, an external method ends in $ref on its page and does not in the SDK.
type removable struct {
	path       string
	kind       string
	permission string // the part of UserAuthMethod-X.ReadWrite.All
}

var removables = []removable{
	{"fido2Methods/{method}", "fido2", "Passkey"},
	{"windowsHelloForBusinessMethods/{method}", "windowsHelloForBusiness", "WindowsHello"},
	{"microsoftAuthenticatorMethods/{method}", "microsoftAuthenticator", "MicrosoftAuthApp"},
	{"platformCredentialMethods/{method}", "platformCredential", "PlatformCred"},
	{"phoneMethods/{method}", "phone", "Phone"},
	{"emailMethods/{method}", "email", "Email"},
	{"softwareOathMethods/{method}", "softwareOath", "SoftwareOATH"},
	{"hardwareOathMethods/{method}", "hardwareOath", "HardwareOATH"},
	{"externalAuthenticationMethods/{method}", "external", "External"},
	{"externalAuthenticationMethods/{method}/$ref", "external", "External"},
	{"qrCodePinMethod", "qrCodePin", "QR"},
}

func methodDeletions() []*operation {
	var all []*operation
	for _, r := range removables {
		all = append(all, &operation{"DELETE", "users/{user}/authentication/" + r.path, r.access(), r.remove})
	}
	return all
}

// access is that of the passes, under the method's own permissions.
func (r removable) access() *access {
	own := "UserAuthMethod-" + r.permission + ".ReadWrite"
	return &access{
		delegated:   allMethods(own + ".All"),
		own:         []string{own, "UserAuthenticationMethod.ReadWrite"},
		application: allMethods(own + ".All"),
		roles:       mayIssue,
		refused:     unauthorized,
	}
}

// betaOnly says whether v1.0 has no such path: Microsoft documents hardware tokens of a user on beta alone.
func (o *operation) betaOnly() bool { return strings.Contains(o.path, "/hardwareOathMethods/") }

// remove takes a method from a user. The bodies for an unknown id and for one of another kind are unknown; the words are
// our invention, and so is that a method which is the user's default can go like any other.
func (r removable) remove(c *call) (reply, error) {
	u, err := c.theUser()
	if err != nil {
		return reply{}, err
	}
	if err := c.reaches(u); err != nil {
		return reply{}, err
	}
	m, err := r.find(c, u)
	if err != nil {
		return reply{}, err
	}
	return noContent, c.emit(event{Kind: methodRemoved, User: u.ID, Method: &m, Audit: c.audited(adminDeleted, methodDeleted, u)})
}

func (r removable) find(c *call, u *user) (method, error) {
	id, has := c.params["method"]
	all := c.methodsOf(u)
	i := slices.IndexFunc(all, func(m method) bool { return m.ID == id || !has && m.Type == r.kind })
	p, holds := c.Passes[u.ID]
	switch {
	case i >= 0 && all[i].Type == r.kind:
		return all[i], nil
	case i >= 0, strings.EqualFold(id, passwordMethodID), holds && strings.EqualFold(p.ID, id):
		return method{}, badRequest("The authentication method with the id '%s' is not of the type %s.", id, methodTypeName(r.kind))
	}
	return method{}, refuse(http.StatusNotFound, "resourceNotFound", "The user has no authentication method of the type %s with the id '%s'.", methodTypeName(r.kind), id)
}

func methodTypeName(kind string) string { return "microsoft.graph." + kind + "AuthenticationMethod" }
