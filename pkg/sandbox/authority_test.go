package sandbox_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// automation asks a token for the application with a secret.
var automation = fields{"grant_type": "client_credentials", "client_id": sandbox.AutomationClientID, "client_secret": sandbox.AutomationSecret, "scope": allGraph}

func TestAnApplicationsToken(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	a := c.redeem(automation.with(fields{"claims": `{"access_token":{"xms_cc":{"values":["cp1"]}}}`})).ok(200)
	claims := payload(t, a.text("access_token"))
	for name, want := range map[string]string{
		"aud": "https://graph.microsoft.com", "iss": "https://sts.windows.net/" + sandbox.TenantID + "/", "tid": sandbox.TenantID,
		"idtyp": "app", "appid": sandbox.AutomationClientID, "xms_cc": "[cp1]", "appidacr": "1",
	} {
		if got := fmt.Sprint(claims[name]); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if a.object["expires_in"] != 86400.0 || a.object["refresh_token"] != nil || a.object["id_token"] != nil || a.object["client_info"] != nil {
		t.Errorf("the answer: %s", a.body)
	}
	c.with(a.text("access_token")).create(adele, "{}").ok(201)

	c.control("consents", `{"appId":"`+sandbox.AutomationClientID+`","application":true,"remove":true,"permissions":["UserAuthenticationMethod.ReadWrite.All"]}`)
	c.with(c.redeem(automation).text("access_token")).create(adele, "{}").fails(403, "accessDenied", "Request Authorization failed")
}

func TestTheKeysAreThoseThatSign(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir, sandbox.Options{})
	token := c.redeem(automation).text("access_token")
	var set struct{ Keys []struct{ Kid, N, E string } }
	open(t, dir, sandbox.Options{}).ask("GET", "/common/discovery/v2.0/keys", nil).ok(200).decode(&set)
	n, _ := base64.RawURLEncoding.DecodeString(set.Keys[0].N)
	e, _ := base64.RawURLEncoding.DecodeString(set.Keys[0].E)
	parts := strings.Split(token, ".")
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature); err != nil {
		t.Errorf("the token, by the published key: %v", err)
	}
	header, _ := base64.RawURLEncoding.DecodeString(parts[0])
	if !strings.Contains(string(header), `"kid":"`+set.Keys[0].Kid+`"`) || !strings.Contains(string(header), `"alg":"RS256"`) {
		t.Errorf("its header: %s", header)
	}
	if info, err := os.Stat(filepath.Join(dir, "authority.pem")); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("the file of the key: %v, %v", info, err)
	}
}

