package root

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// memory is what remembers a person who signed in.
func (o *opener) memory() *auth.Memory {
	m := &auth.Memory{Folder: cacheFolder(o.process.Getenv), Tokens: o.process.Tokens, Warn: o.say.Warning}
	switch {
	case m.Folder == "":
		m.Tokens = auth.NoTokens("neither HOME nor XDG_CACHE_HOME is set")
	case m.Tokens == nil:
		m.Tokens = auth.SystemTokens()
	}
	return m
}

// undecided reports whether nobody said how to sign in.
func (o *opener) undecided() bool { return o.flags.kind == "" || o.flags.kind == auth.Auto }

// recalled goes on with who signed in last, where nobody said how to sign in. A device code is shown to nobody who did not ask for one.
func (o *opener) recalled(cfg auth.Config) auth.Config {
	if o.undecided() && cfg.Kind == auth.Browser && cfg.Memory.Latest(cfg) == auth.DeviceCode {
		cfg.Kind, cfg.Unattended = auth.DeviceCode, true
	}
	return cfg
}

// login signs in anew.
func (o *opener) login(ctx context.Context) (*cmdutil.Session, error) {
	if o.flags.isSandbox() {
		return o.rehearsedLogin(ctx)
	}
	cfg, err := o.signIn()
	if o.flags.least {
		if refusal := leastPrivilege(cfg); refusal != nil {
			return nil, refusal
		}
	}
	if err != nil {
		return nil, err
	}
	scopes := o.ask(&cfg, o.loginPermissions())
	token, err := auth.SignIn(ctx, cfg, scopes)
	if err != nil {
		return nil, err
	}
	who := auth.Describe(token.Token)
	if err := cfg.Led(who.TenantID); err != nil {
		_, _ = cfg.Memory.Forget(cfg) // nobody asked for this tenant
		return nil, err
	}
	return &cmdutil.Session{
		Cloud: cfg.Cloud.Name, Kind: cfg.Kind, Application: cfg.Kind.Application(), Caller: who, Expires: token.ExpiresOn, Account: cfg.Memory.Find(cfg),
	}, nil
}

// whoami tells who is signed in.
func (o *opener) whoami(ctx context.Context) (*cmdutil.Session, error) {
	if o.flags.isSandbox() {
		return o.sandboxSession(ctx)
	}
	cfg, err := o.signIn()
	if err != nil {
		return nil, err
	}
	cfg = o.recalled(cfg)
	cfg.Unattended = true
	s := &cmdutil.Session{Cloud: cfg.Cloud.Name, Kind: cfg.Kind, Application: cfg.Kind.Application(), Account: cfg.Memory.Find(cfg)}
	if s.Account == nil && !s.Application {
		return nil, &errs.Error{Slug: errs.Auth, Why: "nobody is signed in", Hints: []string{cfg.Login()}}
	}
	in, err := o.enter(ctx, cfg, whoPermissions())
	if err != nil {
		return nil, err
	}
	s.Caller, s.Expires = in.who, in.expires
	t, err := o.withDesk(&cmdutil.Target{Desk: pass.Desk{Application: s.Application, Caller: s.Caller.ID, Permissions: s.Caller.Permissions, Now: time.Now}}, in.Config)
	if err != nil {
		return nil, err
	}
	return s, o.readMore(ctx, t, s)
}

func (o *opener) sandboxSession(ctx context.Context) (*cmdutil.Session, error) {
	t, s, err := o.openSandbox(ctx, whoPermissions(), true)
	if err != nil {
		return nil, err
	}
	return s, o.readMore(ctx, t, s)
}

// readMore reads what the tenant is called, and which roles a person holds, where that is permitted.
func (o *opener) readMore(ctx context.Context, t *cmdutil.Target, s *cmdutil.Session) error {
	name, err := t.Name(ctx)
	if err := o.unread(ctx, err, "the tenant's name", permission.ReadTenant); err != nil {
		return err
	}
	s.TenantName = name
	if s.Application || s.Caller.ID == "" {
		return nil
	}
	roles, err := t.Desk.People.Roles(ctx, person.Ref(s.Caller.ID))
	if err == nil {
		s.Roles = append([]string{}, roles...)
	}
	return o.unread(ctx, err, "the roles", permission.ReadRoles)
}

// unread tells of a read that only informs and failed, whatever the reason. The error is that somebody ended the command.
func (o *opener) unread(ctx context.Context, err error, what string, by *permission.Operation) error {
	switch e := errs.Of(err); {
	case e == nil:
	case e.Slug == errs.Interrupted || e.Slug == errs.Terminated || ctx.Err() != nil:
		return err
	case e.Slug == errs.Denied:
		o.say.Notice(what + " may not be read with this sign-in (permission " + by.Least + ")")
	default:
		o.say.Notice(fmt.Sprintf("%s could not be read: %v", what, e))
	}
	return nil
}

// logout forgets whom the flags name, or everybody.
func (o *opener) logout(all bool) (*cmdutil.SignedOut, error) {
	m := o.memory()
	cfg, kinds, err := o.forgotten(all)
	if err != nil {
		return nil, err
	}
	out := &cmdutil.SignedOut{Logout: cfg.Cloud.Authority + "/common/oauth2/v2.0/logout"}
	if all {
		if out.Gone, err = m.Accounts(); err != nil {
			return nil, err
		}
		return out, m.ForgetAll()
	}
	for _, k := range kinds {
		cfg.Kind = k
		if err := cfg.Validate(); err != nil {
			return nil, err
		}
		gone, err := m.Forget(cfg)
		if err != nil {
			return nil, err
		}
		if gone != nil {
			out.Gone = append(out.Gone, *gone)
		}
	}
	out.Left, err = m.Accounts()
	return out, err
}

// forgotten is whom the flags name, and by which kinds of sign-in. A sandbox is named by its address alone.
func (o *opener) forgotten(all bool) (auth.Config, []auth.Kind, error) {
	fl, either := o.flags, []auth.Kind{auth.Browser, auth.DeviceCode}
	if fl.isSandbox() && !all {
		if err := o.unrehearsed(); err != nil {
			return auth.Config{}, nil, err
		}
		base, err := loopback(fl.sandboxURL)
		return auth.Config{Cloud: auth.SandboxCloud(base)}, either, err
	}
	cfg := auth.Config{Tenant: fl.tenant, ClientID: fl.clientID, Cloud: fl.cloud}
	if cfg.Cloud.Name == "" {
		cfg.Cloud, _ = auth.ParseCloud("global")
	}
	switch {
	case o.undecided():
		return cfg, either, nil
	case fl.kind.Application() && !all:
		return cfg, nil, errs.Usage(fmt.Sprintf("an application is not remembered (--auth %s): there is nothing to forget", fl.kind), "tap whoami", "tap logout --all")
	}
	return cfg, []auth.Kind{fl.kind}, nil
}
