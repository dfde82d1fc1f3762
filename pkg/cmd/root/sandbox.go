package root

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/graph"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/record"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// embedded is the address of the sandbox inside this process: it is never dialled.
const embedded = "http://127.0.0.1"

// control opens the control plane: of --sandbox-url, of a `serve` on the folder, or of the folder itself.
func (o *opener) control(context.Context) (*cmdutil.Sandbox, error) {
	if o.flags.sandboxURL != "" {
		base, err := loopback(o.flags.sandboxURL)
		if err != nil {
			return nil, err
		}
		roots, err := trusted(o.flags.caFile)
		return &cmdutil.Sandbox{URL: base, Client: direct(nil, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})}, err
	}
	dir, err := sandboxFolder(o.process.Getenv)
	if err != nil {
		return nil, err
	}
	if base, trust, err := sandbox.Served(dir); err != nil || base != "" {
		if err == nil {
			base, err = loopback(base)
		}
		return &cmdutil.Sandbox{URL: base, Client: direct(nil, trust)}, unusable(dir, err)
	}
	t, err := sandbox.Open(dir, sandbox.Options{})
	if err == nil {
		err = writable(dir)
	}
	if err != nil {
		return nil, unusable(dir, err)
	}
	o.process.closers = append(o.process.closers, func() { _ = t.Close() })
	return &cmdutil.Sandbox{URL: embedded, Client: direct(t.DialContext, nil)}, nil
}

// serve opens the sandbox's folder for `tap sandbox serve` and returns what serves it.
func (o *opener) serve(opts sandbox.Options) (func(context.Context, net.Listener) error, error) {
	dir, err := sandboxFolder(o.process.Getenv)
	if err != nil {
		return nil, err
	}
	t, err := sandbox.Open(dir, opts)
	if err != nil {
		return nil, unusable(dir, err)
	}
	o.process.closers = append(o.process.closers, func() { _ = t.Close() })
	return t.Serve, nil
}

// writable finds out that the sandbox could not keep what it does, before it does it.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("probe")
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// unusable names the folder once, and says how it becomes usable, or how to do without it.
func unusable(dir string, err error) error {
	if err == nil {
		return nil
	}
	e := errs.Local("opening the sandbox", dir, err)
	known := strings.NewReplacer("opening the sandbox folder "+dir+": ", "", "looking for a served sandbox: ", "", dir+string(filepath.Separator), "", " "+dir+":", ":")
	e.Why = known.Replace(err.Error())
	switch {
	case errors.Is(err, sandbox.ErrBusy):
	case errors.Is(err, fs.ErrPermission):
		e.Hints = []string{"chmod -R u+rwX " + cmdutil.Quoted(dir)}
	default:
		e.Hints = []string{"mv " + cmdutil.Quoted(dir) + " " + cmdutil.Quoted(dir+".old")}
	}
	return e.Hint("TAP_SANDBOX_DIR=$(mktemp -d) tap --sandbox create adele.vance@contoso.com")
}

// direct is a client that uses no proxy: a sandbox is on this machine. dial nil: the network. trust nil: the system's.
func direct(dial func(context.Context, string, string) (net.Conn, error), trust *tls.Config) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DialContext: dial, TLSClientConfig: trust, MaxIdleConnsPerHost: 8},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// loopback reads --sandbox-url: only this machine, for no token may leave it.
func loopback(address string) (string, error) {
	u, err := url.Parse(address)
	wrong := errs.Usage(fmt.Sprintf("--sandbox-url takes the address of a sandbox on this machine, not %q", address), "tap --sandbox-url http://127.0.0.1:4010 create adele.vance@contoso.com")
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", wrong
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", wrong
	}
	return u.Scheme + "://" + u.Host, nil
}

// about is what the sandbox says of itself and of the caller: GET /sandbox?as=NAME.
type about struct {
	TenantID    string    `json:"tenantId"`
	DisplayName string    `json:"displayName"`
	Now         time.Time `json:"now"`
	Caller      struct {
		ID                string   `json:"id"`
		Kind              string   `json:"kind"`
		UserPrincipalName string   `json:"userPrincipalName"`
		DisplayName       string   `json:"displayName"`
		Permissions       []string `json:"permissions"`
	} `json:"caller"`
	Error struct{ Message string } `json:"error"`
}

// sandboxTarget opens the sandbox as a tenant.
func (o *opener) sandboxTarget(ctx context.Context) (*cmdutil.Target, error) {
	t, _, err := o.openSandbox(ctx, o.permissions(), false)
	return t, err
}

