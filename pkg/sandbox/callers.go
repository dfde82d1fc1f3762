package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// caller is who a token stands for.
type caller struct {
	name        string // of sandbox-NAME; the object id otherwise
	application bool
	id          string   // object id
	user        *user    // of a person
	permissions []string // delegated ones of a person, application permissions of an application
	roles       []string // role templates that a person holds over the tenant
	played      bool     // the roles are the token's, and not the directory's
}

func (c *caller) permitted(permission string) bool {
	return slices.ContainsFunc(c.permissions, func(p string) bool { return strings.EqualFold(p, permission) })
}

func (c *caller) holds(templates ...string) bool {
	return slices.ContainsFunc(c.roles, func(r string) bool { return slices.Contains(templates, r) })
}

// activeRoles are the roles that the caller holds over the tenant.
func (c *caller) activeRoles() []*role {
	return slices.DeleteFunc(slices.Clone(roles), func(r *role) bool { return !c.holds(r.TemplateID) })
}

// seedCaller is a caller with a token of the form sandbox-NAME. One without a user principal name is an application.
type seedCaller struct {
	name        string
	upn         string
	permissions string // separated by spaces
}

const (
	helpdeskPermissions    = "UserAuthenticationMethod.ReadWrite.All User.Read.All GroupMember.Read.All Policy.Read.AuthenticationMethod RoleManagement.Read.Directory AdministrativeUnit.Read.All AuditLog.Read.All User.RevokeSessions.All"
	readerPermissions      = "UserAuthenticationMethod.Read.All User.Read.All GroupMember.Read.All Policy.Read.AuthenticationMethod RoleManagement.Read.Directory AuditLog.Read.All"
	applicationPermissions = "UserAuthenticationMethod.ReadWrite.All User.Read.All GroupMember.Read.All Policy.Read.AuthenticationMethod RoleManagement.Read.Directory"
)

// seedCallers are the callers of Contoso; their roles are those of the directory. The first is the default.
var seedCallers = []seedCaller{
	{"helpdesk", "isaiah.langer@contoso.com", helpdeskPermissions},
	{"privileged", "lidia.holloway@contoso.com", helpdeskPermissions + " Policy.ReadWrite.AuthenticationMethod"},
	{"reader", "lynne.robbins@contoso.com", readerPermissions},
	{"norole", "johanna.lorenz@contoso.com", helpdeskPermissions},
	{"eligible", "irvin.sayers@contoso.com", helpdeskPermissions}, // could activate the role, and did not
	{"unit", "diego.siciliani@contoso.com", helpdeskPermissions},  // holds the role over one administrative unit
	{"noscope", "patti.fernandez@contoso.com", "User.Read"},
	{"nopolicy", "grady.archie@contoso.com", "UserAuthenticationMethod.ReadWrite.All User.Read.All"}, // what a person is asked for who creates a pass
	{"nodirectory", "grady.archie@contoso.com", "UserAuthenticationMethod.ReadWrite.All"},
	{"app", "", applicationPermissions},
	{"app-noroles", "", "UserAuthenticationMethod.ReadWrite.All User.Read.All"},
	{"app-noscope", "", "User.Read.All"},
}

// Callers are the names of Contoso's callers, the default first. The token of one is sandbox-NAME.
func Callers() []string {
	var names []string
	for _, s := range seedCallers {
		names = append(names, s.name)
	}
	return names
}

// callerNamed returns the caller that a name stands for: one of the seed, or one of the seed with other permissions, and
// with other roles, such as helpdesk:User.Read.All,Policy.Read.All@Global-Reader. Nothing behind the @ is no role.
func (d *directory) callerNamed(name string) (*caller, bool) {
	seed, rest, plays := strings.Cut(name, ":")
	c, known := d.seedCaller(seed)
	if !known || !plays {
		return c, known
	}
	c.name = name
	permissions, roles, playsRoles := strings.Cut(rest, "@")
	c.permissions = fields(permissions)
	if !playsRoles {
		return c, true
	}
	if c.application {
		return nil, false // its permissions alone count
	}
	c.roles, c.played = []string{}, true
	for _, spelled := range fields(roles) {
		r := roleSpelled(spelled)
		if r == nil {
			return nil, false
		}
		c.roles = append(c.roles, r.TemplateID)
	}
	return c, true
}

