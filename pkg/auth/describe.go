package auth

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// Caller is what a token says of its bearer: good for showing, never for a decision.
type Caller struct {
	TenantID string // "" where the token does not tell
	ID       string // the object id of a person, or of an application's service principal; "" where it does not tell
	Name     string // a person's user principal name, or an application's name or id
	// Permissions are those of a person (scp) or of an application (roles); nil where the token does not tell.
	Permissions []string

	ClientID   string // the client that signed in; "" where the token does not tell
	ClientName string // its name in the tenant, or Microsoft's for one of Microsoft's; "" where it is not known

	kind string // idtyp: "app" or "user"
}

// person reports whether a token for Graph, which tells that, is not an application's.
func (c Caller) person() bool { return c.TenantID != "" && c.kind != "app" }

// Describe reads a token's claims without checking them. A token that is opaque gives a Caller without a tenant.
func Describe(token string) Caller {
	var claims struct {
		TID  string `json:"tid"`
		OID  string `json:"oid"`
		UPN  string `json:"upn"`
		Name string `json:"app_displayname"`
		App  string `json:"appid"`
		Kind string `json:"idtyp"`

		SCP   string   `json:"scp"`
		Roles []string `json:"roles"`
	}
	if parts := strings.Split(token, "."); len(parts) == 3 {
		if b, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
			_ = json.Unmarshal(b, &claims) // what cannot be read is not shown
		}
	}
	c := Caller{TenantID: claims.TID, ID: claims.OID, ClientID: claims.App, ClientName: claims.Name, kind: claims.Kind}
	switch claims.App {
	case DefaultClientID:
		c.ClientName = DefaultClientName
	case azureCLI:
		c.ClientName = "Microsoft Azure CLI"
	}
	if c.TenantID != "" {
		c.Permissions = append(strings.Fields(claims.SCP), claims.Roles...)
	}
	for _, n := range []string{claims.UPN, claims.Name, claims.App, "a caller whose token tells no name"} {
		if n != "" {
			c.Name = n
			break
		}
	}
	return c
}
