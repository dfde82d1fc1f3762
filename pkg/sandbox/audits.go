package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// The directory's audit log. What happens is logged by whoever makes it happen: an event of the state carries its entry
// (event.Audit), so that there is no one without the other. What was refused has none: no page of Microsoft's says that it is logged.
// https://learn.microsoft.com/graph/api/resources/directoryaudit

// activity is a kind of entry. https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities
type activity struct{ name, category, service, operation string }

const (
	authenticationMethods = "Authentication Methods"
	userManagement        = "UserManagement"
)

// The keys of activities are kept in the state. The operation types are our reading of their names; that the end of sessions
// is logged as this one was seen in the field.
const (
	adminRegistered = "adminRegistered"
	adminDeleted    = "adminDeleted"
	userRegistered  = "userRegistered"
	userDeleted     = "userDeleted"
	sessionsEnded   = "sessionsEnded"
	policyUpdated   = "policyUpdated"
	policyReset     = "policyReset"
)

var activities = map[string]activity{
	adminRegistered: {"Admin registered security info", userManagement, authenticationMethods, "Add"},
	adminDeleted:    {"Admin deleted security info", userManagement, authenticationMethods, "Delete"},
	userRegistered:  {"User registered security info", userManagement, authenticationMethods, "Add"},
	userDeleted:     {"User deleted security info", userManagement, authenticationMethods, "Delete"},
	sessionsEnded:   {"Update StsRefreshTokenValidFrom Timestamp", userManagement, "Core Directory", "Update"},
	policyUpdated:   {"Authentication Methods Policy Update", "ApplicationManagement", authenticationMethods, "Update"},
	policyReset:     {"Authentication Methods Policy Reset", "ApplicationManagement", authenticationMethods, "Update"},
}

// The reasons of a success. That of a new pass is Microsoft's (security operations for privileged accounts); the log does not
// tell by it which kind of method was deleted: our reading of graph.md section 6, in our words.
const (
	passRegistered = "Admin registered temporary access pass method for user"
	methodDeleted  = "Admin deleted authentication method for user"
)

// registeredReasons are what the log says of a method that a user registered, as seen in the field; others are our invention.
var registeredReasons = map[string]string{
	"fido2":                  "User registered Fido",
	"microsoftAuthenticator": "User registered Authenticator App with Notification and Code",
	"phone":                  "User registered Mobile Phone SMS",
}

func registeredReason(method string) string {
	if r, known := registeredReasons[method]; known {
		return r
	}
	return "User registered " + method
}

// initiator is who made something happen.
type initiator struct {
	ID          string `json:"id"`
	Name        string `json:"name"` // a person's user principal name, an application's display name
	Application bool   `json:"application,omitempty"`
	Address     string `json:"address"`
}

// audit is an entry of the log.
type audit struct {
	ID          string    `json:"id"`
	At          time.Time `json:"at,omitzero"` // set by the event that carries it
	Activity    string    `json:"activity"`    // a key of activities
	Reason      string    `json:"reason,omitempty"`
	Correlation string    `json:"correlation"`
	By          initiator `json:"by"`
	User        string    `json:"user,omitempty"` // that it happened to: object id
	Old         string    `json:"old,omitempty"`  // policy, as JSON
	New         string    `json:"new,omitempty"`
}

// audited is the entry of what the caller does to a user, for the event that does it:
//
//	c.emit(event{Kind: passDeleted, User: u.ID, Audit: c.audited(adminDeleted, methodDeleted, u)})
func (c *call) audited(activity, reason string, u *user) *audit {
	return &audit{ID: newID(), Activity: activity, Reason: reason, Correlation: c.requestID, By: c.initiator(), User: u.ID}
}

// auditedOwn is the entry of what a user does to the own account, from an address.
func auditedOwn(activity, reason string, u *user, address string) *audit {
	by := initiator{ID: u.ID, Name: u.UserPrincipalName, Address: address}
	return &audit{ID: newID(), Activity: activity, Reason: reason, Correlation: newID(), By: by, User: u.ID}
}

// auditedPolicy is the entry of a changed policy.
func auditedPolicy(activity, correlation string, by initiator, was, is policy) *audit {
	text := func(p policy) string { b, _ := json.Marshal(p); return string(b) } // strings, numbers and lists
	return &audit{ID: newID(), Activity: activity, Correlation: correlation, By: by, Old: text(was), New: text(is)}
}

// ownAddress is where calls come from that have no address of their own.
const ownAddress = "127.0.0.1"

func (c *call) initiator() initiator {
	i := initiator{ID: c.caller.id, Application: c.caller.application, Address: c.address}
	if i.Application {
		name, _, _ := strings.Cut(c.caller.name, ":")
		i.Name = "Contoso " + name
		return i
	}
	i.Name = c.caller.user.UserPrincipalName
	return i
}

// somebodyElse is who changes the tenant through the control plane.
func (d *directory) somebodyElse() initiator {
	admin := d.byUPN["mod.admin@"+domain]
	return initiator{ID: admin.ID, Name: admin.UserPrincipalName, Address: ownAddress}
}

// log keeps the entry of an event and forgets those that are too old to be shown.
func (s *state) log(e event) {
	if e.Audit == nil {
		return
	}
	entry := *e.Audit
	entry.At = e.At
	for len(s.Audits) > 0 && e.At.Sub(s.Audits[0].At) > retention(seedSkus()) {
		s.Audits = s.Audits[1:]
	}
	s.Audits = append(s.Audits, entry)
}

