package record

import (
	"cmp"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// Holders are the users of a tenant who may hold a pass by these events, the oldest first: one was made for them, or may have been, and none was
// deleted since.
func Holders(events []Event, tenantID string) (holders []person.Ref) {
	may, named := map[person.Ref]bool{}, map[person.Ref]person.Ref{}
	var order []person.Ref
	for _, e := range events {
		key, name := cmp.Or(e.UserPrincipalName, e.UserID), cmp.Or(e.UserID, e.UserPrincipalName) // a name may change, an id does not
		ref, err := person.ParseRef(name)
		if err != nil || !strings.EqualFold(e.TenantID, tenantID) {
			continue
		}
		user := person.Ref(key).Key()
		switch {
		case e.Act == CreatePass && (e.Outcome == Created || e.Outcome == Unknown):
			if named[user] == "" {
				order = append(order, user)
			}
			may[user], named[user] = true, ref
		case e.Act == DeletePass && e.Outcome == Deleted:
			may[user] = false
		}
	}
	for _, user := range order {
		if may[user] {
			holders = append(holders, named[user])
		}
	}
	return holders
}
