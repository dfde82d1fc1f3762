package person_test

import (
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

func TestName(t *testing.T) {
	t.Parallel()
	const id, upn = "6f1967b7-15e8-4935-ac26-d50770ed07a7", "adele.vance@contoso.com"
	for _, c := range []struct {
		p     person.Person
		name  string
		known bool
	}{
		{person.Person{ID: id, UserPrincipalName: upn, DisplayName: "Adele Vance"}, "Adele Vance (adele.vance@contoso.com)", true},
		{person.Person{ID: id, UserPrincipalName: upn}, upn, true},
		{person.Person{UserPrincipalName: upn}, upn, false},
		{person.Person{ID: id}, id, false},
		{person.Person{ID: id, DisplayName: "Somebody"}, id, false}, // never a name without the user principal name
		{person.Person{}, "", false},
	} {
		if got := c.p.Name(); got != c.name {
			t.Errorf("%+v is named %q, want %q", c.p, got, c.name)
		}
		if got := c.p.Known(); got != c.known {
			t.Errorf("%+v known: %v", c.p, got)
		}
	}
}

func TestRef(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ref, key person.Ref
		isID     bool
	}{
		{"Adele.Vance@Contoso.com", "adele.vance@contoso.com", false},
		{"6F1967B7-15E8-4935-AC26-D50770ED07A7", "6f1967b7-15e8-4935-ac26-d50770ed07a7", true},
		{"6f1967b7-15e8-4935-ac26-d50770ed07a", "6f1967b7-15e8-4935-ac26-d50770ed07a", false},
	} {
		if c.ref.Key() != c.key || c.ref.IsID() != c.isID {
			t.Errorf("%s: %s %v", c.ref, c.ref.Key(), c.ref.IsID())
		}
	}
}
