package root_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

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
