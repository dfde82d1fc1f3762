package policy_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"

	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

// refusedFiles are files that are refused, with what is said of them.
var refusedFiles = []struct{ name, text, want string }{
	{"empty", "", "it is empty"},
	{"only a comment", "# nothing\n", "it is empty"},
	{"nothing said", "{}", "it says nothing of the policy"},
	{"nothing but its schema", `{"$schema": "policy.schema.json"}`, "it says nothing of the policy"},
	{"a list", "[]", "line 1: a policy is written as property: value"},
	{"two policies", "- state: \"enabled\"\n- state: \"disabled\"\n", "line 1: a policy is written as property: value"},
	{"a text", "enabled", "line 1: a policy is written as property: value"},
	{"two documents", "state: enabled\n---\nstate: disabled\n", "line 2: there is a second document"},
	{"unknown", "state: enabled\nmaximumLifetime: 480\n", `line 2: "maximumLifetime" is no property of a policy: it has state, isUsableOnce, defaultLifetimeInMinutes, minimumLifetimeInMinutes, maximumLifetimeInMinutes, defaultLength, includeTargets, excludeTargets, tenantId, $schema`},
	{"unknown in JSON", "{\n  \"state\": \"enabled\",\n  \"State\": \"disabled\"\n}", `line 3: "State" is no property of a policy: it has `},
	{"twice", "state: enabled\nisUsableOnce: true\nstate: disabled\n", "line 3: state is there twice"},
	{"state", "state: on\n", `line 1: state is enabled or disabled, not "on"`},
	{"no state", "state:\n", "line 1: state is enabled or disabled, not nothing"},
	{"not a number", "\ndefaultLength: \"12\"\n", `line 2: a whole number of characters is expected here, not "12"`},
	{"a fraction", "maximumLifetimeInMinutes: 1.5\n", `line 1: a whole number of minutes is expected here, not "1.5"`},
	{"a fraction in JSON", `{"maximumLifetimeInMinutes": 1.5}`, `line 1: a whole number of minutes is expected here, not "1.5"`},
	{"a duration", "maximumLifetimeInMinutes: 8h\n", `line 1: a whole number of minutes is expected here, not "8h"`},
	{"huge", "maximumLifetimeInMinutes: 9999999999\n", "line 1: 9999999999 minutes are outside of what Microsoft allows, 10 to 43200"},
	{"zero", "minimumLifetimeInMinutes: 0\n", "line 1: 0 minutes are outside of what Microsoft allows, 10 to 43200"},
	{"not a boolean", "isUsableOnce: yes\n", `line 1: true or false is expected here, not "yes"`},
	{"null", "isUsableOnce: null\n", "line 1: true or false is expected here, not nothing"},
	{"not a list", "includeTargets: all_users\n", `line 1: a list of targets is expected here, not "all_users"`},
	{"an alias", "includeTargets: &a\n- id: all_users\nexcludeTargets: *a\n", "line 3: a list of targets is expected here, not an alias"},
	{"a target that is a text", "includeTargets:\n  - all_users\n", `line 2: a target is written as id, displayName, targetType, not "all_users"`},
	{"unknown in a target", "includeTargets:\n  - id: all_users\n    name: x\n", `line 3: "name" is no property of a target: it has id, displayName, targetType, isRegistrationRequired`},
	{"registration of an excluded target", "excludeTargets:\n  - displayName: x\n    isRegistrationRequired: true\n", `line 3: "isRegistrationRequired" is no property of a target: it has id, displayName, targetType`},
	{"target type", "includeTargets:\n  - id: all_users\n    targetType: everybody\n", `line 2: targetType is group or user, not "everybody"`},
	{"neither id nor name", "includeTargets:\n  - targetType: group\n", "line 2: a target needs the id, or the displayName of a group"},
	{"a user by name", "includeTargets:\n  - {displayName: Adele, targetType: user}\n", "line 2: a target needs the id, or the displayName of a group"},
	{"no id", "includeTargets:\n  - id: Helpdesk\n", `line 2: "Helpdesk" is no object id`},
	{"everybody excluded", "excludeTargets:\n  - id: all_users\n", `line 2: "all_users" is no object id`},
	{"tabs", "state: enabled\n\tisUsableOnce: true\n", "line 2: found a tab character that violates indentation"},
	{"broken JSON", "{\"state\": \"enabled\",\n", "line 1: did not find expected node content"},
	{"too large", "# " + strings.Repeat("x", policy.LargestFile), "it is larger than 1048576 bytes"},
}

