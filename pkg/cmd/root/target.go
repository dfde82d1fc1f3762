package root

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-5ddf9a5e/tap/pkg/audit"
	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/build"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/denial"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/graph"
	"github.com/seed-5ddf9a5e/tap/pkg/keyvault"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	policyrules "github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/record"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// opener opens what the flags name, for the Factory.
type opener struct {
	process *Process
	flags   *flags
	say     *cmdutil.Say
	way     http.RoundTripper // the network, once it was needed
}

// target opens the tenant: the sandbox, or the one that a sign-in leads to.
func (o *opener) target(ctx context.Context) (*cmdutil.Target, error) {
	if err := o.admit(); err != nil {
		return nil, err
	}
	if o.flags.isSandbox() {
		return o.sandboxTarget(ctx)
	}
	cfg, err := o.signIn()
	cfg = o.recalled(cfg)
	if o.flags.least {
		if refusal := leastPrivilege(cfg); refusal != nil {
			return nil, refusal
		}
	}
	if err != nil {
		return nil, err
	}
	in, err := o.enter(ctx, cfg, o.permissions())
	if err != nil {
		return nil, err
	}
	who := in.who
	t := &cmdutil.Target{
		Cloud:    cfg.Cloud.Name,
		TenantID: who.TenantID,
		SignIn:   cfg.Cloud.SignIn,
		Identity: record.Identity{Name: who.Name, ID: who.ID, Kind: string(cfg.Kind)},
		Title:    o.profileTitle() + fmt.Sprintf("tenant %s, cloud %s, signed in as %s", who.TenantID, cfg.Cloud.Name, who.Name),
		Desk:     pass.Desk{Application: cfg.Kind.Application(), Caller: who.ID, Permissions: who.Permissions, Now: time.Now},
	}
	if err := o.confirmTenant(ctx, t); err != nil {
		return nil, err
	}
	t.Vault = func(url string) (rollout.Vault, error) { return o.vault(cfg, in.Credential, url) }
	return o.withDesk(t, in.Config)
}

// entrance is a sign-in that led to the tenant that was meant, and how its Graph is reached.
type entrance struct {
	graph.Config
	who     auth.Caller
	expires time.Time // of the token
}

// enter signs in with these permissions.
func (o *opener) enter(ctx context.Context, cfg auth.Config, permissions asked) (in entrance, err error) {
	in.Root, in.Scopes = cfg.Cloud.GraphRoot, o.ask(&cfg, permissions)
	if in.Version, err = o.version(cfg.Cloud); err != nil {
		return in, err
	}
	if in.Credential, err = auth.NewCredential(cfg); err != nil {
		return in, err
	}
	token, err := in.Credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: in.Scopes, EnableCAE: true})
	if err != nil {
		return in, err
	}
	if !cfg.Kind.Application() {
		o.process.login.Store(new(cfg.Login()))
	}
	in.who, in.expires = auth.Describe(token.Token), token.ExpiresOn
	return in, cfg.Led(in.who.TenantID)
}

// vaultAddress reads the address of a vault of the cloud.
func (o *opener) vaultAddress(typed string) (string, error) {
	if o.flags.isSandbox() {
		return "", noVault()
	}
	cloud := o.flags.cloud
	if cloud.Name == "" {
		cloud, _ = auth.ParseCloud("global")
	}
	return keyvault.Address(typed, cloud.VaultSuffix)
}

// reports finds out whether there are reports and logs in the cloud. The sandbox has them.
func (o *opener) reports(ways ...string) error {
	if o.flags.isSandbox() {
		return nil
	}
	return o.flags.cloud.Reports(ways...)
}

func noVault() error {
	return errs.Usage("the sandbox has no vault, and none that is real is opened from it", "--out passes.csv")
}

// vault opens a vault of the cloud with the sign-in.
func (o *opener) vault(cfg auth.Config, cred azcore.TokenCredential, url string) (rollout.Vault, error) {
	way, err := o.network()
	if err != nil {
		return nil, err
	}
	trace := o.trace()
	c := keyvault.Config{URL: url, Suffix: cfg.Cloud.VaultSuffix, Credential: cred, UserAgent: userAgent(), Transport: way}
	if trace != nil {
		c.Trace = func(x keyvault.Exchange) { trace(graph.Exchange(x)) }
	}
	return keyvault.New(c)
}

func userAgent() string { return "tap/" + build.Read().Version }

