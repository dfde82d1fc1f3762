package root_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// TestRegistrationDocument: what is to be consented to is what the table asks for, by its names.
func TestRegistrationDocument(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../../docs/app-registration.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\b[A-Z][A-Za-z-]+(\.[A-Z][A-Za-z]+)+\b`).FindAllString(string(b), -1)
	for _, p := range named {
		if p != "System.AccessToken" && !slices.Contains(everyPermission(), p) {
			t.Errorf("%s is no permission of the table", p)
		}
	}
	for _, o := range []*permission.Operation{permission.CreatePass, permission.ReadUser, permission.ReadRoles} {
		if !slices.ContainsFunc(o.Serving(true), func(p string) bool { return slices.Contains(named, p) }) {
			t.Errorf("nothing there serves to %s", o.Does)
		}
	}
}

// granted are the delegated permissions that the document's commands add: for the helpdesk, and for revoke besides.
func granted(t *testing.T) (helpdesk, revoke []string) {
	t.Helper()
	b, err := os.ReadFile("../../../docs/app-registration.md")
	if err != nil {
		t.Fatal(err)
	}
	lists := regexp.MustCompile(`(?s)for p in ([^;]+); do\s+az ad app permission add [^\n]+=Scope`).FindAllStringSubmatch(string(b), -1)
	if len(lists) != 2 {
		t.Fatalf("%d lists of delegated permissions", len(lists))
	}
	words := func(s string) []string { return strings.Fields(strings.ReplaceAll(s, "\\", "")) }
	return words(lists[0][1]), words(lists[1][1])
}

// asks are the sign-ins of the helpdesk's registration: of `tap login`, and of each command with any one of its flags.
func asks() map[string][]string {
	atLogin, _ := permission.AtLogin(true)
	all := map[string][]string{"login": atLogin, "whoami": {permission.ReadUser.Least}}
	for _, command := range permission.Commands() {
		if command == "policy set" {
			continue
		}
		for _, flag := range []string{"", "file", "group", "all", "deep", "sign-ins", "dry-run", "local"} {
			if asked := permission.Asked(command, func(f string) bool { return f == flag }, true); len(asked) > 0 {
				all[strings.TrimSuffix(command+" --"+flag, " --")] = asked
			}
		}
	}
	return all
}

// TestTheRegistrationIsAskedForNothingElse: the document's registration signs in for every command of the helpdesk at an authority that
// refuses the whole where a part was not consented to; and each of its permissions is asked for by one.
func TestTheRegistrationIsAskedForNothingElse(t *testing.T) {
	s := newStage(t)
	helpdesk, revoke := granted(t)
	s.control("registrations", `{"appId":"`+client+`","displayName":"tap helpdesk","public":true,"redirectUris":["http://localhost"]}`)
	consent := func(permissions []string) {
		list, _ := json.Marshal(permissions)
		s.control("consents", `{"appId":"`+client+`","permissions":`+string(list)+`}`)
	}
	consent(helpdesk)
	cfg := auth.Config{
		Kind: auth.DeviceCode, Cloud: auth.SandboxCloud(s.url), ClientID: client, Say: func(string) {}, Transport: s.client, DisableInstanceDiscovery: true,
	}
	made, err := auth.NewCredential(cfg)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	signIn := func(line string, permissions []string) error {
		for _, p := range permissions {
			used[p] = true
		}
		_, err := made.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: auth.Scopes(cfg.Kind, cfg.Cloud, permissions), EnableCAE: true})
		if err != nil {
			return fmt.Errorf("tap %s: %w", line, err)
		}
		return nil
	}
	for _, line := range slices.Sorted(maps.Keys(asks())) {
		if strings.HasPrefix(line, "revoke") {
			continue
		}
		if err := signIn(line, asks()[line]); err != nil {
			t.Error(err)
		}
	}
	if err := signIn("revoke", asks()["revoke"]); err == nil {
		t.Error("revoke needs no more than the rest")
	}
	consent(revoke)
	if err := signIn("revoke", asks()["revoke"]); err != nil {
		t.Error(err)
	}
	for _, p := range slices.Concat(helpdesk, revoke) {
		if !used[p] {
			t.Errorf("%s is to be consented to, and nothing asks for it", p)
		}
	}
}
