package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/graph"
	"github.com/seed-5ddf9a5e/tap/pkg/graph/contract"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// box is a sandbox with a client over it whose exchanges are held against the contract, and all that was sent.
type box struct {
	*graph.Client
	handler http.Handler
	patches []string
	answer  func(*http.Response) // changes the answer to a PATCH; nil: nothing
}

func openBox(t *testing.T, version, caller string) *box {
	t.Helper()
	tenant, err := sandbox.Open(t.TempDir(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tenant.Close() })
	rules := contract.Load("../../testdata/graph")
	wire := &http.Transport{DialContext: tenant.DialContext}
	t.Cleanup(wire.CloseIdleConnections)
	b := &box{handler: tenant.Handler()}
	b.Client, err = graph.New(graph.Config{
		Root: "http://127.0.0.1", Version: version, Credential: token("sandbox-" + caller), UserAgent: "tap/test",
		Transport: rules.Wrap(observer{b, wire}, func(broken string) { t.Error(broken) }),
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// observer keeps what is sent with a PATCH, and changes what is answered.
type observer struct {
	*box
	next http.RoundTripper
}

func (o observer) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodPatch {
		return o.next.RoundTrip(req)
	}
	b, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	o.patches = append(o.patches, string(b))
	req.Body = io.NopCloser(bytes.NewReader(b))
	resp, err := o.next.RoundTrip(req)
	if err == nil && o.answer != nil {
		o.answer(resp)
	}
	return resp, err
}

// control sends JSON to the sandbox's control plane.
func (b *box) control(path, body string) (int, string) {
	w := &recorder{header: http.Header{}}
	req, _ := http.NewRequest(http.MethodPost, "http://127.0.0.1/sandbox/"+path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	b.handler.ServeHTTP(w, req)
	return w.status, w.body.String()
}

type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

func (b *box) desk() *policy.Desk {
	return &policy.Desk{Service: b, Notice: func(string) {}}
}

func (b *box) group(t *testing.T, name string) policy.Target {
	t.Helper()
	found, err := b.GroupsNamed(t.Context(), name)
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %v, %v", name, found, err)
	}
	return policy.Target{ID: found[0].ID, Type: policy.GroupTarget}
}

// TestSetPolicy: only what differs is sent, with its type, and an answer with a body is as good as one without.
func TestSetPolicy(t *testing.T) {
	t.Parallel()
	const typed = `"@odata.type":"#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration"`
	for _, version := range []string{"beta", "v1.0"} {
		b, ctx := openBox(t, version, "privileged"), t.Context()
		desk := b.group(t, "Helpdesk")
		for _, c := range []struct {
			name   string
			change func(*policy.Policy)
			sent   string // beside the type
		}{
			{"state", func(p *policy.Policy) { p.Enabled = false }, `"state":"disabled"`},
			{"state again", func(p *policy.Policy) { p.Enabled = true }, `"state":"enabled"`},
			{"one-time", func(p *policy.Policy) { p.OneTime = true }, `"isUsableOnce":true`},
			{"not one-time", func(p *policy.Policy) { p.OneTime = false }, `"isUsableOnce":false`},
			{"numbers", func(p *policy.Policy) {
				p.DefaultLength, p.MinimumLifetime, p.DefaultLifetime, p.MaximumLifetime = 12, 10*time.Minute, 2*time.Hour, 720*time.Hour
			}, `"defaultLength":12,"defaultLifetimeInMinutes":120,"maximumLifetimeInMinutes":43200,"minimumLifetimeInMinutes":10`},
			{"include", func(p *policy.Policy) {
				p.Include = []policy.Target{{ID: desk.ID, Type: "group", RegistrationRequired: true}}
			},
				`"includeTargets":[{"id":"` + desk.ID + `","isRegistrationRequired":true,"targetType":"group"}]`},
			{"exclude nobody", func(p *policy.Policy) { p.Exclude = []policy.Target{} }, `"excludeTargets":[]`},
			{"exclude", func(p *policy.Policy) { p.Exclude = []policy.Target{desk} }, `"excludeTargets":[{"id":"` + desk.ID + `","targetType":"group"}]`},
		} {
			from, err := b.Policy(ctx)
			if err != nil {
				t.Fatal(err)
			}
			to := from
			c.change(&to)
			b.patches = nil
			if err := b.SetPolicy(ctx, from, to); err != nil {
				t.Fatalf("%s %s: %v", version, c.name, err)
			}
			if len(b.patches) != 1 || canonical(t, b.patches[0]) != canonical(t, "{"+typed+","+c.sent+"}") {
				t.Errorf("%s %s: sent %s", version, c.name, b.patches)
			}
			now, err := b.Policy(ctx)
			if left := policy.Diff(now, to, nil); err != nil || len(left) > 0 {
				t.Errorf("%s %s: %v, %v", version, c.name, left, err)
			}
		}
	}
}

func canonical(t *testing.T, s string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(v)
	return string(b)
}

func TestSetPolicyAnswered(t *testing.T) {
	t.Parallel()
	b, ctx := openBox(t, "beta", "privileged"), t.Context()
	from, err := b.Policy(ctx)
	if err != nil {
		t.Fatal(err)
	}
	to := from
	to.OneTime = true
	for _, body := range []string{`{"@odata.type":"#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration","id":"TemporaryAccessPass","isUsableOnce":true}`, `{}`} {
		b.answer = func(resp *http.Response) {
			resp.StatusCode, resp.Status = http.StatusOK, "200 OK"
			resp.Header.Set("Content-Type", "application/json")
			resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		}
		if err := b.SetPolicy(ctx, from, to); err != nil {
			t.Errorf("200 with %s: %v", body, err)
		}
	}
	b.answer = nil
	to.MaximumLifetime = 1000 * time.Hour
	err = b.SetPolicy(ctx, from, to)
	if e := errs.Of(err); e == nil || e.Slug != errs.Rejected || e.Reason != errs.ServiceRefused || e.RequestID == "" || !contains(err, "Invalid MaximumLifetimeInMinutes specified. The valid range between 60 and 43200.") {
		t.Errorf("refused: %v", err)
	}
	if err := openBox(t, "beta", "helpdesk").SetPolicy(ctx, from, to); errs.Of(err).Slug != errs.Denied {
		t.Errorf("denied: %v", err)
	}
}

// TestSetPolicyLost: a change whose answer was lost is sent again only to the policy that it was made for, and an end
// without an answer does not claim that nothing happened.
func TestSetPolicyLost(t *testing.T) {
	const typed = `{"@odata.type":"#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration","state":"enabled","defaultLength":8,` +
		`"defaultLifetimeInMinutes":60,"minimumLifetimeInMinutes":60,"maximumLifetimeInMinutes":%d,"includeTargets":[],"excludeTargets":[]}`
	is := func(maximum int) act { return says(200, fmt.Sprintf(typed, maximum)) }
	lost := says(504, "", "Retry-After: 3")
	for _, c := range []struct {
		name string
		acts []act
		seen string // "": whatever
		want string // "slug|words|hints"
	}{
		{"as it was", []act{lost, is(480), says(204, "")}, "PATCH GET PATCH", ""},
		{"as it was asked for", []act{lost, is(240)}, "PATCH GET", ""},
		{"as somebody else made it", []act{lost, is(720)}, "PATCH GET", "rejected|somebody else changed it since it was sent, and it was not sent again: it is neither what it was nor what was asked for|tap policy show"},
		{"throttled before", []act{says(429, "", "Retry-After: 3"), is(240)}, "PATCH GET", ""},
		{"lost for good", []act{lost, is(480), lost, is(480), lost, is(480), lost, is(480), lost, is(480), lost}, "PATCH GET PATCH GET PATCH GET PATCH GET PATCH GET PATCH",
			"busy|the policy may have been changed: the answer was 504 Gateway Timeout|tap policy show"},
		{"refused", []act{says(403, "")}, "PATCH", "denied|the answer was 403 Forbidden|"},
		{"never reached", []act{refusedDial}, "", "busy|graph.example cannot be reached: connect: connection refused|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &play{acts: c.acts}
				client := over(t, p)
				from := policy.Policy{Enabled: true, DefaultLength: 8, DefaultLifetime: time.Hour, MinimumLifetime: time.Hour, MaximumLifetime: 8 * time.Hour}
				to := from
				to.MaximumLifetime = 4 * time.Hour
				got := ""
				if err := client.SetPolicy(t.Context(), from, to); err != nil {
					e := errs.Of(err)
					got = fmt.Sprintf("%s|%s|%s", e.Slug, e.Error(), strings.Join(e.Hints, "|"))
				}
				if got != c.want || c.seen != "" && strings.Join(p.seen, " ") != c.seen {
					t.Errorf("%s by %s, want %s by %s", got, p.seen, c.want, c.seen)
				}
			})
		})
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"beta", "v1.0"} {
		b, ctx := openBox(t, version, "helpdesk"), t.Context()
		falcon, err := b.GroupsNamed(ctx, "project falcon")
		if err != nil || len(falcon) != 2 || falcon[0].DisplayName != "Project Falcon" || falcon[0].ID == falcon[1].ID {
			t.Errorf("%v, %v", falcon, err)
		}
		for _, name := range []string{"Miles O'Brien's", "' or displayName eq 'Helpdesk", `a\b "c" & d#e?f/g%20+`, "山田 🦜"} {
			if found, err := b.GroupsNamed(ctx, name); err != nil || len(found) > 0 {
				t.Errorf("%s: %v, %v", name, found, err)
			}
		}
		g, err := b.Group(ctx, falcon[1].ID)
		if err != nil || g != falcon[1] {
			t.Errorf("%v, %v", g, err)
		}
		if _, err := b.Group(ctx, "99999999-9999-4999-8999-999999999999"); errs.Of(err).Slug != errs.NotFound {
			t.Errorf("%v", err)
		}
		adele, err := b.Person(ctx, adele)
		if err != nil {
			t.Fatal(err)
		}
		targets := []policy.Target{policy.All(), {ID: strings.ToUpper(falcon[0].ID), Type: "group"}, {ID: adele.ID, Type: "user"}, {ID: "99999999-9999-4999-8999-999999999999", Type: "user"}}
		for n := range 40 {
			targets = append(targets, policy.Target{ID: fmt.Sprintf("99999999-9999-4999-8999-%012d", n), Type: "group"})
		}
		names, err := b.Names(ctx, targets)
		if err != nil || len(names) != 43 || names.Of(targets[1]) != "Project Falcon" || names.Of(targets[2]) != "Adele Vance <adele.vance@contoso.com>" || !names.Missing(targets[3]) || !names.Missing(targets[42]) {
			t.Errorf("%d names: %v, %v", len(names), names, err)
		}
		if names, err := openBox(t, version, "nodirectory").Names(ctx, targets); errs.Of(err).Slug != errs.Denied || names.Missing(targets[1]) || names.Missing(targets[2]) {
			t.Errorf("denied: %v, %v", names, err)
		}
	}
}