func TestTokenRefusals(t *testing.T) {
	t.Parallel()
	past := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	for name, tc := range map[string]struct {
		control [2]string
		path    string
		form    fields
		status  int
		oauth   string
		code    int
	}{
		"wrong secret":       {form: fields{"client_secret": "wrong"}, status: 401, oauth: "invalid_client", code: 7000215},
		"no secret":          {form: fields{"client_secret": ""}, status: 401, oauth: "invalid_client", code: 7000218},
		"expired secret":     {control: [2]string{"registrations", `{"appId":"` + sandbox.AutomationClientID + `","secrets":[{"value":"` + sandbox.AutomationSecret + `","ends":"` + past + `"}]}`}, status: 401, oauth: "invalid_client", code: 7000222},
		"unknown app":        {form: fields{"client_id": sandbox.TenantID}, status: 400, oauth: "unauthorized_client", code: 700016},
		"removed app":        {control: [2]string{"registrations", `{"appId":"` + sandbox.AutomationClientID + `","remove":true}`}, status: 400, oauth: "unauthorized_client", code: 700016},
		"disabled app":       {control: [2]string{"registrations", `{"appId":"` + sandbox.AutomationClientID + `","disabled":true}`}, status: 400, oauth: "unauthorized_client", code: 7000112},
		"no app":             {form: fields{"client_id": ""}, status: 400, oauth: "invalid_request", code: 900144},
		"no grant":           {form: fields{"grant_type": ""}, status: 400, oauth: "invalid_request", code: 900144},
		"password grant":     {form: fields{"grant_type": "password"}, status: 400, oauth: "unsupported_grant_type", code: 70003},
		"no scope":           {form: fields{"scope": ""}, status: 400, oauth: "invalid_request", code: 900144},
		"named permission":   {form: fields{"scope": "https://graph.microsoft.com/User.Read.All"}, status: 400, oauth: "invalid_scope", code: 1002012},
		"two resources":      {form: fields{"scope": allGraph + " https://vault.azure.net/.default"}, status: 400, oauth: "invalid_request", code: 28000},
		"default and a name": {form: fields{"scope": allGraph + " User.Read"}, status: 400, oauth: "invalid_scope", code: 70011},
		"unknown resource":   {form: fields{"scope": "https://example.com/.default"}, status: 400, oauth: "invalid_resource", code: 500011},
		"broken claims":      {form: fields{"claims": "{"}, status: 400, oauth: "invalid_request", code: 9002313},
		"public app":         {form: fields{"client_id": sandbox.HelpdeskClientID}, status: 401, oauth: "invalid_client", code: 700025},
		"public, no secret":  {form: fields{"client_id": sandbox.HelpdeskClientID, "client_secret": ""}, status: 401, oauth: "invalid_client", code: 7000218},
		"unknown tenant":     {path: "/fabrikam.com/oauth2/v2.0/token", status: 400, oauth: "invalid_tenant", code: 90002},
		"any tenant":         {path: "/organizations/oauth2/v2.0/token", status: 400, oauth: "invalid_request", code: 50059},
		"no code":            {form: fields{"client_id": sandbox.HelpdeskClientID, "client_secret": "", "grant_type": "authorization_code"}, status: 400, oauth: "invalid_request", code: 900144},
		"a code that is none": {form: fields{"client_id": sandbox.HelpdeskClientID, "client_secret": "", "grant_type": "authorization_code", "code": "x"},
			status: 400, oauth: "invalid_grant", code: 70000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := contoso(t)
			if tc.control[0] != "" {
				c.control(tc.control[0], tc.control[1])
			}
			if tc.path == "" {
				tc.path = tokenPath
			}
			c.ask("POST", tc.path, automation.with(tc.form)).denied(tc.status, tc.oauth, tc.code)
		})
	}
}

func TestCertificateAssertions(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	key, certificate := newKey(t, time.Now().Add(time.Hour))
	other, expired := newKey(t, time.Now().Add(-time.Minute))
	body, _ := json.Marshal(map[string]any{"appId": sandbox.AutomationClientID, "certificates": []string{certificate, expired}})
	c.control("registrations", string(body))
	short, long := thumbprints(certificate)
	old, _ := thumbprints(expired)
	n := 0
	send := func(key *rsa.PrivateKey, header, claims map[string]any) answer {
		n++
		h := map[string]any{"alg": "PS256", "x5t#S256": long}
		cl := map[string]any{
			"aud": loginHost + tokenPath, "iss": sandbox.AutomationClientID, "sub": sandbox.AutomationClientID, "jti": fmt.Sprint(n),
			"nbf": time.Now().Unix(), "exp": time.Now().Add(10 * time.Minute).Unix(),
		}
		for name, v := range header {
			h[name] = v
		}
		for name, v := range claims {
			cl[name] = v
		}
		return c.redeem(automation.with(fields{"client_secret": "", "client_assertion_type": bearerJWT, "client_assertion": signed(t, key, h, cl)}))
	}
	send(key, nil, nil).ok(200)
	send(key, map[string]any{"alg": "RS256", "x5t": short, "x5t#S256": ""}, map[string]any{"aud": loginHost + "/" + sandbox.TenantID + "/v2.0"}).ok(200)
	type m = map[string]any
	for name, tc := range map[string]struct {
		key            *rsa.PrivateKey
		header, claims m
		code           int
	}{
		"another key":          {other, nil, nil, 700027},
		"another certificate":  {key, m{"x5t#S256": short}, nil, 700027},
		"an expired one":       {other, m{"x5t": old, "x5t#S256": ""}, nil, 700027},
		"an unknown algorithm": {key, m{"alg": "none"}, nil, 700027},
		"another issuer":       {key, nil, m{"iss": sandbox.HelpdeskClientID}, 700021},
		"another subject":      {key, nil, m{"sub": sandbox.HelpdeskClientID}, 700021},
		"another audience":     {key, nil, m{"aud": "https://login.example"}, 700023},
		"expired":              {key, nil, m{"exp": time.Now().Add(-6 * time.Minute).Unix()}, 700024},
		"not yet":              {key, nil, m{"nbf": time.Now().Add(6 * time.Minute).Unix()}, 700024},
		"no end":               {key, nil, m{"exp": nil}, 700024},
		"used before":          {key, nil, m{"jti": "1"}, 50012},
		"no jti":               {key, nil, m{"jti": ""}, 50012},
	} {
		t.Run(name, func(t *testing.T) { send(tc.key, tc.header, tc.claims).denied(401, "invalid_client", tc.code) })
	}
	c.redeem(automation.with(fields{"client_secret": "", "client_assertion": "x", "client_assertion_type": bearerJWT})).denied(401, "invalid_client", 50027)
	c.redeem(automation.with(fields{"client_secret": "", "client_assertion": "x"})).denied(400, "invalid_request", 900144)
}

