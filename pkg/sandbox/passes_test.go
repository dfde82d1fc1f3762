package sandbox_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

func TestCreateReadDelete(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	created := c.create(adele, `{"lifetimeInMinutes":120,"isUsableOnce":true}`).ok(201)
	if code := created.text("temporaryAccessPass"); len(code) != 8 {
		t.Errorf("passcode %q, want 8 characters", code)
	}
	if created.object["lifetimeInMinutes"] != 120.0 || created.object["isUsableOnce"] != true {
		t.Errorf("not what was asked: %s", created.body)
	}
	one := passesOf(adele) + "/" + strings.ToUpper(created.text("id"))
	for _, read := range []map[string]any{c.get(passesOf(adele)).values()[0], c.get(one).ok(200).object} {
		if code, has := read["temporaryAccessPass"]; !has || code != nil {
			t.Errorf("a read has the passcode %v, want null", code)
		}
		if read["id"] != created.text("id") || read["createdDateTime"] != created.object["createdDateTime"] {
			t.Errorf("read %v, created %s", read, created.body)
		}
	}
	if deleted := c.do("DELETE", one, "").ok(204); len(deleted.body) > 0 {
		t.Errorf("DELETE answered %s", deleted.body)
	}
	if left := c.get(passesOf(adele)).values(); len(left) > 0 {
		t.Errorf("after DELETE: %v", left)
	}
	c.do("DELETE", one, "").fails(404, "resourceNotFound", "The user has no Temporary Access Pass with the id '"+strings.ToUpper(created.text("id"))+"'.")
	c.do("DELETE", passesOf(adele)+"/42", "").fails(400, "badRequest", "Invalid id '42' specified. The id of an authentication method is a GUID.")
	c.get(one).ok(404)
}

func TestEmptyCreateTakesThePolicysDefaults(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	before := c.clock(`{"set":"2026-12-01T08:00:00Z"}`)
	a := c.create(adele, `{}`).ok(201)
	start, err := time.Parse(time.RFC3339Nano, a.text("startDateTime"))
	if err != nil || start.Before(before.Truncate(time.Second)) || start.After(before.Add(time.Minute)) {
		t.Errorf("start %v, clock %v, %v", start, before, err)
	}
	if a.object["lifetimeInMinutes"] != 60.0 || a.object["isUsableOnce"] != false {
		t.Errorf("defaults: %s", a.body)
	}
	c.patchPolicy(`"isUsableOnce":true,"defaultLifetimeInMinutes":90,"defaultLength":20`).ok(204)
	if a := c.create(adele, `{}`).ok(201); a.object["isUsableOnce"] != true || a.object["lifetimeInMinutes"] != 90.0 || len(a.text("temporaryAccessPass")) != 20 {
		t.Errorf("after the change: %s", a.body)
	}
}

func TestNewPassReplacesOld(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	first := c.create(adele, `{}`).ok(201)
	second := c.create(adele, `{}`).ok(201)
	if held := c.get(passesOf(adele)).values(); len(held) != 1 || held[0]["id"] != second.text("id") {
		t.Errorf("held %v, want only %s", held, second.text("id"))
	}
	if r := c.signIn(adele, first.text("temporaryAccessPass"), ""); r["reason"] != "wrongCode" || r["message"] != "This passcode was replaced by a newer one." {
		t.Errorf("the old code: %v", r)
	}
	if r := c.signIn(adele, second.text("temporaryAccessPass"), ""); r["ok"] != true {
		t.Errorf("the new code: %v", r)
	}
}

func TestVersionsDifferInProperties(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		version    string
		undeclared bool
		usable     bool // sends isUsable and methodUsabilityReason
		lastUsed   bool
	}{
		{"beta", false, false, true}, {"beta", true, true, true}, {"v1.0", false, true, false}, {"v1.0", true, true, false},
	} {
		c := open(t, t.TempDir(), sandbox.Options{Undeclared: test.undeclared})
		path := strings.Replace(passesOf(adele), "beta", test.version, 1)
		for _, a := range []map[string]any{c.do("POST", path, `{}`).ok(201).object, c.get(path).values()[0]} {
			_, usable := a["isUsable"]
			reason, hasReason := a["methodUsabilityReason"]
			_, lastUsed := a["lastUsedDateTime"]
			if usable != test.usable || hasReason != test.usable || lastUsed != test.lastUsed || hasReason && reason != "EnabledByPolicy" {
				t.Errorf("%+v: %v", test, a)
			}
		}
	}
}

