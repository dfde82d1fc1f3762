package auth

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// advice says in plain words what a refusal means, and what mends it.
type advice struct {
	names []string  // codes of AADSTS without the letters, and names of OAuth errors
	slug  errs.Slug // empty: auth
	why   string    // with the placeholders of the method of that name
	hints []string  // likewise
}

// adviceFor returns the advice for the refusal. Its code says more than its OAuth name.
func adviceFor(f *fault) (advice, bool) {
	table := slices.Concat(applicationAdvice(), assertionAdvice(), personAdvice(), tenantAdvice(), flowAdvice())
	for _, name := range []string{f.code, f.oauth} {
		for _, a := range table {
			if name != "" && slices.Contains(a.names, name) {
				return a, true
			}
		}
	}
	return advice{}, false
}

// The codes of the tables below and their meanings:
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes (2024-04-24).
// Microsoft may change them at any time: a code that is missing here is shown as it came.

// applicationAdvice is about the client: its secret, its registration, its consent.
func applicationAdvice() []advice {
	return []advice{
		{[]string{"7000215", "70002"}, "", "the client secret is wrong: it is the secret's value that is needed, not its id",
			[]string{"read -rs TAP_CLIENT_SECRET && export TAP_CLIENT_SECRET", "az ad app credential reset --id {client} --append"}},
		{[]string{"7000222"}, "", "the {credential} has expired",
			[]string{"az ad app credential reset --id {client} --append"}},
		{[]string{"700016", "700011"}, "", "the tenant does not know the application {client}",
			[]string{"--client-id CLIENT_ID", "--tenant TENANT", "az ad sp create --id {client}"}},
		{[]string{"7000112", "70001", "1000031"}, "", "the application {client} is disabled in the tenant",
			[]string{"az ad sp update --id {client} --set accountEnabled=true"}},
		{[]string{"7000218"}, "", "the application {client} is not open to people: public client flows are not enabled for it",
			[]string{"az ad app update --id {client} --is-fallback-public-client true"}},
		{[]string{"700025"}, "", "the application {client} is a public client and takes no secret",
			[]string{"--auth browser", "az ad app update --id {client} --is-fallback-public-client false"}},
		{[]string{"50011", "900971", "500113"}, "", "the application {client} does not allow to be signed in to at http://localhost",
			[]string{"az ad app update --id {client} --public-client-redirect-uris http://localhost"}},
		{unconsented(), "",
			"nobody has consented that the application {client} may use {permissions}: an administrator can", []string{"{consent}"}},
		{[]string{"65002"}, "", "Microsoft's application {client} cannot have {permissions}: use one of your own",
			[]string{"--client-id CLIENT_ID"}},
	}
}

// assertionAdvice is about certificates, and about tokens of other issuers. That 7000222 and 700027 tell an end is seen in the field:
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations has the codes of federation.
func assertionAdvice() []advice {
	list := "az ad app federated-credential list --id {client} --query \"[].{name:name,issuer:issuer,subject:subject,audiences:audiences}\""
	return []advice{
		{[]string{"700027"}, "", "the certificate is not one that is registered with the application {client}, or no longer valid",
			[]string{"az ad app credential list --id {client} --cert", "az ad app credential reset --id {client} --cert @tap.crt --append"}},
		{[]string{"700026", "7000216", "7000217"}, "", "the application {client} has no certificate and no secret",
			[]string{"az ad app credential reset --id {client} --cert @tap.crt --append"}},
		{[]string{"700024"}, "", "what this machine signed or was given is not valid at this time: {clock}", []string{"date -u"}},
		{[]string{"700213", "70021"}, "", "no federated credential of the application {client} is for the subject {subject}", []string{list}},
		{[]string{"700211"}, "", "no federated credential of the application {client} is for the issuer {issuer}", []string{list}},
		{[]string{"700212"}, "", "no federated credential of the application {client} is for the audience {audience}", []string{list}},
		{[]string{"700021", "700023"}, "", "what was signed is for another application or another authority than {client} at {authority}", []string{"--client-id CLIENT_ID"}},
		{[]string{"50013", "500133", "7002138"}, "", "the authority does not accept what was signed: the issuer's keys or the time do not fit; {clock}", []string{"date -u", list}},
		{[]string{"700222", "7002221"}, "", "a token of Microsoft Entra itself cannot stand for another issuer's", []string{list}},
	}
}

// personAdvice is about the person who signs in, and what is asked of the sign-in.
func personAdvice() []advice {
	again := []string{"--auth browser"}
	return []advice{
		{[]string{"50105"}, "", "this user is not assigned to the application {client}: an administrator assigns users under Enterprise applications",
			[]string{"az ad sp show --id {client} --query \"{name:displayName,assignmentRequired:appRoleAssignmentRequired}\""}},
		{[]string{"530033"}, "", "a Conditional Access policy blocks sign-ins by device code", again},
		{[]string{"53003", "53000", "53001", "53002", "50005", "50131", "530032", "530035"}, "",
			"a Conditional Access policy blocks this sign-in", again},
		{[]string{"50076", "50074", "50078", "50072", "50079", "50158", "53004", "interaction_required"}, "",
			"a sign-in with a second factor is needed", again},
		{[]string{"70043", "70008", "700082", "700084", "50173", "50132", "50133", "50089", "70000", "700020"}, "",
			"the earlier sign-in has run out: a fresh one is needed", again},
		{[]string{"65004"}, "", "the permissions were declined at the sign-in", []string{"{consent}"}},
		{[]string{"50020", "50034", "51004", "50014", "90072", "16000", "16003", "500208"}, "",
			"the tenant does not know this user: the sign-in was with another account, or to another tenant", []string{"--tenant TENANT"}},
		{[]string{"50053"}, "", "this user is locked for a while, or the sign-in came from a suspicious address", nil},
		{[]string{"50055", "50144"}, "", "this user's password has expired", []string{"https://aka.ms/sspr"}},
		{[]string{"50057"}, "", "this user is disabled", nil},
		{[]string{"50126"}, "", "the user name or the password is wrong", again},
	}
}