func TestFederatedAssertions(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	key, certificate := newKey(t, time.Now().Add(time.Hour))
	other, _ := newKey(t, time.Now().Add(time.Hour))
	const issuer, subject = "https://token.actions.githubusercontent.com", "repo:contoso/hire:ref:refs/heads/main"
	body, _ := json.Marshal(map[string]any{"appId": sandbox.AutomationClientID, "federated": []any{map[string]string{"issuer": issuer, "subject": subject, "key": certificate}}})
	c.control("registrations", string(body))
	for _, tc := range []struct {
		name   string
		key    *rsa.PrivateKey
		claims map[string]any
		code   int
	}{
		{"good", key, nil, 0},
		{"again, as from a pod's file", key, nil, 0},
		{"several audiences", key, map[string]any{"aud": []string{"x", "api://AzureADTokenExchange"}}, 0},
		{"another key", other, nil, 50013},
		{"issuer", key, map[string]any{"iss": issuer + "/"}, 700211},
		{"subject", key, map[string]any{"sub": "repo:contoso/Hire:ref:refs/heads/main"}, 700213},
		{"audience", key, map[string]any{"aud": "api://other"}, 700212},
		{"expired", key, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}, 700024},
	} {
		claims := map[string]any{"iss": issuer, "sub": subject, "aud": "api://AzureADTokenExchange", "jti": "j", "exp": time.Now().Add(time.Minute).Unix()}
		for name, v := range tc.claims {
			claims[name] = v
		}
		a := c.redeem(automation.with(fields{"client_secret": "", "client_assertion_type": bearerJWT,
			"client_assertion": signed(t, tc.key, map[string]any{"alg": "RS256", "kid": "k"}, claims)}))
		if tc.code == 0 {
			a.ok(200)
			continue
		}
		a.denied(401, "invalid_client", tc.code)
	}
}

// browser is what a client sends a browser with.
var browser = fields{
	"client_id": sandbox.HelpdeskClientID, "response_type": "code", "redirect_uri": "http://localhost:51234", "response_mode": "query",
	"scope": "https://graph.microsoft.com/UserAuthenticationMethod.ReadWrite.All openid offline_access profile", "state": "s", "login_hint": helpdesk,
	"code_challenge_method": "S256", "code_challenge": challengeOf(verifier),
}

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// authorize returns what came back to the client by way of the browser.
func (c *client) authorize(f fields) url.Values {
	c.t.Helper()
	a := c.ask("GET", "/organizations/oauth2/v2.0/authorize", browser.with(f)).ok(302)
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil || to.Host != "localhost:51234" {
		c.t.Fatalf("led to %q", a.header.Get("Location"))
	}
	return to.Query()
}

