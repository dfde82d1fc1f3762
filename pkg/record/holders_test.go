package record_test

import (
	"slices"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/record"
)

func TestHolders(t *testing.T) {
	t.Parallel()
	event := func(tenant string, act record.Act, user string, outcome record.Outcome) record.Event {
		return record.Event{Act: act, Scene: record.Scene{TenantID: tenant}, Item: record.Item{UserPrincipalName: user, Outcome: outcome}}
	}
	events := []record.Event{
		event("t1", record.CreatePass, "made@contoso.com", record.Created),
		event("t1", record.CreatePass, "maybe@contoso.com", record.Unknown),
		event("t1", record.CreatePass, "refused@contoso.com", record.Refused),
		event("t2", record.CreatePass, "elsewhere@contoso.com", record.Created),
		event("t1", record.CreatePass, "deleted@contoso.com", record.Created),
		event("t1", record.DeletePass, "DELETED@contoso.com", record.Deleted),
		event("t1", record.CreatePass, "again@contoso.com", record.Created),
		event("t1", record.DeletePass, "again@contoso.com", record.Deleted),
		event("T1", record.CreatePass, "again@contoso.com", record.Created),
		event("t1", record.CreatePass, "kept@contoso.com", record.Created),
		event("t1", record.DeletePass, "kept@contoso.com", record.Failed),
		event("t1", record.OpenResult, "", record.Opened),
	}
	want := []person.Ref{"made@contoso.com", "maybe@contoso.com", "again@contoso.com", "kept@contoso.com"}
	if got := record.Holders(events, "t1"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
