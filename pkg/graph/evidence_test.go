package graph_test

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

var (
	day = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	one = "6f1967b7-15e8-4935-ac26-d50770ed07a7"
)

// dated is an answer with a Date.
func dated(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Date", day.Format(http.TimeFormat))
		answer(200, js, body)(w, req)
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	c := served(t, func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Query().Get("$skiptoken") == "" {
			dated(`{"value":[],"@odata.nextLink":"`+root+`/beta/users/x/authentication/methods?$skiptoken=2"}`)(w, req)
			return
		}
		dated(`{"value":[
			{"@odata.type":"#microsoft.graph.passwordAuthenticationMethod","id":"28c10230","createdDateTime":null},
			{"@odata.type":"#microsoft.graph.fido2AuthenticationMethod","id":"f","displayName":"Red key","createdDateTime":"2026-11-20T07:00:00.1234567Z"},
			{"@odata.type":"#microsoft.graph.phoneAuthenticationMethod","id":"p","phoneNumber":"+358 40 1234567","createdDateTime":"yesterday"},
			{"@odata.type":"#microsoft.graph.emailAuthenticationMethod","id":"e","emailAddress":"adele@example.com"},
			{"@odata.type":"#microsoft.graph.holographicAuthenticationMethod","id":"h"}]}`)(w, req)
	})
	got, at, err := c.Methods(t.Context(), one)
	want := []person.Method{
		{ID: "28c10230", Type: person.Password},
		{ID: "f", Type: "fido2", Name: "Red key", Created: time.Date(2026, 11, 20, 7, 0, 0, 123456700, time.UTC)},
		{ID: "p", Type: "phone", Name: "+358 40 1234567"},
		{ID: "e", Type: "email", Name: "adele@example.com"},
		{ID: "h", Type: "holographic"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" || !at.Equal(day) {
		t.Errorf("%v, at %s\n%s", err, at, diff)
	}
	for _, body := range []string{`{}`, `[]`, `{"value":null}`} {
		if _, _, err := served(t, dated(body)).Methods(t.Context(), one); err == nil || errs.Of(err).Slug != errs.Internal {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestDeleteMethod: each type lies in a collection of its own, and a type without one is never sent.
func TestDeleteMethod(t *testing.T) {
	t.Parallel()
	var sent []string
	c := served(t, func(w http.ResponseWriter, req *http.Request) {
		sent = append(sent, req.Method+" "+req.URL.EscapedPath())
		w.WriteHeader(http.StatusNoContent)
	})
	for kind, at := range map[string]string{
		"fido2": "fido2Methods/a%2Fb", "windowsHelloForBusiness": "windowsHelloForBusinessMethods/a%2Fb", "microsoftAuthenticator": "microsoftAuthenticatorMethods/a%2Fb",
		"platformCredential": "platformCredentialMethods/a%2Fb", "phone": "phoneMethods/a%2Fb", "email": "emailMethods/a%2Fb", "softwareOath": "softwareOathMethods/a%2Fb",
		"hardwareOath": "hardwareOathMethods/a%2Fb", "external": "externalAuthenticationMethods/a%2Fb", "qrCodePin": "qrCodePinMethod",
	} {
		sent = nil
		err := c.DeleteMethod(t.Context(), one, person.Method{ID: "a/b", Type: kind})
		if want := "DELETE /beta/users/" + one + "/authentication/" + at; err != nil || !slices.Equal(sent, []string{want}) {
			t.Errorf("%s: %v, %q", kind, err, sent)
		}
	}
	sent = nil
	for _, kind := range []string{person.Password, person.TemporaryAccessPass, "holographic", ""} {
		if err := c.DeleteMethod(t.Context(), one, person.Method{ID: "a", Type: kind}); err == nil || errs.Of(err).Slug != errs.UsageFault || sent != nil {
			t.Errorf("%s: %v, %q", kind, err, sent)
		}
	}
	gone := served(t, answer(404, js, `{"error":{"code":"resourceNotFound","message":"gone"}}`))
	if err := gone.DeleteMethod(t.Context(), one, person.Method{ID: "a", Type: "fido2"}); errs.Of(err).Slug != errs.NotFound {
		t.Errorf("one that is gone: %v", err)
	}
}

func TestDetails(t *testing.T) {
	t.Parallel()
	var query string
	c := served(t, func(w http.ResponseWriter, req *http.Request) {
		query = req.URL.Query().Get("$select") + " " + req.URL.Query().Get("$expand")
		dated(`{"id":"`+one+`","displayName":"Adele Vance","userPrincipalName":"adele.vance@contoso.com","accountEnabled":false,"jobTitle":"Buyer",
			"department":"Retail","officeLocation":"18/2111","employeeId":"7","mail":"a@contoso.com","mobilePhone":"+1","businessPhones":["+2","+3"],
			"preferredLanguage":"fi-FI","userType":"guest","createdDateTime":"2026-11-01T08:00:00Z","lastPasswordChangeDateTime":"then",
			"manager":{"id":"m","displayName":"Miriam","userPrincipalName":"miriam@contoso.com"}}`)(w, req)
	})
	got, err := c.Details(t.Context(), person.Ref(one))
	want := person.Details{
		Person:   person.Person{ID: one, DisplayName: "Adele Vance", UserPrincipalName: "adele.vance@contoso.com", Disabled: true},
		JobTitle: "Buyer", Department: "Retail", Office: "18/2111", EmployeeID: "7", Mail: "a@contoso.com", MobilePhone: "+1", BusinessPhones: []string{"+2", "+3"},
		PreferredLanguage: "fi-FI", Created: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC), Guest: true, At: day,
		Manager: &person.Person{ID: "m", DisplayName: "Miriam", UserPrincipalName: "miriam@contoso.com"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	const asked = "id,displayName,userPrincipalName,accountEnabled,identities,creationType,jobTitle,department,officeLocation,employeeId,mail,mobilePhone," +
		"businessPhones,preferredLanguage,userType,createdDateTime,lastPasswordChangeDateTime manager($select=id,displayName,mail,userPrincipalName,accountEnabled)"
	if query != asked {
		t.Errorf("asked for %s", query)
	}
	nobody := served(t, answer(404, js, `{"error":{"code":"Request_ResourceNotFound","message":"no"}}`))
	if _, err := nobody.Details(t.Context(), "x@contoso.com"); errs.Of(err).Slug != errs.NotFound || !contains(err, "the tenant has no such user") {
		t.Errorf("nobody: %v", err)
	}
	if _, err := served(t, dated(`{}`)).Details(t.Context(), "x@contoso.com"); err == nil {
		t.Error("an answer without a user is one")
	}
}

// TestRevokeSessions: it is a POST that may be repeated, for it makes nothing.
func TestRevokeSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &play{acts: []act{cut, says(503, `{}`), says(200, `{"value":true}`)}}
		c := over(t, p)
		if err := c.RevokeSessions(t.Context(), one); err != nil || len(p.seen) != 3 {
			t.Errorf("%v after %d requests", err, len(p.seen))
		}
	})
}

func TestSignIns(t *testing.T) {
	t.Parallel()
	var queries []string
	c := served(t, func(w http.ResponseWriter, req *http.Request) {
		queries = append(queries, req.URL.Path+" "+req.URL.Query().Get("$filter")+" "+req.URL.Query().Get("$top"))
		next := `,"@odata.nextLink":"` + root + `/beta/auditLogs/signIns?$skiptoken=2"`
		if len(queries) > 1 {
			next = ""
		}
		dated(`{"value":[
			{"id":"s","createdDateTime":"2026-11-19T08:00:00Z","appDisplayName":"My Profile","ipAddress":"203.0.113.7","location":{"city":"Espoo","countryOrRegion":"FI"},
			 "status":{"errorCode":53003,"failureReason":"Blocked","additionalDetails":"more"},"authenticationDetails":[{"authenticationMethod":"Temporary Access Pass"}],
			 "appliedConditionalAccessPolicies":[{"displayName":"Offices only","result":"failure"},{"displayName":"MFA","result":"success"}]},
			{"id":"r","createdDateTime":"2026-11-18T08:00:00Z","location":null,"status":{"errorCode":0},"appliedConditionalAccessPolicies":null}]`+next+`}`)(w, req)
	})
	got, err := c.SignIns(t.Context(), one, day.AddDate(0, 0, -7), 3)
	first := person.SignIn{
		ID: "s", At: time.Date(2026, 11, 19, 8, 0, 0, 0, time.UTC), App: "My Profile", IP: "203.0.113.7", Location: "Espoo, FI", Code: 53003, Reason: "Blocked",
		Details: "more", Policies: []string{"Offices only"}, Method: "Temporary Access Pass",
	}
	want := []person.SignIn{first, {ID: "r", At: time.Date(2026, 11, 18, 8, 0, 0, 0, time.UTC)}, first}
	if diff := cmp.Diff(want, got); err != nil || diff != "" || !first.Failed() || want[1].Failed() {
		t.Errorf("%v\n%s", err, diff)
	}
	asked := []string{"/beta/auditLogs/signIns userId eq '" + one + "' and createdDateTime ge 2026-11-13T08:00:00Z 3", "/beta/auditLogs/signIns  "}
	if !slices.Equal(queries, asked) {
		t.Errorf("asked %q", queries)
	}
}
