package audit_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/audit"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/record"
)

const adele = "adele.vance@contoso.com"

// log is one that has these entries.
type log struct {
	entries []audit.Event
	err     error
	mu      *sync.Mutex
	asked   map[string]time.Time
}

func (l log) Audits(_ context.Context, activity string, since, _ time.Time) (found []audit.Event, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked[activity] = since
	for _, e := range l.entries {
		if e.Activity == activity {
			found = append(found, e)
		}
	}
	return found, l.err
}

func at(hour int) time.Time { return time.Date(2026, 11, 24, hour, 0, 0, 0, time.UTC) }

func entry(id string, hour int, activity, reason, user, by string) audit.Event {
	return audit.Event{
		ID: id, At: at(hour), Activity: "Admin " + activity + " security info", ResultReason: reason,
		User: person.Person{ID: "id-" + user, UserPrincipalName: user}, By: audit.Actor{Name: by, ID: "id-" + by, AppID: "app-" + by},
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	const pass = "Admin registered temporary access pass method for user"
	entries := []audit.Event{
		entry("5", 12, "registered", strings.ToUpper(pass), adele, "app"), entry("2", 9, "registered", pass, adele, "h@contoso.com"),
		entry("3", 10, "registered", "Admin registered phone method for user", adele, "h@contoso.com"), entry("1", 8, "registered", pass, "alex@contoso.com", "h@contoso.com"),
		entry("4", 11, "deleted", "whatever", adele, "h@contoso.com"),
	}
	for want, q := range map[string]audit.Query{
		"1 2 4 5": {},
		"2 4 5":   {Users: []person.Ref{"ADELE.VANCE@contoso.com"}},
		"1":       {Users: []person.Ref{"id-alex@contoso.com", "nobody@contoso.com"}},
		"1 2 4":   {By: "H@contoso.com"},
		"5":       {By: "app-app"},
		"4 5":     {Since: at(10)},
		"1 2":     {Until: at(11)},
		"":        {By: "nobody"},
	} {
		l := log{entries: entries, mu: new(sync.Mutex), asked: map[string]time.Time{}}
		d := audit.Desk{Log: l}
		found, err := d.Events(t.Context(), q)
		var ids []string
		for _, e := range found {
			ids = append(ids, e.ID)
		}
		if got := strings.Join(ids, " "); got != want || err != nil {
			t.Errorf("%+v: %s, want %s, %v", q, got, want, err)
		}
		if len(l.asked) != 2 || !l.asked["Admin deleted security info"].Equal(q.Since) {
			t.Errorf("asked for %v", l.asked)
		}
	}
}

func TestARefusalIsExplained(t *testing.T) {
	t.Parallel()
	d := audit.Desk{Log: log{err: &errs.Error{Slug: errs.Denied, Why: "no"}, mu: new(sync.Mutex), asked: map[string]time.Time{}}}
	_, err := d.Events(t.Context(), audit.Query{})
	if e := errs.Of(err); e == nil || e.Slug != errs.Denied || !strings.HasPrefix(e.Error(), "reading the audit log: no") || !strings.Contains(e.Error(), "AuditLog.Read.All") {
		t.Errorf("%v", err)
	}
}

func TestLocal(t *testing.T) {
	t.Parallel()
	events := []record.Event{
		{Time: at(8), ID: "1", Scene: record.Scene{Identity: record.Identity{Name: "h@contoso.com", ID: "h"}}, Item: record.Item{UserID: "a", UserPrincipalName: adele}},
		{Time: at(9), ID: "2", Scene: record.Scene{LocalUser: "root"}, Item: record.Item{UserID: "b"}},
		{Time: at(10), ID: "3", Act: record.ChangePolicy},
	}
	half := func(id string, i record.Item) record.Event {
		return record.Event{ID: id, Scene: record.Scene{TenantID: "t"}, Item: i}
	}
	halves := []record.Event{
		half("1", record.Item{UserPrincipalName: "Adele.Vance@contoso.com"}), half("2", record.Item{UserID: "a", UserPrincipalName: adele}),
		half("3", record.Item{UserID: "A"}), half("4", record.Item{UserID: "c"}), half("5", record.Item{UserID: "d", UserPrincipalName: "other@contoso.com"}), half("6", record.Item{File: "f"}),
		{ID: "7", Scene: record.Scene{TenantID: "elsewhere"}, Item: record.Item{UserPrincipalName: adele}},
	}
	for want, user := range map[string]person.Ref{"1237": adele, "123": "a", "4": "c", "5": "D"} {
		got := ""
		for _, e := range (audit.Query{Users: []person.Ref{user}}).Local(halves) {
			got += e.ID
		}
		if got != want {
			t.Errorf("%s: %s, want %s", user, got, want)
		}
	}
	for want, q := range map[string]audit.Query{
		"123": {}, "1": {Users: []person.Ref{adele}}, "2": {Users: []person.Ref{"B"}}, "23": {Since: at(9)}, "12": {Until: at(10), Since: at(8)},
	} {
		got := ""
		for _, e := range q.Local(events) {
			got += e.ID
		}
		if got != want {
			t.Errorf("%+v: %s, want %s", q, got, want)
		}
	}
	if q := (audit.Query{By: "ROOT"}); len(q.Local(events)) != 1 || len(events) != 3 || events[2].ID != "3" {
		t.Error("who ran tap is not who did it")
	}
}