// TestPolicyFileOverTheSandbox: whatever policy the sandbox can hold, the file that is shown of it compares equal, each
// single change is found, and the file puts it back.
func TestPolicyFileOverTheSandbox(t *testing.T) {
	t.Parallel()
	b := openBox(t, "beta", "privileged")
	var groups []string
	for _, name := range []string{"Helpdesk", "New Hires", "Marketing EMEA", "Project Falcon", "No Temporary Access Pass", "Empty"} {
		groups = append(groups, b.group(t, name).ID)
	}
	adele, err := b.Person(t.Context(), adele)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		ctx := t.Context()
		if status, body := b.control("policy", drawObject(rt, groups, adele.ID)); status != http.StatusOK {
			rt.Fatalf("%d: %s", status, body)
		}
		shown := show(ctx, rt, b)
		file := parse(rt, policy.YAML(shown.Policy, shown.Names))
		if ds, err := b.desk().Compare(ctx, file); err != nil || len(ds) > 0 {
			rt.Fatalf("%v: %v\n%s", err, ds, policy.YAML(shown.Policy, shown.Names))
		}
		property, object := drawChange(rt, shown.Policy, groups)
		if status, body := b.control("policy", object); status != http.StatusOK {
			rt.Fatalf("%s: %d: %s", object, status, body)
		}
		drift, err := b.desk().Compare(ctx, file)
		if err != nil || len(drift) == 0 || slices.ContainsFunc(drift, func(d policy.Difference) bool { return d.Property != property }) {
			rt.Fatalf("%s was not found alone: %v, %v", object, drift, err)
		}
		plan, err := b.desk().Prepare(ctx, policy.Order{File: file})
		if err != nil || len(plan.Differences) != len(drift) {
			rt.Fatalf("%v: %v of %v", err, plan.Differences, drift)
		}
		b.patches = nil
		if err := b.desk().Apply(ctx, plan); err != nil {
			rt.Fatal(err)
		}
		if left := policy.Diff(show(ctx, rt, b).Policy, shown.Policy, nil); len(left) > 0 || len(b.patches) != 1 {
			rt.Fatalf("not put back: %v; sent %q", left, b.patches)
		}
	})
}