// retention is how long the log keeps an entry.
// https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention
func retention(bought []sku) time.Duration {
	const day = 24 * time.Hour
	premium := func(p servicePlan) bool { return strings.HasPrefix(p.ServicePlanName, "AAD_PREMIUM") }
	for _, s := range bought {
		if s.CapabilityStatus == "Enabled" && slices.ContainsFunc(s.ServicePlans, premium) {
			return 30 * day
		}
	}
	return 7 * day
}

// auditRow is an entry as it is shown.
type auditRow struct {
	audit
	target *user
}

// largestLogPage is Microsoft's word on the sign-in log, the sister of this one.
const largestLogPage = 1000

// auditKind: the filters are those that the properties' descriptions name.
var auditKind = &kind{
	name: "microsoft.graph.directoryAudit",
	defaults: []string{"id", "category", "correlationId", "result", "resultReason", "activityDisplayName", "activityDateTime",
		"loggedByService", "operationType", "initiatedBy", "targetResources", "additionalDetails"},
	options: []string{"$filter", "$orderby", "$select", "$skiptoken", "$top"},
	filterable: []string{"activityDateTime", "activityDisplayName", "correlationId", "id", "loggedByService", "initiatedBy/user/id",
		"initiatedBy/user/displayName", "initiatedBy/user/userPrincipalName", "initiatedBy/app/appId", "initiatedBy/app/displayName"},
	ranged:    []string{"activityDateTime"},
	prefixed:  []string{"activityDisplayName", "initiatedBy/user/userPrincipalName", "targetResources/displayName"},
	lists:     []string{"targetResources/id", "targetResources/displayName"},
	orderable: []string{"activityDateTime"},
	page:      largestLogPage,
}

func (r *auditRow) property(name string) (any, bool) {
	a := activities[r.Activity]
	switch name {
	case "id":
		return r.ID, true
	case "category":
		return a.category, true
	case "correlationId":
		return r.Correlation, true
	case "result":
		return "success", true
	case "resultReason":
		return r.Reason, true
	case "activityDisplayName":
		return a.name, true
	case "activityDateTime":
		return fullStamp(r.At), true
	case "loggedByService":
		return a.service, true
	case "operationType":
		return a.operation, true
	case "initiatedBy":
		return r.By.object(), true
	case "targetResources":
		return []targetResource{r.resource()}, true
	case "additionalDetails":
		return []any{}, true
	}
	return r.inner(name)
}

// inner are the properties of properties that can be filtered by.
func (r *auditRow) inner(name string) (any, bool) {
	person := func(v string) any {
		if r.By.Application {
			return nil
		}
		return v
	}
	app := func(v string) any {
		if !r.By.Application {
			return nil
		}
		return v
	}
	switch name {
	case "initiatedBy/user/id":
		return person(r.By.ID), true
	case "initiatedBy/user/userPrincipalName":
		return person(r.By.Name), true
	case "initiatedBy/user/displayName": // null in the entries themselves
		return nil, true
	case "initiatedBy/app/appId":
		return app(r.By.appID()), true
	case "initiatedBy/app/displayName":
		return app(r.By.Name), true
	case "targetResources/id":
		return []string{r.resource().ID}, true
	case "targetResources/displayName":
		return []string{r.resource().DisplayName}, true
	}
	return nil, false
}

// targetResource is what something happened to, with Graph's property names.
type targetResource struct {
	ID                 string             `json:"id"`
	DisplayName        string             `json:"displayName"`
	Type               string             `json:"type"`
	UserPrincipalName  *string            `json:"userPrincipalName"`
	GroupType          *string            `json:"groupType"`
	ModifiedProperties []modifiedProperty `json:"modifiedProperties"`
}

type modifiedProperty struct {
	DisplayName string `json:"displayName"`
	OldValue    string `json:"oldValue"`
	NewValue    string `json:"newValue"`
}

// resource is the user, or the policy: what id that has in the log is not known.
func (r *auditRow) resource() targetResource {
	if u := r.target; u != nil {
		return targetResource{ID: u.ID, DisplayName: u.DisplayName, Type: "User", UserPrincipalName: &u.UserPrincipalName, ModifiedProperties: []modifiedProperty{}}
	}
	return targetResource{
		ID: "authenticationMethodsPolicy", DisplayName: "Authentication Methods Policy", Type: "Policy",
		ModifiedProperties: []modifiedProperty{{"AuthenticationMethodsPolicy", r.Old, r.New}},
	}
}

// appID is the id of the application that a service principal stands for.
func (i initiator) appID() string { return named("application", i.ID) }

// object is the initiator as Graph sends it: one of the two is null.
func (i initiator) object() map[string]any {
	if i.Application {
		app := map[string]any{"appId": i.appID(), "displayName": i.Name, "servicePrincipalId": i.ID, "servicePrincipalName": nil}
		return map[string]any{"app": app, "user": nil}
	}
	person := map[string]any{"id": i.ID, "displayName": nil, "userPrincipalName": i.Name, "ipAddress": i.Address}
	return map[string]any{"app": nil, "user": person}
}

// listAudits answers the newest first.
func listAudits(c *call) (reply, error) {
	moment, err := c.asOf(c.auditDelay())
	if err != nil {
		return reply{}, err
	}
	var rows []entity
	for _, a := range c.Audits {
		if !a.At.After(moment) && c.now.Sub(a.At) <= retention(seedSkus()) {
			rows = append(rows, &auditRow{a, c.byID[a.User]})
		}
	}
	slices.SortStableFunc(rows, func(a, b entity) int { return b.(*auditRow).At.Compare(a.(*auditRow).At) })
	return c.listAt(auditKind, "auditLogs/directoryAudits", rows, moment)
}
