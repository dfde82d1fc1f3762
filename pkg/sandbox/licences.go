package sandbox

// sku is a product that the tenant has subscribed to, with Graph's property names.
// https://learn.microsoft.com/graph/api/resources/subscribedsku
type sku struct {
	ID               string        `json:"id"`
	SkuID            string        `json:"skuId"`
	SkuPartNumber    string        `json:"skuPartNumber"`
	AppliesTo        string        `json:"appliesTo"`
	CapabilityStatus string        `json:"capabilityStatus"`
	ConsumedUnits    int           `json:"consumedUnits"`
	ServicePlans     []servicePlan `json:"servicePlans"`
}

type servicePlan struct {
	ServicePlanID      string `json:"servicePlanId"`
	ServicePlanName    string `json:"servicePlanName"`
	AppliesTo          string `json:"appliesTo"`
	ProvisioningStatus string `json:"provisioningStatus"`
}

// seedSkus are what Contoso has bought. Names and ids are Microsoft's.
// https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference
func seedSkus() []sku {
	plan := func(id, name string) servicePlan { return servicePlan{id, name, "User", "Success"} }
	return []sku{
		{
			TenantID + "_b05e124f-c7cc-45a0-a6aa-8cf78c946968", "b05e124f-c7cc-45a0-a6aa-8cf78c946968", "EMSPREMIUM", "User", "Enabled", len(people),
			[]servicePlan{plan("eec0eb4f-6444-4f95-aba0-50c24d67f998", "AAD_PREMIUM_P2"), plan("41781fb2-bc02-4b7c-bd55-b576c07bb09d", "AAD_PREMIUM")},
		},
		{
			TenantID + "_f30db892-07e9-47e9-837c-80727f46fd3d", "f30db892-07e9-47e9-837c-80727f46fd3d", "FLOW_FREE", "User", "Suspended", 0,
			[]servicePlan{plan("50e68c76-46c6-4674-81f9-75456511b170", "FLOW_P2_VIRAL")},
		},
	}
}

// listSkus answers all of them: which query options Graph takes here is not known, so none is.
func listSkus(c *call) (reply, error) {
	for name := range c.query {
		return reply{}, invalid("Request_UnsupportedQuery", "The sandbox takes no query option here, not %s.", name)
	}
	return ok(collection{Context: c.context("subscribedSkus"), Value: seedSkus()}), nil
}
