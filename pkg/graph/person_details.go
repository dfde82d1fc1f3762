package graph

import (
	"context"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// detailed is what is read of a user whom somebody looks at.
type detailed struct {
	user
	JobTitle           string   `json:"jobTitle"`
	Department         string   `json:"department"`
	OfficeLocation     string   `json:"officeLocation"`
	EmployeeID         string   `json:"employeeId"`
	Mail               string   `json:"mail"`
	MobilePhone        string   `json:"mobilePhone"`
	BusinessPhones     []string `json:"businessPhones"`
	PreferredLanguage  string   `json:"preferredLanguage"`
	UserType           string   `json:"userType"`
	CreatedDateTime    moment   `json:"createdDateTime"`
	LastPasswordChange moment   `json:"lastPasswordChangeDateTime"`
	Manager            *user    `json:"manager"`
}

// moment is a time of the service that only informs: one that cannot be read is none.
type moment struct{ time.Time }

// UnmarshalJSON never fails.
func (m *moment) UnmarshalJSON(b []byte) error {
	if m.Time.UnmarshalJSON(b) != nil {
		m.Time = time.Time{}
	}
	return nil
}

// detailQuery are the query options of a request for details.
type detailQuery struct {
	Select []string `uriparametername:"%24select"`
	Expand []string `uriparametername:"%24expand"`
}

// detailProperties is the $select that fills a detailed user.
func detailProperties() []string {
	return append(userProperties(), "jobTitle", "department", "officeLocation", "employeeId", "mail", "mobilePhone", "businessPhones",
		"preferredLanguage", "userType", "createdDateTime", "lastPasswordChangeDateTime")
}

// managerProperties is the $expand that fills the manager of one.
const managerProperties = "manager($select=id,displayName,mail,userPrincipalName,accountEnabled)"

// Details reads what the directory says of a user, the manager with it. One that is not there is not_found, in words.
func (c *Client) Details(ctx context.Context, ref person.Ref) (person.Details, error) {
	info := get("{+baseurl}/users/{user%2Did}{?%24expand,%24select}", map[string]string{"user%2Did": string(ref)},
		detailQuery{Select: detailProperties(), Expand: []string{managerProperties}})
	var a answer
	var d detailed
	if err := c.read(listen(ctx, &a), info, &d); err != nil {
		return person.Details{}, noSuchUser(err)
	}
	p, err := d.person()
	if err != nil {
		return person.Details{}, err
	}
	out := person.Details{
		Person: p, JobTitle: d.JobTitle, Department: d.Department, Office: d.OfficeLocation, EmployeeID: d.EmployeeID, Mail: d.Mail,
		MobilePhone: d.MobilePhone, BusinessPhones: d.BusinessPhones, PreferredLanguage: d.PreferredLanguage,
		Created: d.CreatedDateTime.UTC(), PasswordChanged: d.LastPasswordChange.UTC(),
		Guest: strings.EqualFold(d.UserType, "Guest"), At: a.at(),
	}
	if d.Manager != nil && d.Manager.ID != "" {
		m, _ := d.Manager.person()
		out.Manager = &m
	}
	return out, nil
}