// openSandbox opens the sandbox for who signed in there, and else for the caller whom it says who is. Its clock may have been moved, so it is
// asked for.
func (o *opener) openSandbox(ctx context.Context, permissions asked, whoOnly bool) (*cmdutil.Target, *cmdutil.Session, error) {
	s, err := o.control(ctx)
	if err != nil {
		return nil, nil, err
	}
	a, err := ask(ctx, s, o.flags.sandboxAs)
	if err != nil {
		return nil, nil, err
	}
	who := a.session()
	c := graph.Config{
		Root: s.URL, Version: cmp.Or(string(o.flags.api), auth.Versions()[0]), Credential: bearer("sandbox-" + o.flags.sandboxAs), Transport: s.Client.Transport,
	}
	title := fmt.Sprintf("sandbox %s, nothing real, as %s", a.DisplayName, a.name())
	switch in, err := o.rehearsed(ctx, s, permissions, whoOnly); {
	case err != nil:
		return nil, nil, err
	case in != nil:
		c.Credential, c.Scopes = in.Credential, in.Scopes
		who.Kind, who.Application, who.Caller, who.Expires, who.Account = in.kind, false, in.who, in.expires, in.account
		title = fmt.Sprintf("sandbox %s, nothing real, signed in as %s", a.DisplayName, in.who.Name)
	}
	offset := time.Until(a.Now)
	t := &cmdutil.Target{
		Cloud:    "sandbox",
		TenantID: a.TenantID, Sandbox: true,
		Identity: record.Identity{Name: who.Caller.Name, ID: who.Caller.ID, Kind: "sandbox"},
		SignIn:   auth.Clouds()[0].SignIn,
		Title:    title,
		Desk: pass.Desk{
			Application: who.Application, Caller: who.Caller.ID, Permissions: who.Caller.Permissions,
			Now: func() time.Time { return time.Now().Add(offset) },
		},
	}
	t.Vault = func(string) (rollout.Vault, error) { return nil, noVault() }
	o.say.Target(t.Title) // reads say it as well: nobody is to take Contoso for a tenant
	t, err = o.withDesk(t, c)
	return t, who, err
}

// session is who calls where nobody signed in.
func (a about) session() *cmdutil.Session {
	s := &cmdutil.Session{
		Sandbox: true, Cloud: "sandbox", Application: a.Caller.Kind == "application",
		Caller: auth.Caller{TenantID: a.TenantID, ID: a.Caller.ID, Name: a.Caller.UserPrincipalName, Permissions: a.Caller.Permissions},
	}
	if s.Application {
		s.Caller.Name = a.Caller.DisplayName
	}
	return s
}

// name is who calls, for people.
func (a about) name() string {
	if a.Caller.UserPrincipalName == "" {
		return "application " + a.Caller.DisplayName
	}
	return a.Caller.UserPrincipalName
}

func ask(ctx context.Context, s *cmdutil.Sandbox, as string) (about, error) {
	var a about
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/sandbox?as="+url.QueryEscape(as), nil)
	if err != nil {
		return a, err
	}
	resp, err := s.Client.Do(req)
	if err != nil {
		return a, unreachable(ctx, s, err)
	}
	defer resp.Body.Close()
	err = json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&a)
	switch {
	case resp.StatusCode == http.StatusNotFound && a.Error.Message != "":
		return a, errs.Usage(strings.TrimSuffix(a.Error.Message, "."), "tap --sandbox --sandbox-as helpdesk create adele.vance@contoso.com")
	case err != nil || resp.StatusCode != http.StatusOK || a.TenantID == "":
		return a, errs.Usage(fmt.Sprintf("%s is not a sandbox of tap", s.URL), "tap sandbox serve")
	}
	return a, nil
}

func unreachable(ctx context.Context, s *cmdutil.Sandbox, err error) error {
	if ctx.Err() != nil {
		return errs.Of(context.Cause(ctx))
	}
	why := err.Error()
	var op *net.OpError
	if errors.As(err, &op) {
		why = op.Err.Error()
	}
	hint := "tap sandbox serve --listen " + strings.TrimPrefix(s.URL, "http://")
	if host, isTLS := strings.CutPrefix(s.URL, "https://"); isTLS {
		hint = "tap sandbox serve --tls --listen " + host
	}
	if unknown := (*tls.CertificateVerificationError)(nil); errors.As(err, &unknown) {
		why, hint = unknown.Err.Error(), "--ca-file CERTIFICATE"
	}
	return &errs.Error{Slug: errs.Busy, What: "reaching the sandbox", Whom: s.URL, Why: why, Err: err, Hints: []string{hint}}
}
