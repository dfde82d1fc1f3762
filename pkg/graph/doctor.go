package graph

import (
	"context"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/doctor"
)

// What only a doctor reads. The SDK's package subscribedskus is not worth its compiling, so its request is written by hand.

// entra is how the names of the service plans of Entra ID begin.
// https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference
const entra = "AAD_"

// Plans lists the products that the tenant has subscribed to.
func (c *Client) Plans(ctx context.Context) ([]doctor.Plan, error) {
	found, err := everyPage[struct {
		SkuPartNumber, CapabilityStatus string
		ServicePlans                    []struct{ ServicePlanName string }
	}](ctx, c, get("{+baseurl}/subscribedSkus", map[string]string{}, groupQuery{}), "a list of plans")
	if err != nil {
		return nil, err
	}
	var all []doctor.Plan
	for _, s := range found {
		p := doctor.Plan{Name: s.SkuPartNumber, Enabled: strings.EqualFold(s.CapabilityStatus, "Enabled")}
		for _, part := range s.ServicePlans {
			if strings.HasPrefix(part.ServicePlanName, entra) {
				p.Entra = append(p.Entra, part.ServicePlanName)
			}
		}
		all = append(all, p)
	}
	return all, nil
}
