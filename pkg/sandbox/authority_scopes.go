package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// graphResources are the names of Graph as a token's audience. A real Graph takes those of its own cloud alone; the sandbox is
// Graph in each: our invention. https://learn.microsoft.com/graph/deployments
var graphResources = []string{
	"https://graph.microsoft.com", "https://graph.microsoft.us", "https://dod-graph.microsoft.us", "https://microsoftgraph.chinacloudapi.cn",
	"00000003-0000-0000-c000-000000000000",
}

// otherResources take tokens, too, and none of Graph's permissions.
var otherResources = []string{"https://vault.azure.net", "https://vault.usgovcloudapi.net", "https://vault.azure.cn"}

// scopes are what a request asks a token for.
type scopes struct {
	resource    string
	permissions []string // as they were asked, without the resource
	all         bool     // .default: whatever was consented to
	spelled     []string // as they were asked
	openID      bool
	offline     bool
}

func readScopes(scope string) (scopes, error) {
	w := scopes{}
	for _, asked := range strings.Fields(scope) {
		switch asked {
		case "openid":
			w.openID = true
			continue
		case "offline_access":
			w.offline = true
			continue
		case "profile", "email":
			continue
		}
		resource, permission := graphResources[0], asked
		if i := strings.LastIndex(asked, "/"); i >= 0 {
			resource, permission = strings.TrimSuffix(asked[:i], "/"), asked[i+1:]
		}
		if w.resource != "" && w.resource != resource {
			return w, deny(http.StatusBadRequest, "invalid_request", 28000, "The input parameter scope contains more than one resource. Scope %s is not valid.", scope)
		}
		w.resource, w.spelled = resource, append(w.spelled, asked)
		if permission == ".default" {
			w.all = true
			continue
		}
		w.permissions = append(w.permissions, permission)
	}
	if w.resource == "" {
		w.resource = graphResources[0]
	}
	switch {
	case scope == "":
		return w, missing("scope")
	case w.all && len(w.permissions) > 0:
		return w, deny(http.StatusBadRequest, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid. .default scope can't be combined with resource-specific scopes.")
	case !w.ofGraph() && !slices.Contains(otherResources, w.resource):
		return w, deny(http.StatusBadRequest, "invalid_resource", 500011, "The resource principal named %s was not found in the tenant named Contoso.", w.resource)
	}
	return w, nil
}

func (w scopes) ofGraph() bool { return slices.Contains(graphResources, w.resource) }

// grant is what the person gets: all that was ever consented to, as at a real authority, not only what was asked. That more
// is asked than was consented to is a refusal.
func (w scopes) grant(app *registration, u *user) ([]string, error) {
	if !w.ofGraph() {
		return []string{"user_impersonation"}, nil
	}
	has := app.consented(u)
	for _, p := range w.permissions {
		if !slices.ContainsFunc(has, func(c string) bool { return strings.EqualFold(c, p) }) {
			return nil, unconsented(app)
		}
	}
	if len(has) == 0 {
		return nil, unconsented(app)
	}
	return has, nil
}

func unconsented(app *registration) *refusal {
	r := invalidGrant(65001, "The user or administrator has not consented to use the application with ID '%s' named '%s'. Send an interactive authorization request for this user and resource.", app.AppID, app.DisplayName)
	r.suberror = "consent_required"
	return r
}

// granted is the scope of an answer: what was asked, spelled as it was, and what came with it.
func (w scopes) granted(permissions []string) string {
	all := slices.Clone(w.spelled)
	for _, p := range permissions {
		if full := w.resource + "/" + p; !slices.ContainsFunc(all, func(a string) bool { return strings.EqualFold(a, full) || strings.EqualFold(a, p) }) {
			all = append(all, full)
		}
	}
	if w.openID {
		all = append(all, "openid", "profile", "email")
	}
	return strings.Join(all, " ")
}

// requested are the claims that a client asks for in its parameter of this name (OpenID Connect, 5.5).
// https://learn.microsoft.com/entra/identity-platform/claims-challenge
type requested struct {
	capable bool     // cp1: the client handles claims challenges
	acrs    []string // authentication contexts
}

func readClaims(text string) (requested, error) {
	type claim struct {
		Value  string   `json:"value"`
		Values []string `json:"values"`
	}
	var r requested
	var c struct {
		AccessToken struct {
			Capabilities claim `json:"xms_cc"`
			Contexts     claim `json:"acrs"`
		} `json:"access_token"`
	}
	if text == "" {
		return r, nil
	}
	if json.Unmarshal([]byte(text), &c) != nil {
		return r, deny(http.StatusBadRequest, "invalid_request", 9002313, "Invalid request. The parameter 'claims' is not JSON.")
	}
	all := func(c claim) []string {
		if c.Value == "" {
			return c.Values
		}
		return append(c.Values, c.Value)
	}
	r.capable = slices.ContainsFunc(all(c.AccessToken.Capabilities), func(v string) bool { return strings.EqualFold(v, "cp1") }) // azidentity writes CP1
	r.acrs = all(c.AccessToken.Contexts)
	return r, nil
}
