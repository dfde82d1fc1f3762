package sandbox_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const policyPath = "/beta/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass"

func TestPolicyReads(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	a := c.get(policyPath).ok(200)
	want := map[string]any{
		"@odata.context": "http://127.0.0.1:4010/beta/$metadata#authenticationMethodConfigurations/$entity",
		"@odata.type":    "#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration",
		"id":             "TemporaryAccessPass", "state": "enabled", "defaultLength": 8.0, "isUsableOnce": false,
		"minimumLifetimeInMinutes": 60.0, "defaultLifetimeInMinutes": 60.0, "maximumLifetimeInMinutes": 480.0,
		"includeTargets": []any{map[string]any{"targetType": "group", "id": "all_users", "isRegistrationRequired": false}},
		"excludeTargets": []any{map[string]any{"targetType": "group", "id": groupNamed(c, "No Temporary Access Pass")}},
	}
	if diff := cmp.Diff(want, a.object); diff != "" {
		t.Error(diff)
	}
	c.get(strings.Replace(policyPath, "temporaryAccessPass", "TEMPORARYACCESSPASS", 1)).ok(200)
	all := c.get("/v1.0/policies/authenticationMethodsPolicy").ok(200)
	if !strings.Contains(string(all.body), `"id":"TemporaryAccessPass"`) {
		t.Errorf("the policy of all methods: %s", all.body)
	}
}

func TestPatchChangesOnlyWhatIsSent(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	before := c.get(policyPath).ok(200).object
	c.patchPolicy(`"id":"temporaryAccessPass","maximumLifetimeInMinutes":1440`).ok(204)
	before["maximumLifetimeInMinutes"] = 1440.0
	if diff := cmp.Diff(before, c.get(policyPath).ok(200).object); diff != "" {
		t.Error(diff)
	}
	c.patchPolicy(`"includeTargets":[{"id":"` + c.id(adele) + `","targetType":"user"}],"excludeTargets":[]`).ok(204)
	c.create(adele, `{}`).ok(201)
	c.create(megan, `{}`).ok(400)
	c.caller("privileged").do("DELETE", policyPath, "").ok(204)
	after := c.get(policyPath).ok(200).object
	if after["state"] != "disabled" || after["maximumLifetimeInMinutes"] != 480.0 || len(after["excludeTargets"].([]any)) != 0 {
		t.Errorf("after DELETE: %v", after)
	}
}

func TestRefusedPatches(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	before := c.get(policyPath).ok(200).object
	group := groupNamed(c, "Helpdesk")
	for properties, message := range map[string]string{
		`"defaultLength":7`:                "Invalid DefaultLength specified. The valid range between 8 and 48.",
		`"defaultLength":49`:               "Invalid DefaultLength specified. The valid range between 8 and 48.",
		`"minimumLifetimeInMinutes":9`:     "Invalid MinimumLifetimeInMinutes specified. The valid range between 10 and 43200.",
		`"maximumLifetimeInMinutes":43201`: "Invalid MaximumLifetimeInMinutes specified. The valid range between 60 and 43200.",
		`"maximumLifetimeInMinutes":59`:    "Invalid MaximumLifetimeInMinutes specified. The valid range between 60 and 43200.",
		`"defaultLifetimeInMinutes":500`:   "Invalid DefaultLifetimeInMinutes specified. The valid range between 60 and 480.",
		`"state":"on"`:                     "Invalid State specified. The valid values are enabled and disabled.",
		`"state":null`:                     "A null value was found where the type 'microsoft.graph.authenticationMethodState' was expected.",
		`"isUsableOnce":1`:                 "Cannot convert a value to the expected type 'Edm.Boolean'.",
		`"lifetime":1`:                     "The property 'lifetime' does not exist on type 'microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration'. Make sure to only use property names that are defined by the type.",
		`"id":"Fido2"`:                     "The id of an authentication method configuration cannot be changed.",
		`"includeTargets":[{"id":"x","targetType":"group"}]`:         "Invalid target 'x' of the type group specified. It does not exist.",
		`"includeTargets":[{"id":"` + group + `","targetType":"g"}]`: "Invalid targetType 'g' specified. The valid values are group and user.",
		`"excludeTargets":[{"id":"all_users","targetType":"group"}]`: "Invalid target 'all_users' of the type group specified. It does not exist.",
	} {
		c.patchPolicy(properties).fails(400, "badRequest", message)
	}
	c.caller("privileged").do("PATCH", policyPath, `{"state":"disabled"}`).fails(400, "badRequest",
		"The @odata.type '#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration' is required.")
	if diff := cmp.Diff(before, c.get(policyPath).ok(200).object); diff != "" {
		t.Error(diff)
	}
}