func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	for _, c := range refusedFiles {
		_, err := policy.ParseFile("p.yaml", []byte(c.text))
		if got, want := told(err), "usage|reading the policy file: p.yaml: "+c.want; !strings.HasPrefix(got, want) {
			t.Errorf("%s:\n%s, want\n%s", c.name, got, want)
		}
	}
}

// TestFiles: what a file leaves out stays, and groups may be named alone.
func TestFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"one property", "maximumLifetimeInMinutes: 240\n", "maximum lifetime changed: 8h -> 4h"},
		{"single quotes, a comment, an anchor", "# ours\nstate: &s 'disabled'\n", "state changed: enabled -> disabled (nobody can be given a pass, and passes that users hold stop working)"},
		{"by name", "excludeTargets:\n- displayName: \"helpdesk\"\n- displayName: No Passes\n", "excluded added:  -> Helpdesk (" + deskID + ") (its members get no pass, and passes that they hold stop working)"},
		{"registration left out", "includeTargets:\n- id: \"all_users\"\n", ""},
		{"registration", "includeTargets:\n- {id: all_users, isRegistrationRequired: true}\n", "included changed: registration not required -> registration required"},
		{"nobody excluded", "excludeTargets: []\n", "excluded removed: No Passes (" + barredID + ") ->  (its members can be given a pass, where they are included)"},
		{"as show -o json prints it", `[{"tenantId":"c0","state":"enabled","includeTargets":[{"id":"all_users","displayName":null,"targetType":"group","isRegistrationRequired":false}]}]`, ""},
		{"with its schema", `{"$schema": "https://example/policy.schema.json", "state": "enabled"}`, ""},
		{"with its schema in YAML", "# yaml-language-server: $schema=policy.schema.json\nstate: enabled\n", ""},
		{"a BOM, CRLF", "\xef\xbb\xbfisUsableOnce: false\r\ndefaultLength: 8\r\n", ""},
		{"JSON with a BOM", "\xef\xbb\xbf{\"isUsableOnce\": false}", ""},
		{"an emoji in two escapes, indented by tabs", "{\n\t\"excludeTargets\": [{\"displayName\": \"\\ud83e\\udd9c\"}]\n}", "not_found|reading the policy file: p.yaml: line 2: looking for a group: 🦜: the tenant has no group with this name|"},
		{"a contradiction", "maximumLifetimeInMinutes: 30\n", "usage|reading the policy file: p.yaml: the minimum lifetime of 1h would be above the maximum of 30m|"},
		{"an ambiguous name", "includeTargets:\n- displayName: Helpdesk\n- displayName: Project Falcon\n", "usage|reading the policy file: p.yaml: line 3: looking for a group: Project Falcon: 2 groups have this name, give the id of one: Project Falcon (" + falcon1 + "), Project Falcon (" + falcon2 + ")|"},
		{"a group that is gone", "excludeTargets:\n- id: " + goneID + "\n", "not_found|reading the policy file: p.yaml: line 2: looking for a group: " + goneID + ": the tenant has no such group (the service: Resource '" + goneID + "' does not exist)|"},
		{"nobody included", "includeTargets: []\n", "included removed: every user of the tenant ->  (nobody is included then: nobody can be given a pass, and passes that users hold stop working)"},
	} {
		file, err := policy.ParseFile("p.yaml", []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		w := contoso()
		plan, err := w.desk().Prepare(t.Context(), policy.Order{File: file})
		got := told(err)
		if err == nil {
			got = said(plan.Differences)
		}
		if got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// TestCompare: what a file says and the tenant cannot have any more is a difference, and no error.
func TestCompare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"nobody included", "includeTargets: []\n", "included removed: every user of the tenant ->  (nobody is included then: nobody can be given a pass, and passes that users hold stop working)"},
		{"a contradiction", "maximumLifetimeInMinutes: 30\n", "maximum lifetime changed: 8h -> 30m"},
		{"a contradiction in itself", "minimumLifetimeInMinutes: 480\nmaximumLifetimeInMinutes: 60\n", "minimum lifetime changed: 1h -> 8h\nmaximum lifetime changed: 8h -> 1h"},
		{"a group that is gone", "excludeTargets:\n- id: " + barredID + "\n- id: " + goneID + "\n", "excluded added:  -> " + goneID + ", which does not exist any more (its members get no pass, and passes that they hold stop working)"},
		{"a name that is not there", "excludeTargets:\n- displayName: Nobody\n", "not_found|reading the policy file: p.yaml: line 2: looking for a group: Nobody: the tenant has no group with this name|"},
	} {
		file, err := policy.ParseFile("p.yaml", []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		ds, err := contoso().desk().Compare(t.Context(), file)
		got := told(err)
		if err == nil {
			got = said(ds)
		}
		if got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// TestFileNameAgainstID: a file whose name of a group is not that of its id is told of, for somebody meant the other group.
func TestFileNameAgainstID(t *testing.T) {
	t.Parallel()
	file, err := policy.ParseFile("p.yaml", []byte("excludeTargets:\n- {id: "+barredID+", displayName: Helpdesk}\n- {id: "+salesID+", displayName: Sales}\n- {id: "+deskID+", displayName: Helpdesk}\n- {id: "+falcon1+"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"p.yaml: line 2: " + barredID + " is called No Passes and not Helpdesk: the id counts",
		"p.yaml: line 3: " + salesID + " is called Sales & Marketing and not Sales: the id counts",
	}
	w := contoso()
	if _, err := w.desk().Prepare(t.Context(), policy.Order{File: file}); err != nil || !slices.Equal(w.notices, want) {
		t.Errorf("%q, %v", w.notices, err)
	}
}

func TestFileContradictsItself(t *testing.T) {
	t.Parallel()
	file, err := policy.ParseFile("p.yaml", []byte("minimumLifetimeInMinutes: 480\nmaximumLifetimeInMinutes: 60\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := told(policy.Order{File: file}.Check()), "usage|reading the policy file: p.yaml: the minimum lifetime of 8h would be above the maximum of 1h|"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestYAML(t *testing.T) {
	t.Parallel()
	p := usual()
	p.Include[0].RegistrationRequired = true
	p.Exclude = append(p.Exclude, group(goneID))
	hostile := policy.Names{barredID: "Eve\x1b[2J\n\u202e \"##vso[x]\" \\ 山田", goneID: ""}
	want := `state: "enabled"
isUsableOnce: false
defaultLifetimeInMinutes: 60
minimumLifetimeInMinutes: 60
maximumLifetimeInMinutes: 480
defaultLength: 8
includeTargets:
  - id: "all_users"
    targetType: "group"
    isRegistrationRequired: true
excludeTargets:
  - id: "` + barredID + `"
    displayName: "Eve\x1b[2J\n\u202e \"##vso[x]\" \\ 山田"
    targetType: "group"
  - id: "` + goneID + `"
    targetType: "group"
`
	if got := policy.YAML(p, hostile); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestSchema: the schema for editors takes what ParseFile takes, and refuses what it refuses for its form.
func TestSchema(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/policy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema openapi3.Schema
	if err := json.Unmarshal(b, &schema); err != nil {
		t.Fatal(err)
	}
	schema.Items.Value.AllOf[1].Value = &schema
	visit := func(text string) error {
		var v any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			return err
		}
		j, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(j, &v); err != nil {
			return err
		}
		return schema.VisitJSON(v)
	}
	p := usual()
	p.Include = append(p.Include, user(adeleID))
	for _, good := range []string{policy.YAML(p, names), "state: disabled", "includeTargets: [{displayName: Helpdesk}]", "excludeTargets: []", `{"tenantId": "x", "isUsableOnce": true}`, `{"$schema": "policy.schema.json", "state": "enabled"}`, `[{"tenantId": "x", "state": "enabled"}]`} {
		if _, err := policy.ParseFile("p", []byte(good)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
		if err := visit(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	about := map[string]bool{"empty": true, "only a comment": true, "two documents": true, "twice": true, "tabs": true, "broken JSON": true, "too large": true, "an alias": true, "nothing but its schema": true}
	for _, c := range refusedFiles {
		if !about[c.name] && visit(c.text) == nil { // what is left out is about YAML itself
			t.Errorf("%s: the schema takes it", c.name)
		}
	}
}