func show(ctx context.Context, t *rapid.T, b *box) policy.Standing {
	s, err := b.desk().Show(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parse(t *rapid.T, text string) *policy.File {
	f, err := policy.ParseFile("policy.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return f
}

// drawObject is any policy that the sandbox takes, as Graph's JSON.
func drawObject(t *rapid.T, groups []string, person string) string {
	minutes := rapid.SliceOfN(rapid.IntRange(10, 43200), 3, 3).Draw(t, "lifetimes")
	slices.Sort(minutes)
	type target struct {
		ID         string `json:"id"`
		TargetType string `json:"targetType"`
	}
	type include struct {
		target
		Registration bool `json:"isRegistrationRequired"`
	}
	draw := func(all bool) target {
		n := rapid.IntRange(-2, len(groups)-1).Draw(t, "target")
		switch {
		case n == -2 && all:
			return target{policy.Everybody, "group"}
		case n < 0:
			return target{person, "user"}
		}
		return target{groups[n], "group"}
	}
	in, out := []include{}, []target{}
	for range rapid.IntRange(0, 4).Draw(t, "included") {
		in = append(in, include{draw(true), rapid.Bool().Draw(t, "registration")})
	}
	for range rapid.IntRange(0, 4).Draw(t, "excluded") {
		out = append(out, draw(false))
	}
	b, _ := json.Marshal(map[string]any{
		"state": rapid.SampledFrom([]string{"enabled", "disabled"}).Draw(t, "state"), "isUsableOnce": rapid.Bool().Draw(t, "once"),
		"defaultLength": rapid.IntRange(8, 48).Draw(t, "length"), "minimumLifetimeInMinutes": minutes[0],
		"defaultLifetimeInMinutes": minutes[1], "maximumLifetimeInMinutes": minutes[2], "includeTargets": in, "excludeTargets": out,
	})
	return string(b)
}

// drawChange is one property with another value than p has, which the sandbox takes.
func drawChange(t *rapid.T, p policy.Policy, groups []string) (property, object string) {
	value := any(nil)
	minutes := func(d time.Duration) int { return int(d / time.Minute) }
	other := func(low, high, not int) any {
		if low == high {
			return nil
		}
		return rapid.IntRange(low, high).Filter(func(n int) bool { return n != not }).Draw(t, "other")
	}
	fresh := slices.DeleteFunc(slices.Clone(groups), func(id string) bool {
		return slices.Contains(policy.Groups(slices.Concat(p.Include, p.Exclude)), id)
	})
	for value == nil {
		property = rapid.SampledFrom([]string{
			policy.State, policy.IsUsableOnce, policy.DefaultLength, policy.MinimumLifetime, policy.DefaultLifetime, policy.MaximumLifetime,
			policy.IncludeTargets, policy.ExcludeTargets,
		}).Draw(t, "property")
		switch property {
		case policy.State:
			value = map[bool]string{true: "disabled", false: "enabled"}[p.Enabled]
		case policy.IsUsableOnce:
			value = !p.OneTime
		case policy.DefaultLength:
			value = other(8, 48, p.DefaultLength)
		case policy.MinimumLifetime:
			value = other(10, minutes(p.DefaultLifetime), minutes(p.MinimumLifetime))
		case policy.DefaultLifetime:
			value = other(minutes(p.MinimumLifetime), minutes(p.MaximumLifetime), minutes(p.DefaultLifetime))
		case policy.MaximumLifetime:
			value = other(minutes(p.DefaultLifetime), 43200, minutes(p.MaximumLifetime))
		default:
			if len(fresh) > 0 {
				value = []map[string]any{{"id": fresh[0], "targetType": "group"}}
			}
		}
	}
	b, _ := json.Marshal(map[string]any{property: value})
	return property, string(b)
}

// TestPolicyUnreadable: an answer that is no policy is no zero policy.
func TestPolicyUnreadable(t *testing.T) {
	t.Parallel()
	c, err := graph.New(graph.Config{Root: "http://127.0.0.1", Version: "beta", Credential: token("x"), Transport: answers(`{"@odata.type":"#microsoft.graph.fido2AuthenticationMethodConfiguration","id":"Fido2"}`)})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := c.Policy(t.Context()); err == nil || !contains(err, "the service answered without the policy") {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := c.GroupsNamed(t.Context(), "x"); err == nil || !errors.As(err, new(*errs.Error)) {
		t.Errorf("groups: %v", err)
	}
	if _, err := c.Group(t.Context(), "x"); err != nil {
		t.Errorf("a group with only an id: %v", err)
	}
}

type answers string

func (a answers) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Status: "200 OK", Request: req, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(a)))}, nil
}
