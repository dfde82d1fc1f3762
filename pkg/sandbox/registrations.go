package sandbox

import (
	"slices"
	"strings"
	"time"
)

// The registration report: who has registered what, as a copy that lags behind, without disabled users.
// https://learn.microsoft.com/graph/api/authenticationmethodsroot-list-userregistrationdetails

// holding is what a user held until a moment: what is newer than another moment was not held then.
type holding struct {
	Until   time.Time `json:"until"`
	Pass    time.Time `json:"pass,omitzero"`     // when it was made; zero: none
	Methods []method  `json:"methods,omitempty"` // registered since the seed
	Removed []string  `json:"removed,omitempty"` // of the seed, that were gone
}

// holds is what a user holds now.
func (s *state) holds(userID string) holding {
	return holding{Pass: s.Passes[userID].Created, Methods: s.Methods[userID], Removed: s.Removed[userID]}
}

// remember keeps what a user held before an event that names one, for as long as the longest lag.
func (s *state) remember(e event) {
	h := s.holds(e.User)
	if e.Kind == passUsed || h.Pass.IsZero() && len(h.Methods) == 0 && e.Kind != methodRemoved {
		return
	}
	if s.Was == nil {
		s.Was = map[string][]holding{}
	}
	h.Until, h.Methods, h.Removed = e.At, slices.Clone(h.Methods), slices.Clone(h.Removed)
	kept := slices.DeleteFunc(s.Was[e.User], func(h holding) bool { return e.At.Sub(h.Until) > longestLag })
	s.Was[e.User] = append(kept, h)
}

// held is what a user held at a moment.
func (s *state) held(userID string, moment time.Time) (pass bool, methods []method, removed []string) {
	h := s.holds(userID)
	if i := slices.IndexFunc(s.Was[userID], func(w holding) bool { return w.Until.After(moment) }); i >= 0 {
		h = s.Was[userID][i]
	}
	for _, m := range h.Methods {
		if !m.CreatedDateTime.After(moment) {
			methods = append(methods, m)
		}
	}
	return !h.Pass.IsZero() && !h.Pass.After(moment), methods, h.Removed
}

// reportNames are the names that methods have in the report. Microsoft lists a few as examples and says passKeyDeviceBound
// where it said fido2; that a pass is listed, and as what, is our invention, as are the names of qrCodePin and external.
var reportNames = map[string]string{
	"fido2":                   "passKeyDeviceBound",
	"windowsHelloForBusiness": "windowsHelloForBusiness",
	"microsoftAuthenticator":  "microsoftAuthenticatorPush",
	"platformCredential":      "macOsSecureEnclaveKey",
	"phone":                   "mobilePhone",
	"email":                   "email",
	"softwareOath":            "softwareOneTimePasscode",
	"hardwareOath":            "hardwareOneTimePasscode",
	"qrCodePin":               "qrCodePin",
	"external":                "externalAuthMethod",
}

const passInReport = "temporaryAccessPass"

// Which methods make which promise of the report true: our reading of its properties. A pass makes none.
var (
	passwordless   = []string{"passKeyDeviceBound", "windowsHelloForBusiness", "macOsSecureEnclaveKey"}
	secondFactors  = append([]string{"microsoftAuthenticatorPush", "mobilePhone", "softwareOneTimePasscode", "hardwareOneTimePasscode", "externalAuthMethod"}, passwordless...)
	resetsPassword = []string{"microsoftAuthenticatorPush", "mobilePhone", "email", "softwareOneTimePasscode", "hardwareOneTimePasscode"}
)

// reportRow is a row of the report.
type reportRow struct {
	u       *user
	admin   bool
	methods []string  // by their names in the report
	as      time.Time // of the copy
}

// largestReportPage is our choice: that of the logs, as no page says it of this report.
const largestReportPage = 1000

