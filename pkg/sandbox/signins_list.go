package sandbox

import "slices"

// Where people sign in: My Sign-Ins, which https://aka.ms/mysecurityinfo leads to. Its id is Microsoft's, the same in every tenant.
const (
	signInApp   = "19db86c3-b2b9-44cc-b339-36da233a3be2"
	signInTitle = "My Signins" //nolint:misspell // Microsoft calls it so
	graphID     = "00000003-0000-0000-c000-000000000000"
)

// attemptRow is an entry as it is shown.
type attemptRow struct {
	attempt
	kind     *kind
	policies bool // the caller may see conditional access
}

var (
	signInProperties = []string{"id", "createdDateTime", "userDisplayName", "userPrincipalName", "userId", "appId", "appDisplayName", "ipAddress",
		"clientAppUsed", "correlationId", "conditionalAccessStatus", "isInteractive", "riskDetail", "riskLevelAggregated", "riskLevelDuringSignIn",
		"riskState", "riskEventTypes", "riskEventTypes_v2", "resourceDisplayName", "resourceId", "status", "deviceDetail", "location",
		"appliedConditionalAccessPolicies"}

	// signInKinds are those of the two versions: the steps of a sign-in are beta's alone. What can be filtered by is what the
	// properties' descriptions name.
	signInKinds = map[string]*kind{"beta": signInKind("authenticationDetails"), "v1.0": signInKind()}
)

func signInKind(further ...string) *kind {
	return &kind{
		name: "microsoft.graph.signIn", defaults: slices.Concat(signInProperties, further),
		options: []string{"$filter", "$orderby", "$select", "$skiptoken", "$top"},
		filterable: []string{"appDisplayName", "appId", "clientAppUsed", "conditionalAccessStatus", "correlationId", "createdDateTime", "id", "ipAddress",
			"status/errorCode", "userDisplayName", "userId", "userPrincipalName"},
		ranged: []string{"createdDateTime"}, prefixed: []string{"appDisplayName", "ipAddress", "userDisplayName", "userPrincipalName"},
		orderable: []string{"createdDateTime"}, page: largestLogPage,
	}
}

func (r *attemptRow) property(name string) (any, bool) {
	if !slices.Contains(r.kind.defaults, name) && name != "status/errorCode" {
		return nil, false
	}
	switch name {
	case "id":
		return r.ID, true
	case "createdDateTime":
		return fullStamp(r.At), true
	case "userDisplayName":
		return r.DisplayName, true
	case "userPrincipalName":
		return r.UserName, true
	case "userId":
		return r.User, true
	case "ipAddress":
		return r.From.Address, true
	case "correlationId":
		return r.Correlation, true
	case "status/errorCode":
		return r.failure().code, true
	case "appliedConditionalAccessPolicies":
		return r.applied(), r.policies
	case "conditionalAccessStatus":
		if r.Policy != nil {
			return "failure", true
		}
		return "notApplied", true
	}
	return r.further(name)
}

// further are the properties that are alike in all entries, or objects. No risk is simulated, and no device.
func (r *attemptRow) further(name string) (any, bool) {
	fixed := map[string]any{
		"appId": signInApp, "appDisplayName": signInTitle, "clientAppUsed": "Browser", "isInteractive": true, "resourceDisplayName": "Microsoft Graph",
		"resourceId": graphID, "riskDetail": "none", "riskLevelAggregated": "none", "riskLevelDuringSignIn": "none", "riskState": "none",
		"riskEventTypes": []string{}, "riskEventTypes_v2": []string{},
		"deviceDetail": map[string]any{"deviceId": "", "displayName": nil, "operatingSystem": "Windows10", "browser": "Edge 131.0.0", "isCompliant": nil, "isManaged": nil, "trustType": nil},
	}
	if v, has := fixed[name]; has {
		return v, true
	}
	f := r.failure()
	switch name {
	case "status":
		var why any
		if f.code != 0 {
			why = f.reason
		}
		return map[string]any{"errorCode": f.code, "failureReason": why, "additionalDetails": nil}, true
	case "location":
		return map[string]any{"city": r.From.City, "state": "", "countryOrRegion": r.From.Country, "geoCoordinates": map[string]any{}}, true
	case "authenticationDetails":
		return []any{r.step()}, true
	}
	return nil, false
}

// applied are the policies that had a say: only that which blocked.
func (r *attemptRow) applied() []any {
	if r.Policy == nil {
		return []any{}
	}
	return []any{map[string]any{"id": r.Policy.ID, "displayName": r.Policy.DisplayName, "enforcedGrantControls": []string{"Block"}, "enforcedSessionControls": []string{}, "result": "failure"}}
}

// step is the only one of a sign-in. Who is blocked by a policy had proved who it is.
func (r *attemptRow) step() map[string]any {
	name := stepNames[r.By]
	if name == "" {
		name = r.By
	}
	succeeded := r.Reason == "" || r.Policy != nil
	result := ""
	if !succeeded {
		result = r.failure().reason
	}
	return map[string]any{
		"authenticationStepDateTime": fullStamp(r.At), "authenticationMethod": name, "authenticationMethodDetail": nil, "succeeded": succeeded,
		"authenticationStepResultDetail": result, "authenticationStepRequirement": "Primary authentication",
	}
}

// Who may see which policies applied to a sign-in: for whoever may not, the property is left out.
// https://learn.microsoft.com/graph/api/signin-list#permissions
var (
	seeingPolicies = []string{"Policy.Read.All", "Policy.Read.ConditionalAccess", "Policy.ReadWrite.ConditionalAccess"}
	maySeePolicies = []string{globalReader, securityReader, securityAdmin, globalAdministrator}
)

func (c *call) seesAccessPolicies() bool {
	return slices.ContainsFunc(seeingPolicies, c.caller.permitted) && (c.caller.application || c.caller.holds(maySeePolicies...))
}

// listSignIns answers the newest first.
func listSignIns(c *call) (reply, error) {
	moment, err := c.asOf(c.signInDelay())
	if err != nil {
		return reply{}, err
	}
	k, policies := signInKinds[c.version], c.seesAccessPolicies()
	var rows []entity
	for _, a := range slices.Backward(c.SignIns) {
		if !a.At.After(moment) && c.now.Sub(a.At) <= retention(seedSkus()) {
			rows = append(rows, &attemptRow{a, k, policies})
		}
	}
	slices.SortStableFunc(rows, func(a, b entity) int { return b.(*attemptRow).At.Compare(a.(*attemptRow).At) })
	return c.listAt(k, "auditLogs/signIns", rows, moment)
}