// signIn decides how to sign in, and to what.
func (o *opener) signIn() (auth.Config, error) {
	fl := o.flags
	canAsk := o.canAsk()
	cfg, err := auth.Said{
		Kind: fl.kind, Tenant: fl.tenant, ClientID: fl.clientID,
		SecretFile: fl.secretFile, Certificate: fl.certificate, PasswordFile: fl.passwordFile, TokenFile: fl.tokenFile, Service: fl.connection,
		Origin: o.process.chosen.Find, Getenv: o.process.Getenv, CanAsk: canAsk || o.process.couldAsk,
	}.Decide()
	cfg.Unattended = cfg.Unattended || o.process.part != nil
	cfg.Cloud, cfg.Say = fl.cloud, o.say.Prompt
	if cfg.Cloud.Name == "" {
		cfg.Cloud, _ = auth.ParseCloud("global")
	}
	if err != nil {
		return cfg, err // a doctor looks at the cloud all the same
	}
	cfg.DisableInstanceDiscovery, cfg.Memory = cfg.Cloud.Further, o.memory()
	find := o.process.chosen.Find
	cfg.Secret = o.secretSource(auth.SecretSource{Of: auth.OfClient(), File: fl.secretFile, From: find("client-secret-file").Source}, "Client secret", canAsk)
	cfg.Password = o.secretSource(auth.SecretSource{Of: auth.OfCertificate(), File: fl.passwordFile, From: find("client-certificate-password-file").Source}, "Password of "+cfg.Certificate, canAsk)
	if err := cfg.Validate(); err != nil {
		return cfg, err
	}
	way, err := o.network()
	if err != nil {
		return cfg, err
	}
	cfg.Transport = client(way)
	return cfg, nil
}

// secretSource is where a secret of the sign-in comes from, which asks only where somebody is there.
func (o *opener) secretSource(source auth.SecretSource, question string, canAsk bool) func(context.Context) (secret.Text, error) {
	source.Getenv, source.Stdin = o.process.Getenv, o.process.Streams.In
	if canAsk {
		source.Prompt = func(ctx context.Context) (secret.Text, error) {
			return cmdutil.AskSecret(ctx, o.process.Streams, question)
		}
	}
	return source.Read
}

// withDesk puts a Graph client and the rules over it into t, whose Desk knows already who calls and the time.
func (o *opener) withDesk(t *cmdutil.Target, c graph.Config) (*cmdutil.Target, error) {
	c.UserAgent = userAgent()
	c.Trace = o.trace()
	c.Late = o.process.Late
	c.Waiting = func(d time.Duration, why error) {
		o.say.Notice(fmt.Sprintf("waiting %s for the service: %v", d.Round(time.Second), why))
	}
	if c.Transport == nil {
		way, err := o.network()
		if err != nil {
			return nil, err
		}
		c.Transport = way
	}
	if o.process.Wrap != nil && c.Transport != nil {
		c.Transport = o.process.Wrap(c.Transport)
	}
	client, err := graph.New(c)
	if err != nil {
		return nil, err
	}
	directory := denial.Remember(client)
	denials := denial.Desk{Directory: directory, Application: t.Desk.Application, Caller: t.Desk.Caller, Permissions: t.Desk.Permissions}
	t.Policy = policyrules.Desk{Service: client, Notice: o.say.Notice, Denials: denials}
	t.Audit = audit.Desk{Log: client, Denials: denials}
	t.Desk.Passes, t.Desk.People, t.Desk.Policy, t.Desk.Directory = client, client, client, directory
	t.Desk.Methods, t.Desk.TellsUse = client, c.Version == "beta"
	t.Many, t.All, t.Late, t.Records, t.Evidence, t.Name = graph.Batches{Client: client}, client, o.process.Late, client, client, client.TenantName
	t.Desk.Notice, t.Desk.Pause = o.say.Notice, pause
	t.Desk.Strict = o.process.chosen.Machine.Strict
	return t, o.recorded(t)
}

// pause waits, unless the command ends before.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// trace shows each request as -v and --debug ask for: no body, no token, no header that is not named here.
func (o *opener) trace() func(graph.Exchange) {
	if !o.flags.verbose && !o.flags.debug {
		return nil
	}
	return func(x graph.Exchange) {
		line := fmt.Sprintf("tap: request: %s %s: %d in %s", x.Method, x.URL, x.Status, x.Took.Round(time.Millisecond))
		if o.flags.debug {
			line += fmt.Sprintf(", client-request-id %s, request-id %s", x.ClientRequestID, x.RequestID)
		}
		if x.Err != nil {
			line += ": " + x.Err.Error()
		}
		o.say.Line(line)
	}
}

// bearer is the sandbox's token: a name, no secret, good for nothing else.
type bearer string

func (b bearer) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(b), ExpiresOn: time.Now().Add(time.Hour)}, nil
}
