package graph_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-5ddf9a5e/tap/pkg/graph"
	"github.com/seed-5ddf9a5e/tap/pkg/graph/contract"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

const adele = "adele.vance@contoso.com"

type token string

func (b token) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(b), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// tenant is a client over a sandbox, every exchange of which is held against Microsoft's contract.
func tenant(t *testing.T, version, caller string) *graph.Client {
	t.Helper()
	box, err := sandbox.Open(t.TempDir(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	rules := contract.Load("../../testdata/graph")
	wire := &http.Transport{DialContext: box.DialContext}
	t.Cleanup(wire.CloseIdleConnections)
	c, err := graph.New(graph.Config{
		Root: "http://127.0.0.1", Version: version, Credential: token("sandbox-" + caller), UserAgent: "tap/test",
		Transport: rules.Wrap(wire, func(broken string) { t.Error(broken) }),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPassesOverBothVersions(t *testing.T) {
	for _, version := range []string{"beta", "v1.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c, ctx := tenant(t, version, "helpdesk"), t.Context()
			day, once := 8*time.Hour, true
			start := time.Now().Add(24 * time.Hour).Truncate(time.Second)
			made, err := c.Create(ctx, adele, pass.Request{Start: &start, Lifetime: &day, OneTime: &once})
			if err != nil {
				t.Fatal(err)
			}
			if made.Passcode.IsEmpty() || !made.Pass.Start.Equal(start) || made.Pass.Lifetime != day || !made.Pass.OneTime || made.Warning != "" {
				t.Errorf("created %+v", made)
			}
			if made.RequestID == "" || time.Since(made.At).Abs() > time.Minute {
				t.Errorf("request id %q, date %s", made.RequestID, made.At)
			}
			l, err := c.List(ctx, adele)
			if err != nil || len(l.Passes) != 1 {
				t.Fatalf("listed %+v, %v", l, err)
			}
			if got := l.Passes[0]; got.ID != made.Pass.ID || got.StateAt(l.At) != pass.NotYetValid || !got.Start.Equal(start) {
				t.Errorf("listed %+v, created %+v", got, made.Pass)
			}
			if err := c.Delete(ctx, adele, made.Pass.ID); err != nil {
				t.Fatal(err)
			}
			if l, err := c.List(ctx, adele); err != nil || len(l.Passes) != 0 || l.At.IsZero() {
				t.Errorf("after the delete: %+v, %v", l, err)
			}
		})
	}
}

func TestDirectoryAndPolicyOverBothVersions(t *testing.T) {
	for _, version := range []string{"beta", "v1.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c, ctx := tenant(t, version, "helpdesk"), t.Context()
			p, err := c.Person(ctx, adele)
			if err != nil || p.DisplayName != "Adele Vance" || p.ID == "" || p.Disabled || p.External {
				t.Errorf("adele is %+v, %v", p, err)
			}
			guest, err := c.Person(ctx, "maria_fabrikam.com#EXT#@contoso.com")
			if err != nil || !guest.External {
				t.Errorf("the guest is %+v, %v", guest, err)
			}
			_, err = c.Person(ctx, "nobody@contoso.com")
			if err == nil || !contains(err, "the tenant has no such user") {
				t.Errorf("nobody: %v", err)
			}
			if roles, err := c.Roles(ctx, "isaiah.langer@contoso.com"); err != nil || !slices.Equal(roles, []string{"Authentication Administrator", "Global Reader"}) {
				t.Errorf("roles %v, %v", roles, err)
			}
			set, err := c.Policy(ctx)
			if err != nil || !set.Enabled || set.MinimumLifetime != time.Hour || set.MaximumLifetime != 8*time.Hour || len(set.Exclude) == 0 {
				t.Errorf("policy %+v, %v", set, err)
			}
			if in, err := c.MemberOf(ctx, person.Ref(p.ID), []string{set.Exclude[0].ID}); err != nil || len(in) != 0 {
				t.Errorf("adele is in the excluded group: %v, %v", in, err)
			}
		})
	}
}