func codeGrant(code string) fields {
	return fields{"grant_type": "authorization_code", "client_id": sandbox.HelpdeskClientID, "code": code, "code_verifier": verifier,
		"redirect_uri": "http://localhost:51234", "client_info": "1"}
}

// person signs in by browser and returns the answer with the tokens.
func (c *client) person(f fields) answer {
	c.t.Helper()
	return c.redeem(codeGrant(c.authorize(f).Get("code"))).ok(200)
}

func TestAPersonSignsInByBrowser(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	got := c.authorize(fields{"nonce": "n"})
	if got.Get("state") != "s" {
		t.Errorf("the state: %v", got)
	}
	grant := codeGrant(got.Get("code"))
	c.redeem(grant.with(fields{"code_verifier": "another"})).denied(400, "invalid_grant", 501481)
	c.redeem(grant.with(fields{"code_verifier": ""})).denied(400, "invalid_grant", 501481)
	c.redeem(grant.with(fields{"redirect_uri": "http://localhost:1"})).denied(400, "invalid_grant", 500112)
	c.redeem(grant.with(fields{"client_id": sandbox.GraphClientID})).denied(400, "invalid_grant", 70000)
	a := c.redeem(grant).ok(200)
	c.redeem(grant).denied(400, "invalid_grant", 54005)
	c.with(a.text("access_token")).create(adele, "{}").ok(201)
	id, access := payload(t, a.text("id_token")), payload(t, a.text("access_token"))
	if id["nonce"] != "n" || id["preferred_username"] != helpdesk || id["iss"] != loginHost+"/"+sandbox.TenantID+"/v2.0" || id["aud"] != sandbox.HelpdeskClientID || id["oid"] != access["oid"] {
		t.Errorf("the id token: %v", id)
	}
	if access["idtyp"] != "user" || !strings.Contains(fmt.Sprint(access["scp"]), "AuditLog.Read.All") || access["xms_cc"] != nil || a.object["expires_in"] != 3600.0 {
		t.Errorf("the access token holds all that was consented to: %v", access)
	}
	late := c.authorize(nil).Get("code")
	c.clock(`{"advance":"11m"}`)
	c.redeem(codeGrant(late)).denied(400, "invalid_grant", 70008)
}

func TestHowABrowserIsLedBack(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	const path = "/organizations/oauth2/v2.0/authorize"
	page := string(c.ask("GET", path, browser.with(fields{"response_mode": "form_post", "state": `"><b>`})).ok(200).body)
	for _, want := range []string{`<form method="POST" action="http://localhost:51234">`, `name="code" value="`, `value="&#34;&gt;&lt;b&gt;"`} {
		if !strings.Contains(page, want) {
			t.Errorf("form_post has no %s: %s", want, page)
		}
	}
	if to := c.ask("GET", path, browser.with(fields{"response_mode": "fragment"})).header.Get("Location"); !strings.HasPrefix(to, "http://localhost:51234#code=") {
		t.Errorf("fragment: %s", to)
	}
	choose := string(c.ask("GET", path, browser.with(fields{"login_hint": ""})).ok(200).body)
	if strings.Contains(choose, "<script>") || !strings.Contains(choose, "&lt;script&gt;") {
		t.Errorf("names are not escaped: %s", choose)
	}
	link := regexp.MustCompile(`href="(\?[^"]*)">Isaiah Langer`).FindStringSubmatch(choose)
	if link == nil {
		t.Fatalf("the page does not offer Isaiah: %s", choose)
	}
	q, _ := url.ParseQuery(html.UnescapeString(link[1])[1:])
	f := fields{}
	for name := range q {
		f[name] = q.Get(name)
	}
	if to := c.ask("GET", path, f).ok(302).header.Get("Location"); !strings.Contains(to, "code=") {
		t.Errorf("the choice led to %s", to)
	}
	for name, f := range map[string]fields{"700016": {"client_id": sandbox.TenantID}, "50011": {"redirect_uri": "http://evil.example"}, "900144": {"client_id": ""}} {
		a := c.ask("GET", path, browser.with(f)).ok(400)
		if !strings.Contains(string(a.body), "AADSTS"+name+":") || a.header.Get("Location") != "" {
			t.Errorf("%s: %s", name, a.body)
		}
	}
}

func TestABrowserIsRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		control [2]string
		form    fields
		oauth   string
		code    int
	}{
		"no consent":       {[2]string{"consents", `{"appId":"` + sandbox.HelpdeskClientID + `","remove":true,"permissions":["userauthenticationmethod.readwrite.all"]}`}, nil, "consent_required", 65001},
		"never asked":      {form: fields{"scope": "Policy.ReadWrite.AuthenticationMethod"}, oauth: "consent_required", code: 65001},
		"declined":         {[2]string{"choice", `{"decline":true}`}, nil, "access_denied", 65004},
		"declined by page": {form: fields{"sandbox_choice": "decline"}, oauth: "access_denied", code: 65004},
		"unknown person":   {form: fields{"login_hint": "nobody@contoso.com"}, oauth: "access_denied", code: 50034},
		"disabled person":  {form: fields{"login_hint": newHire}, oauth: "access_denied", code: 50057},
		"blocked":          {[2]string{"sessions", `{"user":"` + helpdesk + `","trouble":53003}`}, nil, "access_denied", 53003},
		"without a page":   {form: fields{"login_hint": "", "prompt": "none"}, oauth: "login_required", code: 50058},
		"response type":    {form: fields{"response_type": "id_token"}, oauth: "unsupported_response_type", code: 70005},
		"response mode":    {form: fields{"response_mode": "web_message"}, oauth: "invalid_request", code: 70007},
		"challenge method": {form: fields{"code_challenge_method": "S512"}, oauth: "invalid_request", code: 501491},
		"no challenge":     {form: fields{"code_challenge": ""}, oauth: "invalid_request", code: 501491},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := contoso(t)
			if tc.control[0] != "" {
				c.control(tc.control[0], tc.control[1])
			}
			got := c.authorize(tc.form)
			if got.Get("error") != tc.oauth || !strings.HasPrefix(got.Get("error_description"), fmt.Sprintf("AADSTS%d: ", tc.code)) || got.Get("code") != "" {
				t.Errorf("want %s %d, got %v", tc.oauth, tc.code, got)
			}
		})
	}
}

