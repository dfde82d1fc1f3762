package graph

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/audit"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// entry is what is read of an entry of the audit log. https://learn.microsoft.com/graph/api/resources/directoryaudit
type entry struct {
	ID               string `json:"id"`
	CorrelationID    string `json:"correlationId"`
	ActivityDateTime moment `json:"activityDateTime"`
	Activity         string `json:"activityDisplayName"`
	Result           string `json:"result"`
	ResultReason     string `json:"resultReason"`
	InitiatedBy      struct {
		User *struct {
			ID                string `json:"id"`
			DisplayName       string `json:"displayName"`
			UserPrincipalName string `json:"userPrincipalName"`
			IPAddress         string `json:"ipAddress"`
		} `json:"user"`
		App *struct {
			AppID              string `json:"appId"`
			DisplayName        string `json:"displayName"`
			ServicePrincipalID string `json:"servicePrincipalId"`
		} `json:"app"`
	} `json:"initiatedBy"`
	Targets []struct {
		ID                string `json:"id"`
		DisplayName       string `json:"displayName"`
		Type              string `json:"type"`
		UserPrincipalName string `json:"userPrincipalName"`
	} `json:"targetResources"`
}

func (e entry) event() audit.Event {
	out := audit.Event{ID: e.ID, CorrelationID: e.CorrelationID, At: e.ActivityDateTime.UTC(), Activity: e.Activity, Result: e.Result, ResultReason: e.ResultReason}
	switch by := e.InitiatedBy; {
	case by.User != nil:
		out.By = audit.Actor{ID: by.User.ID, Name: cmp.Or(by.User.UserPrincipalName, by.User.DisplayName), Address: by.User.IPAddress}
	case by.App != nil:
		out.By = audit.Actor{ID: by.App.ServicePrincipalID, Name: by.App.DisplayName, AppID: by.App.AppID, Application: true}
	}
	for _, t := range e.Targets {
		if t.Type == "User" || t.UserPrincipalName != "" {
			out.User = person.Person{ID: t.ID, UserPrincipalName: t.UserPrincipalName, DisplayName: t.DisplayName}
			break
		}
	}
	return out
}

// Audits reads the entries of one activity of the service of authentication methods, from a time on. until is the last moment, zero: none.
func (c *Client) Audits(ctx context.Context, activity string, since, until time.Time) ([]audit.Event, error) {
	filter := fmt.Sprintf("activityDisplayName eq %s and loggedByService eq 'Authentication Methods' and activityDateTime ge %s", quoted(activity), since.UTC().Format(time.RFC3339))
	if !until.IsZero() {
		filter += " and activityDateTime le " + until.UTC().Format(time.RFC3339)
	}
	top := int32(manySignIns)
	info := get("{+baseurl}/auditLogs/directoryAudits{?%24filter,%24top}", map[string]string{}, signInQuery{Filter: &filter, Top: &top})
	found, err := everyPage[entry](ctx, c, info, "a list of the audit log")
	if err != nil {
		return nil, err
	}
	all := make([]audit.Event, len(found))
	for i, e := range found {
		all[i] = e.event()
	}
	return all, nil
}
