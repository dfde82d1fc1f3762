package roster_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/roster"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

func locked(t *testing.T, lifetime, oneTime string) roster.Lock {
	t.Helper()
	l := roster.Lock{By: "tap.toml"}
	if lifetime != "" {
		if err := l.Lifetime.Set(lifetime); err != nil {
			t.Fatal(err)
		}
	}
	if oneTime != "" {
		once := oneTime == "true"
		l.OneTime = &once
	}
	return l
}

// TestReadLocked: each row that contradicts a lock is a fault by its row and its column as written, and what says the same is none.
func TestReadLocked(t *testing.T) {
	const file = "user,Lifetime,END,one_time,oneTime\n" +
		"a@contoso.com,60,,,yes\nb@contoso.com,2h,,,\nc@contoso.com,,+1h,,\nd@contoso.com,1h,,,no\ne@contoso.com,,,,\n"
	const hours = "contradicts lifetime = 1h, which is locked by tap.toml"
	for name, c := range map[string]struct {
		lock roster.Lock
		want []string
	}{
		"nothing":     {roster.Lock{}, nil},
		"a lifetime":  {locked(t, "1h", ""), []string{"row 3, Lifetime: 2h " + hours, "row 4, END: " + hours}},
		"once":        {locked(t, "", "true"), []string{"row 5, oneTime: false contradicts one-time = true, which is locked by tap.toml"}},
		"many times":  {locked(t, "", "false"), []string{"row 2, oneTime: true contradicts one-time = false, which is locked by tap.toml"}},
		"all of them": {locked(t, "2h", "true"), []string{"row 2, Lifetime: 1h contradicts lifetime = 2h, which is locked by tap.toml", "row 4, END: contradicts lifetime = 2h, which is locked by tap.toml", "row 5, Lifetime: 1h contradicts lifetime = 2h, which is locked by tap.toml", "row 5, oneTime: false contradicts one-time = true, which is locked by tap.toml"}},
	} {
		r, err := roster.ReadLocked("a.csv", strings.NewReader(file), c.lock)
		var faults *roster.Faults
		if c.want == nil {
			if err != nil || len(r.Rows) != 5 {
				t.Errorf("%s: %v, %v", name, r, err)
			}
			continue
		}
		if !errors.As(err, &faults) || errs.Of(err).Slug != errs.UsageFault {
			t.Fatalf("%s: %v", name, err)
		}
		var got []string
		for _, f := range faults.All {
			got = append(got, f.String())
		}
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s:\n%s", name, strings.Join(got, "\n"))
		}
	}
}

// TestReadLockedZone: a row's zone is held against a locked one, and a row without one is not.
func TestReadLockedZone(t *testing.T) {
	t.Parallel()
	const file = "user,TimeZone\na@contoso.com,Europe/Helsinki\nb@contoso.com,Asia/Tokyo\nc@contoso.com,\n"
	_, err := roster.ReadLocked("a.csv", strings.NewReader(file), roster.Lock{Zone: "Europe/Helsinki", By: "tap.toml"})
	var faults *roster.Faults
	const want = "row 3, TimeZone: Asia/Tokyo contradicts tz = Europe/Helsinki, which is locked by tap.toml"
	if !errors.As(err, &faults) || errs.Of(err).Slug != errs.UsageFault || len(faults.All) != 1 || faults.All[0].String() != want {
		t.Errorf("%v", err)
	}
}

// TestBroken: a wish is held against a lock with all that it does not say.
func TestBroken(t *testing.T) {
	yes, no := true, false
	duration := func(s string) (d when.Duration) { _ = d.Set(s); return d }
	end := func(s string) (at when.Time) { _ = at.Set(s); return at }
	for name, c := range map[string]struct {
		lock roster.Lock
		wish pass.Wish
		want string
	}{
		"nothing locked":        {roster.Lock{}, pass.Wish{Lifetime: duration("2h"), OneTime: &no}, ""},
		"the same":              {locked(t, "1h", "true"), pass.Wish{Lifetime: duration("60"), OneTime: &yes}, ""},
		"another lifetime":      {locked(t, "1h", ""), pass.Wish{Lifetime: duration("2h")}, "the lifetime 2h contradicts lifetime = 1h, which is locked by tap.toml"},
		"an end":                {locked(t, "1h", ""), pass.Wish{Until: end("+1h")}, "an end contradicts lifetime = 1h, which is locked by tap.toml"},
		"no lifetime":           {locked(t, "1h", ""), pass.Wish{}, "a lifetime that the policy decides contradicts lifetime = 1h, which is locked by tap.toml"},
		"many times":            {locked(t, "", "true"), pass.Wish{OneTime: &no}, "one-time = false contradicts one-time = true, which is locked by tap.toml"},
		"nobody says how often": {locked(t, "", "true"), pass.Wish{}, "how often it works, which the policy decides, contradicts one-time = true, which is locked by tap.toml"},
		"once":                  {locked(t, "", "false"), pass.Wish{OneTime: &yes}, "one-time = true contradicts one-time = false, which is locked by tap.toml"},
		"another zone":          {roster.Lock{Zone: "UTC", By: "tap.toml"}, pass.Wish{Zone: time.FixedZone("Europe/Rome", 0)}, "the zone Europe/Rome contradicts tz = UTC, which is locked by tap.toml"},
		"the zone that is":      {roster.Lock{Zone: "UTC"}, pass.Wish{Zone: time.UTC}, ""},
		"no zone":               {roster.Lock{Zone: "UTC"}, pass.Wish{}, ""},
		"many is the default":   {locked(t, "", "false"), pass.Wish{}, ""},
	} {
		if got := c.lock.Broken(c.wish); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