// tenantAdvice is about the tenant and its cloud.
func tenantAdvice() []advice {
	return []advice{
		{[]string{"90002", "900023", "invalid_tenant"}, "", "no tenant {tenant} is known at {authority}", []string{"--tenant TENANT", "--cloud {other}"}},
		{[]string{"90038", "900382", "900432"}, "", "the tenant {tenant} belongs to another cloud than {cloud}", []string{"--cloud {other}"}},
		{[]string{"50059", "50128", "90019"}, "", "nothing says which tenant to sign in to", []string{"--tenant TENANT"}},
		{[]string{"50194", "9001023", "90130"}, "", "the application {client} works in its own tenant only, which must be named", []string{"--tenant TENANT"}},
		{[]string{"500011", "650052"}, "", "the tenant {tenant} has no Microsoft Graph of the cloud {cloud}", []string{"--cloud {other}"}},
		{[]string{"50002", "500021", "500022"}, "", "this network lets nobody sign in to the tenant {tenant} (tenant restrictions)", nil},
		{[]string{"500212", "500213"}, "", "a cross-tenant access policy keeps this user out of the tenant {tenant}", nil},
	}
}

// flowAdvice is about the flow itself, and about an authority that is not well.
func flowAdvice() []advice {
	return []advice{
		{[]string{"70019", "70020", "expired_token"}, "", "the code ran out before anybody entered it", []string{"--auth browser"}},
		{[]string{"70018", "bad_verification_code"}, "", "the code was not the one that was shown", nil},
		{[]string{"authorization_declined", "access_denied"}, "", "the sign-in was declined", nil},
		{[]string{"50196"}, errs.Busy, "too many sign-ins in a short time: wait five minutes", nil},
		{[]string{"50033", "50087", "50088", "90006", "90012", "90024", "90033", "90055", "90090", "90091"}, errs.Busy,
			"{authority} cannot answer at the moment", nil},
	}
}

// placeholders fills in what the tables leave open. All values were checked by Validate, made plain or compiled in.
func (c *credential) placeholders(x *exchange, skew time.Duration) *strings.Replacer {
	other := "usgov"
	if c.config.Cloud.Name != "global" {
		other = "global"
	}
	return strings.NewReplacer(
		"{audience}", cmp.Or(x.bearer.audience, "that was presented"),
		"{authority}", c.config.authority(),
		"{client}", c.config.client(),
		"{clock}", clock(skew),
		"{cloud}", c.config.Cloud.Name,
		"{consent}", c.consent(x.scopes),
		"{credential}", c.config.Kind.credential(),
		"{issuer}", cmp.Or(x.bearer.issuer, "that was presented"),
		"{other}", other,
		"{permissions}", c.permissions(x.scopes),
		"{subject}", cmp.Or(x.bearer.subject, "that was presented"),
		"{tenant}", c.config.tenant(),
	)
}

// credential is what an application of this kind signs in with, for people.
func (k Kind) credential() string {
	switch k {
	case ClientCertificate:
		return "certificate"
	case WorkloadIdentity, GitHubActions, AzurePipelines:
		return "federated token"
	}
	return "client secret"
}

// clock says how far this machine's clock is off, where the authority's Date tells.
func clock(skew time.Duration) string {
	switch {
	case skew > 90*time.Second:
		return "the clock of this machine is " + skew.Round(time.Minute).String() + " ahead"
	case skew < -90*time.Second:
		return "the clock of this machine is " + (-skew).Round(time.Minute).String() + " behind"
	}
	return "it has run out, or a clock is wrong, and not this machine's against the authority's"
}

// typed fills the hints in and leaves out the one that says what is being done already, or
// that would make a person of an application.
func (c *credential) typed(hints []string, fill *strings.Replacer) []string {
	var out []string
	for _, h := range hints {
		if h != "--auth browser" || c.config.Kind == DeviceCode {
			out = append(out, fill.Replace(h))
		}
	}
	return out
}

// permissions returns the names of the permissions that were asked for, for people.
func (c *credential) permissions(scopes []string) string {
	if c.config.Kind.Application() || len(scopes) == 0 {
		return "the permissions it needs"
	}
	names := make([]string, 0, len(scopes))
	for _, s := range scopes {
		names = append(names, strings.TrimPrefix(s, c.config.Cloud.GraphRoot+"/"))
	}
	return strings.Join(names, ", ")
}

// consent returns the address at which an administrator consents for the whole tenant:
// https://learn.microsoft.com/entra/identity-platform/v2-admin-consent.
func (c *credential) consent(scopes []string) string {
	root := c.config.Cloud.Authority + "/" + c.config.tenant()
	q := url.Values{"client_id": {c.config.client()}}
	if c.config.Kind.Application() {
		return root + "/adminconsent?" + q.Encode()
	}
	q.Set("redirect_uri", "http://localhost")
	q.Set("scope", strings.Join(scopes, " "))
	return root + "/v2.0/adminconsent?" + q.Encode()
}
