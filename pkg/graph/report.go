package graph

import (
	"context"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

// What is read of all users of a tenant. The SDK's package reports is not worth its compiling for one request.

// mostInPage is how many users a page may hold.
const mostInPage int32 = 999

// reportQuery are the query options of a request for a report.
type reportQuery struct {
	Select []string `uriparametername:"%24select"`
	Top    *int32   `uriparametername:"%24top"`
}

// Registrations tells the rows of the registration report, at five pages in ten seconds.
// https://learn.microsoft.com/graph/api/authenticationmethodsroot-list-userregistrationdetails
func (c *Client) Registrations(ctx context.Context, each func(rollout.Registration) error) error {
	top := mostInPage
	info := abstractions.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(
		abstractions.GET, "{+baseurl}/reports/authenticationMethods/userRegistrationDetails{?%24select,%24top}", map[string]string{})
	info.AddQueryParameters(reportQuery{Top: &top, Select: []string{"id", "userPrincipalName", "userDisplayName", "methodsRegistered", "lastUpdatedDateTime"}})
	info.Headers.TryAdd("Accept", "application/json")
	type row struct {
		ID, UserPrincipalName, UserDisplayName string
		MethodsRegistered                      []string
		LastUpdatedDateTime                    time.Time
	}
	return eachPage(ctx, c, info, "a registration report", func(page []row) error {
		for _, r := range page {
			if r.ID == "" {
				return unreadable("whom a row of the report is about")
			}
			who := person.Person{ID: r.ID, UserPrincipalName: r.UserPrincipalName, DisplayName: r.UserDisplayName}
			if err := each(rollout.Registration{Person: who, Methods: r.MethodsRegistered, Updated: r.LastUpdatedDateTime.UTC()}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Everybody tells the users of the directory.
func (c *Client) Everybody(ctx context.Context, each func(person.Person) error) error {
	top := mostInPage
	info, err := users.NewUsersRequestBuilderInternal(nil, c.adapter).ToGetRequestInformation(ctx, &users.UsersRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.UsersRequestBuilderGetQueryParameters{Select: userProperties(), Top: &top},
	})
	if err != nil {
		return err
	}
	return eachPage(ctx, c, info, "a list of users", func(page []user) error {
		for _, u := range page {
			p, err := u.person()
			if err == nil {
				err = each(p)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
