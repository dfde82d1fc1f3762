package onboarding_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/onboarding"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

var monday = time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)

func method(kind string, at time.Duration) person.Method {
	return person.Method{ID: kind, Type: kind, Created: monday.Add(at)}
}

func held(created time.Duration, used bool) []pass.Pass {
	p := pass.Pass{ID: "6f1967b7", Created: monday.Add(created), Start: monday.Add(created), Lifetime: time.Hour}
	if used {
		p.LastUsed = p.Start.Add(time.Minute)
	}
	return []pass.Pass{p}
}

func TestJudge(t *testing.T) {
	key, hello := method("fido2", time.Hour), method("windowsHelloForBusiness", -time.Hour)
	undated := person.Method{ID: "fido2", Type: "fido2"}
	once := held(0, false)
	once[0].OneTime, once[0].Usability = true, "OneTimeUsed"
	two := append(held(-2*time.Hour, true), held(0, false)...)
	gone := onboarding.Told{ID: "0a5d4b0c", Start: monday.Add(-2 * time.Hour)}
	for _, c := range []struct {
		name   string
		user   onboarding.User
		since  time.Duration // before monday; 0: not given
		stage  onboarding.Stage
		basis  onboarding.Basis
		counts []string
		others []string
	}{
		{"nothing", onboarding.User{}, 0, onboarding.NotIssued, "", nil, nil},
		{"a method, and nothing to count it from", onboarding.User{Methods: []person.Method{key}}, 0, onboarding.NotIssued, "", nil, []string{"fido2"}},
		{"the time that was given", onboarding.User{Methods: []person.Method{key, hello}}, time.Minute, onboarding.Registered, onboarding.BySince, []string{"fido2"}, []string{"windowsHelloForBusiness"}},
		{"nothing since the time that was given", onboarding.User{Methods: []person.Method{hello}}, time.Minute, onboarding.NotIssued, onboarding.BySince, nil, []string{"windowsHelloForBusiness"}},
		{"issued", onboarding.User{Passes: held(0, false), Methods: []person.Method{hello}}, 0, onboarding.Issued, onboarding.ByPass, nil, []string{"windowsHelloForBusiness"}},
		{"the time that was given is for those without a pass", onboarding.User{Passes: held(0, false), Methods: []person.Method{hello}}, 3 * time.Hour, onboarding.Issued, onboarding.ByPass, nil, []string{"windowsHelloForBusiness"}},
		{"used", onboarding.User{Passes: held(0, true)}, 0, onboarding.Used, onboarding.ByPass, nil, nil},
		{"used once, of a cloud that tells no time", onboarding.User{Passes: once}, 0, onboarding.Used, onboarding.ByPass, nil, nil},
		{"registered", onboarding.User{Passes: held(0, true), Methods: []person.Method{hello, key}}, 0, onboarding.Registered, onboarding.ByPass, []string{"fido2"}, []string{"windowsHelloForBusiness"}},
		{"in the same second, of a time that has whole ones", onboarding.User{Passes: held(time.Hour+900*time.Millisecond, true), Methods: []person.Method{key}}, 0, onboarding.Registered, onboarding.ByPass, []string{"fido2"}, nil},
		{"a second before", onboarding.User{Passes: held(time.Hour+time.Second, true), Methods: []person.Method{key}}, 0, onboarding.Used, onboarding.ByPass, nil, []string{"fido2"}},
		{"of a time that nobody tells", onboarding.User{Passes: held(0, true), Methods: []person.Method{undated}}, 0, onboarding.Used, onboarding.ByPass, nil, []string{"fido2"}},
		{"a phone needs a password", onboarding.User{Passes: held(0, true), Methods: []person.Method{method("phone", time.Hour)}}, 0, onboarding.Used, onboarding.ByPass, nil, []string{"phone"}},
		{"an Authenticator counts", onboarding.User{Passes: held(0, true), Methods: []person.Method{method("microsoftAuthenticator", time.Hour)}}, 0, onboarding.Registered, onboarding.ByPass, []string{"microsoftAuthenticator"}, nil},
		{"password and pass are no methods here", onboarding.User{Passes: held(0, true), Methods: []person.Method{method("password", time.Hour), method("temporaryAccessPass", time.Hour)}}, 0, onboarding.Used, onboarding.ByPass, nil, nil},
		{"the newest of two passes", onboarding.User{Passes: two, Methods: []person.Method{hello}}, 0, onboarding.Issued, onboarding.ByPass, nil, []string{"windowsHelloForBusiness"}},
		{"a pass that is gone", onboarding.User{Told: gone, Methods: []person.Method{hello}}, 0, onboarding.Registered, onboarding.ByRoster, []string{"windowsHelloForBusiness"}, nil},
		{"a pass that is gone, and nothing since", onboarding.User{Told: gone}, time.Minute, onboarding.Issued, onboarding.ByRoster, nil, nil},
		{"a pass that is gone, of no time", onboarding.User{Told: onboarding.Told{ID: "0a5d4b0c"}, Methods: []person.Method{key}}, 0, onboarding.Issued, "", nil, []string{"fido2"}},
		{"a pass that was replaced", onboarding.User{Told: gone, Passes: held(0, false), Methods: []person.Method{hello}}, 0, onboarding.Registered, onboarding.ByRoster, []string{"windowsHelloForBusiness"}, nil},
		{"the same pass, which begins later", onboarding.User{Told: onboarding.Told{ID: "6F1967B7", Start: monday.Add(2 * time.Hour)}, Passes: held(0, false), Methods: []person.Method{key}}, 0, onboarding.Registered, onboarding.ByPass, []string{"fido2"}, nil},
		{"a time without a pass says nothing", onboarding.User{Told: onboarding.Told{Start: monday}, Methods: []person.Method{key}}, 0, onboarding.NotIssued, "", nil, []string{"fido2"}},
		{"methods that may not be read", onboarding.User{Passes: held(0, true), Unseen: true}, 0, onboarding.Used, onboarding.ByPass, nil, nil},
		{"nothing could be read", onboarding.User{Err: &errs.Error{}, Told: gone}, 0, "", "", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.user.At = monday.Add(30 * time.Minute)
			since := time.Time{}
			if c.since > 0 {
				since = monday.Add(-c.since)
			}
			s := onboarding.Judge(c.user, since)
			if s.Stage != c.stage || s.Basis != c.basis || s.Since.IsZero() != (c.basis == "") {
				t.Errorf("%s by %q since %s, want %s by %q", s.Stage, s.Basis, s.Since, c.stage, c.basis)
			}
			if diff := cmp.Diff([][]string{c.counts, c.others}, [][]string{types(s.Registered), types(s.Others)}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func types(methods []person.Method) (all []string) {
	for _, m := range methods {
		all = append(all, m.Type)
	}
	return all
}

// TestUnused: who registered a method under a pass that shows no use is told from who did so with it.
func TestUnused(t *testing.T) {
	key := []person.Method{method("fido2", time.Hour)}
	once := held(0, false)
	once[0].OneTime = true
	for want, users := range map[bool][]onboarding.User{
		true:  {{Passes: held(0, false), Methods: key, TellsUse: true}, {Passes: once, Methods: key}},
		false: {{Passes: held(0, false), Methods: key}, {Passes: held(0, true), Methods: key, TellsUse: true}, {Passes: held(0, false), TellsUse: true}, {Told: onboarding.Told{ID: "x", Start: monday}, Methods: key, TellsUse: true}},
	} {
		for i, u := range users {
			if s := onboarding.Judge(u, time.Time{}); s.Unused() != want {
				t.Errorf("%t, %d: %+v", want, i, s)
			}
		}
	}
}

func standing(stage onboarding.Stage, department string, unseen bool) onboarding.Standing {
	return onboarding.Standing{User: onboarding.User{Carried: []string{"x", department}, Unseen: unseen}, Stage: stage}
}

func TestSums(t *testing.T) {
	all := []onboarding.Standing{
		standing(onboarding.Registered, "Sales", false), standing(onboarding.Used, " Sales ", false), standing(onboarding.NotIssued, "", false),
		standing(onboarding.Issued, "engineering", false), standing("", "Sales", false), standing(onboarding.Used, "Finance", true),
	}
	want := onboarding.Sum{Users: 6, NotIssued: 1, Issued: 4, Used: 3, Registered: 1, Failed: 1, Unseen: 1}
	got := onboarding.All(all)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.NotIssued+got.Issued+got.Failed != got.Users || got.Blind() {
		t.Errorf("%+v", got)
	}
	by := []onboarding.Sum{
		{Value: "engineering", Users: 1, Issued: 1},
		{Value: "Finance", Users: 1, Issued: 1, Used: 1, Unseen: 1},
		{Value: "Sales", Users: 3, Issued: 2, Used: 2, Registered: 1, Failed: 1},
		{Value: "", Users: 1, NotIssued: 1},
	}
	if diff := cmp.Diff(by, onboarding.By(all, 1)); diff != "" {
		t.Error(diff)
	}
	if !by[1].Blind() || by[0].Blind() || (onboarding.Sum{Users: 2, Failed: 2}).Blind() {
		t.Error("who is blind")
	}
	if p := by[2].Percent(by[2].Issued); p < 66.6 || p > 66.7 || (onboarding.Sum{}).Percent(0) != 0 {
		t.Error(p)
	}
}

func TestStagesAreAll(t *testing.T) {
	if !slices.Equal(onboarding.Stages(), []onboarding.Stage{onboarding.NotIssued, onboarding.Issued, onboarding.Used, onboarding.Registered}) {
		t.Error(onboarding.Stages())
	}
}
