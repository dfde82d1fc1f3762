package sandbox

import "time"

// user is a directory user with Graph's property names.
type user struct {
	ID                string     `json:"id"`
	UserPrincipalName string     `json:"userPrincipalName"`
	DisplayName       string     `json:"displayName"`
	GivenName         string     `json:"givenName,omitempty"`
	Surname           string     `json:"surname,omitempty"`
	Mail              string     `json:"mail,omitempty"`
	AccountEnabled    bool       `json:"accountEnabled"`
	UserType          string     `json:"userType"`
	CreationType      string     `json:"creationType,omitempty"`
	ExternalUserState string     `json:"externalUserState,omitempty"`
	Identities        []identity `json:"identities"`
	JobTitle          string     `json:"jobTitle,omitempty"`
	Department        string     `json:"department,omitempty"`
	OfficeLocation    string     `json:"officeLocation,omitempty"`
	BusinessPhones    []string   `json:"businessPhones"`
	MobilePhone       string     `json:"mobilePhone,omitempty"`
	EmployeeID        string     `json:"employeeId,omitempty"`
	PreferredLanguage string     `json:"preferredLanguage,omitempty"`
	UsageLocation     string     `json:"usageLocation,omitempty"`
	CreatedDateTime   time.Time  `json:"createdDateTime"`
	ManagerID         string     `json:"managerId,omitempty"` // not Graph's: there it is a relationship

	manager *user
	methods []method // registered before the sandbox began
}

// identity is one way in which a user is known. See graph.md section 6 for what tells an external guest.
type identity struct {
	SignInType       string `json:"signInType"`
	Issuer           string `json:"issuer"`
	IssuerAssignedID string `json:"issuerAssignedId"`
}

// external says whether the user is an external (B2B) guest, who cannot hold a pass.
func (u *user) external() bool {
	if u.CreationType == "Invitation" {
		return true
	}
	for _, i := range u.Identities {
		if i.SignInType == "federated" && i.Issuer == "ExternalAzureAD" {
			return true
		}
	}
	return false
}

// userKind is what OData knows of a user. Properties are those of the contract and those that graph.md section 6
// names; the ones of a null value here are declared by Graph and held by nobody at Contoso.
var userKind = &kind{
	name: "microsoft.graph.user",
	defaults: []string{"businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone",
		"officeLocation", "preferredLanguage", "surname", "userPrincipalName"}, // v1.0's default set, on beta too: our invention
	basic: []string{"displayName", "givenName", "id", "mail", "surname", "userPrincipalName", "userType"}, // User.ReadBasic.All
	filterable: []string{"accountEnabled", "department", "displayName", "employeeId", "givenName", "id", "mail",
		"surname", "userPrincipalName", "userType"},
	searchable: []string{"displayName", "givenName", "mail", "surname", "userPrincipalName"},
}

// property returns the value of a property as it goes into JSON.
func (u *user) property(name string) (any, bool) {
	switch name {
	case "id":
		return u.ID, true
	case "userPrincipalName":
		return u.UserPrincipalName, true
	case "displayName":
		return u.DisplayName, true
	case "accountEnabled":
		return u.AccountEnabled, true
	case "userType":
		return u.UserType, true
	case "identities":
		return u.Identities, true
	case "businessPhones":
		return u.BusinessPhones, true
	case "createdDateTime":
		return u.CreatedDateTime.Format(time.RFC3339), true
	case "lastPasswordChangeDateTime": // nobody at Contoso ever changed the first one
		return u.CreatedDateTime.Format(time.RFC3339), true
	case "otherMails":
		return []string{}, true
	}
	s, ok := u.text(name)
	if s == "" {
		return nil, ok
	}
	return s, ok
}

// text returns a property that is null where it is empty.
func (u *user) text(name string) (string, bool) {
	switch name {
	case "givenName":
		return u.GivenName, true
	case "surname":
		return u.Surname, true
	case "mail":
		return u.Mail, true
	case "creationType":
		return u.CreationType, true
	case "externalUserState":
		return u.ExternalUserState, true
	case "jobTitle":
		return u.JobTitle, true
	case "department":
		return u.Department, true
	case "officeLocation":
		return u.OfficeLocation, true
	case "mobilePhone":
		return u.MobilePhone, true
	case "employeeId":
		return u.EmployeeID, true
	case "preferredLanguage":
		return u.PreferredLanguage, true
	case "usageLocation":
		return u.UsageLocation, true
	case "deletedDateTime", "onPremisesSyncEnabled", "companyName", "city", "country":
		return "", true
	}
	return "", false
}
