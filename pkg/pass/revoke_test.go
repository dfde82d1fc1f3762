package pass_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// theft is a world in which somebody registered methods.
type theft struct {
	*world
	methods             []person.Method
	methodsErr          error
	sessionsErr, goneBy error
}

func (w *theft) Methods(context.Context, string) ([]person.Method, time.Time, error) {
	w.called("methods")
	return w.methods, now, w.methodsErr
}

func (w *theft) RevokeSessions(_ context.Context, user string) error {
	w.called("end %s", short(user))
	return w.sessionsErr
}

func (w *theft) DeleteMethod(_ context.Context, user string, m person.Method) error {
	w.called("remove %s %s", short(user), m.ID)
	return w.goneBy
}

func robbed() (*theft, *pass.Desk) {
	w := &theft{world: contoso()}
	w.quick = true
	w.passes = []pass.Pass{{ID: "p-1", Created: after(-time.Hour), Start: after(-time.Hour), Lifetime: 8 * time.Hour, LastUsed: after(-30 * time.Minute)}}
	w.methods = []person.Method{
		{ID: "evil", Type: "fido2", Name: "Evil Key", Created: after(-29 * time.Minute)},
		{ID: "old", Type: "phone", Created: after(-48 * time.Hour)},
		{ID: "undated", Type: "microsoftAuthenticator"},
		{ID: "pw", Type: person.Password, Created: after(-time.Minute)},
		{ID: "tap", Type: person.TemporaryAccessPass, Created: after(-time.Hour)},
	}
	d := w.desk(false)
	d.Methods, d.Access = w, w
	return w, d
}

func ids(methods []person.Method) string {
	var all []string
	for _, m := range methods {
		all = append(all, m.ID)
	}
	return strings.Join(all, " ")
}

func timeline(acts []pass.Act) string {
	var all []string
	for _, a := range acts {
		s := fmt.Sprintf("%s %s %s", clock(a.At), a.Event, a.Outcome)
		if a.Method != nil {
			s += " " + a.Method.ID
		}
		if a.Err != nil {
			s += ": " + a.Err.Error()
		}
		all = append(all, s)
	}
	return strings.Join(all, "\n")
}

func TestIncident(t *testing.T) {
	t.Parallel()
	denied := refusal(errs.Denied, "Request Authorization failed")
	for _, c := range []struct {
		name              string
		set               func(*theft)
		since             time.Time
		suspects, history string
		blind             bool
		err, notice       string
	}{
		{
			name: "since the pass was created; what has no time is suspect", suspects: "undated evil",
			history: "08:30 passCreated happened\n09:00 passUsed happened\n09:01 methodRegistered happened evil",
		},
		{
			name: "since what was named", since: after(-72 * time.Hour), suspects: "undated old evil",
			history: "09:30 methodRegistered happened old\n08:30 passCreated happened\n09:00 passUsed happened\n09:01 methodRegistered happened evil",
		},
		{name: "no pass, and nobody says since when", set: func(w *theft) { w.passes = nil }},
		{
			name: "no pass, but a time", set: func(w *theft) { w.passes = nil }, since: after(-time.Hour), suspects: "undated evil",
			history: "09:01 methodRegistered happened evil",
		},
		{
			name: "methods may not be read", set: func(w *theft) { w.methods, w.methodsErr = nil, denied }, blind: true, history: "08:30 passCreated happened\n09:00 passUsed happened",
			notice: "methods may not be read with this sign-in (permission UserAuthenticationMethod.Read.All): what was registered is not seen",
		},
		{name: "methods cannot be read", set: func(w *theft) { w.methodsErr = refusal(errs.Busy, "too many requests") }, err: "reading the methods: adele.vance@contoso.com: too many requests"},
		{
			name: "nobody", set: func(w *theft) { w.personErr = refusal(errs.NotFound, "the tenant has no such user") },
			err: "listing passes: adele.vance@contoso.com: the tenant has no such user",
		},
	} {
		w, d := robbed()
		if c.set != nil {
			c.set(w)
		}
		i, err := d.Incident(t.Context(), upn, c.since)
		if c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("%s: %v, want %q", c.name, err, c.err)
			}
			continue
		}
		if err != nil || ids(i.Suspects()) != c.suspects || timeline(i.History()) != c.history || i.Blind != c.blind {
			t.Errorf("%s: %v, suspects %q, want %q; history\n%s\nwant\n%s", c.name, err, ids(i.Suspects()), c.suspects, timeline(i.History()), c.history)
		}
		if got := strings.Join(w.notices, "\n"); got != c.notice {
			t.Errorf("%s: notice %q, want %q", c.name, got, c.notice)
		}
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	denied := refusal(errs.Denied, "Request Authorization failed")
	const takes = ": it takes the permission "
	for _, c := range []struct {
		name string
		set  func(*theft)
		want string // what it begins with, a line each
	}{
		{"all goes", nil, "09:30 passDeleted done\n09:30 sessionsEnded done\n09:30 methodDeleted done evil"},
		{"gone already", func(w *theft) {
			w.deleteErr, w.goneBy = map[string]error{"p-1": refusal(errs.NotFound, "gone")}, refusal(errs.NotFound, "gone")
		}, "09:30 passDeleted gone\n09:30 sessionsEnded done\n09:30 methodDeleted gone evil"},
		{
			"nothing is allowed", func(w *theft) {
				w.deleteErr, w.sessionsErr, w.goneBy = map[string]error{"p-1": denied}, denied, denied
			},
			"09:30 passDeleted refused: deleting the pass: adele.vance@contoso.com: Request Authorization failed" + takes + "UserAuthMethod-TAP.ReadWrite.All\n" +
				"09:30 sessionsEnded refused: ending the sessions: adele.vance@contoso.com: Request Authorization failed" + takes + "User.RevokeSessions.All\n" +
				"09:30 methodDeleted refused evil: removing passkey (FIDO2) evil: adele.vance@contoso.com: Request Authorization failed" + takes + "UserAuthenticationMethod.ReadWrite.All",
		},
		{
			"throttled", func(w *theft) { w.sessionsErr = refusal(errs.Busy, "too many requests") },
			"09:30 passDeleted done\n09:30 sessionsEnded failed: ending the sessions: adele.vance@contoso.com: too many requests\n09:30 methodDeleted done evil",
		},
	} {
		w, d := robbed()
		if c.set != nil {
			c.set(w)
		}
		i, err := d.Incident(t.Context(), upn, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		acts := append(d.RevokePass(t.Context(), i), d.RevokeSessions(t.Context(), i), d.RevokeMethod(t.Context(), i, i.Suspects()[1]))
		got := strings.Split(timeline(acts), "\n")
		for n, line := range strings.Split(c.want, "\n") {
			if n >= len(got) || !strings.HasPrefix(got[n], line) {
				t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), c.want)
				break
			}
		}
	}
}
