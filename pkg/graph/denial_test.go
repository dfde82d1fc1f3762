package graph_test

import (
	"reflect"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/denial"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// TestWhatExplainsARefusal: the directory's answers about roles, groups and units, over both versions.
func TestWhatExplainsARefusal(t *testing.T) {
	const authAdmin, globalReader = "c4e39bd9-1100-46d3-8c65-fb160da0071f", "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	for _, version := range []string{"beta", "v1.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c, ctx := tenant(t, version, "helpdesk"), t.Context()
			id := func(upn string) string {
				p, err := c.Person(ctx, person.Ref(upn))
				if err != nil {
					t.Fatal(err)
				}
				return p.ID
			}
			units, err := c.Units(ctx, "joni.sherman@contoso.com")
			if err != nil || len(units) != 1 || units[0].Name != "Milano Office" || units[0].Restricted {
				t.Fatalf("joni's units: %+v, %v", units, err)
			}
			check(t, "the executive's units", []denial.Unit{{Name: "Executives", Restricted: true}}, func() ([]denial.Unit, error) {
				u, err := c.Units(ctx, "lee.gu@contoso.com")
				for i := range u {
					u[i].ID = ""
				}
				return u, err
			})
			check(t, "the helpdesk's roles", []denial.Role{{Template: authAdmin, Name: "Authentication Administrator"}, {Template: globalReader, Name: "Global Reader"}}, func() ([]denial.Role, error) {
				return c.Active(ctx, "isaiah.langer@contoso.com")
			})
			check(t, "the HR manager's assignments", []denial.Holding{{Template: authAdmin, Unit: units[0].ID}}, func() ([]denial.Holding, error) {
				return c.Assigned(ctx, id("diego.siciliani@contoso.com"))
			})
			check(t, "the helpdesk's assignments", []denial.Holding{{Template: authAdmin}, {Template: globalReader}}, func() ([]denial.Holding, error) {
				return c.Assigned(ctx, id("isaiah.langer@contoso.com"))
			})
			check(t, "what the director may activate", []denial.Holding{{Template: authAdmin}}, func() ([]denial.Holding, error) {
				return c.Eligible(ctx, id("irvin.sayers@contoso.com"))
			})
			check(t, "the groups of a member", []denial.Group{{Name: "Tier 0 Administrators", Assignable: true}}, func() ([]denial.Group, error) {
				return c.Groups(ctx, "allan.deyoung@contoso.com")
			})
			check(t, "the groups of an owner", []denial.Group{{Name: "Tier 0 Administrators", Assignable: true}}, func() ([]denial.Group, error) {
				return c.Owned(ctx, "sofia.papa@contoso.com")
			})
			check(t, "the groups of a guest", nil, func() ([]denial.Group, error) { return c.Groups(ctx, "maria_fabrikam.com#EXT#@contoso.com") })
		})
	}
	refused := tenant(t, "beta", "nodirectory")
	if _, err := refused.Eligible(t.Context(), "0a5d4b0c-7b3e-4f0e-8d7a-0b2f6d1c9e11"); err == nil || errs.Of(err).Slug != errs.Denied {
		t.Errorf("without the permission: %v", err)
	}
}

func check[T any](t *testing.T, what string, want []T, ask func() ([]T, error)) {
	t.Helper()
	if got, err := ask(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %+v, %v, want %+v", what, got, err, want)
	}
}
