package sandbox_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

func methodsOf(user string) string { return "/beta/users/" + user + "/authentication/methods" }

// methodCollections are the paths below authentication, by the type of their methods.
var methodCollections = map[string]string{
	"fido2": "fido2Methods", "windowsHelloForBusiness": "windowsHelloForBusinessMethods", "microsoftAuthenticator": "microsoftAuthenticatorMethods",
	"platformCredential": "platformCredentialMethods", "phone": "phoneMethods", "email": "emailMethods", "softwareOath": "softwareOathMethods",
	"hardwareOath": "hardwareOathMethods", "external": "externalAuthenticationMethods", "qrCodePin": "qrCodePinMethod",
}

func deletionOf(version, user, kind, id string) string {
	if kind == "qrCodePin" {
		id = ""
	}
	return strings.TrimSuffix("/"+version+"/users/"+user+"/authentication/"+methodCollections[kind]+"/"+id, "/")
}

// registered are a user's methods beside password and pass: the ids by the type.
func (c *client) registered(user string) map[string]string {
	c.t.Helper()
	found := map[string]string{}
	for _, m := range c.get(methodsOf(user)).values() {
		kind := strings.TrimSuffix(strings.TrimPrefix(m["@odata.type"].(string), "#microsoft.graph."), "AuthenticationMethod")
		if kind != "password" && kind != "temporaryAccessPass" {
			found[kind] = m["id"].(string)
		}
	}
	return found
}

// TestEveryMethodCanBeRemoved: each that a sign-in can register, on both versions but for what v1.0 does not have, and once.
func TestEveryMethodCanBeRemoved(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	for _, version := range []string{"beta", "v1.0"} {
		code := c.create(adele, `{}`).ok(201).text("temporaryAccessPass")
		for _, kind := range sandbox.Methods() {
			c.signIn(adele, code, kind)
			path := deletionOf(version, adele, kind, c.registered(adele)[kind])
			if version == "v1.0" && kind == "hardwareOath" {
				c.do("DELETE", path, "").fails(400, "BadRequest", "Resource not found for the segment 'hardwareOathMethods'.")
				c.do("DELETE", strings.Replace(path, "v1.0", "beta", 1), "").ok(204)
				continue
			}
			c.do("DELETE", path, "").ok(204)
			if left := c.registered(adele); len(left) > 0 {
				t.Errorf("%s %s: left %v", version, kind, left)
			}
			c.do("DELETE", path, "").ok(404)
		}
	}
	c.signIn(adele, c.create(adele, `{}`).ok(201).text("temporaryAccessPass"), "external")
	c.do("DELETE", deletionOf("beta", adele, "external", c.registered(adele)["external"])+"/$ref", "").ok(204)
}

func TestMethodRemovalRefused(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	const password = "28c10230-6103-485e-b985-444c60001490"
	key := c.registered(megan)["fido2"]
	c.do("DELETE", deletionOf("beta", megan, "phone", key), "").
		fails(400, "badRequest", "The authentication method with the id '"+key+"' is not of the type microsoft.graph.phoneAuthenticationMethod.")
	c.do("DELETE", deletionOf("beta", megan, "fido2", password), "").
		fails(400, "badRequest", "The authentication method with the id '"+password+"' is not of the type microsoft.graph.fido2AuthenticationMethod.")
	pass := c.create(megan, `{}`).ok(201).text("id")
	c.do("DELETE", deletionOf("beta", megan, "fido2", pass), "").ok(400)
	c.do("DELETE", deletionOf("beta", megan, "fido2", "unknown"), "").
		fails(404, "resourceNotFound", "The user has no authentication method of the type microsoft.graph.fido2AuthenticationMethod with the id 'unknown'.")
	c.do("DELETE", deletionOf("beta", "nobody@contoso.com", "fido2", key), "").ok(404)
	c.do("DELETE", "/beta/users/"+megan+"/authentication/passwordMethods/"+password, "").ok(501)
	if left := c.registered(megan); len(left) != 1 {
		t.Errorf("left %v", left)
	}
}

