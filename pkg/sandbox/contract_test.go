package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// contract is one version's OpenAPI file.
type contract struct {
	doc    *openapi3.T
	router routers.Router
}

var contracts = sync.OnceValues(func() (map[string]contract, error) {
	all := map[string]contract{}
	for _, version := range []string{"beta", "v1.0"} {
		doc, err := openapi3.NewLoader().LoadFromFile("../../testdata/graph/" + version + "-tap.openapi.yaml")
		if err != nil {
			return nil, err
		}
		doc.Servers = openapi3.Servers{{URL: "/" + version}}
		router, err := gorillamux.NewRouter(doc)
		if err != nil {
			return nil, err
		}
		all[version] = contract{doc, router}
	}
	return all, nil
})

func loadContracts(t *testing.T) map[string]contract {
	t.Helper()
	all, err := contracts()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// checkContract holds an answer of Graph against Microsoft's file. What is not simulated (501) and a method that a
// path has not (405) are not in it: of these only the form of the error is checked.
func checkContract(t *testing.T, req *http.Request, a answer) {
	t.Helper()
	version, path := sandbox.Canonical(req.Method, req.URL.EscapedPath())
	c := loadContracts(t)[version]
	if path == "" {
		checkError(t, loadContracts(t)["beta"].doc, a)
		return
	}
	canonical := req.Clone(context.Background())
	canonical.URL = &url.URL{Path: "/" + version + path, RawQuery: req.URL.RawQuery}
	route, params, err := c.router.FindRoute(canonical)
	if err != nil {
		t.Errorf("%s: not in the contract: %v", a.what, err)
		return
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: canonical, PathParams: params, Route: route},
		Status:                 a.status,
		Header:                 a.header,
		Body:                   io.NopCloser(bytes.NewReader(a.body)),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		t.Errorf("%s: the answer breaks the contract: %v", a.what, err)
	}
}

func checkError(t *testing.T, doc *openapi3.T, a answer) {
	t.Helper()
	var v any
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Errorf("%s: %v", a.what, err)
		return
	}
	if err := doc.Components.Schemas["microsoft.graph.ODataErrors.ODataError"].Value.VisitJSON(v); err != nil {
		t.Errorf("%s: %v", a.what, err)
	}
}

// constructed are the operations whose description is not Microsoft's own OpenAPI text but was put together from its
// metadata or its pages.
var constructed = []string{
	"POST $batch", "GET me", "GET users/{user}", "GET users/{user}/manager", "POST users/{user}/checkMemberGroups", "GET users/{user}/authentication/methods",
	"GET groups/{group}/transitiveMembers", "GET policies/authenticationMethodsPolicy", "GET auditLogs/directoryAudits", "GET reports/authenticationMethods/userRegistrationDetails",
	"GET policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass",
	"PATCH policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass",
	"DELETE policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass",
	"GET users", "GET users/{user}/transitiveMemberOf/microsoft.graph.directoryRole", "GET groups", "GET groups/{group}",
	"GET groups/{group}/transitiveMembers/microsoft.graph.user",
	"GET users/{user}/transitiveMemberOf/microsoft.graph.group", "GET users/{user}/transitiveMemberOf/microsoft.graph.administrativeUnit",
	"GET users/{user}/ownedObjects/microsoft.graph.group", "GET roleManagement/directory/roleAssignments",
	"GET roleManagement/directory/roleEligibilityScheduleInstances", "GET subscribedSkus",
	"DELETE users/{user}/authentication/fido2Methods/{method}", "DELETE users/{user}/authentication/windowsHelloForBusinessMethods/{method}",
	"DELETE users/{user}/authentication/microsoftAuthenticatorMethods/{method}", "DELETE users/{user}/authentication/platformCredentialMethods/{method}",
	"DELETE users/{user}/authentication/phoneMethods/{method}", "DELETE users/{user}/authentication/emailMethods/{method}",
	"DELETE users/{user}/authentication/softwareOathMethods/{method}", "DELETE users/{user}/authentication/hardwareOathMethods/{method}",
	"DELETE users/{user}/authentication/externalAuthenticationMethods/{method}", "DELETE users/{user}/authentication/externalAuthenticationMethods/{method}/$ref",
	"DELETE users/{user}/authentication/qrCodePinMethod", "POST users/{user}/revokeSignInSessions", "GET auditLogs/signIns",
}

func TestEveryOperationIsInTheContract(t *testing.T) {
	t.Parallel()
	var found []string
	for version, c := range loadContracts(t) {
		for _, o := range sandbox.Operations() {
			if o.BetaOnly && version != "beta" {
				continue
			}
			route, _, err := c.router.FindRoute(&http.Request{Method: o.Method, URL: &url.URL{Path: "/" + version + "/" + o.Path}})
			if err != nil {
				t.Errorf("%s %s %s: %v", version, o.Method, o.Path, err)
				continue
			}
			source, _ := route.Operation.Extensions["x-source"].(string)
			if name := o.Method + " " + o.Path; !strings.HasPrefix(source, "Microsoft:") && !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
	}
	slices.Sort(found)
	want := slices.Sorted(slices.Values(constructed))
	if !slices.Equal(found, want) {
		t.Errorf("not Microsoft's own text:\n got %q\nwant %q", found, want)
	}
}