func TestASignInGoesOn(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	first := c.person(nil)
	refresh := fields{"grant_type": "refresh_token", "client_id": sandbox.HelpdeskClientID, "refresh_token": first.text("refresh_token"), "scope": browser["scope"]}
	second := c.redeem(refresh).ok(200)
	c.with(second.text("access_token")).create(adele, "{}").ok(201)
	c.redeem(refresh.with(fields{"client_id": sandbox.GraphClientID})).denied(400, "invalid_grant", 70000)
	c.redeem(refresh.with(fields{"refresh_token": first.text("access_token")})).denied(400, "invalid_grant", 70000)
	c.redeem(refresh.with(fields{"refresh_token": first.text("id_token")})).denied(400, "invalid_grant", 70000)
	c.redeem(refresh.with(fields{"refresh_token": c.authorize(nil).Get("code")})).denied(400, "invalid_grant", 70000)
	c.redeem(codeGrant(first.text("refresh_token"))).denied(400, "invalid_grant", 70000)

	c.control("sessions", `{"user":"`+helpdesk+`","trouble":50076}`)
	c.redeem(refresh).denied(400, "invalid_grant", 50076)
	c.person(nil) // settles it
	c.redeem(refresh).ok(200)
	c.control("sessions", `{"user":"`+helpdesk+`","trouble":53003}`)
	c.redeem(refresh).denied(400, "invalid_grant", 53003)
	c.control("sessions", `{"user":"`+helpdesk+`","trouble":0}`)

	c.control("consents", `{"appId":"`+sandbox.HelpdeskClientID+`","remove":true,"permissions":["UserAuthenticationMethod.ReadWrite.All"]}`)
	c.redeem(refresh).denied(400, "invalid_grant", 65001)
	c.control("consents", `{"appId":"`+sandbox.HelpdeskClientID+`","user":"`+helpdesk+`","permissions":["UserAuthenticationMethod.ReadWrite.All"]}`)
	c.redeem(refresh).ok(200)
	if got := c.authorize(fields{"login_hint": admin}); !strings.HasPrefix(got.Get("error_description"), "AADSTS65001") {
		t.Errorf("one person's consent is not another's: %v", got)
	}

	c.clock(`{"advance":"2161h"}`)
	c.redeem(refresh).denied(400, "invalid_grant", 700082)
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	capable := fields{"claims": `{"access_token":{"xms_cc":{"values":["CP1"]}}}`}
	sign := func(f fields) answer {
		return c.redeem(codeGrant(c.authorize(f).Get("code")).with(f).with(fields{"login_hint": ""})).ok(200)
	}
	told, deaf := sign(capable), sign(nil)
	c.control("sessions", `{"user":"`+helpdesk+`","revoke":true}`)
	refused := c.with(told.text("access_token")).create(adele, "{}").ok(401)
	if h := refused.header.Get("WWW-Authenticate"); !strings.Contains(h, `error="insufficient_claims", claims="`) {
		t.Errorf("no challenge: %s", h)
	}
	c.with(deaf.text("access_token")).create(adele, "{}").ok(201)
	refresh := fields{"grant_type": "refresh_token", "client_id": sandbox.HelpdeskClientID, "refresh_token": told.text("refresh_token")}
	c.redeem(refresh).denied(400, "invalid_grant", 50173)
	c.with(sign(capable).text("access_token")).create(adele, "{}").ok(201)

	c.control("sessions", `{"user":"`+helpdesk+`","demand":"c1"}`)
	before := sign(nil)
	c.with(before.text("access_token")).create(adele, "{}").ok(401)
	demanded := fields{"claims": `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`}
	c.redeem(refresh.with(fields{"refresh_token": before.text("refresh_token")}).with(demanded)).denied(400, "invalid_grant", 50076)
	c.with(sign(demanded).text("access_token")).create(adele, "{}").ok(201)
}

