package graph

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"

	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// signIn is what is read of an entry of the sign-in log.
type signIn struct {
	ID              string `json:"id"`
	CreatedDateTime moment `json:"createdDateTime"`
	AppDisplayName  string `json:"appDisplayName"`
	IPAddress       string `json:"ipAddress"`
	Location        struct {
		City            string `json:"city"`
		CountryOrRegion string `json:"countryOrRegion"`
	} `json:"location"`
	Status struct {
		ErrorCode         int    `json:"errorCode"`
		FailureReason     string `json:"failureReason"`
		AdditionalDetails string `json:"additionalDetails"`
	} `json:"status"`
	AppliedPolicies []struct {
		DisplayName string `json:"displayName"`
		Result      string `json:"result"`
	} `json:"appliedConditionalAccessPolicies"`
	Steps []struct {
		Method string `json:"authenticationMethod"`
	} `json:"authenticationDetails"`
}

func (s signIn) signIn() person.SignIn {
	out := person.SignIn{
		ID: s.ID, At: s.CreatedDateTime.UTC(), App: s.AppDisplayName, IP: s.IPAddress,
		Code: s.Status.ErrorCode, Reason: s.Status.FailureReason, Details: s.Status.AdditionalDetails,
	}
	places := slices.DeleteFunc([]string{s.Location.City, s.Location.CountryOrRegion}, func(p string) bool { return p == "" })
	out.Location = strings.Join(places, ", ")
	for _, p := range s.AppliedPolicies {
		if strings.EqualFold(p.Result, "failure") {
			out.Policies = append(out.Policies, p.DisplayName)
		}
	}
	if len(s.Steps) > 0 {
		out.Method = s.Steps[0].Method
	}
	return out
}

// signInQuery are the query options of a request for sign-ins.
type signInQuery struct {
	Filter *string `uriparametername:"%24filter"`
	Top    *int32  `uriparametername:"%24top"`
}

// manySignIns is how many entries a page may have (https://learn.microsoft.com/graph/api/signin-list).
const manySignIns = 1000

// SignIns reads at most n entries of the sign-in log about a user since a time, the latest first, which is the service's own
// order. user is the object id. The log is some minutes behind, and the service lets it be asked five times in ten seconds.
func (c *Client) SignIns(ctx context.Context, user string, since time.Time, n int) ([]person.SignIn, error) {
	filter := fmt.Sprintf("userId eq %s and createdDateTime ge %s", quoted(user), since.UTC().Format(time.RFC3339))
	top := int32(min(max(n, 1), manySignIns))
	info := abstractions.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(
		abstractions.GET, "{+baseurl}/auditLogs/signIns{?%24filter,%24top}", map[string]string{})
	info.AddQueryParameters(signInQuery{Filter: &filter, Top: &top})
	info.Headers.TryAdd("Accept", "application/json")
	found, err := somePages[signIn](ctx, c, info, "a list of sign-ins", n)
	if err != nil {
		return nil, err
	}
	var all []person.SignIn
	for _, s := range found {
		all = append(all, s.signIn())
	}
	return all, nil
}