// TestWhoRemovesMethods: it takes what a deletion of a pass takes, and the permission may be the method's own.
func TestWhoRemovesMethods(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	key := deletionOf("beta", megan, "fido2", c.registered(megan)["fido2"])
	for _, as := range []string{"norole", "reader", "noscope", "unit", "eligible", "app-noscope",
		"helpdesk:UserAuthMethod-Phone.ReadWrite.All", "helpdesk:UserAuthMethod-TAP.ReadWrite.All"} {
		c.caller(as).do("DELETE", key, "").fails(403, "accessDenied", "Request Authorization failed")
	}
	c.do("DELETE", deletionOf("beta", admin, "fido2", "x"), "").ok(403)
	c.do("DELETE", deletionOf("beta", executive, "fido2", "x"), "").ok(403)
	c.do("DELETE", deletionOf("beta", helpdesk, "fido2", "x"), "").ok(403) // oneself
	c.caller("privileged").do("DELETE", deletionOf("beta", admin, "fido2", "x"), "").ok(404)
	c.caller("app").do("DELETE", deletionOf("beta", executive, "fido2", "x"), "").ok(404)
	c.caller("helpdesk:UserAuthMethod-Passkey.ReadWrite.All@Authentication-Administrator").do("DELETE", key, "").ok(204)
}

// TestRemovedSeedMethodStaysAway: in another process too, until a reset; one that takes its id is there again.
func TestRemovedSeedMethodStaysAway(t *testing.T) {
	t.Parallel()
	dir, user := t.TempDir(), "alex.wilber@contoso.com"
	c := open(t, dir, sandbox.Options{})
	phone := c.registered(user)["phone"]
	c.do("DELETE", deletionOf("beta", user, "phone", phone), "").ok(204)
	again := open(t, dir, sandbox.Options{})
	if left := again.registered(user); len(left) != 1 || left["phone"] != "" {
		t.Errorf("left %v", left)
	}
	for range 2 {
		c.signIn(user, c.create(user, `{}`).ok(201).text("temporaryAccessPass"), "phone")
	}
	phones := 0
	for _, m := range again.get(methodsOf(user)).values() {
		if m["id"] == phone {
			phones++
		}
	}
	if phones != 1 {
		t.Errorf("%d phones", phones)
	}
	c.do("DELETE", deletionOf("beta", user, "phone", phone), "").ok(204)
	c.do("POST", "/sandbox/reset", "").ok(204)
	if left := c.registered(user); len(left) != 2 {
		t.Errorf("after the reset %v", left)
	}
}

// TestMethodsLookAsPublished: what Microsoft's pages show of a type, and nothing of another.
func TestMethodsLookAsPublished(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	code := c.create(adele, `{}`).ok(201).text("temporaryAccessPass")
	for _, kind := range sandbox.Methods() {
		c.signIn(adele, code, kind)
	}
	own := map[string][]string{
		"fido2": {"aaGuid", "attestationLevel", "displayName", "model"}, "phone": {"phoneNumber", "phoneType"}, "email": {"emailAddress"},
		"microsoftAuthenticator": {"deviceTag", "displayName", "phoneAppVersion"}, "windowsHelloForBusiness": {"displayName", "keyStrength"},
		"platformCredential": {"displayName", "keyStrength", "platform"}, "external": {"configurationId", "displayName"},
	}
	for _, m := range c.get(methodsOf(adele)).values() {
		kind := strings.TrimSuffix(strings.TrimPrefix(m["@odata.type"].(string), "#microsoft.graph."), "AuthenticationMethod")
		if _, known := methodCollections[kind]; !known {
			continue
		}
		var has []string
		for name, v := range m {
			if v != nil && v != "" && !slices.Contains([]string{"@odata.type", "id", "createdDateTime"}, name) {
				has = append(has, name)
			}
		}
		slices.Sort(has)
		if !slices.Equal(has, own[kind]) || m["createdDateTime"] == nil {
			t.Errorf("%s has %q, want %q", kind, has, own[kind])
		}
	}
}

// TestRemovedMethodLeavesTheReport: when the report's copy has caught up, not before.
func TestRemovedMethodLeavesTheReport(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.do("DELETE", deletionOf("beta", megan, "fido2", c.registered(megan)["fido2"]), "").ok(204)
	if has := methodsIn(c.reported(megan)); has != "passKeyDeviceBound" {
		t.Errorf("at once %q", has)
	}
	c.clock(`{"advance":"30m"}`)
	c.create(megan, `{}`).ok(201) // what is remembered from before it knows of the removal
	c.clock(`{"advance":"31m"}`)
	if has := methodsIn(c.reported(megan)); has != "" {
		t.Errorf("an hour later %q", has)
	}
}