func TestADeviceSignsIn(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	begin := func() (answer, fields) {
		a := c.ask("POST", "/organizations/oauth2/v2.0/devicecode", fields{"client_id": sandbox.HelpdeskClientID, "scope": browser["scope"]}).ok(200)
		return a, fields{"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "client_id": sandbox.HelpdeskClientID, "device_code": a.text("device_code")}
	}
	page := func(f fields) answer { return c.ask("POST", "/common/oauth2/deviceauth", f) }
	a, poll := begin()
	if a.text("verification_uri") != loginHost+"/common/oauth2/deviceauth" || a.object["interval"] != 5.0 || a.object["expires_in"] != 900.0 {
		t.Errorf("begun: %s", a.body)
	}
	c.ask("GET", "/common/oauth2/deviceauth", fields{"otc": a.text("user_code")}).ok(200)
	c.redeem(poll).denied(400, "authorization_pending", 70016)
	page(fields{"otc": "WRONG", "user": helpdesk}).ok(400)
	page(fields{"otc": a.text("user_code"), "user": newHire}).ok(400)
	c.redeem(poll).denied(400, "authorization_pending", 70016)
	page(fields{"otc": strings.ToLower(a.text("user_code")), "user": helpdesk}).ok(200)
	c.with(c.redeem(poll).ok(200).text("access_token")).create(adele, "{}").ok(201)
	c.redeem(poll).denied(400, "bad_verification_code", 70018)

	a, poll = begin()
	page(fields{"otc": a.text("user_code"), "decline": "1"}).ok(200)
	c.redeem(poll).denied(400, "authorization_declined", 65004)

	_, poll = begin()
	c.control("choice", `{"user":"`+helpdesk+`"}`)
	c.redeem(poll).ok(200)
	_, poll = begin() // the choice was for one sign-in
	c.redeem(poll).denied(400, "authorization_pending", 70016)
	c.redeem(poll.with(fields{"client_id": sandbox.GraphClientID})).denied(400, "bad_verification_code", 70018)
	c.clock(`{"advance":"15m"}`)
	c.redeem(poll).denied(400, "expired_token", 70020)
	c.ask("POST", "/organizations/oauth2/v2.0/devicecode", fields{"client_id": sandbox.AutomationClientID, "scope": allGraph}).denied(401, "invalid_client", 7000218)
}

func TestTokensThatGraphRefuses(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	token := c.redeem(automation).text("access_token")
	list := func(token string) answer { return c.with(token).get(passesOf(adele)) }
	list(token).ok(200)
	parts := strings.Split(token, ".")
	claims := payload(t, token)
	claims["roles"] = []string{"Directory.ReadWrite.All"}
	key, _ := newKey(t, time.Now().Add(time.Hour))
	forged := signed(t, key, map[string]any{"alg": "RS256", "typ": "JWT"}, claims)
	const code = "InvalidAuthenticationToken"
	list(forged).fails(401, code, "Access token validation failure. Invalid signature.")
	list(parts[0]+"."+strings.Split(forged, ".")[1]+"."+parts[2]).fails(401, code, "Access token validation failure. Invalid signature.")
	vault := c.redeem(automation.with(fields{"scope": "https://vault.azure.net/.default"})).ok(200).text("access_token")
	list(vault).fails(401, code, "Access token validation failure. Invalid audience.")
	list(c.person(nil).text("id_token")).fails(401, code, "Access token validation failure. Invalid audience.")
	list(c.person(nil).text("refresh_token")).fails(401, code, "Access token validation failure. Invalid audience.")
	list(contoso(t).redeem(automation).text("access_token")).fails(401, code, "Access token validation failure. Invalid signature.")
	c.control("lifetimes", `{"accessToken":"5m"}`)
	short := c.redeem(automation).text("access_token")
	c.clock(`{"advance":"5m"}`)
	list(short).fails(401, code, "Lifetime validation failed, the token is expired.")
	c.clock(`{"advance":"-2h"}`)
	list(token).fails(401, code, "Lifetime validation failed, the token is not yet valid.")
}

func TestARoleHasToBeActivated(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	token := c.person(nil).text("access_token")
	role := func(state string) {
		t.Helper()
		c.control("roles", `{"user":"`+helpdesk+`","role":"Authentication Administrator","state":"`+state+`"}`)
	}
	activatable := func() (n int) {
		for _, a := range c.get("/v1.0/roleManagement/directory/roleEligibilityScheduleInstances").values() {
			if a["principalId"] == c.id(helpdesk) {
				n++
			}
		}
		return n
	}
	role("eligible")
	c.with(token).create(adele, "{}").fails(403, "accessDenied", "Request Authorization failed")
	role("active")
	c.with(token).create(adele, "{}").ok(201)
	if n := activatable(); n != 1 {
		t.Errorf("an activated role can be activated %d times over", n)
	}
	role("none")
	if n := activatable(); n != 0 {
		t.Errorf("a role that is gone can be activated %d times over", n)
	}
	c.with(token).create(adele, "{}").ok(403)
	c.create(adele, "{}").ok(403) // for today's callers as well
	c.do("POST", "/sandbox/reset", "").ok(204)
	c.with(token).create(adele, "{}").ok(201)
	c.do("POST", "/sandbox/roles", `{"user":"`+helpdesk+`","role":"Gardener","state":"active"}`).ok(400)
}

func TestAuthorityMetadata(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	meta := c.ask("GET", "/contoso.com/v2.0/.well-known/openid-configuration", nil).ok(200)
	if meta.text("issuer") != loginHost+"/"+sandbox.TenantID+"/v2.0" || meta.text("token_endpoint") != loginHost+"/contoso.com/oauth2/v2.0/token" {
		t.Errorf("metadata: %s", meta.body)
	}
	c.ask("GET", "/fabrikam.com/v2.0/.well-known/openid-configuration", nil).denied(400, "invalid_tenant", 90002)
	c.ask("GET", "/common/discovery/instance", fields{"authorization_endpoint": loginHost + "/common/oauth2/v2.0/authorize"}).ok(200)
	c.ask("GET", "/common/discovery/instance", fields{"authorization_endpoint": "https://evil.example/x"}).denied(400, "invalid_instance", 50049)
	c.ask("GET", tokenPath, nil).denied(404, "invalid_request", 900561)
	if to := c.ask("GET", "/common/oauth2/v2.0/logout", fields{"post_logout_redirect_uri": "http://localhost:1"}).ok(302).header.Get("Location"); to != "http://localhost:1" {
		t.Errorf("logout: %s", to)
	}
	if a := c.ask("GET", "/common/oauth2/v2.0/logout", fields{"post_logout_redirect_uri": "https://evil.example"}).ok(200); a.header.Get("Location") != "" {
		t.Errorf("logout leads anywhere: %v", a.header)
	}
	c.do("GET", "/common/discovery/v2.0/keys", "").fails(400, "badRequest", "The authority is served over TLS alone: tap sandbox serve --tls.")
}

func TestTheAuthorityIsControlled(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.control("registrations", `{"appId":"`+strings.ToUpper(sandbox.AutomationClientID)+`","secrets":[{"value":"another-secret"}]}`)
	c.redeem(automation).denied(401, "invalid_client", 7000215)
	c.redeem(automation.with(fields{"client_secret": "another-secret"})).ok(200)
	for _, refused := range [][2]string{
		{"registrations", `{"appId":"x"}`}, {"registrations", `{"appId":"` + sandbox.AutomationClientID + `","certificates":["x"]}`},
		{"registrations", `{"appId":"` + sandbox.AutomationClientID + `","federated":[{"issuer":"x"}]}`}, {"registrations", `{"unknown":1}`},
		{"consents", `{"appId":"` + sandbox.AutomationClientID + `","user":"nobody"}`}, {"lifetimes", `{"accessToken":"-1m"}`},
		{"sessions", `{"user":"` + helpdesk + `","trouble":1}`}, {"choice", `{"user":"nobody"}`}, {"choice", `{"user":"` + helpdesk + `","decline":true}`},
	} {
		c.do("POST", "/sandbox/"+refused[0], refused[1]).ok(400)
	}
	info := c.do("GET", "/sandbox/authority", "").ok(200)
	if strings.Contains(string(info.body), "another-secret") || !strings.Contains(string(info.body), sandbox.GraphClientID) {
		t.Errorf("what the authority knows: %s", info.body)
	}
	c.do("POST", "/sandbox/reset", "").ok(204)
	c.redeem(automation).ok(200)
}

func TestOnlyItsOwnPageSendsForms(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	server := httptest.NewTLSServer(c.tenant.Handler())
	t.Cleanup(server.Close)
	for origin, want := range map[string]int{server.URL: 400, "https://evil.example": 403, "null": 403, "": 400} {
		r, _ := http.NewRequest("POST", server.URL+"/common/oauth2/deviceauth", strings.NewReader("otc=x"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		res, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("from %q: %d, want %d", origin, res.StatusCode, want)
		}
	}
	r, _ := http.NewRequest("GET", server.URL+"/v1.0/users/"+adele, nil)
	r.Header.Set("Origin", server.URL)
	if res, err := server.Client().Do(r); err != nil || res.StatusCode != 403 {
		t.Errorf("a page calls Graph: %v, %v", res, err)
	} else {
		res.Body.Close()
	}
}