var registrationKind = &kind{
	name: "microsoft.graph.userRegistrationDetails",
	defaults: []string{"id", "isAdmin", "isMfaCapable", "isMfaRegistered", "isPasswordlessCapable", "isSsprCapable", "isSsprEnabled",
		"isSsprRegistered", "isSystemPreferredAuthenticationMethodEnabled", "lastUpdatedDateTime", "methodsRegistered",
		"systemPreferredAuthenticationMethods", "userDisplayName", "userPreferredMethodForSecondaryAuthentication", "userPrincipalName", "userType"},
	options: []string{"$filter", "$orderby", "$select", "$skiptoken", "$top"},
	filterable: []string{"id", "isAdmin", "isMfaCapable", "isMfaRegistered", "isPasswordlessCapable", "isSsprCapable", "isSsprEnabled",
		"isSsprRegistered", "isSystemPreferredAuthenticationMethodEnabled", "userDisplayName", "userPrincipalName", "userType"},
	prefixed:  []string{"userDisplayName", "userPrincipalName"},
	lists:     []string{"methodsRegistered", "systemPreferredAuthenticationMethods"},
	orderable: []string{"userDisplayName", "userPrincipalName"},
	page:      largestReportPage,
}

func (r *reportRow) property(name string) (any, bool) {
	switch name {
	case "id":
		return r.u.ID, true
	case "userPrincipalName":
		return r.u.UserPrincipalName, true
	case "userDisplayName":
		return r.u.DisplayName, true
	case "userType":
		return strings.ToLower(r.u.UserType), true
	case "isAdmin":
		return r.admin, true
	case "methodsRegistered":
		return r.methods, true
	case "lastUpdatedDateTime":
		return fullStamp(r.as), true
	case "isMfaRegistered", "isMfaCapable":
		return r.hasOne(secondFactors), true
	case "isPasswordlessCapable":
		return r.hasOne(passwordless), true
	case "isSsprRegistered":
		return r.hasOne(resetsPassword), true
	case "isSsprEnabled", "isSsprCapable": // nobody at Contoso may reset the own password
		return false, true
	case "isSystemPreferredAuthenticationMethodEnabled":
		return true, true
	case "systemPreferredAuthenticationMethods":
		if p := r.preferred(); p != "none" {
			return []string{p}, true
		}
		return []string{}, true
	case "userPreferredMethodForSecondaryAuthentication":
		return r.preferred(), true
	}
	return nil, false
}

func (r *reportRow) hasOne(names []string) bool {
	return slices.ContainsFunc(r.methods, func(m string) bool { return slices.Contains(names, m) })
}

// preferred is a value of userDefaultAuthenticationMethod.
func (r *reportRow) preferred() string {
	for _, p := range [][2]string{{"microsoftAuthenticatorPush", "push"}, {"softwareOneTimePasscode", "oath"}, {"mobilePhone", "sms"}} {
		if slices.Contains(r.methods, p[0]) {
			return p[1]
		}
	}
	return "none"
}

func listRegistrations(c *call) (reply, error) {
	moment, err := c.asOf(c.reportLag())
	if err != nil {
		return reply{}, err
	}
	admins := c.administrators()
	rows := make([]entity, 0, len(c.users))
	for _, u := range c.users {
		if u.AccountEnabled && !u.CreatedDateTime.After(moment) {
			rows = append(rows, &reportRow{u: u, admin: admins[u.ID], methods: c.reported(u, moment), as: moment})
		}
	}
	return c.listAt(registrationKind, "reports/authenticationMethods/userRegistrationDetails", rows, moment)
}

// reported are the names of what a user had registered at a moment, each once.
func (x *tx) reported(u *user, moment time.Time) []string {
	pass, since, removed := x.held(u.ID, moment)
	names := []string{}
	for _, m := range u.methodsWith(removed, since) {
		if name := reportNames[m.Type]; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if pass {
		names = append(names, passInReport)
	}
	return names
}

// administrators are the object ids of all who hold a role, over the tenant or a part of it, also through a group.
func (d *directory) administrators() map[string]bool {
	all := map[string]bool{}
	for id, roles := range d.roles {
		all[id] = len(roles) > 0
	}
	for _, a := range d.scoped {
		all[a.principal] = true
	}
	for _, g := range d.groups {
		if g.role == nil {
			continue
		}
		for _, id := range d.membersOf(g) {
			all[id] = true
		}
	}
	return all
}