func TestRefusedCreates(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.clock(`{"set":"2026-12-01T08:00:00Z"}`)
	const (
		past     = "Invalid StartDateTime specified. It can not be a time in the past."
		lifetime = "Invalid LifetimeInMinutes specified. The valid range between 60 and 480."
		noJSON   = "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."
		policy   = "Converged UserCredentialPolicy does not allow creating or updating this authentication method. AuthMethodType [TemporaryAccessPass]."
		typeName = "microsoft.graph.temporaryAccessPassAuthenticationMethod"
		unknown  = "' does not exist on type '" + typeName + "'. Make sure to only use property names that are defined by the type."
	)
	for _, test := range []struct{ user, body, message string }{
		{adele, `{"lifetimeInMinutes":59}`, lifetime},
		{adele, `{"lifetimeInMinutes":481}`, lifetime},
		{adele, `{"lifetimeInMinutes":-5}`, lifetime},
		{adele, `{"lifetimeInMinutes":"60"}`, "Cannot convert a value to the expected type 'Edm.Int32'."},
		{adele, `{"lifetimeInMinutes":60.5}`, "Cannot convert a value to the expected type 'Edm.Int32'."},
		{adele, `{"isUsableOnce":"yes"}`, "Cannot convert a value to the expected type 'Edm.Boolean'."},
		{adele, `{"startDateTime":"2026-12-01T07:59:50Z"}`, past},
		{adele, `{"startDateTime":"2026-12-01T09:00:00+02:00"}`, past},
		{adele, `{"startDateTime":"2026-12-02T08:00:00"}`, "Cannot convert the literal '2026-12-02T08:00:00' to the expected type 'Edm.DateTimeOffset'."},
		{adele, `{"startDateTime":1}`, "Cannot convert a value to the expected type 'Edm.DateTimeOffset'."},
		{adele, `{"ttl":60}`, "The property 'ttl" + unknown},
		{adele, `{"LifetimeInMinutes":60}`, "The property 'LifetimeInMinutes" + unknown},
		{adele, `{"isUsable":true}`, "The property 'isUsable" + unknown},
		{adele, `{"temporaryAccessPass":"mine"}`, "The property 'temporaryAccessPass' is read-only and cannot be set."},
		{adele, `{"@odata.type":"#microsoft.graph.user"}`, `A type named "#microsoft.graph.user" was found where '` + typeName + `' was expected.`},
		{adele, `{`, noJSON}, {adele, `[]`, noJSON}, {adele, `null`, noJSON}, {adele, `{} {}`, noJSON},
		{external, `{}`, "Temporary Access Pass cannot be added to an external guest user."},
		{excluded, `{}`, policy},
	} {
		a := c.create(test.user, test.body)
		a.fails(400, "badRequest", test.message)
		inner, _ := a.object["error"].(map[string]any)["innerError"].(map[string]any)
		if lower, isLower := a.object["error"].(map[string]any)["innererror"].(map[string]any); isLower {
			inner = lower
		}
		if inner["message"] != test.message {
			t.Errorf("inner error of %s: %v", test.body, inner)
		}
	}
	if held := c.get("/sandbox/passes").ok(200); string(held.body) != "[]\n" {
		t.Errorf("a refused create left %s", held.body)
	}
	c.create("nobody@contoso.com", `{}`).fails(404, "Request_ResourceNotFound",
		"Resource 'nobody@contoso.com' does not exist or one of its queried reference-property objects are not present.")
	c.patchPolicy(`"state":"disabled"`).ok(204)
	c.create(adele, `{}`).fails(400, "badRequest", policy)
}

func TestAcceptedCreates(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.clock(`{"set":"2026-12-01T08:00:00Z"}`)
	for _, test := range []struct{ user, body string }{
		{adele, `{"startDateTime":"2026-12-01T08:00:00Z"}`}, // within the tolerance
		{adele, `{"startDateTime":"2026-12-31T23:59:59.1234567Z","lifetimeInMinutes":480,"isUsableOnce":null}`},
		{adele, `{"@odata.type":"#microsoft.graph.temporaryAccessPassAuthenticationMethod","x@annotation":1}`},
		{adele, `{"temporaryAccessPass":null,"id":null}`},
		{newHire, `{}`}, // a disabled account
		{"internal.guest@contoso.com", `{}`},
		{"miles.o'brien@contoso.com", `{}`},
	} {
		c.create(test.user, test.body).ok(201)
	}
	c.patchPolicy(`"isUsableOnce":true`).ok(204)
	c.create(adele, `{"isUsableOnce":false}`).fails(400, "badRequest", "Invalid IsUsableOnce specified. The policy allows only one-time passes.")
	c.create(adele, `{"isUsableOnce":true}`).ok(201)
}

func TestUsabilityFollowsClockUseAndPolicy(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.clock(`{"set":"2026-12-01T08:00:00Z"}`)
	code := c.create(adele, `{"startDateTime":"2026-12-01T10:00:00Z","isUsableOnce":true}`).ok(201).text("temporaryAccessPass")
	multi := c.create(megan, `{"lifetimeInMinutes":480}`).ok(201).text("temporaryAccessPass")
	reason := func(user, want string) {
		t.Helper()
		p := c.get(strings.Replace(passesOf(user), "beta", "v1.0", 1)).values()[0]
		if p["methodUsabilityReason"] != want || p["isUsable"] != (want == "EnabledByPolicy") {
			t.Errorf("%s: %v, want %s", user, p, want)
		}
	}
	reason(adele, "NotYetValid")
	c.clock(`{"advance":"2h"}`)
	reason(adele, "EnabledByPolicy")
	c.signIn(adele, code, "")
	reason(adele, "OneTimeUsed")
	if used := c.get(passesOf(adele)).values()[0]["lastUsedDateTime"]; used == nil {
		t.Error("lastUsedDateTime is null after the sign-in")
	}
	reason(megan, "EnabledByPolicy")
	for _, change := range [][2]string{
		{`"isUsableOnce":true`, `"isUsableOnce":false`},
		{`"state":"disabled"`, `"state":"enabled"`},
		{`"includeTargets":[{"id":"` + groupNamed(c, "Helpdesk") + `","targetType":"group"}]`, `"includeTargets":[{"id":"all_users","targetType":"group"}]`},
	} {
		c.patchPolicy(change[0]).ok(204)
		reason(megan, "DisabledByPolicy")
		if r := c.signIn(megan, multi, ""); r["reason"] != "disabledByPolicy" {
			t.Errorf("sign-in under %s: %v", change[0], r)
		}
		c.patchPolicy(change[1]).ok(204)
		reason(megan, "EnabledByPolicy")
	}
	c.clock(`{"advance":"8h"}`)
	reason(megan, "Expired")
	reason(adele, "OneTimeUsed")
}

