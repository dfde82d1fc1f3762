package root

import (
	"context"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// rehearses reports whether a flag of a sign-in counts at a sandbox that is an authority, too, because it is served over TLS: whom
// to trust, and with `tap login` how a person signs in.
func (fl *flags) rehearses(flag string, isLogin bool) bool {
	if !fl.isAuthority() {
		return false
	}
	return flag == "ca-file" || flag == "auth" && isLogin && !fl.kind.Application()
}

// isAuthority reports whether the flags name a sandbox that is an authority.
func (fl *flags) isAuthority() bool { return isHTTPS(fl.sandboxURL) }

func isHTTPS(address string) bool { return strings.HasPrefix(strings.ToLower(address), "https://") }

// unrehearsed refuses a sandbox in which nobody signs in, and a caller who does not.
func (o *opener) unrehearsed() error {
	switch {
	case o.flags.isAuthority() && o.process.cmd.Flags().Changed("sandbox-as"):
		return errs.Usage("whom --sandbox-as names signs in nowhere: who signs in, the sandbox's page asks", "without --sandbox-as")
	case o.flags.isAuthority():
		return nil
	}
	return errs.Usage("nobody signs in to this sandbox or out of it: --sandbox-as says who calls. One that is served over TLS is an authority",
		"tap sandbox serve --tls", "tap "+o.flags.sandboxFlag()+" whoami")
}

// rehearsal is a person's sign-in at the sandbox. No setting, variable or credential of a real one is in it.
func (o *opener) rehearsal(s *cmdutil.Sandbox) auth.Config {
	return auth.Config{
		Kind: auth.Browser, Cloud: auth.SandboxCloud(s.URL), Say: o.say.Prompt, Memory: o.memory(), Unattended: !o.canAsk(),
		Transport: client(s.Client.Transport), DisableInstanceDiscovery: true,
	}
}

// rehearsedLogin signs a person in anew at the sandbox.
func (o *opener) rehearsedLogin(ctx context.Context) (*cmdutil.Session, error) {
	if err := o.unrehearsed(); err != nil {
		return nil, err
	}
	s, err := o.control(ctx)
	if err != nil {
		return nil, err
	}
	a, err := ask(ctx, s, defaultCaller)
	if err != nil {
		return nil, err
	}
	cfg := o.rehearsal(s)
	if o.process.cmd.Flags().Changed("auth") && !o.undecided() {
		cfg.Kind = o.flags.kind
	}
	scopes := o.ask(&cfg, o.loginPermissions())
	token, err := auth.SignIn(ctx, cfg, scopes)
	if err != nil {
		return nil, err
	}
	return &cmdutil.Session{
		Sandbox: true, Cloud: "sandbox", TenantName: a.DisplayName, Kind: cfg.Kind, Caller: auth.Describe(token.Token), Expires: token.ExpiresOn,
		Account: cfg.Memory.Find(cfg),
	}, nil
}

// rehearsed is who signed in to the sandbox and is remembered, by a token that carries these permissions; nil for nobody, and where a caller
// is named. whoOnly: who only wants to know is not asked.
func (o *opener) rehearsed(ctx context.Context, s *cmdutil.Sandbox, permissions asked, whoOnly bool) (*rehearsed, error) {
	if !o.flags.isAuthority() || o.process.cmd.Flags().Changed("sandbox-as") {
		return nil, nil //nolint:nilnil // nobody is no error
	}
	cfg := o.rehearsal(s)
	cfg.Kind = cfg.Memory.Latest(cfg)
	account := cfg.Memory.Find(cfg)
	if account == nil {
		return nil, nil //nolint:nilnil // likewise
	}
	cfg.Unattended = cfg.Unattended || whoOnly || cfg.Kind == auth.DeviceCode // one is shown to nobody who did not ask for it
	r := &rehearsed{kind: cfg.Kind, account: account}
	r.Scopes = o.ask(&cfg, permissions)
	var err error
	if r.Credential, err = auth.NewCredential(cfg); err != nil {
		return nil, err
	}
	token, err := r.Credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: r.Scopes, EnableCAE: true})
	if err != nil {
		return nil, err
	}
	o.process.login.Store(new(cfg.Login()))
	r.who, r.expires = auth.Describe(token.Token), token.ExpiresOn
	return r, nil
}

// rehearsed is who signed in to the sandbox.
type rehearsed struct {
	entrance
	kind    auth.Kind
	account *auth.Account
}
