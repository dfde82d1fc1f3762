package policy_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

func parseTyped(s string) (time.Duration, error) {
	d, err := when.ParseDuration(s)
	return d.Duration(), err
}

// drawPolicy makes any policy that a tenant can hold, targets twice and deleted groups included.
func drawPolicy(t *rapid.T) policy.Policy {
	minutes := rapid.SliceOfN(rapid.IntRange(10, 43200), 3, 3).Draw(t, "lifetimes")
	slices.Sort(minutes)
	lifetime := func(n int) time.Duration { return time.Duration(minutes[n]) * time.Minute }
	p := policy.Policy{
		Enabled: rapid.Bool().Draw(t, "enabled"), OneTime: rapid.Bool().Draw(t, "one-time"), DefaultLength: rapid.IntRange(8, 48).Draw(t, "length"),
		MinimumLifetime: lifetime(0), DefaultLifetime: lifetime(1), MaximumLifetime: lifetime(2),
	}
	targets := []policy.Target{group(deskID), group(salesID), group(barredID), group(falcon1), group(goneID), user(adeleID)}
	p.Include = rapid.SliceOfN(rapid.SampledFrom(append(targets, policy.All())), 0, 4).Draw(t, "include")
	p.Exclude = rapid.SliceOfN(rapid.SampledFrom(targets), 0, 4).Draw(t, "exclude")
	for n := range p.Include {
		p.Include[n].RegistrationRequired = rapid.Bool().Draw(t, "registration")
	}
	return p
}

// TestFileReadsBack: every policy comes back from its own file as it was, whatever its groups are called, and a policy
// that differs from the file is put back by it.
func TestFileReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := contoso()
		w.policy = drawPolicy(t)
		w.groups[0].DisplayName = rapid.String().Draw(t, "name")
		s, err := w.desk().Show(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		text := policy.YAML(s.Policy, s.Names)
		file, err := policy.ParseFile("policy.yaml", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for _, c := range text {
			if c != '\n' && (c < ' ' || c == 0x7f || c >= 0x202a && c <= 0x202e) {
				t.Fatalf("the file holds %U", c)
			}
		}
		if ds, err := w.desk().Compare(t.Context(), file); err != nil || len(ds) > 0 {
			t.Fatalf("%v, %s\n%s", err, said(ds), text)
		}
		w.policy = drawPolicy(t)
		drift, err := w.desk().Compare(t.Context(), file)
		if want := policy.Diff(w.policy, s.Policy, nil); err != nil || len(drift) != len(want) {
			t.Fatalf("%v, found %s of %s", err, said(drift), said(want))
		}
		back, err := w.desk().Prepare(t.Context(), policy.Order{File: file})
		if err != nil && !goneIn(s.Policy) {
			t.Fatal(err)
		}
		if left := policy.Diff(back.After, s.Policy, nil); err == nil && len(left) > 0 {
			t.Fatalf("not put back: %s", said(left))
		}
	})
}

// goneIn reports whether the policy names a group that was deleted: no file can put it back.
func goneIn(p policy.Policy) bool {
	return slices.Contains(policy.Groups(slices.Concat(p.Include, p.Exclude)), goneID)
}

// FuzzParseFile: no file makes it fall over, and what it takes is in bounds that the rest can work with.
func FuzzParseFile(f *testing.F) {
	f.Add([]byte(policy.YAML(usual(), names)))
	f.Add([]byte(`[{"state":"enabled","includeTargets":[{"displayName":"\ud83e\udd9c"}]}]`))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := policy.ParseFile("f", b)
		if (err == nil) == (file == nil) {
			t.Fatalf("%v, %v", file, err)
		}
		if err == nil {
			_ = policy.Order{File: file}.Check()
		}
	})
}
