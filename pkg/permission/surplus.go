package permission

import (
	"slices"
	"strings"
)

// Surplus are those of the permissions that a person or an application holds and that serve no row of the table, in their order; nil for nil. Those of the sign-in itself are in
// every token, and are none.
func Surplus(application bool, held []string) []string {
	if held == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(held), func(p string) bool {
		same := func(s string) bool { return strings.EqualFold(s, p) }
		return slices.ContainsFunc([]string{"openid", "profile", "email", "offline_access", "User.Read"}, same) ||
			slices.ContainsFunc(Operations(), func(o *Operation) bool { return o.ServedBy(application, p) || slices.ContainsFunc(o.Partly, same) })
	})
}