func fields(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

func (d *directory) seedCaller(name string) (*caller, bool) {
	i := slices.IndexFunc(seedCallers, func(s seedCaller) bool { return s.name == name })
	if i < 0 {
		return nil, false
	}
	s := seedCallers[i]
	c := &caller{name: s.name, permissions: strings.Fields(s.permissions)}
	if s.upn == "" {
		c.application, c.id = true, named("servicePrincipal", s.name)
		return c, true
	}
	c.user, _ = d.user(s.upn)
	c.id, c.roles = c.user.ID, d.templatesOf(c.user.ID)
	return c, true
}

func (d *directory) templatesOf(userID string) []string {
	var templates []string
	for _, r := range d.rolesOf(userID) {
		templates = append(templates, r.TemplateID)
	}
	return templates
}

// claims are those of an access token that the sandbox looks at; its signature is not.
type claims struct {
	OID   string   `json:"oid"`
	TID   string   `json:"tid"`
	SCP   string   `json:"scp"`
	Roles []string `json:"roles"`
	IDTyp string   `json:"idtyp"`
	WIDs  []string `json:"wids"`
	Exp   *float64 `json:"exp"`
}

// authenticate finds out who calls. A token is sandbox-NAME with a caller of the seed, or has the shape of a JWT with
// oid, tid, and scp (a person) or roles (an application) in its payload.
func (d *directory) authenticate(h http.Header, now time.Time) (*caller, error) {
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return nil, unauthenticated("Access token is empty.")
	}
	if name, found := strings.CutPrefix(token, "sandbox-"); found {
		if c, known := d.callerNamed(name); known {
			return c, nil
		}
		return nil, unauthenticated("The sandbox knows no caller of this name. It knows " + strings.Join(callerNames(), ", ") + ".")
	}
	var cl claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, unauthenticated("IDX14100: JWT is not well formed, there are no dots (.).")
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(payload, &cl) != nil {
		return nil, unauthenticated("CompactToken parsing failed with error code: 80049217")
	}
	return d.bearer(cl, now)
}

func (d *directory) bearer(cl claims, now time.Time) (*caller, error) {
	switch {
	case cl.TID != TenantID:
		return nil, unauthenticated("Access token validation failure. Invalid tenant.")
	case cl.Exp != nil && float64(now.Unix()) >= *cl.Exp:
		return nil, unauthenticated("Lifetime validation failed, the token is expired.")
	case !isGUID(cl.OID):
		return nil, unauthenticated("Access token validation failure. The oid claim is missing.")
	}
	c := &caller{name: cl.OID, id: strings.ToLower(cl.OID)}
	if cl.IDTyp == "app" || cl.SCP == "" && len(cl.Roles) > 0 {
		c.application, c.permissions = true, cl.Roles
		return c, nil
	}
	var known bool
	if c.user, known = d.byID[c.id]; !known {
		return nil, unauthenticated("Access token validation failure. The identity of the calling user could not be found.")
	}
	c.permissions, c.roles = strings.Fields(cl.SCP), cl.WIDs
	c.played = cl.WIDs != nil
	if !c.played {
		c.roles = d.templatesOf(c.id)
	}
	return c, nil
}

func callerNames() []string {
	names := make([]string, len(seedCallers))
	for i, s := range seedCallers {
		names[i] = s.name
	}
	return names
}

func unauthenticated(message string) error {
	f := refuse(http.StatusUnauthorized, "InvalidAuthenticationToken", "%s", message)
	f.header = http.Header{"Www-Authenticate": {`Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"`}}
	return f
}
