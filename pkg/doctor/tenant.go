package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// policy judges as `tap policy check` does.
func (x *exam) policy(ctx context.Context) outcome {
	s, err := x.tenant.Policy.Show(ctx)
	if err != nil {
		return broken(x.unread("policy", err, permission.ReadPolicy))
	}
	x.standing = s
	judged := map[policy.Severity]Status{policy.Error: Fail, policy.Warning: Warn, policy.Information: OK}
	var found []Finding
	for _, f := range policy.Check(s.Policy, s.Names, policy.UsualMaximum) {
		found = append(found, Finding{ID: "policy." + string(f.Fault), Status: judged[f.Severity], Words: f.Words, Command: f.Command})
	}
	if len(found) == 0 {
		p, once := s.Policy, "work once"
		if !p.OneTime {
			once = "may work many times"
		}
		found = append(found, Finding{ID: "policy", Status: OK, Words: fmt.Sprintf("passes %s, and live for %s, at most %s", once, when.Human(p.DefaultLifetime), when.Human(p.MaximumLifetime))})
	}
	return said(found...)
}

// licences reports the plans, and claims nothing: Microsoft does not say whether passes take one.
func (x *exam) licences(ctx context.Context) outcome {
	plans, err := x.tenant.Records.Plans(ctx)
	if err != nil {
		return said(x.unread("licences", err, permission.ReadLicences))
	}
	var words []string
	for _, p := range plans {
		w := p.Name
		if len(p.Entra) > 0 {
			w += " (" + strings.Join(p.Entra, ", ") + ")"
		}
		if !p.Enabled {
			w += ", not enabled"
		}
		words = append(words, w)
	}
	if len(words) == 0 {
		words = []string{"none"}
	}
	return said(Finding{ID: "licences", Status: OK, Words: "plans of the tenant: " + strings.Join(words, "; ")})
}