func TestPassQueryOptions(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.create(adele, `{}`).ok(201)
	c.get(passesOf(adele) + "?$top=1&$filter=nonsense").ok(200)
	c.get(passesOf(adele)+"?$select=id,isUsable").fails(400, "badRequest",
		"Parsing OData Select and Expand failed: Could not find a property named 'isUsable' on type 'microsoft.graph.temporaryAccessPassAuthenticationMethod'.")
	c.get(strings.Replace(passesOf(adele), "beta", "v1.0", 1) + "?$select=id,isUsable").ok(200)
}

func TestPasscodesAreHostileAndRepeatable(t *testing.T) {
	t.Parallel()
	seen := map[byte]int{}
	first := 0
	for n := range 500 {
		code := sandbox.NewCode(7, n, 8)
		if len(code) != 8 || code != sandbox.NewCode(7, n, 8) || code == sandbox.NewCode(8, n, 8) {
			t.Fatalf("code %d: %q", n, code)
		}
		for i := range len(code) {
			seen[code[i]]++
		}
		if strings.ContainsRune("+=-@", rune(code[0])) {
			first++
		}
	}
	for _, ch := range "+&=!$%@-" {
		if seen[byte(ch)] < 20 {
			t.Errorf("%c turned up %d times in 500 codes", ch, seen[byte(ch)])
		}
	}
	if first < 150 {
		t.Errorf("%d of 500 codes begin like a formula", first)
	}
	if sandbox.NewCode(0, 1, 8) == sandbox.NewCode(0, 1, 8) {
		t.Error("without a seed two codes are the same")
	}
}

func TestStampsVary(t *testing.T) {
	t.Parallel()
	digits := map[int]bool{}
	shape := regexp.MustCompile(`^2026-12-01T08:00:00(\.\d+)?Z$`)
	for i := range 40 {
		s := sandbox.Stamp(fmt.Sprint(i), time.Date(2026, 12, 1, 8, 0, 0, 123456700, time.UTC))
		if !shape.MatchString(s) {
			t.Fatalf("stamp %q", s)
		}
		_, fraction, _ := strings.Cut(strings.TrimSuffix(s, "Z"), ".")
		digits[len(fraction)] = true
	}
	if diff := cmp.Diff(map[int]bool{0: true, 3: true, 6: true, 7: true}, digits); diff != "" {
		t.Error(diff)
	}
}

// TestPassRules holds random creates under random policies against the rules of graph.md, written down once more.
func TestPassRules(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	now := c.clock(`{"set":"2026-12-01T08:00:00Z"}`)
	rapid.Check(t, func(r *rapid.T) {
		low := rapid.IntRange(10, 1000).Draw(r, "minimum")
		high := rapid.IntRange(low, 43200).Draw(r, "maximum")
		def := rapid.IntRange(low, high).Draw(r, "default")
		once := rapid.Bool().Draw(r, "once")
		c.patchPolicy(fmt.Sprintf(`"minimumLifetimeInMinutes":%d,"maximumLifetimeInMinutes":%d,"defaultLifetimeInMinutes":%d,"isUsableOnce":%v`, low, high, def, once)).ok(204)
		lifetime := rapid.IntRange(1, 50000).Draw(r, "lifetime")
		start := now.Add(time.Duration(rapid.IntRange(-100, 100).Draw(r, "hours"))*time.Hour + 30*time.Minute)
		wantOnce := rapid.Bool().Draw(r, "wantOnce")
		a := c.create(adele, fmt.Sprintf(`{"lifetimeInMinutes":%d,"startDateTime":%q,"isUsableOnce":%v}`, lifetime, start.Format(time.RFC3339), wantOnce))
		allowed := lifetime >= low && lifetime <= high && start.After(now) && (wantOnce || !once)
		if (a.status == 201) != allowed || !allowed && a.status != 400 {
			r.Fatalf("status %d, allowed %v: %s", a.status, allowed, a.body)
		}
		if held := c.get(passesOf(adele)).values(); len(held) > 1 || allowed && held[0]["id"] != a.text("id") {
			r.Fatalf("held %v after %s", held, a.body)
		}
	})
}
